"""A test of HIV is ordered with informed consent alone, whoever orders it and from where."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from lab.models import ServiceRequest
from lab.queries.confidential import asks_consent
from lab.services import Asking, ConsentNeeded, OrderedAlready, add_on_test
from lab.states import Consent
from tests.factories.lab import make_test, order, received
from tests.lab.test_views import send

AGREED = "agreed: the patient"


def test_without_consent_nothing_of_the_order_is_written(encounter, bose, tests):
    with pytest.raises(ConsentNeeded, match="HIV 1 and 2 rapid antibody is done with informed consent alone"):
        order(encounter, bose, tests["CBC"], tests["HIVR"], consent="")

    assert not ServiceRequest.objects.exists()
    assert not AuditEntry.objects.filter(name="lab.tests_ordered").exists()


def test_who_agreed_stands_on_the_test_that_asks_and_never_changes(encounter, bose, tests):
    cbc, hiv = order(encounter, bose, tests["CBC"], tests["HIVR"], consent=Consent.REPRESENTATIVE)

    assert (cbc.consent, hiv.consent) == ("", Consent.REPRESENTATIVE)
    assert "consent" not in ServiceRequest.may_change
    assert "consent" not in str(AuditEntry.objects.get(name="lab.tests_ordered").detail)


def test_sent_twice_it_is_asked_and_ordered_once(encounter, bose, tests):
    key = uuid4()
    first = order(encounter, bose, tests["HIVR"], key=key)
    assert order(encounter, bose, tests["HIVR"], key=key) == first
    with pytest.raises(KeyReused):
        order(encounter, bose, tests["HIVR"], key=key, consent="")


def test_whatever_finds_hiv_asks(tests):
    asked = {code for code, one in tests.items() if asks_consent(one)}

    assert asked == {"HIVR", "HIVC", "HIVVL", "CD4", "ANTEN"}
    # A panel of a later list, too, whatever else it says of itself.
    assert asks_consent(make_test("MINE", members=["HB", "HIVC"]))


def test_a_second_time_is_asked_before_consent(encounter, bose, tests):
    order(encounter, bose, tests["HIVR"])

    with pytest.raises(OrderedAlready):
        order(encounter, bose, tests["HIVR"], consent="")
    with pytest.raises(ConsentNeeded):
        order(encounter, bose, tests["HIVR"], consent="", again=True)


# ── On the pages: the doctor's room, the ward and the counter have the same panel ──


@pytest.fixture
def page(encounter):
    return reverse("lab:order_new", args=[encounter.pk])


def test_the_page_asks_who_agreed_and_nothing_typed_is_lost(client, bose, page, tests):
    client.force_login(bose)

    asked = send(client, page, "cbc, hiv!", note="before the operation")

    assert asked.status_code == 422
    assert not ServiceRequest.objects.exists()
    assert 'value="CBC, HIVR!"' in asked.text
    assert 'value="before the operation"' in asked.text
    first = re.search(r'<input[^>]*name="consent" value="patient"[^>]*>', asked.text).group()
    # The cursor is at the question, and no answer is given before somebody gives it.
    assert "autofocus" in first
    assert "checked" not in first
    assert asked.text.count("autofocus") == 1
    # Asked over and over while nobody answers.
    assert send(client, page, "CBC, HIVR!").status_code == 422

    done = send(client, page, "CBC, HIVR!", consent="patient")

    assert done.status_code == 200
    assert done.text.count(AGREED) == 1
    assert {one.test.code: one.consent for one in ServiceRequest.objects.all()} == {
        "CBC": "",
        "HIVR": "patient",
    }


def test_whoever_enters_a_paper_is_asked_the_same(client, kavita, clara, page, tests):
    for person in (kavita, clara):
        client.force_login(person)
        asked = send(client, page, "hiv", requester_name="Dr Minz")
        assert asked.status_code == 422
        assert 'name="consent"' in asked.text
        assert 'value="Dr Minz"' in asked.text


def test_a_second_time_on_the_page_asks_both_one_after_the_other(client, encounter, bose, page, tests):
    order(encounter, bose, tests["HIVR"])
    client.force_login(bose)

    assert 'name="again"' in send(client, page, "hiv").text
    asked = send(client, page, "HIVR", again="1")

    assert '<input type="hidden" name="again" value="1">' in asked.text
    assert send(client, page, "HIVR", again="1", consent="patient").status_code == 200
    assert ServiceRequest.objects.count() == 2


def test_no_answer_of_ones_own_is_taken(client, bose, page, tests):
    client.force_login(bose)

    assert send(client, page, "hiv", consent="nobody").status_code == 422
    assert not ServiceRequest.objects.exists()


def test_who_takes_the_tube_sees_who_agreed(client, encounter, bose, clara, tests):
    order(encounter, bose, tests["HIVR"], urgent=True)
    client.force_login(clara)

    assert AGREED in client.get(reverse("lab:collection_new", args=[encounter.pk])).text


# ── Before it was asked ──


def test_what_was_ordered_before_says_that_consent_was_not_recorded(
    client, encounter, bose, clara, page, tests
):
    order(encounter, bose, tests["CBC"], tests["HIVR"], urgent=True)
    ServiceRequest.objects.update(consent="")
    for who, at in ((bose, page), (clara, reverse("lab:collection_new", args=[encounter.pk]))):
        client.force_login(who)
        shown = client.get(at).text
        assert shown.count("consent not recorded: ordered before it was asked for") == 1
        assert "agreed:" not in shown


# ── From a tube that is there ──


def test_one_more_test_from_a_tube_asks_too(client, encounter, bose, rajesh, tests):
    (tsh,) = received(encounter, bose, rajesh, tests["TSH"])
    like_it = make_test(
        "HIVX", specimen=tsh.specimen.specimen, container=tsh.specimen.container, members=["HIVR"]
    )
    with pytest.raises(Refusal) as refused:
        add_on_test(
            specimen=tsh.specimen,
            test=like_it,
            asking=Asking(requester_name="Dr Minz"),
            request_key=uuid4(),
            actor=rajesh,
            at=tsh.ordered_at,
        )
    assert refused.value.field == "consent"
    at = reverse("lab:result_detail", args=[tsh.pk])
    body = {"what": "add_on", "add_on-test": "HIVX", "add_on-request_key": str(uuid4())}
    client.force_login(rajesh)

    assert client.post(at, body).status_code == 422
    assert client.post(at, body | {"add_on-consent": "patient"}).status_code == 303
    assert ServiceRequest.objects.get(test=like_it).consent == "patient"
