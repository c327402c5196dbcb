"""What is done with the reasons to pay less: a scheme made, put right, granted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.models import Scheme
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.edits import put_right, refuse_changed
from hmis.kernel.history import version_of


@act
def add_scheme(*, details: Mapping[str, Any], request_key: UUID, actor: Any, at: datetime) -> Scheme:
    """A reason to pay less, for every hospital of the state. Refuses a code that is taken."""
    scheme_id, seen = requests.claim(request_key, "billing.add_scheme", actor=actor, body=dict(details))
    if seen:
        return Scheme.objects.get(pk=scheme_id)
    scheme = Scheme(id=scheme_id, **details)
    facts.record("billing.scheme_added", about=scheme, actor=actor, at=at, new=[scheme], code=scheme.code)
    return scheme


@act
def edit_scheme(
    *, scheme: Scheme, details: Mapping[str, Any], version: int, actor: Any, at: datetime
) -> Scheme:
    """Put a scheme right, or end it. What was let off under it stays as it was.

    Refuses when somebody else changed it since the form was opened (`version`).
    """
    held = Scheme.objects.select_for_update().get(pk=scheme.pk)
    refuse_changed(version_of(held), version)
    return put_right("billing.scheme_edited", held, details, actor=actor, at=at, code=held.code)
