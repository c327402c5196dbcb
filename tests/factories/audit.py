"""Entries and seals, written past the services."""

from datetime import UTC, datetime

from hmis.kernel.models import AuditEntry, AuditSeal
from hmis.kernel.seals import hash_of

SEALED = datetime(2026, 7, 22, 4, 0, tzinfo=UTC)


def make_entry(name, person, *, at=SEALED, **changes):
    """One entry of this person, where they work."""
    details = {
        "about": person._meta.label_lower,
        "about_id": person.pk,
        "facility_id": person.posting.facility_id,
    }
    return AuditEntry.objects.create(name=name, actor=person, at=at, **details | changes)


def make_seal(number=1):
    """A chain's first seal, over nothing; the same one for all who ask."""
    held = AuditSeal.objects.filter(number=number).first()
    if held:
        return held
    empty = {"ids": [], "digests": b"", "row_count": 0, "seen": "1:1:", "server": "1"}
    seal = AuditSeal(number=number, sealed_at=SEALED, **empty)
    seal.hash = hash_of(seal)
    seal.save(force_insert=True)
    return seal
