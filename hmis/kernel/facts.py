"""What was done, written down in the act's own transaction, and who must hear of it after the commit."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models.enums import ChoicesType
from django.utils import timezone
from django.utils.module_loading import import_string

from hmis.kernel import bell, scope
from hmis.kernel.asking import current_request_id
from hmis.kernel.ids import uuid7
from hmis.kernel.models import AuditEntry, Delivery
from hmis.kernel.rows import write

log = logging.getLogger(__name__)

Listener = Callable[[UUID], object]
_listeners: dict[str, list[str]] = defaultdict(list)
Codes = type[models.TextChoices] | Callable[[str], Any]
_codes: dict[str, Codes] = {}
QUIET_SECONDS = 10.0
BETWEEN_RINGS = 0.5
LONGEST_WAIT = timedelta(hours=1)
_quiet_until = 0.0


def on(name: str) -> Callable[[Listener], Listener]:
    """`@facts.on("billing.payment_taken")`: this function of a tasks.py hears the id, after the commit."""

    def subscribe(listener: Listener) -> Listener:
        _listeners[name].append(f"{listener.__module__}.{listener.__qualname__}")
        return listener

    return subscribe


def explain(codes: Mapping[str, Codes]) -> None:
    """What a detail's codes mean to who reads the audit: {key, or "fact key": choices, or code → words}."""
    _codes.update(codes)


def in_words(name: str, key: str, code: Any) -> str | None:
    """What a code of a fact's detail means; None where no app explains this key."""
    told = _codes.get(f"{name} {key}") or _codes.get(key)
    if told is None:
        return None
    if isinstance(told, ChoicesType):
        return str(dict(told.choices).get(code, code))
    return str(told(code))


def record(
    name: str,
    *,
    about: models.Model,
    actor: Any,
    at: datetime,
    patient_id: UUID | None = None,
    facility_id: UUID | None = None,
    new: Sequence[models.Model | None] = (),
    fact_id: UUID | None = None,
    **detail: Any,
) -> None:
    """Write down what was done and who must hear of it. `detail` never holds a name, phone or diagnosis.

    `new` are the rows that the act has made: they are written in the same journey, before the fact.
    An act that makes no row of its own gives the fact the id that its request key stands for (`fact_id`).
    It happened where the actor works, unless `facility_id` says where.
    """
    where = {"patient_id": patient_id, "facility_id": facility_id, "fact_id": fact_id}
    write(*new, *rows(name, about=about, actor=actor, at=at, **where, **detail))


def rows(
    name: str,
    *,
    about: models.Model,
    actor: Any,
    at: datetime,
    patient_id: UUID | None = None,
    facility_id: UUID | None = None,
    fact_id: UUID | None = None,
    **detail: Any,
) -> list[models.Model]:
    """What `record` writes, for an act that writes it with other rows, in the same transaction."""
    fact = AuditEntry(
        id=fact_id or uuid7(),
        name=name,
        actor=actor,
        facility_id=facility_id or (actor.posting.facility_id if actor and actor.posting else None),
        at=at,
        about=about._meta.label_lower,
        about_id=about.pk,
        patient_id=patient_id,
        detail={key: _plain(value) for key, value in detail.items()},
        request_id=current_request_id(),
    )
    waiting = [Delivery(fact=fact, listener=listener, due_at=at) for listener in _listeners.get(name, ())]
    if waiting:
        transaction.on_commit(nudge)
    return [fact, *waiting]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)


def nudge() -> None:
    """Ask a worker to come now: one short try, then quiet for ten seconds if the broker failed.

    A worker that comes does all that waits: under load one ring serves many acts.
    """
    global _quiet_until
    if monotonic() < _quiet_until:
        return
    try:
        bell.ring()
        _quiet_until = monotonic() + BETWEEN_RINGS
    except Exception as error:
        _quiet_until = monotonic() + QUIET_SECONDS
        log.warning("The broker did not answer (%s); the timetable will deliver.", type(error).__name__)


def sweep(*, most: int = 500) -> int:
    """Tell listeners what still waits for them; how many were told. What fails waits longer each time."""
    told = 0
    while told < most and _deliver_one():
        told += 1
    return told


def _deliver_one() -> bool:
    with transaction.atomic():
        due = Delivery.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
        delivery = due.select_for_update(skip_locked=True).select_related(None).first()
        if delivery is None:
            return False
        try:
            with transaction.atomic():
                _tell(delivery)
        except Exception:
            log.exception("%s failed and will be told again.", delivery.listener)
            _put_off(delivery)
        else:
            delivery.delete()
        return True


def _tell(delivery: Delivery) -> None:
    """A listener works at the hospital of its fact, and reaches no further."""
    fact = AuditEntry.objects.values_list("about_id", "facility_id")
    about_id, facility_id = fact.get(pk=delivery.fact_id)
    assert about_id is not None
    with scope.within(scope.at_hospitals(facility_id)):
        import_string(delivery.listener)(about_id)


def _put_off(delivery: Delivery) -> None:
    delivery.tries += 1
    wait = timedelta(seconds=2.0 ** min(delivery.tries, 12))  # 2**12 s is more than the longest wait
    delivery.due_at = timezone.now() + min(LONGEST_WAIT, wait)
    delivery.save(update_fields=["tries", "due_at"])
