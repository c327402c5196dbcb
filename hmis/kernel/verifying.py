"""What must be true of the rows, asked at any time: `manage.py verify`. Each app adds its own questions.

    @holds("billing.receipts_are_gapless", _("Receipts are numbered without a gap."))
    def receipt_faults() -> Iterator[Fault]: ...

stands in the app's `queries.py` (the kernel's beside what they are about): it only reads, and names each
row that breaks the rule.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import connection


class Fault:
    """One row that breaks a rule, in words: a lazy sentence with `row` and what else fills it."""

    def __init__(self, sentence: Any, *, row: Any, **parameters: Any) -> None:
        self.sentence, self.row, self.parameters = sentence, row, parameters

    def __str__(self) -> str:
        return str(self.sentence) % {"row": self.row, **self.parameters}


def rows_of(statement: str, values: Any = None) -> Iterator[tuple[Any, ...]]:
    """The rows of a question that may have very many: the database keeps them until they are asked for."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        yield from cursor


@dataclass(frozen=True)
class Rule:
    """What holds, in a sentence, and how to find what breaks it."""

    name: str
    sentence: Any
    faults: Callable[[], Iterator[Fault]]


_rules: dict[str, Rule] = {}
Question = Callable[[], Iterator[Fault]]


def holds(name: str, sentence: Any) -> Callable[[Question], Question]:
    """This question's answer is empty as long as `sentence` is true."""

    def register(question: Question) -> Question:
        _rules[name] = Rule(name, sentence, question)
        return question

    return register


def rules() -> list[Rule]:
    """Every rule of every app, by name."""
    for config in apps.get_app_configs():
        for module in ("queries", "seals", "pdf"):
            if find_spec(f"{config.name}.{module}"):
                import_module(f"{config.name}.{module}")
    return [_rules[name] for name in sorted(_rules)]
