"""What every page loads, as one style sheet and one script: on a slow line each request is a journey.

The parts stay files of their own, to read and to change; they are joined when static files are looked for.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from rcssmin import cssmin
from rjsmin import jsmin

# A part's url(…) hold from where the bundle stands.
BUNDLES = {
    "css/house.css": ("css/vendor/bootstrap.min.css", "css/tokens.css", "css/base.css", "css/components.css"),
    "js/house.js": ("js/app.js", "js/link.js", "js/beacon.js", "js/lock.js", "js/print.js", "js/unseen.js"),
}
MINIFIED = {".css": cssmin, ".js": jsmin}


def joined(bundle: str) -> str:
    """The parts one after the other, without what only people read."""
    parts = [(settings.BASE_DIR / "static" / part).read_text(encoding="utf-8") for part in BUNDLES[bundle]]
    return str(MINIFIED[Path(bundle).suffix]("\n".join(parts)))


class Finder(BaseFinder):
    """Finds the bundles, as Django's own finders find the files that lie about."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.storage = FileSystemStorage(settings.VAR_DIR / "bundles")

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        found = [self._written(path)] if path in BUNDLES else []
        if find_all:
            return found
        return found[0] if found else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for bundle in BUNDLES:
            self._written(bundle)
            yield bundle, self.storage

    def _written(self, bundle: str) -> str:
        """The bundle's file; it is as old as what stands in it, for who collects goes by that."""
        file, text = Path(self.storage.path(bundle)), joined(bundle)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(f".{uuid4().hex}")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(file)
        return str(file)
