"""The patient's pages: found, opened, put right; each refusal where it belongs."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from hmis.kernel.models import AuditEntry
from patients.models import IdentifierKind, Patient
from patients.services import edit_patient
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.facilities import make_clerk, make_person
from tests.factories.patients import give_identifier, make_encounter
from tests.opd.test_register_visit import visit


@pytest.fixture
def desk(client, kavita):
    client.force_login(kavita)
    return client


def edited(patient, **changes):
    name = {"name": "आशा देवी", "name_other": "Asha Devi", "sex": "female", "phone": "9431100001"}
    place = {"age": "34", "age_unit": "years", "district": patient.district.lgd_code}
    return name | place | {"rev": patient.rev} | changes


def test_the_page_shows_numbers_visits_and_changes_and_is_written_down(desk, asha, med, kavita):
    give_identifier(asha, IdentifierKind.OLD_NUMBER, "MRD-7")
    make_encounter(asha, med)
    edit_patient(patient=asha, details={"category": "bpl"}, rev=0, actor=kavita, at=NOON)

    page = desk.get(reverse("patients:patient_detail", args=[asha.pk]))

    for shown in (asha.uhid_shown, "MRD-7", "Medicine", "general", "BPL", "Kavita"):
        assert shown in page.text
    assert AuditEntry.objects.filter(name="patients.patient_viewed", patient_id=asha.pk).count() == 1


def door(page, row=0):
    """Where ↓ and Enter lead from a row of the times here."""
    return re.findall(r'<a href="([^"]+)" data-choose>', page.text)[row]


def test_a_row_of_the_times_here_opens_its_slip_and_todays_prints_by_one_key(desk, asha, unit, med, kavita):
    made = visit(asha, med, kavita, at=timezone.now())
    make_encounter(asha, med, at=timezone.now() - timedelta(days=20))
    page = desk.get(reverse("patients:patient_detail", args=[asha.pk]))

    slip = reverse("opd:registration_detail", args=[made.encounter.pk])
    again = reverse("opd:registration_copy_new", args=[made.encounter.pk])
    assert door(page) == slip
    assert desk.get(slip).status_code == 200
    assert page.text.count(f'data-reprint-url="{again}"') == 1
    assert desk.post(again, {"request_key": uuid4()}, headers={"X-Fetch": "1"}).status_code == 201


@pytest.mark.parametrize("changes", [{"status": "cancelled"}, {"encounter_class": "emergency"}, {"days": 1}])
def test_nothing_is_printed_by_a_key_where_no_slip_of_today_is(desk, asha, med, changes):
    details = dict(changes)
    at = timezone.now() - timedelta(days=details.pop("days", 0))
    make_encounter(asha, med, at=at, **details)

    assert "data-reprint-url" not in desk.get(reverse("patients:patient_detail", args=[asha.pk])).text


def test_a_row_of_casualty_opens_the_arrival(desk, emer, kavita):
    made = come(emer, kavita, at=timezone.now())
    page = desk.get(reverse("patients:patient_detail", args=[made.arrival.patient_id]))

    assert desk.get(door(page))["Location"] == reverse("opd:casualty_detail", args=[made.arrival.pk])


def test_another_hospitals_encounter_leads_nowhere(client, emer, kavita, gopal):
    made = come(emer, kavita, at=timezone.now())
    client.force_login(gopal)

    there = reverse("opd:registration_detail", args=[made.arrival.encounter_id])
    assert client.get(there).status_code == 404


@pytest.mark.parametrize(
    ("role", "leads"),
    [
        (Role.NURSE, ["opd:registration_detail"]),
        (Role.CASHIER, ["billing:account_detail"]),
        (Role.PATHOLOGIST, []),
    ],
)
def test_a_row_leads_only_where_its_reader_may_go(client, rims, asha, med, role, leads):
    encounter = make_encounter(asha, med)
    client.force_login(make_person("Reader", role, rims))

    page = client.get(reverse("patients:patient_detail", args=[asha.pk]))

    doors = re.findall(r'<a href="([^"]+)" data-choose>', page.text)
    assert doors == [reverse(name, args=[encounter.pk]) for name in leads]


def test_from_a_row_of_the_search_to_the_page(desk, asha):
    choose = reverse("patients:patient_choice")

    assert desk.get(choose, {"patient": asha.pk})["Location"].endswith(f"/patients/{asha.pk}/")
    assert desk.get(choose, {"patient": "nonsense"})["Location"] == reverse("patients:patient_list")


def test_a_search_without_scripts_is_a_page_and_with_them_a_fragment(desk, asha):
    search = reverse("patients:patient_list")

    whole = desk.post(search, {"q": "asha"})
    part = desk.post(search, {"q": "asha"}, headers={"HX-Request": "true"})
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert asha.uhid_shown in whole.text
    assert asha.uhid_shown in part.text


@pytest.mark.parametrize(
    ("typed", "kind", "marks"),
    [
        ("ash", "name", ["Asha"]),
        ("आशा", "name", ["आशा"]),
        ("devi 0001", "name + mobile", ["Devi", "94311 00001"]),
        ("9431100001", "mobile", ["94311 00001"]),
    ],
)
def test_a_row_of_the_search_shows_what_matched(desk, asha, typed, kind, marks):
    page = desk.post(reverse("patients:patient_list"), {"q": typed}, headers={"HX-Request": "true"}).text

    assert re.findall(r"<mark>(.*?)</mark>", page) == marks
    assert f">{kind} · " in page


def test_where_nobody_new_is_registered_no_key_for_it_is_told(desk):
    page = desk.post(reverse("patients:patient_list"), {"q": "Nobody Atall"}, headers={"HX-Request": "true"})

    assert "No patient matches this. Check the spelling." in page.text
    assert "F4" not in page.text


def test_of_a_number_of_their_own_only_that_is_marked(desk, asha):
    page = desk.post(reverse("patients:patient_list"), {"q": asha.uhid}, headers={"HX-Request": "true"}).text

    assert re.findall(r"<mark>(.*?)</mark>", page) == [asha.uhid_shown]


def test_what_is_put_right_is_saved_and_what_was_stays_in_the_history(desk, asha):
    edit = reverse("patients:patient_edit", args=[asha.pk])

    assert desk.post(edit, edited(asha, village="Kanke")).status_code == 303
    asha.refresh_from_db()
    assert (asha.village, asha.birth_precision) == ("Kanke", "year")


def test_hindi_digits_are_digits_wherever_a_number_is_asked(desk, asha):
    said = {"age": "२३-११-१९९२", "age_unit": "date", "pincode": "८३४ ००१", "abha": "९१-१०००-००००-००१६"}

    page = desk.post(reverse("patients:patient_edit", args=[asha.pk]), edited(asha, **said))
    assert page.status_code == 303
    asha.refresh_from_db()
    assert (asha.born, asha.pincode, asha.identifiers.get().value) == ("23-11-1992", "834001", FITS_PLAIN)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rev": 7}, "Somebody else changed this patient"),
        ({"rev": "abc"}, "Somebody else changed this patient"),
        ({"age": "many"}, "Write the age as a number"),
        ({"address": "2345 6789 0124"}, "Aadhaar"),
        ({"pincode": "12"}, "A PIN code has 6 digits"),
        ({"abha": "none@home@abdm"}, "14 digits"),
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(desk, asha, changes, sentence):
    page = desk.post(
        reverse("patients:patient_edit", args=[asha.pk]), edited(asha, village="Kanke", **changes)
    )

    assert page.status_code == 422
    assert sentence in page.text
    assert page.context["form"]["village"].value() == "Kanke"
    asha.refresh_from_db()
    assert asha.village == ""


@pytest.mark.django_db(transaction=True)
def test_who_met_anothers_change_sees_it_and_saves_all_the_same_with_nothing_typed_lost(desk, asha, rims):
    url, typed = reverse("patients:patient_edit", args=[asha.pk]), edited(asha, village="Kanke")
    salma = make_clerk("Salma", rims)
    edit_patient(patient=asha, details={"phone": "9431199999"}, rev=0, actor=salma, at=NOON)

    met = desk.post(url, typed)
    (change,) = met.context["meanwhile"]
    assert (change.by, change.fields[0][1:]) == ("Salma", ("9431100001", "9431199999"))
    assert "Changed meanwhile" in met.text
    assert met.text.count("Somebody else changed this patient") == 1
    assert 'name="rev" value="1"' in met.text
    assert met.context["form"]["village"].value() == "Kanke"

    assert desk.post(url, typed | {"rev": 1}).status_code == 303
    asha.refresh_from_db()
    assert (asha.village, asha.phone) == ("Kanke", "9431100001")


def test_what_is_wrong_otherwise_shows_nobodys_change_and_keeps_the_revision(desk, asha, kavita):
    typed = edited(asha, age="many")
    edit_patient(patient=asha, details={"village": "Kanke"}, rev=0, actor=kavita, at=NOON)

    wrong = desk.post(reverse("patients:patient_edit", args=[asha.pk]), typed)
    assert "meanwhile" not in wrong.context
    assert 'name="rev" value="0"' in wrong.text


DOUBT = "The last digit of this ABHA number does not fit"
FITS, DOUBTFUL = "91-1000-0000-0016", "91-1000-0000-0017"
FITS_PLAIN = FITS.replace("-", "")


@pytest.mark.parametrize(("number", "warned"), [(FITS, False), (DOUBTFUL, True)])
def test_a_doubtful_abha_number_is_kept_and_warned_of(desk, asha, number, warned):
    added = desk.post(
        reverse("patients:identifier_new", args=[asha.pk]),
        {"kind": "abha_number", "value": number, "request_key": uuid4()},
        follow=True,
    )
    assert ("The number is kept." in added.text, DOUBT in added.text) == (True, warned)

    asha.refresh_from_db()
    edit = reverse("patients:patient_edit", args=[asha.pk])
    saved = desk.post(edit, edited(asha, abha=number, village="Kanke"), follow=True)
    assert DOUBT not in saved.text  # it stood there before
    asha.refresh_from_db()
    desk.post(edit, edited(asha, abha=""))
    asha.refresh_from_db()
    saved = desk.post(edit, edited(asha, abha=number), follow=True)
    assert (DOUBT in saved.text) is warned


def test_the_edit_form_of_a_man_without_a_guardian_begins_with_the_father(desk, asha):
    Patient.objects.filter(pk=asha.pk).update(sex="male", guardian_relation="", guardian_name="")

    form = desk.get(reverse("patients:patient_edit", args=[asha.pk])).context["form"]
    assert form["guardian_relation"].value() == "father"
    asha.refresh_from_db()
    desk.post(reverse("patients:patient_edit", args=[asha.pk]), edited(asha, guardian_relation="father"))
    asha.refresh_from_db()
    assert asha.guardian_relation == ""


def test_a_patient_nobody_registered_has_no_page(desk):
    assert desk.get(reverse("patients:patient_detail", args=[uuid4()])).status_code == 404
