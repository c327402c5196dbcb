"""Requests to admit: asked once, accepted by the desk or cancelled with a reason; and letters elsewhere."""

from datetime import timedelta
from functools import partial
from io import BytesIO
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils.html import escape
from pypdf import PdfReader

from hmis.kernel import pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from patients.models import AdmissionRequest, CaseKind, EncounterClass, Referral
from patients.queries import requests_waiting
from patients.services import CaseDetails, accept_admission, cancel_admission_request, open_case
from patients.states import AdmissionRequestStatus, Escort, Transport, Urgency, WardKind
from tests.conftest import NOON
from tests.factories.chart import make_allergy, make_observation
from tests.factories.constraints import again, rule_broken_by
from tests.factories.facilities import make_department
from tests.factories.notes import make_condition
from tests.factories.outcomes import certifying, make_admission_request, make_letter
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient


@pytest.fixture
def encounter(asha, med):
    return make_encounter(asha, med, at=NOON)


def ask(encounter, doctor, *, key=None, **said):
    return make_admission_request(encounter, doctor, at=NOON, key=key or uuid4(), **said)


def accept(asked, actor):
    return accept_admission(asked=asked, actor=actor, at=NOON)


def cancel(asked, actor, why="goes home", *, key=None):
    return cancel_admission_request(asked=asked, why=why, request_key=key or uuid4(), actor=actor, at=NOON)


def words_of(about_id):
    paper = IssuedDocument.objects.get(about_id=about_id, copy=0)
    return PdfReader(BytesIO(pdf.bytes_of(paper))).pages


def test_a_request_is_asked_accepted_and_cancelled(encounter, bose, clara):
    asked = ask(encounter, bose, ward_kind=WardKind.ICU, urgency=Urgency.EMERGENCY)
    assert (asked.status, asked.requested_by, asked.is_open) == ("requested", bose, True)
    accepted = accept(asked, clara)
    assert (accepted.status, accepted.accepted_by, accepted.is_open) == ("accepted", clara, True)
    gone = cancel(asked, clara)

    gone.refresh_from_db()
    assert (gone.status, gone.cancelled_why, gone.accepted_by) == ("cancelled", "goes home", clara)
    assert not gone.is_open
    assert ask(encounter, bose).status == AdmissionRequestStatus.REQUESTED


def test_an_open_request_is_the_only_one_of_its_patient_here(encounter, bose, med, asha):
    ask(encounter, bose)
    other = make_encounter(asha, med, at=NOON)

    with pytest.raises(Refusal, match="open already"):
        ask(other, bose)


def test_who_is_admitted_already_or_cancelled_is_not_asked_for(asha, med, bose):
    inside = make_encounter(asha, med, at=NOON, encounter_class=EncounterClass.INPATIENT)
    gone = make_encounter(asha, med, at=NOON, status="cancelled")

    with pytest.raises(Refusal, match="admitted already"):
        ask(inside, bose)
    with pytest.raises(Refusal, match="was cancelled"):
        ask(gone, bose)


def test_the_department_is_of_this_hospital_and_open(encounter, bose, sgml_med, rims):
    closed = make_department(rims, "ENT", is_active=False)
    for wrong in sgml_med, closed:
        with pytest.raises(Refusal, match="no such department") as refused:
            ask(encounter, bose, department=wrong)
        assert refused.value.field == "department"


@pytest.mark.parametrize(("name", "sentence"), [("reason", "to be admitted"), ("diagnosis", "diagnosis")])
def test_reason_and_diagnosis_are_needed(encounter, bose, name, sentence):
    with pytest.raises((Refusal, ValidationError)) as refused:
        ask(encounter, bose, **{name: ""})
    if isinstance(refused.value, Refusal):
        assert sentence in str(refused.value)
    assert not AdmissionRequest.objects.exists()


def test_sent_twice_it_is_one_request(encounter, bose):
    key = uuid4()
    first, second = (ask(encounter, bose, key=key) for _ in range(2))

    assert first == second
    assert IssuedDocument.objects.count() == 1
    with pytest.raises(KeyReused):
        ask(encounter, bose, key=key, reason="another")


def test_cancelled_by_one_key_twice_and_never_without_a_reason(encounter, bose, clara):
    asked, key = ask(encounter, bose), uuid4()
    with pytest.raises(Refusal, match="Say why"):
        cancel(asked, clara, "")
    for _ in range(2):
        assert cancel(asked, clara, key=key).status == AdmissionRequestStatus.CANCELLED
    with pytest.raises(Refusal, match="cannot become"):
        accept(asked, clara)


@pytest.mark.django_db(transaction=True)
def test_two_windows_ask_once(encounter, bose, med, asha):
    other = make_encounter(asha, med, at=NOON)
    outcomes = all_at_once([partial(ask, one, bose) for one in (encounter, other, encounter)])

    assert sorted(type(one).__name__ for one in outcomes) == ["AdmissionRequest", "Refusal", "Refusal"]
    assert IssuedDocument.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_desks_accept_once(encounter, bose, clara):
    asked = ask(encounter, bose)
    outcomes = all_at_once([partial(accept, asked, clara)] * 3)

    assert sorted(type(one).__name__ for one in outcomes) == ["AdmissionRequest", "Refusal", "Refusal"]
    assert AuditEntry.objects.filter(name="patients.admission_accepted").count() == 1


BREAKS = [
    ("patient_has_one_open_admission_request_here", {}),
    ("admission_request_says_why", {"reason": ""}),
    ("admission_request_names_a_diagnosis", {"diagnosis": ""}),
    ("accepted_admission_request_says_who", {"status": "accepted"}),
    ("cancelled_admission_request_says_who_and_why", {"status": "cancelled"}),
]


@pytest.mark.parametrize(("rule", "changes"), BREAKS)
def test_each_rule_of_the_table_refuses(encounter, bose, rule, changes):
    asked = ask(encounter, bose)

    assert rule_broken_by(again, asked, **changes) == rule


def test_what_was_asked_is_never_edited(encounter, bose):
    asked = ask(encounter, bose)
    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        AdmissionRequest.objects.filter(pk=asked.pk).update(reason="another")


def test_the_most_urgent_is_first_then_who_waits_longest(rims, med, bose, clara):
    def come(name, urgency, minutes):
        patient = make_patient(rims, name)
        wish = make_encounter(patient, med, at=NOON)
        return make_admission_request(
            wish, bose, at=NOON + timedelta(minutes=minutes), key=uuid4(), urgency=urgency
        )

    later, first = come("A B", Urgency.ROUTINE, 1), come("C D", Urgency.ROUTINE, 0)
    soon, now = come("E F", Urgency.URGENT, 2), come("G H", Urgency.EMERGENCY, 3)
    cancel(come("I J", Urgency.EMERGENCY, 0), clara)

    assert list(requests_waiting(clara)) == [now, soon, first, later]


def test_the_slip_is_one_page_and_says_what_the_counter_needs(encounter, bose, med):
    certifying(bose)
    asked = ask(
        encounter,
        bose,
        reason="<i>acute</i> " + "abdomen " * 35,
        diagnosis="K40.9 hernia " * 23,
        ward_kind=WardKind.HDU,
    )
    (page,) = words_of(asked.pk)
    text = page.extract_text()

    for said in "ASHA DEVI", "Request to admit", "high dependency", "K40.9 hernia", "JHMC/2019/00421":
        assert said in text
    assert "<i>acute</i>" in text


# ── Pages ──


def test_a_doctor_asks_and_the_desk_accepts(client, encounter, bose, clara, med):
    make_condition(encounter, bose, is_main=True)
    client.force_login(bose)
    url = reverse("patients:admission_request_new", args=[encounter.pk])
    page = client.get(url)
    assert page.context["form"].initial["diagnosis"].startswith("I10 ")
    form = {
        "department": med.pk,
        "ward_kind": "icu",
        "urgency": "urgent",
        "diagnosis": "I10 BP",
        "reason": "pressure 220/130",
        "request_key": uuid4(),
    }
    assert client.post(url, form | {"reason": ""}).status_code == 422
    done = client.post(url, form, follow=True)
    asked = AdmissionRequest.objects.get()
    assert f"p={IssuedDocument.objects.get(about_id=asked.pk).pk}" in done.text
    refused = client.post(url, form | {"request_key": uuid4()})
    assert (refused.status_code, "open already" in refused.text) == (422, True)

    client.force_login(clara)
    listed = client.get(reverse("patients:admission_request_list"))
    assert "Asha Devi" in listed.text
    accepted = client.post(reverse("patients:acceptance_new", args=[asked.pk]), follow=True)
    assert "Accepted." in accepted.text
    twice = client.post(reverse("patients:acceptance_new", args=[asked.pk]), follow=True)
    assert "cannot become" in twice.text
    gone = reverse("patients:admission_cancellation_new", args=[asked.pk])
    assert client.get(gone).status_code == 200
    client.post(gone, {"why": "no bed", "request_key": uuid4()})
    assert "Nobody waits" in client.get(reverse("patients:admission_request_list")).text
    assert "no bed" in client.get(reverse("patients:admission_request_list"), {"show": "all"}).text


def test_the_list_withholds_whom_it_must_and_shows_no_other_hospitals(client, encounter, bose, clara, esha):
    details = CaseDetails(CaseKind.SEXUAL_ASSAULT)
    open_case(encounter=encounter, details=details, request_key=uuid4(), actor=bose, at=NOON)
    ask(encounter, bose)
    client.force_login(clara)
    page = client.get(reverse("patients:admission_request_list"))
    assert encounter.patient.uhid_shown in page.text
    assert "Asha Devi" not in page.text
    client.force_login(esha)
    assert encounter.patient.uhid_shown not in client.get(reverse("patients:admission_request_list")).text


def test_what_a_contact_came_to_stands_on_one_page_and_the_look_is_written_down(
    client, encounter, bose, esha
):
    ask(encounter, bose)
    make_letter(encounter, bose)
    client.force_login(bose)
    url = reverse("patients:outcome_list", args=[encounter.pk])
    page = client.get(url)

    assert "Sadar Hospital Khunti" in page.text
    assert "K40.9 hernia" in page.text
    assert AuditEntry.objects.get(name="patients.outcomes_viewed").patient_id == encounter.patient_id
    client.force_login(esha)
    assert client.get(url).status_code == 404


def test_from_a_letter_one_way_leads_back_to_the_note_one_came_from(client, encounter, bose):
    client.force_login(bose)
    url, note = reverse("patients:outcome_list", args=[encounter.pk]), "/opd/room/a-token/?of=1&x=2"
    form = reverse("patients:letter_new", args=[encounter.pk], query={"next": note})
    page = client.get(form)

    assert page.context["back"] == note
    assert all(way["url"].endswith("?next=" + quote(note, safe="")) for way in page.context["ways"])
    sent = {"to_name": "Sadar Khunti", "urgency": "routine", "reason": "a lump", "request_key": uuid4()}
    sent |= {"transport": Transport.OWN_WAY, "escort": Escort.RELATIVE}
    given = client.post(form, sent)
    assert given.status_code == 303, given.context["form"].errors
    assert given["Location"].startswith(url)
    listed = client.get(given["Location"])
    assert f'href="{escape(note)}" autofocus data-key="Escape"' in listed.text
    person = reverse("patients:patient_detail", args=[encounter.patient_id])
    for nowhere in (None, {"next": "https://elsewhere.example/"}):
        assert f'href="{person}" autofocus data-key="Escape"' in client.get(url, nowhere).text


# ── Letters ──


def test_a_letter_says_all_that_the_next_doctor_needs(encounter, bose, sgml, clara):
    certifying(bose)
    make_condition(encounter, bose, is_main=True)
    make_allergy(encounter, clara, "penicillin")
    letter = make_letter(encounter, bose, at=NOON, to_facility=sgml, to_name="", findings="BP 220/130")
    text = " ".join(page.extract_text() for page in words_of(letter.pk))

    assert letter.to_name == "Sadar Hospital Gumla"
    for said in "Sadar Hospital Gumla", "I10", "penicillin", "BP 220/130", "108", "JHMC/2019/00421":
        assert said in text


def test_nobody_is_referred_by_letter_to_where_they_are(encounter, bose, rims):
    with pytest.raises(Refusal, match="Refer to a department"):
        make_letter(encounter, bose, at=NOON, to_facility=rims, to_name="")


def test_a_letter_goes_somewhere_for_a_reason(encounter, bose):
    for said in {"to_name": ""}, {"reason": ""}:
        with pytest.raises((Refusal, ValidationError)):
            make_letter(encounter, bose, at=NOON, **said)
    assert not Referral.objects.exists()


def test_sent_twice_it_is_one_letter(encounter, bose):
    key = uuid4()
    first, second = (make_letter(encounter, bose, at=NOON, key=key) for _ in range(2))

    assert first == second
    assert IssuedDocument.objects.count() == 1


def test_an_aadhaar_number_is_kept_in_no_word(encounter, bose):
    with pytest.raises(ValidationError, match="Aadhaar"):
        make_letter(encounter, bose, at=NOON, findings="card 234123412346")


def test_a_letter_by_its_page_begins_with_what_was_measured(client, encounter, bose, clara, sgml):
    make_observation(encounter, clara)
    client.force_login(bose)
    url = reverse("patients:letter_new", args=[encounter.pk])
    assert client.get(url).context["form"].initial["findings"]
    form = {
        "to_facility": "",
        "to_name": "",
        "urgency": "routine",
        "transport": "own_way",
        "escort": "relative",
        "reason": "CT scan",
        "findings": "",
        "done": "",
        "request_key": uuid4(),
    }
    assert "Name the hospital" in client.post(url, form).text
    both = client.post(url, form | {"to_facility": sgml.pk, "to_name": "Other"})
    assert "not both" in both.text
    assert client.post(url, form | {"to_name": "Other", "transport": ""}).status_code == 422
    done = client.post(url, form | {"to_facility": sgml.pk}, follow=True)
    assert "Sadar Hospital Gumla" in done.text
    assert Referral.objects.get().to_facility == sgml
