"""Vital signs: together in one act, impossible refused, unlikely asked once, wrong ones struck out."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from hmis.kernel import scope
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, RequestKey
from patients import queries
from patients.models import Observation, Vital
from patients.ranges import MEASURES, asked_about, body_mass_index
from patients.services import Implausible, Vitals, mark_wrong, record_vitals
from patients.states import EncounterStatus
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.chart import make_observation
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient


def of(**said):
    return Vitals(**{name: Decimal(value) if value[0].isdigit() else value for name, value in said.items()})


USUAL = of(systolic="120", diastolic="80", pulse="72", temperature="37.0", weight="62", consciousness="alert")


def record(encounter, nurse, vitals=USUAL, *, key=None, at=NOON, **changes):
    return record_vitals(
        encounter=encounter, vitals=vitals, request_key=key or uuid4(), actor=nurse, at=at, **changes
    )


def strike(observation, nurse, because="wrong patient", key=None):
    return mark_wrong(
        observation=observation, because=because, request_key=key or uuid4(), actor=nurse, at=NOON
    )


def test_what_was_measured_together_stands_under_its_codes(encounter, clara):
    taken = record(encounter, clara)

    assert [(one.vital, one.code, one.unit, one.shown) for one in taken] == [
        ("blood_pressure", "85354-9", "mm[Hg]", "120/80"),
        ("pulse", "8867-4", "/min", "72"),
        ("consciousness", "67775-7", "", "alert"),
        ("temperature", "8310-5", "Cel", "37"),
        ("weight", "29463-7", "kg", "62"),
    ]
    assert {one.taken_together for one in taken} == {taken[0].taken_together}
    assert {(one.taken_by, one.taken_at, one.patient) for one in taken} == {(clara, NOON, encounter.patient)}
    fact = AuditEntry.objects.get(name="patients.vitals_recorded")
    assert (fact.patient_id, fact.detail) == (encounter.patient_id, {"count": 5})


def test_every_vital_can_be_written_down_at_once(encounter, clara):
    everything = of(
        systolic="118",
        diastolic="76",
        pulse="80",
        respiratory_rate="16",
        spo2="98",
        temperature="36.8",
        weight="3.25",
        height="152.5",
        arm="11.4",
        glucose="96",
        pain="0",
        oxygen="oxygen",
        oxygen_flow="2.5",
        consciousness="voice",
        pregnant="no",
        breast_feeding="yes",
    )
    with_period = Vitals(**vars(everything) | {"last_period": date(2026, 7, 1)})

    record(encounter, clara, with_period)

    assert set(Observation.objects.values_list("code", flat=True)) == set(Vital)
    shown = {one.vital: one.shown for one in Observation.objects.all()}
    assert (shown["oxygen"], shown["weight"], shown["last_period"]) == ("oxygen 2.5", "3.25", "01-07-2026")


def test_each_vital_is_a_line_of_the_file():
    assert {MEASURES[vital.name.lower()].code for vital in Vital} == set(Vital)


@walked(
    ("said", "field", "sentence"),
    [
        ({"spo2": "101"}, "spo2", "between 0 and 100"),
        ({"pain": "11"}, "pain", "between 0 and 10"),
        ({"weight": "0"}, "weight", "cannot be 0"),
        ({"pulse": "72000"}, "pulse", "between 0 and 400"),
        ({"systolic": "120"}, "diastolic", "both numbers"),
        ({"diastolic": "80"}, "systolic", "both numbers"),
        ({"systolic": "80", "diastolic": "120"}, "diastolic", "must be more than the lower"),
        ({"oxygen_flow": "2"}, "oxygen_flow", "not with air"),
        ({"oxygen": "air", "oxygen_flow": "2"}, "oxygen_flow", "not with air"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_leaves_no_trace(encounter, clara, said, field, sentence):
    with pytest.raises(Refusal, match=sentence) as caught:
        record(encounter, clara, of(**said), confirm=True)

    assert caught.value.field == field
    for model in Observation, AuditEntry, RequestKey:
        assert not model.objects.exists()


def test_a_period_of_tomorrow_and_a_time_ahead_are_refused(encounter, clara):
    with pytest.raises(Refusal, match="lies ahead") as caught:
        record(encounter, clara, Vitals(last_period=NOON.date() + timedelta(days=1)))
    assert caught.value.field == "last_period"
    with pytest.raises(Refusal, match="When was it measured"):
        record(encounter, clara, taken_at=NOON + timedelta(minutes=1))
    assert not Observation.objects.exists()


def test_nothing_measured_and_a_contact_that_is_over_are_refused(asha, med, encounter, clara):
    with pytest.raises(Refusal, match="at least one value"):
        record(encounter, clara, Vitals())
    over = make_encounter(asha, med, status=EncounterStatus.FINISHED, ended_at=NOON)
    with pytest.raises(Refusal, match="is over"):
        record(over, clara)


def test_an_unlikely_value_is_asked_about_once_and_stored_as_confirmed(encounter, clara):
    fast, key = of(pulse="148", temperature="36.9"), uuid4()

    with pytest.raises(Implausible, match="these again: pulse") as caught:
        record(encounter, clara, fast, key=key)
    assert (caught.value.field, caught.value.vitals) == ("confirm", ["pulse"])
    taken = record(encounter, clara, fast, key=key, confirm=True)
    assert {one.vital: one.is_confirmed for one in taken} == {"pulse": True, "temperature": False}


@pytest.mark.parametrize(
    ("vital", "value", "months", "pregnant", "asked"),
    [
        ("pulse", "130", 400, False, False),
        ("pulse", "131", 400, False, True),
        ("pulse", "131", None, False, True),
        ("pulse", "131", 8, False, False),
        ("pulse", "70", 8, False, True),
        ("pulse", "121", 300, True, True),
        ("respiratory_rate", "45", 2, False, False),
        ("respiratory_rate", "45", 300, False, True),
        ("diastolic", "101", 300, True, True),
        ("diastolic", "101", 300, False, False),
        ("temperature", "39.1", 300, True, True),
        ("temperature", "35.0", 300, False, True),
        ("spo2", "91", 300, False, True),
        ("spo2", "91", 60, False, False),
        ("glucose", "40", 0, False, False),
        ("glucose", "40", 12, False, True),
        ("height", "20", 300, False, False),
    ],
)
def test_who_is_asked_about_what(vital, value, months, pregnant, asked):
    assert asked_about(vital, Decimal(value), months=months, pregnant=pregnant) == asked


def test_sent_twice_it_is_measured_once(encounter, clara):
    key = uuid4()
    first, second = (record(encounter, clara, key=key) for _ in range(2))

    assert first == second
    assert Observation.objects.count() == 5
    with pytest.raises(KeyReused):
        record(encounter, clara, of(pulse="80"), key=key)


def test_whoever_sends_37_and_37_0_sends_the_same(encounter, clara):
    key = uuid4()
    assert record(encounter, clara, of(temperature="37.0"), key=key) == record(
        encounter, clara, of(temperature="37"), key=key
    )


@pytest.mark.django_db(transaction=True)
def test_the_same_click_ten_times_is_one_set_and_two_nurses_are_two(encounter, clara, bose):
    key = uuid4()
    outcomes = all_at_once(
        [partial(record, encounter, clara, key=key)] * 5 + [partial(record, encounter, bose)]
    )

    assert all(len(one) == 5 for one in outcomes), outcomes
    assert Observation.objects.count() == 10


def test_a_wrong_value_stays_struck_out_with_its_reason(encounter, clara, bose):
    pulse = make_observation(encounter, clara)
    key = uuid4()
    for _ in range(2):
        strike(pulse, bose, key=key)

    pulse.refresh_from_db()
    assert (pulse.wrong_because, pulse.wrong_by, pulse.wrong_at) == ("wrong patient", bose, NOON)
    assert (pulse.value, pulse.rev) == (72, 1)
    assert AuditEntry.objects.filter(name="patients.observation_marked_wrong").count() == 1
    with pytest.raises(Refusal, match="wrong already"):
        strike(pulse, clara)


def test_without_a_reason_or_with_an_aadhaar_nothing_is_struck_out(encounter, clara):
    pulse = make_observation(encounter, clara)
    with pytest.raises(Refusal, match="Say why") as caught:
        strike(pulse, clara, because="")
    assert caught.value.field == "because"
    with pytest.raises(ValidationError, match="Aadhaar"):
        strike(pulse, clara, because="234123412346")
    pulse.refresh_from_db()
    assert pulse.wrong_at is None


@pytest.mark.django_db(transaction=True)
def test_two_who_strike_out_at_once_do_it_once(encounter, clara, bose):
    pulse = make_observation(encounter, clara)
    outcomes = all_at_once([partial(strike, pulse, one) for one in (clara, bose)])

    assert sorted(type(one).__name__ for one in outcomes) == ["Observation", "Refusal"]


def test_the_last_values_leave_out_the_wrong_and_keep_their_order(rims, med, encounter, clara, kavita):
    for minutes, value in enumerate(["60", "72", "80"]):
        make_observation(
            encounter,
            clara,
            value=value,
            taken_at=NOON + timedelta(minutes=minutes),
            recorded_at=NOON + timedelta(hours=1),
        )
    strike(Observation.objects.get(value=72), clara)

    found = queries.last_vitals([encounter.patient_id], clara)[encounter.patient_id]
    assert [one.shown for one in found["pulse"]] == ["60", "80"]
    assert [one.shown for one in queries.observations_of(encounter.patient)] == ["80", "72", "60"]


def test_the_body_mass_is_reckoned_and_nowhere_kept(encounter, clara):
    record(encounter, clara, of(weight="62.5", height="158"))
    found = queries.last_vitals([encounter.patient_id], clara)[encounter.patient_id]

    assert queries.body_mass(found) == Decimal("25.0") == body_mass_index(Decimal("62.5"), Decimal(158))
    assert queries.body_mass({}) is None
    assert not Observation.objects.filter(code="39156-5").exists()


def test_who_treats_sees_what_another_hospital_measured_and_nobody_else_does(
    asha, encounter, sgml_med, clara, esha
):
    make_observation(encounter, clara)
    assert not queries.last_vitals([asha.pk], esha)

    visit = make_encounter(asha, sgml_med)
    with scope.within(scope.reading(esha)):
        assert not queries.observations_of(asha).exists()
        assert queries.last_vitals([asha.pk], esha)[asha.pk].keys() == {"pulse"}

    visit.status, visit.ended_at = EncounterStatus.FINISHED, NOON
    visit.save()
    assert not queries.last_vitals([asha.pk], esha)


def test_months_of_age(rims):
    born = make_patient(rims, birth_date=date(2026, 5, 23))
    assert queries.months_old(born, date(2026, 7, 22)) == 1
    assert queries.months_old(born, date(2026, 7, 23)) == 2
    assert queries.months_old(make_patient(rims, birth_date=None, birth_precision=""), NOON.date()) is None
