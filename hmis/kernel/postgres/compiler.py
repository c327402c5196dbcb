"""Django's compilers. Saying each column of each table anew was half of saying a statement."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.postgresql import compiler as django
from django.db.models import Model
from django.db.models.expressions import BaseExpression, Col, Expression
from django.db.models.sql.compiler import SQLCompiler as Compiler

_said: dict[tuple[str, str | None], str] = {}


class Said(Compiler):
    """Before one of Django's: a column's name and a table's list of columns are made once in a process."""

    def compile(self, node: BaseExpression) -> tuple[str, Any]:
        if type(node) is not Col or not node.alias or self.query.extra:
            return super().compile(node)
        table = self.quote_cache.get(node.alias) or self.quote_name_unless_alias(node.alias)
        place = table, node.target.column
        if (said := _said.get(place)) is None:
            said = _said[place] = super().compile(node)[0]
        return said, []

    def get_default_columns(
        self,
        select_mask: dict[str, Any],
        start_alias: str | None = None,
        opts: Any | None = None,
        from_parent: type[Model] | None = None,
    ) -> list[Expression]:
        """The columns of a model, kept with it by the name that its table has in the statement."""
        options: Any = opts or self.query.get_meta()
        if select_mask or options is None or options.parents:
            return super().get_default_columns(select_mask, start_alias, opts, from_parent)
        alias = start_alias or self.query.get_initial_alias()
        kept: dict[str, list[Expression]] = options.__dict__.setdefault("_columns_of", {})
        if (columns := kept.get(alias)) is None:
            columns = kept[alias] = super().get_default_columns(select_mask, alias, opts, from_parent)
        return columns

    def _order_by_pairs(self) -> Iterator[tuple[Any, bool]]:  # type: ignore[override]
        """An order by fields' names looks at no selected column: Django has each of them at hand."""
        select = self.select
        if select and self._is_ordered_by_fields(select):
            self.select = []
        pairs = list(super()._order_by_pairs())  # type: ignore[call-overload]
        self.select = select
        return iter(pairs)

    def _is_ordered_by_fields(self, select: Sequence[Any]) -> bool:
        query, meta = self.query, self.query.get_meta()
        if query.combinator or query.extra_order_by or any(alias for *_, alias in select):
            return False
        ordering = query.order_by or (meta and meta.ordering) or ()
        return all(isinstance(one, str) for one in ordering)


class SQLCompiler(Said, django.SQLCompiler):
    pass


class SQLInsertCompiler(Said, django.SQLInsertCompiler):
    pass


class SQLUpdateCompiler(Said, django.SQLUpdateCompiler):
    pass


class SQLDeleteCompiler(Said, django.SQLDeleteCompiler):
    pass


class SQLAggregateCompiler(Said, django.SQLAggregateCompiler):
    pass
