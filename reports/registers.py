"""Registers as reports that are made in the background: the OPD register, form P of many weeks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.queries import Days
from hmis.kernel import exports
from hmis.kernel.templatetags.ui import on_day
from ipd.queries import lines_of
from lab.queries.notifying import week_of
from reports import permissions
from reports.forms.registers import RegisterDaysForm
from reports.kinds import Making, ReportKind, offer
from reports.masking import in_words
from reports.queries.idsp import form_p
from reports.queries.registers import OPD, streamed


def days_of(asked: Mapping[str, Any]) -> Days:
    """The days that a filter names."""
    return Days(date.fromisoformat(asked["begins"]), date.fromisoformat(asked["ends"]))


def _said(asked: Mapping[str, Any]) -> str:
    days = days_of(asked)
    return f"{on_day(days.begins)} – {on_day(days.ends)}"


def _rows(making: Making) -> Iterator[list[Any]]:
    days = days_of(making.asked)
    count = lines_of(OPD, making.actor, days).order_by().count()
    for done, row in enumerate(streamed(OPD, making.actor, days)):
        making.tell(done, count)
        yield row


def _in(form: Callable[[str, Sequence[str], Iterator[list[Any]]], bytes]) -> Callable[[Making], bytes]:
    return lambda making: form(OPD.code, [str(head) for head in OPD.heads], _rows(making))


def _csv(_name: str, head: Sequence[str], rows: Iterator[list[Any]]) -> bytes:
    return "".join(exports.csv_lines(head, rows)).encode()


def _kind(ending: str, title: Any, content_type: str, form: Any) -> ReportKind:
    return ReportKind(
        f"opd_register_{ending}",
        title,
        permissions.VIEW_REGISTERS,
        RegisterDaysForm,
        _in(form),
        ending,
        content_type,
        _said,
    )


def _weeks_said(asked: Mapping[str, Any]) -> str:
    days = _weeks_of(asked)
    return f"{on_day(days[0].begins)} – {on_day(days[-1].ends)}"


def _weeks_of(asked: Mapping[str, Any]) -> list[Days]:
    """Each week, Monday to Sunday, that has a day in these days."""
    days = days_of(asked)
    first = week_of(days.begins).begins
    count = (days.ends - first).days // 7 + 1
    return [week_of(first + timedelta(weeks=place)) for place in range(count)]


def _weekly(making: Making) -> bytes:
    """Form P of each week, a row for each place and line that counted something: masked outside."""
    weeks = _weeks_of(making.asked)
    head = [_("Week from"), _("until"), _("Line"), _("Disease or syndrome"), _("Place"), _("Cases")]

    def rows() -> Iterator[list[Any]]:
        for done, week in enumerate(weeks):
            making.tell(done, len(weeks))
            form = form_p(making.actor, week)
            for line in form.lines:
                said = [week.begins, week.ends, line.syndrome.line, line.syndrome.name]
                counted = [*zip(form.places, line.counts, strict=True)]
                if form.is_masked:
                    counted.append((str(_("Total")), line.total))
                yield from ([*said, place, in_words(count)] for place, count in counted if count != 0)

    return exports.workbook("idsp-p", [str(word) for word in head], rows())


offer(
    _kind("xlsx", _("OPD register, XLSX"), exports.XLSX_TYPE, exports.workbook),
    _kind("csv", _("OPD register, CSV"), exports.CSV_TYPE, _csv),
    ReportKind(
        "idsp_p_xlsx",
        _("IDSP form P week by week, XLSX"),
        permissions.VIEW_IDSP,
        RegisterDaysForm,
        _weekly,
        "xlsx",
        exports.XLSX_TYPE,
        _weeks_said,
    ),
)
