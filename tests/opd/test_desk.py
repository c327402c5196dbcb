"""The desk after a save: drawn once for everybody, filled in for its clerk."""

import re
from uuid import uuid4

import pytest
from django.middleware.csrf import _does_token_match
from django.test import Client
from django.urls import reverse

from hmis.kernel import recent
from patients.models import Patient
from tests.factories.billing import make_scheme
from tests.factories.facilities import make_clerk, make_department, make_unit
from tests.factories.patients import make_encounter, make_patient

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
def test_card_and_labels_drawn_for_all_are_printed_of_whoever_was_saved(kavita):
    client = at_the_desk(kavita)
    first, second = save(client), save(client, name="Rina Kumari", phone="9835012399", guardian_name="Ravi")

    sita, rina = Patient.objects.order_by("pk")
    pages = [one.content.decode() for one in (first, second)]
    for patient, page in zip((sita, rina), pages, strict=True):
        addresses = set(re.findall(r'hx-post="(/patients/[^"]+/(?:cards|labels)/new/)"', page))
        assert addresses == {reverse(f"patients:{one}_new", args=[patient.pk]) for one in ("card", "labels")}
    keys = [key for page in pages for key in re.findall(r'name="request_key" value="([^"]+)"', page)]
    assert len(set(keys)) == len(keys) == 6


@pytest.mark.usefixtures("remembered", "unit")
def test_a_form_that_is_sent_again_offers_the_card_that_was_printed_meanwhile_once_more(kavita):
    client, key = at_the_desk(kavita), str(uuid4())
    save(client, request_key=key)
    card = reverse("patients:card_new", args=[Patient.objects.get().pk])
    client.post(card, {"request_key": str(uuid4())}, **PRESSED)

    assert "Print the card once more" in save(client, request_key=key).content.decode()


@pytest.mark.usefixtures("remembered", "unit")
def test_the_form_drawn_for_all_takes_the_next_patient(kavita):
    client = at_the_desk(kavita)
    *_others, key = hidden(save(client).content.decode(), "request_key")

    again = save(client, name="Rina Kumari", phone="9835012399", request_key=key).content.decode()
    assert "Rina Kumari" in again


# ── Somebody on file is taken up while a form is half typed ──

TYPED = {"department": "EYE", "lane": "pregnant", "scheme": "BPL", "proof_number": "RC/7", "mode": ""}


@pytest.fixture
def counter(kavita, rims, unit, med, asha):
    """Kavita's counter with Medicine, where Asha was the last time, and Eye."""
    make_encounter(asha, med)
    make_scheme()
    make_unit(make_department(rims, "EYE"))
    return at_the_desk(kavita)


def take_up(client, whom, **typed):
    return client.post(f"/opd/registrations/choices/{whom.pk}/new/", typed, **PRESSED)


def search(client, text, at="searches", **typed):
    return client.post(f"/opd/registrations/{at}/new/", {"q": text, **typed}, **PRESSED)


def visit_in(answer):
    """What the form of the visit says."""
    form = answer.context["visit_form"]
    return {name: form[name].value() or "" for name in TYPED}


def test_what_was_typed_of_the_visit_goes_along_with_whoever_is_taken_up(counter, asha):
    taken = take_up(counter, asha, name="Asha", sex="female", **TYPED)

    assert asha.uhid_shown in taken.text
    assert visit_in(taken) == TYPED


def test_where_nothing_was_typed_of_it_the_department_of_the_last_time_stands_there(counter, asha):
    taken = take_up(counter, asha, name="Asha", department="", lane="normal", scheme="", mode="cash")

    assert visit_in(taken)["department"] == "Medicine"


def test_a_lane_that_followed_from_the_age_typed_gives_way_to_the_age_on_file(counter, asha):
    typed = {"department": "EYE", "scheme": "", "age": "70", "age_unit": "years"}

    assert visit_in(take_up(counter, asha, lane="elderly", **typed))["lane"] == "normal"
    assert visit_in(take_up(counter, asha, lane="emergency", **typed))["lane"] == "emergency"


def test_what_was_typed_for_one_on_file_goes_along_with_nobody_else(counter, asha, rims):
    birsa = make_patient(rims, "Birsa Munda")

    at_desk = TYPED | {"patient": asha.pk}
    assert visit_in(take_up(counter, birsa, **at_desk))["proof_number"] == ""
    assert visit_in(search(counter, asha.uhid, **at_desk)) == TYPED


def test_a_scan_takes_up_at_once_where_a_search_could_have_filled_what_is_typed(counter, asha):
    untouched = {"age_unit": "years", "category": "general", "district": asha.district.lgd_code}
    answer = search(counter, asha.uhid, name="Asha", **untouched, **TYPED)

    assert answer["HX-Retarget"] == "#main"
    assert visit_in(answer) == TYPED


def test_a_scan_offers_whom_it_means_where_somebody_new_is_half_typed(counter, asha):
    answer = search(counter, asha.uhid, name="Asha", village="Kanke", **TYPED)

    assert "HX-Retarget" not in answer
    assert "A new patient is half typed." in answer.text
    assert f"choices/{asha.pk}/new/" in answer.text


def test_a_number_that_is_kept_with_whoever_is_at_the_desk_leaves_the_visit_as_it_is_typed(counter, asha):
    kept = search(counter, "331012600012345", at="scans", to="patient", patient=asha.pk, **TYPED)

    assert asha.identifiers.get().value == "331012600012345"
    assert visit_in(kept) == TYPED


def test_not_yet_paid_stays_so_when_a_scan_fills_the_form(counter):
    assert visit_in(search(counter, "331012600012345", at="scans", **TYPED)) == TYPED
