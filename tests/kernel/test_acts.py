"""One act, one transaction, one actor; a deadlock is tried once more where the act began."""

from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import DataError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

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


@act
def fail_inside_and_go_on(*, actor):
    with suppress(DataError), transaction.atomic():
        Patient.objects.filter(pk=actor.pk).extra(where=["1 / 0 = %s"], params=[1]).first()
    return settings_of_the_transaction()


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_inside_an_act_does_not_make_it_nameless(dev):
    assert fail_inside_and_go_on(actor=dev) == (str(dev.pk), str(dev.posting.facility_id))


@act
def look_up(patient, *, actor):
    return Patient.objects.get(pk=patient.pk), settings_of_the_transaction()[0]


def test_the_first_statement_says_who_acts(asha, dev):
    dev.posting  # known before the act  # noqa: B018
    with CaptureQueriesContext(connection) as asked:
        assert look_up(asha, actor=dev) == (asha, str(dev.pk))

    said = [one["sql"] for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]
    assert len(said) == 2
    assert said[0].startswith("SELECT set_config")


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
