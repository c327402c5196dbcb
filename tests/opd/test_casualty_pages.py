"""The pages of casualty, newborns and the medico-legal register, as people send their forms."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from hmis.kernel.moments import moment_of
from opd.models import CasualtyArrival
from opd.states import Triage
from patients.forms.fields import moment
from patients.models import BedStay, Birth, CaseKind, MedicoLegalCase, Patient, PoliceIntimation
from patients.services import CaseDetails
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.casualty import come
from tests.factories.facilities import make_person
from tests.factories.ipd import beds_in
from tests.factories.patients import make_encounter, make_patient

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def nurse(client, clara):
    client.force_login(clara)
    return client


def send(client, **fields):
    return client.post(reverse("opd:casualty_new"), {"request_key": uuid4()} | fields)


def named(**changes):
    return {"name": "Budhni Oraon", "sex": "female", "triage": "yellow"} | changes


# ── The desk ──


def test_one_button_registers_somebody_unknown(nurse, emer):
    answer = send(nurse, unknown="male")

    arrival = CasualtyArrival.objects.get()
    assert answer.url == reverse("opd:casualty_detail", args=[arrival.pk])
    assert (arrival.triage, arrival.brought_by, arrival.patient.sex) == ("red", "not_known", "male")
    assert arrival.patient.birth_date is None


def test_the_page_of_somebody_of_no_known_age_can_be_shown(nurse, emer):
    page = nurse.get(send(nurse, unknown="female").url)

    assert "Unknown female" in page.text
    assert "Name this patient" in page.text


@pytest.mark.parametrize(
    ("said", "age"), [({"age_band": "young"}, "28 years"), ({"age": "5", "age_unit": "months"}, "5 months")]
)
def test_how_old_they_look_is_kept(nurse, emer, said, age):
    send(nurse, unknown="male", **said)

    assert Patient.objects.get().age == age


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, ("", "not_asked")),
        ({"no_phone_reason": "none_owned"}, ("", "none_owned")),
        ({"phone": "9431123456"}, ("9431123456", "")),
        ({"phone": "9431123456", "no_phone_reason": "declined"}, ("9431123456", "")),
    ],
)
def test_of_a_mobile_nobody_asked_for_nothing_is_made_up(nurse, emer, said, kept):
    assert send(nurse, **named(**said)).status_code == 303

    patient = Patient.objects.get()
    assert (patient.phone, patient.no_phone_reason) == kept


def test_nobody_answers_that_they_were_not_asked(nurse, emer):
    page = nurse.get(reverse("opd:casualty_new"))

    assert 'name="no_phone_reason"' in page.text
    assert 'value="not_asked"' not in page.text
    assert send(nurse, **named(no_phone_reason="not_asked")).status_code == 422


def test_somebody_named_needs_a_name_a_sex_and_a_colour(nurse, emer):
    page = send(nurse, complaint="fell from a tree")

    assert page.status_code == 422
    for sentence in "Write the name, or press", "Choose the sex.", "Choose the colour.":
        assert sentence in page.text
    assert "fell from a tree" in page.text
    assert not Patient.objects.exists()


def test_somebody_named_comes_with_few_words(nurse, emer):
    send(nurse, **named(village="Bero", age="34", phone="94311 00002"))

    patient = Patient.objects.get()
    assert (patient.name, patient.phone, patient.village, patient.age) == (
        "Budhni Oraon",
        "9431100002",
        "Bero",
        "34 years",
    )


def test_everything_at_once_from_the_form(nurse, emer, beds):
    case = {"is_case": "on", "kind": "burns", "station": "Bariatu", "informed_at": "11:40", "officer": "SI"}
    escort = {"came_with": "police", "escort_name": "ASI Ram", "escort_place": "Bariatu thana"}
    send(nurse, **named(bed=beds[1].pk, complaint="both hands"), **case, **escort)

    held, told = MedicoLegalCase.objects.get(), PoliceIntimation.objects.get()
    assert (held.kind, held.particulars) == ("burns", "both hands")
    assert held.brought_by == "पुलिस police · ASI Ram · Bariatu thana"
    assert (told.station, told.informed_at) == ("Bariatu", NOON - timedelta(minutes=20))
    assert BedStay.objects.get().bed == beds[1]


def test_a_case_whose_police_are_not_yet_told_is_a_case(nurse, emer):
    send(nurse, unknown="male", is_case="on", kind="fall")

    assert MedicoLegalCase.objects.get().kind == "fall"
    assert not PoliceIntimation.objects.exists()


def test_a_tick_alone_is_no_road_accident(nurse, emer):
    refused = send(nurse, unknown="male", is_case="on")

    assert refused.status_code == 422
    assert "Choose the kind of case." in refused.text
    assert not MedicoLegalCase.objects.exists()


def test_brought_dead_is_black_and_declared_now(nurse, emer):
    send(nurse, unknown="male", is_dead="on", is_case="on")

    arrival = CasualtyArrival.objects.get()
    assert (arrival.triage, arrival.declared_dead_at) == ("black", NOON)
    assert MedicoLegalCase.objects.get().kind == "brought_dead"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"escort_phone": "12345"}, "A mobile number has 10 digits"),
        ({"came_with": "police"}, "write their station"),
        (
            {"is_case": "on", "kind": "fall", "station": "Bariatu", "informed_at": "soon"},
            "Write the time as 10:42",
        ),
        (
            {"is_case": "on", "kind": "fall", "station": "Bariatu", "informed_at": "12:30"},
            "This time lies ahead",
        ),
        ({"complaint": "2345 6789 0124"}, "Aadhaar"),
    ],
)
def test_a_refusal_keeps_what_was_typed(nurse, emer, fields, sentence):
    page = send(nurse, **named(village="Bero") | fields)

    assert page.status_code == 422
    assert sentence in page.text
    assert 'value="Bero"' in page.text
    assert not Patient.objects.exists()


def test_a_taken_bed_is_no_choice(nurse, emer, beds, kavita):
    come(emer, kavita, at=NOON, bed=beds[0])

    page = send(nurse, **named(bed=beds[0].pk))

    assert page.status_code == 422
    assert "Somebody lies in this bed already. Choose another one." in page.text
    assert f'value="{beds[0].pk}"' not in page.text
    assert CasualtyArrival.objects.count() == 1


def test_a_bed_of_another_ward_or_hospital_is_none(nurse, emer, ward, sgml_ward):
    for bed in (beds_in(ward)[0], beds_in(sgml_ward)[0]):
        assert send(nurse, **named(bed=bed.pk)).status_code == 422
    assert not CasualtyArrival.objects.exists()


def test_who_is_probably_on_file_is_shown_and_can_be_taken_up(nurse, emer, asha):
    likely = named(name="Asha Devi", phone=asha.phone, age="34")
    page = send(nurse, **likely)

    assert page.status_code == 422
    assert asha.uhid_shown in page.text
    assert send(nurse, patient=asha.pk, triage="red").status_code == 303
    again = nurse.get(reverse("opd:casualty_new"), {"patient": asha.pk})
    assert "Open that entry" in again.text
    assert send(nurse, **likely, confirm_new=asha.pk).status_code == 303


NEW = re.compile(r'name="confirm_new" value="([^"]*)"[^>]*?( checked)?(?: aria[^>]*)?>')


@walked(
    ("wrong", "right"),
    [
        ({"triage": ""}, {}),
        ({"escort_phone": "12"}, {}),
        ({"age": "abc"}, {}),
        ({"came_with": "police"}, {"came_with": "self"}),
        ({"is_case": "on"}, {}),
    ],
)
def test_that_somebody_is_new_is_asked_once_whatever_else_is_wrong(nurse, emer, asha, wrong, right):
    likely = named(name="Asha Devi", phone=asha.phone, age="34")
    first = send(nurse, **likely)
    assert "Not saved." in first.text
    assert NEW.search(first.text).groups() == (str(asha.pk), None)

    page = send(nurse, **likely | {"confirm_new": asha.pk} | wrong)

    assert page.status_code == 422
    assert NEW.search(page.text).groups() == (str(asha.pk), " checked")
    assert "Not saved." not in page.text
    assert send(nurse, **likely | {"confirm_new": asha.pk} | right).status_code == 303
    assert Patient.objects.count() == 2


def test_the_answer_about_somebody_else_is_none(nurse, emer, asha):
    likely = named(name="Asha Devi", phone=asha.phone, age="34", triage="", confirm_new=uuid4())

    assert NEW.search(send(nurse, **likely).text).groups() == (str(asha.pk), None)
    assert "confirm_new" not in send(nurse, unknown="male", escort_phone="12").text
    for said in (uuid4(), "on"):
        assert "Not saved." in send(nurse, **likely | {"triage": "red", "confirm_new": said}).text
    assert Patient.objects.get() == asha


def test_another_hospitals_patient_is_not_there(nurse, emer, sgml):
    stranger = make_patient(sgml)

    assert send(nurse, patient=stranger.pk, triage="red").status_code == 404
    assert nurse.get(reverse("opd:casualty_new"), {"patient": "x"}).status_code == 404


def test_the_search_leads_to_casualty(nurse, emer, asha):
    page = nurse.post(reverse("opd:casualty_search_new"), {"q": "Asha"})
    assert f"{reverse('opd:casualty_new')}?patient={asha.pk}" in page.text

    nobody = nurse.post(reverse("opd:casualty_search_new"), {"q": "Nobody Atall"})
    assert 'register a new patient. <kbd class="key">F4</kbd>' in nobody.text

    exactly = nurse.post(reverse("opd:casualty_search_new"), {"q": asha.uhid}, headers={"HX-Request": "true"})
    assert exactly["HX-Retarget"] == "#main"


def test_a_hospital_without_a_department_says_so(nurse, rims):
    assert "no department yet" in nurse.get(reverse("opd:casualty_new")).text
    assert send(nurse, unknown="male").status_code == 422


def test_sent_twice_there_is_one_patient(nurse, emer):
    key = uuid4()

    assert (
        send(nurse, unknown="male", request_key=key).url == send(nurse, unknown="male", request_key=key).url
    )
    assert Patient.objects.count() == 1


def test_an_unknown_patient_is_few_questions_to_the_database(nurse, emer, django_assert_max_num_queries):
    send(nurse, unknown="male")

    with django_assert_max_num_queries(20):
        assert send(nurse, unknown="male").status_code == 303


# ── The board and one arrival ──


def test_the_board_asks_no_more_for_many(nurse, emer, kavita, beds, django_assert_max_num_queries):
    for n in range(12):
        come(emer, kavita, at=NOON, case=CaseDetails(CaseKind.SEXUAL_ASSAULT), bed=beds[n] if n < 2 else None)

    with django_assert_max_num_queries(12):
        page = nurse.get(reverse("opd:casualty_list"))
    assert page.text.count("name withheld") == 12
    assert "Unknown male" not in page.text


@pytest.fixture
def arrival(emer, kavita):
    return come(emer, kavita, at=NOON).arrival


def on(arrival, act, client, **fields):
    return client.post(reverse(f"opd:{act}", args=[arrival.pk]), fields)


def test_colour_bed_and_leaving_by_their_buttons(nurse, arrival, beds):
    on(arrival, "triage_new", nurse, triage="green")
    on(arrival, "bedstay_new", nurse, bed=beds[0].pk, request_key=uuid4())
    on(arrival, "departure_new", nurse, outcome="referred")

    arrival.refresh_from_db()
    assert (arrival.triage, arrival.outcome) == ("green", "referred")
    assert BedStay.objects.get().ended_at == NOON


def test_an_entry_by_mistake_asks_why(arrival, nurse):
    page = nurse.get(reverse("opd:casualty_detail", args=[arrival.pk])).text
    assert "Take the entry back" in page
    # The next slip is scanned wherever the cursor stands: never into this box.
    assert "autofocus" not in page
    assert on(arrival, "arrival_cancellation_new", nurse, why="").status_code == 422
    on(arrival, "arrival_cancellation_new", nurse, why="the next patient", request_key=uuid4())
    arrival.refresh_from_db()
    assert arrival.outcome == "cancelled"


def test_a_medico_legal_case_offers_no_way_to_take_it_back(emer, kavita, nurse):
    case = CaseDetails(CaseKind.FALL)
    arrival = come(emer, kavita, at=NOON, case=case).arrival

    assert "Take the entry back" not in nurse.get(reverse("opd:casualty_detail", args=[arrival.pk])).text


def test_nobody_is_sent_home_by_one_untouched_press(nurse, arrival):
    page = reverse("opd:casualty_detail", args=[arrival.pk])
    assert '<option value="" selected>' in nurse.get(page).text.partition('name="outcome"')[2]
    assert "Choose how the patient left." in on(arrival, "departure_new", nurse, outcome="").text
    asked = on(arrival, "departure_new", nurse, outcome="sent_home")
    assert asked.status_code == 422
    assert "Yes, sent home" in asked.text
    assert '<option value="sent_home" selected>' in asked.text
    arrival.refresh_from_db()
    assert arrival.left_at is None
    assert 'name="confirm" value="sent_home"' in asked.text
    on(arrival, "departure_new", nurse, outcome="sent_home", confirm="sent_home")
    arrival.refresh_from_db()
    assert arrival.outcome == "sent_home"


@pytest.mark.parametrize("chosen", ["died", "lama"])
def test_yes_answers_what_was_asked_and_not_what_was_chosen_since(nurse, arrival, chosen):
    assert "Yes, sent home" in on(arrival, "departure_new", nurse, outcome="sent_home").text

    page = on(arrival, "departure_new", nurse, outcome=chosen, confirm="sent_home")

    assert page.status_code == 422
    assert "Choose again how the patient left: the question was about another answer." in page.text
    assert f'<option value="{chosen}" selected>' in page.text
    arrival.refresh_from_db()
    assert arrival.left_at is None


@walked("confirm", ["on", "died", "\x00", '"><script>'])
def test_another_yes_is_none(nurse, arrival, confirm):
    assert on(arrival, "departure_new", nurse, outcome="sent_home", confirm=confirm).status_code == 422
    arrival.refresh_from_db()
    assert arrival.left_at is None


@walked(
    ("act", "fields"),
    [("triage_new", {"triage": "blue"}), ("bedstay_new", {}), ("departure_new", {"outcome": "mortuary"})],
)
def test_what_cannot_be_is_said_on_the_page(nurse, arrival, act, fields):
    page = on(arrival, act, nurse, **fields)

    assert page.status_code == 422
    assert 'role="alert"' in page.text


def test_the_slip_is_printed_again_as_a_duplicate(nurse, arrival):
    press = {"request_key": uuid4()}
    answer = on(arrival, "casualty_copy_new", nurse, **press)

    assert answer.status_code == 302
    assert nurse.get(answer.url)["Content-Type"] == "application/pdf"
    assert on(arrival, "casualty_copy_new", nurse, **press).url == answer.url
    assert on(arrival, "casualty_copy_new", nurse).url != answer.url


# ── A name ──


def name(client, arrival, **fields):
    asked = {
        "name": "Birsa Munda",
        "sex": "male",
        "age": "40",
        "age_unit": "years",
        "no_phone_reason": "not_known",
        "rev": arrival.patient.rev,
    }
    return client.post(reverse("opd:name_new", args=[arrival.pk]), asked | fields)


def test_a_name_is_given(nurse, arrival):
    assert nurse.get(reverse("opd:name_new", args=[arrival.pk])).status_code == 200
    assert name(nurse, arrival).status_code == 303

    patient = Patient.objects.get()
    assert (patient.name, patient.is_unknown, patient.age) == ("Birsa Munda", False, "40 years")


def test_the_mobile_is_asked_with_the_name(nurse, arrival):
    assert "not asked" not in nurse.get(reverse("opd:name_new", args=[arrival.pk])).text
    assert name(nurse, arrival, no_phone_reason="").status_code == 422
    assert name(nurse, arrival, no_phone_reason="not_asked").status_code == 422


def test_an_age_that_was_guessed_stays_a_guess_if_nobody_touches_it(nurse, emer):
    send(nurse, unknown="male", age_band="middle")
    arrival = CasualtyArrival.objects.get()
    born, shown = arrival.patient.birth_date, arrival.patient.age_on(timezone.localdate())
    name(nurse, arrival, age=str(shown.number), age_unit="years")

    patient = Patient.objects.get()
    assert (patient.birth_date, patient.birth_precision) == (born, "year")


def test_who_is_on_file_is_shown_before_the_name_is_kept(nurse, arrival, rims):
    earlier = make_patient(rims, "Birsa Munda", "बिरसा मुंडा", sex="male", birth_date="1986-07-22")
    theirs = {"phone": earlier.phone, "no_phone_reason": ""}
    page = name(nurse, arrival, **theirs)

    assert page.status_code == 422
    assert earlier.uhid_shown in page.text
    assert name(nurse, arrival, **theirs, same_as=earlier.uhid).status_code == 303
    arrival.refresh_from_db()
    assert arrival.probably_same_as == earlier
    assert earlier.uhid_shown in nurse.get(reverse("opd:casualty_detail", args=[arrival.pk])).text


def test_none_of_these_is_an_answer_too(nurse, arrival, rims):
    earlier = make_patient(rims, "Birsa Munda", "बिरसा मुंडा", sex="male", birth_date="1986-07-22")
    theirs = {"phone": earlier.phone, "no_phone_reason": ""}

    asked = name(nurse, arrival, **theirs)
    assert (asked.status_code, NEW.search(asked.text).groups()) == (422, (str(earlier.pk), None))
    for said in ("on", uuid4()):
        assert name(nurse, arrival, **theirs, confirm_new=said).status_code == 422
    wrong = name(nurse, arrival, **theirs | {"age": "abc"}, confirm_new=earlier.pk)
    assert (wrong.status_code, NEW.search(wrong.text).groups()) == (422, (str(earlier.pk), " checked"))
    stale = name(nurse, arrival, **theirs, rev=99, confirm_new=earlier.pk)
    assert NEW.search(stale.text).groups() == (str(earlier.pk), " checked")
    assert name(nurse, arrival, **theirs, confirm_new=earlier.pk).status_code == 303


@pytest.mark.parametrize("same_as", ["12345678901", "Birsa"])
def test_a_uhid_that_nobody_has_is_refused_at_its_field(nurse, arrival, same_as):
    page = name(nurse, arrival, same_as=same_as)

    assert page.status_code == 422
    assert "Nobody has this UHID" in page.text


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(nurse, arrival):
    page = name(nurse, arrival, rev=arrival.patient.rev + 7)

    assert page.status_code == 422
    assert "Somebody else changed this patient" in page.text


# ── Newborns ──


def bear(client, mother, **fields):
    asked = {"request_key": uuid4(), "born_on": "22-07-2026", "baby1-sex": "female", "baby1-time": "11:40"}
    return client.post(reverse("patients:newborn_new", args=[mother.pk]), asked | fields)


def test_twins_in_one_step_from_their_mothers_page(nurse, asha):
    assert (
        reverse("patients:newborn_new", args=[asha.pk])
        in nurse.get(reverse("patients:patient_detail", args=[asha.pk])).text
    )
    bear(nurse, asha, **{"baby1-weight": "2650", "baby2-sex": "male", "baby2-time": "11:52"})

    page = nurse.get(reverse("patients:patient_detail", args=[asha.pk])).text
    assert "Baby 1 of Asha Devi" in page
    assert "Baby 2 of Asha Devi" in page
    baby = Birth.objects.get(place=1).baby
    assert "Asha Devi" in nurse.get(reverse("patients:patient_detail", args=[baby.pk])).text


@walked(
    ("fields", "sentence"),
    [
        ({"baby1-sex": ""}, "Choose the sex"),
        ({"baby1-time": ""}, "Write when the baby was born"),
        ({"baby1-time": "x"}, "Write the time as 10:42"),
        ({"baby1-sex": "", "baby1-time": ""}, "at least one baby"),
        ({"baby1-time": "12:30"}, "lies ahead"),
        ({"baby1-weight": "26"}, "between 300 and 7000"),
        ({"born_on": "01-01-2026"}, "more than 28 days"),
    ],
)
def test_a_newborns_refusal_stands_in_the_form(nurse, asha, fields, sentence):
    page = bear(nurse, asha, **fields)

    assert page.status_code == 422
    assert sentence in page.text
    assert not Birth.objects.exists()


def test_a_second_baby_is_asked_about(nurse, asha):
    bear(nurse, asha)
    page = bear(nurse, asha, **{"baby1-sex": "male"})

    assert page.status_code == 422
    assert "This is another baby" in page.text
    assert bear(nurse, asha, **{"baby1-sex": "male"}, confirm_another="on").status_code == 303


def test_another_hospitals_mother_is_not_there(nurse, sgml):
    assert bear(nurse, make_patient(sgml)).status_code == 404


# ── The register ──


def test_a_case_is_marked_told_and_printed(nurse, encounter):
    form = reverse("patients:case_new", args=[encounter.pk])
    assert nurse.get(form).status_code == 200
    answer = nurse.post(form, {"request_key": uuid4(), "kind": "assault", "particulars": "a fight"})
    case = MedicoLegalCase.objects.get()
    assert answer.url == nurse.get(form).url == reverse("patients:case_detail", args=[case.pk])

    tell = reverse("patients:intimation_new", args=[case.pk])
    assert nurse.post(tell, {"request_key": uuid4(), "station": ""}).status_code == 422
    ahead = nurse.post(tell, {"request_key": uuid4(), "station": "Sadar", "informed_at": "12:05"})
    assert "This time lies ahead" in ahead.text
    nurse.post(tell, {"request_key": uuid4(), "station": "Sadar"})
    page = nurse.get(reverse("patients:case_detail", args=[case.pk])).text
    assert "Letter to the police" in page
    assert case.number in nurse.get(reverse("patients:patient_detail", args=[encounter.patient_id])).text


def test_a_kind_is_put_right_on_the_cases_page_and_what_was_typed_stays(nurse, encounter):
    nurse.post(reverse("patients:case_new", args=[encounter.pk]), {"request_key": uuid4(), "kind": "assault"})
    case = MedicoLegalCase.objects.get()
    page, form = (reverse(f"patients:{name}", args=[case.pk]) for name in ("case_detail", "correction_new"))
    said = {"request_key": uuid4(), "kind": "sexual_assault", "why": "", "rev": case.rev}
    refused = nurse.post(form, said)
    assert refused.status_code == 422
    assert "Say why the kind is put right." in refused.text
    assert 'value="sexual_assault" selected' in refused.text

    assert nurse.post(form, said | {"why": '"><img src=x onerror=alert(1)>'}).url == page
    shown = nurse.get(page).text
    assert "Do not say it aloud" in shown
    assert "&quot;&gt;&lt;img" in shown
    assert "name withheld" in nurse.get(reverse("patients:case_list")).text


def test_a_kind_is_not_put_right_from_another_hospital(nurse, client, encounter, esha):
    nurse.post(reverse("patients:case_new", args=[encounter.pk]), {"request_key": uuid4(), "kind": "assault"})
    case = MedicoLegalCase.objects.get()
    client.force_login(esha)
    said = {"request_key": uuid4(), "kind": "burns", "why": "so", "rev": 0}

    assert client.post(reverse("patients:correction_new", args=[case.pk]), said).status_code == 404


def test_a_case_marked_twice_and_one_that_hides_an_aadhaar_number_are_refused(nurse, encounter):
    form = reverse("patients:case_new", args=[encounter.pk])
    hidden = {"request_key": uuid4(), "kind": "assault", "particulars": "2345 6789 0124"}
    assert "Aadhaar" in nurse.post(form, hidden).text
    nurse.post(form, {"request_key": uuid4(), "kind": "assault"})

    assert "already" in nurse.post(form, {"request_key": uuid4(), "kind": "burns"}).text


def test_the_register_is_paged_by_its_lines(nurse, rims, med, kavita, django_assert_max_num_queries):
    for n in range(52):
        patient = make_patient(rims, name=f"Patient {n}", birth_date="2015-01-01")
        MedicoLegalCase.objects.create(
            facility=rims,
            encounter=make_encounter(patient, med),
            patient=patient,
            number=f"RIMS/M26/{n + 1:07d}",
            kind=CaseKind.FALL,
            marked_by=kavita,
            marked_at=NOON,
        )
    with django_assert_max_num_queries(12):
        page = nurse.get(reverse("patients:case_list"))
    assert page.text.count("name withheld") == 50
    assert "Patient 3" not in page.text

    following = page.text.split('rel="next" href="')[1].split('"')[0]
    rest = nurse.get(reverse("patients:case_list") + following).text
    assert "RIMS/M26/0000002" in rest
    assert "RIMS/M26/0000003" not in rest
    newest = nurse.get(reverse("patients:case_list"), {"before": "x"}).text
    assert "RIMS/M26/0000052" in newest


def test_those_who_only_read_see_the_register_and_no_buttons(client, rims, encounter, emer, kavita):
    made = come(emer, kavita, at=NOON, case=CaseDetails(CaseKind.OTHER))
    client.force_login(make_person("Records", Role.RECORDS_OFFICER, rims))

    page = client.get(reverse("opd:casualty_detail", args=[made.arrival.pk])).text
    assert made.case.number in page
    assert "Has left" not in page
    assert "Inform the police" not in client.get(reverse("patients:case_detail", args=[made.case.pk])).text


def test_the_worst_of_names_is_only_a_name(nurse, emer):
    worst = {"name": HOSTILE, "escort_name": HOSTILE, "escort_place": "=1+1", "complaint": HOSTILE}
    detail = send(nurse, **named(**worst), is_case="on", kind="fall", station=HOSTILE).url
    case = MedicoLegalCase.objects.get()
    pages = [
        detail,
        reverse("opd:casualty_list"),
        reverse("patients:case_list"),
        reverse("patients:case_detail", args=[case.pk]),
        reverse("patients:newborn_new", args=[case.patient_id]),
    ]

    for path in pages:
        assert "<img src=x" not in nurse.get(path).text, path


# ── Times as people say them ──


@pytest.mark.parametrize(
    ("said", "hours_ago"),
    [("11:00", 1), ("11.00", 1), ("1100", 1), ("22-07-2026 11:00", 1), ("21/07/2026 12:00", 24)],
)
def test_a_time_is_understood(said, hours_ago):
    assert moment_of(moment(said), NOON) == NOON - timedelta(hours=hours_ago)


def test_black_is_offered_without_a_death(nurse, emer):
    send(nurse, **named(triage=Triage.BLACK))

    assert CasualtyArrival.objects.get().declared_dead_at is None
