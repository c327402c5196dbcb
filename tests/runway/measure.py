"""Prints how long our files, functions and tests are: a mirror, not a gate.

python tests/runway/measure.py FOLDER …
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

AIMS = {"file": (80, 200), "function": (8, 25), "test": (10, 25)}


def sizes(folders: list[str]) -> dict[str, list[tuple[int, str]]]:
    """Lines and place of every file, function and test below the folders, migrations left out."""
    found: dict[str, list[tuple[int, str]]] = {kind: [] for kind in AIMS}
    for path in sorted(path for folder in folders for path in Path(folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "migrations" in path.parts or not text:
            continue
        found["file"].append((text.count("\n"), str(path)))
        for name, lines in functions(ast.parse(text)):
            kind = "test" if name.startswith("test_") else "function"
            found[kind].append((lines, f"{path}:{name}"))
    return found


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each function's name and its lines, without docstring and decorators."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 2


def main(folders: list[str]) -> None:
    for kind, found in sizes(folders).items():
        lines = sorted(found)
        if not lines:
            continue
        p90 = lines[int(len(lines) * 0.9)][0]
        middle, (aim, aim90) = median(count for count, _ in lines), AIMS[kind]
        print(f"{kind:<9}{len(lines):>6}   median {middle:>5.0f} (aim {aim})   p90 {p90:>4} (aim {aim90})")
        for count, place in lines[:-4:-1]:
            print(f"{count:>24}  {place}")


if __name__ == "__main__":
    main(sys.argv[1:])
