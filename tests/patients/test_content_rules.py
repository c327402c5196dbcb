"""What a row of clinical content, its approval and a hospital's list can never say."""

import pytest

from patients.models import (
    AlertRule,
    ContentEdition,
    DoseLimit,
    FormularyItem,
    Ingredient,
    Interaction,
    Medication,
    MedicineSetLine,
)
from tests.factories.constraints import again, rule_broken_by
from tests.factories.formulary import make_approval, make_formulary, medication

NOTHING = dict.fromkeys(("max_single", "max_daily", "per_kg_single", "per_kg_daily"))
OF_CONTENT = [
    ("ingredient_key_is_unique", Ingredient, {}),
    ("medication_key_is_unique", Medication, {}),
    ("medication_has_an_ingredient", Medication, {"key": "x", "ingredients": []}),
    ("known_flag_names_its_source", Medication, {"key": "x", "pregnancy_flag": "avoid", "flag_source": ""}),
    ("interaction_key_is_unique", Interaction, {}),
    ("dose_limit_key_is_unique", DoseLimit, {}),
    ("dose_limit_limits_something", DoseLimit, {"key": "x", **NOTHING}),
    ("set_line_key_is_unique", MedicineSetLine, {}),
    ("content_kind_has_one_edition", ContentEdition, {}),
]
OF_HOSPITALS = {
    "row_is_approved_once_at_a_hospital",
    "approval_is_withdrawn_by_somebody",
    "medicine_stands_once_in_a_list",
    "rule_has_one_row_at_a_hospital",
    "rule_is_retired_for_a_reason",
}
TRIED = OF_HOSPITALS | {rule for rule, _model, _changes in OF_CONTENT}


@pytest.mark.parametrize(("rule", "model", "changes"), OF_CONTENT)
def test_each_rule_of_the_content_refuses(rims, rule, model, changes):
    make_formulary(rims)

    assert rule_broken_by(again, model.objects.first(), **changes) == rule


def test_each_rule_of_what_a_hospital_says_of_it_refuses(rims, bose):
    make_formulary(rims)
    approval = make_approval(medication("Paracetamol"), bose)
    item = FormularyItem.objects.create(
        facility=rims, medication=medication("Paracetamol"), is_listed=True, is_available=True
    )
    retired = AlertRule.objects.create(facility=rims, code="interaction", is_retired=True, reason="noisy")

    assert {
        rule_broken_by(again, approval),
        rule_broken_by(again, approval, digest="0" * 32, withdrawn_by_id=bose.pk),
        rule_broken_by(again, item),
        rule_broken_by(again, retired),
        rule_broken_by(again, retired, code="pregnancy", reason=""),
    } == OF_HOSPITALS
