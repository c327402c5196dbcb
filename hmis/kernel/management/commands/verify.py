"""`manage.py verify`: whether the rows still say what they said, and each row that breaks a rule."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import override

from hmis.kernel import seals, verifying


class Command(BaseCommand):
    """Asks every app's rules. Ends with 1 when one of them is broken."""

    help = "Prove the records on live data: seals, numbers, money. Names each row that breaks a rule."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "rules", nargs="*", help="only these (kernel.audit_is_sealed); all if none is named"
        )
        parser.add_argument("--noted", action="append", default=[], metavar="LINE",
                            help="a seal as it was noted down outside; may be given again")  # fmt: skip

    @override("en")
    def handle(self, *args: Any, **options: Any) -> None:
        asked = verifying.rules()
        unknown = set(options["rules"]) - {rule.name for rule in asked}
        if unknown:
            raise CommandError(f"There is no such rule: {', '.join(sorted(unknown))}")
        broken = 0
        for rule in asked:
            if not options["rules"] or rule.name in options["rules"]:
                broken += self._say(rule.name, rule.sentence, rule.faults())
        for line in options["noted"]:
            broken += self._say(
                line[:40], _("The seal that was noted down stands."), seals.noted_faults(line)
            )
        if broken:
            raise SystemExit(1)

    def _say(self, name: str, sentence: Any, faults: Iterable[verifying.Fault]) -> int:
        count = 0
        for fault in faults:
            count += 1
            self.stdout.write(f"  ✗ {fault}")
        self.stdout.write(f"{'✗' if count else '✓'} {name}: {sentence}" + (f" ({count})" if count else ""))
        return count
