"""What must be true of the database before a hospital trusts it."""

from typing import Any

from django.core.checks import Error, register
from django.core.checks.messages import CheckMessage
from django.db import connection

from hmis.kernel import scope, walls

NEEDED = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@register("database", deploy=False)
def durable(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """A receipt that was handed out must outlive a power cut. Runs with `check --database default`."""
    if not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(NEEDED)])
        found = dict(cursor.fetchall())
    wrong = [name for name, value in NEEDED.items() if found.get(name) != value]
    return [Error(f"PostgreSQL must run with {name} = {NEEDED[name]}.", id="kernel.E001") for name in wrong]


def walled() -> list[CheckMessage]:
    """Each hospital's rows stand behind row-level security, and no setting of the role or server opens it."""
    with scope.within(scope.NOBODY), connection.cursor() as cursor:
        gaps = ", ".join(sorted(wall.table for wall in walls.broken(cursor)))
        cursor.execute("SELECT current_setting('hmis.reach', true)")
        (opened,) = cursor.fetchone()
    found: list[CheckMessage] = []
    if gaps:
        found.append(Error(f"Row-level security does not stand on {gaps}: run migrate.", id="kernel.E003"))
    if opened:
        found.append(Error("hmis.reach must have no value of its own in PostgreSQL.", id="kernel.E004"))
    return found


ROLE = """
    SELECT role.rolsuper, role.rolbypassrls, role.rolcreaterole, role.rolcreatedb, role.rolreplication,
        EXISTS (SELECT FROM pg_database WHERE datname = current_database() AND datdba = role.oid)
        OR EXISTS (
            SELECT FROM pg_class WHERE relowner = role.oid AND relnamespace = 'public'::regnamespace
        ),
        EXISTS (
            SELECT FROM pg_roles other
            WHERE other.oid <> role.oid AND pg_has_role(role.oid, other.oid, 'MEMBER')
            AND (other.rolsuper OR EXISTS (
                SELECT FROM pg_database WHERE datname = current_database() AND datdba = other.oid
            ))
        )
    FROM pg_roles role WHERE role.rolname = current_user
"""
TOO_MUCH = (
    "is a superuser",
    "may pass over row security",
    "may make roles",
    "may make databases",
    "may copy the whole server",
    "owns the database or its tables",
    "may become somebody who may",
)


def least_privilege() -> list[CheckMessage]:
    """The web and the worker come as a role that owns nothing, or what the audit holds could be rewritten."""
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        too_much = [words for held, words in zip(cursor.fetchone(), TOO_MUCH, strict=True) if held]
    return [
        Error(
            f"DATABASE_URL must name the application's own role: {connection.settings_dict['USER']} {words}.",
            id="kernel.E002",
        )
        for words in too_much
    ]
