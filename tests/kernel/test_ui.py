"""What pages and papers say of money, days and numbers."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django import forms
from django.template import engines
from django.utils import translation

from hmis.kernel.templatetags import ui

MORNING = datetime(2026, 11, 23, 5, 12, tzinfo=UTC)


def shown(source, **context):
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "₹0.00"),
        ("999.5", "₹999.50"),
        ("1000", "₹1,000.00"),
        (Decimal("684250.00"), "₹6,84,250.00"),
        (123456789, "₹12,34,56,789.00"),
        ("-1000.5", "−₹1,000.50"),
        (None, ""),
        ("", ""),
    ],
)
def test_rupees_are_grouped_in_thousands_lakhs_and_crores(amount, said):
    assert ui.rupees(amount) == said


def test_a_moment_is_said_by_the_hospitals_clock_in_the_persons_language():
    with translation.override("hi"):
        assert ui.when(MORNING) == "23 नवंबर 2026, 10:42"
    with translation.override("en"):
        assert ui.when(MORNING) == "23 November 2026, 10:42"


def test_a_day_has_no_hour():
    with translation.override("hi"):
        assert ui.when(date(2026, 2, 1)) == ui.on_day(date(2026, 2, 1)) == "1 फ़रवरी 2026"
        assert ui.on_day(MORNING) == "23 नवंबर 2026"
    assert ui.clock(date(2026, 2, 1)) == ""


def test_what_is_not_known_is_said_with_nothing():
    assert ui.when(None) == ui.on_day(None) == ui.clock("") == ui.paper_date("") == ui.paper_time(None) == ""


@pytest.mark.parametrize(
    ("count", "english", "hindi"),
    [
        (0, "0 min", "0 मि."),
        (59, "59 min", "59 मि."),
        (60, "1 h 00 min", "1 घं. 00 मि."),
        (185, "3 h 05 min", "3 घं. 05 मि."),
        (None, "", ""),
    ],
)
def test_minutes_are_said_in_hours_where_they_are_many(count, english, hindi):
    assert ui.minutes(count) == english
    with translation.override("hi"):
        assert ui.minutes(count) == hindi


@time_machine.travel(MORNING, tick=False)
def test_what_lasts_is_said_in_minutes_or_by_its_day():
    assert ui.so_far(MORNING - timedelta(minutes=22, seconds=59)) == "for 22 min"
    assert ui.so_far(MORNING + timedelta(seconds=3)) == "for 0 min"  # another server's clock
    assert ui.so_far(MORNING - timedelta(hours=11)) == "since 22 November 2026"
    assert ui.so_far(None) == ""
    with translation.override("hi"):
        assert ui.so_far(MORNING - timedelta(minutes=22)) == "22 मि. से"


def test_papers_read_the_frozen_text_of_a_moment():
    assert ui.paper_date("2026-12-08") == "08-12-2026"
    assert ui.paper_time("2026-11-23T05:12:00+00:00") == "23-11-2026 10:42"
    assert ui.paper_time(datetime(2026, 11, 23, 10, 42)) == "23-11-2026 10:42"


def test_digits_are_grouped_only_when_they_fit():
    assert ui.grouped("7070041286") == "70700 41286"
    assert ui.grouped("12100001232", "###-####-####") == "121-0000-1232"
    assert ui.grouped("1234") == "1234"
    assert ui.grouped(None) == ""


def test_a_message_has_the_tone_of_its_level():
    assert (ui.tone("error"), ui.tone("anything else")) == ("t-bad", "t-live")


def test_a_panel_pads_what_is_no_table():
    assert '<div class="panel-body">in</div>' in shown('{% panel title="T" %}in{% endpanel %}')
    assert "panel-body" not in shown('{% panel title="T" flush=True %}in{% endpanel %}')


def test_a_badge_and_a_dialog_escape_what_they_show():
    assert "&lt;b&gt;" in shown('{% badge "good" label %}', label="<b>")
    assert "&lt;b&gt;" in shown('{% dialog id="d" title=title %}x{% enddialog %}', title="<b>")


def test_codes_are_drawings_in_the_page():
    assert shown("{{ text|code128 }}{{ text|qr }}", text="12100001232").count("<svg") == 2


@pytest.mark.parametrize(
    ("language", "text", "marked"),
    [
        ("hi", "WARFARIN 5 mg का असर", '<span lang="en">WARFARIN 5 mg</span> का असर'),
        ("hi", "बुखार 4 दिन", "बुखार 4 दिन"),
        ("hi", "J18 (a) व <b>", '<span lang="en">J18 (a)</span> व &lt;<span lang="en">b</span>&gt;'),
        ("en", "Fever, बुखार 4 दिन", 'Fever, <span lang="hi">बुखार 4 दिन</span>'),
        ("en", None, ""),
    ],
)
def test_words_of_the_other_language_are_marked_for_whoever_reads_aloud(language, text, marked):
    with translation.override(language):
        assert ui.spoken(text) == marked


def test_a_form_draws_few_answers_as_a_row_of_buttons():
    class Why(forms.Form):
        reason = forms.ChoiceField(
            choices=[("clot", "clotted"), ("few", "too little")], widget=forms.RadioSelect
        )

    drawn = shown('{% include "components/fields.html" %}', form=Why())
    assert drawn.count('type="radio"') == 2
    assert 'class="seg"' in drawn
    assert "form-control" not in drawn
