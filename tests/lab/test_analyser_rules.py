"""Each rule of the analysers' tables refuses what it should."""

from lab.models import Analyser, AnalyserCode, AnalyserMessage, UnmatchedResult
from tests.conftest import NOON
from tests.factories.analysers import make_analyser, make_code, make_waiting
from tests.factories.constraints import again, rule_broken_by

MODELS = (Analyser, AnalyserCode, AnalyserMessage, UnmatchedResult)
# What tests/lab/test_models.py need not break once more.
RULES = {rule.name for model in MODELS for rule in model._meta.constraints}


def test_every_rule_of_the_analysers_is_broken_once(rims, rajesh):
    analyser = make_analyser(rims, codes={})
    code = make_code(analyser, "WBC", "TLC")
    row = make_waiting(rims)
    message = row.message
    answered = {"answered_at": NOON, "answered_by_id": rajesh.pk, "position": 1}
    other = {"sha256": "0", "status": "stored", "processed_at": None}
    broken = {
        rule_broken_by(again, analyser, sender="B"): "analyser_name_is_unique_here",
        rule_broken_by(again, analyser, name="B"): "analyser_is_told_from_others",
        rule_broken_by(again, analyser, name="B", sender=""): "analyser_is_known_by_something",
        rule_broken_by(again, analyser, name="B", port=80): "analyser_port_is_a_port",
        rule_broken_by(again, code): "analyser_code_means_one_thing",
        rule_broken_by(again, code, code=""): "analyser_code_is_not_empty",
        rule_broken_by(again, code, code="B", factor=0): "analyser_factor_is_positive",
        rule_broken_by(again, code, code="B", analyte_codes=[], unit="%"): "left_out_code_has_no_factor",
        rule_broken_by(again, message): "analyser_message_counts_once",
        rule_broken_by(again, message, **other, error="half"): "unreadable_message_says_why",
        rule_broken_by(again, message, **other | {"processed_at": NOON}): "message_was_looked_at_some_time",
        rule_broken_by(again, row): "tray_holds_a_value_once",
        rule_broken_by(again, row, **answered): "waiting_value_is_not_answered",
        rule_broken_by(again, row, **answered, status="assigned"): "assigned_value_has_an_order",
        rule_broken_by(again, row, **answered, status="discarded"): "discarded_value_says_by_whom_and_why",
        rule_broken_by(
            again, row, **answered, status="discarded", discard_reason="other"
        ): "other_discard_is_said_in_words",
    }
    assert {name: name for name in broken} == broken
    assert set(broken) == RULES
