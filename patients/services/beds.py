"""Beds: given to one patient at a time. The bed's row is locked first, so that two who want it take turns."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, BedKind, Ward
from facilities.states import BED_MOVES, BedStatus, WardTakes
from hmis.kernel.composed import Composed
from hmis.kernel.errors import Refusal
from hmis.kernel.transitions import move
from patients import queries
from patients.models import BedReservation, BedStay, Encounter, EncounterClass, Patient, Sex
from patients.queries.merging import same_person

T = TypeVar("T")
MONTHS = 12


class DoubtfulBed(Refusal):
    """The bed is free, but not meant for this patient now: whoever means it says so once (`confirm`)."""

    def __init__(self, doubts: Sequence[Any]) -> None:
        self.doubts = list(doubts)
        super().__init__(
            _("Is this the right bed? %(doubts)s"),
            field="confirm_bed",
            doubts=" ".join(str(doubt) for doubt in self.doubts),
        )


def lock_beds(beds: Iterable[Bed | UUID | None]) -> dict[UUID, Bed]:
    """These beds, locked in the order of their keys until the act ends: before anything else is locked."""
    wanted = {one.pk if isinstance(one, Bed) else one for one in beds if one}
    return {bed.pk: bed for bed in _held(*wanted)} if wanted else {}


@Composed
def _held(*keys: UUID) -> QuerySet[Bed]:
    return Bed.objects.locked().select_related("room__ward").filter(pk__in=keys)


def lock_beds_of(
    patients: Iterable[Patient | UUID | None],
    facility_id: UUID,
    *more: Bed | UUID | None,
    then: Callable[[], T],
) -> T:
    """Lock the beds that these patients lie in at this hospital, and more, and only then what `then` locks.

    That is the row by which they are laid into beds: it is returned. Who was moved while this waited, or was
    laid down after lying nowhere, lies in a bed that is not held. To lock it now would break the order of the
    keys: what is held is let go, and it begins anew.
    """
    who = {one.pk if isinstance(one, Patient) else one for one in patients if one}
    while True:
        with transaction.atomic():
            known = _lain_in(facility_id, who)
            lock_beds([*more, *known])
            held = then()
            are_moved = not _lain_in(facility_id, who) <= known
            transaction.set_rollback(are_moved)
        if not are_moved:
            return held


def _lain_in(facility_id: UUID, patients: Collection[UUID]) -> set[UUID]:
    return set(_beds_of(facility_id, *patients)) if patients else set()


@Composed
def _beds_of(facility_id: UUID, *patients: UUID) -> QuerySet[BedStay, UUID]:
    lying = BedStay.objects.filter(patient__in=patients, facility=facility_id, ended_at=None)
    return lying.values_list("bed_id", flat=True)


def take_bed(
    *, encounter: Encounter, bed: Bed, actor: Any, at: datetime, confirm: bool = True, why: str = ""
) -> BedStay:
    """The part of an act that lays the patient into this bed: a row for it to write. Whoever goes on from a
    day-care ward to another one is an inpatient from then on.

    Refuses a bed of another hospital, one that is taken, put away or out of service. Unless `confirm`, raises
    DoubtfulBed where the ward takes others, the bed is kept for somebody else or being cleaned.
    """
    held = lock_beds([bed.pk]).get(bed.pk)
    if held is None or held.facility_id != encounter.facility_id or not held.is_active:
        raise Refusal(_("There is no such bed here."), field="bed")
    if _lying_in(held.pk):
        raise Refusal(_("Somebody lies in this bed already. Choose another one."), field="bed")
    if held.status == BedStatus.OUT_OF_SERVICE:
        raise Refusal(_("This bed is out of service: %(why)s."), field="bed", why=held.status_why)
    kept = kept_now(held, at)
    doubts = doubts_about(held, encounter.patient, kept, on=timezone.localdate(at))
    if doubts and not confirm:
        raise DoubtfulBed(doubts)
    if held.status == BedStatus.CLEANING:
        move(held, to=BedStatus.VACANT, allowed=BED_MOVES, also=_since(held, at))
    for reservation in kept:
        end_reservation(reservation, actor=actor, at=at)
    if encounter.encounter_class == EncounterClass.DAYCARE and not held.is_for_day_care:
        encounter.encounter_class = EncounterClass.INPATIENT
        encounter.save(update_fields=["encounter_class"])
    return BedStay(
        facility_id=held.facility_id,
        bed=held,
        encounter=encounter,
        patient=encounter.patient,
        began_at=free_since(held, encounter.patient, at),
        given_by=actor,
        why=why,
    )


@Composed
def _lying_in(bed_id: UUID) -> QuerySet[BedStay, UUID]:
    return BedStay.objects.filter(bed=bed_id, ended_at=None).values_list("pk", flat=True)


def free_since(bed: Bed, patient: Patient, at: datetime) -> datetime:
    """`at`; of an act that has waited for this bed or patient, the later moment of the one it waited for."""
    return max([at, *_moments_after(bed.pk, patient.pk, at)])


@Composed
def _moments_after(bed_id: UUID, patient_id: UUID, at: datetime) -> QuerySet[BedStay, datetime]:
    theirs = BedStay.objects.filter(Q(bed=bed_id) | Q(patient=patient_id))
    later = theirs.filter(Q(began_at__gt=at) | Q(ended_at__gt=at))
    return later.values_list(Greatest("began_at", "ended_at"), flat=True)


def leave_beds(*, patient: Patient, facility_id: UUID, at: datetime, cleans: bool = False) -> list[BedStay]:
    """The part of an act in which the patient leaves whatever bed they lie in here: it is free from now on.

    The act has locked the beds before (`lock_beds_of`). A bed that is cleaned first (`cleans`) says so.
    """
    return _end(_stays_of_patient(patient.pk, facility_id), at=at, cleans=cleans)


def leave_beds_of(encounter: Encounter, *, at: datetime) -> list[BedStay]:
    """As above, of one contact alone: whoever was admitted meanwhile keeps the ward's bed."""
    return _end(_stays_of_contact(encounter.pk), at=at)


@Composed
def _stays_of_patient(patient_id: UUID, facility_id: UUID) -> QuerySet[BedStay]:
    return _lasting().filter(patient=patient_id, facility=facility_id)


@Composed
def _stays_of_contact(encounter_id: UUID) -> QuerySet[BedStay]:
    return _lasting().filter(encounter=encounter_id)


def _lasting() -> QuerySet[BedStay]:
    return BedStay.objects.locked().select_related("bed").filter(ended_at=None)


def _end(stays: list[BedStay], *, at: datetime, cleans: bool = False) -> list[BedStay]:
    """These end at `at`, or as they began, if this act has waited for the one that began them."""
    for stay in stays:
        stay.ended_at = max(at, stay.began_at)
        stay.save(update_fields=["ended_at"])
        if cleans and stay.bed.kind == BedKind.BED and stay.bed.status == BedStatus.VACANT:
            move(stay.bed, to=BedStatus.CLEANING, allowed=BED_MOVES, also=_since(stay.bed, at))
    return stays


def end_reservation(reservation: BedReservation, *, actor: Any, at: datetime) -> None:
    """The part of an act after which a bed is kept for nobody."""
    reservation.ended_at, reservation.ended_by = at, actor
    reservation.save(update_fields=["ended_at", "ended_by"])


def doubts_about(bed: Bed, patient: Patient, kept: Sequence[BedReservation], *, on: date) -> list[Any]:
    """Why this bed may be the wrong one for this patient, in sentences; none: it is not."""
    found = _about_the_ward(bed.room.ward, patient, on)
    if bed.status == BedStatus.CLEANING:
        found.append(_("It is still being cleaned."))
    own = Patient.objects.filter(pk__in=same_person(patient.pk)).in_bulk() if kept else {}
    others = [one for one in kept if one.patient_id not in own]
    found += [_("It is kept for %(whom)s.") % {"whom": kept_for(one)} for one in others]
    return found


def kept_for(reservation: BedReservation) -> str:
    """Whom the bed is kept for, as everybody on the ward may read it."""
    if reservation.patient is None:
        return reservation.for_whom
    queries.withhold_names([reservation.patient])
    return reservation.for_whom or reservation.patient.listed_name


def kept_now(bed: Bed, at: datetime) -> list[BedReservation]:
    """For whom it is kept now; what ran out is ended on the way, so that it can be kept anew."""
    kept = _reserved(bed.pk)
    for one in kept:
        if one.until <= at:
            end_reservation(one, actor=one.made_by, at=at)
    return [one for one in kept if one.until > at]


@Composed
def _reserved(bed_id: UUID) -> QuerySet[BedReservation]:
    return BedReservation.objects.locked().select_related("patient").filter(bed=bed_id, ended_at=None)


def _about_the_ward(ward: Ward | None, patient: Patient, on: date) -> list[Any]:
    found: list[Any] = []
    if ward is None:
        return found
    if (ward.takes, patient.sex) in {(WardTakes.WOMEN, Sex.MALE), (WardTakes.MEN, Sex.FEMALE)}:
        found.append(_("This ward takes %(whom)s.") % {"whom": ward.get_takes_display()})
    months = queries.months_old(patient, on)
    if months is None:
        return found
    if ward.youngest is not None and months < ward.youngest * MONTHS:
        found.append(_("This ward takes patients from %(years)s years on.") % {"years": ward.youngest})
    if ward.oldest is not None and months >= (ward.oldest + 1) * MONTHS:
        found.append(_("This ward takes patients up to %(years)s years.") % {"years": ward.oldest})
    return found


def _since(bed: Bed, at: datetime, why: str = "") -> tuple[str, ...]:
    bed.status_at, bed.status_why = at, why
    return "status_at", "status_why"
