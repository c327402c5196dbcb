"""The patient's pages: found, opened, put right; each refusal where it belongs."""

from uuid import uuid4

import pytest
from django.urls import reverse

from hmis.kernel.models import AuditEntry
from patients.models import IdentifierKind, Patient
from patients.services import edit_patient
from tests.conftest import NOON
from tests.factories.patients import give_identifier, make_encounter


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


def test_what_is_put_right_is_saved_and_what_was_stays_in_the_history(desk, asha):
    edit = reverse("patients:patient_edit", args=[asha.pk])

    assert desk.post(edit, edited(asha, village="Kanke")).status_code == 303
    asha.refresh_from_db()
    assert (asha.village, asha.birth_precision) == ("Kanke", "year")


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


DOUBT = "The last digit of this ABHA number does not fit"
FITS, DOUBTFUL = "91-1000-0000-0016", "91-1000-0000-0017"


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
