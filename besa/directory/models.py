"""Agencies, places, bodies, persons with an account and the roles that they hold."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.audit.witness import witnessed
from besa.directory.access import ROLES, Permission
from besa.lib.classified import classified
from besa.lib.text import in_language

REFERENCE = "as long as the country keeps the system"
ACCOUNT = "10 years after the last membership"


@classified(
    retention=REFERENCE,
    P0="code kind name_en name_sq parent valid_from valid_to latitude longitude crossing_kind neighbour",
)
class Place(models.Model):
    """A part of the country, or a border crossing point, as it was from one day to another."""

    class Kind(models.TextChoices):
        COUNTRY = "country", _("country")
        QARK = "qark", _("qark")
        DISTRICT = "district", _("district")
        MUNICIPALITY = "municipality", _("municipality")
        COMMUNE = "commune", _("commune")
        CROSSING = "crossing", _("border crossing point")

    class CrossingKind(models.TextChoices):
        LAND = "land", _("land")
        SEA = "sea", _("sea")
        AIR = "air", _("air")
        RAIL = "rail", _("rail")

    code = models.CharField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_sq = models.CharField(_("name in Albanian"), max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=7, decimal_places=4, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=7, decimal_places=4, null=True, blank=True)
    crossing_kind = models.CharField(_("kind of crossing"), max_length=8, choices=CrossingKind, blank=True)
    neighbour = models.CharField(_("neighbouring country"), max_length=3, blank=True)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["kind", "name_sq"])]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")


@classified(
    retention=REFERENCE,
    P0="code name_en name_sq kind parent place is_group is_reporting nrm_signatory_from nrm_signatory_to note",
    P1="email",
)
class Agency(models.Model):
    """An organisation of the response, or (`is_group`) a class of them that the plan names as one, such as “NGOs”."""

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("ministry")
        STATE_AGENCY = "state_agency", _("state agency")
        POLICE = "police", _("police")
        PROSECUTION = "prosecution", _("prosecution")
        COURT = "court", _("court")
        REGIONAL_COMMITTEE = "regional_committee", _("regional committee")
        MUNICIPALITY = "municipality", _("municipality")
        COORDINATION_BODY = "coordination_body", _("coordination body")
        TRAINING_INSTITUTION = "training_institution", _("training institution")
        NGO = "ngo", _("non-governmental organisation")
        SHELTER = "shelter", _("shelter")
        INTERNATIONAL_ORGANISATION = "international_organisation", _("international organisation")
        DONOR = "donor", _("donor")
        MEDIA = "media", _("media")
        BUSINESS_ASSOCIATION = "business_association", _("business association")
        GROUP = "group", _("group of organisations")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=200)
    name_sq = models.CharField(_("name in Albanian"), max_length=200)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("belongs to")
    )
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="agencies", verbose_name=_("place")
    )
    is_group = models.BooleanField(_("is a group"), default=False)
    is_reporting = models.BooleanField(_("makes returns"), default=True)
    nrm_signatory_from = models.DateField(_("NRM signatory from"), null=True, blank=True)
    nrm_signatory_to = models.DateField(_("NRM signatory to"), null=True, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(is_group=True, is_reporting=True), name="agency_group_makes_no_return"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")


@classified(retention=REFERENCE, P0="key printed agencies reason")
class AgencyAlias(models.Model):
    """How a document prints the name of one or more agencies; with no agency, the reason why it names none."""

    key = models.CharField(max_length=300, unique=True)
    printed = models.CharField(_("as printed"), max_length=300)
    agencies = models.ManyToManyField(Agency, related_name="aliases", verbose_name=_("agencies"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        ordering = ["printed"]

    def __str__(self) -> str:
        return self.printed


@classified(
    retention=REFERENCE,
    P0="code name_en name_sq level kind parent place meets tasks_en tasks_sq members_en members_sq legal_basis",
)
class Body(models.Model):
    """A committee, task force, working group or technical table of the response."""

    class Level(models.TextChoices):
        NATIONAL = "national", _("national")
        REGIONAL = "regional", _("regional")
        LOCAL = "local", _("local")

    class Meets(models.TextChoices):
        WEEKLY = "weekly", _("every week")
        MONTHLY = "monthly", _("every month")
        QUARTERLY = "quarterly", _("every quarter")
        HALF_YEARLY = "half-yearly", _("twice a year")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=200)
    name_sq = models.CharField(_("name in Albanian"), max_length=200)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="groups", verbose_name=_("under")
    )
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="bodies", verbose_name=_("place")
    )
    meets = models.CharField(_("meets"), max_length=12, choices=Meets, blank=True)
    tasks_en = models.TextField(_("tasks in English"), blank=True)
    tasks_sq = models.TextField(_("tasks in Albanian"), blank=True)
    members_en = models.TextField(_("members in English"), blank=True)
    members_sq = models.TextField(_("members in Albanian"), blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)

    class Meta:
        ordering = ["level", "code"]
        verbose_name_plural = "bodies"

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")

    @property
    def tasks(self) -> str:
        return in_language(self, "tasks")

    @property
    def members_text(self) -> str:
        return in_language(self, "members")


@classified(retention=REFERENCE, P0="body agency function from_on until_on", P1="holder")
class Seat(models.Model):
    """A seat of a body, held by an agency, from one day to another; `holder` names the person or office who sits there."""

    class Function(models.TextChoices):
        CHAIR = "chair", _("chair")
        DEPUTY = "deputy", _("deputy chair")
        SECRETARY = "secretary", _("secretary")
        MEMBER = "member", _("member")
        OBSERVER = "observer", _("observer")

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats", verbose_name=_("body"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="seats", verbose_name=_("agency"))
    holder = models.CharField(_("holder"), max_length=120, blank=True)
    function = models.CharField(_("function"), max_length=10, choices=Function, default=Function.MEMBER)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["body", "function", "agency__code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("from_on")), name="seat_until_after_from"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body.code}: {self.agency.code}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


@classified(retention=ACCOUNT, P1="email name language is_active created_at last_login password")
class User(AbstractBaseUser):
    """A person with an account. What the person may do comes from memberships alone."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(
        _("language"), max_length=5, default="en", choices=[("en", _("English")), ("sq", _("Albanian"))]
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    # Nobody is a superuser and nobody is staff: the Django admin is not part of the product.
    is_staff = False
    is_superuser = False

    objects = UserManager()

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active_on(self, day: date) -> MembershipQuerySet:
        """Memberships in force on the day, of persons whose account is open."""
        return self.filter(
            Q(until_on__isnull=True) | Q(until_on__gte=day),
            state=Membership.State.ACTIVE,
            from_on__lte=day,
            user__is_active=True,
        )


@witnessed
@classified(
    retention=ACCOUNT,
    P1="user agency role place from_on until_on state proposed_by proposed_at decided_by decided_at refusal",
)
class Membership(models.Model):
    """A person acting for an agency in a role, in a place where the role has one, until a day.

    Proposed by one person and approved by another (security design, decision 5).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACTIVE = "active", _("active")
        REFUSED = "refused", _("refused")
        ENDED = "ended", _("ended")

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships", verbose_name=_("agency"))
    role = models.CharField(_("role"), max_length=30, choices=[(role.code, role.name) for role in ROLES.values()])
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("place")
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    refusal = models.CharField(_("reason of refusal"), max_length=300, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["agency__code", "role", "user__name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("from_on")),
                name="membership_until_after_from",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(decided_at__isnull=False), name="membership_decision_is_dated"
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=True) | ~Q(proposed_by=models.F("decided_by")),
                name="membership_takes_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.email} {self.role} {self.agency.code}"

    def can(self, permission: Permission) -> bool:
        """May this member do such a deed at all? Whether to this thing, now, the rules say."""
        return permission in ROLES[self.role].permissions

    @property
    def audit_name(self) -> str:
        return f"membership:{self.pk}"

    @property
    def audit_agency(self) -> str:
        return self.agency.code


@witnessed
@classified(
    retention=ACCOUNT, P1="user state reason closed_by closed_at reopening_by reopening_at decided_by decided_at"
)
class Closing(models.Model):
    """The end of an account, at once by one person; two are needed to open it again."""

    class State(models.TextChoices):
        CLOSED = "closed", _("closed")
        ASKED = "asked", _("reopening asked")
        OPEN = "open", _("open")

    class Reason(models.TextChoices):
        LEFT = "left", _("has left the service")
        STOLEN = "stolen", _("password or device lost or stolen")
        MISUSE = "misuse", _("suspected misuse")
        MISTAKE = "mistake", _("opened by mistake")

    user = models.ForeignKey(User, models.PROTECT, related_name="closings", verbose_name=_("person"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.CLOSED)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason)
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("closed by"))
    closed_at = models.DateTimeField(_("closed"))
    reopening_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("reopening asked by")
    )
    reopening_at = models.DateTimeField(_("reopening asked"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        ordering = ["-closed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=["closed", "asked"]), name="account_is_closed_once"
            ),
            models.CheckConstraint(condition=~Q(user=models.F("closed_by")), name="account_is_not_closed_by_itself"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(reopening_by=models.F("decided_by")),
                name="reopening_takes_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"closing {self.pk}"


@classified(retention="7 days after the last attempt", P1="key failures last until")
class Attempts(models.Model):
    """Failed attempts to sign in to one account from one place, both as one digest, and how long the next one has to wait."""

    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    last = models.FloatField(db_index=True)  # real seconds, as `clock.seconds()`
    until = models.FloatField()

    def __str__(self) -> str:
        return f"{self.failures} failures"
