"""The only code that writes a status."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from hmis.kernel.errors import Refusal


def move(record: Any, *, to: Any, allowed: Mapping[Any, set[Any]], also: Sequence[str] = ()) -> None:
    """Take a locked record to its next status, if its table has that arrow. The act records why.

    A record that is not yet written only takes the status on: the act's INSERT carries it. `also` names the
    columns that are right only together with the new status: one UPDATE writes them all.
    Raises Refusal where the table has no such arrow.
    """
    if to not in allowed.get(record.status, ()):
        was, now = record.get_status_display(), to.label
        raise Refusal(_("%(record)s is %(was)s and cannot become %(now)s."), record=record, was=was, now=now)
    record.status = to
    if not record._state.adding:
        record.save(update_fields=["status", *also])
