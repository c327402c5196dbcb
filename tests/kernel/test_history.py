"""Every version of a row is kept by the database itself, whichever way it was changed."""

import pytest
from django.db import connection

from facilities.models import User
from hmis.kernel.acts import act
from patients.models import Patient


@act
def rename(*, patient, village, actor):
    Patient.objects.filter(pk=patient.pk).update(village=village)


def villages(patient):
    events = patient.history_events.order_by("pgh_created_at", "pgh_id")
    return [(event.pgh_label, event.village) for event in events]


def test_a_new_row_is_its_first_version(asha):
    assert villages(asha) == [("insert", "")]


def test_a_bulk_update_is_seen(asha):
    Patient.objects.update(village="Kanke")

    assert villages(asha) == [("insert", ""), ("update", "Kanke")]


def test_raw_sql_is_seen(asha):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET village = 'Ormanjhi'")

    assert villages(asha) == [("insert", ""), ("update", "Ormanjhi")]


def test_even_a_deleted_row_leaves_its_last_version(asha):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM patients_patient")

    assert villages(asha)[-1] == ("delete", "")


def test_a_version_knows_who_made_it_and_where(asha, kavita):
    rename(patient=asha, village="Kanke", actor=kavita)

    event = asha.history_events.get(pgh_label="update")
    assert (event.pgh_actor_id, event.pgh_facility_id) == (kavita.pk, kavita.posting.facility_id)


def test_a_change_without_a_person_names_nobody(asha):
    Patient.objects.update(village="Kanke")

    event = asha.history_events.get(pgh_label="update")
    assert (event.pgh_actor_id, event.pgh_facility_id) == (None, None)


def test_each_change_counts_the_revision_up_whatever_was_written(asha):
    Patient.objects.update(village="Kanke", rev=0)
    Patient.objects.update(village="Ormanjhi", rev=77)

    asha.refresh_from_db()
    assert asha.rev == 2


def test_the_node_that_wrote_a_row_first_stays(asha):
    Patient.objects.update(origin_node=999)

    asha.refresh_from_db()
    assert asha.origin_node == 121


def test_a_password_is_in_no_history(dev):
    fields = {field.name for field in User._meta.get_field("history_events").related_model._meta.fields}

    assert "username" in fields
    assert not fields & {"password", "last_login"}


@pytest.mark.django_db(transaction=True)
def test_who_acts_is_forgotten_when_the_act_is_over(asha, kavita):
    rename(patient=asha, village="Kanke", actor=kavita)
    Patient.objects.update(village="Ormanjhi")

    nobodys = asha.history_events.get(village="Ormanjhi")
    assert (nobodys.pgh_actor_id, nobodys.pgh_facility_id) == (None, None)
