"""The bed board: who lies where in a ward, how each empty place stands, and how full the wards are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import Count, FilteredRelation, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import Bed, BedKind, Room, Ward
from facilities.states import BedStatus
from hmis.kernel.composed import Composed, among
from ipd.models import Admission, EarlyWarning, Leave
from ipd.queries.stays import natural
from ipd.queries.warnings import latest_warnings, unanswered_warnings
from ipd.states import OPEN_ADMISSIONS, AdmissionStatus, Risk
from patients.models import BedReservation, BedStay, MedicoLegalCase, Patient
from patients.queries import withhold_names

# The seal of a board that is a minute old differs: how late a measurement is moves by the minute.
SEAL_LENGTH = 16
TONES = {Risk.HIGH: "bad", Risk.MEDIUM: "warn", Risk.LOW_MEDIUM: "warn", Risk.LOW: "good"}
STATE_TONES = {"taken": "live", "free": "good", "cleaning": "warn", "kept": "hold", "shut": "idle"}


@dataclass
class Tile:
    """One place of a ward at one moment: empty in some state, or with the patient who lies there."""

    bed: Bed
    at: datetime
    stay: BedStay | None = None
    admission: Admission | None = None
    kept: BedReservation | None = None
    leave: Leave | None = None
    warning: EarlyWarning | None = None
    # The oldest warning that asked for a doctor and was not answered.
    unanswered: EarlyWarning | None = None
    is_case: bool = False

    @property
    def patient(self) -> Patient | None:
        return self.stay.patient if self.stay else None

    @property
    def is_extra(self) -> bool:
        """A mattress on the floor, a trolley, a cradle: no bed that the ward was built with."""
        return self.bed.kind != BedKind.BED

    @property
    def name(self) -> str:
        """101-2, or floor F1."""
        return self.bed.in_ward

    @property
    def state(self) -> str:
        if self.stay:
            return "taken"
        if self.bed.status == BedStatus.OUT_OF_SERVICE:
            return "shut"
        if self.bed.status == BedStatus.CLEANING:
            return "cleaning"
        return "kept" if self.kept else "free"

    @property
    def is_open(self) -> bool:
        """Whether somebody may be laid here, be it after a question."""
        return self.state in ("free", "cleaning", "kept")

    @property
    def tone(self) -> str:
        if self.stay is None:
            return STATE_TONES[self.state]
        if self.unanswered:
            return "bad"
        return self.news_tone if self.warning else "live"

    @property
    def news_tone(self) -> str:
        if self.warning is None or not self.warning.score:
            return "idle"
        return TONES[Risk(self.warning.risk)]

    @property
    def day(self) -> int | None:
        """The day of the stay, the first being 1."""
        if self.stay is None:
            return None
        since = self.admission.admitted_at if self.admission else self.stay.began_at
        return (timezone.localdate(self.at) - timezone.localdate(since)).days + 1

    @property
    def late(self) -> int:
        """Minutes by which the next measurement is late."""
        due = self.warning and self.warning.next_due_at
        return max(0, int((self.at - due).total_seconds() // 60)) if due else 0

    @property
    def measured(self) -> str:
        """When the last score was taken: 14:00, or 26-11 14:00 where that was not today."""
        if self.warning is None:
            return ""
        taken = timezone.localtime(self.warning.taken_at)
        is_today = taken.date() == timezone.localdate(self.at)
        return f"{taken:%H:%M}" if is_today else f"{taken:%d-%m %H:%M}"

    @property
    def is_leaving(self) -> bool:
        return bool(self.admission and self.admission.status == AdmissionStatus.DISCHARGE_INITIATED)

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Whom to look at first."""
        score = self.warning.score if self.warning else 0
        return (self.unanswered is not None, score, self.late)


@dataclass
class Bay:
    """A room of a ward with its places."""

    room: Room
    tiles: list[Tile] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Room 201, Corridor, or what the room is called."""
        if self.is_corridor:
            return _("Corridor")
        number = self.room.number
        return _("Room %(number)s") % {"number": number} if number[:1].isdecimal() else number

    @property
    def is_corridor(self) -> bool:
        """Whether only mattresses and trolleys stand here."""
        return bool(self.tiles) and all(tile.is_extra for tile in self.tiles)


@dataclass
class Board:
    """A ward at one moment."""

    ward: Ward
    bays: list[Bay]
    at: datetime
    seal: str

    @cached_property
    def tiles(self) -> list[Tile]:
        return [tile for bay in self.bays for tile in bay.tiles]

    @cached_property
    def counts(self) -> dict[str, int]:
        counted = dict.fromkeys(("taken", "free", "cleaning", "kept", "shut"), 0)
        for tile in self.tiles:
            # An empty mattress on the floor is no free bed.
            counted[tile.state] += not (tile.is_extra and tile.state == "free")
        return counted

    @property
    def beds(self) -> int:
        return sum(not tile.is_extra for tile in self.tiles)

    @property
    def in_extra(self) -> int:
        return sum(tile.is_extra and tile.stay is not None for tile in self.tiles)

    def to_attend(self) -> list[Tile]:
        """Whose score asks for somebody, or whose measurement is late: the most urgent first."""
        urgent = [one for one in self.tiles if one.unanswered or one.late or one.news_tone in ("warn", "bad")]
        return sorted((one for one in urgent if one.stay), key=lambda one: one.rank, reverse=True)

    def tile_of(self, bed_id: Any) -> Tile | None:
        return next((tile for tile in self.tiles if str(tile.bed.pk) == str(bed_id)), None)


def board_of(ward: Ward, at: datetime, *, seal: str = "") -> Board:
    """The ward as it stands: eight reads, however many beds. Names are withheld as lists withhold them."""
    beds = _places(ward.pk)
    stays = {stay.bed_id: stay for stay in _lying(ward.pk)}
    kept = {one.bed_id: one for one in _keeping(ward.pk, at)}
    admissions = {
        stay.bed_id: admission for stay in stays.values() if (admission := _admission(stay)) is not None
    }
    ids = [one.pk for one in admissions.values()]
    leaves = {one.admission_id: one for one in (_away(ids) if ids else ())}
    warnings = latest_warnings(ids)
    waiting = unanswered_warnings(ids)
    cases = _cases(stays.values())
    withhold_names(
        [*(stay.patient for stay in stays.values()), *(one.patient for one in kept.values() if one.patient)]
    )
    bays: dict[UUID, Bay] = {}
    for bed in beds:
        admission = admissions.get(bed.pk)
        key = admission.pk if admission else None
        stay = stays.get(bed.pk)
        tile = Tile(
            bed=bed,
            at=at,
            stay=stay,
            admission=admission,
            kept=kept.get(bed.pk),
            leave=leaves.get(key) if key else None,
            warning=warnings.get(key) if key else None,
            unanswered=waiting.get(key),
            is_case=bool(stay and stay.encounter_id in cases),
        )
        bays.setdefault(bed.room_id, Bay(bed.room)).tiles.append(tile)
    return Board(ward, [_in_order(one) for one in _bays_in_order(bays.values())], at, seal)


def _beds(ward_id: UUID) -> QuerySet[Bed]:
    return Bed.objects.filter(room__ward=ward_id, is_active=True)


@Composed
def _places(ward_id: UUID) -> QuerySet[Bed]:
    return _beds(ward_id).select_related("room")


def _stays(ward_id: UUID) -> QuerySet[BedStay]:
    return BedStay.objects.filter(bed__room__ward=ward_id, ended_at=None)


@Composed
def _lying(ward_id: UUID) -> QuerySet[BedStay]:
    return _stays(ward_id).select_related("encounter__admission", "patient")


def _kept(ward_id: UUID, at: datetime) -> QuerySet[BedReservation]:
    held = BedReservation.objects.filter(bed__room__ward=ward_id, ended_at=None, until__gt=at)
    return held.order_by("pk")


@Composed
def _keeping(ward_id: UUID, at: datetime) -> QuerySet[BedReservation]:
    return _kept(ward_id, at).select_related("patient")


@Composed
def _away(admission_ids: list[UUID]) -> QuerySet[Leave]:
    return Leave.objects.filter(admission__in=among(admission_ids), ended_at=None)


def _admission(stay: BedStay) -> Admission | None:
    """The admission of who lies here; in casualty there is none."""
    return getattr(stay.encounter, "admission", None)


def _cases(stays: Iterable[BedStay]) -> set[UUID]:
    """The contacts among these that are medico-legal, themselves or by the contact that led there."""
    led = {}
    for stay in stays:
        admission = _admission(stay)
        led[stay.encounter_id] = (stay.encounter_id, admission and admission.came_from_id)
    asked = {one for pair in led.values() for one in pair if one}
    marked = set(_marked(list(asked))) if asked else set()
    return {encounter for encounter, pair in led.items() if marked.intersection(pair)}


@Composed
def _marked(encounter_ids: list[UUID]) -> QuerySet[MedicoLegalCase, UUID]:
    cases = MedicoLegalCase.objects.filter(encounter__in=among(encounter_ids))
    return cases.values_list("encounter_id", flat=True)


def _in_order(bay: Bay) -> Bay:
    order = list(BedKind)
    bay.tiles.sort(key=lambda tile: (order.index(BedKind(tile.bed.kind)), natural(tile.bed.number)))
    return bay


def _bays_in_order(bays: Iterable[Bay]) -> list[Bay]:
    """Rooms by their numbers, corridors last."""
    return sorted(bays, key=lambda bay: (bay.is_corridor, natural(bay.room.number)))


def seal_of(ward: Ward, at: datetime) -> str:
    """What a board that is up to date bears: four small reads tell whether anything has moved since."""
    stays = _stays_as_sealed(ward.pk)
    inpatients = [one for _pk, one, _rev in stays if one]
    scored = _scored(inpatients) if inpatients else []
    said = [_beds_as_sealed(ward.pk), stays, _kept_as_sealed(ward.pk, at), scored, ward.rev]
    minute = f"{at:%Y-%m-%dT%H:%M}"
    return sha256(repr([said, minute]).encode()).hexdigest()[:SEAL_LENGTH]


@Composed
def _beds_as_sealed(ward_id: UUID) -> QuerySet[Bed, tuple[UUID, int]]:
    return _beds(ward_id).order_by("pk").values_list("pk", "rev")


@Composed
def _stays_as_sealed(ward_id: UUID) -> QuerySet[BedStay, tuple[UUID, UUID | None, int | None]]:
    rows = _stays(ward_id).order_by("pk")
    return rows.values_list("pk", "encounter__admission", "encounter__admission__rev")


@Composed
def _kept_as_sealed(ward_id: UUID, at: datetime) -> QuerySet[BedReservation, UUID]:
    return _kept(ward_id, at).values_list("pk", flat=True)


@Composed
def _scored(admission_ids: list[UUID]) -> QuerySet[Admission, tuple[Any, ...]]:
    """What of each of these moves without its row: scores, answers, leaves."""
    counted = Admission.objects.filter(pk__in=among(admission_ids)).annotate(
        scores=Count("warnings", distinct=True),
        answers=Count("warnings__answered", distinct=True),
        out=Count("leaves", filter=Q(leaves__ended_at=None), distinct=True),
    )
    return counted.order_by("pk").values_list("pk", "scores", "answers", "out")


# ── All wards ──


@dataclass(frozen=True)
class Fill:
    """How full one ward is."""

    ward: Ward
    beds: int
    taken: int
    free: int
    cleaning: int
    kept: int
    shut: int
    extra: int
    in_extra: int

    @property
    def percent(self) -> int:
        """Patients in beds and beyond them, as a share of the beds: over 100 where some lie on the floor."""
        return round(100 * (self.taken + self.in_extra) / self.beds) if self.beds else 0

    @property
    def bar(self) -> int:
        return min(100, self.percent)


def fills(wards: QuerySet[Ward], at: datetime) -> list[Fill]:
    """How full these wards are, in their order; two reads."""
    standing = list(wards.select_related("department"))
    beds = Bed.objects.filter(room__ward__in=wards.order_by())
    counts = {row.pop("room__ward"): row for row in count_places(beds, at, "room__ward")}
    none = dict.fromkeys(COUNTS, 0)
    return [Fill(ward, **(counts.get(ward.pk) or none)) for ward in standing]


WHOLE, LAIN, KEPT = Q(kind=BedKind.BED), Q(lying__isnull=False), Q(keeping__isnull=False)
EMPTY = WHOLE & ~LAIN
COUNTS = {
    "beds": WHOLE,
    "taken": WHOLE & LAIN,
    "free": EMPTY & ~KEPT & Q(status=BedStatus.VACANT),
    "cleaning": EMPTY & Q(status=BedStatus.CLEANING),
    "kept": EMPTY & KEPT & Q(status=BedStatus.VACANT),
    "shut": EMPTY & Q(status=BedStatus.OUT_OF_SERVICE),
    "extra": ~WHOLE,
    "in_extra": ~WHOLE & LAIN,
}


def count_places(beds: QuerySet[Bed], at: datetime, *by: str) -> list[dict[str, Any]]:
    """The places in use among these, counted by their state (COUNTS) for each value of `by`; one read.

    `taken` to `shut` are of beds, each counted once.
    """
    lying = FilteredRelation("stays", condition=Q(stays__ended_at=None))
    keeping = FilteredRelation(
        "reservations", condition=Q(reservations__ended_at=None, reservations__until__gt=at)
    )
    counts = {name: Count("pk", filter=fits) for name, fits in COUNTS.items()}
    standing = beds.filter(is_active=True).annotate(lying=lying, keeping=keeping)
    return list(standing.order_by().values(*by).annotate(**counts))


def fills_seal(rows: Iterable[Fill]) -> str:
    """What the page of all wards bears while nothing has moved."""
    said = [[str(one.ward.pk), one.ward.rev, *(getattr(one, name) for name in COUNTS)] for one in rows]
    return sha256(repr(said).encode()).hexdigest()[:SEAL_LENGTH]


def wards_here(user: Any) -> QuerySet[Ward]:
    """The open wards that this person may see, in their order."""
    return Ward.objects.visible_to(user).filter(is_active=True)


def named(rows: Sequence[Fill], words: str) -> list[Fill]:
    """The wards meant by a code or by a part of a name, in either language; a whole code means one alone."""
    said = words.strip().casefold()
    exact = [one for one in rows if one.ward.code.casefold() == said]
    if exact or not said:
        return exact or list(rows)
    return [one for one in rows if said in _called(one.ward)]


def _called(ward: Ward) -> str:
    return " ".join([ward.code, ward.name, ward.name_hi, ward.get_kind_display()]).casefold()


def admission_here(user: Any) -> QuerySet[Admission]:
    """The inpatients that this person may see, with whom and where."""
    linked = ("patient", "encounter", "facility")
    return Admission.objects.visible_to(user).filter(status__in=OPEN_ADMISSIONS).select_related(*linked)
