"""Medicines: written in one line, answered for, signed with the note, stopped and changed with reasons."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from importlib import import_module
from uuid import uuid4

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from facilities.roles import Grade
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from patients.documents import issue_prescription
from patients.models import DetectedIssue, Finding, MedicationRequest, MedicineSet, Vital
from patients.queries import prescribing
from patients.services import (
    AlertsOpen,
    AllergiesNotAsked,
    Typed,
    answer_issue,
    explain_line,
    keep_set,
    prescribe,
    prescribe_set,
    remove_line,
    repeat_last_medicines,
    retire_set,
    review_prescription,
    rewrite_line,
    stop_medicine,
)
from patients.states import IssueAnswer, MedicationStatus
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.chart import make_allergy, make_observation
from tests.factories.constraints import again, rule_broken_by
from tests.factories.facilities import make_doctor
from tests.factories.formulary import make_formulary, medication
from tests.factories.notes import make_graded, make_note
from tests.factories.parallel import all_at_once, rolled_back
from tests.factories.patients import make_encounter, make_patient
from tests.factories.prescribing import (
    ask_allergies,
    give,
    make_issue,
    make_line,
    make_prescription,
    make_set,
    sign,
)

HOSTILE = '"><img src=x onerror=alert(1)> =1+1'


@pytest.fixture
def note(encounter, bose):
    make_formulary(encounter.facility)
    return make_note(encounter, bose)


@pytest.fixture
def asked(encounter, clara):
    return ask_allergies(encounter, clara)


def act(service, actor, **given):
    return service(request_key=uuid4(), actor=actor, at=timezone.now(), **given)


BREAKS = [
    ("signed_medicine_says_by_whom_and_when", {"status": "active"}),
    ("medicine_is_stopped_for_a_reason", {"stopped_why": "rash"}),
    ("medicine_ends_after_it_begins", {"ends_on": date(2020, 1, 1), "starts_on": date(2020, 1, 2)}),
    ("quantity_has_its_unit", {"quantity_unit": ""}),
    ("medicine_is_written_out", {"line": ""}),
    ("running_medicine_is_changed_for_a_reason", {"replaces_why": "for nothing"}),
]
OF_ISSUES = [
    ("issue_is_raised_once_a_line", {}),
    ("issue_is_answered_by_somebody", {"rule": "pregnancy", "answer": "removed"}),
    ("given_anyway_for_a_reason", {"rule": "pregnancy", "answer": "kept"}),
]
OF_SETS = [
    ("set_is_named_once", {}),
    ("set_has_a_name_and_lines", {"name": ""}),
    ("set_has_a_name_and_lines", {"name": "Other", "lines": []}),
]
OF_GIVEN = [
    ("line_is_answered_once", {}),
    ("nothing_is_given_of_what_is_not_there", {"outcome": "not_available"}),
    ("part_says_how_much", {"outcome": "part", "quantity": None}),
]


@walked(("rule", "changes"), BREAKS)
def test_each_rule_of_lines_refuses(note, bose, rule, changes):
    assert rule_broken_by(again, make_line(note, bose), **changes) == rule


@walked(("rule", "changes"), OF_ISSUES)
def test_each_rule_of_alerts_refuses(note, bose, rule, changes):
    issue = make_issue(make_line(note, bose))
    if changes.get("answer"):
        changes = changes | {"answered_by": bose, "answered_at": NOON}
        if rule == "issue_is_answered_by_somebody":
            changes |= {"answered_by": None}

    assert rule_broken_by(again, issue, **changes) == rule


@walked(("rule", "changes"), OF_SETS)
def test_each_rule_of_sets_refuses(note, bose, rule, changes):
    make_line(note, bose)

    assert rule_broken_by(again, make_set(note, bose), **changes) == rule


@walked(("rule", "changes"), OF_GIVEN)
def test_each_rule_of_the_counter_refuses(note, bose, asked, rule, changes):
    line = make_line(note, bose)
    sign(note, bose)
    line.refresh_from_db()

    assert rule_broken_by(again, give(line, bose), **changes) == rule


def open_issues(note):
    return list(DetectedIssue.objects.filter(request__note=note, answer="").order_by("pk"))


# ── Written ──


def test_a_line_is_read_back_in_full_and_reckoned(note, bose):
    line = make_line(note, bose, "para 500 1-1-1 5d")

    assert line.line.startswith("PARACETAMOL 500 mg Tablet · 1-1-1 tablet · 5 days")
    assert (line.status, line.days, line.quantity, line.quantity_unit) == ("draft", 5, 15, "tablet")
    assert (line.typed, line.position, line.medication.generic_name) == (
        "para 500 1-1-1 5d",
        1,
        "Paracetamol",
    )
    assert line.dosage[0]["timing"]["repeat"]["when"] == ["MORN", "NOON", "NIGHT"]


def test_a_line_that_nobody_understands_is_refused_in_words(note, bose):
    with pytest.raises(Refusal, match="not understood: flurb") as refused:
        make_line(note, bose, "para 500 flurb 1-1-1 5d")
    assert refused.value.field == "line"
    with pytest.raises(Refusal, match="How often"):
        make_line(note, bose, "amlodipine 5 mg")
    assert not MedicationRequest.objects.exists()


def test_a_line_sent_twice_is_one(note, bose):
    key = uuid4()
    for _ in range(2):
        line = prescribe(
            note=note, typed=Typed("para 500 bd 3d"), request_key=key, actor=bose, at=timezone.now()
        )

    assert MedicationRequest.objects.get() == line
    with pytest.raises(KeyReused):
        prescribe(note=note, typed=Typed("para 500 bd 5d"), request_key=key, actor=bose, at=timezone.now())


def test_nobody_prescribes_in_another_doctors_note(note, rims, med):
    other = make_doctor("Rita", rims)
    other.posting.department = med

    with pytest.raises(Refusal, match="Somebody else"):
        make_line(note, other)


def test_what_is_written_otherwise_stays_as_taken_off(note, bose):
    first = make_line(note, bose, "para 500 1-1-1 5d")
    make_line(note, bose, "amlodipine 5 od 30d")
    second = act(rewrite_line, bose, line=first, typed=Typed("para 500 1-0-1 3d"))

    first.refresh_from_db()
    assert (first.status, second.position) == (MedicationStatus.REMOVED, first.position)
    assert prescribing.own_lines(note)[0] == second


def test_a_line_that_was_taken_off_is_not_signed(note, bose, asked):
    make_line(note, bose, "para 500 1-1-1 5d")
    gone = make_line(note, bose, "amlodipine 5 od 30d")
    act(remove_line, bose, line=gone)

    sign(note, bose)
    signed = MedicationRequest.objects.filter(status=MedicationStatus.ACTIVE)
    assert [one.medication.generic_name for one in signed] == ["Paracetamol"]
    with pytest.raises(Refusal, match="signed"):
        act(remove_line, bose, line=signed.get())


def test_a_power_cut_keeps_nothing_half_written(note, bose):
    rolled_back(partial(make_line, note, bose))

    assert not MedicationRequest.objects.exists()


# ── Signed ──


def test_nothing_is_signed_before_somebody_asked_for_allergies(note, bose, clara, encounter):
    make_line(note, bose)
    with pytest.raises(AllergiesNotAsked):
        sign(note, bose)
    ask_allergies(encounter, clara)

    sign(note, bose)
    line = MedicationRequest.objects.get()
    today = timezone.localdate()
    assert (line.status, line.signed_by, line.starts_on) == ("active", bose, today)
    assert line.ends_on == today + timedelta(days=4)


def test_a_note_without_medicines_needs_no_answer_about_allergies(note, bose):
    sign(note, bose)

    assert not IssuedDocument.objects.filter(template__contains="prescription").exists()


def test_the_prescription_is_a_paper_of_its_own(note, bose, asked):
    make_line(note, bose)
    sign(note, bose)

    assert IssuedDocument.objects.filter(about_id=note.pk, template__contains="prescription").count() == 1


def test_its_paper_says_which_allergy_no_medicine_is_checked_against(note, encounter, clara, bose):
    for substance in ("Aspirin", "Amoxycillin"):
        ask_allergies(encounter, clara, substance)
    make_line(note, bose)
    sign(note, bose)

    (paper,) = IssuedDocument.objects.filter(about_id=note.pk, template__contains="prescription")
    assert paper.context["allergies"] == {
        "is_asked": True,
        "asked_at": "",
        "listed": ["Aspirin", "Amoxycillin"],
        "unchecked": ["Amoxycillin"],
    }


def test_two_signatures_at_once_are_one(note, bose, asked):
    make_line(note, bose)
    note.refresh_from_db()
    sign(note, bose, key=uuid4())
    with pytest.raises(Refusal, match="signed already"):
        sign(note, bose)


@pytest.mark.django_db(transaction=True)
def test_the_same_line_from_two_windows_at_once_is_asked_about(note, bose, asked):
    said = all_at_once([partial(make_line, note, bose) for _ in range(2)])

    assert {type(one) for one in said} == {MedicationRequest}
    assert MedicationRequest.objects.count() == 2
    assert {one.rule for one in open_issues(note)} == {"same_ingredient"}


def test_a_signed_line_is_never_changed(note, bose, asked):
    make_line(note, bose)
    sign(note, bose)
    line = MedicationRequest.objects.get()

    for column, value in (
        ("line", "other"),
        ("ends_on", None),
        ("signed_at", timezone.now()),
        ("indication", "x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            MedicationRequest.objects.filter(pk=line.pk).update(**{column: value})
    with pytest.raises(DatabaseError), transaction.atomic():
        line.delete()


def test_an_interns_prescription_is_signed_by_a_doctor(encounter, rims, med, bose, asked):
    make_formulary(rims)
    intern = make_graded("Indira", rims, Grade.INTERN, med)
    note = make_note(encounter, intern)
    make_line(note, intern)
    with pytest.raises(Refusal, match="waits for a doctor"):
        sign(note, intern)
    from patients.services import Writing, submit_note

    note.refresh_from_db()
    submit_note(
        note=note,
        writing=Writing(note.version, note.sections),
        request_key=uuid4(),
        actor=intern,
        at=timezone.now(),
    )
    sign(note, bose)
    line = MedicationRequest.objects.get()
    assert (line.written_by, line.signed_by) == (intern, bose)


# ── Alerts ──


def test_an_allergy_stands_in_the_way_until_it_is_answered(note, bose, clara, encounter):
    make_allergy(encounter, clara, "Penicillin")
    line = make_line(note, bose, "amox 500 tds 5 days")

    [issue] = open_issues(note)
    assert (issue.rule, issue.request, issue.doctor) == ("allergy_class", line, bose)
    with pytest.raises(AlertsOpen, match="1 alert of this prescription waits"):
        sign(note, bose)
    with pytest.raises(Refusal, match="why"):
        act(answer_issue, bose, issue=issue, reason="  ")
    act(answer_issue, bose, issue=issue, reason="desensitised in 2024")
    with pytest.raises(Refusal, match="already"):
        act(answer_issue, bose, issue=issue, reason="again")

    sign(note, bose)
    issue.refresh_from_db()
    assert (issue.answer, issue.reason, issue.answered_by) == ("kept", "desensitised in 2024", bose)
    assert AuditEntry.objects.filter(name="patients.alert_overridden").count() == 1


def test_taking_the_medicine_off_answers_its_alerts(note, bose, clara, encounter):
    make_allergy(encounter, clara, "Penicillin")
    line = make_line(note, bose, "amox 500 tds 5 days")
    act(remove_line, bose, line=line)

    assert DetectedIssue.objects.get().answer == IssueAnswer.REMOVED


def test_what_has_become_known_since_is_asked_before_the_signature(note, bose, clara, encounter, asked):
    make_line(note, bose, "amox 500 tds 5 days")
    assert not open_issues(note)
    asked.refresh_from_db()
    make_allergy(encounter, clara, "Amoxicillin", ingredient="Amoxicillin", atc_code="J01CA04")
    with pytest.raises(AlertsOpen):
        sign(note, bose)

    act_at = timezone.now()
    [issue] = review_prescription(note=note, actor=bose, at=act_at)
    assert issue.rule == "allergy_ingredient"


def test_an_alert_that_is_no_longer_so_is_settled_and_comes_back(note, bose, asked):
    first = make_line(note, bose, "para 500 1-1-1 5d")
    make_line(note, bose, "para 500 sos max 4 3d")
    [issue] = open_issues(note)
    assert issue.rule == "same_ingredient"
    act(remove_line, bose, line=first)

    issue.refresh_from_db()
    assert issue.answer in (IssueAnswer.SETTLED, IssueAnswer.REMOVED)


def keep_open_issues(note, doctor):
    for issue in open_issues(note):
        act(answer_issue, doctor, issue=issue, reason="LMP last week")


def signs(note, doctor):
    """Whether nothing stands in the way of the signature."""
    try:
        sign(note, doctor)
    except AlertsOpen:
        return False
    return True


def found_now(contact, nurse, vital, value=None, **said):
    now = timezone.now()
    return make_observation(contact, nurse, vital, value, taken_at=now, recorded_at=now, **said)


def test_an_answer_given_while_nobody_knew_is_none_once_she_is_pregnant(rims, med, bose, clara):
    make_formulary(rims)
    woman = make_patient(rims, "Sita", birth_date=timezone.localdate() - timedelta(days=10_000))
    contact = make_encounter(woman, med)
    ask_allergies(contact, clara)
    note = make_note(contact, bose)
    make_line(note, bose, "doxy 100 bd 5d")
    keep_open_issues(note, bose)
    found_now(contact, clara, Vital.PREGNANT, finding=Finding.YES)

    assert not signs(note, bose)
    [now_grave] = review_prescription(note=note, actor=bose, at=timezone.now())
    assert (now_grave.rule, now_grave.severity) == ("pregnancy", "serious")
    assert list(DetectedIssue.objects.values_list("severity", "answer").order_by("pk")) == [
        ("ask", "kept"),
        ("serious", ""),
    ]
    keep_open_issues(note, bose)
    assert signs(note, bose)


def test_a_dose_that_was_kept_is_asked_about_again_once_the_child_is_lighter(rims, med, bose, clara):
    make_formulary(rims)
    child = make_patient(rims, "Small One", birth_date=timezone.localdate() - timedelta(days=2000))
    contact = make_encounter(child, med)
    ask_allergies(contact, clara)
    found_now(contact, clara, Vital.WEIGHT, "30")
    note = make_note(contact, bose)
    make_line(note, bose, "ibuprofen 400 mg tab tds 3d")
    assert [one.rule for one in open_issues(note)] == ["dose_single"]
    keep_open_issues(note, bose)
    found_now(contact, clara, Vital.WEIGHT, "3")

    assert not signs(note, bose)
    waiting = review_prescription(note=note, actor=bose, at=timezone.now())
    assert {one.rule for one in waiting} == {"dose_single", "dose_daily"}


def test_an_answer_about_the_kidneys_is_of_one_egfr(note, bose, asked, monkeypatch):
    egfr = [Decimal(28)]
    monkeypatch.setattr(prescribing, "last_egfr", lambda patient: (egfr[0], timezone.localdate()))
    make_line(note, bose, "nitrofurantoin 100 bd 5d")
    keep_open_issues(note, bose)
    egfr[0] = Decimal(12)

    assert not signs(note, bose)
    egfr[0] = Decimal(28)
    assert signs(note, bose)


def test_a_medicine_that_runs_counts_as_well(encounter, bose, clara, med):
    make_prescription(encounter, bose, "metformin 500 bd 30d", nurse=clara)
    later = make_encounter(encounter.patient, med)
    note = make_note(later, bose)
    make_line(note, bose, "metformin 500 od 10d")

    assert [one.rule for one in open_issues(note)] == ["same_ingredient"]


def test_alerts_are_counted_by_rule_and_by_doctor(note, bose, clara, encounter):
    make_allergy(encounter, clara, "Penicillin")
    make_line(note, bose, "amox 500 tds 5 days")
    act(answer_issue, bose, issue=open_issues(note)[0], reason="tolerated before")

    [row] = prescribing.alerts_by_rule(bose, timezone.localdate())
    assert (row["rule"], row["shown"], row["kept"], row["waiting"]) == ("allergy_class", 1, 1, 0)
    [row] = prescribing.alerts_by_doctor(bose, timezone.localdate(), "allergy_class")
    assert (row["name"], row["kept"]) == (bose.name, 1)


# ── How long it runs ──


@walked(
    ("text", "days"),
    [
        ("inj diclofenac 75 mg im stat", 1),
        ("albendazole 400 stat", 1),
        ("azithro 500 stat then 250 od 4d", 5),
        ("para 500 1-1-1 5d", 5),
        ("para 500 sos max 4", None),
        ("metformin 500 bd", None),
    ],
)
def test_what_is_given_once_runs_for_a_day(encounter, bose, clara, med, text, days):
    note = make_prescription(encounter, bose, text, nurse=clara)
    line = MedicationRequest.objects.get()
    after = line.starts_on + timedelta(days=days or 400)

    assert line.days == days
    assert line.ends_on == (days and after - timedelta(days=1))
    assert line in prescribing.running_of(encounter.patient, after - timedelta(days=1))
    assert (line in prescribing.running_of(encounter.patient, after)) == (days is None)
    assert (line in prescribing.of_chart(encounter.patient, [note], after)) == (days is None)


def test_what_was_given_once_before_that_was_known_ends_as_well(encounter, bose, clara):
    texts = "inj diclofenac 75 mg im stat", "azithro 500 stat then 250 od 4d", "metformin 500 bd"
    make_prescription(encounter, bose, *texts, nurse=clara)
    draft = make_line(make_note(encounter, bose), bose, "albendazole 400 stat")
    known = dict(MedicationRequest.objects.values_list("pk", "ends_on"))
    with pgtrigger.ignore(), transaction.atomic():
        MedicationRequest.objects.update(days=None, ends_on=None)
    with connection.cursor() as cursor:
        cursor.execute(import_module("patients.migrations.0002_given_once_has_a_day").FILL)
        cursor.execute("SELECT set_config('hmis.reach', 'all', true)")  # it leaves the walls standing

    draft.refresh_from_db()
    assert dict(MedicationRequest.objects.values_list("pk", "ends_on")) == known
    assert (draft.days, draft.ends_on) == (1, None)
    with pytest.raises(DatabaseError, match="update"), transaction.atomic():
        MedicationRequest.objects.filter(signed_at__isnull=False).update(ends_on=None)


# ── What the law asks for ──


def test_a_reserve_antibiotic_says_what_for_and_with_whom(note, bose, asked):
    line = make_line(note, bose, f"{medication_of('reserve')} bd 7d")
    with pytest.raises(Refusal, match=r"what .* is for"):
        sign(note, bose)
    act(explain_line, bose, line=line, indication="MRSA pneumonia, culture 24 Nov")
    with pytest.raises(Refusal, match="with whom"):
        sign(note, bose)
    act(explain_line, bose, line=line, indication="MRSA pneumonia", authorised_by="Dr Lakra, microbiology")

    sign(note, bose)
    line.refresh_from_db()
    assert (line.status, line.authorised_by) == ("active", "Dr Lakra, microbiology")


def test_schedule_x_needs_a_total_and_a_council_number(note, bose, asked):
    line = make_line(note, bose, "50 mg im stat", medication_id=medication("Ketamine").pk)
    act(explain_line, bose, line=line, indication="sedation for reduction")
    bose.council_number = ""
    bose.save(update_fields=["council_number"])
    with pytest.raises(Refusal, match="Schedule X"):
        sign(note, bose)
    bose.council_number = "JHMC/2019/00421"
    bose.save(update_fields=["council_number"])

    sign(note, bose)
    line.refresh_from_db()
    assert (line.status, line.indication) == ("active", "sedation for reduction")


def test_what_has_left_the_list_is_not_signed_and_what_was_signed_is_still_read(note, bose, asked, clara):
    line = make_line(note, bose)
    medicine = line.medication
    medicine.is_withdrawn = True
    medicine.save(update_fields=["is_withdrawn"])
    with pytest.raises(Refusal, match="no longer in the state's list"):
        sign(note, bose)
    medicine.is_withdrawn = False
    medicine.save(update_fields=["is_withdrawn"])
    sign(note, bose)
    medicine.is_withdrawn = True
    medicine.save(update_fields=["is_withdrawn"])

    note.refresh_from_db()
    paper = issue_prescription(note, actor=bose, at=timezone.now())
    assert paper.context["lines"][0]["label"] == "PARACETAMOL 500 mg Tablet"


def medication_of(group):
    from patients.models import Medication

    one = Medication.objects.filter(aware_group=group, form="Tablet").first()
    return f"{one.generic_name} {one.strength}"


# ── Stopped, changed, repeated ──


def test_a_medicine_is_stopped_once_for_a_reason(encounter, bose, clara):
    make_prescription(encounter, bose, "metformin 500 bd 30d", nurse=clara)
    line = MedicationRequest.objects.get()
    with pytest.raises(Refusal, match="why"):
        act(stop_medicine, bose, line=line, why=" ")
    act(stop_medicine, bose, line=line, why="loose motions")
    line.refresh_from_db()

    assert (line.status, line.stopped_why, line.stopped_by) == ("stopped", "loose motions", bose)
    with pytest.raises(Refusal):
        act(stop_medicine, bose, line=line, why="again")


def test_an_intern_stops_no_medicine(encounter, bose, clara, rims, med):
    make_prescription(encounter, bose, "metformin 500 bd 30d", nurse=clara)
    intern = make_graded("Indira", rims, Grade.INTERN, med)

    with pytest.raises(Refusal, match="An intern"):
        act(stop_medicine, intern, line=MedicationRequest.objects.get(), why="rash")


def test_another_patients_medicine_is_not_changed(encounter, bose, clara, rims, med):
    make_prescription(encounter, bose, "amlodipine 5 od 30d", nurse=clara)
    other = make_note(make_encounter(make_patient(rims, "Other Person"), med), bose)

    with pytest.raises(Refusal, match="is not being given"):
        make_line(
            other, bose, "amlodipine 10 od 30d", replaces=MedicationRequest.objects.get(), replaces_why="BP"
        )


def test_each_line_that_the_doctors_asked_for_is_enough(note, bose):
    """Written as the wards write them, without another word."""
    for text in (
        "para 500 1-1-1 5d",
        "amox 500 tds 5 days after food",
        "inj ceftriaxone 1g iv bd 3d",
        "insulin glargine 10 u hs",
    ):
        make_line(note, bose, text)


def test_what_comes_in_its_place_stops_it_when_it_is_signed(encounter, bose, clara, med):
    make_prescription(encounter, bose, "amlodipine 5 od 30d", nurse=clara)
    old = MedicationRequest.objects.get()
    note = make_note(make_encounter(encounter.patient, med), bose)
    new = make_line(note, bose, "amlodipine 10 od 30d", replaces=old, replaces_why="BP 150/96")
    assert not open_issues(note)
    old.refresh_from_db()
    assert old.status == "active"

    sign(note, bose)
    old.refresh_from_db()
    assert (old.status, old.stopped_why, new.replaces) == ("stopped", "BP 150/96", old)


def test_changing_a_running_medicine_needs_a_reason(encounter, bose, clara, med):
    make_prescription(encounter, bose, "amlodipine 5 od 30d", nurse=clara)
    note = make_note(make_encounter(encounter.patient, med), bose)

    with pytest.raises(Refusal, match="why it is changed"):
        make_line(note, bose, "amlodipine 10 od 30d", replaces=MedicationRequest.objects.get())


def test_the_last_prescription_once_more(encounter, bose, clara, med):
    make_prescription(encounter, bose, "amlodipine 5 od 30d", "metformin 500 bd 30d", nurse=clara)
    note = make_note(make_encounter(encounter.patient, med), bose)
    again = act(repeat_last_medicines, bose, note=note)

    assert [one.medication.generic_name for one in again] == ["Amlodipine", "Metformin"]
    with pytest.raises(Refusal, match="already written"):
        act(repeat_last_medicines, bose, note=note)


def test_there_is_no_last_prescription_of_another_patient(note, bose, clara, rims, med):
    other = make_encounter(make_patient(rims, "Other Person"), med)
    make_prescription(other, bose, nurse=clara)

    with pytest.raises(Refusal, match="before"):
        act(repeat_last_medicines, bose, note=note)


def test_a_set_is_kept_used_and_thrown_away(note, bose, encounter, clara, med, rims):
    make_line(note, bose, "ors after each stool")
    make_line(note, bose, "zinc sulphate 20 od 14d")
    kept = act(keep_set, bose, note=note, name="Diarrhoea", is_shared=True)
    with pytest.raises(Refusal, match="of this name"):
        act(keep_set, bose, note=note, name="Diarrhoea", is_shared=True)
    other = make_note(make_encounter(make_patient(rims, "Other Person"), med), bose)
    written = act(prescribe_set, bose, note=other, of=kept)

    assert len(written) == 2
    assert list(prescribing.sets_of(bose)) == [kept]
    retire_set(of=kept, actor=bose, at=timezone.now())
    assert not prescribing.sets_of(bose).exists()
    assert MedicineSet.objects.count() == 1


def test_favourites_are_what_was_signed_most(encounter, bose, clara):
    make_prescription(encounter, bose, "para 500 1-1-1 5d", nurse=clara)
    [option] = prescribing.options_for(bose, "", today=timezone.localdate())

    assert option.medicine.generic_name == "Paracetamol"
    assert option.line.startswith("PARACETAMOL 500 mg Tablet · 1-1-1 tablet · 5 days")


def test_hostile_words_are_kept_as_they_are(note, bose, clara, encounter):
    make_allergy(encounter, clara, "Penicillin")
    make_line(note, bose, "amox 500 tds 5 days")
    issue = act(answer_issue, bose, issue=open_issues(note)[0], reason=HOSTILE)

    assert issue.reason == HOSTILE
