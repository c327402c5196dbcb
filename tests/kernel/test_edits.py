"""A row is put right from a form that saw it as it is."""

import pytest
from django.utils import timezone

from facilities.models import Room
from hmis.kernel.edits import put_right, refuse_changed, version_shown
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry


def test_what_differs_is_written_with_its_fact_and_the_same_again_changes_nothing(rims, kavita):
    room = Room.objects.create(facility=rims, number="7")
    said = {"number": "8", "facility": rims}

    for _time in range(2):
        put_right("facilities.room_edited", room, said, actor=kavita, at=timezone.now())

    assert (room.number, room.rev) == ("8", 1)
    assert AuditEntry.objects.get(name="facilities.room_edited").detail["fields"] == ["number"]


def test_a_form_that_saw_another_state_is_refused():
    refuse_changed(3, 3)
    with pytest.raises(Refusal, match="Somebody else changed this meanwhile"):
        refuse_changed(4, 3)


def test_a_form_of_a_row_that_is_not_there_yet_carries_nothing(rims):
    room = Room(facility=rims, number="7")

    assert version_shown(None) == version_shown(room) == 0
    room.save()
    assert version_shown(room) == 1
