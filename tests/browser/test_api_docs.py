"""The page to read the API at lives within the policy of all pages."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_api_is_read_and_tried_without_an_inline_style(desk):
    desk.open("api-docs")
    noun = desk.page.locator(".opblock").filter(has_text=reverse("api-admission-list")).first

    noun.locator("button").first.click()
    noun.get_by_role("button", name="Try it out").click()
    noun.get_by_role("button", name="Execute").click()

    expect(noun.locator(".live-responses-table")).to_contain_text("application/")
    desk.page.get_by_role("button", name="Authorize").click()
    expect(desk.page.locator(".dialog-ux")).to_contain_text("Token …")
    desk.forgive("status of 403")
    desk.assert_calm()
