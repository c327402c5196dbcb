"""How a stay ends: begun by the doctor, held up in sight of everybody, at the gate only when all is done."""

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest

from billing import queries as billing_queries
from billing.models import ChargeItem
from billing.services import Offer, issue_invoice, take_deposit, take_payments
from billing.states import InvoiceKind, PaymentMode
from facilities.roles import Role
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.numbering import Series
from hmis.kernel.verifying import rules
from ipd import queries
from ipd.models import Admission, BedDay, DischargeStep, WardCensus
from ipd.services import begin_leave, charge_bed_days, count_missing_days, leave_bed, recall_discharge
from ipd.states import AdmissionStatus, DischargeItem, DischargeType
from patients.models import BedStay
from patients.services import DoubtfulBed
from patients.states import EncounterStatus
from tests.conftest import NOON
from tests.factories.billing import make_charge, make_invoice
from tests.factories.casualty import come
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in, begin_discharge, complete, leave, pass_over, tick
from tests.factories.ipd import sign_summary as sign
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient
from tests.factories.tariffs import make_definition, make_price

pytestmark = pytest.mark.django_db
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def admission(asha, ward, clara):
    return admit(asha, beds_in(ward)[0], clara, at=NOON).admission


@pytest.fixture
def begun(admission, bose):
    return begin_discharge(admission, bose, at=TOMORROW)


def test_the_doctor_begins_it_and_the_list_says_who_holds_it_up(begun, bose, clara):
    assert begun.status == AdmissionStatus.DISCHARGE_INITIATED
    found = queries.checklist(begun)
    assert [one.item for one in found.open] == [
        DischargeItem.SUMMARY,
        DischargeItem.MEDICINES,
        DischargeItem.BED,
    ]
    assert {one.item: one.holder for one in found.points if one.holds_up} == {
        "summary": str(bose),
        "medicines": "nurse",
        "bed": "nurse",
    }
    assert {one.since for one in found.open} == {TOMORROW}
    # Nothing was charged: nothing is owed.
    assert next(one for one in found.points if one.item == "dues").is_done


def test_only_a_doctor_begins_it(admission, clara):
    with pytest.raises(Refusal, match="A doctor begins"):
        begin_discharge(admission, clara)
    assert Admission.objects.get().status == AdmissionStatus.ADMITTED


def test_begun_twice_is_refused_and_sent_twice_is_once(admission, bose):
    key = uuid4()
    first = begin_discharge(admission, bose, at=TOMORROW, key=key)
    again = begin_discharge(admission, bose, at=TOMORROW, key=key)
    assert first.pk == again.pk
    with pytest.raises(Refusal, match="begun already"):
        begin_discharge(admission, bose, at=TOMORROW)
    assert AuditEntry.objects.filter(name="ipd.discharge_begun").count() == 1


@pytest.mark.parametrize(
    ("kind", "said", "words"),
    [
        (DischargeType.REFERRED, {}, "Name the hospital"),
        (DischargeType.LAMA, {}, "Who signs"),
        (DischargeType.REQUEST, {}, "Who signs"),
        (DischargeType.DIED, {}, "Write down the death"),
    ],
)
def test_what_each_way_to_go_asks(admission, bose, kind, said, words):
    with pytest.raises(Refusal, match=words):
        begin_discharge(admission, bose, kind, **said)


def test_an_aadhaar_number_is_kept_nowhere(admission, bose):
    with pytest.raises(Exception, match="Aadhaar"):
        begin_discharge(admission, bose, DischargeType.LAMA, lama_name="Ravi 2341 2341 2346")


def test_against_advice_there_is_a_form_to_sign(admission, bose):
    begin_discharge(admission, bose, DischargeType.LAMA, lama_name='"><img src=x onerror=alert(1)>')
    paper = IssuedDocument.objects.get(template="ipd/documents/lama_form.html")
    assert paper.context["lama_name"] == '"><img src=x onerror=alert(1)>'


def test_a_nurse_writes_down_who_absconded_and_the_bed_is_free(admission, clara):
    held = begin_discharge(admission, clara, DischargeType.ABSCONDED, at=TOMORROW)
    assert held.left_at == TOMORROW
    assert not BedStay.objects.filter(ended_at=None).exists()
    assert [one.item for one in queries.checklist(held).points] == [DischargeItem.DUES, DischargeItem.BED]
    assert complete(held, clara, at=TOMORROW).status == AdmissionStatus.DISCHARGED


def test_who_runs_away_from_a_discharge_that_is_begun_goes_in_no_other_way(admission, bose, clara):
    begin_discharge(admission, bose, DischargeType.REFERRED, referred_to="AIIMS Deoghar", at=NOON)
    held = begin_discharge(admission, clara, DischargeType.ABSCONDED, at=TOMORROW)
    assert (held.referred_to, held.initiated_by, held.initiated_at) == ("", clara, TOMORROW)
    assert held.left_at == TOMORROW
    with pytest.raises(Refusal, match="begun already"):
        begin_discharge(admission, clara, DischargeType.ABSCONDED, at=TOMORROW)


def test_the_doctor_keeps_the_patient_and_the_list_asks_anew(begun, bose, clara):
    tick(begun, clara)
    kept = recall_discharge(admission=begun, request_key=uuid4(), actor=bose, at=TOMORROW)
    assert (kept.status, kept.discharge_type, kept.initiated_at) == (AdmissionStatus.ADMITTED, "", None)
    again = begin_discharge(kept, bose, at=TOMORROW + timedelta(hours=1))
    assert DischargeItem.MEDICINES in [one.item for one in queries.checklist(again).open]
    tick(again, clara)
    assert DischargeStep.objects.count() == 2


def keep(admission, bed, doctor, *, at, why="It was the next bed.", confirm_bed=True, key=None):
    said = {"bed": bed, "why": why, "confirm_bed": confirm_bed, "request_key": key or uuid4()}
    return recall_discharge(admission=admission, actor=doctor, at=at, **said)


def lain(admission):
    rows = BedStay.objects.filter(encounter=admission.encounter_id).order_by("began_at", "pk")
    return list(rows.values_list("bed", "began_at", "ended_at"))


def faults():
    return [str(one) for rule in rules() if rule.name.startswith("ipd.") for one in rule.faults()]


def test_a_bed_that_was_left_by_mistake_was_never_left(begun, ward, bose, clara):
    bed, later = beds_in(ward)[0], TOMORROW + timedelta(hours=3)
    leave(begun, clara, at=TOMORROW)
    with pytest.raises(Refusal, match="Choose one"):
        keep(begun, None, bose, at=later)
    with pytest.raises(Refusal, match="Say why"):
        keep(begun, bed, bose, at=later, why="")
    with pytest.raises(DoubtfulBed, match="being cleaned"):
        keep(begun, bed, bose, at=later, confirm_bed=False)

    key = uuid4()
    held, _again = (keep(begun, bed, bose, at=later, key=key) for _twice in range(2))

    assert (held.status, held.left_at, held.discharge_type) == (AdmissionStatus.ADMITTED, None, "")
    assert lain(held) == [(bed.pk, NOON, TOMORROW), (bed.pk, TOMORROW, None)]
    assert queries.stay_now(held).why == "It was the next bed."
    assert not held.leaves.exists()
    assert not faults()


def test_a_leaving_that_is_sent_once_more_lifts_nobody_who_was_laid_back_meanwhile(begun, ward, bose, clara):
    said = {"admission": begun, "request_key": uuid4(), "actor": clara}
    leave_bed(**said, at=TOMORROW)
    keep(begun, beds_in(ward)[0], bose, at=TOMORROW + timedelta(hours=1))
    begin_discharge(begun, bose, at=TOMORROW + timedelta(hours=2))

    held = leave_bed(**said, at=TOMORROW + timedelta(hours=3))

    assert held.left_at is None
    assert queries.stay_now(held)


@pytest.mark.parametrize("ran_away", [True, False])
def test_who_comes_back_was_away_in_between(admission, ward, bose, clara, dev, ran_away):
    bed, other = beds_in(ward)[:2]
    later = TOMORROW + timedelta(hours=3)
    begin_discharge(
        admission, bose, DischargeType.ABSCONDED if ran_away else DischargeType.CURED, at=TOMORROW
    )
    leave(admission, clara, at=TOMORROW)
    if not ran_away:  # the next patient lies there
        admit(make_patient(ward.facility, name="Bina"), bed, clara, at=later, confirm_bed=True)
        with pytest.raises(Refusal, match="Somebody lies in this bed already"):
            keep(admission, bed, bose, at=later)

    held = keep(admission, bed if ran_away else other, bose, at=later)

    assert lain(held)[1:] == [((bed if ran_away else other).pk, later, None)]
    away = held.leaves.get()
    assert (away.began_at, away.ended_at, away.keeps_bed) == (TOMORROW, later, False)
    assert (away.why, away.allowed_by) == ("It was the next bed.", bose)
    assert not faults()


def test_who_was_on_leave_when_the_bed_was_given_up_was_away_longer(admission, ward, bose, clara):
    bed, later = beds_in(ward)[0], TOMORROW + timedelta(hours=3)
    said = {"keeps_bed": False, "due_at": TOMORROW, "request_key": uuid4(), "actor": bose}
    begin_leave(admission=admission, why="wedding", at=NOON + timedelta(hours=1), **said)
    begin_discharge(admission, clara, DischargeType.ABSCONDED, at=TOMORROW)

    held = keep(admission, bed, bose, at=later)

    assert (held.leaves.get().why, held.leaves.get().ended_at) == ("wedding", later)
    assert not faults()


def test_a_bed_is_taken_back_within_a_day(begun, ward, bose, clara):
    leave(begun, clara, at=TOMORROW)
    with pytest.raises(Refusal, match="more than a day ago"):
        keep(begun, beds_in(ward)[0], bose, at=TOMORROW + timedelta(hours=24, minutes=1))


def test_the_night_that_was_counted_without_the_patient_is_counted_anew(begun, ward, bose, clara, med):
    leave(begun, clara, at=TOMORROW)
    later = TOMORROW + timedelta(hours=23)
    count_missing_days(facility=ward.facility, at=later)
    night = WardCensus.objects.get(ward=ward, day=TOMORROW)
    assert (night.left, night.in_beds) == (1, 0)

    keep(begun, beds_in(ward)[0], bose, at=later)

    night.refresh_from_db()
    assert (night.left, night.in_beds) == (0, 1)


def test_a_nurse_keeps_nobody(begun, clara):
    with pytest.raises(Refusal, match="A doctor keeps"):
        recall_discharge(admission=begun, request_key=uuid4(), actor=clara, at=TOMORROW)


def test_only_what_a_person_knows_is_ticked(begun, clara):
    with pytest.raises(Refusal, match="shows by itself"):
        tick(begun, clara, DischargeItem.DUES)
    tick(begun, clara)
    with pytest.raises(Refusal, match="done already"):
        tick(begun, clara)


def test_passing_over_asks_why_and_the_bed_is_never_passed_over(begun, bose):
    with pytest.raises(Refusal, match="Say why"):
        pass_over(begun, bose, DischargeItem.SUMMARY, "")
    with pytest.raises(Refusal, match="cannot be skipped"):
        pass_over(begun, bose, DischargeItem.BED, "because")
    step = pass_over(begun, bose, DischargeItem.SUMMARY, "dictated, follows by post")
    found = next(one for one in queries.checklist(begun).points if one.item == "summary")
    assert (found.is_done, found.is_passed_over, found.holds_up, found.step) == (False, True, False, step)


def test_a_step_before_the_beginning_is_refused(admission, clara):
    with pytest.raises(Refusal, match="No discharge is begun"):
        tick(admission, clara)


def test_the_gate_stays_shut_while_anything_is_open(begun, bose, clara):
    with pytest.raises(Refusal, match="summary signed, medicines given and explained, bed left"):
        complete(begun, clara, at=TOMORROW)
    sign(begun, bose, at=TOMORROW)
    tick(begun, clara)
    with pytest.raises(Refusal, match="Not yet done: bed left"):
        complete(begun, clara, at=TOMORROW)
    leave(begun, clara, at=TOMORROW)
    done = complete(begun, clara, at=TOMORROW)
    assert done.status == AdmissionStatus.DISCHARGED
    assert re.fullmatch(r"RIMS/E26/\d{7}", done.discharge_number)
    done.encounter.refresh_from_db()
    assert done.encounter.status == EncounterStatus.FINISHED
    assert done.care_teams.get().ended_at == TOMORROW
    assert IssuedDocument.objects.filter(template="ipd/documents/gate_pass.html").count() == 1
    with pytest.raises(Refusal, match="over"):
        complete(done, clara, at=TOMORROW)


def test_a_refused_gate_takes_no_number(begun, bose, clara, rims):
    with pytest.raises(Refusal):
        complete(begun, clara)
    pass_over(begun, bose, DischargeItem.SUMMARY, "later")
    tick(begun, clara)
    leave(begun, clara, at=TOMORROW)
    done = complete(begun, clara, at=TOMORROW)
    assert done.discharge_number.endswith("0000001")
    assert Series.DISCHARGE == "E"


@pytest.mark.django_db(transaction=True)
def test_ten_at_the_gate_at_once_are_one_discharge(begun, bose, clara):
    pass_over(begun, bose, DischargeItem.SUMMARY, "later")
    tick(begun, clara)
    leave(begun, clara, at=TOMORROW)
    outcomes = all_at_once([partial(complete, begun, clara, at=TOMORROW)] * 10)
    assert sorted(type(one).__name__ for one in outcomes) == ["Admission", *["Refusal"] * 9]
    assert Admission.objects.get().discharge_number.endswith("0000001")


@pytest.mark.django_db(transaction=True)
def test_two_doctors_begin_at_once_and_one_does(admission, bose, rims):
    sen = make_person("Sen", Role.DOCTOR, rims)
    outcomes = all_at_once([partial(begin_discharge, admission, one, at=TOMORROW) for one in (bose, sen)])
    assert sorted(type(one).__name__ for one in outcomes) == ["Admission", "Refusal"]


def test_the_list_of_all_has_the_longest_waiting_first(begun, bose, clara, ward, rims):
    other = admit(make_patient(rims, name="Babita"), beds_in(ward)[1], clara, at=NOON).admission
    begin_discharge(other, bose, at=NOON + timedelta(hours=1))
    tick(other, clara)
    found = list(queries.discharges_begun(clara))
    queries.give_waiting(found)
    assert [one.pk for one in found] == [other.pk, begun.pk]
    assert found[0].waits_for == [DischargeItem.SUMMARY, DischargeItem.BED]
    assert found[0].encounter.lying_now[0].bed == beds_in(ward)[1]


def test_another_hospital_sees_none_of_it(begun, esha):
    assert not queries.discharges_begun(esha).exists()


def test_from_the_bed_to_the_gate_three_nights_are_paid_out_of_the_deposit(
    asha, ward, clara, bose, dev, rims
):
    """Admission, three nights, final bill, deposit drawn, dues settled, gate."""
    make_price(make_definition("BED-GEN", kind="bed_day", name="Bed"), rims, "100.00")
    admission = admit(asha, beds_in(ward)[0], clara, at=NOON).admission
    cash = Offer(amount=Decimal("500.00"), mode=PaymentMode.CASH)
    take_deposit(encounter=admission.encounter, offer=cash, request_key=uuid4(), actor=dev, at=NOON)
    for night in range(1, 4):
        charge_bed_days(admission=admission, actor=None, at=NOON + timedelta(days=night))
    after = NOON + timedelta(days=3)
    begin_discharge(admission, bose, at=after)
    assert BedDay.objects.count() == ChargeItem.objects.count() == 3

    held = Admission.objects.get()
    assert "final bill" in str(queries.checklist(held).answer.sentence)
    leave(held, clara, at=after)
    bill = issue_invoice(
        encounter=held.encounter, kind=InvoiceKind.FINAL, request_key=uuid4(), actor=dev, at=after
    )
    assert bill.total == Decimal("300.00")
    assert not queries.checklist(held).answer.may_leave
    drawn = Offer(amount=Decimal("300.00"), mode=PaymentMode.DEPOSIT)
    take_payments(invoice=bill, offers=[drawn], request_key=uuid4(), actor=dev, at=after)
    answer = queries.checklist(held).answer
    assert (answer.may_leave, answer.deposit) == (True, Decimal("200.00"))
    sign(held, bose, at=after)
    tick(held, clara)
    done = complete(held, clara, at=after)
    assert done.status == AdmissionStatus.DISCHARGED
    assert not [str(fault) for rule in rules() if rule.name.startswith("ipd.") for fault in rule.faults()]


def test_what_is_not_paid_holds_up_and_says_since_when(begun, clara, rims, bose):
    make_price(make_definition("BED-GEN", kind="bed_day"), rims, "100.00")
    charge_bed_days(admission=begun, actor=clara, at=TOMORROW)
    dues = next(one for one in queries.checklist(begun).points if one.item == "dues")
    assert (dues.holds_up, dues.holder) == (True, "cashier")
    assert "still to be paid" in dues.said
    found = list(queries.discharges_begun(clara))
    queries.give_waiting(found)
    assert DischargeItem.DUES in found[0].waits_for


def test_what_is_open_in_casualty_holds_up_whoever_came_from_there(emer, ward, bose, clara, kavita, dev):
    contact = come(emer, clara, at=NOON).arrival.encounter
    admission = admit(contact.patient, beds_in(ward)[0], clara, at=NOON).admission
    admission = begin_discharge(admission, bose, at=TOMORROW)
    make_charge(contact, "50.00", discount=Decimal("50.00"))  # free: no bill is made of it there
    assert queries.checklist(admission).answer.sentence == "Everything is paid: the patient may go home."
    bill = make_invoice(contact, kavita, "120.00")
    make_charge(contact, "30.00")

    answer = queries.checklist(admission).answer
    assert (answer.owed, answer.unbilled, answer.may_leave) == (120, 30, False)
    assert answer.sentence.startswith("In casualty: ₹150.00 is still to be paid")
    assert billing_queries.discharge_answer(contact).owed == 120  # its own account, once
    assert DischargeItem.DUES in waits_for(admission, clara)

    cash = Offer(amount=Decimal("120.00"), mode=PaymentMode.CASH)
    take_payments(invoice=bill, offers=[cash], request_key=uuid4(), actor=dev, at=TOMORROW)
    assert "₹30.00" in queries.checklist(admission).answer.sentence
    assert DischargeItem.DUES in waits_for(admission, clara)


def waits_for(admission, nurse):
    held = queries.discharges_begun(nurse).get(pk=admission.pk)
    queries.give_waiting([held])
    return held.waits_for


@pytest.mark.django_db(transaction=True)
def test_of_two_nurses_at_an_empty_bed_one_writes_it_down(begun, clara, rims):
    nurses = (clara, make_person("Dina", Role.NURSE, rims))
    gone = [partial(begin_discharge, begun, one, DischargeType.ABSCONDED, at=TOMORROW) for one in nurses]
    outcomes = all_at_once(gone)
    assert sorted(type(one).__name__ for one in outcomes) == ["Admission", "Refusal"]
