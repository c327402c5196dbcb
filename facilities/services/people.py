"""What is done with people: added, posted, given a password anew, shut out and let in again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities import permissions
from facilities.models import Posting, User, WhyDisabled, WhyReset
from facilities.services.logins import end_all, locked
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.edits import put_right, refuse_changed
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.history import version_of
from hmis.kernel.passwords import kept, one_time_password

# A new person's paper may wait for the first day of work; a reset is used while one stands there.
FIRST_PASSWORD_HOLDS = timedelta(days=30)
RESET_HOLDS = timedelta(days=1)
ABOUT_PERSON = ("username", "name", "name_hi", "hpr_id", "hpr_address", "council_number")
Details = Mapping[str, Any]


@dataclass(frozen=True)
class GivenPassword:
    """A password for one use, to be shown once: it is kept nowhere. "" once the person has chosen another."""

    person: User
    password: str
    until: datetime | None


@act
def add_person(
    *, details: Details, posting: Details, request_key: UUID, actor: User, at: datetime
) -> GivenPassword:
    """A new staff member with a first posting and a password for one use.

    Refuses a user name or HPR ID that is taken, and a posting beyond the actor's reach.
    """
    body = [_claimed(details), _claimed(posting)]
    person_id, seen = requests.claim(request_key, "facilities.add_person", actor=actor, body=body)
    if seen:
        return _same_again(User.objects.get(pk=person_id), person_id)
    _refuse_beyond(actor, posting)
    person = User(id=person_id, **details, password=make_password(None))
    given = _give(person, person_id, until=at + FIRST_PASSWORD_HOLDS)
    first = Posting(user=person, **posting)
    with refusing(User, Posting):
        facts.record(
            "facilities.person_added", about=person, actor=actor, at=at, new=[person, first], role=first.role
        )
    return given


def _claimed(details: Details) -> dict[str, Any]:
    return {name: getattr(value, "pk", value) for name, value in details.items()}


def _give(person: User, seed: UUID, *, until: datetime) -> GivenPassword:
    """Put a password for one use on this row; the act writes it."""
    password = one_time_password(seed, person.pk)
    (person.password,) = kept([password])
    person.one_time_until = until
    return GivenPassword(person, password, until)


def _same_again(person: User, seed: UUID) -> GivenPassword:
    """What the first sending was answered, as long as it still opens."""
    password = one_time_password(seed, person.pk)
    opens = person.must_choose_password and person.check_password(password)
    return GivenPassword(person, password if opens else "", person.one_time_until)


def _refuse_beyond(actor: User, posting: Details) -> None:
    """A role and a place that the actor's own posting reaches, and no more."""
    if not permissions.may_give(actor, posting["role"]):
        raise Refusal(_("This role reaches further than yours: you cannot give it."), field="role")
    place = posting.get("facility") or posting.get("district") or posting.get("state")
    if not permissions.reaches(actor, place):
        raise Refusal(_("This place is outside your area."), field="place")
    department = posting.get("department")
    if department is not None and department.facility_id != getattr(place, "pk", None):
        raise Refusal(_("This department is not in this hospital."), field="department")


def _refuse_not_in_care(actor: User, person: User) -> None:
    """Oneself, and whoever also works beyond the actor's reach, is somebody else's to look after."""
    if person.pk == actor.pk:
        raise Refusal(_("Nobody changes their own login or duties. Ask another administrator."))
    if not permissions.looks_after(actor, person):
        raise Refusal(
            _("This person also works outside your area. Ask the district's or the state's administrator.")
        )


@act
def edit_person(*, person: User, details: Details, version: int, actor: User, at: datetime) -> User:
    """Put names and registrations right. Refuses what a constraint refuses, and somebody beyond reach.

    `version` counts the row's changes that its history knows: the person's own login is none.
    """
    held = locked(person)
    _refuse_not_in_care(actor, held)
    refuse_changed(version_of(held), version)
    about = {name: details[name] for name in ABOUT_PERSON if name in details}
    return put_right("facilities.person_edited", held, about, actor=actor, at=at)


def end_given_password(person: User, *duties: Posting, at: datetime) -> bool:
    """The part of an act that ends a locked person's unused one-time password; whether one ended.

    Where one of these duties, not yet written, is at a place in which the person has none: whoever gave the
    password looked after all duties that there were, and it must not open one beyond them.
    """
    if not person.must_choose_password:
        return False
    lasting = person.postings.exclude(ends_on__lt=timezone.localdate(at))
    if {one.span for one in duties} <= {one.span for one in lasting}:
        return False
    person.password, person.one_time_until = make_password(None), at
    person.save(update_fields=["password", "one_time_until"])
    end_all(person, at=at)
    return True


@act
def add_posting(*, person: User, details: Details, request_key: UUID, actor: User, at: datetime) -> Posting:
    """One more duty of a person. Refuses one's own, one beyond reach, and one that runs already.

    At a place where the person had none, an unused one-time password ends.
    """
    body = [person.pk, _claimed(details)]
    posting_id, seen = requests.claim(request_key, "facilities.add_posting", actor=actor, body=body)
    if seen:
        return Posting.objects.get(pk=posting_id)
    held = locked(person)
    if held.pk == actor.pk:
        raise Refusal(_("Nobody changes their own login or duties. Ask another administrator."))
    _refuse_beyond(actor, details)
    place = {name: details.get(name) for name in ("facility", "district", "state")}
    same = held.postings.filter(role=details["role"], **place).current(details["starts_on"])
    if same.exists():
        raise Refusal(_("This person has this duty there already."), field="role")
    posting = Posting(id=posting_id, user=held, **details)
    end_given_password(held, posting, at=at)
    with refusing(Posting):
        facts.record(
            "facilities.posting_added", about=posting, actor=actor, at=at, new=[posting], role=posting.role
        )
    return posting


@act
def change_posting(*, posting: Posting, details: Details, rev: int, actor: User, at: datetime) -> Posting:
    """A posting's department, counter, grade or last day. Refuses one's own, and one beyond reach.

    One that was over and runs again is like a new one to an unused one-time password.
    """
    person = locked(posting.user)
    held = lock(Posting, posting.pk)
    if held.user_id == actor.pk:
        raise Refusal(_("Nobody changes their own login or duties. Ask another administrator."))
    refuse_changed(held.rev, rev)
    place = {"facility": held.facility, "district": held.district, "state": held.state}
    _refuse_beyond(actor, {"role": held.role, **place, **details})
    if details.get("ends_on", held.ends_on) != held.ends_on:
        end_given_password(person, held, at=at)
    return put_right("facilities.posting_changed", held, details, actor=actor, at=at)


@act
def reset_password(
    *, person: User, because: WhyReset, request_key: UUID, actor: User, at: datetime
) -> GivenPassword:
    """A new password for one use, said once at the site. Ends all the person's sessions and tokens.

    Refuses oneself, somebody beyond reach, and somebody whose login is shut.
    """
    body = [person.pk, because]
    seed, seen = requests.claim(request_key, "facilities.reset_password", actor=actor, body=body)
    held = locked(person)
    if seen:
        return _same_again(held, seed)
    _refuse_not_in_care(actor, held)
    if not held.is_active:
        raise Refusal(_("This login is shut. Open it first."))
    given = _give(held, seed, until=at + RESET_HOLDS)
    held.reset_because = because
    held.save(update_fields=["password", "one_time_until", "reset_because"])
    end_all(held, at=at)
    facts.record("facilities.password_reset", about=held, actor=actor, at=at, because=because)
    return given


@act
def disable_person(*, person: User, because: WhyDisabled, actor: User, at: datetime) -> User:
    """Shut a login: every session and token ends at once; postings and all that was done stay."""
    held = locked(person)
    _refuse_not_in_care(actor, held)
    if held.is_active:
        held.is_active, held.disabled_because = False, because
        held.save(update_fields=["is_active", "disabled_because"])
        facts.record("facilities.person_disabled", about=held, actor=actor, at=at, because=because)
    end_all(held, at=at)
    return held


@act
def enable_person(*, person: User, actor: User, at: datetime) -> User:
    """Open a login again; nothing that ended when it was shut comes back."""
    held = locked(person)
    _refuse_not_in_care(actor, held)
    if not held.is_active:
        end_all(held, at=at)
        held.is_active, held.disabled_because = True, ""
        held.save(update_fields=["is_active", "disabled_because"])
        facts.record("facilities.person_enabled", about=held, actor=actor, at=at)
    return held
