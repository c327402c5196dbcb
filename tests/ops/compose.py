"""docker-compose.yml as Docker would read it: variables filled in, each service with what it may see."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

FILE = settings.BASE_DIR / "docker-compose.yml"
EXAMPLE = settings.BASE_DIR / ".env.example"
VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")


def example() -> dict[str, str]:
    """.env.example, as somebody copies it and writes the state's number into it."""
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    return {**dict(line.split("=", 1) for line in lines), "HMIS_NODES": "121"}


@dataclass
class Compose:
    """The file, its variables filled in from `given`; which of them it asked for."""

    given: dict[str, str]
    asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.whole = yaml.safe_load(self._fill(FILE.read_text()))
        self.services: dict[str, dict[str, Any]] = self.whole["services"]

    def _fill(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            name, kind, default = found.groups()
            self.asked.add(name)
            if self.given.get(name):
                return self.given[name]
            assert kind != "?", f"{name} must be set"
            return default or ""

        return VARIABLE.sub(value, text)

    def environment(self, service: str) -> dict[str, str]:
        return {name: str(value) for name, value in self.services[service].get("environment", {}).items()}

    def in_this_place(self, service: str, secrets: Path, folder: Path) -> dict[str, str]:
        """The service's environment with the container's folders moved below `folder`."""
        moved = {}
        for name, value in self.environment(service).items():
            if value.startswith("/run/secrets"):
                value = value.replace("/run/secrets", str(secrets))
            elif value.startswith(("/var/lib/hmis", "/status", "/backups", "/tmp")):
                value = f"{folder}{value}"
            moved[name] = value
        return moved

    def ours(self) -> list[str]:
        """The services that run our own picture."""
        return [n for n, s in self.services.items() if s.get("build", {}).get("target") == "hmis"]
