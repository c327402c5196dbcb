"""Rows by COPY: written past the services and their triggers, but under every constraint of their tables."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any, NamedTuple

from django.db import connection, models

from hmis.kernel.ids import uuid7

Model = type[models.Model]


class Copied(NamedTuple):
    """Rows of one model as COPY reads them."""

    model: Model
    columns: list[str]
    text: str


class Table:
    """Rows of one model in COPY's text format; a column that a row does not name has its field's default."""

    def __init__(self, model: Model) -> None:
        fields = model._meta.local_concrete_fields
        self.model = model
        self.columns = [one.column for one in fields]
        self._place = {one.attname: at for at, one in enumerate(fields)}
        self._blank = [_default(one) for one in fields]
        self._lines: list[str] = []

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, **said: Any) -> str:
        """A row that says this; its key, a new one unless it says it. JSON is given as text (`as_json`)."""
        if "id" not in said:
            said["id"] = str(uuid7())
        line = self._blank.copy()
        for name, value in said.items():
            line[self._place[name]] = shown(value)
        self._lines.append("\t".join(line))
        return str(said["id"])

    def copied(self) -> Copied:
        """The rows so far."""
        return Copied(self.model, self.columns, "".join(f"{line}\n" for line in self._lines))


class Tables:
    """The tables of one batch, each made when its first row comes."""

    def __init__(self) -> None:
        self._tables: dict[Model, Table] = {}

    def __getitem__(self, model: Model) -> Table:
        table = self._tables.get(model)
        if table is None:
            table = self._tables[model] = Table(model)
        return table

    def __iter__(self) -> Iterator[Table]:
        return iter(self._tables.values())


def as_json(value: Any) -> str:
    """A value of a JSON column, as `Table.add` takes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def shown(value: Any) -> str:
    r"""A value as COPY's text format has it: \N for nothing, {a,b} for a list of words."""
    if value is None:
        return r"\N"
    if isinstance(value, list):
        return "{" + ",".join(f'"{word}"' for word in value) + "}"
    text = str(value)
    if "\\" in text or "\t" in text or "\n" in text:
        return text.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ")
    return text


def _default(field: Any) -> str:
    value = field.get_default()
    return shown(as_json(value) if isinstance(field, models.JSONField) else value)


def write(tables: Iterable[Copied]) -> None:
    """Take these rows in, in the caller's transaction; every constraint has been looked at afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in tables:
            cursor.copy_from(StringIO(table.text), table.model._meta.db_table, columns=table.columns)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def triggers_rest(written: Iterable[Model]) -> Iterator[None]:
    """The tables' own triggers (histories, names) rest until the block ends; their constraints do not."""
    tables = list(written)
    with connection.cursor() as cursor:  # a table whose rows wait to be looked at cannot be altered
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    on_tables(tables, "ALTER TABLE {} DISABLE TRIGGER USER")
    yield
    on_tables(tables, "ALTER TABLE {} ENABLE TRIGGER USER")


def on_tables(written: Iterable[Model], statement: str) -> None:
    """Run a statement for the table of each of these models."""
    with connection.cursor() as cursor:
        for model in written:
            cursor.execute(statement.format(connection.ops.quote_name(model._meta.db_table)))
