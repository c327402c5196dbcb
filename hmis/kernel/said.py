"""What people and addresses say, read within bounds.

Days of another age have none before or after them; a page or a revision may be no number at all.
"""

import re
from datetime import date, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

EARLIEST, LATEST = date(1850, 1, 1), date(2199, 12, 31)
FARTHEST_PAGE = 10_000
WHOLE, NO_REV = re.compile(r"[0-9]{1,9}"), -1


def within_bounds(said: date) -> None:
    """A validator of days and moments: nobody here means one of another age."""
    day = said.date() if isinstance(said, datetime) else said
    if not EARLIEST <= day <= LATEST:
        raise ValidationError(_("This day is too far away."))


def day_said(text: str) -> date | None:
    """The day that an address says (2026-11-28); None where it is none that anybody means."""
    try:
        day = date.fromisoformat(text)
        within_bounds(day)
    except (ValueError, ValidationError):
        return None
    return day


def month_said(text: str) -> date | None:
    """The first day of the month that an address says (2026-11); None where it is none."""
    return day_said(f"{text}-01")


def page_said(request: HttpRequest) -> int:
    """The page that is asked for, from 1; the first where it is no number."""
    return min(max(1, _whole(request.GET.get("page", ""), 1)), FARTHEST_PAGE)


def rev_said(request: HttpRequest) -> int:
    """The revision that a form was filled in from; one that no row has where it says none."""
    return _whole(request.POST.get("rev", ""), NO_REV)


def _whole(text: str, otherwise: int) -> int:
    return int(text) if WHOLE.fullmatch(text) else otherwise


class DayField(forms.DateField):
    """A day that a form asks for."""

    default_validators = [within_bounds]
