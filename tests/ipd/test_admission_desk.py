"""The desk of admissions, as people send its forms."""

from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from facilities.states import WardKind, WardTakes
from hmis.kernel.models import AuditEntry
from ipd.models import Admission
from ipd.states import Consent, Source
from patients.models import BedStay, CaseKind, MedicoLegalCase, Sex
from patients.services import CaseDetails, Newborn, Wish, register_newborns, request_admission
from patients.states import AdmissionRequestStatus, Urgency
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.ipd import admit, beds_in, make_ward
from tests.factories.patients import make_patient

pytestmark = pytest.mark.django_db
HOSTILE = '"><img src=x onerror=alert(1)>'
DESK, NEW, EMERGENCY = (f"/ipd/admissions/{part}" for part in ("", "new/", "emergencies/new/"))


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def desk(client, clara):
    client.force_login(clara)
    return client


@pytest.fixture
def asked(encounter, bose, med):
    wish = Wish(department=med, reason="Dehydration", diagnosis="A09 Diarrhoea", urgency=Urgency.URGENT)
    return request_admission(encounter=encounter, wish=wish, request_key=uuid4(), actor=bose, at=NOON)


def fields(bed, department, **changes):
    said = {
        "request_key": uuid4(),
        "bed": bed.pk if bed else "beside",
        "department": department.pk,
        "consent": "patient",
        "attendant_name": "Mohan",
    }
    return said | changes


def test_whom_a_doctor_asks_for_stands_on_the_desk_and_is_admitted(desk, asked, asha, ward, med):
    page = desk.get(DESK)
    assert f"{NEW}?request={asked.pk}" in page.text

    form = desk.get(NEW, {"request": asked.pk})
    assert "A09 Diarrhoea" in form.text

    answer = desk.post(f"{NEW}?request={asked.pk}", fields(beds_in(ward)[0], med, diagnosis=asked.diagnosis))
    made = Admission.objects.get()
    assert answer.url == f"{DESK}?now={made.pk}"
    assert (made.patient, made.source, made.request) == (asha, Source.OPD, asked)
    assert (made.attendant_name, made.consent) == ("Mohan", Consent.PATIENT)
    asked.refresh_from_db()
    assert asked.status == AdmissionRequestStatus.ADMITTED

    told = desk.get(answer.url)
    assert made.number in told.text
    assert "data-print-url" in told.text


def test_whose_card_is_scanned_is_admitted_on_the_doctors_request(desk, asked, asha, ward, med):
    page = desk.get(NEW, {"patient": asha.pk})
    assert f"?request={asked.pk}" in page.text
    assert desk.post(f"{NEW}?patient={asha.pk}", fields(beds_in(ward)[0], med)).status_code == 303
    assert Admission.objects.get().request == asked


def test_a_bed_in_a_ward_for_others_is_asked_about_once(desk, asha, med):
    bed = beds_in(make_ward(med, takes=WardTakes.MEN))[0]
    first = desk.post(f"{NEW}?patient={asha.pk}", fields(bed, med))
    assert first.status_code == 422
    assert "This ward takes men." in first.text
    assert "Mohan" in first.text
    assert not Admission.objects.exists()

    assert desk.post(f"{NEW}?patient={asha.pk}", fields(bed, med, confirm_bed="on")).status_code == 303
    assert BedStay.objects.get(ended_at=None).bed == bed


def test_a_relative_who_agrees_has_a_name(desk, asha, ward, med):
    answer = desk.post(f"{NEW}?patient={asha.pk}", fields(beds_in(ward)[0], med, consent="relative"))
    assert answer.status_code == 422
    assert "Write the name of the relative who agreed." in answer.text


def test_who_is_admitted_already_is_told_so_before_the_form_is_filled(desk, admitted, asha):
    page = desk.get(NEW, {"patient": asha.pk})
    assert admitted.admission.number in page.text
    assert "admitted already" in page.text


def test_from_casualty_with_its_case(desk, emer, clara, ward, med):
    case = CaseDetails(CaseKind.ROAD_ACCIDENT)
    here = come(emer, clara, at=NOON, case=case)
    page = desk.get(NEW, {"encounter": here.arrival.encounter_id})
    assert here.case.number in page.text
    address = f"{NEW}?encounter={here.arrival.encounter_id}"
    assert desk.post(address, fields(beds_in(ward)[0], med)).status_code == 303
    assert Admission.objects.get().source == Source.CASUALTY


def test_whose_card_is_scanned_is_taken_from_casualty_with_the_case(desk, emer, clara, ward, med):
    here = come(emer, clara, at=NOON, case=CaseDetails(CaseKind.ROAD_ACCIDENT))
    scanned = f"{NEW}?patient={here.arrival.patient_id}"
    page = desk.get(scanned)
    assert here.case.number in page.text
    assert f"?encounter={here.arrival.encounter_id}" in page.text
    assert desk.post(scanned, fields(beds_in(ward)[0], med)).status_code == 303
    made = Admission.objects.get()
    assert (made.came_from, made.source) == (here.arrival.encounter, Source.CASUALTY)


def test_a_newborn_is_offered_its_mothers_side(desk, rims, med, ward, clara):
    mother = make_patient(rims, name="Sunita", sex=Sex.FEMALE)
    admit(mother, beds_in(ward)[0], clara, at=NOON)
    said = [Newborn(Sex.FEMALE, NOON)]
    baby = register_newborns(mother=mother, babies=said, request_key=uuid4(), actor=clara, at=NOON)[0].baby
    page = desk.get(NEW, {"patient": baby.pk})
    assert "in a cradle beside the mother" in page.text
    changes = {"consent": "relative", "consent_name": "Sunita"}
    answer = desk.post(f"{NEW}?patient={baby.pk}", fields(None, med, **changes))
    assert answer.status_code == 303, answer.text
    made = Admission.objects.get(patient=baby)
    assert made.source == Source.BORN_HERE


def test_one_button_lays_somebody_unknown_into_the_bed_of_the_emergency_ward(desk, med, emer):
    make_ward(med)
    casualty = make_ward(emer, kind=WardKind.EMERGENCY)
    page = desk.get(EMERGENCY)
    first = beds_in(casualty)[0]
    assert f'value="{first.pk}" selected' in page.text
    answer = desk.post(EMERGENCY, {"request_key": uuid4(), "bed": first.pk, "unknown": "male"})
    assert answer.status_code == 303, answer.text
    made = Admission.objects.get()
    assert made.patient.is_unknown
    assert (made.consent, made.source) == (Consent.EMERGENCY, Source.DIRECT)
    assert MedicoLegalCase.objects.get().kind == CaseKind.UNKNOWN_UNCONSCIOUS
    assert BedStay.objects.get().bed == first


def test_without_a_name_and_without_a_button_the_form_says_what_is_missing(desk, ward):
    answer = desk.post(EMERGENCY, {"request_key": uuid4(), "bed": beds_in(ward)[0].pk})
    assert answer.status_code == 422
    assert "press one of the buttons for an unknown patient" in answer.text


def test_a_named_emergency_who_seems_to_be_on_file_is_asked_about(desk, ward, rims):
    sita = make_patient(rims, name="Sita Kumari", phone="9876543210")
    said = {"bed": beds_in(ward)[0].pk, "name": "Sita Kumari", "sex": "female", "phone": "9876543210"}
    said |= {"age": "34", "age_unit": "years"}
    answer = desk.post(EMERGENCY, said | {"request_key": uuid4()})
    assert answer.status_code == 422
    assert "Not saved." in answer.text
    assert f'name="confirm_new" value="{sita.pk}"' in answer.text
    unseen = desk.post(EMERGENCY, said | {"request_key": uuid4(), "confirm_new": "on"})
    assert unseen.status_code == 422
    answer = desk.post(EMERGENCY, said | {"request_key": uuid4(), "confirm_new": sita.pk})
    assert answer.status_code == 303, answer.text
    assert not MedicoLegalCase.objects.exists()


def test_who_on_file_an_emergency_may_be_is_shown_while_the_form_is_filled(desk, rims):
    sita = make_patient(rims, name="Sita Kumari", phone="9876543210")
    path = reverse("ipd:duplicate_list")
    said = {"name": "Sita Kumari", "sex": "female", "phone": "9876543210", "age": "x"}

    assert path in desk.get(EMERGENCY).text
    shown = desk.post(path, said).text
    assert f"{reverse('ipd:admission_new')}?patient={sita.pk}" in shown
    assert " checked" not in shown
    assert " checked" in desk.post(path, said | {"confirm_new": sita.pk}).text
    assert str(sita.pk) not in desk.post(path, {"name": "Si"}).text
    assert str(sita.pk) not in desk.post(path, said | {"unknown": "female"}).text
    assert AuditEntry.objects.filter(name="patients.duplicates_offered").count() == 2
    assert not Admission.objects.exists()


@pytest.mark.parametrize(("said", "kept"), [("", "not_asked"), ("none_owned", "none_owned")])
def test_of_a_mobile_nobody_asked_for_nothing_is_made_up(desk, ward, said, kept):
    named = {"name": "Sita Kumari", "sex": "female", "no_phone_reason": said}
    answer = desk.post(EMERGENCY, named | {"request_key": uuid4(), "bed": beds_in(ward)[0].pk})
    assert answer.status_code == 303
    assert Admission.objects.get().patient.no_phone_reason == kept


def test_no_tick_of_a_case_is_dropped_without_a_word(desk, ward):
    page = desk.get(EMERGENCY)
    assert 'name="is_case" id="id_is_case" checked' not in page.text
    said = {"request_key": uuid4(), "bed": beds_in(ward)[0].pk, "name": "Sita Kumari", "sex": "female"}
    refused = desk.post(EMERGENCY, said | {"is_case": "on"})
    assert refused.status_code == 422
    assert "Choose the kind of case." in refused.text
    assert not Admission.objects.exists()
    # Also of somebody with a name, who may lie there with nobody knowing why.
    assert desk.post(EMERGENCY, said | {"is_case": "on", "kind": "unknown_unconscious"}).status_code == 303
    assert MedicoLegalCase.objects.get().kind == CaseKind.UNKNOWN_UNCONSCIOUS


def test_somebody_unknown_is_the_case_that_is_chosen(desk, ward):
    said = {"request_key": uuid4(), "bed": beds_in(ward)[0].pk, "unknown": "female", "kind": "burns"}
    assert desk.post(EMERGENCY, said).status_code == 303
    assert MedicoLegalCase.objects.get().kind == CaseKind.BURNS


def test_nobody_has_agreed_before_somebody_says_so(desk, asha, ward, med):
    page = desk.get(NEW, {"patient": asha.pk})
    # Nor is the patient's own mobile the attendant's.
    assert not page.context["form"]["attendant_phone"].value()
    consent = page.text.partition('id="id_consent"')[2].partition("</fieldset>")[0]
    assert "Alt 1" in consent
    assert "checked" not in consent
    refused = desk.post(f"{NEW}?patient={asha.pk}", fields(beds_in(ward)[0], med, consent=""))
    assert refused.status_code == 422
    assert "Choose who agreed." in refused.text
    assert not Admission.objects.exists()


def test_sent_twice_the_second_answer_is_the_first(desk, asha, ward, med):
    said = fields(beds_in(ward)[0], med)
    first = desk.post(f"{NEW}?patient={asha.pk}", said)
    again = desk.post(f"{NEW}?patient={asha.pk}", said)
    assert first.url == again.url
    assert Admission.objects.count() == 1


def test_a_hostile_name_is_only_a_name(desk, rims, ward, clara):
    admit(make_patient(rims, name=HOSTILE), beds_in(ward)[0], clara)
    page = desk.get(DESK)
    assert HOSTILE not in page.text
    assert "&gt;&lt;img" in page.text


def test_another_hospitals_requests_patients_and_stays_are_not_there(client, esha, asked, asha, admission):
    client.force_login(esha)
    assert client.get(NEW, {"request": asked.pk}).status_code == 404
    assert client.get(NEW, {"encounter": asked.encounter_id}).status_code == 404
    assert client.get(NEW, {"patient": asha.pk}).status_code == 404
    assert client.get(NEW, {"patient": "nonsense"}).status_code == 404
    assert client.get(reverse("ipd:admission_edit", args=[admission.pk])).status_code == 404
    assert admission.number not in client.get(DESK).text


def test_the_attendant_is_put_right_and_two_do_not_overwrite_each_other(desk, admission):
    address = reverse("ipd:admission_edit", args=[admission.pk])
    admission.refresh_from_db()
    said = {"request_key": uuid4(), "attendant_name": "Ramesh", "attendant_phone": "9431112222"}
    assert desk.post(address, said | {"rev": admission.rev}).status_code == 303
    late = desk.post(address, said | {"attendant_name": "Other", "rev": admission.rev})
    assert late.status_code == 422
    assert "Somebody else changed this stay" in late.text
    admission.refresh_from_db()
    assert (admission.attendant_name, admission.attendant_phone) == ("Ramesh", "9431112222")


def test_a_mistake_is_taken_back_from_the_desk(desk, admission):
    address = reverse("ipd:admission_cancellation_new", args=[admission.pk])
    assert desk.post(address, {"request_key": uuid4(), "why": ""}).status_code == 422
    assert desk.post(address, {"request_key": uuid4(), "why": "wrong patient"}).status_code == 303
    assert not BedStay.objects.filter(ended_at=None).exists()


def test_the_desk_reads_as_often_for_thirty_as_for_three(
    desk, rims, med, clara, django_assert_max_num_queries
):
    beds = beds_in(make_ward(med, beds=30))
    for n, bed in enumerate(beds[:30]):
        admit(make_patient(rims, name=f"Patient {n}"), bed, clara)
    with django_assert_max_num_queries(20):
        desk.get(DESK)
    with django_assert_max_num_queries(20):
        desk.get(EMERGENCY)


def test_who_is_no_desk_sees_the_inpatients_and_admits_nobody(client, dev, asked, admission):
    client.force_login(dev)
    page = client.get(DESK)
    assert admission.number in page.text
    assert "?request=" not in page.text
    assert client.get(EMERGENCY).status_code == 403
