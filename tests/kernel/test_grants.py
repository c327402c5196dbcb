"""What the application's own database role may do, and above all what it may not."""

from collections import defaultdict
from uuid import uuid4

import pgtrigger
import pytest
from django.apps import apps
from django.db import InternalError, ProgrammingError, connection, transaction

from billing.models import Invoice, Payment
from hmis.kernel import pdf
from hmis.kernel.grants import after_migration
from hmis.kernel.history import HistoryEvent
from hmis.kernel.models import AuditEntry, IssuedDocument, Record
from patients.models import Patient
from tests.billing.test_take_payment import pay

MODELS = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
RECORDS = [model for model in MODELS if issubclass(model, Record)]
EVENTS = [model for model in MODELS if issubclass(model, HistoryEvent)]
WRITTEN_ONCE = [model for model in RECORDS if model.may_change == ()]
HOSPITALS_OWN = [model for model in RECORDS if model.sync != "local"]


def rights_of(role):
    """{table: the privileges of this role on it}, as PostgreSQL tells them."""
    rights = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = %s",
            [role],
        )
        for table, privilege in cursor.fetchall():
            rights[table].add(privilege)
    return rights


@pytest.fixture
def role(db, settings):
    return settings.DATABASE_APP_ROLE


def refused(statement):
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_application_reads_and_writes_every_table_and_truncates_none(role):
    rights = rights_of(role)

    for model in MODELS:
        assert {"SELECT", "INSERT"} <= rights[model._meta.db_table], model
        assert not rights[model._meta.db_table] & {"TRUNCATE", "REFERENCES", "TRIGGER"}, model


def test_what_is_written_once_cannot_be_updated(as_application):
    rights = rights_of(as_application)

    for model in WRITTEN_ONCE + EVENTS:
        column = model._meta.pk.column
        refused(f'UPDATE {model._meta.db_table} SET "{column}" = "{column}"')
        assert "UPDATE" not in rights[model._meta.db_table], model


def test_nothing_clinical_or_about_money_can_be_deleted(as_application):
    for model in HOSPITALS_OWN + EVENTS:
        refused(f"DELETE FROM {model._meta.db_table}")
        refused(f"TRUNCATE {model._meta.db_table} CASCADE")


@pytest.mark.parametrize("name", ["AuditEntry", "Payment", "Invoice", "ChargeItem", "IssuedDocument"])
def test_the_tables_that_matter_most_are_among_these(name):
    assert name in {model.__name__ for model in HOSPITALS_OWN}


def test_silencing_the_triggers_opens_nothing(invoice, dev, as_application):
    pay(invoice, dev, "5.00")

    with pgtrigger.ignore():
        for model in AuditEntry, Payment:
            refused(f"UPDATE {model._meta.db_table} SET id = id")
            refused(f"DELETE FROM {model._meta.db_table}")
        refused("UPDATE billing_invoice SET total = 0")
        refused("UPDATE kernel_issueddocument SET context = '{}'")


def test_an_invoice_moves_on_by_its_status_alone(invoice, as_application):
    assert Invoice.objects.update(status="paid") == 1
    refused("UPDATE billing_invoice SET number = 'X'")


def test_a_papers_bytes_are_kept_with_the_applications_rights(invoice, dev, as_application):
    payment = pay(invoice, dev, "5.00")
    paper = IssuedDocument.objects.get(about_id=payment.pk)

    assert pdf.bytes_of(paper).startswith(b"%PDF-")
    assert pdf.reprint(paper, actor=dev, at=payment.received_at).copy == 1


def test_a_change_is_seen_by_the_history_with_the_applications_rights(asha, as_application):
    Patient.objects.update(village="Kanke")

    assert asha.history_events.filter(village="Kanke").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "DROP TABLE kernel_auditentry",
        "ALTER TABLE kernel_auditentry DISABLE TRIGGER ALL",
        "ALTER TABLE billing_payment ADD COLUMN note text",
        "DROP TRIGGER pgtrigger_append_only_5d6d8 ON kernel_auditentry",
        "SET session_replication_role = replica",
        "SET SESSION AUTHORIZATION hmis_owner",
    ],
)
def test_the_application_changes_no_table_and_no_right(as_application, statement):
    if statement.startswith("DROP TRIGGER"):
        statement = statement.replace("pgtrigger_append_only_5d6d8", a_trigger_of("kernel_auditentry"))
    if statement.startswith("SET SESSION"):
        statement = statement.replace("hmis_owner", "postgres")
    refused(statement)


def a_trigger_of(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table]
        )
        return cursor.fetchone()[0]


def test_rights_are_given_anew_after_each_migration(role):
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT DELETE, UPDATE ON kernel_auditentry TO {role}")
    last = [config for config in apps.get_app_configs() if config.models_module][-1]
    after_migration(last, using="default")

    assert rights_of(role)[AuditEntry._meta.db_table] == {"SELECT", "INSERT"}


def test_a_database_with_one_role_only_is_left_alone(db, settings):
    settings.DATABASE_APP_ROLE = "nobody_of_this_name"

    after_migration(
        [config for config in apps.get_app_configs() if config.models_module][-1], using="default"
    )


@pytest.mark.parametrize("model", WRITTEN_ONCE, ids=lambda model: model._meta.label)
def test_what_is_written_once_is_held_by_a_trigger_as_well(model):
    if model.sync == "local":
        return
    assert "append_only" in {trigger.name for trigger in model._meta.triggers}


def test_the_owner_too_is_refused_by_the_triggers(invoice, dev):
    pay(invoice, dev, "5.00")

    for rows in Payment.objects.all(), AuditEntry.objects.all():
        with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
            rows.update(id=uuid4())
        with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
            rows._raw_delete("default")


def test_a_trigger_asks_whether_it_is_ignored_without_an_error_that_is_taken_back(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lanname FROM pg_proc JOIN pg_language ON prolang = pg_language.oid "
            "WHERE proname = '_pgtrigger_should_ignore'"
        )
        assert cursor.fetchall() == [("sql",)]
        cursor.execute("SELECT public._pgtrigger_should_ignore('one') IS TRUE")
        assert cursor.fetchall() == [(False,)]
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{one,other}', true)")
        cursor.execute(
            "SELECT public._pgtrigger_should_ignore('one'), public._pgtrigger_should_ignore('two')"
        )
        assert cursor.fetchall() == [(True, False)]
