"""What the application's database role may do: derived from the models, given after each migration.

It owns nothing and truncates nothing. It deletes only local rows, and it changes no column that a
model's `may_change` does not name: an audit row or a payment stays, whatever the code above does.
"""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections, models
from psycopg2 import sql

from hmis.kernel import walls
from hmis.kernel.history import HistoryEvent
from hmis.kernel.models import Record

DELETES_ROWS = {"knox.AuthToken"}
COLUMNS = """
    SELECT relname, array_agg(attname::text) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    GROUP BY relname
"""
# Each trigger asks first whether it is to be ignored. pgtrigger's own body raises an error and takes it back
# where nothing is said, which is always: a subtransaction for every row that is written.
SHOULD_IGNORE = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE sql STABLE AS $$
        SELECT trigger_name::text = ANY (NULLIF(current_setting('pgtrigger.ignore', true), '')::text[])
    $$
"""


def rights(model: type[models.Model], *, there: set[str] | None = None) -> list[str]:
    """The privileges on one table, as GRANT writes them. `there`: the columns that it has."""
    if issubclass(model, HistoryEvent):
        return ["SELECT", "INSERT"]
    if not issubclass(model, Record):
        return ["SELECT", "INSERT", "UPDATE"] + ["DELETE"] * (model._meta.label in DELETES_ROWS)
    given = ["SELECT", "INSERT"]
    if model.may_change is None:
        given.append("UPDATE")
    elif model.may_change:
        fields = {field.name: field.column for field in model._meta.concrete_fields}
        named = [fields[name] for name in model.may_change]
        columns = ", ".join(f'"{one}"' for one in named if there is None or one in there)
        given += [f"UPDATE ({columns})"] * bool(columns)
    return given + ["DELETE"] * (model.sync == "local")


def after_migration(app_config: AppConfig, using: str, **_: Any) -> None:
    """Put up the walls and grant anew once the last app is migrated. Without the role nothing is granted.

    What the triggers ask is put back, too: each migration of a trigger brings pgtrigger's own along.
    """
    last = [config for config in apps.get_app_configs() if config.models_module][-1]
    if app_config.label != last.label:
        return
    with connections[using].cursor() as cursor:
        # After a step back, a model of today may have no table yet, or lack a column.
        cursor.execute(COLUMNS)
        there = {table: set(columns) for table, columns in cursor.fetchall()}
        walls.put_up(cursor, set(there))
        cursor.execute(SHOULD_IGNORE)
        role = settings.DATABASE_APP_ROLE
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone():
            _grant_all(cursor, there)


def _grant_all(cursor: Any, there: dict[str, set[str]]) -> None:
    role = sql.Identifier(settings.DATABASE_APP_ROLE)
    ours = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    for model in (model for model in ours if model._meta.managed and model._meta.db_table in there):
        name = sql.Identifier(model._meta.db_table)
        cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(name, role))
        given = sql.SQL(", ".join(rights(model, there=there[model._meta.db_table])))
        cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(given, name, role))
    cursor.execute(sql.SQL("GRANT SELECT ON django_migrations TO {}").format(role))
    cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
