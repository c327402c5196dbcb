"""Log lines as JSON that say where and who by ids, and never what an exception, a library or a person said.

Our own messages are sentences with ids and counts, so they are logged as they read. Whatever another
package fills into its messages may hold a name or an address with a search in it: only numbers of it stay.
Of an exception the type, the place and the broken constraint are said, not its text: that quotes values.
"""

import json
import logging
import re
import traceback
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from hmis.ops.place import Place, current_place

BASE = Path(__file__).resolve().parents[2]
OURS = frozenset(folder.parent.name for folder in BASE.glob("*/__init__.py"))

INDIA = ZoneInfo("Asia/Kolkata")
# Packages whose messages without anything to fill in are told up to where a value could stand in them:
# "Invalid HTTP_HOST header: '…" has been filled in before. Others' are left out whole.
PLAIN = ("celery", "django", "gunicorn")
WHERE_VALUES_STAND = re.compile(r"""[:='"({\[].*""", re.DOTALL)
BUT_NOT = ("celery.redirected",)  # what somebody printed
MOST_FRAMES = 12
LEFT_OUT = "…"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, INDIA).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": said(record),
            "request": getattr(record, "request_id", "-"),
        }
        place = getattr(record, "place", None) or current_place()
        if isinstance(place, Place):
            line |= {name: value for name, value in vars(place).items() if value not in (None, "")}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["error"] = described(error)
        return json.dumps(line, ensure_ascii=False, default=lambda value: type(value).__name__)


def said(record: logging.LogRecord) -> str:
    """The message of our own loggers; of others their sentence, with numbers alone filled in."""
    if record.name.split(".", 1)[0] in OURS:
        args = record.args
        if isinstance(args, tuple):
            record.args = tuple(type(a).__name__ if isinstance(a, BaseException) else a for a in args)
        return record.getMessage()
    if not record.args:
        plain = record.name.startswith(PLAIN) and record.name not in BUT_NOT
        told = WHERE_VALUES_STAND.sub(LEFT_OUT, str(record.msg))
        return told if plain else f"(a message of {record.name})"
    try:
        return str(record.msg) % _numbers_of(record.args)
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def _numbers_of(args: Any) -> Any:
    if isinstance(args, dict):
        return {name: value if isinstance(value, int | float) else LEFT_OUT for name, value in args.items()}
    return tuple(value if isinstance(value, int | float) else LEFT_OUT for value in args)


def described(error: BaseException) -> dict[str, Any]:
    """What broke and where. No text of the exception: it quotes what was typed."""
    told: dict[str, Any] = {"type": type(error).__name__, "at": _frames(error.__traceback__)}
    cause = error.__cause__ or error.__context__
    diag = getattr(error, "diag", None) or getattr(cause, "diag", None)
    if diag is not None and diag.sqlstate:
        told["sqlstate"] = diag.sqlstate
        told |= {"constraint": diag.constraint_name} if diag.constraint_name else {}
        told |= {"table": diag.table_name} if diag.table_name else {}
    if cause is not None:
        told["because"] = type(cause).__name__
    return told


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(path: str) -> str:
    path = path.removeprefix(f"{BASE}/")
    return path.rsplit("/site-packages/", 1)[-1]
