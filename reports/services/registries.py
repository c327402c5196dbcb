"""What is done about the registries: facilities listed, put right, taken a step on."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from facilities.services import set_hfr_id
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.edits import put_right, refuse_changed
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.transitions import move
from reports import naming
from reports.models import RegistryEntry
from reports.states import REGISTRY_MOVES, RegistryStatus

Details = Mapping[str, Any]

# What stands in an entry that no hospital of ours is behind, and what every entry has.
DESCRIBED = ("name", "name_hi", "kind", "ownership", "district", "address", "phone")
PURSUED = ("block", "owner", "due_on", "remarks")
LONGEST_HFR_ID = len("IN2010000001")
# Two offices that write at once do so one after the other: each sees the other's facilities and IDs.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('reports.registry'))"


def take_turns() -> None:
    """Wait until nobody else adds facilities; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)


@act
def add_entry(
    *, details: Details, confirm_new: bool = False, request_key: UUID, actor: Any, at: datetime
) -> RegistryEntry:
    """Put a facility on the list. `details` are the fields of DESCRIBED and PURSUED, and `hfr_id`.

    With an HFR ID it begins as applied for. Refuses a district beyond reach, an HFR ID that is on the list,
    and a name much like one of the same district, unless it was looked at and is another (`confirm_new`).
    """
    body = {name: getattr(value, "pk", value) for name, value in details.items()}
    entry_id, seen = requests.claim(request_key, "reports.add_entry", actor=actor, body=body)
    if seen:
        return RegistryEntry.objects.described().get(pk=entry_id)
    take_turns()
    refuse_beyond(actor, details["district"])
    entry = RegistryEntry(id=entry_id, **details)
    refuse_taken(entry.hfr_id, entry)
    alike = [] if confirm_new else like(entry, actor)
    if alike:
        raise Refusal(
            _("Similar names in the same district: %(names)s. Is this really a different one?"),
            field="confirm_new",
            names=", ".join(map(str, alike)),
        )
    if entry.hfr_id:
        step(entry, RegistryStatus.APPLIED, at=at)
    with refusing(RegistryEntry):
        facts.record("reports.registry_entry_added", about=entry, actor=actor, at=at, new=[entry])
    return entry


def refuse_beyond(actor: Any, district: Any) -> None:
    """A district that the actor's office is in charge of, and no other."""
    posting = actor.posting
    if district.pk != posting.district_id and district.state_id != posting.state_id:
        raise Refusal(_("This district is outside your area."), field="district")


def refuse_taken(hfr_id: str, entry: RegistryEntry) -> None:
    """An HFR ID is one facility's, whether it works in this system or is only on the list.

    One that is longer than any is refused here: the column could not even hold it against its rule.
    """
    if not hfr_id:
        return
    if len(hfr_id) > LONGEST_HFR_ID:
        raise Refusal(_("An HFR ID is IN and ten digits."), field="hfr_id")
    hospitals = Facility.objects.filter(hfr_id=hfr_id)
    ours = (hospitals.exclude(pk=entry.facility_id) if entry.facility_id else hospitals).first()
    other = ours or RegistryEntry.objects.filter(hfr_id=hfr_id).exclude(pk=entry.pk).first()
    if other:
        raise Refusal(_("This is the HFR ID of %(other)s."), field="hfr_id", other=other)


def like(entry: RegistryEntry, actor: Any) -> list[RegistryEntry]:
    """Entries of the same district whose names are much like this one's, at most three."""
    here: Any = RegistryEntry.objects.visible_to(actor).described()
    there = here.filter(where_id=entry.district_id)
    others = {one.pk: one for one in there.exclude(pk=entry.pk)}
    known = naming.Names((None, one.pk, name) for one in others.values() for name in names_of(one) if name)
    found = [key for name in (entry.name, entry.name_hi) if name for key in known.like(None, name)]
    return [others[key] for key in dict.fromkeys(found)][:3]


def names_of(entry: RegistryEntry) -> tuple[str, str]:
    """The names in both languages; of a hospital of ours its own."""
    of: Any = entry.facility or entry
    return of.name, of.name_hi


@act
def edit_entry(
    *, entry: RegistryEntry, details: Details, rev: int, actor: Any, at: datetime
) -> RegistryEntry:
    """Put a facility's line right: of PURSUED all, of DESCRIBED only where no hospital of ours is behind it.

    Refuses a line that somebody else changed since the form was opened.
    """
    held = _held(entry, rev)
    theirs = PURSUED if held.facility_id else (*DESCRIBED, *PURSUED)
    said = {name: details[name] for name in theirs if name in details}
    if "district" in said and said["district"] != held.district:
        refuse_beyond(actor, said["district"])
    return put_right(
        "reports.registry_entry_edited", held, said, actor=actor, at=at, facility_id=held.facility_id
    )


def _held(entry: RegistryEntry, rev: int) -> RegistryEntry:
    held = RegistryEntry.objects.locked().select_related("facility", "district").get(pk=entry.pk)
    refuse_changed(held.rev, rev)
    return held


@act
def move_entry(
    *,
    entry: RegistryEntry,
    to: RegistryStatus,
    hfr_id: str,
    remarks: str,
    rev: int,
    request_key: UUID | None = None,
    actor: Any,
    at: datetime,
) -> RegistryEntry:
    """Take a facility a step on in the HFR; its ID comes along where there is one ("" leaves what is there).

    Refuses a step that there is none of, verified without an ID, sent back or struck off without a reason,
    and an ID that is another facility's.
    """
    said = [entry.pk, to, hfr_id, remarks, rev]
    if requests.was_sent(request_key, "reports.move_entry", actor=actor, body=said):
        return RegistryEntry.objects.get(pk=entry.pk)
    take_turns()
    held = _held(entry, rev)
    was = held.status
    if hfr_id:
        refuse_taken(hfr_id, held)
    also = write_hfr_id(held, hfr_id, actor=actor, at=at)
    if to == RegistryStatus.VERIFIED and not held.number:
        raise Refusal(_("Who is verified has an HFR ID: write it."), field="hfr_id")
    if to in {RegistryStatus.RETURNED, RegistryStatus.STRUCK} and not remarks:
        raise Refusal(_("Say why in the remarks."), field="remarks")
    if remarks != held.remarks:
        held.remarks = remarks
        also.append("remarks")
    with refusing(RegistryEntry):
        step(held, to, at=at, also=also)
    facts.record(
        "reports.registry_entry_moved",
        about=held,
        actor=actor,
        at=at,
        facility_id=held.facility_id,
        was=was,
        to=to,
    )
    held.refresh_from_db(fields=["rev"])
    return held


def write_hfr_id(entry: RegistryEntry, hfr_id: str, *, actor: Any, at: datetime) -> list[str]:
    """Write the ID at its one place: the hospital's own row, or this one (then its field is named)."""
    if not hfr_id or hfr_id == entry.number:
        return []
    if entry.facility:
        entry.facility = set_hfr_id(facility=entry.facility, hfr_id=hfr_id, actor=actor, at=at)
        return []
    entry.hfr_id = hfr_id
    return ["hfr_id"]


def step(entry: RegistryEntry, to: RegistryStatus, *, at: datetime, also: Sequence[str] = ()) -> None:
    """One arrow of the table, and since when it stands there."""
    entry.status_at = at
    move(entry, to=to, allowed=REGISTRY_MOVES, also=["status_at", *also])


def way(was: str, to: str) -> list[RegistryStatus]:
    """The fewest steps from one status to another; none where it is there already or no way leads."""
    paths = deque([(RegistryStatus(was), list[RegistryStatus]())])
    seen = {was}
    while paths:
        here, path = paths.popleft()
        if here == to:
            return path
        for following in sorted(REGISTRY_MOVES[here] - seen):
            seen.add(following)
            paths.append((following, [*path, following]))
    return []


# ── The hospitals that work in this system ──


@act
def enter_hospitals(*, actor: Any, at: datetime) -> int:
    """Put every hospital of ours within reach on the list that is not there yet; how many they were.

    One that the list knew by its HFR ID, or by its name and district, becomes that line. Done again, it
    finds nothing to do.
    """
    take_turns()
    return len(enter(actor=actor, at=at))


def enter(*, actor: Any, at: datetime) -> list[RegistryEntry]:
    """The part of an act that enters the hospitals; `take_turns` was called before."""
    listed = RegistryEntry.objects.filter(facility__isnull=False).values("facility_id")
    reached = Facility.objects.all() if actor is None else Facility.objects.visible_to(actor)
    missing = list(reached.exclude(pk__in=listed).order_by("pk"))
    if not missing:
        return []
    known = _unlinked(missing)
    entered = []
    for hospital in missing:
        entry = known.get(hospital.hfr_id) or known.get((hospital.district_id, naming.key(hospital.name)))
        if entry and entry.facility_id is None:
            _become(entry, hospital, actor=actor, at=at)
        else:
            entry = RegistryEntry(facility=hospital)
            if hospital.hfr_id:
                step(entry, RegistryStatus.APPLIED, at=at)
            facts.record(
                "reports.registry_entry_added",
                about=entry,
                actor=actor,
                at=at,
                facility_id=hospital.pk,
                new=[entry],
            )
        entered.append(entry)
    return entered


def _unlinked(hospitals: Iterable[Facility]) -> dict[Any, RegistryEntry]:
    """Lines without a hospital in these hospitals' districts, by HFR ID and by district and name."""
    districts = {one.district_id for one in hospitals}
    found: dict[Any, RegistryEntry] = {}
    for entry in RegistryEntry.objects.filter(facility=None, district__in=districts).locked():
        found[(entry.district_id, naming.key(entry.name))] = entry
        if entry.hfr_id:
            found[entry.hfr_id] = entry
    return found


def _become(entry: RegistryEntry, hospital: Facility, *, actor: Any, at: datetime) -> None:
    """The line is the hospital's from now on: what the hospital says of itself stands there no more."""
    if entry.hfr_id and not hospital.hfr_id:
        hospital = set_hfr_id(facility=hospital, hfr_id=entry.hfr_id, actor=actor, at=at)
    entry.facility = hospital
    entry.district = None
    emptied = [name for name in (*DESCRIBED, "hfr_id") if name != "district"]
    for name in emptied:
        setattr(entry, name, "")
    with refusing(RegistryEntry):
        entry.save(update_fields=["facility", "district", *emptied])
    facts.record("reports.registry_entry_joined", about=entry, actor=actor, at=at, facility_id=hospital.pk)


# ── What leaves the house ──


@act
def note_registry_exported(*, what: str, form: str, rows: int, actor: Any, at: datetime) -> None:
    """Write down that a list left the house: `what` is hfr or hpr, `form` its kind of file."""
    facts.record(
        "reports.registry_exported", about=actor, actor=actor, at=at, what=what, form=form, rows=rows
    )
