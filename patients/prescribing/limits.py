"""Ages and weights as sources word them: "15 years", "5-8 years", "under 20 kg", "3 months to 12 years"."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from hmis.kernel.errors import Refusal

_DAYS = {"week": Decimal(7), "month": Decimal("30.4375"), "year": Decimal("365.25")}
_AGE = r"(\d+) (week|month|year)s?"
_SPAN = re.compile(rf"{_AGE} to {_AGE}")
_RANGE = re.compile(r"(\d+)-(\d+) (week|month|year)s?")
_ONE = re.compile(rf"(under |over )?{_AGE}")
_WEIGHTS = re.compile(r"(\d+)-(\d+) kg")
_WEIGHT = re.compile(r"(under |over )?(\d+) kg")


@dataclass(frozen=True)
class Band:
    """For whom a row holds: ages in days and weights in kg, from the first to below the second."""

    from_days: int | None = None
    to_days: int | None = None
    from_kg: Decimal | None = None
    to_kg: Decimal | None = None

    def holds(self, age_days: int | None, weight: Decimal | None) -> bool | None:
        """Whether it holds for this age and weight; None: what it asks for is not known."""
        asked = ((age_days, self.from_days, self.to_days), (weight, self.from_kg, self.to_kg))
        known = [
            (least is None or one >= least) and (below is None or one < below)
            for one, least, below in asked
            if one is not None
        ]
        if False in known:
            return False
        lacking = any(one is None and (least is not None or below is not None) for one, least, below in asked)
        return None if lacking else True


def band_of(text: str) -> Band:
    """The band that these words mean; what follows a comma only names the use. Refuses other words."""
    said = text.partition(",")[0].strip()
    if not said:
        return Band()
    for pattern, read in (
        (_SPAN, _span),
        (_RANGE, _range),
        (_ONE, _one),
        (_WEIGHTS, _weights),
        (_WEIGHT, _weight),
    ):
        if found := pattern.fullmatch(said):
            return read(*found.groups())
    raise Refusal(_('Write an age or a weight: "15 years", "5-8 years", "under 20 kg".'))


def _days(number: str, unit: str) -> int:
    return int(int(number) * _DAYS[unit])


def _span(least: str, unit: str, most: str, most_unit: str) -> Band:
    return Band(_days(least, unit), _days(most, most_unit))


def _range(least: str, most: str, unit: str) -> Band:
    # Whole years that were lived: "5-8 years" lasts until the ninth birthday; months likewise.
    return Band(_days(least, unit), _days(str(int(most) + 1), unit))


def _one(which: str | None, number: str, unit: str) -> Band:
    days = _days(number, unit)
    return Band(to_days=days) if which == "under " else Band(from_days=days)


def _weights(least: str, most: str) -> Band:
    return Band(from_kg=Decimal(least), to_kg=Decimal(int(most) + 1))


def _weight(which: str | None, number: str) -> Band:
    return Band(to_kg=Decimal(number)) if which == "under " else Band(from_kg=Decimal(number))
