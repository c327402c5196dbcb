"""What must be true of the rows, asked at any time: `manage.py verify`. Each app adds its own questions.

    @holds("billing.receipts_are_gapless", _("Receipts are numbered without a gap."))
    def receipt_faults() -> Iterator[Fault]: ...

stands in the app's `queries.py` (the kernel's beside what they are about): it only reads, and names each
row that breaks the rule.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction
from django.utils.translation import gettext, override

from hmis.kernel import scope
from hmis.kernel.models import RuleCheck

EXAMPLES_KEPT = 10
# The seals have a night of their own, and a page that proves them (audit.prove).
PROVED_ELSEWHERE = frozenset({"kernel.audit_is_sealed"})


class Fault:
    """One row that breaks a rule, in words: a lazy sentence with `row` and what else fills it."""

    def __init__(self, sentence: Any, *, row: Any, **parameters: Any) -> None:
        self.sentence, self.row, self.parameters = sentence, row, parameters

    def __str__(self) -> str:
        return str(self.sentence) % {"row": self.row, **self.parameters}

    def told(self) -> dict[str, Any]:
        """As it is kept, to be said later in the reader's language (`said`)."""
        with override("en"):
            parameters = {name: str(value) for name, value in self.parameters.items()}
            return {"sentence": str(self.sentence), "row": str(self.row), **parameters}


def said(told: dict[str, Any]) -> str:
    """A kept fault in the reader's language."""
    words = {name: value if name == "row" else gettext(value) for name, value in told.items() if value}
    return words.pop("sentence") % {**dict.fromkeys(told, ""), **words}


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
    # Reads more than every hour should: asked once a night.
    at_night: bool = False


_rules: dict[str, Rule] = {}
Question = Callable[[], Iterator[Fault]]


def holds(name: str, sentence: Any, *, at_night: bool = False) -> Callable[[Question], Question]:
    """This question's answer is empty as long as `sentence` is true."""

    def register(question: Question) -> Question:
        _rules[name] = Rule(name, sentence, question, at_night)
        return question

    return register


def rules() -> list[Rule]:
    """Every rule of every app, by name."""
    _load()
    return [_rules[name] for name in sorted(_rules)]


@cache
def _load() -> None:
    """The modules in which rules stand."""
    for config in apps.get_app_configs():
        for module in ("queries", "seals", "pdf"):
            if find_spec(f"{config.name}.{module}"):
                import_module(f"{config.name}.{module}")


# ── Each hour: what was found, kept for the pages ──


def prove(hospitals: Iterable[UUID], *, at: datetime, at_night: bool = False) -> int:
    """Ask the rules and keep what they found; how many faults there are in all.

    A broken rule is asked once more for each of these hospitals, so that each sees its own.
    """
    found = 0
    for rule in rules():
        if rule.name in PROVED_ELSEWHERE or (rule.at_night and not at_night):
            continue
        with scope.within(scope.everywhere()):
            faults = _keep(rule, None, at)
        broken_in = set()
        for hospital in hospitals if faults else ():
            with scope.within(scope.at_hospitals(hospital)):
                if _keep(rule, hospital, at):
                    broken_in.add(hospital)
        with scope.within(scope.everywhere()):
            mended = RuleCheck.objects.filter(rule=rule.name, facility_id__isnull=False)
            mended.exclude(facility_id__in=broken_in).delete()
        found += faults
    return found


def _keep(rule: Rule, facility_id: UUID | None, at: datetime) -> int:
    with transaction.atomic():
        faults = rule.faults()
        examples = [one.told() for one in islice(faults, EXAMPLES_KEPT)]
        count = len(examples) + sum(1 for _more in faults)
        kept = RuleCheck.objects.filter(rule=rule.name, facility_id=facility_id).first()
        since = (kept and kept.broken_since) or at
        RuleCheck.objects.update_or_create(
            rule=rule.name,
            facility_id=facility_id,
            defaults={
                "asked_at": at,
                "faults": count,
                "examples": examples,
                "broken_since": since if count else None,
            },
        )
    return count


@dataclass(frozen=True)
class Standing:
    """A rule and what was last found of it; without `asked_at` it was not asked yet."""

    rule: Rule
    asked_at: datetime | None
    broken_since: datetime | None
    faults: int
    examples: list[str]


def standing(facility_id: UUID | None) -> list[Standing]:
    """The rules that `prove` asks as last found at this hospital; None: in all. The broken ones first."""
    overall = {one.rule: one for one in RuleCheck.objects.filter(facility_id=None)}
    here = {one.rule: one for one in RuleCheck.objects.filter(facility_id=facility_id)}
    found = []
    for rule in rules():
        if rule.name in PROVED_ELSEWHERE:
            continue
        asked, kept = overall.get(rule.name), here.get(rule.name)
        found.append(
            Standing(
                rule,
                asked.asked_at if asked else None,
                kept.broken_since if kept else None,
                kept.faults if kept else 0,
                [said(one) for one in kept.examples] if kept else [],
            )
        )
    return sorted(found, key=lambda one: not one.faults)


def broken_at(facility_id: UUID | None) -> int:
    """How many rules are broken at this hospital; None: in any."""
    return RuleCheck.objects.filter(facility_id=facility_id, faults__gt=0).count()
