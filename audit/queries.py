"""Reads of the audit: which entries somebody may see, what they say in words, what a change changed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit.models import GlassReview
from audit.words import (
    CHART_OPENED,
    GLASS,
    LABELS,
    TONES,
    Kind,
    field_words,
    kind_of,
    names_of,
    sentence,
)
from facilities.models import Bed, Facility, Posting, User
from facilities.models.people import hospitals
from facilities.roles import ROLES, Reach
from hmis.kernel import facts
from hmis.kernel.alarms import alarm
from hmis.kernel.models import AuditEntry, AuditSeal
from hmis.kernel.seals import Found, look_at
from hmis.kernel.templatetags.ui import minutes, rupees
from patients.models import Patient

PAGE = 50
SEALS_SHOWN = 10
DAYS_SHOWN = 31
MOST_PEOPLE = 20


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for: of a patient, a person, a hospital, some days, one kind."""

    patient: UUID | None = None
    person: UUID | None = None
    facility: UUID | None = None
    begins: date | None = None
    ends: date | None = None
    kind: str = ""
    unreviewed: bool = False

    def said(self) -> dict[str, Any]:
        """As a fact keeps it: ids and days, nobody's name."""
        named = {"begins": "from", "ends": "until", "kind": "kinds"}
        kept = {named.get(key, key): value for key, value in asdict(self).items() if value}
        return {key: str(value) for key, value in kept.items() if key != "patient"}


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended: the moment and the id of its last entry."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Raises ValueError for what is no place."""
        at, _bar, entry_id = text.partition("_")
        place = cls(datetime.fromisoformat(at), UUID(entry_id))
        if timezone.is_naive(place.at):
            raise ValueError(text)
        return place


def reached_by(user: Any) -> Q:
    """What of the audit this person may see: their hospitals'; at the state also what belongs to none."""
    own = Q(facility_id__in=list(Facility.objects.visible_to(user).values_list("pk", flat=True)))
    above = user.posting is not None and ROLES[user.posting.role].reach == Reach.STATE
    return own | Q(facility_id=None) if above else own


def entries(user: Any, wanted: Wanted) -> QuerySet[AuditEntry]:
    """The entries asked for that this person may see, newest first."""
    asked = {
        "patient_id": wanted.patient,
        "actor_id": wanted.person,
        "facility_id": wanted.facility,
        "at__gte": _midnight(wanted.begins) if wanted.begins else None,
        "at__lt": _midnight(wanted.ends + timedelta(days=1)) if wanted.ends else None,
        "name__in": names_of(wanted.kind) if wanted.kind else None,
    }
    found = AuditEntry.objects.filter(reached_by(user), **{key: of for key, of in asked.items() if of})
    return found.order_by("-at", "-id")


def glass(user: Any, wanted: Wanted) -> QuerySet[AuditEntry]:
    """Every opening from outside that this person may see, newest first."""
    found = entries(user, wanted).filter(name__in=GLASS)
    reviewed = Exists(GlassReview.objects.filter(entry=OuterRef("pk")))
    return found.filter(~reviewed) if wanted.unreviewed else found


# How long an opening that nobody has reviewed still stands at the entry of the bar.
ALARM_LASTS = timedelta(days=90)


@alarm("audit:entry_list")
def charts_to_review(user: Any) -> int:
    """How many charts were opened in an emergency here, by others, and wait for a review."""
    if not user.may("audit.review_glass"):
        return 0
    broken = AuditEntry.objects.filter(name=CHART_OPENED, at__gte=timezone.now() - ALARM_LASTS)
    hospitals = user.posting.hospitals()
    if hospitals is not None:
        broken = broken.filter(facility_id__in=hospitals)
    reviewed = Exists(GlassReview.objects.filter(entry=OuterRef("pk")))
    return broken.filter(~reviewed).exclude(actor=user).count()


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def page(found: QuerySet[AuditEntry], after: Place | None) -> tuple[list[AuditEntry], Place | None]:
    """So many entries from this place on, and the place where the next page begins."""
    if after:
        # The first condition is what an index can use.
        found = found.filter(at__lte=after.at).exclude(at=after.at, id__gte=after.id)
    held = list(found[: PAGE + 1])
    last = held[PAGE - 1] if len(held) > PAGE else None
    return held[:PAGE], Place(last.at, last.pk) if last else None


# ── In words ──


@dataclass(frozen=True)
class Line:
    """One entry as people read it."""

    entry: AuditEntry
    person: User | None
    facility: Facility | None
    patient: Patient | None
    reviews: list[GlassReview]
    # Words for the ids of people and places that a detail names.
    names: Mapping[str, str]

    @property
    def kind(self) -> Kind:
        return kind_of(self.entry.name)

    @property
    def tone(self) -> str:
        return TONES.get(self.kind, "idle")

    @property
    def sentence(self) -> str:
        return sentence(self.entry.name)

    @property
    def details(self) -> list[tuple[str, str]]:
        """What the fact says besides: (label, value), without what only proves."""
        return said_of(self.entry, self.names, with_ids=False)

    @property
    def all_details(self) -> list[tuple[str, str]]:
        return said_of(self.entry, self.names)


# Keys of a detail that hold the id of a patient, of a bed.
PATIENTS_MENTIONED = ("mother", "probably_same_as")
BEDS_MENTIONED = ("bed", "now", "was")


def _mentioned(held: Iterable[AuditEntry], keys: Iterable[str]) -> set[UUID]:
    return {UUID(one.detail[key]) for one in held for key in keys if is_id(one.detail.get(key))}


def lines(held: Iterable[AuditEntry]) -> list[Line]:
    """These entries with their people, places, patients and reviews: four reads, however many they are."""
    held = list(held)
    about = {one.about_id for one in held if one.name == "facilities.login_refused"}
    asked = {UUID(one.detail["person"]) for one in held if one.detail.get("person")}
    people = User.objects.in_bulk({one.actor_id for one in held if one.actor_id} | about | asked)
    also = _mentioned(held, PATIENTS_MENTIONED)
    patients = Patient.objects.in_bulk({one.patient_id for one in held if one.patient_id} | also)
    beds = Bed.objects.in_bulk(named) if (named := _mentioned(held, BEDS_MENTIONED)) else {}
    known = hospitals()
    # One that has just been opened is not known yet: it is read by itself.
    places = {**known, **Facility.objects.in_bulk({one.facility_id for one in held} - {None, *known})}
    names = {str(one.pk): str(one) for one in [*people.values(), *places.values(), *beds.values()]}
    names |= {str(pk): patients[pk].uhid_shown for pk in also if pk in patients}
    reviews: dict[UUID, list[GlassReview]] = {}
    broken = [one.pk for one in held if one.name in GLASS]
    for review in GlassReview.objects.filter(entry__in=broken).select_related("reviewed_by").order_by("pk"):
        reviews.setdefault(review.entry_id, []).append(review)
    return [
        Line(
            one,
            people.get(one.actor_id) or people.get(one.about_id),  # type: ignore[arg-type]
            places.get(one.facility_id),  # type: ignore[arg-type]
            patients.get(one.patient_id),  # type: ignore[arg-type]
            reviews.get(one.pk, []),
            names,
        )
        for one in held
    ]


# How a detail's value is said that is no code.
SAID: dict[str, Any] = {
    "amount": rupees,
    "difference": rupees,
    "price": rupees,
    "waited": lambda seconds: minutes(seconds // 60),
}
PROVES_ONLY = {"sha256", "broken"}
ISO_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


def said_of(entry: AuditEntry, names: Mapping[str, str], *, with_ids: bool = True) -> list[tuple[str, str]]:
    """[(label, value)] of a fact's detail, in words; nothing empty, ids without a name where asked for."""
    return [
        (label_of(entry.name, key, entry.about), names.get(str(value)) or _value(entry, key, value))
        for key, value in entry.detail.items()
        if value not in ("", None, [])
        and (with_ids or not (key in PROVES_ONLY or (is_id(value) and str(value) not in names)))
    ]


def label_of(name: str, key: str, about: str) -> str:
    """What a key of a fact's detail is called; a field of the row that it is about has that field's words."""
    label = LABELS.get(f"{name} {key}") or LABELS.get(key)
    return str(label) if label else _field(key, about)


def _field(name: str, about: str) -> str:
    try:
        return field_words(apps.get_model(about)._meta.get_field(name))
    except (LookupError, ValueError, FieldDoesNotExist):
        return name


def is_id(value: Any) -> bool:
    """Whether this is the id of a row."""
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def _value(entry: AuditEntry, key: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        said = [
            f"{label_of(entry.name, part, '')}: {_value(entry, part, one)}" for part, one in value.items()
        ]
        return ", ".join(said)
    if key == "fields":
        return ", ".join(_field(name, entry.about) for name in value)
    if key in SAID:
        return str(SAID[key](value))
    if isinstance(value, list):
        return ", ".join(_value(entry, key, one) for one in value)
    return facts.in_words(entry.name, key, value) or ISO_DAY.sub(r"\3-\2-\1", str(value))


# ── What a change changed ──

# What people do not read, or what follows from another field.
SILENT = {"id", "rev", "origin_node", "name_words", "password", "last_login"}
# The act's own time and the database's clock lie apart by no more.
ACT_TAKES = timedelta(seconds=60)


def change_of(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """(field, before, after) of what this act changed on the row that it is about, from the row's history.

    The history knows the person and the moment: of that person's versions the nearest is the act's.
    """
    try:
        model = apps.get_model(entry.about)
        events = model._meta.get_field("history_events").related_model
    except (LookupError, ValueError, FieldDoesNotExist):  # no such table, or none that keeps a history
        return []
    rows = events._base_manager.filter(pgh_obj_id=entry.about_id)  # type: ignore[union-attr]
    near = rows.filter(
        pgh_actor_id=entry.actor_id,
        pgh_created_at__range=(entry.at - ACT_TAKES, entry.at + ACT_TAKES),
    )
    versions = sorted(near.values(), key=lambda one: abs(one["pgh_created_at"] - entry.at))
    now = versions[0] if versions else None
    before = rows.filter(pgh_id__lt=now["pgh_id"]).order_by("-pgh_id").values().first() if now else None
    return list(_differences(model, before, now)) if before and now else []


def _differences(model: Any, before: dict[str, Any], now: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
    for one in model._meta.concrete_fields:
        if one.attname not in SILENT and one.attname in now and before[one.attname] != now[one.attname]:
            yield field_words(one), _shown(one, before[one.attname]), _shown(one, now[one.attname])


def _shown(of: Any, value: Any) -> str:
    """A field's value in words; a key is read as what it leads to."""
    if value in (None, "", []):
        return "—"
    if of.is_relation:
        return str(of.related_model._base_manager.filter(pk=value).first() or value)
    if of.flatchoices:
        return str(dict(of.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "d-m-Y H:i")
    if isinstance(value, date):
        return date_format(value, "d-m-Y")
    return rupees(value) if isinstance(value, Decimal) else str(value)


# ── Whom and what one looks for ──


def people_named(text: str, user: Any) -> list[User]:
    """Staff by user name, else by part of a name, among those who ever worked where this person sees."""
    found = User.objects.filter(Q(pk__in=Posting.objects.visible_to(user).values("user_id")))
    if user.posting and ROLES[user.posting.role].reach == Reach.STATE:
        found = User.objects.all()
    exactly = list(found.filter(username__iexact=text))
    part = Q(name__icontains=text) | Q(name_hi__icontains=text) | Q(username__icontains=text)
    return exactly or list(found.filter(part).order_by("name", "pk")[:MOST_PEOPLE])


def person_seen(person_id: UUID, user: Any) -> User | None:
    """The staff member of a filter, if this person may look for them."""
    person = User.objects.filter(pk=person_id).first()
    return person if person and person in people_named(person.username, user) else None


def patient_seen(patient_id: UUID, user: Any) -> Patient | None:
    """The patient of a filter: one of this person's hospitals, or one whom their audit names."""
    if Patient.objects.visible_to(user).filter(pk=patient_id).exists() or (
        AuditEntry.objects.filter(reached_by(user), patient_id=patient_id).exists()
    ):
        return Patient.objects.filter(pk=patient_id).first()
    return None


# ── Seals ──


def newest_seals(before: int | None, node: int) -> tuple[list[Found], bool]:
    """The chain's newest seals below this number, newest first, each looked at; whether older ones follow."""
    chain = AuditSeal.objects.filter(origin_node=node)
    if before:
        chain = chain.filter(number__lt=before)
    numbers = list(chain.order_by("-number").values_list("number", flat=True)[: SEALS_SHOWN + 1])
    if not numbers:
        return [], False
    shown = AuditSeal.objects.filter(origin_node=node, number__in=numbers[:SEALS_SHOWN]).order_by("number")
    earlier = AuditSeal.objects.filter(origin_node=node, number__lt=min(numbers[:SEALS_SHOWN]))
    found = list(look_at(shown, before=earlier.order_by("-number").first()))
    return found[::-1], len(numbers) > SEALS_SHOWN


CLOSING = """
    SELECT DISTINCT ON (day) id FROM (
        SELECT id, number, (sealed_at AT TIME ZONE 'Asia/Kolkata')::date AS day FROM kernel_auditseal
        WHERE origin_node = %s
    ) AS sealed ORDER BY day DESC, number DESC LIMIT %s
"""


def closing_seals(node: int, days: int = DAYS_SHOWN) -> list[AuditSeal]:
    """The last seal of each day, newest first: what is noted down outside."""
    closing = AuditSeal.objects.raw(CLOSING, [node, days])
    chosen = AuditSeal.objects.filter(pk__in=[one.pk for one in closing]).defer("ids", "digests")
    return list(chosen.order_by("-number"))


def nodes() -> list[int]:
    """The nodes whose chains are here."""
    return list(AuditSeal.objects.order_by("origin_node").values_list("origin_node", flat=True).distinct())


def last_proof() -> AuditEntry | None:
    """The last time that the whole chain was proved."""
    return AuditEntry.objects.filter(name="audit.seals_proved").order_by("-at").first()
