"""People: a staff member's login, and where and as what that person works."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from facilities.models.places import Department, District, Facility, State
from facilities.roles import ROLES, Grade, Reach, Role
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.composed import Composed
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord, Record
from hmis.kernel.recent import recent


@recent
def hospitals() -> dict[UUID, Facility]:
    """Every hospital with its district, by its key."""
    return {one.pk: one for one in _with_districts()}


@Composed
def _with_districts() -> models.QuerySet[Facility]:
    return Facility.objects.select_related("district")


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str, **details: Any) -> "User":
        user = self.model(username=username, **details)
        user.set_password(password)
        user.save(using=self._db)
        return user


class Language(models.TextChoices):
    HINDI = "hi", "हिन्दी"
    ENGLISH = "en", "English"


class WhyRefused(models.TextChoices):
    """Why somebody is not let in."""

    NO_POSTING = "no_posting", _("no posting today")
    PASSWORD = "password", _("wrong password")
    TOO_MANY = "too_many", _("too many tries")


class WhyDisabled(models.TextChoices):
    """Why a login is shut."""

    LEFT = "left", _("left the service")
    TRANSFERRED = "transferred", _("transferred")
    LONG_LEAVE = "long_leave", _("on long leave")
    MISUSE = "misuse", _("misuse is suspected")
    DOUBLE = "double", _("has a second login")


class WhyReset(models.TextChoices):
    """Why a password is given anew."""

    FORGOTTEN = "forgotten", _("forgot the password")
    SHEET_LOST = "sheet_lost", _("the first password was lost or ran out")
    SEEN = "seen", _("somebody else may know the password")


# Who has confirmed an HPR ID has seen that one: another waits again, whoever writes it.
HPR_CONFIRMATION_ENDS = pgtrigger.Trigger(
    name="another_hpr_id_waits_again",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("hpr_id", "hpr_address"),
    condition=pgtrigger.Q(old__hpr_id__df=pgtrigger.F("new__hpr_id"))
    | pgtrigger.Q(old__hpr_address__df=pgtrigger.F("new__hpr_address")),
    func="NEW.hpr_confirmed_by_id = NULL; NEW.hpr_confirmed_at = NULL; RETURN NEW;",
)


@tracked(exclude=["password", "last_login"])
class User(AbstractBaseUser, ChangingRecord):
    """One staff member with one login; nobody shares it. All permission comes from current postings."""

    # The name as a choice of several people shows it, where a query has put it (queries.told_apart).
    told: str

    username = models.CharField(
        _("user name"),
        max_length=64,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9._-]{2,63}\Z",
                _("A user name has small letters a–z, digits, dot or hyphen, and at least three of them."),
            )
        ],
    )
    name = models.CharField(_("name"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.HINDI)
    hpr_id = models.CharField(_("HPR ID"), max_length=14, blank=True)
    # The Healthcare Professionals Registry gives a number and an address; one of them suffices.
    hpr_address = models.CharField(_("HPR address"), max_length=64, blank=True, default="", db_default="")
    hpr_confirmed_by = models.ForeignKey(
        "self",
        verbose_name=_("HPR ID confirmed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    hpr_confirmed_at = models.DateTimeField(_("HPR ID confirmed"), null=True, blank=True)
    council_number = models.CharField(_("council registration number"), max_length=40, blank=True)
    is_active = models.BooleanField(_("may log in"), default=True)
    disabled_because = models.CharField(
        _("login shut because"), max_length=12, choices=WhyDisabled, blank=True, default="", db_default=""
    )
    # Set while the password is one that an administrator gave: good for one use, until then.
    one_time_until = models.DateTimeField(_("one-time password good until"), null=True, blank=True)
    reset_because = models.CharField(
        _("password given anew because"),
        max_length=12,
        choices=WhyReset,
        blank=True,
        default="",
        db_default="",
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta(ChangingRecord.Meta):
        triggers = [*ChangingRecord.Meta.triggers, HPR_CONFIRMATION_ENDS]
        constraints = [
            models.UniqueConstraint(
                name="user_name_is_unique",
                fields=["username"],
                violation_error_message=_("Somebody has this user name already."),
            ),
            models.UniqueConstraint(
                name="hpr_id_is_unique",
                fields=["hpr_id"],
                condition=~Q(hpr_id=""),
                violation_error_message=_("Somebody else has this HPR ID."),
            ),
            models.CheckConstraint(
                name="hpr_id_has_fourteen_digits",
                condition=Q(hpr_id="") | Q(hpr_id__regex=r"^[1-9][0-9]{13}$"),
                violation_error_message=_("An HPR ID has 14 digits and does not begin with 0."),
            ),
            models.UniqueConstraint(
                name="hpr_address_is_unique",
                fields=["hpr_address"],
                condition=~Q(hpr_address=""),
                violation_error_message=_("Somebody else has this HPR address."),
            ),
            # As the gateway of ABDM takes them (patients.identifiers), in small letters.
            models.CheckConstraint(
                name="hpr_address_is_a_name_at_hpr_or_dr",
                condition=Q(hpr_address="")
                | Q(hpr_address__regex=r"^[a-z0-9][a-z0-9_.]+[a-z0-9]@(hpr|dr)\.abdm$"),
                violation_error_message=_("An HPR address is a name followed by @hpr.abdm or @dr.abdm."),
            ),
            models.CheckConstraint(
                name="confirmed_hpr_id_is_there_and_names_who_and_when",
                condition=Q(hpr_confirmed_by=None, hpr_confirmed_at=None)
                | (
                    Q(hpr_confirmed_by__isnull=False, hpr_confirmed_at__isnull=False)
                    & ~Q(hpr_id="", hpr_address="")
                ),
                violation_error_message=_("There is no HPR ID to confirm."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        return self.name_hi if get_language() == "hi" and self.name_hi else self.name

    @property
    def easy_words(self) -> list[str]:
        """What is tried first by whoever wants in as this person: names, places of work, districts."""
        postings = self.current_postings
        places = [*filter(None, (one.place() for one in postings)), *District.objects.all()]
        names = [word for one in places for word in (one.name, one.name_hi)]
        return [self.username, self.name, self.name_hi, *(one.facility_code for one in postings), *names]

    @property
    def hpr_said(self) -> str:
        """The HPR number and address in one line, or ""."""
        return " · ".join(one for one in (self.hpr_id, self.hpr_address) if one)

    @property
    def must_choose_password(self) -> bool:
        """Whether the password is one given for one use: nothing else is reached until it is replaced."""
        return self.one_time_until is not None

    @property
    def needs_password(self) -> bool:
        """Whether the one given for one use has ended without having been replaced."""
        return self.one_time_until is not None and self.one_time_until <= timezone.now()

    def check_password(self, raw_password: str | None) -> bool:
        """As Django does; a one-time password holds until its hour, and is not rewritten as a chosen one."""
        if self.one_time_until is None:
            return super().check_password(raw_password)
        return not self.needs_password and check_password(raw_password, self.password)

    @cached_property
    def current_postings(self) -> list["Posting"]:
        """Today's postings, with their hospitals; kept for the request."""
        return self._placed(_postings_of(self.pk, timezone.localdate()))

    def _placed(self, postings: list["Posting"]) -> list["Posting"]:
        known = hospitals()
        for posting in postings:
            posting.user = self
            if posting.facility_id in known:  # one that has just been opened is read when it is asked for
                posting.facility = known[posting.facility_id]
        return postings

    @classmethod
    def of_token(cls, digest: str, now: datetime) -> "User | None":
        """Who holds the token of this digest, if it has not run out and they may still log in."""
        held = cls._at_work(_postings_by_token(digest, now, timezone.localdate()))
        living = {"auth_token_set__digest": digest, "auth_token_set__expiry__gt": now}
        return held or cls.objects.filter(**living, is_active=True).first()

    @classmethod
    def of_session(cls, user_id: UUID) -> "User | None":
        """The person of a session, if they may still log in."""
        held = cls._at_work(_postings_by_user(user_id, timezone.localdate()))
        return held or cls.objects.filter(pk=user_id, is_active=True).first()

    @classmethod
    def _at_work(cls, postings: list["Posting"]) -> "User | None":
        """The person whose postings these are, who will not ask for them again."""
        if not postings:
            return None
        user = postings[0].user
        user.current_postings = user._placed(postings)
        return user

    @cached_property
    def posting(self) -> "Posting | None":
        """The posting this person works in now: the chosen one, else the first."""
        return self.current_postings[0] if self.current_postings else None

    def work_as(self, posting_id: str | None = None, *, code: str | None = None) -> bool:
        """Take up the posting with this id or at the facility of this code; whether there is one."""
        for posting in self.current_postings:
            if str(posting.pk) == posting_id or (code and posting.facility_code == code):
                self.posting = posting
                return True
        return False

    def may(self, permission: str) -> bool:
        """Whether the role of the working posting holds this permission."""
        return self.posting is not None and permission in ROLES[self.posting.role].permissions


@dataclass(frozen=True)
class Span:
    """How far somebody's work reaches: all that `visible_to` asks of a person."""

    reach: Reach
    place_id: UUID | None

    @property
    def posting(self) -> "Span":
        return self

    def sees(self, path: str) -> Q:
        """What of a table lies within; `path` leads from row to facility ("" on Facility)."""
        lookup = {Reach.FACILITY: "pk", Reach.DISTRICT: "district_id", Reach.STATE: "district__state_id"}
        return Q(**{f"{path}__{lookup[self.reach]}" if path else lookup[self.reach]: self.place_id})

    def hospitals(self) -> frozenset[UUID | None] | None:
        """The hospitals that lie within, for the row policies of the database; None for the whole state."""
        if self.reach == Reach.STATE:
            return None
        return frozenset([self.place_id]) if self.reach == Reach.FACILITY else _hospitals_within(self)


@recent
def _hospitals_within(span: Span) -> frozenset[UUID | None]:
    return frozenset(Facility.objects.filter(span.sees("")).values_list("pk", flat=True))


class PostingQuerySet(ScopedQuerySet["Posting"]):
    def visible_to(self, user: Any) -> "PostingQuerySet":
        """Also those at the district or the state itself that this person's posting reaches."""
        posting = getattr(user, "posting", None)
        if posting is None:
            return self.none()
        reached = posting.sees("facility")
        if posting.district_id:
            reached |= Q(district_id=posting.district_id)
        if posting.state_id:
            reached |= Q(district__state_id=posting.state_id) | Q(state_id=posting.state_id)
        return self.filter(reached)

    def current(self, day: date) -> "PostingQuerySet":
        """The postings that hold on this day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)


_FACILITY_ROLES = [role for role, duties in ROLES.items() if duties.reach == Reach.FACILITY]
_STATE_ROLES = [role for role, duties in ROLES.items() if duties.reach == Reach.STATE]


@tracked()
class Posting(ChangingRecord):
    """A person at a place in a role, from a day until a day."""

    read_everywhere = "What somebody may reach is read from it, before anything is known of them."

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="postings")
    role = models.CharField(_("role"), max_length=24, choices=Role)
    facility = models.ForeignKey(
        Facility, null=True, blank=True, on_delete=models.PROTECT, related_name="postings"
    )
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    district = models.ForeignKey(District, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.ForeignKey(State, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    counter = models.CharField(_("counter"), max_length=20, blank=True)
    grade = models.CharField(_("grade"), max_length=12, choices=Grade, blank=True, default="", db_default="")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = PostingQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.CheckConstraint(
                name="posting_is_where_its_role_works",
                condition=Q(role__in=_FACILITY_ROLES, facility__isnull=False, district=None, state=None)
                | Q(role=Role.DISTRICT_ADMIN, facility=None, district__isnull=False, state=None)
                | Q(role__in=_STATE_ROLES, facility=None, district=None, state__isnull=False),
                violation_error_message=_(
                    "Name the hospital, the district or the state this role works for."
                ),
            ),
            models.CheckConstraint(
                name="only_doctors_have_a_grade",
                condition=Q(grade="") | Q(role=Role.DOCTOR),
                violation_error_message=_("Only doctors have a grade."),
            ),
            models.CheckConstraint(
                name="posting_ends_after_it_starts",
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                violation_error_message=_("A posting ends after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.place()}"

    def place(self) -> Facility | District | State | None:
        return self.facility or self.district or self.state

    @property
    def facility_code(self) -> str:
        return self.facility.code if self.facility else ""

    @property
    def span(self) -> Span:
        """How far this posting reaches."""
        reach = ROLES[self.role].reach
        places = {
            Reach.FACILITY: self.facility_id,
            Reach.DISTRICT: self.district_id,
            Reach.STATE: self.state_id,
        }
        return Span(reach, places[reach])

    def sees(self, path: str) -> Q:
        return self.span.sees(path)

    def hospitals(self) -> frozenset[UUID | None] | None:
        return self.span.hospitals()


@Composed
def _postings_of(user_id: UUID, day: date) -> models.QuerySet[Posting]:
    return Posting.objects.current(day).filter(user_id=user_id).order_by("pk")


def _with_person(day: date) -> models.QuerySet[Posting]:
    return Posting.objects.current(day).filter(user__is_active=True).select_related("user").order_by("pk")


@Composed
def _postings_by_user(user_id: UUID, day: date) -> models.QuerySet[Posting]:
    return _with_person(day).filter(user_id=user_id)


@Composed
def _postings_by_token(digest: str, now: datetime, day: date) -> models.QuerySet[Posting]:
    return _with_person(day).filter(user__auth_token_set__digest=digest, user__auth_token_set__expiry__gt=now)


class StaffImportQuerySet(ScopedQuerySet["StaffImport"]):
    def visible_to(self, user: Any) -> "StaffImportQuerySet":
        """One's own, and those of the hospitals within reach."""
        posting = getattr(user, "posting", None)
        return self.filter(posting.sees("facility") | Q(uploaded_by=user)) if posting else self.none()


class StaffImport(Record):
    """A sheet of postings as it was uploaded; nothing of it holds before it is confirmed."""

    facility = models.ForeignKey(Facility, null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=120)
    rows = models.JSONField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="staff_imports")
    uploaded_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    # What the confirmation came to: counts, the rows left out, the people who were added,
    # and those whose unused one-time password ended.
    outcome = models.JSONField(default=dict)
    passwords_given_at = models.DateTimeField(null=True)
    passwords_given_to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = StaffImportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="staff_import_age", fields=["uploaded_at"])]

    def __str__(self) -> str:
        return self.filename
