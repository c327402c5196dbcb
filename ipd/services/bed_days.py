"""Bed-days: each day of a stay is charged once, by the hospital's rule, to the ward that had the patient.

The rule is arithmetic (ipd.bed_days); the row of the day makes that it happens once (docs/adr/0381).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import QuerySet

from billing import queries as billing_queries
from billing import services as billing
from billing.models import ChargeItem, ChargeItemDefinition, Exemption
from billing.states import WardClass
from facilities.models import BedKind, Facility, Ward
from hmis.kernel import facts
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed, among
from hmis.kernel.ids import uuid7
from ipd import queries
from ipd.bed_days import Counted, Lain, at_moment, bed_days
from ipd.models import BED_DAY, Admission, BedDay, DayTariff
from ipd.services.holding import hold
from ipd.states import OPEN_ADMISSIONS, AdmissionStatus
from ipd.tariffs import day_code, ward_class
from patients import services as patients
from patients.models import BedStay
from patients.states import EncounterStatus


@dataclass(frozen=True)
class _InWard(Lain):
    """A stay in a ward; a cradle beside the mother is no bed of its own."""

    ward: Ward | None
    is_cradle: bool


@dataclass(frozen=True)
class _Line:
    """What a day in a ward is charged as, and in which class; no definition: nothing to price it by.

    `is_free`: the hospital has said that a day there costs nothing.
    """

    definition: ChargeItemDefinition | None
    ward_class: str
    is_free: bool = False


@act
def charge_bed_days(*, admission: Admission, actor: Any, at: datetime) -> list[BedDay]:
    """Count and charge what this stay has lasted until now and was not counted yet; the new days.

    Asked however often and by however many at once, no day is counted twice: the admission is locked.
    """
    held = hold(admission)
    if held.status not in OPEN_ADMISSIONS:
        return []
    return count_bed_days(held, actor=actor, at=at)


def charge_all_bed_days(*, facility: Facility, at: datetime) -> int:
    """What was not counted yet of everybody who lies in this hospital, each in a transaction of its own."""
    inpatients = Admission.objects.going_on().filter(facility=facility)
    return sum(len(charge_bed_days(admission=one, actor=None, at=at)) for one in inpatients)


def count_bed_days(held: Admission, *, actor: Any, at: datetime) -> list[BedDay]:
    """The part of an act that counts the days of a locked admission, with their charges."""
    setting = queries.setting(held.facility_id)
    leaving = held.left_at is not None or held.status == AdmissionStatus.DISCHARGE_INITIATED
    due = bed_days(setting.bed_day_rule, held.admitted_at, held.left_at or at, is_leaving=leaving)
    known = {one.day: one for one in _counted(held.pk)}
    unpriced = [one for one in known.values() if one.charge_item_id is None and not one.is_free]
    new = _in_wards(held, [one for one in due if one.day not in known], charges_leave=setting.charges_leave)
    if not new and not unpriced:
        return []
    encounter = patients.lock_encounter(held.encounter)
    if encounter.status != EncounterStatus.IN_PROGRESS:
        return []
    return _charge(held, new, unpriced, actor=actor, at=at)


@Composed
def _counted(admission_id: UUID) -> QuerySet[BedDay]:
    return BedDay.objects.filter(admission=admission_id)


@Composed
def _stays(encounter_id: UUID) -> QuerySet[BedStay]:
    rows = BedStay.objects.filter(encounter=encounter_id).select_related("bed__room__ward")
    return rows.order_by("began_at", "pk")


def _in_wards(held: Admission, due: Sequence[Counted], *, charges_leave: bool) -> list[tuple[Counted, Ward]]:
    """The days with the ward in which the patient lay at their end; without those that nobody lay in."""
    if not due:
        return []
    stays = [
        _InWard(one.began_at, one.ended_at, one.bed.room.ward, one.bed.kind == BedKind.CRADLE)
        for one in _stays(held.encounter_id)
    ]
    away = [Lain(one.began_at, one.ended_at) for one in held.leaves.all()]
    found = []
    for day in due:
        stay = at_moment(stays, day.ends_at)
        # Somebody who came and left in one moment lay here all the same.
        stay = stay or (stays[0] if stays and stays[0].began_at == day.ends_at else None)
        is_free = stay is None or stay.ward is None or stay.is_cradle
        if not is_free and (charges_leave or not at_moment(away, day.ends_at)):
            assert stay
            assert stay.ward
            found.append((day, stay.ward))
    return found


def _charge(
    held: Admission,
    new: Sequence[tuple[Counted, Ward]],
    unpriced: Sequence[BedDay],
    *,
    actor: Any,
    at: datetime,
) -> list[BedDay]:
    wards = {ward.pk: ward for _day, ward in new}
    wards |= {
        one.pk: one for one in Ward.objects.filter(pk__in={day.ward_id for day in unpriced} - wards.keys())
    }
    lines = _lines_of(list(wards.values()))
    days = [
        BedDay(
            id=uuid7(),
            facility_id=held.facility_id,
            admission=held,
            day=day.day,
            ward=ward,
            is_free=lines[ward.pk].is_free,
            counted_at=at,
        )
        for day, ward in new
    ]
    charged: list[models.Model | None] = []
    mended = []
    for one in [*unpriced, *days]:
        item, exemption = _priced(held, one, lines[one.ward_id], actor=actor, at=at)
        if item is None:
            continue
        one.charge_item = item
        charged += [item, exemption]
        if one in unpriced:
            mended.append(one)
    if days or charged:
        facts.record(
            "ipd.bed_days_counted",
            about=held,
            actor=actor,
            at=at,
            patient_id=held.patient_id,
            facility_id=held.facility_id,
            new=[*charged, *days],
            count=len(days),
            uncharged=sum(one.charge_item_id is None for one in days),
        )
    for one in mended:
        one.save(update_fields=["charge_item"])
    return days


def _priced(
    held: Admission, one: BedDay, line: _Line, *, actor: Any, at: datetime
) -> tuple[ChargeItem | None, Exemption | None]:
    """The charge of a day at the price of that day; none where it costs nothing or no price holds."""
    if line.definition is None or not line.definition.is_active:
        return None, None
    standing = billing.standing_of(held.encounter, one.day)
    price = billing_queries.price_of(
        line.definition, held.facility, scheme=standing.granted, ward_class=line.ward_class, day=one.day
    )
    if price is None:
        return None, None
    service = billing.service_at(price, source=BED_DAY, source_id=one.pk)
    service = replace(
        service,
        description=f"{service.description[:140]} {one.day:%d-%m-%Y}",
        description_hi=f"{service.description_hi[:140]} {one.day:%d-%m-%Y}",
        is_intensive=line.ward_class == WardClass.INTENSIVE,
    )
    return billing.add_charge(
        encounter=held.encounter,
        service=service,
        relief=standing.relief_on(service.kind),
        # By the clock nobody acts: whoever admitted the patient has brought the charge about.
        actor=actor or held.admitted_by,
        at=at,
    )


def _lines_of(wards: Sequence[Ward]) -> dict[UUID, _Line]:
    """What the hospital has set for each of these wards, else what its kind is charged as."""
    own = {one.ward_id: one for one in _own_tariffs([ward.pk for ward in wards])}
    kinds = {ward.pk: ward.kind for ward in wards if ward.pk not in own}
    codes = {day_code(kind) for kind in kinds.values()}
    by_code = {one.code: one for one in (_defined(*codes) if codes else ())}
    found = {pk: _Line(by_code.get(day_code(kind)), ward_class(kind)) for pk, kind in kinds.items()}
    set_here = {pk: _Line(one.definition, one.ward_class, one.definition is None) for pk, one in own.items()}
    return found | set_here


@Composed
def _own_tariffs(ward_ids: list[UUID]) -> QuerySet[DayTariff]:
    return DayTariff.objects.filter(ward__in=among(ward_ids)).select_related("definition")


@Composed
def _defined(*codes: str) -> QuerySet[ChargeItemDefinition]:
    return ChargeItemDefinition.objects.filter(code__in=codes)
