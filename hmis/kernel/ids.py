"""Keys that rows made at any hospital can meet with: time-ordered and without asking anyone."""

from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562)."""
    return _uuid7()
