"""`make newapp NAME=pharmacy`: a new workflow app that works before a word of it is typed."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

TEMPLATE = Path(__file__).resolve().parents[2] / "app_template"
NAME = re.compile(r"[a-z][a-z0-9]{1,19}")
# Imports stand elsewhere in the alphabet and lines are longer or shorter than the template's.
TIDY = (["format", "--quiet"], ["check", "--fix", "--quiet"], ["format", "--quiet"])

AFTERWARDS = """
import sys, django
from django.core.management import call_command
django.setup()
call_command("makemigrations", sys.argv[1], "-n", "first")
call_command("draw_states")
call_command("list_facts")
"""

ACCESS_LINE = r'\g<0>    "newapp:order_list": {"GET": "newapp.view_orders"},\n'
# Lists in these outgrow their line.
LINES_GROW = ["tests/architecture/test_statuses.py", "audit/words.py"]
# Any change, in words: the app's own are better.
WORDS_LINE = r'\g<0>    "newapp.order_placed": Fact(Kind.CHANGED, _("wrote or changed")),\n'
PERMISSION_LINE = r'\g<0>    "newapp.view_orders": _("looking at orders of tests"),\n'
ROLES_LINE = r'\g<0>        "newapp.view_orders",\n'
# What the page of the template asks: the house's frame, one read, and whom it must not name.
BUDGET_LINE = r'\g<0>  "newapp:order_list": 10,\n'
READER_LINE = r'\g<0>    "newapp:": lambda rims: make_nurse("Newapp", rims),\n'

# (file, where, what is added there). "newapp" stands for the new name.
PLACES = [
    ("hmis/settings.py", r'(?m)^    "ipd",\n', r'\g<0>    "newapp",\n'),
    ("hmis/urls.py", r'(?m)^    path\("opd/", .*\n', r'\g<0>    path("newapp/", include("newapp.urls")),\n'),
    ("facilities/roles.py", r"(?s)Role\.(?:DOCTOR|NURSE): _duties\(\n.*?(?=    \),)", ROLES_LINE),
    ("pyproject.toml", r'(?m)^(known-first-party|root_packages|source) = \[.*?"ipd", ', r'\g<0>"newapp", '),
    ("pyproject.toml", r'(?m)^(containers = \[.*)\]$', r'\g<1>, "newapp"]'),
    ("pyproject.toml", r'(?m)^  "(ipd \| .*)",$', r'  "\g<1> | newapp",'),
    ("tests/architecture/test_access.py", r'(?m)^    "billing:payment_new": .*\n', ACCESS_LINE),
    ("tests/architecture/test_query_budgets.py", r'(?m)^    "opd:vitals_": .*\n', READER_LINE),
    ("tests/architecture/query_budgets.json", r'\A\{\n', BUDGET_LINE),
    ("audit/words.py", r'(?m)^    "opd\.visit_registered": .*\n', WORDS_LINE),
    ("audit/words.py", r'(?m)^    "opd\.view_waiting_times": .*\n', PERMISSION_LINE),
    ("tests/architecture/test_models.py", r'(?ms)^    "ipd": .*?",\n', r'\g<0>    "newapp": "Order",\n'),
    ("tests/architecture/test_statuses.py", r'(?ms)^APPS = \[.*?"ipd",\s', r'\g<0>"newapp", '),
    (".dockerignore", r"(?m)^!ipd\n", r"\g<0>!newapp\n"),
    ("Makefile", r"(?m)^(APPS = .*)$", r"\g<1> newapp"),
]  # fmt: skip


class Command(BaseCommand):
    """Copies the template and lets the house know of the new app."""

    help = "Start a new workflow app: one model, one state table, one service, one page, three tests."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="one word in small letters: pharmacy")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        _refuse(name)
        root = settings.BASE_DIR
        written = _changed(root, name)  # found before anything is written
        for folder, target in (("app", name), ("templates", f"templates/{name}"), ("tests", f"tests/{name}")):
            written |= _copied(TEMPLATE / folder, root / target, name)
        for path, text in written.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for command in TIDY:
            ruff = [sys.executable, "-m", "ruff", *command, name, f"tests/{name}", *LINES_GROW]
            subprocess.run(ruff, cwd=root, check=True)  # noqa: S603
        # In a process of its own: this one was started without the app.
        subprocess.run([sys.executable, "-c", AFTERWARDS, name], cwd=root, check=True)  # noqa: S603
        self.stdout.write(f"{name}/ is there. Next: docs/adding-an-app.md, minute 5.")


def _refuse(name: str) -> None:
    if not NAME.fullmatch(name):
        raise CommandError("Say NAME=pharmacy: one word, two to twenty small letters or digits.")
    if find_spec(name):
        raise CommandError(f"There is a module called {name} already.")


def _copied(source: Path, target: Path, name: str) -> dict[Path, str]:
    """{new file: its text} for each file of the template."""
    files = (path for path in source.rglob("*-tpl"))
    return {
        target / path.relative_to(source).with_name(path.name.removesuffix("-tpl")): _named(
            path.read_text(encoding="utf-8"), name
        )
        for path in files
    }


def _changed(root: Path, name: str) -> dict[Path, str]:
    """{file of the house: its text with the new app in it}."""
    texts: dict[Path, str] = {}
    for file, where, what in PLACES:
        path = root / file
        text = texts.get(path) or path.read_text(encoding="utf-8")
        texts[path], found = re.subn(where, _named(what, name), text)
        if not found:
            raise CommandError(f"{file} has no place for the app any more: {where}")
    return texts


def _named(text: str, name: str) -> str:
    return text.replace("newapp", name).replace("Newapp", name.capitalize())
