"""One style sheet and one script for every page: all of their parts, in their order, served like any file."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

from hmis.kernel.bundles import BUNDLES, MINIFIED, Finder, joined

STATIC = settings.BASE_DIR / "static"


@pytest.fixture
def parts(tmp_path, settings):
    """text of each part → the bundle of two such parts."""
    settings.BASE_DIR = tmp_path

    def put(bundle, text):
        for part in BUNDLES[bundle]:
            path = tmp_path / "static" / part
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("" if part != BUNDLES[bundle][-1] else text)
        return joined(bundle)

    return put


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_bundle_holds_all_that_its_parts_do_in_their_order(bundle):
    text, at = joined(bundle), 0
    for part in BUNDLES[bundle]:
        bare = MINIFIED[Path(part).suffix]((STATIC / part).read_text())
        at = text.index(bare, at) + len(bare)


def test_what_only_people_read_stays_at_home(parts):
    assert parts("css/house.css", '/* why\n   so */\n  .a { top: 0 }\n\n.b::before { content: "  " }\n') == (
        '.a{top:0}.b::before{content:"  "}'
    )


def test_an_address_in_a_script_is_no_comment(parts):
    script = '/* why */\n// what\n  go("https://x"); // there\n  /* a */ b /* c */;\n'

    assert parts("js/house.js", script) == 'go("https://x");b;'


def test_no_word_between_backticks_is_touched():
    text = joined("js/house.js")
    for part in BUNDLES["js/house.js"]:
        bare = re.sub(r"/\*[\s\S]*?\*/|//.*", "", (STATIC / part).read_text())
        for said in re.findall(r"`[^`]*`", bare):
            assert said in text, part


def test_what_a_style_sheet_names_stands_where_the_bundle_looks_for_it():
    for name in re.findall(r"url\(\"(?!data:)([^\"]+)", joined("css/house.css")):
        assert (STATIC / "css" / name).resolve().is_file(), name


def test_a_bundle_is_found_and_listed_like_a_file():
    assert (STATIC / "css/house.css").exists() is False
    for bundle in BUNDLES:
        assert Path(finders.find(bundle)).read_text() == joined(bundle)
        assert finders.find(bundle, find_all=True) == [finders.find(bundle)]
    assert finders.find("css/no.css") is None
    assert {name for name, _ in Finder().list([])} == set(BUNDLES)


def test_it_is_written_again_only_when_a_part_was_changed(parts, tmp_path, settings):
    settings.VAR_DIR = tmp_path / "var"
    finder = Finder()
    parts("css/house.css", ".a {}")
    first = Path(finder.find("css/house.css")).stat().st_mtime_ns
    assert Path(finder.find("css/house.css")).stat().st_mtime_ns == first

    parts("css/house.css", ".b {}")
    assert Path(finder.find("css/house.css")).read_text() == ".b{}"


def test_every_page_loads_the_bundles_and_no_part_of_them():
    loaded = get_template("layouts/app.html").template.source + get_template("base.html").template.source

    for bundle, own in BUNDLES.items():
        assert bundle in loaded
        assert not [part for part in own if part in loaded]


def test_static_files_are_answered_before_anything_else_and_keep_to_their_kind(client):
    answer = client.get("/static/css/house.css")

    assert b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode() == joined(
        "css/house.css"
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "X-Request-ID" not in answer
    assert "X-Request-ID" in client.get("/static/css/no.css")
