"""Who is at work and how far that reaches: said to the database with the first statement of each transaction.

The row policies of walls.py read it there. Where nothing is said, PostgreSQL shows no hospital's rows.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from django.db.backends.signals import connection_created
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

T = TypeVar("T")
ALL = "all"
# What reads or writes rows. Anything else (a savepoint, VACUUM) may not bear a second statement beside it.
ABOUT_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "(", "EXPLAIN", "EXECUTE", "DECLARE")


@dataclass(frozen=True)
class Scope:
    """Who acts, at which hospital, and the hospitals whose rows may be seen: `{id,…}`, "all" or none.

    `charts` are the patients whose whole chart is open: their clinical rows are read from whatever hospital.
    """

    actor: str = ""
    facility: str = ""
    reach: str = ""
    charts: str = ""

    @classmethod
    def of(cls, actor: Any) -> "Scope":
        """The scope of an act of this person."""
        posting = actor.posting
        return cls(str(actor.pk), str((posting and posting.facility_id) or ""), reach_of(actor))

    @cached_property
    def introduction(self) -> str:
        """What begins a transaction; nothing where there is nothing to say."""
        return self._said(only_new=True)

    @cached_property
    def correction(self) -> str:
        """What changes a transaction that has begun for somebody else."""
        return self._said(only_new=False)

    def _said(self, *, only_new: bool) -> str:
        # Ids and a word of ours: nothing of it is anybody's text.
        calls = [
            f"set_config('hmis.{name}', '{value}', true)"
            for name, value in vars(self).items()
            if name in WORDS and (value or not only_new)
        ]
        return f"SELECT {', '.join(calls)};\n" if calls else ""


WORDS = frozenset(field.name for field in fields(Scope))
NOBODY = Scope()
_scope: ContextVar[Scope] = ContextVar("scope", default=NOBODY)


def current() -> Scope:
    return _scope.get()


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Everything asked of the database here is asked in this scope."""
    before = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(before)


def acting(actor: Any) -> Scope:
    """The scope of an act: its actor's; one of the system keeps the reach in which it was begun.

    Charts that are open stay so: who reads them is who acts.
    """
    if actor is None:
        return replace(current(), actor="", facility="")
    return replace(Scope.of(actor), charts=current().charts)


def with_charts(patients: Iterable[UUID]) -> Scope:
    """The scope of now, with these patients' charts open too (patients.services.open_chart says whose)."""
    now = current()
    opened = {*now.charts.strip("{}").split(","), *map(str, patients)} - {""}
    return replace(now, charts=f"{{{','.join(sorted(opened))}}}" if opened else "")


def settle(scope: Scope) -> None:
    """From here on, until the request is over."""
    _scope.set(scope)


def reading(user: Any) -> Scope:
    """What a request may read: as far as its person's working posting reaches."""
    return Scope(reach=reach_of(user))


def reach_of(user: Any) -> str:
    posting = getattr(user, "posting", None)
    return _reach(posting.hospitals()) if posting else ""


def at_hospitals(*facility_ids: UUID | None) -> Scope:
    """The scope of work for these hospitals without a person: a screen in the hall, a listener."""
    return Scope(reach=_reach([one for one in facility_ids if one]))


def everywhere() -> Scope:
    """The whole state: commands at the server, the worker's rounds, the look at one row by its secret."""
    return Scope(reach=ALL)


def _reach(hospitals: Iterable[UUID] | None) -> str:
    return ALL if hospitals is None else f"{{{','.join(sorted(map(str, hospitals)))}}}"


def carried(rows: Iterable[T]) -> Iterator[T]:
    """The rows, each read in the scope of now, also when the request is over and the file is still sent."""
    mine, source = current(), iter(rows)
    while True:
        with within(mine):
            try:
                row = next(source)
            except StopIteration:
                return
        yield row


def introduce(execute: Any, sql: Any, parameters: Any, many: bool, context: Any) -> Any:
    """Says the scope together with the first statement of a transaction, and again when it has changed."""
    connection, raw = context["connection"], context["cursor"].cursor
    begins = connection.connection.get_transaction_status() == TRANSACTION_STATUS_IDLE
    said = NOBODY if begins else getattr(connection, "scope_said", NOBODY)
    wanted = _scope.get()
    if not isinstance(sql, str) or not sql.lstrip()[:8].upper().startswith(ABOUT_ROWS):
        # What a savepoint's end takes back may have been the introduction.
        lost = isinstance(sql, str) and sql.startswith("ROLLBACK")
        connection.scope_said = None if lost else said
        return execute(sql, parameters, many, context)
    words = "" if said == wanted else wanted.introduction if said == NOBODY else wanted.correction
    connection.scope_said = wanted
    if words and getattr(raw, "name", None):
        with _said_before(raw.connection, words, alone=begins and connection.get_autocommit()):
            return execute(sql, parameters, many, context)
    return execute(words + sql, parameters, many, context)


def unsay(connection: Any) -> None:
    """What is sent past `introduce` may begin the transaction: whoever comes next says the scope."""
    connection.scope_said = NOBODY


@contextmanager
def _said_before(raw: Any, words: str, *, alone: bool) -> Iterator[None]:
    """A cursor of the server's takes one statement: the words go first, in a transaction around both."""
    with raw.cursor() as beside:
        beside.execute(f"BEGIN;\n{words}" if alone else words)
        try:
            yield
        except BaseException:
            if alone:
                beside.execute("ROLLBACK")
            raise
        if alone:
            beside.execute("COMMIT")


def _install(connection: Any, **_: Any) -> None:
    if connection.vendor == "postgresql" and introduce not in connection.execute_wrappers:
        connection.execute_wrappers.append(introduce)


connection_created.connect(_install, dispatch_uid="kernel.scope")
