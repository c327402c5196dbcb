"""The desk after a save: drawn once for everybody, filled in for its clerk."""

import re
from uuid import uuid4

import pytest
from django.middleware.csrf import _does_token_match
from django.test import Client

from hmis.kernel import recent
from tests.factories.facilities import make_clerk

DESK = "/opd/registrations/new/"
PRESSED = {"HTTP_HX_REQUEST": "true"}
SITA = {"name": "Sita Oraon", "sex": "female", "age": "31", "age_unit": "years", "phone": "9835012345"}


def hidden(page, name):
    """The values of this hidden field in the form of the next patient."""
    page = page.split('id="desk-form"')[1].split("</form>")[0]
    return re.findall(rf'name="{name}" value="([^"]+)"', page)


@pytest.fixture
def remembered(settings):
    settings.RECENT_SECONDS = 60
    recent.forget()
    yield
    recent.forget()


def at_the_desk(person):
    client = Client()
    client.force_login(person)
    return client


def save(client, **changes):
    asked = SITA | {"department": "MED", "mode": "cash", "request_key": str(uuid4())} | changes
    return client.post(DESK, asked, **PRESSED)


@pytest.mark.usefixtures("remembered", "unit")
def test_each_clerk_has_a_desk_with_keys_of_their_own(kavita, rims):
    desks = [
        at_the_desk(one).get(DESK, **PRESSED).content.decode() for one in (kavita, make_clerk("two", rims))
    ]

    keys = [hidden(desk, "request_key") for desk in desks]
    assert len({key for (key,) in keys}) == 2
    csrf = {token for desk in desks for token in hidden(desk, "csrfmiddlewaretoken")}
    assert len(csrf) == 2
    assert not any("\ue000" in desk for desk in desks)


@pytest.mark.usefixtures("remembered", "unit")
def test_what_was_saved_stands_above_the_next_form_and_only_there(kavita):
    client = at_the_desk(kavita)
    saved = save(client, name="<b>Sita</b> Oraon").content.decode()
    afterwards = client.get(DESK, **PRESSED).content.decode()

    assert re.search(r"RIMS/R\d\d/0000001", saved)
    assert "&lt;b&gt;Sita&lt;/b&gt;" in saved
    assert "<b>Sita</b>" not in saved
    assert "Sita" not in afterwards
    assert len(hidden(saved, "request_key")) == 1


@pytest.mark.usefixtures("remembered", "unit")
def test_card_and_labels_of_what_was_saved_are_offered_once_and_are_its_clerks_own(kavita, settings):
    client = at_the_desk(kavita)
    saved = save(client).content.decode()
    kept = client.cookies[settings.CSRF_COOKIE_NAME].value

    given = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', saved)
    assert len(given) == 4  # search, card, labels, the next patient
    assert all(_does_token_match(token, kept) for token in given)
    assert "Print the card" in saved
    assert "Print the card" not in client.get(DESK, **PRESSED).content.decode()


@pytest.mark.usefixtures("remembered", "unit")
def test_the_form_drawn_for_all_takes_the_next_patient(kavita):
    client = at_the_desk(kavita)
    *_others, key = hidden(save(client).content.decode(), "request_key")

    again = save(client, name="Rina Kumari", phone="9835012399", request_key=key).content.decode()
    assert "Rina Kumari" in again
