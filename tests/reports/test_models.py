"""Each named rule of the reports' tables is tried; those of figures here."""

from datetime import date
from decimal import Decimal

import pytest

from reports.models import DailyFigure, WeeklyFigure
from tests.factories.constraints import again, rule_broken_by, rules_of
from tests.reports.test_registry_rules import BREAKS as OF_REGISTRIES
from tests.reports.test_rollout_rules import BREAKS as OF_THE_ROLLOUT
from tests.reports.test_run_rules import BREAKS as OF_RUNS

BREAKS = {
    "figure_is_kept_once": {},
    "figure_is_not_negative": {"part": "EYE", "value": Decimal(-1)},
}


@pytest.fixture
def figure(rims):
    return DailyFigure.objects.create(
        facility=rims, day=date(2026, 11, 25), measure="visits", part="MED", value=Decimal(7)
    )


def test_a_week_is_summed_once(figure):
    assert rule_broken_by(again, WeeklyFigure.objects.get()) == "week_is_summed_once"


@pytest.mark.parametrize("rule", BREAKS)
def test_a_row_that_breaks_it_is_refused(figure, rule):
    assert rule_broken_by(again, figure, **BREAKS[rule]) == rule


def test_every_rule_is_tried():
    alone = {"report_run_is_of_one_place", "week_is_summed_once"}  # beside the act that it holds
    assert {*BREAKS, *OF_REGISTRIES, *OF_THE_ROLLOUT, *OF_RUNS, *alone} == rules_of("reports")
