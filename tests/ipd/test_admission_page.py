"""The inpatient's page: what it shows, to whom, in how many statements."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from hmis.kernel.models import AuditEntry
from ipd.services import Performed, begin_leave, record_procedure
from patients.models import ClinicalNote
from patients.queries import allergies_of
from patients.services import hold_medicine
from patients.states import NoteStatus
from tests.factories.chart import make_allergy
from tests.factories.facilities import make_department, make_person, make_unit
from tests.factories.formulary import make_formulary
from tests.factories.ipd import admit, beds_in
from tests.factories.looking import this_year
from tests.factories.notes import make_note, make_templates
from tests.factories.patients import make_patient
from tests.factories.prescribing import answer_all, ask_allergies, make_line, sign
from tests.factories.rounds import CONFUSED, ILL, WELL, ask, measure

pytestmark = pytest.mark.django_db
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def page(admission):
    return reverse("ipd:admission_detail", args=[admission.pk])


@pytest.fixture
def doctors(client, bose):
    client.force_login(bose)
    return client


def fill(admission, bose, clara, rims, *, times):
    """Everything that grows on this page, so many times."""
    make_formulary(rims)
    if not allergies_of(admission.patient).is_asked:
        ask_allergies(admission.encounter, clara)
    departments = [
        make_department(rims, f"D{'ABCDEF'[times]}{'ABCDEF'[n]}", name=f"Department {n}", name_hi="विभाग")
        for n in range(times)
    ]
    for department in departments:
        measure(admission, clara, ILL)
        measure(admission, clara, CONFUSED)
        ask(admission, department, bose)
        now = timezone.now()
        performed = Performed(name="Tap", performed_by=bose, began_at=now, is_operation=True)
        record_procedure(admission=admission, performed=performed, request_key=uuid4(), actor=bose, at=now)
        note = make_note(admission.encounter, bose)
        make_line(note, bose)
        answer_all(note, bose)
        for line in sign(note, bose).medicines.all():
            hold_medicine(line=line, why="vomits", request_key=uuid4(), actor=bose, at=now)


def statements(client, page):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(page)
    assert answer.status_code == 200
    return len(asked)


def test_it_keeps_to_its_statements_however_much_is_written(
    doctors, page, admission, bose, clara, rims, ward
):
    doctors.get(page)
    fill(admission, bose, clara, rims, times=1)
    few = statements(doctors, page)
    fill(admission, bose, clara, rims, times=3)
    for number, bed in enumerate(beds_in(ward)[1:3]):
        admit(make_patient(rims, name=f"Neighbour {number}"), bed, clara)
    assert statements(doctors, page) == few
    assert few <= 20


def test_it_shows_what_the_round_needs(doctors, page, admission, bose, clara, rims):
    make_allergy(admission.encounter, clara, "penicillin")
    fill(admission, bose, clara, rims, times=1)
    text = doctors.get(page).text
    for words in (
        admission.number,
        "NEWS2",
        "not answered since",
        "PARACETAMOL",
        "held",
        "vomits",
        f"RIMS/U{this_year()}/0000001",
        "Fit for anaesthesia?",
        "not yet approved here",
        "Comes later: drug chart",
    ):
        assert words in text, words


def test_that_it_was_read_is_written_down(doctors, page, admission, bose):
    doctors.get(page)
    fact = AuditEntry.objects.get(name="ipd.inpatient_viewed")
    assert (fact.actor, fact.patient_id, fact.about_id) == (bose, admission.patient_id, admission.pk)


def test_strangers_find_nothing_and_other_roles_may_not(client, page, esha, kavita, dev):
    client.force_login(esha)
    assert client.get(page).status_code == 404
    for person in (kavita, dev):
        client.force_login(person)
        assert client.get(page).status_code == 403


def test_a_hostile_name_is_only_a_name(client, ward, clara, bose, rims):
    held = admit(make_patient(rims, name=HOSTILE), beds_in(ward)[1], clara, diagnosis=HOSTILE).admission
    measure(held, clara, ILL)
    ask(held, make_department(rims, "EYE", name="Eye", name_hi="आँख"), bose, HOSTILE)
    client.force_login(bose)
    names = ["admission_detail", "vitals_new", "leave_new", "team_new", "procedure_new", "opinion_new"]
    pages = [reverse(f"ipd:{name}", args=[held.pk]) for name in names]
    pages += [
        reverse(f"ipd:{name}") for name in ("inpatient_list", "warning_list", "warning_alarm", "opinion_list")
    ]
    for address in pages:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "<img src=x" not in answer.text, address


def test_the_next_bed_is_one_key_away_and_the_round_goes_on(doctors, page, admission, clara, ward, rims):
    second = admit(make_patient(rims, name="Babita"), beds_in(ward)[1], clara).admission
    third = admit(make_patient(rims, name="Champa"), beds_in(ward)[2], clara).admission
    first = doctors.get(page).context["neighbours"]
    assert (first.before, first.after) == (third.pk, second.pk)
    last = doctors.get(reverse("ipd:admission_detail", args=[third.pk])).context["neighbours"]
    assert last.after == admission.pk


def test_alone_in_the_ward_there_is_no_next(doctors, page):
    assert doctors.get(page).context["neighbours"].after is None


def test_a_child_has_no_score_and_the_page_says_why(doctors, clara, ward, rims):
    child = make_patient(rims, name="Guddi", birth_date=timezone.localdate() - timedelta(days=4000))
    held = admit(child, beds_in(ward)[1], clara).admission
    measure(held, clara, ILL)
    text = doctors.get(reverse("ipd:admission_detail", args=[held.pk])).text
    assert "NEWS2 is for 16 years and over" in text
    assert "not yet approved here" not in text


def test_on_leave_or_gone_the_head_says_so(doctors, page, admission, clara):
    begin_leave(
        admission=admission,
        why="puja",
        due_at=timezone.now() + timedelta(hours=5),
        keeps_bed=False,
        request_key=uuid4(),
        actor=clara,
        at=timezone.now(),
    )
    text = doctors.get(page).text
    assert "on leave, back" in text
    assert "Back from leave" in text


def test_a_nurse_measures_and_answers_but_writes_no_note(client, page, clara, admission):
    client.force_login(clara)
    text = client.get(page).text
    assert reverse("ipd:vitals_new", args=[admission.pk]) in text
    assert reverse("ipd:note_new", args=[admission.pk]) not in text
    assert reverse("ipd:scale2_new", args=[admission.pk]) not in text


# ── My inpatients ──


def test_my_inpatients_are_those_of_my_department(client, admission, bose, rims, ward, clara):
    eye = make_department(rims, "EYE", name="Eye", name_hi="आँख")
    bose.posting.department = eye
    bose.posting.save()
    client.force_login(bose)
    address = reverse("ipd:inpatient_list")
    assert admission.number not in client.get(address).text
    assert admission.number in client.get(address, {"all": 1}).text
    held = admit(make_patient(rims, name="Babita"), beds_in(ward)[1], clara, consultant=bose).admission
    assert held.number in client.get(address).text


def test_a_doctor_of_no_department_has_those_whose_consultant_or_unit_they_are(
    client, admission, bose, rims, ward, clara
):
    client.force_login(bose)
    address = reverse("ipd:inpatient_list")
    page = client.get(address).text
    assert admission.number not in page
    assert "Your posting has no department" in page
    assert admission.number in client.get(address, {"all": 1}).text
    make_unit(ward.department, doctor=bose)
    assert admission.number in client.get(address).text
    eye = make_department(rims, "EYE", name="Eye", name_hi="आँख")
    own = {"department": eye, "consultant": bose}
    held = admit(make_patient(rims, name="Babita"), beds_in(ward)[1], clara, **own).admission
    assert held.number in client.get(address).text


def test_my_inpatients_keep_to_their_statements(client, admission, clara, ward, rims):
    client.force_login(clara)
    address = reverse("ipd:inpatient_list")
    client.get(address)
    measure(admission, clara, WELL)
    few = statements(client, address)
    for number, bed in enumerate(beds_in(ward)[1:4]):
        held = admit(make_patient(rims, name=f"Neighbour {number}"), bed, clara).admission
        measure(held, clara, ILL)
    assert statements(client, address) == few <= 20


@pytest.mark.parametrize("name", ["inpatient_list", "admission_list"])
def test_inpatients_are_chosen_with_the_arrows(client, admission, clara, name):
    client.force_login(clara)
    page = client.get(reverse(f"ipd:{name}")).text
    rows = page[: page.index(reverse("ipd:admission_detail", args=[admission.pk]))].rpartition("<tbody")[2]
    assert rows.startswith(" data-list>")


def test_who_reads_no_charts_sees_the_list_without_the_way_in(client, admission, rims):
    client.force_login(make_person("Records", Role.RECORDS_OFFICER, rims))
    text = client.get(reverse("ipd:inpatient_list")).text
    assert admission.number in text
    assert reverse("ipd:admission_detail", args=[admission.pk]) not in text


# ── Notes ──


def test_a_progress_note_is_begun_saved_and_signed(doctors, page, admission, bose):
    make_templates()
    begun = doctors.post(
        reverse("ipd:note_new", args=[admission.pk]), {"kind": "progress", "request_key": uuid4()}
    )
    note = ClinicalNote.objects.get(kind="progress")
    assert begun.status_code == 303
    assert begun["Location"] == reverse("ipd:note_edit", args=[note.pk])
    written = doctors.get(begun["Location"])
    assert "prescription" in written.text
    said = {"history-since_last": "slept well", "version": note.version, "request_key": uuid4()}
    saved = doctors.post(begun["Location"], said, headers={"X-Fetch": "1"})
    assert saved.json()["version"] == 1
    stale = doctors.post(
        begun["Location"],
        said | {"history-since_last": "slept badly", "request_key": uuid4()},
        headers={"X-Fetch": "1"},
    )
    assert stale.status_code == 409
    assert "slept badly" in stale.json()["html"]
    signed = doctors.post(
        reverse("ipd:note_signature_new", args=[note.pk]), said | {"version": 1, "request_key": uuid4()}
    )
    assert (signed.status_code, signed["Location"]) == (303, page)
    note.refresh_from_db()
    assert (note.status, note.signed_by) == (NoteStatus.SIGNED, bose)
    assert "slept well" in doctors.get(page).text
    assert doctors.get(begun["Location"])["Location"] == reverse("patients:note_detail", args=[note.pk])


@pytest.mark.parametrize(("box", "said"), [("line", "a medicine that is"), ("words", "a test that is")])
def test_what_is_typed_beside_a_wards_note_and_not_added_is_never_signed_away(doctors, admission, box, said):
    make_templates()
    doctors.post(reverse("ipd:note_new", args=[admission.pk]), {"kind": "progress", "request_key": uuid4()})
    note = ClinicalNote.objects.get(kind="progress")
    path = reverse("ipd:note_signature_new", args=[note.pk])
    sent = {"history-since_last": "slept well", "version": 0, "request_key": uuid4()}
    refused = doctors.post(path, sent | {box: "glucose"})

    assert (refused.status_code, said in refused.text, "glucose" in refused.text) == (422, True, True)
    note.refresh_from_db()
    assert note.status == NoteStatus.DRAFT
    assert doctors.post(path, sent).status_code == 303


@pytest.mark.parametrize("kind", ["admission", "progress", "operation", "opinion"])
def test_each_kind_of_a_rounds_note_has_its_template(doctors, admission, kind):
    make_templates()
    doctors.post(reverse("ipd:note_new", args=[admission.pk]), {"kind": kind, "request_key": uuid4()})
    note = ClinicalNote.objects.get(kind=kind)
    assert doctors.get(reverse("ipd:note_edit", args=[note.pk])).status_code == 200


def test_no_other_kind_is_begun_here(doctors, page, admission):
    make_templates()
    for kind in ("discharge", "consultation", "x"):
        answer = doctors.post(reverse("ipd:note_new", args=[admission.pk]), {"kind": kind})
        assert answer["Location"] == page
    assert not ClinicalNote.objects.exists()


def test_a_draft_can_be_thrown_away(doctors, page, admission):
    make_templates()
    doctors.post(reverse("ipd:note_new", args=[admission.pk]), {"kind": "progress"})
    note = ClinicalNote.objects.get()
    answer = doctors.post(reverse("ipd:note_removal_new", args=[note.pk]), {"request_key": uuid4()})
    assert answer["Location"] == page
    note.refresh_from_db()
    assert note.status == NoteStatus.DISCARDED


def test_notes_of_others_and_of_other_hospitals_are_not_there(client, admission, bose, esha, rims):
    make_templates()
    client.force_login(bose)
    client.post(reverse("ipd:note_new", args=[admission.pk]), {"kind": "progress"})
    address = reverse("ipd:note_edit", args=[ClinicalNote.objects.get().pk])
    for person in (esha, make_person("Other", Role.DOCTOR, rims)):
        client.force_login(person)
        assert client.get(address).status_code == 404
