"""Blocks and filters of every page: panels, badges, rupees, dates. No word of a ward in here."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import template
from django.forms import BoundField, Select
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hmis.kernel import barcodes
from hmis.kernel.money import to_money
from hmis.kernel.units import unit_shown

register = template.Library()

# As the papers of Jharkhand spell them; Django's own differ (नवम्बर).
MONTHS_HI = ("जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर")
MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
# From the first letter of the other script to its last, with all that stands between them in a line.
ENGLISH_IN_IT = re.compile(r"[A-Za-z](?:[^\u0900-\u097f\n]*[A-Za-z0-9)%])?"), "en"
HINDI_IN_IT = re.compile(r"[\u0900-\u097f](?:[^A-Za-z\n]*[\u0900-\u097f])?"), "hi"
TONES = {"success": "t-good", "warning": "t-warn", "error": "t-bad", "info": "t-live", "debug": "t-idle"}


@register.simple_block_tag
def panel(content: SafeString, title: str, **options: Any) -> SafeString:
    """A titled box around its content; what it takes stands in components/panel.html."""
    return render_to_string("components/panel.html", {"content": content, "title": title, **options})


@register.simple_block_tag
def dialog(content: SafeString, id: str, title: str) -> SafeString:
    """A dialog around its content, opened by a button with data-open="#id"."""
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title})


@register.simple_tag
def badge(tone: str, label: Any) -> SafeString:
    """A state as a word and a shape: {% badge "good" label %}."""
    return render_to_string("components/badge.html", {"tone": tone, "label": label})


@register.simple_tag
def new_key() -> SafeString:
    """The hidden key of a form whose act is done once, however often it is sent."""
    return format_html('<input type="hidden" name="request_key" value="{}">', uuid4())


@register.filter
def tone(level: str) -> str:
    """The tone of a message's level."""
    return TONES.get(level, "t-live")


@register.filter
def rupees(amount: Decimal | int | str | None) -> str:
    """₹6,84,250.00: thousands, then lakhs and crores."""
    if amount is None or amount == "":
        return ""
    whole, paise = f"{abs(to_money(amount)):.2f}".split(".")
    return f"{'−' if to_money(amount) < 0 else ''}₹{_lakhs(whole)}.{paise}"


@register.filter
def count(number: Decimal | int | None) -> str:
    """6,84,250: thousands, then lakhs and crores; nothing of what was not counted."""
    return "" if number is None else _lakhs(f"{number:.0f}")


@register.filter
def shown(number: Decimal | int | None) -> str:
    """A count that may be masked: 1,234 or *."""
    return "*" if number is None else count(number)


def _lakhs(digits: str) -> str:
    head, tail = digits[:-3], digits[-3:]
    while head:
        head, tail = head[:-2], f"{head[-2:]},{tail}"
    return tail


@register.filter
def normal(amount: Decimal | None) -> str:
    """An amount as one writes it: 15, 2.5; without the zeros that a column adds."""
    return "" if amount is None else f"{amount.normalize():f}"


@register.filter
def unit(ucum: str | None) -> str:
    """A unit as people write it."""
    return unit_shown(ucum or "")


@register.filter
def spoken(text: str | None) -> SafeString:
    """A text with its words of the other language marked, for whoever has the page read aloud."""
    said, end, marked = str(text or ""), 0, []
    words, language = HINDI_IN_IT if get_language() != "hi" else ENGLISH_IN_IT
    for found in words.finditer(said):
        marked.append((said[end : found.start()], language, found[0]))
        end = found.end()
    return format_html_join("", '{}<span lang="{}">{}</span>', marked) + escape(said[end:])


@register.filter
def when(moment: date | datetime | str | None) -> str:
    """23 नवंबर 2026, 10:42 or 23 November 2026, 10:42: a day without its hour if it has none."""
    day = _local(moment)
    if day is None:
        return ""
    hour = f", {day:%H:%M}" if isinstance(day, datetime) else ""
    return f"{day.day} {in_month(day)}{hour}"


def in_month(day: date) -> str:
    """The day's month: नवंबर 2026 or November 2026."""
    months = MONTHS_HI if get_language() == "hi" else MONTHS_EN
    return f"{months[day.month - 1]} {day.year}"


@register.filter
def on_day(moment: date | datetime | str | None) -> str:
    """The day alone: 23 नवंबर 2026."""
    day = _local(moment)
    return when(day.date() if isinstance(day, datetime) else day)


@register.filter
def clock(moment: date | datetime | str | None) -> str:
    """10:42, by the hospital's clock."""
    at = _local(moment)
    return f"{at:%H:%M}" if isinstance(at, datetime) else ""


@register.filter
def minutes(count: int | None) -> str:
    """22 min, 1 h 05 min."""
    if count is None:
        return ""
    hours, rest = divmod(count, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": f"{rest:02d}"}


@register.filter
def so_far(moment: datetime | None) -> str:
    """How long it lasts already: for 22 min; since which day, where that was not today."""
    if moment is None:
        return ""
    if timezone.localdate(moment) != timezone.localdate():
        return _("since %(day)s") % {"day": on_day(moment)}
    lasted = int((timezone.now() - moment).total_seconds() // 60)
    return _("for %(time)s") % {"time": minutes(max(0, lasted))}


@register.filter
def paper_date(moment: date | datetime | str | None) -> str:
    """23-11-2026, as papers say it in both languages."""
    day = _local(moment)
    return f"{day:%d-%m-%Y}" if day else ""


@register.filter
def paper_time(moment: date | datetime | str | None) -> str:
    """23-11-2026 10:42."""
    return f"{paper_date(moment)} {clock(moment)}".rstrip()


@register.filter
def grouped(digits: Any, pattern: str = "##### #####") -> str:
    """Digits as people read them: 70700 41286, or 121-0000-1232 with "###-####-####". Else unchanged."""
    text = str(digits or "")
    if len(text) != pattern.count("#"):
        return text
    left = iter(text)
    return "".join(next(left) if mark == "#" else mark for mark in pattern)


@register.filter
def marked(text: Any, words: Iterable[str]) -> SafeString:
    """A name; those of its words are marked that begin as one of the words that were searched for."""
    begins = tuple(word.casefold() for word in words)
    parts = [(word, begins and word.casefold().startswith(begins)) for word in str(text).split()]
    return format_html_join(
        " ", "{}", ((format_html("<mark>{}</mark>", word) if is_said else word,) for word, is_said in parts)
    )


@register.filter
def code128(text: str) -> SafeString:
    return barcodes.code128_svg(text)


@register.filter
def fine_code128(text: str) -> SafeString:
    """For a card: bars of four printer's dots."""
    return barcodes.code128_svg(text, height_mm=9, bar_mm=barcodes.FINE_BAR_MM)


@register.filter
def finest_code128(text: str) -> SafeString:
    """For a small label: bars of two printer's dots."""
    return barcodes.code128_svg(text, height_mm=8, bar_mm=barcodes.FINEST_BAR_MM)


@register.filter
def small_qr(text: str) -> SafeString:
    """For a card: smaller dots, of five printer's dots."""
    return barcodes.qr_svg(text, dot_mm=barcodes.SMALL_DOT_MM)


@register.filter
def qr(text: str) -> SafeString:
    return barcodes.qr_svg(text)


def _local(moment: date | datetime | str | None) -> date | datetime | None:
    """A day, or a moment on the hospital's clock; frozen contexts bring both as ISO text."""
    if isinstance(moment, str):
        moment = parse_date(moment) or parse_datetime(moment)
    if isinstance(moment, datetime) and timezone.is_aware(moment):
        return timezone.localtime(moment)
    return moment


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's control in Bootstrap's clothes, tied to its error where it has one."""
    kind = "form-select" if isinstance(field.field.widget, Select) else "form-control"
    if not field.errors:
        return field.as_widget(attrs={"class": kind})
    wrong = {"aria-invalid": "true", "aria-describedby": f"{field.auto_id}-error"}
    return field.as_widget(attrs={"class": f"{kind} is-invalid", **wrong})
