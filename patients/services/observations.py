"""Vital signs: taken together in one act, asked about once where they are unlikely, never edited."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.moments import Said, moment_of
from hmis.kernel.rows import write
from patients import queries
from patients.models import Encounter, Finding, Observation, Patient, Vital
from patients.ranges import MEASURES, asked_about
from patients.services.people import lock_encounter
from patients.states import EncounterStatus

SYSTOLIC, DIASTOLIC, FLOW = "systolic", "diastolic", "oxygen_flow"
WORDS = {SYSTOLIC: _("upper BP"), DIASTOLIC: _("lower BP"), FLOW: _("oxygen flow")}


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """What was measured at one time; None or "" where it was not."""

    systolic: Decimal | None = None
    diastolic: Decimal | None = None
    pulse: Decimal | None = None
    respiratory_rate: Decimal | None = None
    spo2: Decimal | None = None
    temperature: Decimal | None = None
    weight: Decimal | None = None
    height: Decimal | None = None
    arm: Decimal | None = None
    glucose: Decimal | None = None
    pain: Decimal | None = None
    oxygen: str = ""
    oxygen_flow: Decimal | None = None
    consciousness: str = ""
    pregnant: str = ""
    breast_feeding: str = ""
    last_period: date | None = None

    def claimed(self) -> dict[str, Any]:
        """What a request key stands for: 37.0 is 37."""
        return {name: _plain(value) for name, value in asdict(self).items() if value not in (None, "")}

    def numbers(self) -> dict[str, Decimal]:
        """{field: the number} of what was measured."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in named.items() if isinstance(value, Decimal)}


def _plain(value: Any) -> Any:
    return str(value.normalize()) if isinstance(value, Decimal) else value


class Implausible(Refusal):
    """These values are unlikely: whoever means them says so once."""

    def __init__(self, named: Iterable[str]) -> None:
        self.vitals = list(named)
        words = ", ".join(str(word_of(name)) for name in self.vitals)
        super().__init__(_("Sure? Look at these again: %(vitals)s."), field="confirm", vitals=words)


def word_of(name: str) -> Any:
    """What people call the vital of this field."""
    return WORDS.get(name) or Vital[name.upper()].label


@act
def record_vitals(
    *,
    encounter: Encounter,
    vitals: Vitals,
    request_key: UUID,
    actor: Any,
    at: datetime,
    taken_at: Said = None,
    confirm: bool = False,
) -> list[Observation]:
    """Write down what was measured together; unlikely values need `confirm`.

    Refuses what cannot be, half a blood pressure, a contact that is over, a time that lies ahead.
    """
    body = [encounter.pk, vitals.claimed(), taken_at]
    set_id, seen = requests.claim(request_key, "patients.record_vitals", actor=actor, body=body)
    if seen:
        return queries.taken_together(set_id)
    held = lock_encounter(encounter)
    taken = add_vitals(
        encounter=held,
        vitals=vitals,
        set_id=set_id,
        actor=actor,
        at=at,
        taken_at=taken_at,
        confirm=confirm,
    )
    if not taken:
        raise Refusal(_("Write at least one value."))
    write(*taken)
    return taken


def add_vitals(
    *,
    encounter: Encounter,
    vitals: Vitals,
    set_id: UUID,
    actor: Any,
    at: datetime,
    taken_at: Said = None,
    confirm: bool = False,
) -> list[Observation]:
    """The part of an act that measures somebody of a locked encounter: rows for it to write, or none."""
    refuse_over(encounter)
    _refuse_impossible(vitals, at)
    unlikely = _unlikely(encounter.patient, vitals, timezone.localdate(at))
    if unlikely and not confirm:
        raise Implausible(unlikely)
    taken = [
        Observation(
            facility_id=encounter.facility_id,
            patient=encounter.patient,
            encounter=encounter,
            taken_together=set_id,
            code=vital.value,
            unit=MEASURES[vital.name.lower()].unit,
            is_confirmed=bool(unlikely & set(_fields_of(vital))),
            taken_at=moment_of(taken_at, at),
            taken_by=actor,
            recorded_at=at,
            **said,
        )
        for vital, said in _said(vitals).items()
    ]
    if taken:
        facts.record(
            "patients.vitals_recorded",
            about=taken[0],
            actor=actor,
            at=at,
            patient_id=encounter.patient_id,
            count=len(taken),
        )
    return taken


def refuse_over(encounter: Encounter) -> None:
    """Nothing is written into a contact that has ended."""
    if encounter.status != EncounterStatus.IN_PROGRESS:
        raise Refusal(_("This visit is over."))


def _fields_of(vital: Vital) -> tuple[str, ...]:
    if vital == Vital.BLOOD_PRESSURE:
        return SYSTOLIC, DIASTOLIC
    return (vital.name.lower(),)


def _said(vitals: Vitals) -> dict[Vital, dict[str, Any]]:
    """{vital: its columns} of what was measured, in the order of the ward."""
    found: dict[Vital, dict[str, Any]] = {}
    if vitals.systolic is not None:
        found[Vital.BLOOD_PRESSURE] = {"value": vitals.systolic, "diastolic": vitals.diastolic}
    for vital in Vital:
        said = getattr(vitals, vital.name.lower(), None)
        if isinstance(said, Decimal):
            found[vital] = {"value": said}
        elif isinstance(said, date):
            found[vital] = {"on_date": said}
        elif said:
            found[vital] = {"finding": Finding(said)}
    if Vital.OXYGEN in found:
        found[Vital.OXYGEN]["value"] = vitals.oxygen_flow
    return found


def _refuse_impossible(vitals: Vitals, at: datetime) -> None:
    """Each in its own field, before the database says it of the whole row."""
    for name, value in vitals.numbers().items():
        _refuse_number(name, value)
    if vitals.systolic is None and vitals.diastolic is not None:
        raise Refusal(_("Write both numbers of the BP."), field=SYSTOLIC)
    if vitals.systolic is not None and vitals.diastolic is None:
        raise Refusal(_("Write both numbers of the BP."), field=DIASTOLIC)
    if vitals.systolic is not None and vitals.diastolic is not None and vitals.systolic <= vitals.diastolic:
        raise Refusal(_("The upper BP must be more than the lower."), field=DIASTOLIC)
    if vitals.oxygen_flow is not None and vitals.oxygen != Finding.OXYGEN:
        raise Refusal(_("Write a flow only with oxygen, not with air."), field=FLOW)
    if vitals.last_period and vitals.last_period > timezone.localdate(at):
        raise Refusal(_("This day lies ahead."), field="last_period")


def _refuse_number(name: str, value: Decimal) -> None:
    measure = MEASURES["oxygen" if name == FLOW else name]
    if measure.is_possible(value) and abs(value) < MOST:
        return
    if measure.high is not None:
        raise Refusal(
            _("%(vital)s: between %(low)s and %(high)s."),
            field=name,
            vital=word_of(name),
            low=measure.low,
            high=measure.high,
        )
    raise Refusal(_("%(vital)s cannot be %(value)s."), field=name, vital=word_of(name), value=value)


# What the column holds.
MOST = Decimal(10_000)


def _unlikely(patient: Patient, vitals: Vitals, today: date) -> set[str]:
    """The fields whose values the nurse is asked about."""
    months = queries.months_old(patient, today)
    pregnant = vitals.pregnant == Finding.YES
    return {
        name
        for name, value in vitals.numbers().items()
        if asked_about(name, value, months=months, pregnant=pregnant)
    }


@act
def note_vitals_seen(*, patient: Patient, actor: Any, at: datetime) -> None:
    """Write down that somebody looked at a patient's vital signs."""
    facts.record("patients.vitals_viewed", about=patient, actor=actor, at=at, patient_id=patient.pk)


@act
def mark_wrong(
    *, observation: Observation, because: str, request_key: UUID, actor: Any, at: datetime
) -> Observation:
    """Mark what was measured as entered in error; it stays where it is, struck out.

    Refuses what gives no reason and what is marked already.
    """
    body = [observation.pk, because]
    seen = requests.was_sent(request_key, "patients.mark_observation_wrong", actor=actor, body=body)
    held = lock(Observation, observation.pk)
    if seen:
        return held
    if held.wrong_at:
        raise Refusal(_("This is marked as wrong already."))
    if not because:
        raise Refusal(_("Say why it is wrong."), field="because")
    held.wrong_because, held.wrong_by, held.wrong_at = because, actor, at
    held.clean_fields(exclude=["facility", "patient", "encounter", "taken_by", "wrong_by"])
    held.save(update_fields=["wrong_because", "wrong_by", "wrong_at"])
    facts.record(
        "patients.observation_marked_wrong", about=held, actor=actor, at=at, patient_id=held.patient_id
    )
    return held
