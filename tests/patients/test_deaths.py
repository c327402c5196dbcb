"""A death on file: each rule of its table, and what of it never changes."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from patients.models import DeathNotice
from tests.conftest import NOON
from tests.factories.constraints import again, rule_broken_by
from tests.factories.patients import make_death_notice

LATER = NOON + timedelta(hours=1)
TAKEN_BACK = {"withdrawn_at": LATER, "withdrawn_why": "wrong chart"}

BREAKS = [
    ("nobody_dies_twice", {}),
    ("death_is_written_down_after_it", {"died_at": LATER}),
    ("withdrawn_death_says_by_whom_and_why", TAKEN_BACK),
    ("death_is_withdrawn_by_another", TAKEN_BACK | {"withdrawn_by_id": "the same"}),
]


@pytest.fixture
def notice(encounter, bose):
    return make_death_notice(encounter, bose, died_at=NOON)


@pytest.mark.parametrize(("rule", "changes"), BREAKS)
def test_each_rule_of_the_table_refuses(notice, rule, changes):
    said = {name: notice.said_by_id if value == "the same" else value for name, value in changes.items()}

    assert rule_broken_by(again, notice, **said) == rule


def test_one_person_may_where_the_note_says_why(notice):
    again(notice, **TAKEN_BACK, withdrawn_by_id=notice.said_by_id, alone_note="nobody else on duty")


def test_what_was_taken_back_stays_so_and_no_death_is_deleted(encounter, bose, clara):
    gone = make_death_notice(encounter, bose, died_at=NOON, withdrawn_by=clara, **TAKEN_BACK)
    held = DeathNotice.objects.filter(pk=gone.pk)

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        held.update(withdrawn_at=None, withdrawn_by=None, withdrawn_why="")
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        held.delete()
