"""Typed readers of the environment. A secret may also come from a file: NAME_FILE."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# A host that vanishes closes no line: left to itself, whoever asks it waits for a quarter of an hour.
# So nobody waits much longer than half a minute; the web's own patience with a worker is sixty seconds.
WHERE_NOBODY_ANSWERS = {
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def env_text(name: str, default: str | None = None) -> str:
    """The variable's text; raises ImproperlyConfigured where it is missing and has no default."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return value


def env_bool(name: str, *, default: bool = False) -> bool:
    return env_text(name, str(default)).lower() in {"1", "true", "yes", "on"}


def env_int(name: str, default: int) -> int:
    return int(env_text(name, str(default)))


def env_list(name: str, default: str | None = "") -> list[str]:
    return [part.strip() for part in env_text(name, default).split(",") if part.strip()]


def env_choice(name: str, choices: set[str], default: str) -> str:
    value = env_text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(sorted(choices))}.")
    return value


def env_secret(name: str, default: str | None = None) -> str:
    """NAME, or the contents of the file that NAME_FILE names; never both, for one of them would be stale."""
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return env_text(name, default)
    if os.environ.get(name, "").strip():
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from None
    if not secret:
        raise ImproperlyConfigured(f"The file that {name}_FILE names is empty.")
    return secret


def env_database(name: str) -> dict[str, object]:
    """A `postgresql://user:password@host:port/name` address as Django's settings want it.

    The password may come alone, from a secret's file: DATABASE_URL's is DATABASE_PASSWORD(_FILE).
    """
    address = urlsplit(env_secret(name))
    if address.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"{name} must be a postgresql:// address: PostgreSQL is the only database."
        )
    return {
        "ENGINE": "hmis.kernel.postgres",
        "NAME": unquote(address.path.lstrip("/")),
        "USER": unquote(address.username or ""),
        "PASSWORD": unquote(address.password or "") or env_secret(name.replace("_URL", "_PASSWORD"), ""),
        "HOST": address.hostname or "",
        "PORT": address.port or "",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "options": "-c timezone=UTC", **WHERE_NOBODY_ANSWERS},
    }
