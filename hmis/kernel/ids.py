"""Keys that rows made at any hospital can meet with: time-ordered and without asking anyone."""

from uuid import UUID, uuid5

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562)."""
    return _uuid7()


# Ours alone, and never changed: what it names keeps its key.
_EVERYWHERE = UUID("6f0c1f5e-7a3d-5b1e-9c52-4a6b8d2e9f10")


def uuid_everywhere(kind: str, code: object) -> UUID:
    """The key of a row that each hospital loads for itself: the same everywhere, so their rows meet."""
    return uuid5(_EVERYWHERE, f"{kind}/{code}")
