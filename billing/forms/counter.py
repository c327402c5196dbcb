"""The form of a counter bill: services looked for, chosen, counted."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.money import rupees
from billing.services import Wanted
from billing.services.counter import MOST_AT_ONCE, MOST_OF_ONE
from facilities.forms import Asked

COUNT = "count_"


class CounterForm(Asked):
    """What is looked for, and what was chosen before: `service`, once each, with `count_<its id>`."""

    words = forms.CharField(label=_("Code or name of a service"), max_length=60, required=False)
    tendered = rupees(_("Cash given, for the change"), required=False, min_value=Decimal(0))
    # What the page said it comes to: a price that changed meanwhile is not taken unseen. It may be more
    # than a bill can hold: the act says so.
    shown = forms.DecimalField(
        max_digits=20, decimal_places=2, required=False, min_value=0, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # What was typed where a number should stand: it stays in its box.
        self.miscounted: dict[UUID, str] = {}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        sent: Any = self.data
        chosen = [one for one in sent.getlist("service")[: MOST_AT_ONCE + 1] if one != sent.get("drop")]
        cleaned["wanted"] = [one for one in map(self._wanted, chosen) if one]
        if self.miscounted:
            self.add_error(None, _("How many? Write a number from 1 to %(most)s.") % {"most": MOST_OF_ONE})
        return cleaned

    def _wanted(self, service: str) -> Wanted | None:
        """How many of it are chosen; one where that is not said."""
        typed = self.data.get(f"{COUNT}{service}", "1")
        try:
            definition_id = UUID(service)
        except ValueError:
            self.add_error(None, _("This is not right."))
            return None
        try:
            count = int(typed)
        except ValueError:
            count = 0
        if not 0 < count <= MOST_OF_ONE:
            self.miscounted[definition_id], count = typed, 1
        return Wanted(definition_id, count)


def with_one_more(wanted: list[Wanted], definition_id: UUID) -> list[Wanted]:
    """What is chosen, and one more of this."""
    if any(one.definition_id == definition_id for one in wanted):
        return [Wanted(w.definition_id, w.quantity + (w.definition_id == definition_id)) for w in wanted]
    return [*wanted, Wanted(definition_id)]
