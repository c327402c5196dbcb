"""What must be true of the database before a hospital trusts it."""

from typing import Any

from django.core.checks import Error, register
from django.core.checks.messages import CheckMessage
from django.db import connection

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
