"""Permissions: each has a name in one app, a role that holds it, and a view that asks for it."""

from importlib import import_module

from django.apps import apps

from audit.words import PERMISSIONS
from facilities.context import PAGES
from facilities.roles import ROLES
from facilities.views import FIRST_PAGES
from tests.architecture.test_access import ACCESS, PUBLIC, SIGNED_IN, addresses, declared
from tests.architecture.test_models import GLOSSARY


def named():
    """{permission: the app that names it}."""
    found = {}
    for config in apps.get_app_configs():
        if config.label not in GLOSSARY:
            continue
        try:
            module = import_module(f"{config.name}.permissions")
        except ModuleNotFoundError:
            continue
        values = [value for name, value in vars(module).items() if name.isupper()]
        found |= dict.fromkeys(values, config.label)
    return found


HELD = sorted({permission for duties in ROLES.values() for permission in duties.permissions})


def test_what_a_role_holds_is_named_by_its_app():
    names = named()

    assert {one: names.get(one) for one in HELD} == {one: one.split(".")[0] for one in HELD}


def test_what_an_app_names_is_held_by_a_role():
    assert set(named()) <= set(HELD)


def test_each_permission_has_its_words_and_none_are_left_over():
    assert set(PERMISSIONS) == set(named()), "give it words in audit/words.py, or take them away"


def test_what_a_role_holds_is_asked_for_by_a_view():
    asked = set()
    for _, view, _ in addresses():
        said = declared(view)
        asked |= set(said.values()) if isinstance(said, dict) else {said}

    assert set(HELD) <= asked


def test_the_bar_and_the_first_page_ask_for_what_their_views_ask_for():
    for permission, name, *_ in [*PAGES, *FIRST_PAGES]:
        asked = set(ACCESS[name].values())
        holders = [duties.permissions for duties in ROLES.values() if permission in duties.permissions]
        assert all(held & asked for held in holders), name


def test_only_these_addresses_are_open_to_anybody():
    open_to_all = {name for name, methods in ACCESS.items() if PUBLIC in methods.values()}

    # The page for Prometheus asks for its token itself.
    assert open_to_all == {
        "login",
        "language",
        "healthz",
        "metrics",
        "receipt_check",
        "certificate_check",
        "death_check",
        "prescription_check",
        "report_check",
        "display",
        "api-auth-token",
    }


def test_only_the_doors_ask_for_no_permission():
    doors = {name for name, methods in ACCESS.items() if SIGNED_IN in methods.values()}

    own = {"password_new", "own_session_list", "other_sessions_end_new", "reports:hpr_own"}
    assert doors == own | {
        "home",
        "logout",
        "lock",
        "unlock",
        "posting_choice",
        # Each PC tells how its link holds, whoever sits there.
        "reports:linkreading_new",
        "api-schema",
        "api-docs",
    }
