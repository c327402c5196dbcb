"""The formulary by keys alone, on a phone, and for the accessibility checker."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from facilities.roles import Role
from patients.queries.formulary import formulary_at
from tests.factories.facilities import make_person
from tests.factories.formulary import make_formulary, medication

pytestmark = pytest.mark.browser


def test_one_key_says_that_the_counter_has_it_and_the_next_row_is_one_key_away(sit, rims):
    make_formulary(rims)
    screen = sit(make_person("Anita", Role.PHARMACIST, rims))
    screen.go(reverse("patients:formulary_list") + "?q=paracetamol")

    screen.press("F8")
    expect(screen.page.locator("tr.is-here [data-row-key=F8] .t-good")).to_be_visible()
    screen.press("ArrowDown")
    screen.press("F7")
    expect(screen.page.locator("tr.is-here [data-row-key=F7] .t-idle")).to_be_visible()

    told = [one for one in formulary_at(rims.pk).medicines if one.available is not None or not one.listed]
    assert {one.available for one in told if one.generic_name == "Paracetamol"} == {True, None}


def test_the_pages_are_narrow_and_accessible(faults_of, rims, bose):
    make_formulary(rims)
    pages = [
        ("formulary_list",),
        ("medication_detail", medication("Ibuprofen").pk),
        ("content_list", "interaction"),
        ("content_list", "dose_limit"),
        ("content_approval_new", "medicine_set"),
        ("alert_rule_list",),
        ("alert_rule_edit", "interaction"),
    ]

    assert faults_of(bose, [reverse(f"patients:{name}", args=args) for name, *args in pages]) == []
