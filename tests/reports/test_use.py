"""Modules in real use: counted from the audit, recomputed and never added."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.utils import timezone

from hmis.kernel.models import AuditEntry
from reports import queries, services, tasks
from reports.models import ModuleUse
from reports.states import Module
from tests.conftest import NOON
from tests.factories.facilities import make_clerk
from tests.factories.rollout import fact

TODAY = date(2026, 7, 22)


def count(facility, at=NOON, **how):
    return services.count_use(facility_id=facility.pk, at=at, **how)


def use(facility, module=Module.OPD, day=TODAY):
    return ModuleUse.objects.get(facility=facility, module=module, day=day)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("opd.visit_registered", Module.OPD),
        ("patients.patient_registered", Module.OPD),
        ("opd.consultation_signed", Module.ROOM),
        ("patients.medicine_prescribed", Module.ROOM),
        ("patients.medicine_dispensed", Module.COUNTER),
        ("lab.report_authorised", Module.LAB),
        ("ipd.patient_admitted", Module.IPD),
        ("billing.payment_taken", Module.BILLING),
        ("billing.shift_opened", Module.BILLING),
        ("billing.invoice_viewed", None),
        ("lab.figures_exported", None),
        ("lab.slip_printed", None),
        ("lab.orders_searched", None),
        ("opd.patient_opened", None),
        ("facilities.person_logged_in", None),
        ("kernel.paper_opened", None),
        ("patients.chart_viewed", None),
    ],
)
def test_an_act_belongs_to_its_module_and_a_look_to_none(name, module):
    assert queries.module_of(name) == module


def test_acts_of_people_count_by_day_and_module(rims, kavita, clara):
    fact("opd.visit_registered", kavita, NOON)
    fact("opd.visit_registered", kavita, NOON)
    fact("opd.token_called", clara, NOON - timedelta(days=6))
    fact("opd.token_called", clara, NOON - timedelta(days=7))
    fact("opd.registration_viewed", clara, NOON)
    fact("opd.visits_finished", None, NOON, facility=rims)
    fact("lab.tests_ordered", kavita, NOON - timedelta(days=29))
    fact("lab.tests_ordered", kavita, NOON - timedelta(days=30))
    count(rims)

    opd, lab = use(rims), use(rims, Module.LAB)
    assert (opd.transactions, opd.transactions_7, opd.users_7) == (2, 3, 2)
    assert (opd.transactions_30, opd.users_30) == (4, 2)
    assert (lab.transactions_7, lab.users_7, lab.transactions_30, lab.users_30) == (0, 0, 1, 1)


def test_a_day_ends_at_midnight_in_india(rims, kavita):
    fact("opd.visit_registered", kavita, datetime(2026, 7, 21, 18, 29, tzinfo=UTC))
    fact("opd.visit_registered", kavita, datetime(2026, 7, 21, 18, 30, tzinfo=UTC))
    count(rims)

    assert use(rims, day=date(2026, 7, 21)).transactions == use(rims).transactions == 1


def test_another_hospitals_work_is_not_counted(rims, sgml, gopal):
    fact("opd.visit_registered", gopal, NOON)
    count(rims)

    assert use(rims).transactions == 0
    assert not ModuleUse.objects.filter(facility=sgml).exists()


def test_counted_again_it_says_the_same(rims, kavita):
    fact("opd.visit_registered", kavita, NOON)
    count(rims)
    count(rims)
    count(rims, whole=True)

    assert (use(rims).transactions, use(rims).transactions_30) == (1, 1)
    assert ModuleUse.objects.count() == 30 * len(Module)


def test_what_came_late_is_seen_the_next_time_or_at_night(rims, kavita):
    count(rims)
    fact("opd.visit_registered", kavita, NOON - timedelta(days=1))
    fact("opd.visit_registered", kavita, NOON - timedelta(days=3))
    count(rims)
    assert use(rims).transactions_7 == 1

    count(rims, whole=True)
    assert use(rims).transactions_7 == 2


def test_days_that_were_missed_are_made_up(rims, kavita):
    count(rims, at=NOON - timedelta(days=5))
    fact("opd.visit_registered", kavita, NOON - timedelta(days=3))
    count(rims)

    assert use(rims).transactions_7 == 1
    assert use(rims, day=TODAY - timedelta(days=3)).transactions_7 == 1
    assert ModuleUse.objects.filter(module="opd", day__gt=TODAY - timedelta(days=6)).count() == 6


@pytest.mark.parametrize("seed", range(3))
def test_random_histories_counted_hour_by_hour_equal_a_plain_recount(rims, kavita, clara, seed):
    random, people = Random(seed), [kavita, clara, make_clerk("Third", rims)]
    names = ["opd.visit_registered", "opd.registration_viewed", "lab.tests_ordered", "billing.payment_taken"]
    at = NOON - timedelta(days=12)
    while at < NOON:
        at += timedelta(hours=random.randint(1, 40))
        for _ in range(random.randint(0, 3)):
            fact(random.choice(names), random.choice(people), at - timedelta(hours=random.randint(0, 20)))
        count(rims, at=at)
    count(rims, at=NOON)

    done = [
        (queries.module_of(one.name), (TODAY - timezone.localdate(one.at)).days, one.actor_id)
        for one in AuditEntry.objects.all()
    ]
    for module in Module:
        for span, told in ((7, "7"), (30, "30")):
            within = [who for its, back, who in done if its == module and 0 <= back < span]
            row = use(rims, module)
            assert getattr(row, f"transactions_{told}") == len(within)
            assert getattr(row, f"users_{told}") == len(set(within))


def test_the_worker_counts_every_hospital(rims, sgml):
    assert tasks.count_use() == 2 * 30 * len(Module)
    assert tasks.count_use() in {2 * 2 * len(Module), 2 * 30 * len(Module)}  # at night the whole month
