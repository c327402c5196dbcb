"""The second wall: row-level security on every table that belongs to a hospital.

`visible_to` is the first. Should a query forget it, PostgreSQL itself shows only rows of the hospitals that
the transaction has said (scope.py), and without a word none. The policies are derived from the models and
put up after each migration, as the grants are. FORCE holds the owner of the tables to them too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models
from psycopg2 import sql

from hmis.kernel.history import HistoryEvent
from hmis.kernel.models import Record

POLICY = "of_the_hospital"
READ_POLICY = "read_by_others_too"
# In brackets PostgreSQL asks for it once a statement, not once a row.
REACH = "(SELECT current_setting('hmis.reach', true))"
# Looked for as text: nothing is parsed for each row, and for `<> 0` the planner assumes that nearly all rows
# pass. An `= ANY (…)` it would count twice, with the query's own condition, and leave the right index.
OWN = f"{REACH} = 'all' OR strpos({REACH}, facility_id::text) <> 0"
# A row of no hospital: an office of the state wrote it, or somebody who had not yet come in.
READ_NOBODYS = f"{OWN} OR (facility_id IS NULL AND {REACH} <> '')"
# Read, never written: whose chart is open (scope.with_charts).
IN_OPEN_CHART = "strpos((SELECT current_setting('hmis.charts', true)), patient_id::text) <> 0"
WRITE_NOBODYS = f"{OWN} OR facility_id IS NULL"


@dataclass(frozen=True)
class Wall:
    """The policies of one table: which rows are read and changed, which may be written, which others read."""

    table: str
    using: str
    check: str
    opens: str = ""


def model_behind(model: type[models.Model]) -> type[models.Model]:
    """The model whose rows these are, or whose history."""
    if issubclass(model, HistoryEvent):
        return model.pgh_tracked_model  # type: ignore[return-value]
    return model


def is_bound(model: type[models.Model]) -> bool:
    """Whether each row belongs to one hospital, whose people alone read it."""
    behind = model_behind(model)
    columns = {field.column for field in model._meta.concrete_fields}
    return "facility_id" in columns and issubclass(behind, Record) and not behind.read_everywhere


def bound_models() -> list[type[models.Model]]:
    ours = (one for one in apps.get_models(include_auto_created=True) if one._meta.managed)
    return [model for model in ours if not model._meta.proxy and is_bound(model)]


def wall_of(model: type[models.Model]) -> Wall:
    (field,) = (field for field in model._meta.concrete_fields if field.column == "facility_id")
    opens = _opens(model)
    if field.null:
        return Wall(model._meta.db_table, READ_NOBODYS, WRITE_NOBODYS, opens)
    return Wall(model._meta.db_table, OWN, OWN, opens)


def _opens(model: type[models.Model]) -> str:
    """To whom else its rows show themselves. Histories never do."""
    if not issubclass(model, Record):
        return ""
    return IN_OPEN_CHART if model.opens_with_chart else f"{REACH} <> ''" if model.known_to_all else ""


STANDING = """
    SELECT relname, coalesce(obj_description(policy.oid, 'pg_policy'), '')
    FROM pg_class
    LEFT JOIN pg_policy policy ON polrelid = pg_class.oid AND polname = %s
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relrowsecurity AND relforcerowsecurity
"""


def put_up(cursor: Any, tables: set[str]) -> None:
    """Raise what does not stand yet, take down what no model asks for. `tables` are those that are there."""
    standing = _standing(cursor)
    for wall in broken(cursor):
        if wall.table in tables:
            _raise(cursor, wall)
    for table in standing.keys() - {model._meta.db_table for model in bound_models()}:
        _take_down(cursor, table)


def broken(cursor: Any) -> list[Wall]:
    """The walls that do not stand as the models ask."""
    standing = _standing(cursor)
    # The policy bears its own text as a comment: PostgreSQL gives it back in other words.
    return [wall for wall in map(wall_of, bound_models()) if standing.get(wall.table) != repr(wall)]


def _standing(cursor: Any) -> dict[str, str]:
    cursor.execute(STANDING, [POLICY])
    return dict(cursor.fetchall())


def _raise(cursor: Any, wall: Wall) -> None:
    table, policy, others = map(sql.Identifier, (wall.table, POLICY, READ_POLICY))
    statements = [
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "DROP POLICY IF EXISTS {policy} ON {table}",
        "DROP POLICY IF EXISTS {others} ON {table}",
        f"CREATE POLICY {{policy}} ON {{table}} USING ({wall.using}) WITH CHECK ({wall.check})",
    ]
    if wall.opens:
        statements.append(f"CREATE POLICY {{others}} ON {{table}} FOR SELECT USING ({wall.opens})")
    for statement in statements:
        cursor.execute(sql.SQL(statement).format(table=table, policy=policy, others=others))
    comment = sql.SQL("COMMENT ON POLICY {} ON {} IS {}")
    cursor.execute(comment.format(policy, table, sql.Literal(repr(wall))))


def _take_down(cursor: Any, table: str) -> None:
    name = sql.Identifier(table)
    for policy in (POLICY, READ_POLICY):
        cursor.execute(sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(sql.Identifier(policy), name))
    cursor.execute(
        sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY").format(name)
    )


@contextmanager
def owner_passes(*tables: str) -> Iterator[None]:
    """The owner alone passes by the walls of these tables: COPY takes in no rows past a policy."""
    _force(tables, "NO FORCE")
    try:
        yield
    finally:
        _force(tables, "FORCE")


def _force(tables: tuple[str, ...], how: str) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY").format(sql.Identifier(table), sql.SQL(how))
            )
