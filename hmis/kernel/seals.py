"""The audit under seal: each minute the new rows get one hash, which also covers the seal before.

A row belongs to the first seal whose snapshot sees it and whose forerunner's did not. So a transaction that
commits late, whatever ids and times its rows bear, is sealed in its turn, and no row twice (ADR 0151).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from hmis.kernel.models import AuditEntry, AuditSeal
from hmis.kernel.verifying import Fault, holds, rows_of

LOCK = 0x5EA1
ROWS_A_SEAL = 4096
DIGEST_BYTES = 32
# An act takes its time before it begins to write; rows that say more than this were written back in time.
LATE_AFTER = timedelta(minutes=15)
# Rows of other nodes come with their seals, some of them later than others.
TRAVELS_FOR = timedelta(days=1)
BEGINNING = datetime.min.replace(tzinfo=UTC)

# What of a row is sealed. In UTC and without the session's date style, so that it reads the same everywhere.
DIGEST = """sha256(convert_to(jsonb_build_array(
    e.id, e.origin_node, e.name, e.actor_id, e.facility_id, e.at AT TIME ZONE 'UTC', e.about, e.about_id,
    e.patient_id, e.detail, e.request_id)::text, 'UTF8'))"""

FRESH = f"""
    WITH fresh AS (
        SELECT e.id, e.xid, {DIGEST} AS digest,
               (row_number() OVER (ORDER BY e.xid, e.id) - 1) / %(rows)s AS batch
        FROM kernel_auditentry e
        WHERE e.origin_node = %(node)s AND pg_visible_in_snapshot(e.xid, pg_current_snapshot()) AND {{since}}
    )
    SELECT array_agg(id ORDER BY xid, id), string_agg(digest, '' ORDER BY xid, id),
           pg_current_snapshot()::text
    FROM fresh GROUP BY batch ORDER BY batch
"""  # noqa: S608
SINCE_THE_LAST = """e.xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(e.xid, %(seen)s::pg_snapshot)"""
UNDER_NO_SEAL = """NOT EXISTS (
    SELECT FROM (SELECT unnest(ids) AS id FROM kernel_auditseal WHERE origin_node = %(node)s) AS held
    WHERE held.id = e.id)"""


def seal(*, at: datetime, rows: int = ROWS_A_SEAL) -> int:
    """Put this node's new audit rows under seal; how many they were. Two who seal at once make one chain."""
    with transaction.atomic():
        if not _is_our_turn():
            return 0
        return sum(_seal_node(node, at, rows) for node in settings.HMIS_NODES)


def _is_our_turn() -> bool:
    """Whether nobody else seals; if so, nobody does until the commit. Asked before the snapshot is taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _seal_node(node: int, at: datetime, rows: int) -> int:
    last, sealed, server = last_seal(node), 0, this_server()
    for ids, digests, seen in _fresh(node, last, server, rows):
        last = AuditSeal(
            origin_node=node,
            number=last.number + 1 if last else 1,
            previous=last.hash if last else "",
            sealed_at=at,
            row_count=len(ids),
            ids=ids,
            digests=bytes(digests),
            seen=seen,
            server=server,
        )
        last.hash = hash_of(last)
        last.save(force_insert=True)
        sealed += len(ids)
    return sealed


def _fresh(
    node: int, last: AuditSeal | None, server: str, rows: int
) -> Iterator[tuple[list[UUID], Any, str]]:
    """The rows that the last seal did not see, batch by batch, and the snapshot that they are read in.

    On another server than the last seal's (moved, restored from a dump) its snapshot means nothing: there
    the first round takes whatever is under no seal.
    """
    since = SINCE_THE_LAST if last and last.server == server else UNDER_NO_SEAL if last else "true"
    values: dict[str, Any] = {"node": node, "rows": rows, "seen": last.seen if last else ""}
    with connection.chunked_cursor() as cursor:
        cursor.execute(FRESH.format(since=since), values)
        while batches := cursor.fetchmany(4):
            yield from batches


def last_seal(node: int) -> AuditSeal | None:
    """The end of this node's chain."""
    chain = AuditSeal.objects.filter(origin_node=node).defer("ids", "digests")
    return chain.order_by("-number").first()


def this_server() -> str:
    """The number that this database server got when it was made; a dump restored elsewhere has another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        return str(cursor.fetchone()[0])


def hash_of(seal: AuditSeal) -> str:
    """The seal's hash: over the one before, its own number and time, and every row's id and digest."""
    leaves = hashlib.sha256(b"".join(one.bytes for one in seal.ids) + bytes(seal.digests)).hexdigest()
    at = seal.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    place = [seal.origin_node, seal.number, seal.previous, at, seal.server, seal.seen]
    text = json.dumps(["hmis-seal-1", *place, len(seal.ids), leaves], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def line_of(seal: AuditSeal) -> str:
    """What is noted down outside: `HMIS-SEAL 121/42 2026-11-25T14:30:00Z 9f86d0…`."""
    return f"HMIS-SEAL {seal} {seal.sealed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {seal.hash}"


# ── Whether they hold ──


@dataclass
class Found:
    """What looking at one seal came to."""

    seal: AuditSeal
    faults: list[Fault] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults


ROWS = f"""
    SELECT held.place, e.at, {DIGEST},
           COALESCE(e.xid >= pg_snapshot_xmax(%(seen)s::pg_snapshot) AND e.at < %(bound)s, false)
    FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS held (id, place)
    LEFT JOIN kernel_auditentry e ON e.id = held.id
"""  # noqa: S608


@holds(
    "kernel.audit_is_sealed", _("Every audit row stands as it was sealed, and none was added behind a seal.")
)
def audit_faults() -> Iterator[Fault]:
    """Each audit row that was changed, removed or added behind a seal, and each seal that is not itself."""
    nodes = set(settings.HMIS_NODES)
    for table in (AuditSeal, AuditEntry):
        nodes |= set(table.objects.order_by().values_list("origin_node", flat=True).distinct())
    server = this_server()
    for node in sorted(nodes):
        before = None
        for found in look_at(AuditSeal.objects.filter(origin_node=node).order_by("number")):
            yield from found.faults
            before = found.seal
        yield from _added(node, before, server)


def look_at(chain: Any, *, before: AuditSeal | None = None) -> Iterator[Found]:
    """Each of these seals of one chain, oldest first, with what is wrong of it or of its rows."""
    server, earlier = this_server(), before
    for one in chain.iterator(chunk_size=4):
        if before and before.seen != one.seen:  # seals of one round share their snapshot
            earlier = before
        yield Found(one, [*_own_faults(one, before), *_row_faults(one, earlier, server)])
        before = one


def _own_faults(seal: AuditSeal, before: AuditSeal | None) -> Iterator[Fault]:
    if hash_of(seal) != seal.hash:
        yield Fault(_("Seal %(row)s was changed: its hash does not fit it."), row=seal)
    if before and before.number + 1 != seal.number:
        yield Fault(
            _("Seals before %(row)s are missing: the one before it is %(before)s."), row=seal, before=before
        )
    elif (before.hash if before else "") != seal.previous and (before or seal.number == 1):
        yield Fault(_("Seal %(row)s does not follow from the one before it."), row=seal)
    if not before and seal.number > 1:
        yield Fault(_("Seals before %(row)s are missing: nothing stands before it."), row=seal)


def _row_faults(seal: AuditSeal, earlier: AuditSeal | None, server: str) -> Iterator[Fault]:
    ours = earlier and earlier.server == server and seal.origin_node in settings.HMIS_NODES
    values: dict[str, Any] = {
        "ids": seal.ids,
        "seen": earlier.seen if earlier and ours else "1:1:",
        "bound": earlier.sealed_at - LATE_AFTER if earlier and ours else BEGINNING,
    }
    digests = bytes(seal.digests)
    with connection.cursor() as cursor:
        cursor.execute(ROWS, values)
        for place, at, digest, is_late in cursor.fetchall():
            row, begins = seal.ids[place - 1], (place - 1) * DIGEST_BYTES
            if at is None:
                yield Fault(
                    _("Audit row %(row)s was removed. It stood under seal %(seal)s."), row=row, seal=seal
                )
            elif bytes(digest) != digests[begins : begins + DIGEST_BYTES]:
                yield Fault(_("Audit row %(row)s was changed after seal %(seal)s."), row=row, seal=seal)
            elif is_late:
                yield Fault(
                    _("Audit row %(row)s says %(at)s and was written after seal %(seal)s of a later time."),
                    row=row,
                    at=at.isoformat(timespec="seconds"),
                    seal=earlier,
                )


ADDED = f"""
    SELECT e.id FROM kernel_auditentry e WHERE e.origin_node = %(node)s AND {{when}} AND {UNDER_NO_SEAL}
    ORDER BY e.id
"""  # noqa: S608
# Whatever the last seal has seen is under a seal; whatever nobody sees bears a forged transaction.
SEEN_OR_FORGED = """(pg_visible_in_snapshot(e.xid, %(seen)s::pg_snapshot)
    OR NOT pg_visible_in_snapshot(e.xid, pg_current_snapshot())
    AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned())"""


def _added(node: int, last: AuditSeal | None, server: str) -> Iterator[Fault]:
    """Rows that stand under no seal though their time for it is over."""
    ours = node in settings.HMIS_NODES
    if ours and (last is None or last.server != server):
        return  # all of them wait for the first round here
    values: dict[str, Any] = {"node": node, "seen": last.seen if last else ""}
    newest = last.sealed_at if last else _newest_seal()
    values["bound"] = newest - TRAVELS_FOR if newest else BEGINNING
    for (row,) in rows_of(ADDED.format(when=SEEN_OR_FORGED if ours else "e.at < %(bound)s"), values):
        yield Fault(_("Audit row %(row)s was added behind the seals: it stands under none."), row=row)


def _newest_seal() -> datetime | None:
    return AuditSeal.objects.aggregate(at=Max("sealed_at"))["at"]


def noted_faults(line: str) -> Iterator[Fault]:
    """Whether the chain still holds the seal that somebody noted down (`line_of`)."""
    words = line.split()
    node, _slash, number = (words[1] if len(words) == 4 else "").partition("/")
    if not (node.isdecimal() and number.isdecimal()):
        yield Fault(_("This is no line of a seal: %(row)s"), row=line)
        return
    held = AuditSeal.objects.filter(origin_node=int(node), number=int(number)).first()
    if held is None:
        yield Fault(_("Seal %(row)s, once noted down, is gone."), row=words[1])
    elif line_of(held) != " ".join(words):
        yield Fault(_("Seal %(row)s is not the one that was noted down."), row=held)
