"""The hall's screens: hung up, renewed, switched off."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from facilities.models import Unit
from hmis.kernel import facts, requests, scope
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from opd.models import Display

SEEN_AGAIN_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Hung:
    """A screen, and its key: known now and never again. "" where the key was given before."""

    display: Display
    key: str = ""


def _hash(key: str) -> str:
    """Of 192 random bits: nobody finds them by trying, so that the hash need not be slow."""
    return hashlib.sha256(key.encode()).hexdigest()


@act
def make_display(
    *, names: tuple[str, str], units: Sequence[Unit], request_key: UUID, actor: Any, at: datetime
) -> Hung:
    """Give the hall's screen an address of its own. Refuses a second one of the same name."""
    unit_ids = [unit.pk for unit in units]
    display_id, seen = requests.claim(request_key, "opd.make_display", actor=actor, body=[names, unit_ids])
    if seen:
        return Hung(Display.objects.get(pk=display_id))
    key = secrets.token_urlsafe(24)
    name, name_hi = names
    display = Display(
        id=display_id,
        facility=actor.posting.facility,
        name=name,
        name_hi=name_hi,
        unit_ids=unit_ids,
        key_hash=_hash(key),
        made_by=actor,
        made_at=at,
        key_given_at=at,
    )
    facts.record("opd.display_made", about=display, actor=actor, at=at, new=[display])
    return Hung(display, key)


@act
def edit_display(
    *, display: Display, names: tuple[str, str], units: Sequence[Unit], actor: Any, at: datetime
) -> Display:
    """Give the screen other rooms or another name; its address stays."""
    held = _held(display)
    (held.name, held.name_hi), held.unit_ids = names, [unit.pk for unit in units]
    with refusing(Display):
        held.save(update_fields=["name", "name_hi", "unit_ids"])
    facts.record("opd.display_edited", about=held, actor=actor, at=at)
    return held


@act
def renew_display_key(*, display: Display, request_key: UUID, actor: Any, at: datetime) -> Hung:
    """A new address for the screen; the old one opens nothing from now on."""
    fact_id, seen = requests.claim(request_key, "opd.renew_display_key", actor=actor, body=[display.pk])
    if seen:
        return Hung(display)
    held, key = _held(display), secrets.token_urlsafe(24)
    held.key_hash, held.key_given_at, held.last_seen_at = _hash(key), at, None
    held.save(update_fields=["key_hash", "key_given_at", "last_seen_at"])
    facts.record("opd.display_key_renewed", about=held, actor=actor, at=at, fact_id=fact_id)
    return Hung(held, key)


@act
def revoke_display(*, display: Display, request_key: UUID | None = None, actor: Any, at: datetime) -> Display:
    """The screen's address opens nothing from now on, for good."""
    if requests.was_sent(request_key, "opd.revoke_display", actor=actor, body=[display.pk]):
        return Display.objects.get(pk=display.pk)
    held = _held(display)
    held.revoked_at, held.revoked_by = at, actor
    held.save(update_fields=["revoked_at", "revoked_by"])
    facts.record("opd.display_revoked", about=held, actor=actor, at=at)
    return held


def _held(display: Display) -> Display:
    held = lock(Display, display.pk, "facility")
    if held.revoked_at:
        raise Refusal(_("This screen was switched off. Make a new one."))
    return held


def display_with(key: str, *, at: datetime) -> Display | None:
    """The screen that this key opens; that it was seen is noted twice a minute at most."""
    with scope.within(scope.everywhere()):  # the key alone says of which hospital it is
        held = Display.objects.select_related("facility").filter(key_hash=_hash(key), revoked_at=None)
        display = held.first()
    if display and (display.last_seen_at is None or at - display.last_seen_at > SEEN_AGAIN_AFTER):
        with scope.within(scope.at_hospitals(display.facility_id)):
            Display.objects.filter(pk=display.pk).update(last_seen_at=at)
    return display
