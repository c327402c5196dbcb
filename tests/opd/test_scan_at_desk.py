"""Scanned into the one box of the front desk: taken up, or the form filled; nothing typed is overwritten."""

import json
import logging
from dataclasses import replace
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse

from facilities.roles import ROLES, Role
from hmis.kernel.models import AuditEntry
from patients.api.people import LONGEST_QUERY
from patients.models import IdentifierKind, Patient
from patients.permissions import EDIT_PATIENT
from tests.factories.cases import walked
from tests.factories.facilities import make_clerk, make_district
from tests.factories.patients import give_identifier, make_patient

ABHA, CR = "91100000000016", "331012600012345"
AADHAAR = "234567890124"
CARD = {
    "hidn": "91-1000-0000-0016",
    "hid": "phulmani@abdm",
    "name": "Phulmani Oraon",
    "gender": "F",
    "dob": "1992",
    "mobile": "9431155555",
    "address": "Tiril Basti",
    "distlgd": "364",
    "statelgd": "20",
}


@pytest.fixture
def at_counter(client, kavita, unit):
    client.force_login(kavita)
    return client


def scan(client, text, *, at="opd:search_new", **typed):
    answer = client.post(reverse(at), {"q": text, **typed}, headers={"HX-Request": "true"})
    answer.page = unescape(answer.text)
    return answer


def scan_card(client, typed=None, **changes):
    return scan(client, json.dumps(CARD | changes), **(typed or {}))


def control(answer, name):
    """The tag of this control."""
    at = answer.page.index(f'name="{name}"')
    return answer.page[answer.page.rindex("<", 0, at) : answer.page.index(">", at)]


def chosen(answer, name):
    """The chosen option of this select."""
    options = answer.page.split(f'name="{name}"')[1].split("</select>")[0]
    return options.split(" selected>")[1].split("<")[0].strip() if " selected>" in options else ""


def test_a_card_on_file_takes_its_patient_up(at_counter, asha):
    give_identifier(asha, IdentifierKind.ABHA_NUMBER, ABHA)
    answer = scan_card(at_counter)

    assert answer["HX-Retarget"] == "#main"
    assert asha.uhid_shown in answer.page


def test_a_card_of_nobody_fills_the_form_and_registers(at_counter, rims):
    answer = scan_card(at_counter)

    assert answer["HX-Retarget"] == "#main"
    for name, value in {
        "name": "Phulmani Oraon",
        "age": "1992",
        "phone": "9431155555",
        "abha": "91-1000-0000-0016",
        "abha_address": "phulmani@abdm",
        "address": "Tiril Basti",
    }.items():
        assert f'value="{value}"' in control(answer, name), name
    assert chosen(answer, "age_unit") == "birth date"
    assert "Ranchi" in chosen(answer, "district")
    assert " autofocus" in control(answer, "department")
    assert answer.page.count(" autofocus") == 1


@walked(
    ("missing", "cursor"),
    [("name", "name"), ("gender", "sex"), ("dob", "age"), ("mobile", "phone"), ("address", "department")],
)
def test_the_cursor_stands_where_the_clerk_goes_on(at_counter, missing, cursor):
    answer = scan_card(at_counter, **{missing: ""})

    assert " autofocus" in control(answer, cursor)
    assert answer.page.count(" autofocus") == 1


def test_what_was_typed_before_stays_and_the_difference_is_said(at_counter):
    typed = {"name": "Phulmani Devi", "village": "Kanke", "no_phone_reason": "", "department": "MED"}
    answer = scan_card(at_counter, typed)

    assert 'value="Phulmani Devi"' in control(answer, "name")
    assert 'value="Kanke"' in control(answer, "village")
    assert 'value="MED"' in control(answer, "department")
    assert "The card says something else" in answer.page
    assert 'data-value="Phulmani Oraon"' in answer.page


def test_an_age_that_was_typed_keeps_its_unit(at_counter):
    answer = scan_card(at_counter, {"age": "34", "age_unit": "years"})

    assert 'value="34"' in control(answer, "age")
    assert chosen(answer, "age_unit") == "years"


def test_what_says_the_same_is_no_difference(at_counter):
    answer = scan_card(at_counter, {"name": "phulmani  oraon", "phone": "94311 55555", "abha": ABHA})

    assert "The card says something else" not in answer.page


def test_a_district_of_another_state_is_not_ours_and_stays_readable(at_counter):
    answer = scan_card(at_counter, distlgd="188", statelgd="10", **{"district name": "GAYA"})

    assert chosen(answer, "district") in {"", "—"}
    assert 'value="Tiril Basti, GAYA"' in control(answer, "address")


def test_a_district_is_found_by_its_name_too(at_counter):
    make_district("West Singhbhum", 343, "पश्चिमी सिंहभूम")
    answer = scan_card(at_counter, distlgd="", **{"dist name": "PASHCHIMI SINGHBHUM"})

    assert chosen(answer, "district") == "West Singhbhum"


def test_an_aadhaar_number_on_the_card_is_left_out_with_a_sentence(at_counter):
    answer = scan_card(at_counter, address=f"Aadhaar {AADHAAR}", uid=AADHAAR)

    assert "The card has an Aadhaar number" in answer.page
    assert AADHAAR not in answer.page


@pytest.mark.parametrize(
    "scanned",
    [f'<PrintLetterBarcodeData uid="{AADHAAR}" name="Asha"/>', "7" * 600, json.dumps({"uid": AADHAAR})],
)
def test_the_code_of_an_aadhaar_letter_is_refused_with_a_sentence(at_counter, scanned):
    answer = scan(at_counter, scanned)

    assert "looks like an Aadhaar number" in answer.page
    assert AADHAAR not in answer.page


def test_a_hostile_card_is_only_words(at_counter):
    answer = scan_card(at_counter, name='"><img src=x onerror=alert(1)>', address="=1+1", gender="<b>")

    assert "<img" not in answer.text
    assert answer.status_code == 200


@walked("scanned", ['{"hid', "{" * 600, '{"a":' + "[" * 300, "<x>", '{"name":"Asha"}'])
def test_a_code_that_says_nothing_is_answered_calmly(at_counter, scanned):
    answer = scan(at_counter, scanned)

    assert answer.status_code == 200
    assert "The code was not read fully" in answer.page


def test_a_torn_card_never_takes_the_screen_away(at_counter, asha):
    give_identifier(asha, IdentifierKind.ABHA_NUMBER, ABHA)
    answer = scan(at_counter, json.dumps(CARD)[:40])

    assert "HX-Retarget" not in answer
    assert asha.uhid_shown in answer.page  # and Enter chooses


def test_the_longest_card_fits_and_a_longer_scan_is_refused_calmly(at_counter):
    padding = LONGEST_QUERY - len(json.dumps(CARD | {"x": ""}))
    assert "Phulmani Oraon" in scan_card(at_counter, x="9" * padding).page

    assert scan_card(at_counter, x="9" * (padding + 1)).status_code == 200
    assert not AuditEntry.objects.filter(detail__icontains="Phulmani").exists()


def test_no_log_and_no_audit_holds_what_was_scanned(at_counter, caplog):
    with caplog.at_level(logging.DEBUG):
        scan_card(at_counter)

    said = caplog.text + repr(list(AuditEntry.objects.values_list("name", "detail")))
    for secret in (ABHA, "91-1000", "Phulmani", "9431155555"):
        assert secret not in said


def test_of_a_torn_card_that_nobody_bears_the_number_is_offered(at_counter):
    answer = scan(at_counter, json.dumps(CARD)[:40])

    assert "HX-Retarget" not in answer
    assert "The code was not read fully" in answer.page
    filled = scan(at_counter, json.dumps(CARD)[:40], at="opd:scan_new")
    assert ABHA in control(filled, "abha")


# ── Old numbers, and whoever is at the desk ──


def test_an_old_number_finds_its_patient(at_counter, asha):
    give_identifier(asha, IdentifierKind.CR_NUMBER, CR)

    assert asha.uhid_shown in scan(at_counter, f"CR No. {CR}").page


def test_an_old_number_of_nobody_is_offered_to_a_new_patient(at_counter):
    offered = scan(at_counter, CR)
    assert "Keep it with a new patient" in offered.page
    assert "Keep it with Asha" not in offered.page

    filled = scan(at_counter, CR, at="opd:scan_new", village="Kanke")
    assert f'value="{CR}"' in control(filled, "old_number")
    assert chosen(filled, "old_number_kind") == "CR number"
    assert 'value="Kanke"' in control(filled, "village")
    assert " autofocus" in control(filled, "name")


def test_a_mobile_with_a_digit_missing_is_kept_by_no_mere_enter(at_counter, asha):
    offered = scan(at_counter, "987654321", patient=asha.pk).page

    assert "is one missing?" in offered
    assert "Keep it with Asha Devi" in offered
    assert "is-here" not in offered[offered.index("Keep this number") :]


def test_a_number_is_kept_with_whoever_is_at_the_desk(at_counter, asha):
    offered = scan(at_counter, CR, patient=asha.pk)
    assert "Keep it with Asha Devi" in offered.page

    kept = scan(at_counter, CR, at="opd:scan_new", patient=asha.pk, to="patient")
    assert kept.status_code == 200
    assert (asha.identifiers.get().kind, asha.identifiers.get().value) == ("cr_number", CR)
    assert asha.uhid_shown in kept.page


def test_a_card_of_nobody_asks_whose_it_is_while_somebody_is_at_the_desk(at_counter, asha):
    offered = scan_card(at_counter, {"patient": asha.pk})
    assert "HX-Retarget" not in offered
    assert "Phulmani Oraon" in offered.page  # so that the clerk compares

    scan(at_counter, json.dumps(CARD), at="opd:scan_new", patient=asha.pk, to="patient")
    assert set(asha.identifiers.values_list("value", flat=True)) == {ABHA, "phulmani@abdm"}
    asha.refresh_from_db()
    assert asha.abha_status == "linked"


def test_a_number_is_not_kept_with_a_stranger(at_counter, sgml):
    stranger = make_patient(sgml, name="Sita Oraon")
    answer = scan(at_counter, CR, at="opd:scan_new", patient=stranger.pk, to="patient")

    assert answer.status_code == 404
    assert not stranger.identifiers.exists()


def test_a_number_is_not_kept_by_who_may_not_edit_and_that_is_written_down(at_counter, asha, monkeypatch):
    clerk = replace(ROLES[Role.CLERK], permissions=ROLES[Role.CLERK].permissions - {EDIT_PATIENT})
    monkeypatch.setitem(ROLES, Role.CLERK, clerk)

    assert scan(at_counter, CR, at="opd:scan_new", patient=asha.pk, to="patient").status_code == 403

    assert AuditEntry.objects.get(name="kernel.access_refused").detail == {"permission": EDIT_PATIENT}


def test_what_was_registered_meanwhile_is_taken_up_instead(at_counter, rims, asha):
    give_identifier(asha, IdentifierKind.ABHA_NUMBER, ABHA)
    answer = scan(at_counter, json.dumps(CARD), at="opd:scan_new")

    assert asha.uhid_shown in answer.page
    assert Patient.objects.count() == 1


def test_a_filled_form_is_registered_with_all_that_it_holds(at_counter, med):
    fields = {
        "name": "Phulmani Oraon",
        "sex": "female",
        "age": "1992",
        "age_unit": "date",
        "phone": "9431155555",
        "abha": ABHA,
        "abha_address": "phulmani@abdm",
        "old_number_kind": "cr_number",
        "old_number": CR,
        "old_number_issuer": med.facility_id,
        "department": "MED",
        "mode": "cash",
        "request_key": uuid4(),
    }
    answer = at_counter.post(reverse("opd:registration_new"), fields, headers={"HX-Request": "true"})

    assert answer.status_code == 200, answer.text
    patient = Patient.objects.get()
    kept = {(one.kind, one.value, one.issuer_id) for one in patient.identifiers.all()}
    assert kept == {
        ("abha_number", ABHA, None),
        ("abha_address", "phulmani@abdm", None),
        ("cr_number", CR, med.facility_id),
    }
    assert (patient.born, patient.birth_precision, patient.abha_status) == ("1992", "year", "linked")
    assert "Print the card" in answer.text


@pytest.mark.parametrize("status", ["declined", "no_phone", "assisted"])
def test_the_answer_about_the_abha_is_one_choice(at_counter, status):
    fields = {"name": "Phulmani", "sex": "female", "age": "30", "no_phone_reason": "none_owned"}
    more = {"department": "MED", "mode": "cash", "request_key": uuid4(), "abha_status": status}
    at_counter.post(reverse("opd:registration_new"), fields | more, headers={"HX-Request": "true"})

    assert Patient.objects.get().abha_status == status


def test_a_year_of_birth_stays_a_year_when_something_else_is_put_right(at_counter, asha):
    url = reverse("patients:patient_edit", args=[asha.pk])
    fields = {"name": "Asha Devi", "sex": "female", "age": "1992", "age_unit": "date", "rev": 0}
    at_counter.post(url, fields | {"phone": "9431100001", "village": "Kanke"})

    asha.refresh_from_db()
    assert (asha.village, asha.birth_precision, asha.born) == ("Kanke", "year", "1992")


# ── The patient's page ──


def test_a_number_is_added_and_ended_on_the_patients_page(at_counter, asha, sgml):
    url = reverse("patients:identifier_new", args=[asha.pk])
    at_counter.post(url, {"kind": "cr_number", "value": CR, "issuer": sgml.pk, "request_key": uuid4()})
    page = at_counter.get(reverse("patients:patient_detail", args=[asha.pk])).text
    assert CR in page
    assert "Sadar Hospital Gumla" in page

    at_counter.post(reverse("patients:identifier_end_new", args=[asha.identifiers.get().pk]))
    assert f"<s>{CR}</s>" in at_counter.get(reverse("patients:patient_detail", args=[asha.pk])).text


def test_a_refused_number_stays_in_the_form_with_its_sentence(at_counter, asha):
    url = reverse("patients:identifier_new", args=[asha.pk])
    answer = at_counter.post(url, {"kind": "abha_number", "value": "9110", "request_key": uuid4()})

    assert answer.status_code == 422
    assert "An ABHA number has 14 digits" in answer.text
    assert 'value="9110"' in answer.text


def test_a_page_with_many_numbers_and_cards_asks_no_more(at_counter, asha, django_assert_max_num_queries):
    for n in range(15):
        give_identifier(asha, IdentifierKind.OLD_NUMBER, f"MRD/{n}")
    with django_assert_max_num_queries(20):
        at_counter.get(reverse("patients:patient_detail", args=[asha.pk]))


def test_who_may_not_edit_sees_no_way_to_it(client, asha, clara):
    client.force_login(clara)
    page = client.get(reverse("patients:patient_detail", args=[asha.pk])).text

    assert "Add a number" not in page
    assert "Print the card" not in page


def test_a_scan_without_a_script_opens_the_filled_form(at_counter):
    answer = at_counter.post(reverse("opd:search_new"), {"q": json.dumps(CARD)})

    assert 'value="Phulmani Oraon"' in answer.text
    assert "<html" in answer.text


def test_a_clerk_reads_it_in_hindi(client, rims, unit):
    clerk = make_clerk("Sarita", rims)
    clerk.language = "hi"
    clerk.save(update_fields=["language"])
    client.force_login(clerk)

    assert "ABHA कार्ड से" in scan_card(client).page
    assert "नए मरीज़ के साथ रखें" in scan(client, CR).page
    assert clerk.posting.role == Role.CLERK
