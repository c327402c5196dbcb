"""The kinds of report that are made in the background. Who makes another one offers it here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

BETWEEN_SIGNS = 1.0  # s


class Cancelled(Exception):
    """The report is wanted no more; the making stops where it is."""


@dataclass
class Making:
    """One making: as whom, of what; and the way to say how far it is.

    `told` writes the percentage and answers whether the report is still wanted.
    """

    actor: Any
    asked: Mapping[str, Any]
    told: Callable[[int], bool]
    _last: float = field(default=0.0)

    def tell(self, done: int, of: int) -> None:
        """So much of so much is done; written at most once a second. Raises Cancelled if nobody wants it."""
        now = monotonic()
        if now - self._last < BETWEEN_SIGNS:
            return
        self._last = now
        if not self.told(100 * done // max(of, 1)):
            raise Cancelled


@dataclass(frozen=True)
class ReportKind:
    """A kind of report: who may ask for it, what for, and what makes its bytes.

    `make` works with the reach of whoever asked, in their language, and outside any transaction.
    """

    code: str
    title: Any
    permission: str
    # Bound to what was sent, it is valid or says why, and `asked()` gives the filter as JSON.
    form: type[Any]
    make: Callable[[Making], bytes]
    # How the file is named and told: "xlsx", and what a browser is told it is.
    ending: str
    content_type: str
    # What is asked, in few words of the reader's language, for a list.
    said: Callable[[Mapping[str, Any]], str]
    # How long the file is kept: what names people leaves sooner.
    kept: timedelta = timedelta(days=30)

    def filename(self, asked: Mapping[str, Any]) -> str:
        """Its name and what was asked, in letters that any system takes."""
        # PostgreSQL keeps no order of what is asked.
        words = "-".join(str(asked[name]) for name in sorted(asked))
        safe = "".join(mark if mark.isascii() and mark.isalnum() else "-" for mark in words)
        return f"{self.code}-{safe}"[:70] + f".{self.ending}"


KINDS: dict[str, ReportKind] = {}


def offer(*kinds: ReportKind) -> None:
    """Make these kinds known: from now on people may ask for them."""
    KINDS.update((kind.code, kind) for kind in kinds)


def kinds_for(user: Any) -> list[ReportKind]:
    """The kinds that this person's role may ask for and open."""
    return [kind for kind in KINDS.values() if user.may(kind.permission)]
