"""Reads whose SQL is composed once: the ORM takes ten times as long to compose a read as to ask it."""

import copy
from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection, connections, models
from django.db.models.expressions import RawSQL
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from hmis.kernel.prepared import prepared

Row = TypeVar("Row")
_numbers = count(1)


class Composed(Generic[Row]):
    """A queryset's rows for values that come later; `@Composed` on the function that makes the queryset.

    The function is called once for each set of keywords, with stand-ins for its values (UUID, str, list of
    str, date, datetime). It may only compare them; what decides the query's shape is a keyword.
    """

    def __init__(self, compose: Callable[..., "models.QuerySet[Any, Row]"]) -> None:
        self.compose = compose
        self.__doc__ = compose.__doc__
        self._held = cache(self._composed)

    def __call__(self, *values: Any, **shape: Hashable) -> list[Row]:
        queryset, stand_ins, written = self._held(tuple(map(type, values)), tuple(shape.items()))
        if queryset.query.select_for_update and connections[queryset.db].get_autocommit():
            raise TransactionManagementError(f"{self.compose.__qualname__} locks outside of a transaction.")
        asked = object.__new__(type(queryset))  # copy() would evaluate it
        asked.__dict__.update(queryset.__dict__)
        asked._query = _Asked(queryset.query, written, dict(zip(stand_ins, values, strict=True)))
        return list(asked)

    def written(self, *values: Any, **shape: Hashable) -> tuple[str, list[Any]]:
        """Its text and what stands at its places, for a statement of which it is a part."""
        _queryset, stand_ins, written = self._held(tuple(map(type, values)), tuple(shape.items()))
        _compiler, text, asked_for, _name = written
        given = dict(zip(stand_ins, values, strict=True))
        return text, [given[one] for one in asked_for]

    def get(self, *values: Any, **shape: Hashable) -> Row:
        """The one row that there is; as a queryset's, it raises DoesNotExist where there is none."""
        found = self(*values, **shape)
        if not found:
            queryset, *_ = self._held(tuple(map(type, values)), tuple(shape.items()))
            raise queryset.model.DoesNotExist(f"{self.compose.__qualname__} has no row for {values}.")
        (row,) = found
        return row

    def _composed(self, kinds: tuple[type, ...], shape: tuple[tuple[str, Hashable], ...]) -> Any:
        values = [_stand_in(kind) for kind in kinds]
        queryset = self.compose(*values, **dict(shape))
        compiler = queryset.query.get_compiler(queryset.db)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([one for one, *_ in compiler.select[: compiler.col_count]])
        compiler.get_converters = lambda _expressions: converters  # the same for every answer
        compiler.select = [(one, None, alias) for one, _said, alias in compiler.select]  # it is said by now
        stand_ins = [_name(value) for value in values]
        lost = [
            kind for kind, name in zip(kinds, stand_ins, strict=True) if name not in map(_name, parameters)
        ]
        if lost:
            raise TypeError(f"{self.compose.__qualname__} does more with {lost} than compare it.")
        text, asked_for = _with_constants(sql, parameters, stand_ins)
        return queryset, stand_ins, (compiler, text, asked_for, self.compose.__name__)


def among(keys: Sequence[UUID]) -> RawSQL:
    """For `…__in=`: these keys as one value, however many they are."""
    return RawSQL("SELECT unnest(%s::uuid[])", [list(keys)])


class _Asked:
    """The query of a composed queryset, with the values of one asking."""

    def __init__(self, query: Any, written: tuple[Any, str, list[Any], str], given: dict[Any, Any]) -> None:
        self.query, self.written, self.given = query, written, given

    def __getattr__(self, name: str) -> Any:
        return getattr(self.query, name)  # what tells rows from values

    def get_compiler(self, using: str, *_more: Any, **_options: Any) -> Any:
        composed, text, asked_for, name = self.written
        compiler = copy.copy(composed)
        compiler.connection = connections[using]
        values = tuple(self.given[one] for one in asked_for)
        compiler.as_sql = lambda *_args, **_options: (prepared(text, name), values)
        return compiler


def _with_constants(sql: str, parameters: Sequence[Any], stand_ins: list[Any]) -> tuple[str, list[Any]]:
    """The text with what never differs written into it, and which value stands at each place that is left.

    An index of some rows only serves a statement that says which.
    """
    parts, asked_for = sql.split("%s"), []
    text = parts[0]
    with connection.cursor() as cursor:
        for value, part in zip(parameters, parts[1:], strict=True):
            if (name := _name(value)) in stand_ins:
                asked_for.append(name)
                text += f"%s{part}"
            else:
                constant = cursor.mogrify("%s", [value]).decode()
                text += constant.replace("%", "%%") + part
    return text, asked_for


def _stand_in(kind: type) -> Any:
    """A value of this kind that nobody asks for."""
    number = next(_numbers)
    if issubclass(kind, str):
        return f"\ue000{number}"
    if issubclass(kind, list):
        return [f"\ue000{number}"]
    if issubclass(kind, UUID):
        return UUID(int=number)
    if issubclass(kind, datetime):
        return timezone.make_aware(datetime(1, 2, 1)) + timedelta(seconds=number)
    if issubclass(kind, date):
        return date(1, 1, 1) + timedelta(days=number)
    raise TypeError(f"{kind} cannot be stood in for.")


def _name(value: Any) -> Any:
    """The value, or what stands for a list among hashable ones."""
    return tuple(value) if isinstance(value, list) else value
