import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path

from hmis.demo.names import TODAY, VILLAGES, people
from patients.names import sound_key

PLACES = VILLAGES.parents[3] / "facilities" / "data" / "jharkhand.json"


def test_one_seed_gives_the_same_people_and_another_seed_others():
    assert list(people(50, 7)) == list(people(50, 7))
    assert list(people(50, 7)) != list(people(50, 8))


def test_nobody_is_made_before_somebody_asks():
    assert len(list(islice(people(10**9, 1), 3))) == 3


def test_a_name_is_the_same_in_both_scripts():
    for person in people(300, 1):
        latin, devanagari = person["name"].split(), person["name_hi"].split()
        assert len(latin) == len(devanagari) >= 2
        assert [sound_key(word.strip(".")) for word in latin] == [
            sound_key(word.strip(".")) for word in devanagari
        ]


def test_there_is_a_phone_that_can_be_one_or_a_reason():
    for person in people(300, 1):
        assert bool(person["phone"]) != bool(person["no_phone_reason"])
        assert not person["phone"] or re.fullmatch("[6-9][0-9]{9}", person["phone"])


def test_every_district_has_people_and_no_other_place_has():
    districts = {
        district["name"] for district in json.loads(Path(PLACES).read_text(encoding="utf-8"))["districts"]
    }

    assert {person["district"] for person in people(5000, 1)} == districts


def test_nobody_is_born_tomorrow_or_older_than_ninety():
    for person in people(1000, 1):
        assert TODAY.year - 90 <= person["birth_date"].year
        assert person["birth_date"] <= TODAY


def test_many_share_a_few_names_and_the_words_are_many():
    names = Counter(person["name"] for person in people(20000, 1))
    words = {word for name in names for word in name.split()}

    assert names.most_common(1)[0][1] > 10
    assert len(words) > 700
