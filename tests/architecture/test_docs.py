"""What is generated in docs/ is what the code says today."""

import re

import pytest
from django.conf import settings

from hmis.kernel.management.commands import draw_states, list_facts


def test_every_state_table_is_drawn_as_it_is():
    held = {path: path.read_text() for path in draw_states.FOLDER.glob("*.md")}
    assert held == draw_states.drawings(), "run make states"


@pytest.mark.xdist_group("facts")
def test_every_fact_is_listed_as_it_is():
    assert list_facts.PAGE.read_text() == list_facts.page(), "run make facts"


def test_what_is_shown_of_the_code_stands_in_it():
    page = (settings.BASE_DIR / "docs" / "writing-code.md").read_text()
    shown = re.findall(r"^`(\S+)`\n\n```\w+\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)

    assert len(shown) > 5
    for path, pieces in shown:
        source = " ".join((settings.BASE_DIR / path).read_text().split())
        for piece in pieces.split("\n\n\n"):
            assert " ".join(piece.split()) in source, f"{path} says it otherwise now:\n{piece}"


def test_every_link_of_the_documents_leads_somewhere():
    pages = [settings.BASE_DIR / "README.md", *(settings.BASE_DIR / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
