"""Papers: frozen in the act, rendered once, kept with their hash; the renderer fetches nothing."""

import gc
import hashlib
import re
import socket
import zlib
from functools import partial
from io import BytesIO
from uuid import uuid4

import pgtrigger
import pytest
from django.conf import settings
from django.db import transaction
from django.db.utils import InternalError
from django.template.loader import get_template
from pypdf import PdfReader

from hmis.kernel import pdf, rendering
from hmis.kernel.errors import KeyReused
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.rendering import pdf_of
from hmis.kernel.rows import write
from tests.conftest import NOON
from tests.factories.cases import of_each
from tests.factories.parallel import all_at_once

MM = 25.4 / 72  # a point


@pytest.fixture
def template(tmp_path, settings):
    """Writes a paper's template and gives its name."""
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path], "OPTIONS": {}}]
    pdf._version.cache_clear()

    def put(markup, name="paper.html"):
        (tmp_path / name).write_text(markup)
        return name

    return put


@pytest.fixture
def issued(asha, dev):
    """Issues a paper of Asha's with this template."""

    def issue(name, **details):
        place = {"about": asha, "facility_id": asha.facility_id, "patient_id": asha.pk, "actor": dev}
        paper = pdf.issue(name, at=NOON, **place | {"context": {"name": asha.name}} | details)
        write(paper)
        return paper

    return issue


@pytest.fixture
def paper(template, issued):
    return issued(template("<h1>{{ name }} {{ number }}</h1>"), number="RIMS/R26/0000001")


def inside(content):
    """All that a PDF holds, its streams inflated."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    inflated = []
    for stream in streams:
        try:
            inflated.append(zlib.decompress(stream))
        except zlib.error:
            inflated.append(stream)
    return content + b"".join(inflated)


def test_the_first_bytes_are_kept_with_their_hash(paper):
    content = pdf.bytes_of(paper)

    paper.refresh_from_db()
    assert content.startswith(b"%PDF-")
    assert bytes(paper.pdf) == content
    assert paper.sha256 == hashlib.sha256(content).hexdigest()
    assert len(paper.template_version) == 16
    assert paper.rendered_at


def test_a_second_asking_renders_nothing(paper, monkeypatch):
    content = pdf.bytes_of(paper)
    monkeypatch.setattr(pdf, "render", None)

    assert pdf.bytes_of(IssuedDocument.objects.get()) == content


def test_preparing_renders_what_waits_and_leaves_the_rest(paper, asha, monkeypatch):
    pdf.prepare(about_id=asha.pk)
    monkeypatch.setattr(pdf, "render", None)
    pdf.prepare(about_id=asha.pk)

    assert IssuedDocument.objects.get().pdf


def test_a_name_put_right_tomorrow_changes_no_paper_of_today(paper, asha):
    type(asha).objects.update(name="Asha Kumari")

    assert IssuedDocument.objects.get().frozen() == {"name": "Asha Devi", "number": paper.number, "copy": 0}


@pytest.mark.parametrize(
    "change", [{"context": {"name": "X"}}, {"number": "X"}, {"template": "x"}, {"copy": 9}]
)
def test_what_a_paper_says_cannot_be_changed(paper, change):
    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        IssuedDocument.objects.update(**change)


def test_kept_bytes_cannot_be_changed_and_no_paper_can_be_deleted(paper):
    pdf.bytes_of(paper)

    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        IssuedDocument.objects.update(pdf=b"%PDF-forged")
    with pytest.raises(InternalError, match="Cannot delete"), transaction.atomic():
        IssuedDocument.objects.all().delete()


def test_lost_bytes_are_rendered_again_from_the_frozen_context(paper, asha):
    before = inside(pdf.bytes_of(paper))
    type(asha).objects.update(name="Asha Kumari")
    with pgtrigger.ignore("kernel.IssuedDocument:first_bytes_stay"):
        IssuedDocument.objects.update(pdf=None, sha256="")

    again = pdf.bytes_of(IssuedDocument.objects.get())
    assert again.startswith(b"%PDF-")
    assert len(inside(again)) == len(before)
    assert IssuedDocument.objects.get().sha256 == hashlib.sha256(again).hexdigest()


def test_every_printing_after_the_first_is_a_numbered_copy(paper, dev):
    copies = [pdf.reprint(paper, actor=dev, at=NOON) for _ in range(3)]

    assert [copy.copy for copy in copies] == [1, 2, 3]
    assert {copy.original for copy in copies} == {paper}
    assert copies[2].frozen() == {"name": "Asha Devi", "number": paper.number, "copy": 3}


def test_a_copy_of_a_copy_is_a_copy_of_the_original(paper, dev):
    copy = pdf.reprint(paper, actor=dev, at=NOON)
    again = pdf.reprint(copy, actor=dev, at=NOON, template="roll.html")

    assert (again.original, again.copy, again.template) == (paper, 2, "roll.html")


@pytest.mark.django_db(transaction=True)
def test_ten_copies_printed_at_once_are_numbered_one_to_ten(paper, dev):
    copies = all_at_once([partial(pdf.reprint, paper, actor=dev, at=NOON)] * 10)

    assert sorted(copy.copy for copy in copies) == list(range(1, 11))


def test_a_press_that_is_sent_twice_has_one_copy_and_two_presses_have_two(paper, dev):
    def press(key):
        (copy,) = pdf.print_again(papers=[paper], request_key=key, actor=dev, at=NOON)
        return copy

    key = uuid4()
    first, again, another = press(key), press(key), press(uuid4())

    assert (first.copy, again.pk, another.copy) == (1, first.pk, 2)
    assert AuditEntry.objects.filter(name="kernel.paper_copied").count() == 2


def test_papers_that_are_copied_together_are_copied_in_one_act_and_stay_in_their_order(paper, issued, dev):
    other, key = issued(paper.template), uuid4()

    copies = pdf.print_again(papers=[paper, other], request_key=key, actor=dev, at=NOON)
    again = pdf.print_again(papers=[paper, other], request_key=key, actor=dev, at=NOON)

    assert [copy.original for copy in copies] == [paper, other]
    assert again == copies


def test_a_key_that_was_pressed_for_another_paper_is_refused(paper, issued, dev):
    key = uuid4()
    pdf.print_again(papers=[paper], request_key=key, actor=dev, at=NOON)

    with pytest.raises(KeyReused):
        pdf.print_again(papers=[issued(paper.template)], request_key=key, actor=dev, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_press_that_is_sent_ten_times_at_once_has_one_copy(paper, dev):
    press = partial(pdf.print_again, papers=[paper], request_key=uuid4(), actor=dev, at=NOON)

    assert len({copy.pk for (copy,) in all_at_once([press] * 10)}) == 1
    assert IssuedDocument.objects.exclude(copy=0).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_the_same_bytes(paper):
    assert len(set(all_at_once([partial(pdf.bytes_of, paper)] * 2))) == 1


def test_a_check_key_cannot_be_guessed():
    keys = {pdf.new_check_key() for _ in range(1000)}

    assert len(keys) == 1000
    assert all(len(key) == 24 for key in keys)


TEMPTING = """
<html><head>
<link rel="stylesheet" href="http://127.0.0.1:{port}/a.css">
<link rel="attachment" href="file:///etc/passwd">
<style>@import url("http://127.0.0.1:{port}/b.css");
@font-face {{ font-family: F; src: url("http://127.0.0.1:{port}/f.woff2") }}
body {{ background: url("http://127.0.0.1:{port}/c.png"); font-family: F }}</style></head>
<body><img src="file:///etc/passwd"><img src="http://127.0.0.1:{port}/d.png">
<object data="file:///etc/passwd"></object><embed src="http://127.0.0.1:{port}/e.svg">
<a rel="attachment" href="file:///etc/passwd">the list</a></body></html>
"""


def test_the_renderer_opens_no_file_and_no_address(template, issued):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        paper = issued(template(TEMPTING.format(port=listening.getsockname()[1])))
        content = inside(pdf.bytes_of(paper))
        with pytest.raises(TimeoutError):
            listening.accept()

    assert b"root:" not in content
    assert b"EmbeddedFile" not in content


def test_a_name_with_markup_in_it_is_only_a_name(template, issued):
    name = '"><img src="file:///etc/passwd">'
    paper = issued(template("<p>{{ name }}</p>"), context={"name": name})

    assert b"root:" not in inside(pdf.bytes_of(paper))


@pytest.mark.parametrize("lines", [1, 40, 400])
def test_a_roll_is_one_page_that_ends_below_its_last_line(lines):
    rows = "".join(f"<p>{n}</p>" for n in range(lines))
    page, *rest = PdfReader(BytesIO(pdf_of(f'<body class="roll">{rows}</body>'))).pages

    assert not rest
    assert page.extract_text().split()[-1] == str(lines - 1)
    ends = page.mediabox.height * MM - 8  # two margins of 4 mm
    assert ends == pytest.approx(lines * 9.5 * 1.45 / 72 * 25.4, rel=0.01)


def test_a_sheet_is_never_cut():
    page = PdfReader(BytesIO(pdf_of('<body class="a5"><p>short</p></body>'))).pages[0]

    assert page.mediabox.height * MM == pytest.approx(210, abs=0.1)


ON_PAPER = ("layouts/print", "layouts/_paper_head", "components/comb", "components/mark")
TEMPLATES = settings.BASE_DIR / "templates"
PAPERS = [*TEMPLATES.glob("*/documents/*.html"), *(TEMPLATES / f"{name}.html" for name in ON_PAPER)]


@of_each(PAPERS)
def test_a_paper_is_well_formed_and_so_read_the_quick_way(path):
    """A tag that nobody closes costs every printing of that paper a tenth more."""
    markup = re.sub(r"\{[{%#].*?[}%#]\}", "", path.read_text()).replace("<!DOCTYPE html>", "")

    assert rendering._well_formed(f"<html>{markup}</html>") is not None


def test_a_printed_paper_was_read_so(monkeypatch):
    markup = get_template("layouts/print.html").render()
    monkeypatch.setattr(rendering.HTML, "__init__", None)

    assert rendering.Paper(markup).etree_element.find("body[@class='a5']") is not None


@pytest.mark.parametrize("name", ["Sita &nbsp; <b>Devi", "Sita & Devi"])
def test_markup_that_is_not_well_formed_is_drawn_all_the_same(name):
    page = PdfReader(BytesIO(pdf_of(f"<body class=a5><p>{name}"))).pages[0]

    assert re.findall("Sita|Devi", page.extract_text()) == ["Sita", "Devi"]


def test_rubbish_is_collected_again_after_a_paper_whatever_came_of_it(monkeypatch):
    def fail(*_, **__):
        assert not gc.isenabled()
        raise RuntimeError

    monkeypatch.setattr(rendering.Paper, "render", fail)
    with pytest.raises(RuntimeError):
        pdf_of("<p/>")
    assert gc.isenabled()
