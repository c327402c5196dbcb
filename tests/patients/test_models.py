"""Each named rule about patients and encounters refuses what it should."""

from datetime import timedelta

import pytest

from patients.models import IdentifierKind, NameWord
from patients.services import next_uhid
from tests.factories.constraints import again, rule_broken_by, rules_of
from tests.factories.patients import give_identifier


@pytest.fixture
def abha(asha):
    return give_identifier(asha, IdentifierKind.ABHA_NUMBER, "91234567890123")


@pytest.fixture
def word(db):
    return NameWord.objects.create(word="mukhiya")


# The row to write again, and what is wrong with it the second time.
BREAKS = {
    "uhid_is_given_once": ("asha", {}),
    "uhid_has_eleven_digits": ("asha", {"uhid": "0210000123"}),
    "patient_phone_is_a_mobile": ("asha", {"uhid": None, "phone": "5431100001"}),
    "patient_has_a_phone_or_a_reason": ("asha", {"uhid": None, "phone": ""}),
    "patient_pincode_has_six_digits": ("asha", {"uhid": None, "pincode": "034001"}),
    "patient_has_a_name": ("asha", {"uhid": None, "name": ""}),
    "abha_number_has_fourteen_digits": ("abha", {"value": "9123456789012"}),
    "patient_has_each_identifier_once": ("abha", {}),
    "name_word_is_listed_once": ("word", {}),
    "encounter_ends_after_it_starts": ("encounter", {"ended_at": timedelta(seconds=-1)}),
}


def test_every_rule_is_tried_here():
    assert set(BREAKS) == rules_of("patients")


@pytest.mark.parametrize("rule", BREAKS)
def test_a_row_that_breaks_it_is_refused(rule, request):
    name, changes = BREAKS[rule]
    row, changes = request.getfixturevalue(name), dict(changes)
    if changes.get("uhid", "") is None:
        changes["uhid"] = next_uhid()
    if "ended_at" in changes:
        changes["ended_at"] = row.started_at + changes["ended_at"]

    assert rule_broken_by(again, row, **changes) == rule


def test_a_phone_and_a_reason_for_having_none_exclude_each_other(asha):
    broken = rule_broken_by(again, asha, uhid=next_uhid(), no_phone_reason="declined")

    assert broken == "patient_has_a_phone_or_a_reason"


def test_an_ended_identifier_may_be_given_again(abha):
    abha.ended_at = abha.patient.registered_at
    abha.save()

    assert give_identifier(abha.patient, abha.kind, abha.value).pk != abha.pk
