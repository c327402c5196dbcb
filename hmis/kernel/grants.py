"""What the application's database role may do: derived from the models, given after each migration.

It owns nothing and truncates nothing. It deletes only local rows, and it changes no column that a
model's `may_change` does not name: an audit row or a payment stays, whatever the code above does.
"""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections, models
from psycopg2 import sql

from hmis.kernel.history import HistoryEvent
from hmis.kernel.models import Record

DELETES_ROWS = {"knox.AuthToken"}


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
    """Grant anew once the last app is migrated. A database without the role is left alone."""
    last = [config for config in apps.get_app_configs() if config.models_module][-1]
    if app_config.label != last.label:
        return
    with connections[using].cursor() as cursor:
        role = settings.DATABASE_APP_ROLE
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone():
            _grant_all(cursor, connections[using])


def _grant_all(cursor: Any, connection: Any) -> None:
    role = sql.Identifier(settings.DATABASE_APP_ROLE)
    ours = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    # After a step back, a model of today may have no table yet, or lack a column.
    there = set(connection.introspection.table_names(cursor))
    for model in (model for model in ours if model._meta.managed and model._meta.db_table in there):
        name = sql.Identifier(model._meta.db_table)
        cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(name, role))
        columns = connection.introspection.get_table_description(cursor, model._meta.db_table)
        given = sql.SQL(", ".join(rights(model, there={one.name for one in columns})))
        cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(given, name, role))
    cursor.execute(sql.SQL("GRANT SELECT ON django_migrations TO {}").format(role))
    cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
