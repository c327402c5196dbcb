"""Each named rule of the kernel's tables refuses what it should."""

from uuid import uuid4

import pytest
from django.utils import timezone

from hmis.kernel import pdf
from hmis.kernel.models import AuditSeal, FactReading, NumberSeries, RequestKey, RuleCheck, Throttle
from hmis.kernel.requests import claim
from hmis.kernel.rows import write
from tests.conftest import NOON
from tests.factories.constraints import again, rule_broken_by, rules_of


@pytest.fixture
def paper(asha, dev):
    paper = pdf.issue(
        "paper.html",
        about=asha,
        facility_id=asha.facility_id,
        patient_id=asha.pk,
        context={},
        actor=dev,
        at=NOON,
        check_key="k" * 24,
    )
    write(paper)
    return paper


@pytest.fixture
def counted(rims):
    return NumberSeries.objects.create(facility_id=rims.pk, series="R", financial_year=2026, last=1)


@pytest.fixture
def copy(paper, dev):
    return pdf.reprint(paper, actor=dev, at=NOON)


@pytest.fixture
def tried(db):
    return Throttle.objects.create(bucket="b", began_at=timezone.now(), count=1)


@pytest.fixture
def claimed(dev):
    claim(uuid4(), "tests.act", actor=dev, body=[])
    return RequestKey.objects.get()


@pytest.fixture
def signed_in(client, dev):
    client.force_login(dev)
    return dev.login_sessions.get()


@pytest.fixture
def seal(db):
    """The third seal of a chain."""
    held = {"ids": [], "digests": b"", "row_count": 0, "seen": "1:1:", "server": "1"}
    return AuditSeal.objects.create(number=3, previous="a" * 64, hash="b" * 64, sealed_at=NOON, **held)


@pytest.fixture
def checked(rims):
    return RuleCheck.objects.create(rule="tests.rule", facility_id=rims.pk, asked_at=NOON)


@pytest.fixture
def read_so_far(db):
    return FactReading.objects.create(reader="tests.reader")


BREAKS = {
    "reader_of_facts_reads_once": ("read_so_far", {}),
    "rule_is_checked_once_a_hospital": ("checked", {}),
    "broken_rule_says_since_when": ("checked", {"facility_id": None, "faults": 1}),
    "session_key_is_unique": ("signed_in", {"device": "Firefox"}),
    "seal_number_is_given_once": ("seal", {"previous": "c" * 64}),
    "seal_is_followed_by_one": ("seal", {"number": 4}),
    "first_seal_alone_follows_none": ("seal", {"number": 4, "previous": ""}),
    "request_key_is_used_once": ("claimed", {"user_id": uuid4()}),
    "series_is_one_row": ("counted", {"last": 7}),
    "throttle_is_one_row": ("tried", {"count": 7}),
    "paper_copy_is_numbered_once": ("copy", {}),
    "paper_copy_has_an_original": ("copy", {"copy": 0}),
    "paper_check_key_is_unique": ("paper", {}),
}


def test_every_rule_is_tried_here():
    assert set(BREAKS) == rules_of("kernel")


@pytest.mark.parametrize("rule", BREAKS)
def test_a_row_that_breaks_it_is_refused(rule, request):
    row, changes = BREAKS[rule]

    assert rule_broken_by(again, request.getfixturevalue(row), **changes) == rule
