"""The formulary by keys alone, on a phone, and for the accessibility checker."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from facilities.roles import Role
from patients.queries.formulary import formulary_at
from patients.views import content
from tests.browser.screen import PHONE
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


def test_the_pages_are_narrow_and_accessible(faults_of, monkeypatch, rims, bose):
    make_formulary(rims)
    # Rows are alike to the checker, which takes two seconds for fifty.
    monkeypatch.setattr(content, "PAGE", 5)
    pages = [
        reverse("patients:formulary_list"),
        reverse("patients:medication_detail", args=[medication("Ibuprofen").pk]),
        reverse("patients:content_list", args=["interaction"]),
        reverse("patients:content_list", args=["dose_limit"]),
        reverse("patients:content_approval_new", args=["medicine_set"]) + "?q=malaria+falciparum",
        reverse("patients:alert_rule_list"),
        reverse("patients:alert_rule_edit", args=["interaction"]),
    ]

    assert faults_of(bose, pages) == []


@pytest.mark.parametrize("language", ["en", "hi"])
def test_no_row_of_a_list_is_wider_than_a_phone(sit, rims, language):
    make_formulary(rims)
    phone = sit(make_person("Dutta", Role.DOCTOR, rims, language=language), viewport=PHONE)
    names = [
        ("formulary_list",),
        ("content_list", "interaction"),
        ("content_list", "dose_limit"),
        ("content_approval_new", "medicine_set"),
    ]

    for name, *args in names:
        phone.open(f"patients:{name}", *args)
        assert phone.page.locator("tbody tr").count() >= 50
        assert phone.is_wide() <= 0
