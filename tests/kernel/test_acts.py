"""One act, one transaction, one actor; a deadlock is tried once more where the act began."""

from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import OperationalError, connection, transaction

from hmis.kernel.acts import act
from patients.models import Patient
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient


def settings_of_the_transaction():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('hmis.actor', true), current_setting('hmis.facility', true)")
        return cursor.fetchone()


@act
def who_acts(*, actor):
    return settings_of_the_transaction()


@pytest.mark.django_db(transaction=True)
def test_the_database_knows_the_actor_during_the_act_and_not_after(dev):
    assert who_acts(actor=dev) == (str(dev.pk), str(dev.posting.facility_id))
    assert settings_of_the_transaction() == ("", "")


def test_an_act_of_the_system_names_nobody(db):
    assert who_acts(actor=None) == ("", "")


@act
def rename_and_fail(*, patient, actor):
    Patient.objects.filter(pk=patient.pk).update(village="Kanke")
    raise ZeroDivisionError


def test_an_act_that_fails_leaves_nothing(asha, dev):
    with pytest.raises(ZeroDivisionError):
        rename_and_fail(patient=asha, actor=dev)

    asha.refresh_from_db()
    assert asha.village == ""


@act
def lock_both(first, second, meeting, tries, *, actor):
    """Lock two rows; the first time each waits until the other holds its first one."""
    tries.append(first.pk)
    Patient.objects.locked().get(pk=first.pk)
    if len(tries) <= 2:
        with suppress(BrokenBarrierError):
            meeting.wait(5)
    Patient.objects.locked().get(pk=second.pk)
    return "done"


def across(rims, service, actor):
    """Two people who lock the same two rows in opposite order, at once."""
    here, there = make_patient(rims, phone="9431100002"), make_patient(rims, phone="9431100003")
    meeting, tries = Barrier(2), []
    outcomes = all_at_once(
        [
            partial(service, here, there, meeting, tries, actor=actor),
            partial(service, there, here, meeting, tries, actor=actor),
        ]
    )
    return outcomes, tries


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_is_shown_to_nobody(rims, dev):
    outcomes, tries = across(rims, lock_both, dev)

    assert outcomes == ["done", "done"]
    assert len(tries) in (3, 4)  # PostgreSQL ends one of the two; on a busy machine sometimes both


def lock_both_inside(*args, **kwargs):
    with transaction.atomic():
        return lock_both(*args, **kwargs)


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_inside_another_act_is_not_tried_there(rims, dev):
    outcomes, tries = across(rims, lock_both_inside, dev)

    assert OperationalError in map(type, outcomes)
    assert len(tries) == 2
