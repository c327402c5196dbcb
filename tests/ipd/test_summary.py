"""The discharge summary: drafted from what the rows know, signed once, on a paper of its own."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from hmis.kernel import facts
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from ipd.documents import SUMMARY
from ipd.models import Admission
from ipd.queries import awaited_of, summary_of
from ipd.services import draft_summary, print_summary
from ipd.states import Source
from lab.services import cancel_order, reopen_report
from lab.states import CancelReason
from patients.models import ClinicalNote, NoteKind
from patients.services import Allergy, Writing, add_addendum, record_allergy, sign_note
from patients.states import NoteStatus
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.facilities import make_doctor
from tests.factories.formulary import make_formulary
from tests.factories.ipd import admit, beds_in, begin_discharge, draft, leave, make_operation, sign_summary
from tests.factories.lab import (
    authorise,
    enter,
    make_pathologist,
    make_technician,
    make_tests,
    order,
    received,
    reported,
    verify,
)
from tests.factories.notes import make_condition, make_note, make_templates
from tests.factories.prescribing import make_line, make_prescription
from tests.factories.prescribing import sign as sign_prescription

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


@pytest.fixture
def admission(asha, ward, clara, bose):
    return admit(asha, beds_in(ward)[0], clara, at=NOON, consultant=bose, diagnosis="Acute abdomen").admission


def progress(admission, doctor, text, *, at):
    note = make_note(
        admission.encounter,
        doctor,
        at=at,
        template="PROGRESS",
        sections={"history": {"since_last": text}, "plan": {"treatment": "IV fluids"}},
    )
    return sign_note(
        note=note, writing=Writing(note.version, note.sections), request_key=uuid4(), actor=doctor, at=at
    )


def test_it_is_drafted_from_what_is_known(admission, bose):
    make_condition(admission.encounter, bose, "K35", at=NOON)
    progress(admission, bose, "pain less", at=NOON + timedelta(hours=5))
    make_operation(admission, bose, at=NOON + timedelta(hours=2), findings="inflamed appendix")
    note = draft(admission, bose, at=LATER)
    assert (note.kind, note.status) == (NoteKind.DISCHARGE, NoteStatus.DRAFT)
    said = note.sections
    assert said["diagnosis"]["on_admission"] == "Acute abdomen"
    assert "K35" in said["diagnosis"]["final"]
    assert said["course"]["course"] == "22-07-2026: pain less; IV fluids"
    assert said["course"]["procedures"] == "22-07-2026: Appendicectomy: inflamed appendix"
    # Nobody advises what no doctor wrote.
    assert "advice" not in said.get("plan", {})


def test_results_of_the_stay_stand_in_it_but_no_confidential_ones(admission, bose, rims):
    tests = make_tests()
    people = make_technician(rims), make_pathologist(rims)
    reported(admission.encounter, bose, *people, tests["CBC"], at=LATER, HB="11.7", TLC="6")
    reported(admission.encounter, bose, *people, tests["HIVR"], at=LATER, HIVR="reactive")
    text = draft(admission, bose, at=LATER).sections["course"]["investigations"]
    assert text.startswith("23-07-2026: ")
    assert "11.7" in text
    assert "6.00 ×10³/µL" in text
    assert "10*3" not in text
    assert "HIV" not in text


def test_a_result_that_is_being_amended_does_not_stand_in_it(admission, bose, rims):
    technician, pathologist = make_technician(rims), make_pathologist(rims)
    report = reported(
        admission.encounter, bose, technician, pathologist, make_tests()["CBC"], at=LATER, HB="11.7"
    )
    reopen_report(order=report.order, reason="wrong tube", request_key=uuid4(), actor=pathologist, at=LATER)

    assert "course" not in draft(admission, bose, at=LATER).sections


def test_what_is_awaited_stands_on_the_paper_as_it_was_at_the_signature(admission, bose, rims):
    tests, people = make_tests(), (make_technician(rims), make_pathologist(rims))
    reported(admission.encounter, bose, *people, tests["CBC"], at=NOON, HB="11.7")
    (waited,) = received(admission.encounter, bose, people[0], tests["CBC"], at=NOON)
    order(admission.encounter, bose, tests["HIVR"], at=NOON)
    (dropped,) = order(admission.encounter, bose, tests["LFT"], at=NOON)
    cancel_order(order=dropped, reason=CancelReason.MISTAKE, request_key=uuid4(), actor=bose, at=NOON)
    note = sign_summary(admission, bose, at=LATER)
    paper = print_summary(note=note, actor=bose, at=LATER)
    assert [one["name"] for one in paper.context["awaited"]] == [waited.test.name]
    said = render_to_string(paper.template, paper.context)
    assert "Results still awaited" in said
    assert "Ask for them with this paper" in said
    assert "HIV" not in said

    after = LATER + timedelta(hours=2)
    enter(waited, people[0], at=after, HB="9.1")
    verify(waited, people[0], at=after, is_partial=True)
    authorise(waited, people[1], at=after)
    assert print_summary(note=note, actor=bose, at=after) == paper


def test_with_nothing_awaited_the_paper_says_nothing_of_it(admission, bose):
    paper = print_summary(note=sign_summary(admission, bose, at=LATER), actor=bose, at=LATER)
    assert paper.context["awaited"] == []
    assert "awaited" not in render_to_string(paper.template, paper.context)


def test_what_casualty_ordered_is_awaited_in_the_ward(asha, ward, emer, clara, bose):
    came = come(emer, clara, at=NOON, who=asha).arrival.encounter
    held = admit(asha, beds_in(ward)[0], clara, at=NOON, came_from=came, source=Source.CASUALTY).admission
    (waited,) = order(came, bose, make_tests()["CBC"], at=NOON)
    assert awaited_of(held, None, LATER) == [waited]


def test_running_medicines_are_said_as_on_the_prescription(admission, bose, rims):
    make_formulary(rims)
    note = make_note(admission.encounter, bose)
    record_allergy(
        encounter=admission.encounter, allergy=Allergy(), request_key=uuid4(), actor=bose, at=timezone.now()
    )
    make_line(note, bose)
    sign_prescription(note, bose)
    text = draft(admission, bose).sections["plan"]["medicines"]
    assert "—" in text
    assert any("\u0900" <= letter <= "\u097f" for letter in text)


@pytest.mark.parametrize("kind", [None, "improved", "referred", "lama"])
def test_what_runs_into_a_vein_is_said_where_it_belongs(admission, bose, rims, kind):
    make_prescription(admission.encounter, bose, "inj ceftriaxone 1g iv bd 5d")
    if kind:
        begin_discharge(
            admission, bose, kind, referred_to="SNMMCH" if kind == "referred" else "", lama_name="R"
        )
        admission.refresh_from_db()

    said = draft(admission, bose).sections

    medicines, course = said.get("plan", {}).get("medicines", ""), said.get("course", {}).get("course", "")
    goes_on = kind in ("referred", "lama")
    assert ("CEFTRIAXONE" in medicines) == goes_on
    assert ("IV until" in course and "CEFTRIAXONE" in course) != goes_on


def test_begun_twice_it_is_the_same_draft(admission, bose):
    first = draft(admission, bose, at=LATER)
    assert draft(admission, bose, at=LATER) == first
    assert ClinicalNote.objects.filter(kind=NoteKind.DISCHARGE).count() == 1


def test_signed_it_is_on_paper_with_who_signed_and_when_to_come_again(admission, bose):
    bose.council_number = "JH/4711"
    bose.save()
    day = (LATER + timedelta(days=7)).date()
    note = sign_summary(admission, bose, at=LATER, come_again=day)
    facts.sweep()
    paper = IssuedDocument.objects.get(template=SUMMARY)
    assert paper.context["come_again"] == day.isoformat()
    assert paper.context["signatures"][0]["council_number"] == "JH/4711"
    assert paper.context["ipd_number"] == admission.number
    assert not paper.context["allergies"]["is_asked"]
    plan = paper.context["sections"][-1]
    assert plan["is_for_patient"]
    assert {"नमक कम खाएँ"} <= {one["text"] for one in plan["lines"]}
    assert print_summary(note=note, actor=bose, at=LATER) == paper
    with pytest.raises(Refusal, match="signed already"):
        draft(admission, bose, at=LATER)


def test_what_is_added_and_the_bed_that_is_left_stand_on_a_newer_paper(admission, bose, clara):
    note = sign_summary(admission, bose, at=LATER)
    begin_discharge(admission, bose, at=LATER)
    leave(Admission.objects.get(), clara, at=LATER)
    first = print_summary(note=note, actor=bose, at=LATER)
    add_addendum(note=note, reason="late", text="culture sterile", request_key=uuid4(), actor=bose, at=LATER)
    second = print_summary(note=note, actor=bose, at=LATER)
    assert first != second
    assert second.context["addenda"][0]["text"] == "culture sterile"


def test_a_draft_is_not_printed_and_no_other_note_is_a_summary(admission, bose):
    note = draft(admission, bose, at=LATER)
    with pytest.raises(Refusal, match="Only a signed note"):
        print_summary(note=note, actor=bose, at=LATER)
    other = progress(admission, bose, "well", at=LATER)
    with pytest.raises(Refusal, match="no discharge summary"):
        print_summary(note=other, actor=bose, at=LATER)


def test_the_signed_one_counts_whoever_else_has_begun_one(admission, bose, rims):
    sen = make_doctor("Sen", rims)
    draft(admission, sen, at=LATER)
    signed = sign_summary(admission, bose, at=LATER)
    assert summary_of(admission) == signed


def test_a_hospital_without_the_template_is_told_so(admission, bose):
    with pytest.raises(Refusal, match="no template"):
        draft_summary(admission=admission, request_key=uuid4(), actor=bose, at=LATER)
    assert make_templates()["DISCHARGE"].kind == NoteKind.DISCHARGE
