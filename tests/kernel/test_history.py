"""Every version of a row is kept by the database itself, whichever way it was changed."""

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

from facilities.models import User
from hmis.kernel.acts import act
from hmis.kernel.history import ReplacedVersion, changes_of, version_of
from hmis.kernel.ids import uuid7
from patients.models import Patient, RelatedPerson
from tests.factories.notes import make_note
from tests.opd.test_register_visit import visit
from tests.patients.test_register_patient import SITA


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


# ── Where only what was replaced is kept ──

EVENTS = [model for model in apps.get_models() if issubclass(model, ReplacedVersion)]


def some(field):
    """A value that this column takes."""
    if field.is_relation or isinstance(field, models.UUIDField):
        return uuid7()
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return timezone.localdate()
    return "x" if isinstance(field, models.CharField | models.TextField) else 7


def bare(model, facility):
    """A row of this table past its rules: what it points at is not there."""
    with connection.cursor() as cursor:
        for rule in model._meta.constraints:
            if isinstance(rule, models.CheckConstraint):
                cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {rule.name}")
    fields = model._meta.concrete_fields
    needed = [field for field in fields if not (field.null or field.blank or field.has_default())]
    row = model(**{field.attname: some(field) for field in needed} | {"facility_id": facility.pk})
    model._base_manager.bulk_create([row])
    return row


@act
def put(*, row, name, value, actor):
    type(row)._base_manager.filter(pk=row.pk).update(**{name: value})


@pytest.mark.parametrize("events", EVENTS, ids=lambda events: events.pgh_tracked_model.__name__)
def test_whoever_changes_such_a_row_leaves_it_as_it_was(events, bose, settings):
    model = events.pgh_tracked_model
    # Undone by the test itself: a table without its rules is nobody else's.
    with transaction.atomic():
        row = bare(model, bose.posting.facility)
        assert not row.replaced_versions.exists()
        before = model._base_manager.values().get(pk=row.pk)
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_APP_ROLE}")
        name = (model.may_change or ["rev"])[0]
        put(row=row, name=name, value=some(model._meta.get_field(name)), actor=bose)

        kept = row.replaced_versions.values().get()
        transaction.set_rollback(True)
    assert (kept["pgh_label"], kept["pgh_actor_id"]) == ("update", bose.pk)
    assert kept["pgh_facility_id"] == bose.posting.facility_id
    before.pop("sections", None)  # of a note: each is a row of its own
    assert {column: kept[column] for column in before} == before


def test_raw_sql_on_a_notes_text_alone_is_seen(encounter, bose):
    note = make_note(encounter, bose)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_clinicalnote SET sections = '{}'")

    assert note.replaced_versions.latest("pgh_id").version == note.versions.get().number


def test_what_was_deleted_is_kept_too(asha):
    mother = RelatedPerson(patient=asha, facility_id=asha.facility_id, name="Sita", relation="mother")
    mother.save()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM patients_relatedperson")

    assert RelatedPerson._meta.get_field("replaced_versions").related_model.objects.get().name == "Sita"


def test_a_paid_registration_of_somebody_new_replaces_nothing(med, unit, kavita):
    visit(SITA, med, kavita)

    assert not [events for events in EVENTS if events.objects.exists()]


@pytest.mark.parametrize("read", [version_of, changes_of])
def test_who_reads_what_changes_made_finds_no_version_that_was_replaced(read, invoice):
    with pytest.raises(AttributeError):
        read(invoice)
