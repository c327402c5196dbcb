"""What may be done with places and people."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from facilities.models import District, Facility, Posting, State, User
from facilities.roles import may_be_given_by

VIEW_PLACES = "facilities.view_places"
ADD_FACILITY = "facilities.add_facility"
MANAGE_PLACES = "facilities.manage_places"
SET_SMALL_FACILITY = "facilities.set_small_facility"
MANAGE_STAFF = "facilities.manage_staff"
MANAGE_SESSIONS = "facilities.manage_sessions"


def may_give(actor: Any, role: str) -> bool:
    """Whether the role reaches no further than the actor's own."""
    return actor.posting is not None and role in may_be_given_by(actor.posting.role)


def reaches(actor: Any, place: Facility | District | State | None) -> bool:
    """Whether the actor's working posting reaches this hospital, district or state."""
    mine = actor.posting
    if mine is None or place is None:
        return False
    if isinstance(place, Facility):
        return Facility.objects.visible_to(actor).filter(pk=place.pk).exists()
    if isinstance(place, District):
        return place.pk == mine.district_id or (mine.state_id is not None and place.state_id == mine.state_id)
    return place.pk == mine.state_id


def in_care_of(actor: Any, people: QuerySet[User]) -> QuerySet[User]:
    """Those whose every duty, of now or to come, lies within the actor's reach.

    Who works elsewhere too cannot be given a password here: it would open the other place.
    """
    if actor.posting is None:
        return people.none()
    lasting = Posting.objects.exclude(ends_on__lt=timezone.localdate())
    within = lasting.visible_to(actor).filter(role__in=may_be_given_by(actor.posting.role))
    beyond = lasting.filter(user=OuterRef("pk")).exclude(pk__in=within.values("pk"))
    return people.filter(~Exists(beyond))


def looks_after(actor: Any, person: User) -> bool:
    """Whether this person, who is somebody else, is in the actor's care."""
    return person.pk != actor.pk and in_care_of(actor, User.objects.filter(pk=person.pk)).exists()
