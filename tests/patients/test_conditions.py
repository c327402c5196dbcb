"""Diagnoses: a code, how sure, since when, and what stays with the patient."""

from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.history import changes_of
from hmis.kernel.models import AuditEntry
from patients.models import Condition
from patients.queries import codes_for, conditions_here, diagnoses_of, favourite_codes, problems_of
from patients.services import (
    Diagnosis,
    cancel_encounter,
    judge_condition,
    keep_condition,
    record_condition,
)
from patients.states import ConditionStatus
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.facilities import make_department, make_doctor
from tests.factories.notes import make_condition, make_signed_note
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient

TODAY, TOMORROW = NOON.date(), NOON.date() + timedelta(1)
FINAL, REFUTED, PROVISIONAL = ConditionStatus.FINAL, ConditionStatus.REFUTED, ConditionStatus.PROVISIONAL


def record(encounter, actor, code="A09.9", *, key=None, **said):
    return record_condition(
        encounter=encounter,
        diagnosis=Diagnosis(code, **said),
        request_key=key or uuid4(),
        actor=actor,
        at=NOON,
    )


def judge(condition, actor, to=FINAL, why="", *, rev=None, key=None):
    rev = condition.rev if rev is None else rev
    key = key or uuid4()
    return judge_condition(
        condition=condition, to=to, why=why, rev=rev, request_key=key, actor=actor, at=NOON
    )


def keep(condition, actor, *, rev=None, key=None, **details):
    rev = condition.rev if rev is None else rev
    key = key or uuid4()
    return keep_condition(
        condition=condition, details=details, rev=rev, request_key=key, actor=actor, at=NOON
    )


def test_a_diagnosis_keeps_its_words_of_both_languages(encounter, bose):
    made = record(encounter, bose, "a09.9", words="after the wedding")

    assert (made.code, made.title_hi, made.words) == ("A09.9", "दस्त", "after the wedding")
    assert (made.status, made.is_problem, made.recorded_by) == (PROVISIONAL, False, bose)
    assert (made.patient, made.department) == (encounter.patient, encounter.department)


@walked(
    ("said", "sentence"),
    [
        ({"code": "Q99.99"}, "no such code"),
        ({"code": "IX"}, "no such code"),
        ({"code": "A00-A09"}, "no such code"),
        ({"status": REFUTED}, "provisional or final"),
        ({"onset_on": TOMORROW, "onset_precision": "day"}, "lies ahead"),
        ({"onset_on": TODAY}, "the day, the month"),
        ({"words": "2345 6789 0124"}, "Aadhaar"),
    ],
)
def test_a_diagnosis_that_cannot_be_is_refused(encounter, bose, said, sentence):
    with pytest.raises((Refusal, ValidationError), match=sentence):
        record(encounter, bose, **said)
    assert not Condition.objects.exists()


def test_a_diagnosis_is_written_once_and_one_is_the_main_one(encounter, bose):
    record(encounter, bose, is_main=True)

    with pytest.raises(Refusal, match="written here already"):
        record(encounter, bose)
    with pytest.raises(Refusal, match="main one already"):
        record(encounter, bose, "B54", is_main=True)


def test_a_cancelled_encounter_takes_no_diagnosis(encounter, bose):
    cancel_encounter(encounter=encounter, at=NOON)

    with pytest.raises(Refusal, match="was cancelled"):
        record(encounter, bose)


def test_sent_twice_it_is_one_diagnosis(encounter, bose):
    key = uuid4()

    assert record(encounter, bose, key=key) == record(encounter, bose, key=key)
    with pytest.raises(KeyReused):
        record(encounter, bose, "B54", key=key)


# ── The problem list ──


def test_a_chronic_disease_goes_to_the_problem_list_once(encounter, med, bose):
    record(encounter, bose, "I10", onset_on=date(2019, 1, 1), onset_precision="year")
    again = record(make_encounter(encounter.patient, med), bose, "I10")

    assert [one.onset_on.year for one in problems_of(encounter.patient_id)] == [2019]
    assert not again.is_problem


def test_the_doctor_decides_what_is_a_problem(encounter, bose):
    record(encounter, bose, "I10", is_problem=False)
    record(encounter, bose, "A15.0", is_problem=True)

    assert [one.code for one in problems_of(encounter.patient_id)] == ["A15.0"]


def test_what_is_over_or_refuted_leaves_the_list_and_may_come_again(encounter, med, bose):
    tb, ht = (record(encounter, bose, code, is_problem=True) for code in ("A15.0", "I10"))
    keep(tb, bose, resolved_on=TODAY)
    judge(ht, bose, REFUTED, "white coat")

    assert not problems_of(encounter.patient_id).exists()
    assert record(make_encounter(encounter.patient, med), bose, "A15.0", is_problem=True).is_problem


@walked(
    ("details", "sentence"),
    [
        ({"resolved_on": TOMORROW}, "lies ahead"),
        ({"onset_on": TOMORROW, "onset_precision": "day"}, "lies ahead"),
        ({"resolved_on": date(2018, 1, 1)}, "before it began"),
        ({"onset_precision": ""}, "the day, the month"),
        ({"rev": 7}, "Somebody else changed"),
    ],
)
def test_what_is_kept_must_be_possible(encounter, bose, details, sentence):
    made = record(encounter, bose, "I10", onset_on=date(2019, 1, 1), onset_precision="year")

    with pytest.raises(Refusal, match=sentence):
        keep(made, bose, **details)
    made.refresh_from_db()
    assert (made.onset_on, made.resolved_on, made.rev) == (date(2019, 1, 1), None, 0)


def test_a_problem_cannot_be_put_on_the_list_twice(encounter, med, bose):
    record(encounter, bose, "I10")
    again = record(make_encounter(encounter.patient, med), bose, "I10")

    with pytest.raises(Refusal, match="on the problem list already"):
        keep(again, bose, is_problem=True)


# ── How sure ──


def test_a_diagnosis_becomes_final_or_is_refuted_and_the_history_keeps_each_step(encounter, bose):
    made = judge(record(encounter, bose), bose)
    assert (made.status, made.rev) == (FINAL, 1)
    with pytest.raises(Refusal, match="Say why"):
        judge(made, bose, REFUTED)
    refuted = judge(made, bose, REFUTED, "stool clear")

    assert diagnoses_of(encounter.pk) == []
    assert [one.by for one in changes_of(refuted)] == ["Bose"] * 3
    for attempt in partial(judge, refuted, bose), partial(keep, refuted, bose, is_main=True):
        with pytest.raises(Refusal):
            attempt()
    assert record(encounter, bose)  # a refuted one stands in nobody's way


def test_judging_is_refused_after_another_and_counts_once(encounter, bose):
    made, key = record(encounter, bose), uuid4()
    with pytest.raises(Refusal, match="Somebody else changed"):
        judge(made, bose, rev=5)

    assert judge(made, bose, key=key, rev=0).rev == judge(made, bose, key=key, rev=0).rev == 1


def test_keeping_counts_once(encounter, bose):
    made, key = record(encounter, bose), uuid4()

    assert keep(made, bose, key=key, rev=0, is_main=True).is_main
    assert keep(made, bose, key=key, rev=0, is_main=True).rev == 1


def test_a_note_that_was_signed_keeps_the_diagnosis_that_is_refuted_later(encounter, bose):
    made = make_condition(encounter, bose)
    note = make_signed_note(encounter, bose)
    judge(made, bose, REFUTED, "white coat")

    note.refresh_from_db()
    assert [(one["code"], one["status"]) for one in note.diagnoses] == [("I10", "final")]


# ── Favourites ──


def test_what_a_doctor_uses_comes_first_then_the_departments(rims, med, bose):
    other = make_doctor("Other", rims)
    for code, doctor in [("B54", bose), ("A09.9", bose), ("B54", bose), ("I10", other), ("A01.0", other)]:
        record(make_encounter(make_patient(rims), med), doctor, code)
    record(make_encounter(make_patient(rims), make_department(rims, "EYE")), other, "H26.9")

    assert favourite_codes(bose, med, today=TODAY) == ["B54", "A09.9", "A01.0", "I10"]
    assert favourite_codes(bose, today=TODAY) == ["B54", "A09.9"]
    assert favourite_codes(bose, med, today=TODAY + timedelta(days=181)) == []
    assert [one.code for one in codes_for(bose, "", today=TODAY)] == ["B54", "A09.9"]


def test_of_equals_what_is_used_comes_first(encounter, bose):
    record(encounter, bose, "A18.2")

    assert codes_for(bose, "tb lymph", today=TODAY)[0].code == "A18.2"


# ── Others, and at once ──


def test_another_hospital_sees_no_diagnosis(encounter, bose, esha):
    record(encounter, bose, "I10")

    assert not conditions_here(esha).exists()
    assert favourite_codes(esha, encounter.department, today=TODAY) == []


def test_the_facts_name_no_disease(encounter, bose):
    judge(record(encounter, bose), bose, REFUTED, "stool clear")

    told = str(list(AuditEntry.objects.values_list("name", "detail")))
    assert "patients.condition_judged" in told
    for secret in "A09", "Gastro", "stool":
        assert secret not in told


def test_neither_code_nor_patient_of_a_diagnosis_ever_changes(encounter, bose, as_application):
    made = record(encounter, bose)

    for change in "code = 'I10'", "title = 'x'", "patient_id = patient_id":
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE patients_condition SET {change} WHERE id = %s", [made.pk])


@pytest.mark.django_db(transaction=True)
def test_of_many_doctors_at_once_one_writes_it(encounter, rims):
    doctors = [make_doctor(f"d{n}", rims) for n in range(6)]

    outcomes = all_at_once([partial(record, encounter, one, "I10", is_main=True) for one in doctors])
    assert sum(isinstance(one, Refusal) for one in outcomes) == 5
    assert Condition.objects.get().is_problem


@pytest.mark.django_db(transaction=True)
def test_of_many_judges_at_once_the_others_look_again(encounter, rims, bose):
    doctors = [make_doctor(f"d{n}", rims) for n in range(6)]
    made = record(encounter, bose)

    outcomes = all_at_once([partial(judge, made, one) for one in doctors])
    assert sum(isinstance(one, Refusal) for one in outcomes) == 5
    assert Condition.objects.get().rev == 1
