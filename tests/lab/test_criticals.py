"""A critical value waits on the screens of those it concerns until a named person has read it back."""

from collections import Counter
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from facilities.models import Posting
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from lab.models import CriticalAcknowledgement, CriticalEscalation, ResultLine
from lab.queries import criticals, criticals_of
from lab.services import Heard, acknowledge_critical, acknowledge_criticals, box_of, escalate_criticals
from lab.tasks import escalate_criticals as by_the_clock
from tests.conftest import NOON
from tests.factories.facilities import make_department, make_doctor, make_nurse
from tests.factories.lab import enter, received
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient


@pytest.fixture
def potassium(encounter, bose, rajesh, tests):
    (one,) = received(encounter, bose, rajesh, tests["ELEC"], at=NOON)
    enter(one, rajesh, at=NOON, K="7.1", NA="140")
    return ResultLine.objects.get(analyte__code="K")


def answer(line, actor, said="7.1", *, at=NOON + timedelta(minutes=4), key=None, **more):
    return acknowledge_critical(
        line=line, read_back=said, request_key=key or uuid4(), actor=actor, at=at, **more
    )


def sit_in(person, department):
    Posting.objects.filter(user=person).update(department=department)
    person.__dict__.pop("current_postings", None)
    person.__dict__.pop("posting", None)
    return person


def test_it_is_on_the_screens_at_once(potassium, bose, rajesh, farhana, clara, med, rims, encounter):
    surgery = make_department(rims, "SUR", name="Surgery")
    colleague = sit_in(make_doctor("Colleague", rims), med)
    elsewhere = sit_in(make_doctor("Elsewhere", rims), surgery)
    nurse_there = sit_in(make_nurse("There", rims), surgery)

    for who in (bose, rajesh, farhana, clara, colleague):
        assert [line.pk for line in criticals_of(who)] == [potassium.pk]
    for who in (elsewhere, nurse_there):
        assert not criticals_of(who)


def test_a_stranger_sees_none(potassium, esha):
    assert not criticals_of(esha)


def test_it_is_answered_by_reading_it_back(potassium, bose):
    with pytest.raises(Refusal, match="not the value that was reported"):
        answer(potassium, bose, "1.7")

    said = answer(potassium, bose, " 7.1 ", action="ECG, calcium")

    assert (said.acknowledged_by, said.waited, said.told_to) == (bose, 240, "")
    assert not criticals_of(bose)
    assert AuditEntry.objects.get(name="lab.critical_acknowledged").detail == {
        "waited": 240,
        "by_phone": False,
    }


def test_the_laboratory_tells_somebody_by_telephone(potassium, rajesh):
    said = answer(potassium, rajesh, told_to="Sister Clara, Medicine")

    assert (said.acknowledged_by, said.told_to, said.recorded_by) == (None, "Sister Clara, Medicine", rajesh)


@pytest.mark.parametrize("who", ["rajesh", "farhana"])
@pytest.mark.parametrize("told_to", ["", "  "])
def test_the_laboratory_names_whom_it_has_told(potassium, request, who, told_to):
    with pytest.raises(Refusal, match="Write who was told") as refused:
        answer(potassium, request.getfixturevalue(who), told_to=told_to)

    assert refused.value.field == "told_to"
    assert not CriticalAcknowledgement.objects.exists()
    assert criticals_of(request.getfixturevalue(who))


def test_a_corrected_value_asks_anew_or_not_at_all(potassium, bose, rajesh):
    answer(potassium, bose)
    enter(potassium.order, rajesh, K="7.4")
    assert [line.value for line in criticals_of(bose)] == ["7.4"]
    enter(potassium.order, rajesh, K="4.4")
    assert not criticals_of(bose)
    with pytest.raises(Refusal, match="not critical any more"):
        answer(potassium, bose, "4.4")


def test_a_clock_that_steps_back_leaves_no_value_without_an_answer(potassium, bose):
    answer(potassium, bose, at=NOON - timedelta(seconds=5))

    assert not criticals_of(bose)


def test_sent_twice_it_is_answered_once(potassium, bose, clara):
    key = uuid4()
    assert answer(potassium, bose, key=key) == answer(potassium, bose, key=key)
    with pytest.raises(Refusal, match="answered this meanwhile"):
        answer(potassium, clara)


@pytest.mark.django_db(transaction=True)
def test_ten_who_answer_at_once_are_one_answer(potassium, rims):
    people = [make_nurse(f"N{n}", rims) for n in range(10)]

    outcomes = all_at_once([partial(answer, potassium, one) for one in people])

    assert Counter(map(type, outcomes)) == {CriticalAcknowledgement: 1, Refusal: 9}


def test_unanswered_it_goes_up_a_step_each_half_hour_and_to_everybody(potassium, rims, med):
    surgery = make_department(rims, "SUR", name="Surgery")
    elsewhere = sit_in(make_doctor("Elsewhere", rims), surgery)

    def steps(minutes):
        return escalate_criticals(facility=rims, at=NOON + timedelta(minutes=minutes))

    assert [steps(29), steps(30), steps(31), steps(61), steps(61)] == [0, 1, 0, 1, 0]
    assert list(CriticalEscalation.objects.order_by("step").values_list("step", flat=True)) == [1, 2]
    assert [line.step for line in criticals_of(elsewhere)] == [2]


def test_the_clock_takes_up_what_it_missed(potassium, rims):
    assert by_the_clock() == 1
    assert by_the_clock() == 0
    assert CriticalEscalation.objects.get().step > 10


@pytest.mark.django_db(transaction=True)
def test_two_clocks_escalate_once(potassium, rims):
    at = NOON + timedelta(minutes=31)

    outcomes = all_at_once([partial(escalate_criticals, facility=rims, at=at)] * 4)

    assert sorted(outcomes) == [0, 0, 0, 1]


def test_the_same_value_of_the_next_tube_asks_anew_and_goes_up_anew(potassium, bose, rajesh, rims):
    assert escalate_criticals(facility=rims, at=NOON + timedelta(minutes=31)) == 1
    answer(potassium, bose, at=NOON + timedelta(minutes=32))
    enter(potassium.order, rajesh, at=NOON + timedelta(hours=1), K="4.4")
    enter(potassium.order, rajesh, at=NOON + timedelta(hours=2), K="7.1")

    assert [(line.value, line.step) for line in criticals_of(bose)] == [("7.1", None)]
    assert escalate_criticals(facility=rims, at=NOON + timedelta(hours=2, minutes=31)) == 1
    answer(potassium, bose, at=NOON + timedelta(hours=2, minutes=32))
    assert not criticals_of(bose)


# ── One call tells of all that waits of a patient ──


@pytest.fixture
def salts(encounter, bose, rajesh, tests):
    """Asha's sodium and potassium, both critical."""
    (one,) = received(encounter, bose, rajesh, tests["ELEC"], at=NOON)
    enter(one, rajesh, at=NOON, K="7.1", NA="101")
    return [one.lines.get(analyte__code=code) for code in ("NA", "K")]


def call(salts, actor, *said, key=None, **more):
    heard = [Heard(line, value) for line, value in zip(salts, said, strict=True)]
    details = {"request_key": key or uuid4(), "actor": actor, "at": NOON + timedelta(minutes=4)}
    return acknowledge_criticals(heard=heard, **details | more)


def test_one_call_answers_each_value_by_a_row_of_its_own(salts, rajesh):
    key = uuid4()
    answers = call(salts, rajesh, "101", "7.1", told_to="Sister Clara", action="ECG", key=key)

    assert call(salts, rajesh, "101", "7.1", told_to="Sister Clara", action="ECG", key=key) == answers
    assert [one.line for one in answers] == salts
    assert {(one.told_to, one.action, one.waited) for one in answers} == {("Sister Clara", "ECG", 240)}
    assert CriticalAcknowledgement.objects.count() == 2
    assert AuditEntry.objects.filter(name="lab.critical_acknowledged").count() == 2
    assert not criticals_of(rajesh)


def test_one_wrong_value_answers_none_and_says_which(salts, bose):
    with pytest.raises(Refusal, match="not the value that was reported") as refused:
        call(salts, bose, "101", "1.7")

    assert refused.value.field == box_of(salts[1])
    assert not CriticalAcknowledgement.objects.exists()


def test_what_another_has_answered_meanwhile_is_said_at_its_box(salts, bose, clara):
    answer(salts[0], clara, "101")

    with pytest.raises(Refusal, match="answered this meanwhile") as refused:
        call(salts, bose, "101", "7.1")
    assert refused.value.field == box_of(salts[0])
    assert call(salts[1:], bose, "7.1")


def test_a_call_tells_of_one_patient_and_of_something(salts, encounter, bose, rajesh, tests, rims):
    other = make_encounter(make_patient(rims, "Sunil"), encounter.department)
    (one,) = received(other, bose, rajesh, tests["ELEC"], at=NOON)
    enter(one, rajesh, at=NOON, K="7.1")

    with pytest.raises(Refusal, match="one patient"):
        call([salts[1], one.lines.get()], rajesh, "7.1", "7.1")
    with pytest.raises(Refusal, match="as it was read back"):
        call([], rajesh)


@pytest.mark.django_db(transaction=True)
def test_many_who_answer_the_same_call_at_once_are_one_answer_of_each(salts, rims):
    people = [make_nurse(f"N{n}", rims) for n in range(6)]
    orders = [salts, salts[::-1]] * 3

    outcomes = all_at_once(
        [
            partial(call, lines, one, *(line.value for line in lines))
            for lines, one in zip(orders, people, strict=True)
        ]
    )

    assert Counter(map(type, outcomes)) == {list: 1, Refusal: 5}
    assert CriticalAcknowledgement.objects.count() == 2


GROWN = "Growth of Escherichia coli after 14 hours, Gram negative bacilli. " * 8


@pytest.mark.parametrize("said", [GROWN, "growth of Escherichia  coli"])
def test_a_long_text_goes_up_once_a_step_and_its_beginning_is_read_back(potassium, bose, rims, said):
    ResultLine.objects.filter(pk=potassium.pk).update(value=GROWN)
    taken = [escalate_criticals(facility=rims, at=NOON + timedelta(minutes=at)) for at in (31, 32, 33, 61)]
    assert taken == [1, 0, 0, 1]
    for wrong in ("Growth of", "Growth of Staphylococcus aureus"):
        with pytest.raises(Refusal, match="not the value that was reported"):
            answer(potassium, bose, wrong)

    answer(potassium, bose, said)

    assert not criticals_of(bose)


def test_what_lies_for_weeks_hides_nothing_of_today(
    potassium, bose, rims, encounter, rajesh, tests, monkeypatch
):
    monkeypatch.setattr(criticals, "MOST_AT_ONCE", 1)
    assert escalate_criticals(facility=rims, at=NOON + timedelta(days=400)) == 1
    assert CriticalEscalation.objects.get().step == criticals.HIGHEST
    (one,) = received(encounter, bose, rajesh, tests["ELEC"], at=NOON + timedelta(days=400))
    enter(one, rajesh, at=NOON + timedelta(days=400), K="7.4")

    assert escalate_criticals(facility=rims, at=NOON + timedelta(days=400, minutes=31)) == 1
    assert [line.value for line in criticals_of(bose)] == ["7.1", "7.4"]


def test_one_hospitals_fault_keeps_no_other_from_being_told(potassium, rims, monkeypatch, caplog):
    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr("lab.services.escalate_criticals", fail)

    assert by_the_clock() == 0
    assert "were not escalated" in caplog.text
