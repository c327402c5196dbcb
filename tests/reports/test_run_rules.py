"""Each named rule of report runs refuses what it should."""

import pytest

from facilities.roles import Role
from reports.models import ReportRun
from reports.states import RunStatus
from tests.conftest import NOON
from tests.factories.constraints import again, rule_broken_by
from tests.factories.facilities import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(rims):
    rekha = make_person("Rekha", Role.RECORDS_OFFICER, rims)
    return ReportRun.objects.create(
        facility=rims, kind="x", asked_by=rekha, posting=rekha.posting, asked_at=NOON
    )


# What is wrong with the row when it is written once more.
BREAKS = {
    "report_run_that_is_over_says_when": {"status": RunStatus.FAILED},
    "cancelled_report_run_says_by_whom": {"status": RunStatus.CANCELLED, "ended_at": NOON},
    "report_run_has_a_file_when_done": {"status": RunStatus.DONE, "ended_at": NOON},
    "report_run_progress_is_a_share": {"progress": 101},
}


@pytest.mark.parametrize("rule", BREAKS)
def test_the_rule_refuses(run, rule):
    assert rule_broken_by(again, run, **BREAKS[rule]) == rule


def test_a_report_of_a_hospital_is_of_no_district_besides(run, ranchi):
    assert rule_broken_by(again, run, district_id=ranchi.pk) == "report_run_is_of_one_place"
