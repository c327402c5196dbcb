"""Sent twice, counted once."""

import hashlib
import json
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from hmis.kernel.errors import KeyReused
from hmis.kernel.ids import uuid7
from hmis.kernel.models import RequestKey
from hmis.kernel.prepared import prepared


def claim(key: UUID, act: str, *, actor: Any, body: Any) -> tuple[UUID, bool]:
    """The id this act's row shall bear, and whether an earlier sending has written it.

    First in every creating act: a second sending waits here until the first is over.
    Raises KeyReused when the key came before with another body, act or person, or from another hospital.
    """
    text = json.dumps(body, cls=DjangoJSONEncoder, sort_keys=True)
    mine = RequestKey(
        key=key,
        user=actor,
        facility_id=actor.posting.facility_id,
        act=act,
        body_hash=hashlib.sha256(text.encode()).hexdigest(),
        answer=uuid7(),
    )
    if _is_first(mine):
        return mine.answer, False
    held = RequestKey.objects.get(key=key)
    sent = ("user_id", "facility_id", "act", "body_hash")
    if any(getattr(held, name) != getattr(mine, name) for name in sent):
        raise KeyReused(_("This form was already sent with other contents. Open it again."))
    return held.answer, True


def was_sent(key: UUID | None, act: str, *, actor: Any, body: Any) -> bool:
    """Whether an earlier sending with this key did the act: one that makes no row of its own, such as a step.

    Without a key none did: the act is part of another, or comes from a page that is drawn anew after it.
    """
    return key is not None and claim(key, act, actor=actor, body=body)[1]


CLAIM = """
    INSERT INTO kernel_requestkey (id, key, user_id, facility_id, act, body_hash, answer, at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, now())
    ON CONFLICT (key) DO NOTHING RETURNING id
"""


def _is_first(mine: RequestKey) -> bool:
    columns = ("pk", "key", "user_id", "facility_id", "act", "body_hash", "answer")
    with connection.cursor() as cursor:
        cursor.execute(prepared(CLAIM, "claim"), [getattr(mine, column) for column in columns])
        return cursor.fetchone() is not None


def following(first: UUID, count: int) -> list[UUID]:
    """The ids that an act's rows bear, whose first is the one that its request key stands for."""
    return [UUID(int=first.int + step) for step in range(count)]


def key_of(request: HttpRequest) -> UUID:
    """The key of the form that was sent; a new one where it has none."""
    try:
        return UUID(request.POST.get("request_key", ""))
    except ValueError:
        return uuid4()


def key_from(text: str | None, *, actor: Any) -> UUID:
    """The request key of an `Idempotency-Key` header: a UUID as it is, other text in its sender's space."""
    if not text:
        return uuid4()
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"{actor.pk}:{text}")
