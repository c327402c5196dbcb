"""What is done with the reasons to pay less: a scheme made, put right, granted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.models import Scheme
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
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
    if version_of(held) != version:
        raise Refusal(_("Somebody else changed this meanwhile. Open the page again before you save."))
    changed = [name for name, value in details.items() if getattr(held, name) != value]
    for name in changed:
        setattr(held, name, details[name])
    if changed:
        with refusing(Scheme):
            held.save(update_fields=changed)
        facts.record("billing.scheme_edited", about=held, actor=actor, at=at, fields=changed, code=held.code)
    return held
