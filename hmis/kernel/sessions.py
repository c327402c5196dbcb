"""Sessions in a table that knows whose they are: a person's are found by an index, ended in one stroke."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from hmis.kernel.composed import Composed
from hmis.kernel.models import LoginSession

NOT_SAVED = {"id", "session_key", "locked_at"}


class SessionStore(db.SessionStore):
    """Django's own store, over LoginSession: who, in which posting, since when, last seen, on what.

    Whether the screen is locked stands beside it, in a column that only `lock` and `unlock` write: a request
    that was under way while it was locked saves what it had read before, and must not open it again.
    """

    ended: LoginSession | None = None  # what the browser's key led to, if that login is over
    _row_id: Any = None
    _locked_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return LoginSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        began_at = _moment(data.get("began"))
        return LoginSession(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self._ends_at(began_at),
            user_id=_uuid(data.get(SESSION_KEY)),
            posting_id=_uuid(data.get("posting")),
            began_at=began_at,
            seen_at=_moment(data.get("seen")),
            device=str(data.get("device", ""))[:60],
            address=str(data.get("address", ""))[:45],
        )

    def _ends_at(self, began_at: datetime | None) -> datetime:
        """A login's end is set when it begins: no work moves it. Before the login there is nothing to end."""
        if began_at is None:
            return self.get_expiry_date()  # type: ignore[no-any-return]
        return began_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)

    def save(self, must_create: bool = False) -> None:
        """Write the session. One that was ended meanwhile does not come back: UpdateError."""
        if self.session_key is None:
            return self.create()
        row = self.create_model_instance(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        if must_create:
            _insert(row)
            self._row_id = row.pk
            return None
        fields = [field for field in row._meta.concrete_fields if field.name not in NOT_SAVED]
        changed = {field.attname: getattr(row, field.attname) for field in fields}
        living = LoginSession.objects.living(timezone.now())
        if not living.filter(session_key=row.session_key).update(**changed):
            raise UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        """End the login: its row stays for a day, and says whose a form is that comes late."""
        row = LoginSession.objects.filter(session_key=session_key or self.session_key).first()
        if row:
            LoginSession.objects.filter(pk=row.pk).end(timezone.now())
            self.ended = row

    def cycle_key(self) -> None:
        """Another key for the same row: a lock that comes meanwhile stays on it."""
        old = self.session_key
        if old is None:
            return super().cycle_key()
        new = self._get_new_session_key()  # type: ignore[attr-defined]
        LoginSession.objects.filter(session_key=old).update(session_key=new)
        self._session_key = new
        self.modified = True
        return None

    def is_locked(self) -> bool:
        """Whether the screen was locked when this request read its session."""
        self._get_session()  # type: ignore[attr-defined]
        return self._locked_at is not None

    def lock(self, at: datetime) -> None:
        self._note_lock(at)

    def unlock(self) -> None:
        self._note_lock(None)

    def _note_lock(self, at: datetime | None) -> None:
        """By the row's id: its key may have changed since it was read."""
        self._get_session()  # type: ignore[attr-defined]
        LoginSession.objects.filter(pk=self._row_id).update(locked_at=at)
        self._locked_at = at

    def _get_session_from_db(self) -> LoginSession | None:
        row = next(iter(_rows_of(self.session_key)), None)
        if row and row.expire_date > timezone.now():
            self._row_id, self._locked_at = row.pk, row.locked_at
            return row
        self.ended, self._session_key = row, None
        return None


@Composed
def _rows_of(session_key: str) -> QuerySet[LoginSession]:
    """Asked with each request."""
    return LoginSession.objects.filter(session_key=session_key)


def _insert(row: LoginSession) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise CreateError from error


def _uuid(text: Any) -> UUID | None:
    return UUID(str(text)) if text else None


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
