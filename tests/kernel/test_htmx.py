"""A page or its fragment, a redirect either way."""

import pytest

from hmis.kernel.htmx import go, show


@pytest.fixture
def _pages(tmp_path, settings):
    (tmp_path / "page.html").write_text("the page of {{ name }}")
    (tmp_path / "_part.html").write_text("the part of {{ name }}")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path], "OPTIONS": {}}]


@pytest.mark.usefixtures("_pages")
@pytest.mark.parametrize(
    ("headers", "fragment", "shown"),
    [
        ({}, "_part.html", b"the page of Asha"),
        ({"hx_request": "true"}, "_part.html", b"the part of Asha"),
        ({"hx_request": "true"}, None, b"the page of Asha"),
    ],
)
def test_htmx_gets_the_fragment_and_everybody_else_the_page(rf, headers, fragment, shown):
    response = show(
        rf.get("/", headers=headers), "page.html", {"name": "Asha"}, fragment=fragment, status=422
    )

    assert (response.content, response.status_code) == (shown, 422)


def test_a_plain_form_is_sent_on_by_303(rf):
    response = go(rf.post("/"), "unlock")

    assert (response.status_code, response["Location"]) == (303, "/unlock/")


def test_htmx_is_sent_on_by_its_header(rf):
    response = go(rf.post("/", headers={"hx_request": "true"}), "unlock")

    assert (response.status_code, response["HX-Redirect"]) == (204, "/unlock/")
