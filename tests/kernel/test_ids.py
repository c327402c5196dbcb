"""Keys: given without asking anyone, in the order of time."""

from hmis.kernel.ids import uuid7


def test_ten_thousand_ids_are_all_different_and_in_order():
    ids = [uuid7() for _ in range(10_000)]

    assert len(set(ids)) == 10_000
    assert ids == sorted(ids)


def test_an_id_is_a_uuid_of_version_7():
    assert (uuid7().version, uuid7().variant) == (7, "specified in RFC 4122")
