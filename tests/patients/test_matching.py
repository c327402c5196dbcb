from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.matching import Person, Verdict, compare

SUNITA = Person(
    name="Sunita Devi",
    name_hi="सुनीता देवी",
    sex="female",
    birth_year=1991,
    phone="9431241286",
    guardian_name="Ramesh Mahto",
    village="Pithoria",
    district="339",
)
BIRSA = Person(
    name="Birsa Oraon",
    sex="male",
    birth_year=1980,
    phone="7004512345",
    guardian_name="Somra Oraon",
    village="Bharno",
    district="331",
)
NAMELESS = {"phone": "", "guardian_name": "", "village": "", "district": ""}

# (what is so, the person on file, what differs in the person at the counter)
STRONG = [
    ("everything is the same", SUNITA, {}),
    ("the name is written in Hindi only", SUNITA, {"name": "सुनीता देवी", "name_hi": ""}),
    ("the name is spelt as it is heard", SUNITA, {"name": "Suneeta Debi", "name_hi": ""}),
    ("a vowel is missing in the name", SUNITA, {"name": "Sunta Devi", "name_hi": ""}),
    ("two letters are swapped", SUNITA, {"name": "Suntia Devi", "name_hi": ""}),
    ("the family name is left out", BIRSA, {"name": "Birsa"}),
    ("the family name stands in front", BIRSA, {"name": "Oraon Birsa"}),
    ("the family name has its other spelling", BIRSA, {"name": "Birsa Uraon"}),
    ("the age was said three years otherwise", SUNITA, {"birth_year": 1994}),
    ("the phone is new, guardian and village agree", SUNITA, {"phone": "7004500000"}),
    ("there is no phone now", SUNITA, {"phone": ""}),
    ("the guardian is now the husband", SUNITA, {"guardian_name": "Karma Munda"}),
    ("nobody knows the age, phone and guardian agree", SUNITA, {"birth_year": None}),
    (
        "the ABHA is the same and the name is not",
        replace(SUNITA, abha="91100000000016"),
        {"name": "S. Kumari"},
    ),
    ("Md and Mohammad are one", replace(BIRSA, name="Md. Alam"), {"name": "Mohammad Alam"}),
    ("one word is written as two", replace(BIRSA, name="Ramkumar Sahu"), {"name": "Ram Kumar Sahu"}),
    ("the sex was not known", SUNITA, {"sex": "unknown"}),
]

LIKELY = [
    ("only the village agrees with the name", SUNITA, {"phone": "", "guardian_name": ""}),
    ("only the guardian agrees with the name", SUNITA, {"phone": "", "village": ""}),
    ("the sex was mistyped", SUNITA, {"sex": "male"}),
    ("the age was misjudged by twelve years", SUNITA, {"birth_year": SUNITA.birth_year - 12}),
    ("the ABHA numbers differ", replace(SUNITA, abha="91100000000016"), {"abha": "91123456789015"}),
    ("an unnamed twin is registered", replace(SUNITA, name="Baby of Sunita", name_hi=""), {}),
    ("the age is unknown and only the phone agrees", SUNITA, {"birth_year": None, "guardian_name": ""}),
]

STRANGERS = [
    ("a sister shares phone, guardian, village and age", SUNITA, {"name": "Anita Devi", "name_hi": ""}),
    ("a twin has a rhyming name", SUNITA, {"name": "Sumita Devi", "name_hi": ""}),
    ("brothers end alike", replace(BIRSA, name="Surendra Oraon"), {"name": "Narendra Oraon"}),
    ("brothers begin alike", replace(BIRSA, name="Rajkumar Oraon"), {"name": "Ramkumar Oraon"}),
    ("Rajesh is not Ramesh", replace(BIRSA, name="Rajesh Oraon"), {"name": "Ramesh Oraon"}),
    ("Alam is not Aslam, though both are Md", replace(BIRSA, name="Md. Alam"), {"name": "Md. Aslam"}),
    ("father and son share a phone", BIRSA, {"name": "Soma Oraon", "birth_year": 2005}),
    ("a son is named after his father", BIRSA, {"birth_year": 2005}),
    ("a wife gives her husband's phone", BIRSA, {"name": "Phulmani Oraon", "sex": "female"}),
    ("two of one name share nothing else", SUNITA, NAMELESS),
    (
        "two of one name live in villages of one name in two districts",
        SUNITA,
        {"district": "331", "phone": "7004500000", "guardian_name": "Etwa Munda"},
    ),
    ("the family differs", BIRSA, {"name": "Birsa Horo"}),
]


def sentences(cases):
    return [pytest.param(held, changes, id=sentence) for sentence, held, changes in cases]


@pytest.mark.parametrize(("held", "changes"), sentences(STRONG))
def test_one_person_is_a_strong_match_when(held, changes):
    match = compare(replace(held, **changes), held)

    assert match.strong, match
    assert match.likely


@pytest.mark.parametrize(("held", "changes"), sentences(LIKELY))
def test_perhaps_one_person_is_shown_but_does_not_stop_the_clerk_when(held, changes):
    match = compare(replace(held, **changes), held)

    assert match.likely, match
    assert not match.strong


@pytest.mark.parametrize(("held", "changes"), sentences(STRANGERS))
def test_two_people_are_not_taken_for_one_when(held, changes):
    match = compare(replace(held, **changes), held)

    assert not match.likely, match
    assert not match.strong


def test_each_field_has_its_own_verdict():
    match = compare(replace(SUNITA, birth_year=1988, phone="", sex="male", guardian_name="Ramesh"), SUNITA)

    assert match.name == match.village == Verdict.SAME
    assert match.age == match.guardian == "similar"
    assert match.sex == "different"
    assert match.phone == match.abha == "unknown"


people = st.builds(
    Person,
    name=st.sampled_from(["Sunita Devi", "सुनीता", "Birsa Oraon", "Md. Alam", "12", "", "Baby of Asha"]),
    name_hi=st.sampled_from(["", "सुनीता देवी"]),
    sex=st.sampled_from(["female", "male", "other", "unknown", ""]),
    birth_year=st.none() | st.integers(1900, 2026),
    phone=st.sampled_from(["", "9431241286", "7004500000"]),
    guardian_name=st.text(max_size=12),
    village=st.sampled_from(["", "Pithoria", "पिठोरिया", "Bero"]),
    district=st.sampled_from(["", "331", "339"]),
)


@given(people, people)
def test_it_does_not_matter_who_came_first(one, other):
    assert compare(one, other) == compare(other, one)


@given(people)
def test_what_is_strong_is_likely(person):
    match = compare(person, person)

    assert match.likely or not match.strong
