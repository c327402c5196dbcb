"""`make states`: one drawing of each table of moves, into docs/states."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import override

FOLDER = settings.BASE_DIR / "docs" / "states"
PAGE = """\
<!-- Drawn by `make states` from `{source}`. -->

# {title}

```mermaid
stateDiagram-v2
{arrows}
```
"""


def tables() -> Iterator[tuple[str, str, Mapping[Any, set[Any]]]]:
    """(module, name, table) of every `…_MOVES` in a states.py of ours."""
    for config in apps.get_app_configs():
        if Path(config.path).is_relative_to(settings.BASE_DIR) and find_spec(f"{config.name}.states"):
            states = import_module(f"{config.name}.states")
            for name in sorted(vars(states)):
                if name.endswith("_MOVES"):
                    yield states.__name__, name, getattr(states, name)


def drawing(module: str, name: str, moves: Mapping[Any, set[Any]]) -> str:
    """A state is its word; the first of its choices is where it begins, one without arrows an end."""
    choices: Any = type(next(iter(moves)))
    statuses = list(choices)
    title = name.removesuffix("_MOVES").replace("_", " ").capitalize()
    with override("en"):
        lines = [f"{one.value}: {one.label}" for one in statuses] + [f"[*] --> {statuses[0].value}"]
    lines += [
        f"{was.value} --> {now.value}" for was in statuses for now in statuses if now in moves.get(was, ())
    ]
    lines += [f"{one.value} --> [*]" for one in statuses if not moves.get(one)]
    arrows = "\n".join(f"    {line}" for line in lines)
    return PAGE.format(source=module.replace(".", "/") + ".py", title=title, arrows=arrows)


def drawings() -> dict[Path, str]:
    """{file: what stands in it} for each table."""
    return {
        FOLDER / f"{module.split('.')[0]}_{name.removesuffix('_MOVES').lower()}.md": drawing(
            module, name, moves
        )
        for module, name, moves in tables()
    }


class Command(BaseCommand):
    """Draws every state table; a drawing without a table goes."""

    help = "Draw every table of moves into docs/states."

    def handle(self, *args: Any, **options: Any) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        drawn = drawings()
        for path, text in drawn.items():
            path.write_text(text, encoding="utf-8")
        for left in set(FOLDER.glob("*.md")) - set(drawn):
            left.unlink()
        self.stdout.write(f"{len(drawn)} drawings in {FOLDER.relative_to(settings.BASE_DIR)}")
