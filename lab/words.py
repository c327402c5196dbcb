"""Ages and limits of the catalogue as a person reads them. Pure; 365 days are a year, as in the rows."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

YEAR, NO_END = 365, 54_750
# From here on an age is said in years, below it in days: newborns' bands begin and end on a day.
IN_YEARS = 2 * YEAR


def age_span(from_days: int, to_days: int) -> str:
    """From a day included to a day not included: "18 years and over", "0–29 days", "6–11 years"."""
    if not from_days and to_days >= NO_END:
        return _("every age")
    if to_days >= NO_END:
        return _("%(age)s and over") % {"age": _age(from_days)}
    if from_days % YEAR == 0 and to_days % YEAR == 0:
        first, last = from_days // YEAR, to_days // YEAR - 1
        return ngettext("%(age)s year", "%(age)s years", last) % {"age": _between(first, last)}
    if to_days <= IN_YEARS:
        last = to_days - 1
        return ngettext("%(age)s day", "%(age)s days", last) % {"age": _between(from_days, last)}
    return _("%(age)s to under %(end)s") % {"age": _age(from_days), "end": _age(to_days)}


def _between(first: int, last: int) -> str:
    return str(last) if first == last else f"{first}–{last}"


def _age(days: int) -> str:
    if days >= YEAR and days % YEAR == 0:
        return ngettext("%(age)s year", "%(age)s years", days // YEAR) % {"age": days // YEAR}
    return ngettext("%(age)s day", "%(age)s days", days) % {"age": days}


def plain(number: Decimal | None) -> str:
    """A number without the noughts that its column adds."""
    return "" if number is None else f"{number.normalize():f}"


def between(low: Decimal | None, high: Decimal | None) -> str:
    """A range: "13–17", "up to 5", "60 and over", or nothing."""
    if low is not None and high is not None:
        return f"{plain(low)}–{plain(high)}"
    if high is not None:
        return _("up to %(high)s") % {"high": plain(high)}
    return _("%(low)s and over") % {"low": plain(low)} if low is not None else ""


def outside(low: Decimal | None, high: Decimal | None, *, counts: bool = False) -> str:
    """What is critical: "below 6.6 · above 19.9"; the limit itself where it counts."""
    told = []
    if low is not None:
        said = _("%(limit)s or less") if counts else _("below %(limit)s")
        told.append(said % {"limit": plain(low)})
    if high is not None:
        said = _("%(limit)s or more") if counts else _("above %(limit)s")
        told.append(said % {"limit": plain(high)})
    return " · ".join(told)
