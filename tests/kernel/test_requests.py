"""Sent twice, counted once."""

from collections import Counter
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from facilities.roles import Role
from hmis.kernel.errors import KeyReused
from hmis.kernel.models import RequestKey
from hmis.kernel.requests import claim, key_from
from tests.factories.facilities import post
from tests.factories.parallel import all_at_once, rolled_back


def test_the_first_sending_is_new_and_the_second_has_its_answer(dev):
    key = uuid4()
    answer, seen = claim(key, "tests.act", actor=dev, body=["a", 1])

    assert not seen
    assert claim(key, "tests.act", actor=dev, body=["a", 1]) == (answer, True)


@pytest.mark.parametrize("changed", [{"act": "tests.other"}, {"body": ["b"]}, {"actor": "kavita"}])
def test_a_key_is_bound_to_its_person_act_and_contents(dev, kavita, changed):
    key, sending = uuid4(), {"act": "tests.act", "actor": dev, "body": ["a"]}
    claim(key, **sending)

    again = sending | changed
    if again["actor"] == "kavita":
        again["actor"] = kavita
    with pytest.raises(KeyReused, match="already sent with other contents"):
        claim(key, **again)


def test_a_key_is_bound_to_the_hospital_it_was_sent_from(dev, sgml):
    key = uuid4()
    claim(key, "tests.act", actor=dev, body=["a"])
    dev.posting = post(dev, Role.CASHIER, facility=sgml)

    with pytest.raises(KeyReused):
        claim(key, "tests.act", actor=dev, body=["a"])


def test_a_rolled_back_sending_leaves_the_key_free(dev):
    key = uuid4()
    rolled_back(partial(claim, key, "tests.act", actor=dev, body=["a"]))

    assert not claim(key, "tests.act", actor=dev, body=["put right"])[1]


def test_the_body_itself_is_not_kept(dev):
    claim(uuid4(), "tests.act", actor=dev, body=["Asha Devi"])

    assert not any("Asha" in str(value) for value in vars(RequestKey.objects.get()).values())


def test_a_key_that_is_no_uuid_belongs_to_its_sender(dev, kavita):
    assert key_from("counter-7", actor=dev) == key_from("counter-7", actor=dev)
    assert key_from("counter-7", actor=dev) != key_from("counter-7", actor=kavita)


def test_a_uuid_is_taken_as_it_is_and_a_missing_key_is_a_new_one(dev):
    key = uuid4()

    assert key_from(str(key), actor=dev) == key
    assert isinstance(key_from(None, actor=dev), UUID)
    assert key_from("", actor=dev) != key_from("", actor=dev)


def claim_in_an_act(key, actor):
    with transaction.atomic():
        return claim(key, "tests.act", actor=actor, body=["a"])


@pytest.mark.django_db(transaction=True)
def test_of_twenty_sendings_at_once_one_is_new(dev):
    outcomes = all_at_once([partial(claim_in_an_act, uuid4(), dev)] * 20)

    assert Counter(seen for _, seen in outcomes) == {False: 1, True: 19}
    assert len({answer for answer, _ in outcomes}) == 1
