"""The registry of professionals (HPR): everybody writes the own ID, an administrator confirms it."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Posting, User
from facilities.services.logins import locked
from hmis.kernel import facts
from hmis.kernel.acts import act
from hmis.kernel.edits import put_right, refuse_changed
from hmis.kernel.errors import Refusal


@act
def state_own_hpr(*, hpr_id: str, hpr_address: str, actor: User, at: datetime) -> User:
    """Write or correct one's own HPR number and address; either may be "". The same again changes nothing.

    Another one waits to be confirmed anew (the database sees to it). Refuses what has not the form of
    either, and what somebody else has.
    """
    held = locked(actor)
    said = {"hpr_id": hpr_id, "hpr_address": hpr_address}
    return put_right("facilities.hpr_id_stated", held, said, actor=actor, at=at)


@act
def confirm_hpr(*, person: User, said: str, actor: User, at: datetime) -> User:
    """Write down that the ID was seen to be this person's: who, and when. Confirmed twice, it counts once.

    `said` is the ID as it was shown (`User.hpr_said`). Refuses another one, oneself, and somebody who does
    not work within the actor's reach.
    """
    held = locked(person)
    if held.pk == actor.pk:
        raise Refusal(_("Nobody confirms their own HPR ID. Ask another administrator."))
    if not works_within_reach(actor, held):
        raise Refusal(_("This person does not work in your area."))
    if not held.hpr_said:
        raise Refusal(_("There is no HPR ID to confirm."))
    refuse_changed(held.hpr_said, said, _("The HPR ID has changed meanwhile. Look at it again."))
    if held.hpr_confirmed_at is None:
        held.hpr_confirmed_by, held.hpr_confirmed_at = actor, at
        held.save(update_fields=["hpr_confirmed_by", "hpr_confirmed_at"])
        facts.record("facilities.hpr_id_confirmed", about=held, actor=actor, at=at)
    return held


def works_within_reach(actor: User, person: User) -> bool:
    """Whether this person has a duty, of now or to come, at a place that the actor's posting reaches."""
    lasting = Posting.objects.visible_to(actor).exclude(ends_on__lt=timezone.localdate())
    return lasting.filter(user=person).exists()
