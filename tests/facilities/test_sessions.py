"""Who is logged in where: seen by whose duty it is, ended at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from facilities.models import Posting
from facilities.queries import presences, sessions_visible_to
from facilities.roles import Role
from hmis.kernel.models import AuditEntry, LoginSession
from tests.factories.facilities import PASSWORD, make_person, post


@pytest.fixture
def alok(rims):
    """The administrator of RIMS."""
    return make_person("Alok", Role.FACILITY_ADMIN, rims)


def come_in(person):
    client = Client()
    client.post("/login/", {"username": person.username, "password": PASSWORD})
    return client


def seen_by(person):
    return sorted(one.person.name for one in presences(sessions_visible_to(person)))


def test_each_administrator_sees_those_within_reach(rims, alok, hari, indu, dev, farid):
    for person in (alok, dev, farid, hari):
        come_in(person)

    assert seen_by(alok) == ["Alok", "Dev"]
    assert seen_by(hari) == ["Farid", "Hari"]
    assert seen_by(indu) == ["Alok", "Dev", "Farid", "Hari"]


def test_somebody_with_two_duties_is_where_they_work_now(sgml, alok, hari, dev):
    second = post(dev, Role.CASHIER, facility=sgml)
    client = come_in(dev)
    assert (seen_by(alok), seen_by(hari)) == (["Dev"], [])
    client.post("/posting/", {"posting": second.pk})

    assert (seen_by(alok), seen_by(hari)) == ([], ["Dev"])


def test_a_duty_that_ended_shows_nobody_there(sgml, alok, hari, dev):
    second = post(dev, Role.CASHIER, facility=sgml)
    come_in(dev).post("/posting/", {"posting": second.pk})
    Posting.objects.filter(pk=second.pk).update(ends_on=timezone.localdate() - timedelta(days=1))

    assert (seen_by(alok), seen_by(hari)) == (["Dev"], [])


def test_an_ended_session_is_a_login_page_at_the_next_click(client, alok, dev):
    at_counter = come_in(dev)
    client.force_login(alok)
    held = LoginSession.objects.get(user=dev)
    for _ in range(2):
        status = client.post(reverse("facilities:session_end_new", args=[held.pk])).status_code

    assert status == 404  # the second time it is no longer there
    assert at_counter.get("/posting/").url.startswith("/login/")
    assert at_counter.get("/posting/", headers={"HX-Request": "true"})["X-Locked"] == "signed-out"
    fact = AuditEntry.objects.get(name="facilities.session_ended")
    assert (fact.actor, fact.about_id) == (alok, dev.pk)


def test_a_strangers_session_is_not_there(client, alok, farid):
    come_in(farid)
    client.force_login(alok)
    held = LoginSession.objects.get(user=farid)

    assert client.post(reverse("facilities:session_end_new", args=[held.pk])).status_code == 404
    assert LoginSession.objects.filter(user=farid).exists()


def test_the_list_asks_no_more_for_many_than_for_few(client, alok, rims, django_assert_max_num_queries):
    client.force_login(alok)
    for n in range(15):
        Client().force_login(make_person(f"N{n}", Role.NURSE, rims))

    with django_assert_max_num_queries(10):
        assert len(client.get(reverse("facilities:session_list")).context["presences"]) == 16


# ── Programs ──


def test_programs_with_access_are_seen_by_whose_duty_it_is_and_ended(client, alok, dev, farid):
    for person in (dev, dev, farid):
        AuthToken.objects.create(person)
    expired, _token = AuthToken.objects.create(dev)
    AuthToken.objects.filter(pk=expired.pk).update(expiry=timezone.now() - timedelta(minutes=1))
    client.force_login(alok)
    page = client.get(reverse("facilities:session_list"))
    assert [one.user for one in page.context["tokens"]] == [dev, dev]

    for _ in range(2):
        status = client.post(reverse("facilities:tokens_end_new", args=[dev.pk])).status_code

    assert status == 404  # the second time there is none
    assert [one.user for one in AuthToken.objects.all()] == [farid]
    fact = AuditEntry.objects.get(name="facilities.tokens_ended")
    assert (fact.actor, fact.about_id, fact.detail["ended"]) == (alok, dev.pk, 3)


def test_a_strangers_programs_are_not_there(client, alok, farid):
    AuthToken.objects.create(farid)
    client.force_login(alok)

    assert client.post(reverse("facilities:tokens_end_new", args=[farid.pk])).status_code == 404
    assert AuthToken.objects.filter(user=farid).exists()


# ── One's own ──


def test_ones_own_sessions_are_listed_and_the_others_end(client, dev, farid):
    here, elsewhere, strange = come_in(dev), come_in(dev), come_in(farid)
    AuthToken.objects.create(dev)
    page = here.get(reverse("own_session_list"))
    assert len(page.context["presences"]) == 2
    assert len(page.context["tokens"]) == 1

    here.post(reverse("other_sessions_end_new"))
    assert here.get("/posting/").status_code == 200
    assert elsewhere.get("/posting/").url.startswith("/login/")
    assert strange.get("/posting/").status_code == 200
    assert not AuthToken.objects.filter(user=dev).exists()
