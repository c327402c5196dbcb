"""The figures that are kept are what a full recount says: after any history, whatever comes late or twice."""

import random
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Event, Thread
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone

from billing.models import Payment
from billing.services import Offer
from billing.states import PaymentMode
from hmis.kernel import reading, scope
from hmis.kernel.errors import Refusal
from hmis.kernel.models import FactReading
from hmis.kernel.numbering import INDIA
from ipd.models import Admission
from ipd.services import count_day
from ipd.states import DischargeItem
from lab.models import ServiceRequest, TestDefinition
from lab.services import cancel_order
from lab.states import CancelReason as WhyCancelled
from opd.models import QueueToken
from opd.services import Regret, call_token, cancel_token, finish_token, leave_token, note_seen
from opd.states import CancelReason, LeftHow, TokenStatus
from patients.models import AbhaStatus, Encounter, MedicationRequest, Patient
from patients.services import edit_patient
from patients.states import DispenseOutcome, EncounterStatus
from reports import queries, services, tasks
from reports.measures import ALL, MEASURES
from reports.models import DailyFigure
from reports.queries.invariants import figure_faults
from tests.factories import parallel
from tests.factories.ipd import admit, beds_in, begin_discharge, complete, leave, make_ward, pass_over
from tests.factories.lab import make_tests, set_prices
from tests.factories.lab import order as order_tests
from tests.factories.notes import make_condition, make_templates
from tests.factories.patients import make_patient
from tests.factories.prescribing import give, make_pharmacist, make_prescription
from tests.factories.shifts import receive
from tests.opd.test_register_visit import visit

# Facts are read by the transactions that wrote them: they must have committed.
pytestmark = pytest.mark.django_db(transaction=True)
CASH = Offer(PaymentMode.CASH)
START = datetime(2026, 7, 20, 21, 40, tzinfo=INDIA)


@pytest.fixture(autouse=True)
def whole_state():
    """As the worker goes round."""
    with scope.within(scope.everywhere()):
        yield


@pytest.fixture
def houses(rims, med, unit, kavita, bose, clara, dev, sgml, sgml_med, gopal, esha, farid):
    make_templates()
    set_prices(rims, make_tests())
    return {
        rims: {"med": med, "clerk": kavita, "doctor": bose, "nurse": clara, "cashier": dev},
        sgml: {"med": sgml_med, "clerk": gopal, "doctor": esha, "nurse": esha, "cashier": farid},
    }


def follow():
    """What the worker does every few seconds, and the other one before that once."""
    changed = services.follow_facts(at=timezone.now())
    return services.count_first(at=timezone.now()) if changed is None else changed


def differences():
    """Cells that are kept otherwise than the rows say."""
    found = queries.kept(ALL, None, None, None)
    return {
        one.key: (found[one.key], true)
        for one in ALL
        if found[one.key] != (true := queries.counted(one, None, None, None))
    }


def plain():
    """The same for some measures, with a pencil."""
    local = lambda moment: moment.astimezone(INDIA).date()  # noqa: E731
    visits, abha, waiting, cash = Counter(), Counter(), Counter(), Counter()
    for one in Encounter.objects.exclude(status=EncounterStatus.CANCELLED).select_related("patient"):
        cell = one.facility_id, local(one.started_at)
        abha[*cell, one.patient.abha_status] += 1
        if one.encounter_class == "ambulatory":
            visits[*cell, "MED"] += 1
    for token in QueueToken.objects.select_related("clinic_day"):
        waiting[token.facility_id, token.clinic_day.held_on, token.status] += 1
    for paid in Payment.objects.all():
        cash[paid.facility_id, local(paid.received_at), paid.mode] += paid.amount
    return {"visits": visits, "abha": abha, "tokens": waiting, "collected": cash}


class History:
    """Whatever hospitals do, in any order, over some days; what is refused was not to be done."""

    def __init__(self, houses, seed):
        self.houses, self.random = houses, random.Random(seed)
        self.acts = [getattr(self, name) for name in dir(self) if name.startswith("do_")]
        self.wards = {house: make_ward(who["med"], beds=6) for house, who in houses.items()}

    def step(self):
        self.house = self.random.choice(list(self.houses))
        self.who = self.houses[self.house]
        with suppress(Refusal):
            self.random.choice(self.acts)()

    def one(self, rows):
        rows = list(rows.filter(facility=self.house).order_by("pk"))
        if not rows:
            raise Refusal("nobody")
        return self.random.choice(rows)

    def do_come(self):
        somebody = make_patient(self.house, name=f"Patient {uuid4().hex[:6]}")
        offer = self.random.choice([CASH, None])
        visit(somebody, self.who["med"], self.who["clerk"], at=timezone.now(), offer=offer)

    do_come_too = do_come_again = do_come

    def do_cancel(self):
        regret = Regret(CancelReason.TWICE)
        token = self.one(QueueToken.objects)
        cancel_token(
            token=token, regret=regret, request_key=uuid4(), actor=self.who["clerk"], at=timezone.now()
        )

    def do_call(self):
        token = self.one(QueueToken.objects.filter(status=TokenStatus.WAITING))
        call_token(token=token, actor=self.who["doctor"], at=timezone.now())

    do_call_too = do_call

    def do_finish(self):
        token = self.one(QueueToken.objects.filter(status=TokenStatus.CALLED))
        finish_token(token=token, actor=self.who["doctor"], at=timezone.now())

    def do_go_away(self):
        token = self.one(QueueToken.objects)
        leave_token(token=token, how=LeftHow.SAID_SO, actor=self.who["doctor"], at=timezone.now())

    def do_change_person(self):
        patient = self.one(Patient.objects)
        changes = self.random.choice(
            [{"phone": "", "no_phone_reason": "none_owned"}, {"abha_status": AbhaStatus.DECLINED}]
        )
        edit_patient(
            patient=patient, details=changes, rev=patient.rev, actor=self.who["clerk"], at=timezone.now()
        )

    def do_prescribe(self):
        encounter = self.one(Encounter.objects.filter(medicines=None, encounter_class="ambulatory"))
        make_prescription(encounter, self.who["doctor"], nurse=self.who["nurse"])

    def do_dispense(self):
        line = self.one(MedicationRequest.objects.filter(dispenses=None))
        outcome = self.random.choice([DispenseOutcome.GIVEN, DispenseOutcome.NOT_AVAILABLE])
        give(line, make_pharmacist(self.house, name=f"P{uuid4().hex[:6]}"), outcome)

    def do_diagnose(self):
        encounter = self.one(Encounter.objects)
        code = self.random.choice(["I10", "J45"])
        make_condition(encounter, self.who["doctor"], code, at=timezone.now())

    def do_order(self):
        encounter = self.one(Encounter.objects.filter(facility__code="RIMS"))
        tests = list(TestDefinition.objects.select_related("service")[:3])
        order_tests(encounter, self.who["doctor"], self.random.choice(tests), at=timezone.now())

    def do_cancel_order(self):
        order = self.one(ServiceRequest.objects)
        why, key = WhyCancelled.choices[0][0], uuid4()
        cancel_order(order=order, reason=why, request_key=key, actor=self.who["doctor"], at=timezone.now())

    def do_pay(self):
        receive(self.one(Encounter.objects), self.who["cashier"], "20.00", at=timezone.now())

    def do_admit(self):
        free = [bed for bed in beds_in(self.wards[self.house]) if not bed.stays.filter(ended_at=None)]
        bed = self.random.choice(free or beds_in(self.wards[self.house]))
        somebody = make_patient(self.house, name=f"Inpatient {uuid4().hex[:6]}")
        admit(somebody, bed, self.who["nurse"], at=timezone.now(), confirm_bed=True)

    def do_discharge(self):
        admission = self.one(Admission.objects.filter(left_at=None))
        begin_discharge(admission, self.who["doctor"], at=timezone.now())
        leave(admission, self.who["nurse"], at=timezone.now())
        for item in DischargeItem:
            if item != DischargeItem.BED:
                pass_over(admission, self.who["doctor"], item, "a walk", at=timezone.now())
        complete(admission, self.who["nurse"], at=timezone.now())


@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_each_figure_is_what_a_recount_says(houses, seed):
    """Three evenings over midnight, some steps looked at between, some not."""
    history = History(houses, seed)
    follow()
    with time_machine.travel(START, tick=True) as clock:
        for _step in range(70):
            history.step()
            clock.shift(timedelta(minutes=history.random.randint(1, 90)))
            if history.random.random() < 0.15:
                follow()
                assert not differences()
        follow()
    assert not differences()
    kept = queries.kept([MEASURES[key] for key in plain()], None, None, None)
    assert kept == {key: dict(cells) for key, cells in plain().items()}
    assert len({day for _house, day, _part in kept["visits"]}) > 1


def test_facts_read_twice_count_once(houses, rims):
    follow()
    before = FactReading.objects.get(reader=queries.READER).seen
    history = History({rims: houses[rims]}, 1)
    for _step in range(12):
        history.step()
    assert follow() > 0
    FactReading.objects.filter(reader=queries.READER).update(seen=before)

    assert follow() == 0
    assert not differences()


def test_what_commits_late_is_counted_then(houses, asha, med, kavita):
    """It began before the reader looked, and its rows bear times and ids from then."""
    follow()
    begun, looked = Event(), Event()

    def late():
        try:
            with scope.within(scope.everywhere()), transaction.atomic():
                visit(asha, med, kavita, at=timezone.now())
                begun.set()
                assert looked.wait(20)
        finally:
            connections.close_all()

    thread = Thread(target=late)
    thread.start()
    assert begun.wait(20)
    assert follow() == 0
    looked.set()
    thread.join(20)

    assert follow() > 0
    assert not differences()
    assert DailyFigure.objects.get(measure="visits").value == 1


def test_four_who_count_at_once_agree(houses, rims):
    follow()
    history = History({rims: houses[rims]}, 2)
    for _step in range(10):
        history.step()

    def counting():
        with scope.within(scope.everywhere()):
            return follow()

    assert all(isinstance(one, int) for one in parallel.all_at_once([counting] * 4))
    assert not differences()


def test_the_night_puts_right_whatever_was_wrong(houses, rims, asha, med, kavita):
    visit(asha, med, kavita, at=timezone.now())
    follow()
    DailyFigure.objects.filter(measure="visits").update(value=Decimal(7))
    false = DailyFigure.objects.create(
        facility=rims, day=timezone.localdate(), measure="visits", part="NONE", value=Decimal(3)
    )

    assert services.recount_all(facility=rims) == 2
    assert not differences()
    false.refresh_from_db()
    assert false.value == 0


def test_verify_finds_a_figure_that_was_changed(houses, rims, med, kavita):
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        visit(make_patient(rims, name="Yesterday's"), med, kavita, at=timezone.now())
    follow()
    assert not list(figure_faults())
    DailyFigure.objects.filter(measure="visits").update(value=Decimal(7))

    (fault,) = figure_faults()
    assert fault.row == "visits"


def test_a_day_of_the_wards_counts_when_its_census_is_there(houses, rims, ward, clara, asha):
    yesterday = timezone.now() - timedelta(days=1)
    with time_machine.travel(yesterday):
        admit(asha, beds_in(ward)[0], clara, at=timezone.now())
    follow()
    day = timezone.localdate(yesterday)

    count_day(facility=rims, day=day, at=timezone.now())
    follow()

    assert not differences()
    lain = DailyFigure.objects.get(measure="lain", facility=rims, day=day)
    assert lain.value == 1


def test_verify_waits_for_what_was_written_since_the_last_look(houses, asha, med, kavita):
    yesterday = timezone.now() - timedelta(days=1)
    assert not list(figure_faults())  # nobody has counted yet
    follow()
    visit(asha, med, kavita, at=yesterday)

    assert differences()
    assert not list(figure_faults())
    DailyFigure.objects.create(
        facility=med.facility, day=yesterday.date() - timedelta(days=1), measure="visits", value=Decimal(3)
    )
    (fault,) = figure_faults()
    assert fault.row == "visits"


def test_a_first_count_that_was_broken_off_begins_again(houses, asha, med, kavita, monkeypatch):
    visit(asha, med, kavita, at=timezone.now())

    def killed(*, facility):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reports.services.counting.recount_all", killed)
        with pytest.raises(KeyboardInterrupt):
            follow()

    assert follow() > 0
    assert not differences()


def test_the_first_count_holds_up_no_paper(houses, asha, med, kavita, monkeypatch):
    rung = []
    monkeypatch.setattr("hmis.kernel.bell.ring", rung.append)
    visit(asha, med, kavita, at=timezone.now())

    assert tasks.follow() == 0
    assert rung == ["reports.count_first"]
    assert not DailyFigure.objects.exists()

    assert tasks.count_first() > 0
    assert not differences()
    assert tasks.follow() == tasks.count_first() == 0
    assert len(rung) == 1


def test_the_first_look_counts_everything(houses, asha, med, kavita):
    visit(asha, med, kavita, at=timezone.now())

    assert follow() > 0
    assert not differences()
    assert follow() == 0


def test_a_database_that_was_moved_is_counted_anew(houses, asha, med, kavita):
    follow()
    visit(asha, med, kavita, at=timezone.now())
    FactReading.objects.update(server="another", seen="999999999:999999999:")

    follow()
    assert not differences()


def test_looks_are_no_reason_to_count(houses, asha, med, kavita):
    made = visit(asha, med, kavita, at=timezone.now())
    follow()
    note_seen(encounter=made.encounter, actor=kavita, at=timezone.now())
    with reading.held("somebody else") as held:
        assert reading.unread(held, about=["patients.encounter"], at=timezone.now()) is None
    with connection.execute_wrapper(_no_counting):
        assert follow() == 0


def _no_counting(execute, sql, parameters, many, context):
    assert "COUNT(" not in str(sql), sql
    assert '"_counted_' not in str(sql), sql  # as it is prepared
    return execute(sql, parameters, many, context)
