"""Every fact has its words, in both languages."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override

from audit.queries import SILENT
from audit.words import FACTS, FIELDS, GLASS, PERMISSIONS, Kind, kind_of, permission_words, sentence
from hmis.kernel.management.commands import list_facts

# One worker reads the code, which takes seconds.
reads_the_code = pytest.mark.xdist_group("facts")


@pytest.fixture
def recorded():
    """Every fact that the code records."""
    return {fact for fact, _where in list_facts.recorded()}


@reads_the_code
def test_each_fact_that_is_recorded_has_its_words_and_none_are_left_over(recorded):
    assert recorded == set(FACTS), "give it words in audit/words.py, or take them away"


@reads_the_code
def test_the_document_lists_the_same_facts(recorded):
    page = (settings.BASE_DIR / "docs" / "facts.md").read_text()

    assert set(re.findall(r"^\| `([a-z_.]+)`", page, re.MULTILINE)) == recorded


@pytest.mark.parametrize("fact", FACTS)
def test_the_words_are_said_in_both_languages(fact):
    with override("en"):
        english = sentence(fact)
    with override("hi"):
        hindi = sentence(fact)

    assert english != hindi
    assert re.search("[\u0900-\u097f]", hindi)
    assert english[0].islower()  # it follows the person's name
    assert not hindi.startswith("ने "), "the person stands in a column of their own"


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_what_a_role_includes_is_said_in_both_languages(permission):
    with override("en"):
        english = permission_words(permission)
    with override("hi"):
        hindi = permission_words(permission)

    assert english != permission
    assert english != hindi
    assert re.search("[\u0900-\u097f]", hindi)


def test_what_is_opened_from_outside_is_named_once():
    assert GLASS == ["patients.glass_broken", "patients.patient_found_by_identifier"]


def test_a_fact_without_words_is_passed_over_by_nobody():
    assert sentence("tests.unheard") == "tests.unheard"
    assert kind_of("tests.unheard") == Kind.CHANGED


TRACKED = [model for model in apps.get_models() if hasattr(model, "history_events")]
FIELDS_SHOWN = [
    field for model in TRACKED for field in model._meta.concrete_fields if field.attname not in SILENT
]


@pytest.mark.parametrize("field", FIELDS_SHOWN, ids=str)
def test_each_field_whose_change_is_shown_has_words(field):
    assert field.name in FIELDS or isinstance(field.verbose_name, Promise), "give it words in audit/words.py"


def test_there_are_fields_whose_change_is_shown():
    assert len(FIELDS_SHOWN) > 40
