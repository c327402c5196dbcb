"""What addresses and forms say: days, months, pages and revisions that nobody means."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from hmis.kernel.said import DayField, day_said, month_said, page_said, rev_said


@pytest.mark.parametrize(
    "text", ["", "x", "2026-02-30", "0001-01-01", "1849-12-31", "2200-01-01", "9999-12-31"]
)
def test_a_day_that_nobody_means_is_none(text):
    assert day_said(text) is None


def test_days_and_months_are_read():
    assert (day_said("2024-02-29"), month_said("2026-11")) == (date(2024, 2, 29), date(2026, 11, 1))
    assert month_said("9999-12") is month_said("2026-13") is None


def test_a_form_refuses_a_day_of_another_age_in_a_sentence():
    assert DayField().clean("2026-11-28") == date(2026, 11, 28)
    with pytest.raises(ValidationError, match="too far away"):
        DayField().clean("9999-12-31")


PAGES = [("3", 3), ("0", 1), ("", 1), ("-2", 1), ("x", 1), ("²", 1), ("9" * 30, 1), ("99999", 10_000)]


@pytest.mark.parametrize(("text", "page"), PAGES)
def test_a_page_is_a_page(rf, text, page):
    assert page_said(rf.get("/", {"page": text})) == page


@pytest.mark.parametrize(("text", "rev"), [("7", 7), ("", -1), ("abc", -1), ("9" * 30, -1)])
def test_a_revision_is_one_or_none_that_a_row_has(rf, text, rev):
    assert rev_said(rf.post("/", {"rev": text})) == rev
