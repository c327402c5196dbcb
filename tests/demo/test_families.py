"""Families for load: a few frequent names, a long tail, and what a family shares."""

from collections import Counter
from random import Random

import pytest

from hmis.demo.families import families
from patients.names import clean_name, sound_key

pytestmark = pytest.mark.xdist_group("families")  # made once


@pytest.fixture(scope="module")
def twenty_thousand():
    return list(families(20_000, Random(1)))


def test_one_seed_gives_the_same_people_and_another_seed_others():
    assert list(families(50, Random(7))) == list(families(50, Random(7)))
    assert list(families(50, Random(7))) != list(families(50, Random(8)))
    assert len(list(families(50, Random(7)))) == 50


def test_few_names_are_borne_by_many_and_many_names_by_one(twenty_thousand):
    names = Counter(person["name"] for person in twenty_thousand)
    given = Counter(person["name"].split()[0] for person in twenty_thousand)

    assert names.most_common(1)[0][1] > 50
    assert sum(count for _, count in given.most_common(20)) > 0.1 * len(twenty_thousand)
    assert sum(count == 1 for count in names.values()) > 0.2 * len(twenty_thousand)
    assert sum(count == 1 for count in given.values()) > 200


def test_a_family_shares_home_and_surname_and_mostly_a_phone(twenty_thousand):
    homes = {}
    for person in twenty_thousand:
        key = (person["guardian_name"], person["village"], person["name"].split()[-1])
        homes.setdefault(key, []).append(person["phone"])
    families_of_three = [phones for phones in homes.values() if len(phones) >= 3]
    one_phone = [phones for phones in families_of_three if len(set(phones)) < len(phones)]

    assert len(families_of_three) > 200
    assert len(one_phone) > 0.8 * len(families_of_three)


def test_slips_are_few_and_only_in_one_script(twenty_thousand):
    alike = [
        [sound_key(word.strip(".")) for word in person["name"].split()]
        == [sound_key(word.strip(".")) for word in person["name_hi"].split()]
        for person in twenty_thousand
    ]

    assert 0.005 < 1 - sum(alike) / len(alike) < 0.05


def test_every_name_is_as_a_clerk_may_write_it(twenty_thousand):
    assert all(clean_name(person["name"]) == person["name"] for person in twenty_thousand)
    assert all(clean_name(person["name_hi"]) == person["name_hi"] for person in twenty_thousand)
