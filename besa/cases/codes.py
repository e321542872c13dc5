"""Code lists of a case: the field's own (HTCDS 2.0, in small letters) and those that it lacks.

The three elements of trafficking (act, means, purpose) are those of the Palermo Protocol, article 3; under 18 no means is needed.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    """Where a person stands in the referral mechanism; each step is a determination in the log."""

    AT_RISK = "at_risk", _("at risk")
    POTENTIAL = "potential", _("potential victim")
    PRESUMED = "presumed", _("presumed victim")
    IDENTIFIED = "identified", _("identified victim")
    NOT_A_VICTIM = "not_a_victim", _("not a victim")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Basis(TextChoices):
    """On what a determination rests."""

    SCREENING = "screening", _("first screening")
    INITIAL_INTERVIEW = "initial_interview", _("initial interview")
    FORMAL_INTERVIEW = "formal_interview", _("formal interview after the reflection period")
    COURT = "court", _("decision of a court")
    FOREIGN = "foreign", _("determination of another country")
    WISH = "wish", _("wish of the person")
    APPEAL = "appeal", _("decision on an appeal")


class Channel(TextChoices):
    """How a person came to be known."""

    BORDER = "border", _("at the border")
    INLAND = "inland", _("by the police inland")
    ABROAD = "abroad", _("abroad")
    HOTLINE = "hotline", _("through a hotline")
    SELF = "self", _("by herself or himself")
    CLIENT = "client", _("by a client")
    LABOUR = "labour_inspection", _("by a labour inspection")
    HEALTH = "health", _("by a health worker")
    SCHOOL = "school", _("by a school")
    OUTREACH = "outreach", _("by a street team or an NGO")
    OTHER = "other", _("otherwise")


class Form(TextChoices):
    """For what a person was exploited."""

    SEXUAL = "sexual_exploitation", _("sexual exploitation")
    LABOUR = "forced_labour", _("forced labour")
    CHILD_LABOUR = "child_labour", _("child labour")
    BEGGING = "forced_begging", _("forced begging")
    CRIMINALITY = "forced_criminality", _("forced criminality")
    SERVITUDE = "servitude", _("servitude")
    MARRIAGE = "forced_marriage", _("forced marriage")
    ADOPTION = "forced_adoption", _("illegal adoption")
    ORGANS = "organ_removal", _("removal of organs")
    SURROGACY = "surrogacy", _("forced surrogacy")
    MILITARY = "forced_military", _("forced military service")
    OTHER = "other", _("other")


class Reach(TextChoices):
    """Within one country or across a border."""

    INTERNAL = "internal", _("internal")
    CROSS_BORDER = "cross_border", _("cross-border")
    UNKNOWN = "unknown", _("not known")


class Act(TextChoices):
    """What the traffickers did."""

    RECRUITMENT = "recruitment", _("recruitment")
    TRANSPORT = "transport", _("transport")
    TRANSFER = "transfer", _("transfer")
    HARBOURING = "harbouring", _("harbouring")
    RECEIPT = "receipt", _("receipt")


class Means(TextChoices):
    """How they did it; for a child none is needed."""

    THREAT = "threat", _("threat or use of force")
    COERCION = "coercion", _("other coercion")
    ABDUCTION = "abduction", _("abduction")
    FRAUD = "fraud", _("fraud")
    DECEPTION = "deception", _("deception")
    POWER = "abuse_of_power", _("abuse of power")
    VULNERABILITY = "abuse_of_vulnerability", _("abuse of a position of vulnerability")
    PAYMENT = "payment", _("payment to a person who has control over another")


class Control(TextChoices):
    """How a person was held."""

    DEBT = "debt_bondage", _("debt bondage")
    EARNINGS = "takes_earnings", _("earnings taken")
    MONEY = "restricts_financial_access", _("no access to money")
    THREATS = "physical_threats", _("threats")
    FAMILY = "threatens_family", _("threats against the family")
    LAW = "threats_law_enforcement", _("threat of the police or of expulsion")
    PHYSICAL = "physical_abuse", _("physical violence")
    SEXUAL = "sexual_abuse", _("sexual violence")
    PSYCHOLOGICAL = "psychological_abuse", _("psychological violence")
    PROMISES = "false_promises", _("false promises")
    MOVEMENT = "restricts_movement", _("movement restricted")
    MEDICAL = "restricts_medical_care", _("no medical care")
    NECESSITIES = "withholds_necessities", _("necessities withheld")
    SUBSTANCES = "psychoactive_substance", _("drugs or alcohol")
    HOURS = "excessive_hours", _("excessive working hours")
    DOCUMENTS = "withholds_documents", _("documents taken away")
    OTHER = "other", _("other")


class Recruitment(TextChoices):
    """Where or through what the first contact was made."""

    FRIENDS = "friends", _("through friends")
    FAMILY = "family", _("through the family")
    WORK = "work", _("at work")
    BUSINESS = "business", _("at a place of business")
    SCHOOL = "school", _("at school")
    NETWORK = "social_network", _("through a social network")
    ADVERTISEMENT = "online_advertisement", _("through an advertisement on the internet")
    NEWSPAPER = "newspaper", _("through a newspaper")
    TELEVISION = "television", _("through television")
    AGENCY = "agency", _("through an employment, travel or marriage agency")
    STREET = "public_place", _("in a public place")
    OTHER = "other", _("otherwise")


class Recruiter(TextChoices):
    """What the recruiter was to the person."""

    PARTNER = "partner", _("partner or fiancé")
    FAMILY = "family", _("member of the family")
    ACQUAINTED = "acquainted", _("acquaintance")
    EMPLOYER = "employer", _("employer")
    STRANGER = "stranger", _("stranger")
    UNKNOWN = "unknown", _("not known")


class Promise(TextChoices):
    """What the person was promised."""

    WORK = "work", _("work")
    MARRIAGE = "marriage", _("marriage")
    STUDY = "study", _("study")
    TRAVEL = "travel", _("a journey or papers")
    SUPPORT = "support", _("money for the family")
    NOTHING = "nothing", _("nothing; taken by force")
    OTHER = "other", _("other")


class Exit(TextChoices):
    """How it ended."""

    ESCAPE = "escape", _("got away alone")
    POLICE = "police", _("freed by the police")
    HELP = "help", _("got away with the help of others")
    RELEASED = "released", _("let go")
    RETURNED = "returned", _("sent back by another country")
    ONGOING = "ongoing", _("has not ended")
    OTHER = "other", _("otherwise")


class Need(TextChoices):
    """What a person needs; the same words name the services of providers."""

    SHELTER = "shelter", _("safe accommodation")
    MEDICAL = "medical", _("medical care")
    PSYCHOLOGICAL = "psychological", _("psychological help")
    LEGAL = "legal", _("legal help")
    INTERPRETER = "interpreter", _("an interpreter")
    FOOD = "food", _("food and clothes")
    PROTECTION = "protection", _("protection from danger")
    FAMILY = "family", _("contact with the family")
    DOCUMENTS = "documents", _("papers")
    CHILD = "child_care", _("care for a child")
    SCHOOL = "school", _("school or training")
    WORK = "work", _("work")
    RETURN = "return", _("return home")


class Risk(TextChoices):
    """How great the danger is, now."""

    IMMEDIATE = "immediate", _("immediate danger")
    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")
    UNKNOWN = "unknown", _("not known")


class AgeGroup(TextChoices):
    """The age groups in which persons are counted."""

    UNDER_12 = "under_12", _("under 12")
    FROM_12 = "12_17", _("12 to 17")
    FROM_18 = "18_24", _("18 to 24")
    FROM_25 = "25_34", _("25 to 34")
    FROM_35 = "35_over", _("35 and older")
    UNKNOWN = "unknown", _("not known")


class Presence(TextChoices):
    """Who was there at the first interview (Protection 2.(c).2)."""

    FEMALE_OFFICER = "female_officer", _("a female specialist officer")
    SOCIAL_WORKER = "social_worker", _("a social worker")
    INTERPRETER = "interpreter", _("an interpreter")
    PSYCHOLOGIST = "psychologist", _("a psychologist")
    CHILD_UNIT = "child_unit", _("the child protection unit")
    LAWYER = "lawyer", _("a lawyer")


class RightsKind(TextChoices):
    """What befell the person's rights (Prosecution 1.(g), Protection 4.(c)-(d))."""

    INFORMED = "informed", _("was informed of the rights")
    COUNSEL = "counsel", _("received legal counsel")
    REPRESENTED = "represented", _("is represented free of charge")
    COMPLAINT = "complaint", _("complained of discrimination")
    DETAINED = "detained", _("was detained")
    CHARGED = "charged", _("was charged with an offence committed as a victim")
    DISCLOSED = "disclosed", _("was disclosed by a medium")
    PERMIT = "permit", _("was granted a residence permit, or had it renewed")
