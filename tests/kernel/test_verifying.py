"""Each hour every rule is asked; what is broken is kept for the hospital that it is broken at."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from hmis.kernel import scope, verifying
from hmis.kernel.models import RuleCheck
from hmis.kernel.verifying import Fault, Rule
from tests.conftest import NOON
from tests.factories.billing import make_invoice

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def rule(monkeypatch):
    """A rule of the test's own, alone; `broken` says at which hospitals' reach it finds how much."""

    def ask():
        reach = scope.current().reach
        for place, count in ask.broken.items():
            if reach == scope.ALL or place in reach:
                for number in range(count):
                    yield Fault(_("The number %(row)s was never given."), row=f"{number}")

    ask.broken = {}
    monkeypatch.setattr(verifying, "rules", lambda: [Rule("tests.rule", "Holds.", ask)])
    return ask


@pytest.fixture
def hospitals(rims, sgml):
    return [rims.pk, sgml.pk]


def kept(facility_id):
    found = RuleCheck.objects.filter(facility_id=facility_id).first()
    return found and (found.faults, found.broken_since, found.asked_at)


def test_what_holds_is_kept_as_asked(db, rule, hospitals):
    assert verifying.prove(hospitals, at=NOON) == 0

    assert kept(None) == (0, None, NOON)
    assert RuleCheck.objects.count() == 1


def test_what_is_broken_is_told_to_its_hospital_alone(rule, hospitals, rims, sgml):
    rule.broken = {str(rims.pk): 3}

    assert verifying.prove(hospitals, at=NOON) == 3

    assert (kept(None), kept(rims.pk), kept(sgml.pk)) == ((3, NOON, NOON), (3, NOON, NOON), None)
    assert [verifying.broken_at(one) for one in (None, rims.pk, sgml.pk)] == [1, 1, 0]


def test_it_says_since_when_and_forgets_once_it_holds_again(rule, hospitals, rims):
    rule.broken = {str(rims.pk): 2}
    verifying.prove(hospitals, at=NOON)
    verifying.prove(hospitals, at=LATER)
    assert kept(rims.pk) == (2, NOON, LATER)

    rule.broken = {}
    verifying.prove(hospitals, at=LATER)
    assert (kept(rims.pk), kept(None)) == (None, (0, None, LATER))


def test_at_most_ten_are_named_and_all_are_counted(rule, hospitals, rims):
    rule.broken = {str(rims.pk): 25}
    verifying.prove(hospitals, at=NOON)

    (found,) = verifying.standing(rims.pk)
    assert (found.faults, len(found.examples)) == (25, 10)


def test_a_fault_is_said_in_the_readers_language(rule, hospitals, rims):
    rule.broken = {str(rims.pk): 1}
    verifying.prove(hospitals, at=NOON)

    with translation.override("hi"):
        (example,) = verifying.standing(rims.pk)[0].examples
    assert example != "The number 0 was never given."
    assert "0" in example


def test_a_percent_sign_in_a_row_is_only_a_sign():
    assert verifying.said(Fault("Row %(row)s.", row="100%").told()) == "Row 100%."


def test_the_hour_leaves_out_what_has_a_night_of_its_own(db, monkeypatch):
    asked = []
    monkeypatch.setattr(
        verifying,
        "rules",
        lambda: [
            Rule(one, one, lambda one=one: iter(asked.append(one) or ()), at_night=one == "tests.nightly")
            for one in ("kernel.audit_is_sealed", "tests.nightly", "tests.rule")
        ],
    )
    verifying.prove([], at=NOON)
    assert asked == ["tests.rule"]

    asked.clear()
    verifying.prove([], at=NOON, at_night=True)
    assert asked == ["tests.nightly", "tests.rule"]


def test_every_rule_is_asked_and_holds_on_a_days_work(encounter, kavita, rims):
    make_invoice(encounter, kavita)
    verifying.prove([rims.pk], at=NOON)

    standing = verifying.standing(rims.pk)
    assert {one.rule.name for one in standing} == {one.name for one in verifying.rules()} - {
        "kernel.audit_is_sealed"
    }
    assert not [one for one in standing if one.faults]
    call_command("verify")
