"""`make facts`: every fact, who records it and who hears of it, into docs/facts.md."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand

from hmis.kernel import facts

PAGE = settings.BASE_DIR / "docs" / "facts.md"
HEAD = """\
<!-- Written by `make facts`. -->

# Facts

What is written down when something is done, in the act's own transaction. A listener hears of it after the
commit, with the id of what it is about.

| fact | recorded by | heard by |
|---|---|---|
"""
RECORDERS = {"facts.record", "facts.rows"}
NOT_OURS_TO_READ = {"migrations", "app_template", "management"}


def sources() -> Iterator[tuple[str, str]]:
    """(module, its text) of every file of our apps."""
    for config in apps.get_app_configs():
        root = Path(config.path)
        if not root.is_relative_to(settings.BASE_DIR):
            continue
        for path in sorted(root.rglob("*.py")):
            inside = path.relative_to(settings.BASE_DIR)
            if not NOT_OURS_TO_READ & set(inside.parts):
                yield ".".join(inside.with_suffix("").parts), path.read_text(encoding="utf-8")


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def recordings(function: ast.FunctionDef, through: set[str]) -> Iterator[ast.expr]:
    """The first argument of each call in this function that records a fact."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and node.args and _dotted(node.func) in through:
            yield node.args[0]


def _dotted(called: ast.expr) -> str:
    """`a.b` of such an expression; nothing of any other, which `ast.unparse` takes long to write."""
    if isinstance(called, ast.Attribute):
        return f"{_dotted(called.value)}.{called.attr}"
    return called.id if isinstance(called, ast.Name) else ""


def passes_on(function: ast.FunctionDef) -> bool:
    """Whether the function records a fact that its caller names."""
    named = {argument.arg for argument in function.args.args}
    return any(isinstance(name, ast.Name) and name.id in named for name in recordings(function, RECORDERS))


def taken_from(tree: ast.Module, passing: dict[str, set[str]]) -> set[str]:
    """What this module imports of the functions that record a fact for their caller."""
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {
        one.name for node in imports for one in node.names if one.name in passing.get(node.module or "", ())
    }


@cache
def recorded() -> tuple[tuple[str, str], ...]:
    """Each (fact, where it is recorded): seconds of reading, so once."""
    return tuple(_read())


def _read() -> Iterator[tuple[str, str]]:
    """A name that is a constant is looked up in its module."""
    texts = dict(sources())
    trees = {module: ast.parse(text) for module, text in texts.items() if _names(text, RECORDERS)}
    passing = {
        module: {one.name for one in functions(tree) if passes_on(one)} for module, tree in trees.items()
    }
    through = RECORDERS.union(*passing.values())
    for module, text in texts.items():
        if not _names(text, through):
            continue
        tree = trees.get(module) or ast.parse(text)
        helpers = passing.get(module, set()) | taken_from(tree, passing)
        for function in functions(tree):
            if function.name not in helpers:
                for name in recordings(function, RECORDERS | helpers):
                    yield _value(name, module), f"`{module}.{function.name}`"


def _names(text: str, functions: set[str]) -> bool:
    """Whether there is any call to look for: to take a file apart takes a hundred times as long."""
    return any(f"{name}(" in text for name in functions)


def _value(name: ast.expr, module: str) -> str:
    if isinstance(name, ast.Constant):
        return str(name.value)
    value: Any = import_module(module)
    for part in ast.unparse(name).split("."):
        value = getattr(value, part)
    return str(value)


def page() -> str:
    recorders = defaultdict(set)
    for fact, where in recorded():
        recorders[fact].add(where)
    heard = {
        fact: ", ".join(f"`{one}`" for one in facts._listeners.get(fact, [])) or "—" for fact in recorders
    }
    rows = [
        f"| `{fact}` | {', '.join(sorted(recorders[fact]))} | {heard[fact]} |" for fact in sorted(recorders)
    ]
    return HEAD + "\n".join(rows) + "\n"


class Command(BaseCommand):
    """Lists every fact. Listeners of a fact that nobody records are a mistake, and refused."""

    help = "List every fact, who records it and who hears of it, into docs/facts.md."

    def handle(self, *args: Any, **options: Any) -> None:
        text = page()
        deaf = sorted(fact for fact in facts._listeners if f"| `{fact}` |" not in text)
        if deaf:
            raise SystemExit(f"Nobody records what is listened for: {', '.join(deaf)}")
        PAGE.write_text(text, encoding="utf-8")
        self.stdout.write(f"Written: {PAGE.relative_to(settings.BASE_DIR)}")
