"""The identity of a person concerned, sealed: names, birth, papers, ways to reach her, guardian.

What is in the clear (sex, citizenship, language) is counted and matched to services; by itself it names nobody.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from besa.lib.classified import classified
from besa.vault.fields import SealedField
from besa.vault.models import SealedModel

FILE = "as long as the case; erased with its key"


@classified(
    retention=FILE,
    P1="scope created_at",
    P2="surname given_names father_name birth_date birth_place sex is_birth_estimated citizenships registration",
    clear="sex is_birth_estimated citizenships registration",
    clear_because="counted in statistics, and shared by thousands; by itself none of it names anybody",
)
class Person(SealedModel):
    """A person concerned. The names are as the person gives them; other spellings and nicknames are aliases."""

    class Sex(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")
        OTHER = "other", _("other")
        UNKNOWN = "unknown", _("not known")

    class Registration(models.TextChoices):
        REGISTERED = "registered", _("registered")
        NOT_REGISTERED = "not_registered", _("not registered")
        UNKNOWN = "unknown", _("not known")

    surname = SealedField(_("surname"))
    given_names = SealedField(_("given names"))
    father_name = SealedField(_("father's name"))
    birth_date = SealedField(_("date of birth"))  # ISO 8601; a year alone where only that is known
    birth_place = SealedField(_("place of birth"))
    is_birth_estimated = models.BooleanField(_("date of birth is an estimate"), default=False)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex, default=Sex.UNKNOWN)
    citizenships = models.JSONField(_("citizenships"), default=list)  # ISO 3166-1 alpha-3
    registration = models.CharField(
        _("civil registration"), max_length=16, choices=Registration, default=Registration.UNKNOWN
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return "[sealed]"


class PersonPart(SealedModel):
    """What belongs to one person and is sealed by the same key."""

    person: models.ForeignKey[Person, Person]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return "[sealed]"


@classified(
    retention=FILE,
    P1="scope person",
    P2="kind surname given_names",
    clear="kind",
    clear_because="orders what the page asks for; it says what sort of name there is, and not the name",
)
class Alias(PersonPart):
    """Another name that the person bears or has borne: a nickname, a maiden name, a false name that she was given."""

    class Kind(models.TextChoices):
        NICKNAME = "nickname", _("nickname")
        MAIDEN = "maiden", _("maiden name")
        SPELLING = "spelling", _("other spelling")
        FALSE = "false", _("false name")

    person = models.ForeignKey(Person, models.CASCADE, related_name="aliases")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    surname = SealedField(_("surname"))
    given_names = SealedField(_("given names"))

    class Meta:
        ordering = ["id"]


@classified(
    retention=FILE,
    P1="scope person",
    P2="kind country number valid_until",
    clear="kind country",
    clear_because="says that there is a paper of this sort, which is counted and asked for; the number alone leads to the person",
)
class Paper(PersonPart):
    """A paper that names the person: national identity number, card, passport, birth certificate, permit."""

    class Kind(models.TextChoices):
        NATIONAL_ID = "national_id", _("national identity number")
        CARD = "card", _("identity card")
        PASSPORT = "passport", _("passport")
        BIRTH = "birth", _("birth certificate")
        PERMIT = "permit", _("residence permit")
        OTHER = "other", _("other")

    person = models.ForeignKey(Person, models.CASCADE, related_name="papers")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    country = models.CharField(_("issued by"), max_length=3, blank=True)
    number = SealedField(_("number"))
    valid_until = SealedField(_("valid until"))

    class Meta:
        ordering = ["id"]


@classified(
    retention=FILE,
    P1="scope person",
    P2="kind value is_safe hours caution",
    clear="kind is_safe",
    clear_because="that a contact is never to be used must be known before anything is opened; the word itself leads to nobody",
)
class Contact(PersonPart):
    """A way to reach the person, and whether and when it is safe: who else may answer, which hours, what never to say."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("telephone")
        EMAIL = "email", _("e-mail")
        ADDRESS = "address", _("address")
        THROUGH = "through", _("through another person")

    class Safe(models.TextChoices):
        YES = "yes", _("safe")
        NO = "no", _("never use")
        UNKNOWN = "unknown", _("not known whether safe")

    person = models.ForeignKey(Person, models.CASCADE, related_name="contacts")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    value = SealedField(_("number or address"))
    is_safe = models.CharField(_("safe to contact"), max_length=8, choices=Safe, default=Safe.UNKNOWN)
    hours = SealedField(_("safe hours"))
    caution = SealedField(_("caution"))

    class Meta:
        ordering = ["id"]


@classified(
    retention=FILE,
    P1="scope person",
    P2="code level needs_interpreter",
    clear="code level needs_interpreter",
    clear_because="counted, and matched with interpreters and services; shared by thousands, it names nobody by itself",
)
class Language(PersonPart):
    """A language of the person, and whether she needs an interpreter to be understood in the country's own."""

    class Level(models.TextChoices):
        MOTHER = "mother", _("mother tongue")
        GOOD = "good", _("good")
        SOME = "some", _("some")

    person = models.ForeignKey(Person, models.CASCADE, related_name="languages")
    code = models.CharField(_("language"), max_length=8)  # ISO 639
    level = models.CharField(_("level"), max_length=8, choices=Level, default=Level.MOTHER)
    needs_interpreter = models.BooleanField(_("needs an interpreter"), default=False)

    class Meta:
        ordering = ["id"]


@classified(
    retention=FILE,
    P1="scope person",
    P2="kind name contact is_excluded from_on until_on",
    clear="kind is_excluded from_on until_on",
    clear_because="whether a child has a guardian today, and one who is told nothing, is asked and counted; who it is, is sealed",
)
class Guardian(PersonPart):
    """Who stands for a child: a parent, a guardian of the court, an institution. A suspected one is excluded and is told nothing."""

    class Kind(models.TextChoices):
        PARENT = "parent", _("parent")
        GUARDIAN = "guardian", _("guardian named by a court")
        INSTITUTION = "institution", _("institution")
        TEMPORARY = "temporary", _("temporary guardian")

    person = models.ForeignKey(Person, models.CASCADE, related_name="guardians")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = SealedField(_("name"))
    contact = SealedField(_("contact"))
    is_excluded = models.BooleanField(_("excluded: suspected or in conflict"), default=False)
    from_on = models.DateField(_("from"), null=True, blank=True)
    until_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["id"]


@classified(
    retention=FILE,
    P2="person digest",
    clear="person digest",
    clear_because="it is looked up by equality; a keyed digest says nothing without its key, and the person it leads to is sealed",
)
class IdentityToken(models.Model):
    """A keyed digest by which a sealed identity is found again: of a number, or of a compound of names and birth, never of a name alone.

    No row says what was digested; those that only fill up a person's rows look like all others.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    digest = models.BinaryField(max_length=16)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["digest", "person"], name="identity_token_once")]

    def __str__(self) -> str:
        return f"token {self.pk}"
