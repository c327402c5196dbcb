"""Wards with what a day in them costs; beds cleaned, shut, kept for somebody, put away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.models import ChargeItemDefinition
from billing.states import ServiceKind
from facilities import services as facilities
from facilities.models import Bed, Facility, Ward
from facilities.states import BED_MOVES, BedStatus
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.edits import put_right, refuse_changed, take_over, version_shown
from hmis.kernel.errors import Refusal
from hmis.kernel.transitions import move
from ipd.models import DayTariff, InpatientSetting
from ipd.tariffs import day_code, ward_class
from patients import services as patients
from patients.models import BedReservation, BedStay, Patient

KEPT_FOR = timedelta(hours=2)
KEPT_AT_MOST = timedelta(hours=24)


# ── Wards ──


@dataclass(frozen=True)
class DayPrice:
    """What a day in a ward is charged by: its kind (no `of_ward`), one line of the tariff, or nothing."""

    of_ward: bool = False
    definition: ChargeItemDefinition | None = None
    ward_class: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.of_ward, self.definition and self.definition.pk, self.ward_class]


@act
def open_ward(
    *,
    facility: Facility,
    details: Mapping[str, Any],
    price: DayPrice | None = None,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Ward:
    """A new ward with the price of its days. Refuses a code that the hospital has, and what is no bed-day."""
    ward = facilities.add_ward(
        facility=facility, details=details, request_key=request_key, actor=actor, at=at
    )
    _price(ward, price or DayPrice(), actor=actor, at=at)
    return ward


@act
def change_ward(
    *,
    ward: Ward,
    details: Mapping[str, Any],
    price: DayPrice | None = None,
    rev: int,
    actor: Any,
    at: datetime,
) -> Ward:
    """Put a ward right. Refuses to close one in which somebody lies."""
    beds = Bed.objects.filter(room__ward=ward).values_list("pk", flat=True)
    patients.lock_beds(beds if not details.get("is_active", True) else [])
    if not details.get("is_active", True) and _lying(beds):
        raise Refusal(_("Somebody lies in this ward. Move the patients first."), field="is_active")
    held = facilities.edit_ward(ward=ward, details=details, rev=rev, actor=actor, at=at)
    if price is not None:
        _price(held, price, actor=actor, at=at)
    return held


def _price(ward: Ward, price: DayPrice, *, actor: Any, at: datetime) -> None:
    held = DayTariff.objects.locked().filter(ward=ward).first()
    if price.definition and price.definition.kind != ServiceKind.BED_DAY:
        raise Refusal(_("Choose a line of the tariff that is charged by the day."), field="charged_as")
    if not price.of_ward:
        if held is None:
            return
        # A row is never deleted: it says what the kind says.
        by_kind = ChargeItemDefinition.objects.get(code=day_code(ward.kind))
        price = DayPrice(True, by_kind, ward_class(ward.kind))
    wanted = {"definition": price.definition, "ward_class": price.ward_class}
    if held is None:
        held = DayTariff(facility_id=ward.facility_id, ward=ward, **wanted)
        new = [held]
    else:
        changed = take_over(held, wanted)
        if not changed:
            return
        held.save(update_fields=changed)
        new = []
    code = price.definition.code if price.definition else "—"
    facts.record("ipd.day_tariff_set", about=ward, actor=actor, at=at, new=new, code=code)


@act
def set_inpatients(
    *, facility: Facility, details: Mapping[str, Any], rev: int, actor: Any, at: datetime
) -> InpatientSetting:
    """How the hospital counts its bed-days and readies its beds, from now on. `rev`: as it was shown.

    Refuses where somebody else has changed it since the form was opened.
    """
    lock(Facility, facility.pk)
    held = InpatientSetting.objects.locked().filter(facility=facility).first()
    refuse_changed(version_shown(held), rev)
    if held is None:
        made = InpatientSetting(facility=facility, **details)
        facts.record("ipd.setting_changed", about=made, actor=actor, at=at, new=[made], fields=list(details))
        return made
    return put_right("ipd.setting_changed", held, details, actor=actor, at=at)


# ── Beds ──


@act
def start_cleaning(*, bed: Bed, request_key: UUID | None = None, actor: Any, at: datetime) -> Bed:
    """The bed is being cleaned. Refuses one that somebody lies in, or that stands so already."""
    if requests.was_sent(request_key, "ipd.start_cleaning", actor=actor, body=[bed.pk]):
        return bed
    return _stand(_empty(bed), BedStatus.CLEANING, actor=actor, at=at)


@act
def ready_bed(*, bed: Bed, request_key: UUID | None = None, actor: Any, at: datetime) -> Bed:
    """The bed is clean, or in service again: the next patient may come. Refuses one that is ready already."""
    if requests.was_sent(request_key, "ipd.ready_bed", actor=actor, body=[bed.pk]):
        return bed
    return _stand(_empty(bed), BedStatus.VACANT, actor=actor, at=at)


@act
def take_out_of_service(
    *, bed: Bed, why: str, request_key: UUID | None = None, actor: Any, at: datetime
) -> Bed:
    """Nobody is laid into the bed until it is ready again: the oxygen does not come, a leg is broken.

    Refuses a missing reason, a bed that somebody lies in, and one that is kept for somebody.
    """
    if requests.was_sent(request_key, "ipd.take_out_of_service", actor=actor, body=[bed.pk, why]):
        return bed
    held = _empty(bed)
    if not why:
        raise Refusal(_("Say why it is out of service."), field="why")
    _refuse_kept(held, at)
    return _stand(held, BedStatus.OUT_OF_SERVICE, why=why, actor=actor, at=at)


def _stand(held: Bed, to: BedStatus, *, actor: Any, at: datetime, why: str = "") -> Bed:
    if held.status == to:
        # Somebody else was quicker.
        raise Refusal(_("%(bed)s is %(status)s already."), bed=held, status=held.get_status_display())
    was = held.status
    held.status_at, held.status_why = at, why
    held.clean_fields(exclude=["facility", "room"])
    move(held, to=to, allowed=BED_MOVES, also=("status_at", "status_why"))
    facts.record("ipd.bed_state_changed", about=held, actor=actor, at=at, was=was, now=to.value)
    return held


@act
def put_bed_away(*, bed: Bed, actor: Any, at: datetime) -> Bed:
    """The place is no more; its stays remain. Refuses one that somebody lies in, or that is kept."""
    held = _empty(bed)
    _refuse_kept(held, at)
    return put_in_use(held, False, actor=actor, at=at)


@act
def put_bed_back(*, bed: Bed, actor: Any, at: datetime) -> Bed:
    """A place that was put away stands again."""
    return put_in_use(_held(bed), True, actor=actor, at=at)


def put_in_use(held: Bed, in_use: bool, *, actor: Any, at: datetime) -> Bed:
    """The part of an act after which this locked place stands, or is no more."""
    if held.is_active != in_use:
        held.is_active, held.status_at = in_use, at
        held.save(update_fields=["is_active", "status_at"])
        if in_use:
            facts.record("facilities.bed_put_back", about=held, actor=actor, at=at)
        else:
            facts.record("facilities.bed_put_away", about=held, actor=actor, at=at)
    return held


@act
def reserve_bed(
    *,
    bed: Bed,
    patient: Patient | None = None,
    for_whom: str = "",
    until: datetime | timedelta = KEPT_FOR,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> BedReservation:
    """Keep an empty bed for a patient, or for whom a call has told of: two hours, unless `until` says how
    long or until when.

    Refuses a bed that somebody lies in, that is out of service or kept already, and more than a day ahead.
    """
    body = [bed.pk, patient and patient.pk, for_whom, until]
    reservation_id, seen = requests.claim(request_key, "ipd.reserve_bed", actor=actor, body=body)
    if seen:
        return BedReservation.objects.select_related("bed").get(pk=reservation_id)
    held = _empty(bed)
    if held.status == BedStatus.OUT_OF_SERVICE:
        raise Refusal(_("This bed is out of service: %(why)s."), field="bed", why=held.status_why)
    _refuse_kept(held, at)
    until = at + until if isinstance(until, timedelta) else until
    if until > at + KEPT_AT_MOST:
        raise Refusal(_("A bed is kept for a day at most."), field="until")
    reservation = BedReservation(
        id=reservation_id,
        facility_id=held.facility_id,
        bed=held,
        patient=patient,
        for_whom=for_whom,
        until=until,
        made_by=actor,
        made_at=at,
    )
    reservation.clean_fields(exclude=["facility", "bed", "patient", "made_by", "ended_by"])
    facts.record(
        "ipd.bed_reserved",
        about=held,
        actor=actor,
        at=at,
        patient_id=patient.pk if patient else None,
        new=[reservation],
    )
    return reservation


@act
def release_bed(*, bed: Bed, request_key: UUID | None = None, actor: Any, at: datetime) -> Bed:
    """The bed is kept for nobody any more. Refuses one that is kept for nobody."""
    if requests.was_sent(request_key, "ipd.release_bed", actor=actor, body=[bed.pk]):
        return bed
    held = _held(bed)
    kept = patients.kept_now(held, at)
    if not kept:
        raise Refusal(_("This bed is kept for nobody."))
    for reservation in kept:
        patients.end_reservation(reservation, actor=actor, at=at)
        facts.record("ipd.bed_released", about=held, actor=actor, at=at, patient_id=reservation.patient_id)
    return held


def _held(bed: Bed) -> Bed:
    return patients.lock_beds([bed.pk])[bed.pk]


def _empty(bed: Bed) -> Bed:
    """The bed, locked. Refuses one that is put away, and one that somebody lies in."""
    held = _held(bed)
    if not held.is_active:
        raise Refusal(_("There is no such bed here."), field="bed")
    if _lying([held.pk]):
        raise Refusal(_("Somebody lies in this bed. Move the patient first."), field="bed")
    return held


def _lying(beds: Any) -> bool:
    return BedStay.objects.filter(bed__in=beds, ended_at=None).exists()


def _refuse_kept(held: Bed, at: datetime) -> None:
    kept = patients.kept_now(held, at)
    if kept:
        whom = patients.kept_for(kept[0])
        raise Refusal(_("It is kept for %(whom)s. Release it first."), field="bed", whom=whom)
