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


def in_both(say, names):
    """(name, in English, in Hindi) of each."""
    with override("en"):
        english = [str(say(name)) for name in names]
    with override("hi"):
        return list(zip(names, english, [str(say(name)) for name in names], strict=True))


def test_the_words_are_said_in_both_languages():
    for fact, english, hindi in in_both(sentence, FACTS):
        assert english != hindi, fact
        assert re.search("[\u0900-\u097f]", hindi), fact
        assert english[0].islower(), f"{fact}: it follows the person's name"
        assert not hindi.startswith("ने "), f"{fact}: the person stands in a column of their own"


def test_what_a_role_includes_is_said_in_both_languages():
    for permission, english, hindi in in_both(permission_words, PERMISSIONS):
        assert english not in {permission, hindi}, permission
        assert re.search("[\u0900-\u097f]", hindi), permission


def test_what_is_opened_from_outside_is_named_once():
    assert GLASS == ["patients.glass_broken", "patients.patient_found_by_identifier"]


def test_a_fact_without_words_is_passed_over_by_nobody():
    assert sentence("tests.unheard") == "tests.unheard"
    assert kind_of("tests.unheard") == Kind.CHANGED


TRACKED = [model for model in apps.get_models() if hasattr(model, "history_events")]
FIELDS_SHOWN = [
    field for model in TRACKED for field in model._meta.concrete_fields if field.attname not in SILENT
]


def test_each_field_whose_change_is_shown_has_words():
    assert len(FIELDS_SHOWN) > 40
    for field in FIELDS_SHOWN:
        is_said = field.name in FIELDS or isinstance(field.verbose_name, Promise)
        assert is_said, f"give {field} words in audit/words.py"
