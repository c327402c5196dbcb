"""The form of a counter bill: services looked for, chosen, counted."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.services import Wanted
from billing.services.counter import MOST_AT_ONCE, MOST_OF_ONE
from facilities.forms import Asked

COUNT = "count_"


class CounterForm(Asked):
    """What is looked for, and what was chosen before: `service`, once each, with `count_<its id>`."""

    words = forms.CharField(label=_("Code or name of a service"), max_length=60, required=False)
    tendered = forms.DecimalField(
        label=_("Cash given, for the change"),
        max_digits=13,
        decimal_places=2,
        required=False,
        min_value=Decimal(0),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    # What the page said it comes to: a price that changed meanwhile is not taken unseen. It may be more
    # than a bill can hold: the act says so.
    shown = forms.DecimalField(
        max_digits=20, decimal_places=2, required=False, min_value=0, widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        sent: Any = self.data
        try:
            ids = [UUID(one) for one in sent.getlist("service")[: MOST_AT_ONCE + 1]]
            counts = [int(sent.get(f"{COUNT}{one}", "1")) for one in ids]
        except ValueError:
            ids, counts = [], []
            self.add_error(None, _("How many? Write a number."))
        if any(not 0 < count <= MOST_OF_ONE for count in counts):
            self.add_error(None, _("How many? At least one."))
            counts = [min(max(count, 1), MOST_OF_ONE) for count in counts]
        cleaned["wanted"] = [Wanted(pk, count) for pk, count in zip(ids, counts, strict=True)]
        return cleaned


def with_one_more(wanted: list[Wanted], definition_id: UUID) -> list[Wanted]:
    """What is chosen, and one more of this."""
    if any(one.definition_id == definition_id for one in wanted):
        return [Wanted(w.definition_id, w.quantity + (w.definition_id == definition_id)) for w in wanted]
    return [*wanted, Wanted(definition_id)]
