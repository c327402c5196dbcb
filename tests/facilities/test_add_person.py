"""The first administrator of a new site."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from facilities.models import User
from tests.factories.facilities import make_state


@pytest.fixture
def add(monkeypatch):
    def run(*options, password="a-long-secret-2026", role="state_admin"):
        monkeypatch.setattr("sys.stdin", StringIO(f"{password}\n"))
        call_command(
            "add_person", "first.admin", "--name", "Indu", "--role", role, *options, "--password-stdin"
        )

    return run


def test_the_first_administrator_may_log_in(db, add):
    state = make_state()

    add("--state", "20")

    indu = User.objects.get(username="first.admin")
    assert indu.check_password("a-long-secret-2026")
    assert indu.posting.state == state


def test_a_weak_password_is_refused(db, add):
    make_state()

    with pytest.raises(CommandError):
        add("--state", "20", password="password")
    assert not User.objects.exists()


def test_a_clerk_of_a_whole_state_is_refused(db, add):
    make_state()

    with pytest.raises(CommandError, match="A clerk works for a facility: name it with --facility"):
        add("--state", "20", role="clerk")


def test_a_hospital_that_is_not_there_is_refused(db, add):
    with pytest.raises(CommandError, match="There is no such facility"):
        add("--facility", "NONE", role="clerk")


def test_a_name_that_is_taken_is_refused(db, add):
    make_state()
    add("--state", "20")

    with pytest.raises(CommandError):
        add("--state", "20")
    assert User.objects.count() == 1
