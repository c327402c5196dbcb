"""What is put right stays readable as it was, and nobody overwrites what they have not seen."""

from datetime import date
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from facilities.models import Block
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from patients.ages import BirthSaid
from patients.forms.person import PatientForm, initial_of
from patients.models import IdentifierKind, Patient
from patients.queries import history_of
from patients.services import born, edit_patient
from tests.conftest import NOON
from tests.factories.parallel import all_at_once
from tests.factories.patients import give_identifier, make_patient

ABHA = "91234567890123"


def edit(patient, clerk, *, rev=None, **details):
    rev = patient.rev if rev is None else rev
    return edit_patient(patient=patient, details=details, rev=rev, actor=clerk, at=NOON)


def test_a_name_put_right_is_kept_with_what_it_was_and_who_did_it(asha, kavita):
    edit(asha, kavita, name="Asha Kumari")

    change, first = history_of(asha)
    assert [(was, now) for _, was, now in change.fields] == [("Asha Devi", "Asha Kumari")]
    assert (change.by, change.is_first, first.is_first) == ("Kavita", False, True)


def test_the_new_name_is_found_and_the_uhid_stays(asha, kavita):
    edited = edit(asha, kavita, name="Usha Kumari", name_hi="उषा कुमारी")

    assert edited.uhid == asha.uhid
    assert edited.name_words != asha.name_words


def test_each_edit_counts_the_revision_up(asha, kavita):
    edited = edit(asha, kavita, village="Kanke")

    assert (edited.rev, edit(edited, kavita, village="Ormanjhi").rev) == (1, 2)


def test_a_form_opened_before_somebody_elses_change_is_refused(asha, kavita):
    edit(asha, kavita, village="Kanke")

    with pytest.raises(Refusal, match="Somebody else changed this patient meanwhile"):
        edit(asha, kavita, rev=0, village="Ormanjhi")
    asha.refresh_from_db()
    assert asha.village == "Kanke"


def test_the_fact_names_the_fields_and_not_what_stands_in_them(asha, kavita):
    edit(asha, kavita, village="Kanke", phone="9431100009")

    fact = AuditEntry.objects.get()
    assert (fact.name, fact.actor, fact.patient_id) == ("patients.patient_edited", kavita, asha.pk)
    assert sorted(fact.detail["fields"]) == ["phone", "village"]
    assert "Kanke" not in str(fact.detail)


def test_a_birth_date_that_became_known_replaces_the_estimate(asha, kavita):
    edited = edit(asha, kavita, birth_date=date(1991, 11, 30), birth_precision="day")

    assert (str(edited.age_on(date(2026, 7, 22))), edited.birth_precision) == ("34 years", "day")


def test_an_aadhaar_number_is_refused_here_too(asha, kavita):
    with pytest.raises(ValidationError, match="Aadhaar is not kept here"):
        edit(asha, kavita, address="near 2345 6789 0124")

    assert len(history_of(asha)) == 1


def test_a_phone_cannot_be_taken_away_without_a_reason(asha, kavita):
    with pytest.raises(Refusal, match="say why there is none"):
        edit(asha, kavita, phone="")


def test_an_abha_is_added_once(asha, kavita):
    edited = edit(asha, kavita, identifiers={IdentifierKind.ABHA_NUMBER: ABHA})
    edit(edited, kavita, identifiers={IdentifierKind.ABHA_NUMBER: ABHA})

    assert asha.identifiers.get().value == ABHA


def test_the_abha_of_somebody_else_is_refused(rims, asha, kavita):
    give_identifier(make_patient(rims, name="Sita Oraon"), IdentifierKind.ABHA_NUMBER, ABHA)

    with pytest.raises(Refusal, match="This ABHA belongs"):
        edit(asha, kavita, village="Kanke", identifiers={IdentifierKind.ABHA_NUMBER: ABHA})
    asha.refresh_from_db()
    assert asha.village == ""


def test_an_abha_put_right_takes_the_place_of_the_mistyped_one(asha, kavita):
    right = "91234567890131"
    edited = edit(asha, kavita, identifiers={IdentifierKind.ABHA_NUMBER: ABHA})
    edit(edited, kavita, identifiers={IdentifierKind.ABHA_NUMBER: right})

    assert asha.identifiers.get(ended_at=None).value == right
    assert asha.identifiers.get(value=ABHA).ended_at == NOON


@pytest.mark.django_db(transaction=True)
def test_a_number_taken_out_ends_and_the_history_says_so(asha, kavita):
    edited = edit(asha, kavita, identifiers={IdentifierKind.RATION_CARD: "RC-1"})
    edit(edited, kavita, identifiers={IdentifierKind.RATION_CARD: ""})

    assert not asha.identifiers.filter(ended_at=None).exists()
    ended, added, _ = history_of(asha)
    assert added.fields == [("ration card", "—", "RC-1")]
    assert ended.fields == [("ration card", "RC-1", "—")]
    assert ended.by == "Kavita"


def test_the_history_speaks_in_words(asha, kavita):
    edit(asha, kavita, sex="male", category="bpl")

    words = {field: (was, now) for field, was, now in history_of(asha)[0].fields}
    assert words == {"sex": ("female", "male"), "category": ("general", "BPL")}


def test_the_history_shows_an_estimate_as_an_age_and_a_birth_date_that_was_said(asha, kavita):
    before = edit(asha, kavita, birth=BirthSaid(years=34))
    after = edit(before, kavita, birth=BirthSaid(years=40))
    edit(after, kavita, birth=BirthSaid(written=f"{after.birth_date:%d-%m-%Y}"))

    said, guessed, *_ = history_of(asha)
    ages = [str(one.age_on(timezone.localdate())) for one in (before, after)]
    assert guessed.fields == [("birth date", *ages)]
    assert said.fields == [("birth date", ages[1], f"{after.birth_date:%d-%m-%Y}")]


# ── The form of somebody on file ──


def sent(patient, **changes):
    """The form as it was shown, sent back with these fields changed."""
    shown = initial_of(patient)
    form = PatientForm(facility=patient.facility, initial=shown)
    data = {name: field.prepare_value(form[name].value()) for name, field in form.fields.items()}
    data = {name: value for name, value in data.items() if value is not None}
    form = PatientForm(data | changes, facility=patient.facility, initial=shown)
    assert form.is_valid(), form.errors
    return form.details()


def test_an_estimated_age_is_shown_as_an_age_and_stays_the_estimate_it_was(asha):
    assert initial_of(asha)["age_unit"] == "years"

    details = sent(asha, village="Kanke")
    assert (details["birth_date"], details["birth_precision"]) == (asha.birth_date, "year")


def test_a_sex_that_is_not_known_is_offered_once_to_whoever_puts_it_right(rims):
    form = PatientForm(facility=rims, initial={"sex": "unknown"})

    assert [value for value, _label in form.fields["sex"].choices] == ["female", "male", "other", "unknown"]


def test_an_age_put_right_is_a_new_estimate(asha):
    details = born(sent(asha, age="40"), timezone.localdate())

    assert (details["birth_date"].year < asha.birth_date.year, details["birth_precision"]) == (True, "year")


def test_a_birth_date_known_to_the_day_is_shown_as_one(rims):
    known = make_patient(rims, birth_date=date(2020, 2, 29), birth_precision="day")

    assert (initial_of(known)["age"], initial_of(known)["age_unit"]) == ("29-02-2020", "date")
    assert sent(known)["birth_date"] == date(2020, 2, 29)


def test_a_name_put_right_is_spelt_anew_in_the_other_script(rims):
    patient = make_patient(rims, name="Sunita Devi", name_hi="सुनीता देवी")

    assert sent(patient, name="अनीता देवी")["name"] == "Anita Devi"


def test_a_spelling_that_somebody_chose_is_left_alone(rims):
    patient = make_patient(rims, name="Soonitah Dayvie", name_hi="सुनीता देवी")

    assert sent(patient, name="सुनीता कुमारी")["name"] == "Soonitah Dayvie"


def test_the_blocks_of_a_district_are_offered_by_its_code(client, kavita, ranchi):
    client.force_login(kavita)
    Block.objects.create(district=ranchi, lgd_code=1, name="Kanke", name_hi="काँके")
    offered = reverse("patients:block_list")

    assert "Kanke" in client.get(offered, {"district": ranchi.lgd_code}).text
    for nonsense in "", "Ranchi", "99999999999999999999":
        assert "Kanke" not in client.get(offered, {"district": nonsense}).text


def test_a_number_emptied_in_the_form_is_to_end(asha):
    give_identifier(asha, IdentifierKind.OLD_NUMBER, "MRD-7")

    assert sent(asha, old_number="")["identifiers"] == {"old_number": ""}
    assert sent(asha)["identifiers"] == {"old_number": "MRD-7"}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_must_look_again(asha, kavita):
    outcomes = all_at_once([partial(edit, asha, kavita, village=name) for name in ("Kanke", "Ormanjhi")])

    assert sorted(type(one) for one in outcomes if isinstance(one, Refusal)) == [Refusal]
    saved = next(one for one in outcomes if isinstance(one, Patient))
    assert Patient.objects.get().village == saved.village
