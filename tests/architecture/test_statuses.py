"""A status is written by `move` alone."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

APPS = ["hmis", "facilities", "patients", "billing", "lab", "opd", "ipd", "reports", "abdm", "audit"]
FILES = [
    path
    for app in APPS
    for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
    if "migrations" not in path.parts
]


def writes_of_a_status(tree):
    """The line of each place that gives a record a status: by assignment, setattr or update."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (
                one.lineno
                for target in targets
                for one in ast.walk(target)
                if isinstance(one, ast.Attribute) and one.attr == "status"
            )
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
            keywords = {one.arg for one in node.keywords}
            if (called == "setattr" and "status" in texts) or (called == "update" and "status" in keywords):
                yield node.lineno


@pytest.mark.parametrize(
    "source", ["token.status = 1", "a, token.status = 1, 2", "setattr(t, 'status', 1)", "q.update(status=1)"]
)
def test_such_writing_is_seen(source):
    assert list(writes_of_a_status(ast.parse(source))) == [1]


@pytest.mark.parametrize("source", ["x = token.status", "response.status_code = 4", "show(status=422)"])
def test_reading_is_not_taken_for_writing(source):
    assert list(writes_of_a_status(ast.parse(source))) == []


def test_only_move_writes_a_status():
    places = {
        f"{path.relative_to(settings.BASE_DIR)}:{line}"
        for path in FILES
        if "status" in (source := path.read_text())
        for line in writes_of_a_status(ast.parse(source))
    }

    assert {place.split(":")[0] for place in places} == {"hmis/kernel/transitions.py"}, places
