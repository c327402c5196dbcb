"""Charges held against acts; the rules of money on the supervisor's page."""

from datetime import UTC, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice
from facilities.roles import Role
from hmis.kernel.models import RuleCheck
from opd.services import Regret, Visit, cancel_token, register_visit
from opd.states import CancelReason
from patients.models import Encounter
from patients.states import EncounterStatus
from reports import queries, services, tasks
from tests.conftest import NOON
from tests.factories.billing import make_charge
from tests.factories.casualty import come
from tests.factories.facilities import make_person
from tests.factories.patients import make_encounter

TODAY = timezone.localdate(NOON)
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def made(med, unit, kavita, asha):
    return register_visit(patient=asha, visit=Visit(med), request_key=uuid4(), actor=kavita, at=NOON)


@pytest.fixture
def poonam(rims):
    return make_person("Poonam", Role.BILLING_SUPERVISOR, rims)


def uncharged(rims):
    return [one.encounter for one in queries.uncharged(rims, TODAY, TODAY)]


def actless(rims):
    return queries.actless(rims, TODAY, TODAY)


def test_a_days_work_leaves_nothing_over(made, rims):
    assert (uncharged(rims), actless(rims)) == ([], [])


def test_casualty_waits_for_the_counter(emer, kavita, rims):
    case = come(emer, kavita, at=NOON)
    assert uncharged(rims) == [case.arrival.encounter]

    make_charge(case.arrival.encounter, at=NOON)
    assert uncharged(rims) == []


def test_a_visit_without_token_or_arrival_is_the_wards(rims, asha, med):
    make_encounter(asha, med)
    assert uncharged(rims) == []


def test_a_cancelled_slip_leaves_neither(made, kavita, rims):
    cancel_token(
        token=made.token, regret=Regret(CancelReason.TWICE), request_key=uuid4(), actor=kavita, at=NOON
    )

    assert (uncharged(rims), actless(rims)) == ([], [])


def test_a_charge_whose_visit_was_cancelled_past_the_rules_is_found(made, rims):
    Encounter.objects.filter(pk=made.encounter.pk).update(status=EncounterStatus.CANCELLED)

    (found,) = actless(rims)
    assert (found.source_id, found.bill) == (made.encounter.pk, made.invoice.number)


def test_a_charge_that_nobody_knows_the_source_of_is_found(made, rims):
    odd = make_charge(made.encounter, source="nobody.knows", at=NOON)
    make_charge(made.encounter, source="billing.counter", at=NOON)

    assert actless(rims) == [odd]


@pytest.mark.parametrize("days", [-1, 1])
def test_only_the_days_that_were_asked_for(made, emer, kavita, rims, days):
    come(emer, kavita, at=NOON + timedelta(days=days))
    make_charge(made.encounter, source="nobody.knows", at=NOON + timedelta(days=days))

    assert (uncharged(rims), actless(rims)) == ([], [])


def test_another_hospitals_are_not_here(sgml_med, gopal, rims, sgml):

    case = come(sgml_med, gopal, at=NOON)

    assert uncharged(rims) == []
    assert uncharged(sgml) == [case.arrival.encounter]


# ── The pages ──


def test_the_page_names_both(client, poonam, made, emer, kavita, time_machine):
    time_machine.move_to(NOON)
    come(emer, kavita, at=NOON)
    make_charge(made.encounter, source="nobody.knows", description=HOSTILE, at=NOON)
    client.force_login(poonam)

    page = client.get(reverse("reports:reconciliation_list"))

    assert (len(page.context["acts"]), len(page.context["charges"])) == (1, 1)
    assert HOSTILE not in page.text
    assert made.encounter.patient.uhid_shown in page.text


def test_a_wrong_day_is_said(client, poonam):
    client.force_login(poonam)

    assert client.get(reverse("reports:reconciliation_list"), {"begins": "31-02-2026"}).status_code == 422


def test_the_state_chooses_the_hospital(client, rims, sgml, emer, kavita, time_machine):
    time_machine.move_to(NOON)
    come(emer, kavita, at=NOON)
    client.force_login(make_person("Prem", Role.AUDITOR, rims.district.state))
    url = reverse("reports:reconciliation_list")

    assert "Choose a hospital" in client.get(url).text
    assert len(client.get(url, {"hospital": "RIMS"}).context["acts"]) == 1
    assert client.get(url, {"hospital": sgml.code}).context["acts"] == []


def test_before_the_first_round_nothing_is_claimed(client, poonam):
    client.force_login(poonam)

    page = client.get(reverse("reports:check_list"))

    assert {one.asked_at for one in page.context["checks"]} == {None}
    assert "not checked yet" in page.text


def test_a_broken_rule_alarms_its_supervisor_and_no_other(client, poonam, made, sgml, caplog):
    Invoice.objects.filter(pk=made.invoice.pk).update(status="draft")

    assert tasks.prove() > 0
    assert "break a rule" in caplog.text

    client.force_login(poonam)
    assert "t-bad" in client.get(reverse("billing:shift_list")).text
    page = client.get(reverse("reports:check_list"))
    broken = [one for one in page.context["checks"] if one.faults]
    assert [one.rule.name for one in broken] == ["billing.payments_fit_their_bills"]
    assert made.invoice.number in page.text

    client.force_login(make_person("Sunita", Role.BILLING_SUPERVISOR, sgml))
    assert made.invoice.number not in client.get(reverse("reports:check_list")).text
    assert "t-bad" not in client.get(reverse("billing:shift_list")).text


def test_the_round_is_quiet_where_all_holds(made, caplog):
    assert tasks.prove() == 0
    assert not caplog.records
    assert RuleCheck.objects.filter(facility_id=None).count() == RuleCheck.objects.count() > 5


def test_at_three_in_the_night_the_papers_are_asked_too(db):
    services.prove_rules(at=NOON)
    assert not RuleCheck.objects.filter(rule="kernel.papers_stay").exists()

    services.prove_rules(at=NOON.astimezone(UTC).replace(hour=21, minute=40))  # 03:10 in Ranchi
    assert RuleCheck.objects.filter(rule="kernel.papers_stay").exists()
