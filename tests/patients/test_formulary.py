"""What is loaded of medicines, and the snapshot of it that each hospital has."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from facilities.models import FacilityKind
from patients.models import (
    MEDICINES,
    ContentApproval,
    ContentKind,
    FormularyItem,
    Ingredient,
    Interaction,
    Medication,
)
from patients.prescribing.terms import term
from patients.queries import formulary
from patients.queries.formulary import formulary_at, listed_by_level
from patients.services import content
from tests.factories.facilities import make_facility
from tests.factories.formulary import make_formulary, medication

DATA = Path(__file__).parents[2] / "patients" / "data"


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", [*(content.FILES[kind].name for kind in MEDICINES), "frequencies.csv"])
def test_each_row_names_its_source_and_is_not_yet_approved(name):
    for row in rows(name):
        assert row["source"]
        assert row["edition_or_date"]
        assert row["approved"] == "no"


def test_each_side_of_an_interaction_is_explained_by_a_term_with_a_source():
    names = {row["ingredient"] for row in rows("ingredients.csv")}
    classes = {row["class"] for row in rows("ingredients.csv")}

    for row in rows("interaction_terms.csv"):
        assert row["source"]
    for row in rows("interactions.csv"):
        for said in row["a"], row["b"]:
            assert term(said).ingredients <= names
            assert term(said).classes <= classes


def test_the_files_are_loaded_once_and_a_second_start_reads_nothing(db, rims, django_assert_num_queries):
    held = make_formulary(rims)

    assert len(held.medicines) == len(rows("medications.csv")) == 815
    assert len(held.interactions) == len(rows("interactions.csv")) == 190
    assert len(held.highest_doses) == len(rows("max_doses.csv")) == 110
    assert len(held.substances) == len(rows("ingredients.csv"))
    assert len(held.set_lines) == len(rows("sets.csv"))
    with django_assert_num_queries(len(MEDICINES) + 2):  # and the two ends of its savepoint
        call_command("load_formulary", verbosity=0)


def test_every_ingredient_of_a_medicine_is_a_row(db, rims):
    held = make_formulary(rims)

    for medicine in held.medicines:
        assert medicine.ingredients
        assert set(medicine.ingredients) <= set(held.substances), medicine
    both = next(one for one in held.medicines if one.generic_name == "Artemether + Lumefantrine")
    assert both.ingredients == ("Artemether", "Lumefantrine")


def test_what_a_new_edition_lacks_is_withdrawn_and_what_was_put_right_stays(db, rims, monkeypatch, tmp_path):
    make_formulary(rims)
    kept = Medication.objects.get(key="Warfarin|5 mg|Tablet|oral")
    Medication.objects.filter(pk=kept.pk).update(name_hi="वारफेरिन (ठीक किया)", is_put_right=True)
    lines = (DATA / "medications.csv").read_text("utf-8").splitlines(keepends=True)
    gone = [line for line in lines if not line.startswith("Zolpidem")]
    (tmp_path / "medications.csv").write_text("".join(gone), "utf-8")
    monkeypatch.setitem(content.FILES, ContentKind.MEDICATION, tmp_path / "medications.csv")

    call_command("load_formulary", verbosity=0)

    assert Medication.objects.filter(generic_name="Zolpidem", is_withdrawn=True).exists()
    assert Medication.objects.count() == 815
    kept.refresh_from_db()
    assert kept.name_hi == "वारफेरिन (ठीक किया)"
    assert "Zolpidem" not in {one.generic_name for one in formulary_at(rims.pk).medicines}
    monkeypatch.setitem(content.FILES, ContentKind.MEDICATION, DATA / "medications.csv")
    call_command("load_formulary", verbosity=0)
    assert not Medication.objects.filter(is_withdrawn=True).exists()


def test_a_file_with_a_row_that_names_no_source_is_not_loaded(db, rims, monkeypatch, tmp_path):
    (tmp_path / "ingredients.csv").write_text("ingredient,class,source,edition_or_date\nX,,,\n", "utf-8")
    monkeypatch.setitem(content.FILES, ContentKind.INGREDIENT, tmp_path / "ingredients.csv")

    with pytest.raises(ValueError, match="without a source"):
        call_command("load_formulary", verbosity=0)
    assert not Ingredient.objects.filter(name="X").exists()


def test_a_snapshot_costs_one_query_until_something_changes(db, rims, django_assert_num_queries):
    first = make_formulary(rims)

    with django_assert_num_queries(1):
        assert formulary_at(rims.pk) is first
    FormularyItem.objects.create(
        facility=rims, medication=medication("Paracetamol"), is_listed=False, is_available=True
    )
    second = formulary_at(rims.pk)
    assert second is not first
    told = second.by_id[medication("Paracetamol").pk]
    assert (told.listed, told.available) == (False, True)
    assert len(second.listed) == len(first.listed) - 1


def test_a_change_of_the_states_rows_renews_every_snapshot(db, rims):
    first = make_formulary(rims)
    row = Interaction.objects.first()
    Interaction.objects.filter(pk=row.pk).update(effect="something else")
    content.note_edition(ContentKind.INTERACTION, at=timezone.now())

    assert first is not formulary_at(rims.pk)
    assert "something else" in {one.effect for one in formulary_at(rims.pk).interactions}


def test_an_approval_falls_when_what_the_row_says_changes(db, rims, bose):
    make_formulary(rims)
    row = medication("Warfarin")
    ContentApproval.objects.create(
        facility=rims,
        kind=ContentKind.MEDICATION,
        row_id=row.pk,
        digest=row.digest(),
        approved_by=bose,
        approved_at=timezone.now(),
    )
    assert formulary_at(rims.pk).by_id[row.pk].approved

    Medication.objects.filter(pk=row.pk).update(pregnancy_flag="avoid", flag_source="a text")
    content.note_edition(ContentKind.MEDICATION, at=timezone.now() + timedelta(seconds=1))

    assert not formulary_at(rims.pk).by_id[row.pk].approved


@pytest.mark.parametrize("kind", MEDICINES)
def test_a_row_says_the_same_from_the_file_and_from_the_database(db, rims, kind):
    make_formulary(rims)
    known = content.known_ingredients()
    read = [content.read_row(kind, row, ingredients=known) for row in rows(content.FILES[kind].name)]

    for held in MEDICINES[kind]._default_manager.filter(key__in=[one.key for one in read[:20]]):
        fields = next(one.fields for one in read if one.key == held.key)
        assert content.new_row(kind, held.key, fields).digest() == held.digest()


def test_a_medicine_nobody_spoke_of_is_listed_as_its_level_says():
    assert listed_by_level("P/S/T", FacilityKind.PHC)
    assert not listed_by_level("S/T", FacilityKind.CHC)
    assert listed_by_level("S/T", FacilityKind.SADAR_HOSPITAL)
    assert not listed_by_level("", FacilityKind.MEDICAL_COLLEGE)


def test_another_hospitals_list_is_its_own(db, rims, sgml):
    make_formulary(rims)
    FormularyItem.objects.create(
        facility=sgml, medication=medication("Paracetamol"), is_listed=False, is_available=None
    )

    assert formulary_at(rims.pk).by_id[medication("Paracetamol").pk].listed
    assert not formulary_at(sgml.pk).by_id[medication("Paracetamol").pk].listed


def test_hospitals_of_one_kind_share_a_list_until_one_says_something(db, rims, sgml):
    first = make_formulary(rims)
    college = make_facility("MGM", sgml.district, kind=rims.kind)
    assert formulary_at(college.pk) is first
    assert formulary_at(sgml.pk) is not first

    FormularyItem.objects.create(
        facility=college, medication=medication("Paracetamol"), is_listed=False, is_available=None
    )

    assert not formulary_at(college.pk).by_id[medication("Paracetamol").pk].listed
    assert formulary_at(rims.pk) is first


def test_the_process_holds_a_few_hospitals_only(db, rims, sgml, monkeypatch):
    make_formulary(rims)
    monkeypatch.setattr(formulary, "MOST_HELD", 1)

    held = formulary_at(sgml.pk)

    assert list(formulary._held) == [sgml.pk]
    assert formulary_at(sgml.pk) is held
