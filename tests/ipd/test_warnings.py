"""Vital signs in the ward: scored in their own act, answered by somebody, and standing until then."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from hmis.kernel import facts
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from ipd import queries, services
from ipd.models import EarlyWarning, WarningAnswer
from ipd.services import order_scale2, score_recorded
from ipd.states import AdmissionStatus, Response, Risk
from patients.models import Observation, Sex
from patients.services import Implausible, mark_wrong, record_vitals
from tests.conftest import NOON
from tests.factories.facilities import make_department, make_doctor, make_nurse
from tests.factories.ipd import admit, beds_in
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient
from tests.factories.rounds import CONFUSED, ILL, VERY_ILL, WELL, answer, measure, vitals_of

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=30)


def scale2(admission, doctor, why="COPD with CO₂ retention, blood gas today", key=None):
    return order_scale2(admission=admission, why=why, request_key=key or uuid4(), actor=doctor, at=NOON)


# ── Measured and scored ──


def test_a_complete_set_is_scored_in_the_same_act(admission, clara):
    taken = measure(admission, clara, ILL, at=NOON)

    warning = EarlyWarning.objects.get()
    assert (warning.score, warning.risk, warning.escalates) == (5, Risk.MEDIUM, True)
    assert warning.points["respiratory_rate"] == 2
    assert warning.reds == []
    assert warning.taken_together == taken[0].taken_together
    assert warning.next_due_at == NOON + timedelta(minutes=60)
    fact = AuditEntry.objects.get(name="ipd.vitals_scored")
    assert (fact.actor, fact.patient_id, fact.detail) == (clara, admission.patient_id, {"escalates": True})


def test_one_vital_that_scores_three_asks_for_a_doctor(admission, clara):
    measure(admission, clara, CONFUSED)
    warning = EarlyWarning.objects.get()
    assert (warning.score, warning.risk, warning.reds) == (3, Risk.LOW_MEDIUM, ["consciousness"])
    assert warning.escalates


def test_an_incomplete_set_is_kept_without_a_score(admission, clara):
    taken = measure(admission, clara, {"pulse": "72", "temperature": "37"})
    assert len(taken) == 2
    assert not EarlyWarning.objects.exists()


def test_a_child_has_no_news(clara, ward, rims):
    child = make_patient(rims, name="Guddi", birth_date=NOON.date() - timedelta(days=12 * 365))
    measure(admit(child, beds_in(ward)[1], clara, at=NOON).admission, clara, VERY_ILL, at=NOON)
    assert Observation.objects.exists()
    assert not EarlyWarning.objects.exists()


def test_who_is_pregnant_has_no_news(admission, clara, asha):
    asha.sex = Sex.FEMALE
    asha.save()
    measure(admission, clara, VERY_ILL | {"pregnant": "yes"}, at=NOON)
    measure(admission, clara, VERY_ILL, at=LATER)  # she was said to be, half an hour ago
    assert not EarlyWarning.objects.exists()


def test_sent_twice_it_is_one_set_and_one_score(admission, clara):
    key = uuid4()
    first, again = (measure(admission, clara, ILL, key=key, at=NOON) for _ in range(2))
    assert [one.pk for one in again] == [one.pk for one in first]
    assert EarlyWarning.objects.count() == 1


def test_unlikely_values_are_asked_about_once_and_leave_no_score(admission, clara):
    with pytest.raises(Implausible):
        measure(admission, clara, VERY_ILL | {"temperature": "45.0"}, confirm=False)
    assert not EarlyWarning.objects.exists()


def test_nothing_is_measured_before_the_admission_or_after_its_end(admission, clara):
    with pytest.raises(Refusal, match="not here at that time"):
        measure(admission, clara, taken_at=admission.admitted_at - timedelta(minutes=1))
    with pytest.raises(Refusal, match="at least one value"):
        measure(admission, clara, {})
    services.cancel_admission(
        admission=admission, why="mistake", request_key=uuid4(), actor=clara, at=timezone.now()
    )
    with pytest.raises(Refusal, match="over"):
        measure(admission, clara)


# ── Measured another way ──


def by_the_api(admission, nurse, said=ILL):
    return record_vitals(
        encounter=admission.encounter,
        vitals=vitals_of(said),
        request_key=uuid4(),
        actor=nurse,
        at=NOON,
        confirm=True,
    )


def test_vital_signs_that_come_another_way_are_scored_by_the_listener(admission, clara):
    by_the_api(admission, clara)
    assert not EarlyWarning.objects.exists()
    facts.sweep()
    assert EarlyWarning.objects.get().score == 5


def test_the_listener_hears_twice_and_scores_once(admission, clara):
    taken = by_the_api(admission, clara)
    first = score_recorded(observation=taken[0], at=NOON)
    assert score_recorded(observation=taken[-1], at=NOON) == first
    facts.sweep()
    assert EarlyWarning.objects.count() == 1


def test_what_the_ward_wrote_the_listener_leaves(admission, clara):
    measure(admission, clara, ILL)
    facts.sweep()
    assert EarlyWarning.objects.count() == 1


def test_whoever_is_no_inpatient_has_no_score(asha, clara, encounter):
    record_vitals(
        encounter=encounter, vitals=vitals_of(ILL), request_key=uuid4(), actor=clara, at=NOON, confirm=True
    )
    facts.sweep()
    assert not EarlyWarning.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_page_and_listener_at_once_make_one_score(admission, clara):
    taken = by_the_api(admission, clara)
    outcomes = all_at_once([partial(score_recorded, observation=taken[0], at=NOON)] * 6)
    assert set(outcomes) == {EarlyWarning.objects.get()}


# ── Standing, until somebody answers ──


def test_a_lower_score_afterwards_answers_nothing(admission, clara, bose):
    measure(admission, clara, ILL, at=NOON)
    measure(admission, clara, WELL, at=LATER)

    latest = queries.latest_warnings([admission.pk], now=LATER)[admission.pk]
    assert (latest.score, latest.is_unanswered, latest.is_overdue) == (0, True, False)
    assert [one.score for one in queries.warnings_of(bose)] == [5]

    answer(EarlyWarning.objects.get(score=5), bose, at=LATER)
    latest = queries.latest_warnings([admission.pk], now=LATER)[admission.pk]
    assert not latest.is_unanswered
    assert not queries.warnings_of(bose).exists()


def test_the_last_scores_are_one_statement_however_many(ward, clara, rims, django_assert_num_queries):
    beds = beds_in(ward)
    ids = []
    for number, bed in enumerate(beds[:3]):
        held = admit(make_patient(rims, name=f"Patient {number}"), bed, clara, at=NOON).admission
        measure(held, clara, ILL, at=NOON)
        ids.append(held.pk)
    with django_assert_num_queries(1):
        found = queries.latest_warnings(ids, now=NOON + timedelta(minutes=61))
    assert {one.is_overdue for one in found.values()} == {True}
    assert len(found) == 3


def test_a_score_of_a_wrong_value_does_not_count(admission, clara, bose):
    taken = measure(admission, clara, ILL)
    pulse = next(one for one in taken if one.vital == "pulse")
    mark_wrong(observation=pulse, because="other patient", request_key=uuid4(), actor=clara, at=NOON)
    assert not queries.warnings_of(bose).exists()
    assert queries.latest_warnings([admission.pk]) == {}


def test_who_has_left_asks_for_nothing_any_more(admission, clara, bose):
    measure(admission, clara, ILL)
    admission.refresh_from_db()
    assert queries.warnings_of(bose).exists()
    type(admission).objects.filter(pk=admission.pk).update(
        status=AdmissionStatus.CANCELLED, cancelled_by=bose, cancelled_at=NOON, cancelled_why="x"
    )
    assert not queries.warnings_of(bose).exists()


# ── Who hears ──


def of_department(person, department):
    person.posting.department = department
    person.posting.save()
    return person


def test_the_wards_and_the_departments_people_hear_and_no_others(ward, asha, clara, rims, med, esha):
    surgery = make_department(rims, "SUR", name="Surgery", name_hi="सर्जरी")
    held = admit(asha, beds_in(ward)[0], clara, at=NOON, department=surgery).admission
    measure(held, clara, ILL)
    eye = make_department(rims, "EYE", name="Eye", name_hi="आँख")

    hears = {
        "her department's doctor": of_department(make_doctor("A", rims), surgery),
        "her ward's nurse": of_department(make_nurse("B", rims), med),
        "of no department": make_doctor("C", rims),
    }
    deaf = {"another department": of_department(make_doctor("D", rims), eye), "elsewhere": esha}
    assert all(queries.warnings_of(person).exists() for person in hears.values())
    assert not any(queries.warnings_of(person).exists() for person in deaf.values())


def test_her_consultant_hears_wherever_he_works(ward, asha, clara, bose, rims):
    eye = make_department(rims, "EYE", name="Eye", name_hi="आँख")
    of_department(bose, eye)
    held = admit(asha, beds_in(ward)[0], clara, at=NOON, consultant=bose).admission
    measure(held, clara, ILL)
    assert queries.warnings_of(bose).exists()


# ── Answered ──


def test_an_answer_says_who_did_what(admission, clara, bose):
    measure(admission, clara, ILL, at=NOON)
    said = answer(EarlyWarning.objects.get(), bose, told="Dr. Rao", note="fluids", at=LATER)
    assert (said.response, said.told, said.answered_by, said.answered_at) == (
        Response.SEEN,
        "Dr. Rao",
        bose,
        LATER,
    )
    fact = AuditEntry.objects.get(name="ipd.warning_answered")
    assert fact.detail == {"response": "seen", "count": 1}


def test_one_look_answers_for_what_was_measured_before(admission, clara, bose):
    for step in range(3):
        measure(admission, clara, ILL, at=NOON + timedelta(minutes=step))
    first, second, third = EarlyWarning.objects.order_by("taken_at")
    answer(second, bose, at=LATER)
    assert list(queries.unanswered()) == [third]
    assert WarningAnswer.objects.filter(warning=first).exists()


def test_answered_twice_it_is_one_answer(admission, clara, bose):
    measure(admission, clara, ILL)
    warning, key = EarlyWarning.objects.get(), uuid4()
    assert answer(warning, bose, key=key, at=NOON) == answer(warning, bose, key=key, at=NOON)
    with pytest.raises(Refusal, match="Somebody else has answered"):
        answer(warning, clara)


def test_what_asks_for_nothing_is_not_answered(admission, clara):
    measure(admission, clara, WELL)
    with pytest.raises(Refusal, match="needs no answer"):
        answer(EarlyWarning.objects.get(), clara)


@pytest.mark.parametrize("response", [Response.OTHER, Response.NO_ESCALATION])
def test_some_answers_are_written_out(admission, clara, response):
    measure(admission, clara, ILL)
    with pytest.raises(Refusal, match="Write what was done"):
        answer(EarlyWarning.objects.get(), clara, response=response)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_does(rims, admission, clara):
    measure(admission, clara, ILL)
    warning = EarlyWarning.objects.get()
    doctors = [make_doctor(f"d{n}", rims) for n in range(6)]
    outcomes = all_at_once([partial(answer, warning, doctor) for doctor in doctors])
    assert sum(isinstance(one, WarningAnswer) for one in outcomes) == 1
    assert sum(isinstance(one, Refusal) for one in outcomes) == 5


# ── Scale 2 ──


def test_scale_two_counts_from_the_next_set_on_and_can_be_ended(admission, clara, bose):
    low = WELL | {"spo2": "89"}
    measure(admission, clara, low, at=NOON)
    scale2(admission, bose)
    measure(admission, clara, low, at=LATER)
    first, second = EarlyWarning.objects.order_by("taken_at")
    assert (first.scale, first.score) == (1, 3)
    assert (second.scale, second.score) == (2, 0)
    scale2(admission, bose, why="")
    admission.refresh_from_db()
    assert (admission.scale2_by, admission.scale2_at, admission.scale2_why) == (None, None, "")
    assert AuditEntry.objects.filter(name__startswith="ipd.second_scale_").count() == 2


def test_only_a_doctor_orders_it_and_says_why(admission, clara, bose):
    with pytest.raises(Refusal, match="A doctor orders"):
        scale2(admission, clara)
    with pytest.raises(Refusal, match="Say why"):
        scale2(admission, bose, why="")
