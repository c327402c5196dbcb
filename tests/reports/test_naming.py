"""Two names of one facility are found to be alike, two facilities of one kind are not."""

import pytest

from reports import naming


def alike(one, other):
    return naming.likeness(naming.grams(one), naming.grams(other)) >= naming.ALIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sri Ram Nursing Home", "Shri Ram Nursing Home Pvt. Ltd."),
        ("Devkamal Hospital & Research Centre", "DEVKAMAL HOSPITAL"),
        ("Raj Hospital", "Raj Hospitals"),
        ("राज अस्पताल", "राज हॉस्पिटल"),
        ("CHC Kanke", "C.H.C. Kanke"),
    ],
)
def test_one_facility_written_twice_is_seen(one, other):
    assert alike(one, other) or naming.key(one) == naming.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sri Ram Nursing Home", "Sri Krishna Nursing Home"),
        ("City Hospital", "Life Hospital"),
        ("Apollo Clinic", "Medanta Clinic"),
        ("गुरु नानक अस्पताल", "सेवा सदन अस्पताल"),
    ],
)
def test_what_only_common_words_share_is_not_alike(one, other):
    assert not alike(one, other)


def test_a_name_of_common_words_alone_is_still_a_name():
    assert naming.grams("Medical Centre")
    assert alike("Medical Centre", "MEDICAL CENTRE")


def test_a_name_is_found_in_its_own_place_only_the_most_alike_first():
    known = naming.Names(
        [("ranchi", 1, "Sewa Sadan Hospital"), ("ranchi", 2, "Seva Sadan"), ("gumla", 3, "Sewa Sadan")]
    )

    assert known.like("ranchi", "Sewa Sadan") == [1] or known.like("ranchi", "Sewa Sadan")[0] == 1
    assert known.like("gumla", "Sewa Sadan") == [3]
    assert known.like("palamu", "Sewa Sadan") == []
    assert known.like("ranchi", "Orchid") == []


def test_nothing_is_like_nothing():
    assert naming.likeness(frozenset(), frozenset()) == 0.0
