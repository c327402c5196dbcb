"""What is generated in docs/ is what the code says today."""

import re
from pathlib import Path

import pytest
from django.apps import apps
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


ALWAYS = {"__init__", "apps", "migrations", "management", "data", "templatetags"}


def files_in(folder):
    """The modules and packages at the top of a folder."""
    found = {one.parent.name if one.stem == "__init__" else one.stem for one in folder.glob("*/__init__.py")}
    return (found | {one.stem for one in folder.glob("*.py")}) - ALWAYS


def named_in(text):
    return set(re.findall(r"`(\w+)(?:\.py|/)?`", text))


def test_every_file_of_an_app_is_named_in_the_house_and_no_other():
    page = (settings.BASE_DIR / "docs" / "architecture.md").read_text()
    tables = page.split("## Inside an app")[1].split("Templates lie in")[0]
    standard, beyond = tables.split("Beyond these names")
    told = {line.split("`")[1]: named_in(line.split("|")[2]) for line in beyond.splitlines() if "| `" in line}

    for folder in (Path(one.path) for one in apps.get_app_configs()):
        if folder.parent == settings.BASE_DIR:
            assert files_in(folder) - named_in(standard) == told.get(folder.name, set()), folder.name


def test_every_file_of_the_kernel_is_named_in_the_house():
    page = (settings.BASE_DIR / "docs" / "architecture.md").read_text()
    table = page.split("## The kernel")[1].split("\n## ")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

    assert files_in(settings.BASE_DIR / "hmis" / "kernel") - {"apps"} == named_in("".join(firsts))


def test_every_size_of_paper_is_told_with_its_printer():
    css = (settings.BASE_DIR / "static" / "css" / "print.css").read_text()
    page = (settings.BASE_DIR / "docs" / "running.md").read_text()
    table = page.split("### Which paper")[1].split("\nA silent browser")[0]
    sizes = {
        size.replace("mm ", " × ").replace("mm", " mm")
        for size in re.findall(r"@page.*? size: ([^;]+);", css)
    }

    assert len(sizes) > 5
    for size in sizes - {"80 × 5000 mm"} | {"80 mm"}:
        assert size in table, size


def test_every_page_of_the_documents_is_found_from_the_first_one():
    first = (settings.BASE_DIR / "README.md").read_text()
    pages = {f"docs/{one.name}" for one in (settings.BASE_DIR / "docs").glob("*.md")}

    assert pages <= set(re.findall(r"\]\(([^)#]+)", first))


def test_every_link_of_the_documents_leads_somewhere():
    pages = [settings.BASE_DIR / "README.md", *(settings.BASE_DIR / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
