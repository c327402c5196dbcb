"""Templates: fragments say what they need, nothing runs or is dressed inline, forms work without a script."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(ROOT.rglob("*.html"))
COMMENTS = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
TAG = re.compile(r"<[a-z][^<>]*?(?:\{[{%].*?[%}]\}[^<>]*?)*>", re.DOTALL)


def wrong_in(paths, check):
    """{template: what this finds in it} of those in which it finds something.

    One test asks all of them: a test of its own for each would take longer than what it looks at.
    """
    found = {str(path.relative_to(settings.BASE_DIR)): list(check(path)) for path in paths}
    return {name: wrong for name, wrong in found.items() if wrong}


@cache
def without_comments(path):
    return COMMENTS.sub("", path.read_text())


@cache
def tags(path):
    """The opening tags of a template, its comments left out."""
    return TAG.findall(without_comments(path))


def _words(*files):
    return {word for file in files for word in file.read_text().split()}


STYLES = settings.BASE_DIR / "static" / "css"
OURS = {name for sheet in STYLES.glob("*.css") for name in re.findall(r"\.([a-z][\w-]*)", sheet.read_text())}
LEFT_OUT = _words(settings.BASE_DIR / "docs" / "vendor" / "bootstrap-left-out.txt") - OURS


def without_rules(markup):
    """The classes of this markup that Bootstrap has and our cut of it has not."""
    worn = re.findall(r'class(?:="|": ")([^"]*)"', COMMENTS.sub("", markup))
    return LEFT_OUT.intersection(" ".join(worn).split())


def faults(path):
    """What must not stand in a template."""
    for tag in tags(path):
        name = re.match(r"<([a-z0-9]+)", tag)[1]
        bare = re.sub(r"\{[{%].*?[%}]\}", "", tag, flags=re.DOTALL)
        sheet = name == "style" and path.parent.name != "documents"  # a paper is its own page
        if sheet or re.search(r"\sstyle\s*=", bare):
            yield f"style inline: {tag}"
        if re.search(r"\son[a-z]+\s*=", bare):
            yield f"a handler inline: {tag}"
        if name == "script" and not re.search(r"\ssrc\s*=", tag):
            yield f"a script inline: {tag}"
        if name == "form" and 'method="dialog"' not in tag and not ("method=" in tag and "action=" in tag):
            yield f"a form that needs a script: {tag}"
        if re.search(r"(href|src|action)\s*=\s*[\"']\s*javascript:", tag):
            yield f"a script in an address: {tag}"


def test_nothing_inline_and_every_form_works_without_a_script():
    assert len(TEMPLATES) > 400
    assert wrong_in(TEMPLATES, faults) == {}


MARKUP = re.compile(
    r"(?P<django>\{%.*?%\}|\{\{.*?\}\})|<(?P<end>/?)(?P<name>[a-z][\w-]*)"
    r'(?P<rest>(?:\{[%{].*?[%}]\}|"(?:\{[%{].*?[%}]\}|[^"{])*"|[^>"{])*)>',
    re.DOTALL,
)
ALONE = {"br", "input", "img", "hr", "meta", "link", "path", "circle", "line", "rect"}
OURS_TO_SAY = re.compile(r"translate|_display|% badge|_\(|\|(?:on_day|when|minutes)\b")


def said_in_english(path):
    """What our own words or the reader's dates say inside an element that is marked as English."""
    open_ones = []
    for found in MARKUP.finditer(without_comments(path)):
        if found["django"]:
            languages = [language for _name, language in open_ones if language]
            if languages[-1:] == ["en"] and OURS_TO_SAY.search(found["django"]):
                yield found["django"]
        elif found["end"]:
            while open_ones and open_ones.pop()[0] != found["name"]:
                pass
        elif found["name"] not in ALONE and not found["rest"].endswith("/"):
            language = re.search(r'\blang="(\w+)"', found["rest"])
            open_ones.append((found["name"], language and language[1]))


def test_what_is_marked_as_english_holds_nothing_that_is_said_in_the_readers_language():
    assert wrong_in([path for path in TEMPLATES if path.parent.name != "documents"], said_in_english) == {}


FORM = re.compile(r"<form\b((?:[^>{]|\{[{%].*?[%}]\})*)>(.*?)(?:</form>|\Z)", re.DOTALL)
INCLUDED = re.compile(r'\{% include "([^"]+)"')
CONTROL = re.compile(
    r'<input(?![^>]*type="(?:hidden|submit|button)")|<select|<textarea|\{% crispy|\|control\b|as_crispy_field'
)


def asks(markup):
    """Whether this markup, with what it includes, has a box that the browser would check."""
    if CONTROL.search(markup):
        return True
    return any(asks(without_comments(ROOT / name)) for name in INCLUDED.findall(markup))


def checked_by_the_browser(path):
    for tag, body in FORM.findall(without_comments(path)):
        if "novalidate" not in tag and 'method="dialog"' not in tag and asks(body):
            yield tag


def test_what_is_wrong_is_said_by_us_and_not_by_the_browser_in_its_own_language():
    assert wrong_in(TEMPLATES, checked_by_the_browser) == {}


CAREFUL = re.compile(r'(?:(?!<button).)*<button class="visually-hidden" tabindex="-1"', re.DOTALL)


def sent_by_enter(path):
    """A form that Ctrl Enter sends, and Enter in one of its boxes as well: a scanner ends with Enter."""
    signs = [tag for tag in tags(path) if tag.startswith("<button") and 'data-key="Ctrl+Enter"' in tag]
    from_afar = {found[1] for tag in signs if (found := re.search(r'\sform="([\w-]+)"', tag))}
    for tag, body in FORM.findall(without_comments(path)):
        name = re.search(r'\sid="([\w-]+)"', tag)
        is_afar = bool(name) and name[1] in from_afar
        is_here = any(sign in body for sign in signs) and asks(body)
        goes_on = "data-enter-next" in tag and not is_afar  # which knows the boxes within the form alone
        if (is_afar or is_here) and not goes_on and not CAREFUL.match(body):
            yield tag


def test_enter_does_not_do_what_only_ctrl_enter_shall():
    assert wrong_in(TEMPLATES, sent_by_enter) == {}


# Pages of the bar, and the doctor's room, where one is all day.
PLACES = {"billing/ledger_detail.html", "opd/room_detail.html", "opd/token_detail.html"}


def without_a_way_back(path):
    is_sent_to = str(path.relative_to(ROOT)) not in PLACES and '{% extends "layouts/' in without_comments(
        path
    )
    if is_sent_to and not any('data-key="Escape"' in without_comments(part) for part in parts_of(path)):
        yield "nothing bears Esc"


def test_a_page_that_one_is_sent_to_leads_back_by_escape():
    pages = [path for path in TEMPLATES if path.name.endswith("_detail.html")]
    assert wrong_in(pages, without_a_way_back) == {}


PRESSED = re.compile(r'<(?:form|a)\b(?:(?!<(?:form|a)\b).)*?data-key="F9".*?</(?:button|a)>', re.DOTALL)


def not_printing(path):
    pressed = PRESSED.findall(without_comments(path))
    return [one for one in pressed if not re.search("(?i)print|paper|copy|pdf|file", one)]


def test_f9_prints_and_does_nothing_else():
    assert wrong_in(TEMPLATES, not_printing) == {}


def without_the_camera(path):
    """A search that says it takes a code, and has no button of the camera."""
    for tag, body in FORM.findall(without_comments(path)):
        takes_codes = re.search(r"\bQR\b|\b[Ss]can\b|\b[Ss]lip\b", body)
        if 'role="search"' in tag and takes_codes and "components/scan_button.html" not in body:
            yield tag


def test_whatever_takes_a_code_takes_it_from_the_camera_too():
    assert wrong_in(TEMPLATES, without_the_camera) == {}


def sought_anew(path):
    """A box beside a list of what was searched: Enter must know that it is shown already."""
    for tag, body in FORM.findall(without_comments(path)):
        is_search = 'role="search"' in tag and "hx-" not in tag and 'data-key="F2"' in body
        if is_search and "data-shown" not in body:
            yield tag


def test_enter_chooses_from_what_was_found():
    lists = [
        path for path in TEMPLATES if any("data-list" in without_comments(one) for one in parts_of(path))
    ]
    assert wrong_in(lists, sought_anew) == {}


def first_line_without_needs(path):
    first = path.read_text().splitlines()[0]
    if not (first.startswith("{# ") and first.endswith(" #}") and "Needs" in first):
        yield first


def test_a_fragment_says_first_what_it_needs():
    fragments = [path for path in TEMPLATES if path.name.startswith("_")]

    assert fragments
    assert wrong_in(fragments, first_line_without_needs) == {}


def broken_comments(path):
    return (line for line in path.read_text().splitlines() if line.count("{#") != line.count("#}"))


def test_a_comment_ends_in_its_line_or_it_is_shown():
    assert wrong_in(TEMPLATES, broken_comments) == {}


def disabling_a_button_for_others(path):
    """A form that names its button hands the name on to whatever asks within it: while something is searched
    there, Enter and the button's key would be lost.
    """
    for tag in tags(path):
        names = re.search(r'^<form.*hx-disabled-elt="[^"]*#', tag, re.DOTALL)
        if names and not re.search(r'hx-disinherit="(\*|hx-disabled-elt)"', tag):
            yield tag


def test_no_key_is_lost_while_something_is_searched_within_a_form():
    assert wrong_in(TEMPLATES, disabling_a_button_for_others) == {}


PERSON = r"(?:\w+\.)*(?:patient|mother|baby)"
NAMED = re.compile(
    rf"\{{\{{ ?{PERSON}(?:\.name|\.name_hi)?(?:\|[^}}]*)? ?\}}\}}|\{{% blocktranslate[^%]*={PERSON}[ |]"
)
TOLD_OF = re.compile(rf"\{{\{{ ?{PERSON}\.(?:other_script|place|phone|guardian_name)\b")
# What is about one patient whom somebody opened, searched for or has just saved; all others are lists.
ABOUT_ONE = {
    "audit": {"_filter.html", "entry_detail.html"},
    "billing": {"cheque_detail.html"},
    "ipd": {"_admitted.html", "_head.html", "admission_detail.html"},
    "lab": {"form_f_new.html", "hand_out_new.html"},
    "opd": {"_casualty_last.html", "_last.html", "_vitals.html", "casualty_name.html", "token_detail.html"},
    "patients": {
        "_banner.html",
        "_candidate.html",
        "_chart_head.html",
        "_found_row.html",
        "_relatives.html",
        "_who_strip.html",
        "birth_edit.html",
        "newborn_new.html",
        "prescription_detail.html",
    },
}


def names_in_a_list(path):
    """Where a list names whomever it lists, or tells of everybody what stands beside a name."""
    if path.name not in ABOUT_ONE.get(path.parent.name, ()):
        yield from NAMED.findall(without_comments(path))
        if "is_withheld" not in path.read_text():
            yield from TOLD_OF.findall(without_comments(path))


def test_a_list_names_nobody_whom_lists_withhold():
    assert wrong_in(TEMPLATES, names_in_a_list) == {}


def test_a_page_about_one_patient_is_one_that_names_them():
    about = [path for path in TEMPLATES if path.name in ABOUT_ONE.get(path.parent.name, ())]

    assert len(about) == sum(map(len, ABOUT_ONE.values()))
    assert all(NAMED.search(without_comments(p)) or TOLD_OF.search(without_comments(p)) for p in about)


def parts_of(path):
    """A template and the fragments that it includes, components left out."""
    yield path
    for name in re.findall(r'{% include "(?!components/)([^"]+)"', without_comments(path)):
        yield from parts_of(ROOT / name)


def losing_the_cursor(path):
    """In what looks again by itself HTMX gives the cursor back to what has an id."""
    if not re.search(r'hx-trigger="every ', without_comments(path)):
        return
    for tag in [tag for part in parts_of(path) for tag in tags(part)]:
        if re.match(r"<(a|button|select|textarea)\b", tag) and not re.search(r'\sid="', tag):
            yield tag


def test_what_looks_again_by_itself_takes_nobodys_cursor_away():
    assert wrong_in(TEMPLATES, losing_the_cursor) == {}


def acting_beside_a_look(path):
    """A look that is under way when something is done there must not take the place of the answer."""
    if not re.search(r'hx-trigger="every ', without_comments(path)):
        return
    for tag in [tag for part in parts_of(path) for tag in tags(part)]:
        if tag.startswith("<form") and "hx-post=" in tag and "hx-sync=" not in tag:
            yield tag


def test_no_look_takes_the_place_of_an_answer():
    assert wrong_in(TEMPLATES, acting_beside_a_look) == {}


def asking_by_htmx_alone(path):
    for tag in tags(path):
        if "hx-post=" in tag and tag.startswith("<form") and not ("action=" in tag or "formaction=" in tag):
            yield tag
        if "hx-get=" in tag and tag.startswith("<a") and "href=" not in tag:
            yield tag


def test_what_asks_by_htmx_has_an_address_without_it():
    assert wrong_in(TEMPLATES, asking_by_htmx_alone) == {}


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ('<p style="color: red">', "style inline"),
        ("<style>", "style inline"),
        ('<button onclick="x()">', "a handler inline"),
        ("<script>alert(1)</script>", "a script inline"),
        ('<form method="post">', "a form that needs a script"),
        ('<a href="javascript:alert(1)">', "a script in an address"),
    ],
)
def test_such_faults_are_seen(tmp_path, markup, fault):
    page = tmp_path / "page.html"
    page.write_text(markup)

    assert [one.split(":")[0] for one in faults(page)] == [fault]


HOUSE = settings.BASE_DIR / "static"
READERS = "\n".join(file.read_text() for file in [*HOUSE.glob("js/*.js"), *HOUSE.glob("css/*.css")])
BUILT = {"v-to", "d-to"}  # beds.js puts these names together from the key that was pressed


@cache
def is_read(mark):
    """Whether a script of ours or a style asks for `data-…`."""
    name = re.sub(r"-(.)", lambda found: found[1].upper(), mark)
    asks = rf"data-{mark}\b(?!-)|dataset\.{name}\b|words\.{name}\b|words\(\)\.{name}\b"
    return mark in BUILT or re.search(rf"{asks}|\{{[^{{}}]*\b{name}\b[^{{}}]*\}} = [\w.]*dataset", READERS)


def unread_marks(path):
    marks = {mark for tag in tags(path) for mark in re.findall(r"[\s}]data-([a-z][a-z0-9-]*)", tag)}
    return [mark for mark in sorted(marks) if not is_read(mark)]


def test_every_mark_of_a_template_is_read_by_somebody():
    assert wrong_in(TEMPLATES, unread_marks) == {}


FORMS = [
    form for app in settings.BASE_DIR.glob("*/forms*") for form in [app, *app.rglob("*.py")] if form.is_file()
]


def test_no_class_is_worn_that_was_cut_out_of_bootstrap():
    """Else: run docs/vendor/bootstrap.py again, as docs/look.md says; it keeps what is worn by then."""
    assert wrong_in([*TEMPLATES, *FORMS], lambda path: without_rules(path.read_text())) == {}


def test_such_a_class_is_seen():
    assert without_rules('<p class="panel col-md-6 mb-2">') == {"col-md-6"}
    assert without_rules('attrs={"class": "form-control form-control-lg"}') == {"form-control-lg"}


def test_what_is_listed_as_cut_out_is_cut_out():
    sheet = (STYLES / "vendor" / "bootstrap.min.css").read_text()

    assert "mb-3" not in LEFT_OUT
    assert len(LEFT_OUT) > 1500
    assert not [name for name in LEFT_OUT if re.search(rf"\.{name}(?![\w-])[^{{}}]*{{", sheet)]


@pytest.mark.django_db
def test_no_browser_offers_to_translate_a_page(client):
    """What a patient said would go to the translator's maker, and a name would become a word."""
    page = client.get(reverse("login")).content.decode()
    assert re.search(r'<html [^>]*translate="no"', page)
    assert '<meta name="google" content="notranslate">' in page
