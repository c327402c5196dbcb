"""The front desk's one act: encounter, token, bill, receipt and slip, or nothing of it."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest

from billing.models import ChargeItem, Exemption, Invoice, Payment
from billing.services import Offer
from billing.states import InvoiceStatus, PaymentMode
from hmis.kernel import facts, pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, Delivery, IssuedDocument, NumberSeries, RequestKey
from opd.models import ClinicDay, QueueToken
from opd.queries import Registration, in_order, registration
from opd.services import TokenHeld, Visit, move_token, print_again, register_visit
from opd.states import OPEN, Lane, TokenStatus
from patients.models import Encounter, Patient
from patients.services import LikelyDuplicate
from tests.conftest import NOON
from tests.factories.billing import make_scheme
from tests.factories.cases import walked
from tests.factories.facilities import make_clerk, make_department, make_unit
from tests.factories.opd import close, make_clinic_day, make_token
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient
from tests.patients.test_register_patient import SITA

CASH = Offer(PaymentMode.CASH)
WRITTEN = [Encounter, QueueToken, ChargeItem, Invoice, Payment, IssuedDocument, AuditEntry, RequestKey]


def visit(
    patient, department, clerk, *, at=NOON, key=None, confirm_new=False, confirm_again=False, **changes
):
    asked = Visit(department=department, **{"offer": CASH} | changes)
    return register_visit(
        patient=patient,
        visit=asked,
        request_key=key or uuid4(),
        actor=clerk,
        at=at,
        confirm_new=confirm_new,
        confirm_again=confirm_again,
    )


def days_later(days):
    return NOON + timedelta(days=days)


# ── One act ──


def test_a_new_patient_gets_one_of_everything(med, unit, kavita):
    made = visit(SITA, med, kavita)

    assert (made.token.number, made.token.clinic_day.unit) == (1, unit)
    assert (made.invoice.number, made.payment.receipt_number) == ("RIMS/B26/0000001", "RIMS/R26/0000001")
    assert (made.invoice.status, made.payment.amount) == (InvoiceStatus.PAID, Decimal("5.00"))
    for model in Patient, Encounter, QueueToken, ChargeItem, Invoice, Payment, ClinicDay:
        assert model.objects.count() == 1
    assert set(IssuedDocument.objects.all()) == {made.slip, made.receipt}


def test_a_patient_on_file_is_not_registered_again(asha, med, unit, kavita):
    made = visit(asha, med, kavita)

    assert Patient.objects.get() == made.encounter.patient == asha
    assert (made.encounter.follows, made.encounter.valid_till) == (None, date(2026, 8, 6))


def test_the_slip_says_what_the_counters_need(asha, med, unit, kavita):
    slip = visit(asha, med, kavita).slip.context

    assert (slip["uhid"], slip["name"], slip["name_hi"]) == (asha.uhid, "Asha Devi", "आशा देवी")
    assert (slip["token"], slip["room"], slip["department"]["name"]) == (1, unit.room.number, "Medicine")
    assert (slip["visit"], slip["valid_till"], slip["fee"]) == ("new", "2026-08-06", "5.00")
    assert (slip["age"], slip["sex"], slip["district"], slip["clerk"]) == (
        "34 years",
        "female",
        "Ranchi",
        "Kavita",
    )


def test_an_hour_after_midnight_in_india_it_is_the_new_day(asha, med, unit, kavita):
    birthday = Patient.objects.filter(pk=asha.pk)
    birthday.update(birth_date=date(2026, 7, 20), birth_precision="day")
    asha.refresh_from_db()
    made = visit(asha, med, kavita, at=NOON.replace(hour=1).astimezone(tz=None))

    assert made.token.clinic_day.held_on == date(2026, 7, 22)
    assert made.slip.context["age"] == "2 days"


def test_both_facts_are_written_without_a_name(asha, med, unit, kavita):
    made = visit(asha, med, kavita)

    facts_of_the_act = {fact.name: fact for fact in AuditEntry.objects.all()}
    assert set(facts_of_the_act) == {"opd.visit_registered", "billing.payment_taken"}
    assert facts_of_the_act["opd.visit_registered"].about_id == made.encounter.pk
    assert {fact.patient_id for fact in facts_of_the_act.values()} == {asha.pk}
    assert "Asha" not in str([fact.detail for fact in facts_of_the_act.values()])


def test_sent_twice_by_one_key_there_is_one_of_everything(med, unit, kavita):
    key = uuid4()
    first, second = visit(SITA, med, kavita, key=key), visit(SITA, med, kavita, key=key)

    assert first == second
    for model in Patient, Encounter, QueueToken, Invoice, Payment:
        assert model.objects.count() == 1


def test_one_key_for_another_department_is_refused(asha, med, unit, rims, kavita):
    key = uuid4()
    visit(asha, med, kavita, key=key)
    surgery = make_department(rims, "SUR")

    with pytest.raises(KeyReused):
        visit(asha, surgery, kavita, key=key)


def test_a_likely_duplicate_registers_nothing_until_it_is_confirmed(med, unit, kavita):
    visit(SITA, med, kavita)
    key = uuid4()

    with pytest.raises(LikelyDuplicate):
        visit(SITA, med, kavita, key=key)
    assert Encounter.objects.count() == 1
    assert visit(SITA, med, kavita, key=key, confirm_new=True).token.number == 2


@walked("status", OPEN)
def test_a_second_token_of_a_department_is_given_only_to_whom_it_is_confirmed(
    asha, med, unit, kavita, status
):
    first = visit(asha, med, kavita).token
    QueueToken.objects.filter(pk=first.pk).update(status=status)
    make_unit(med, "Unit 2")
    key = uuid4()

    with pytest.raises(TokenHeld, match="token 1 is there already") as refused:
        visit(asha, med, kavita, key=key)
    assert (refused.value.token, Encounter.objects.count()) == (first, 1)
    assert visit(asha, med, kavita, key=key, confirm_again=True).token != first


@pytest.mark.parametrize("status", [TokenStatus.DONE, TokenStatus.LEFT, TokenStatus.CANCELLED])
def test_whose_turn_is_over_gets_the_next_token_without_a_question(asha, med, unit, kavita, status):
    first = visit(asha, med, kavita).token
    QueueToken.objects.filter(pk=first.pk).update(status=status)

    assert visit(asha, med, kavita).token.number == 2


def test_another_department_and_another_day_are_no_second_token(asha, med, unit, rims, kavita):
    surgery = make_department(rims, "SUR")
    make_unit(surgery, "Unit 1")
    visit(asha, med, kavita)

    assert visit(asha, surgery, kavita).token.number == 1
    assert visit(asha, med, kavita, at=days_later(1)).token.number == 1


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_take_one_person_up_at_once_give_one_token(asha, med, unit, rims, kavita):
    clerks = [kavita, make_clerk("two", rims), make_clerk("three", rims)]

    outcomes = all_at_once([partial(visit, asha, med, clerk) for clerk in clerks])

    assert Counter(map(type, outcomes)) == {Registration: 1, TokenHeld: 2}
    assert QueueToken.objects.count() == 1


# ── Printed again ──


def again(made, clerk, *, key=None, at=NOON):
    papers = [made.slip, made.receipt]
    return print_again(
        encounter=made.encounter, papers=papers, request_key=key or uuid4(), actor=clerk, at=at
    )


def put_right(patient, **details):
    Patient.objects.filter(pk=patient.pk).update(**details)


def test_printed_again_nothing_is_new_while_the_details_are_the_same(asha, med, unit, kavita):
    made = visit(asha, med, kavita)

    slip, receipt = again(made, kavita)

    assert (slip.original, slip.copy) == (made.slip, 1)
    assert (receipt.original, receipt.copy) == (made.receipt, 1)


def test_details_put_right_give_a_new_slip_and_never_a_new_receipt(asha, med, unit, kavita):
    made = visit(asha, med, kavita)
    put_right(asha, name="Asha <b>Kumari</b>", phone="9431100001")

    slip, receipt = again(made, kavita)

    assert (slip.original, slip.copy) == (None, 0)
    assert (slip.context["name"], slip.context["phone"]) == ("Asha <b>Kumari</b>", "9431100001")
    assert slip.context["corrected_on"] == "2026-07-22"
    for same in "token", "fee", "at", "valid_till":
        assert slip.context[same] == made.slip.context[same]
    assert (receipt.original, receipt.context) == (made.receipt, {})
    made.slip.refresh_from_db()
    assert made.slip.context["name"] == "Asha Devi"
    assert registration(made.encounter.pk).slip == slip
    assert again(made, kavita)[0].original == slip
    assert AuditEntry.objects.filter(name="opd.slip_corrected").count() == 1


def test_a_press_sent_twice_corrects_the_slip_once(asha, med, unit, kavita):
    made, key = visit(asha, med, kavita), uuid4()
    put_right(asha, name="Asha Kumari")

    assert again(made, kavita, key=key) == again(made, kavita, key=key)
    assert AuditEntry.objects.filter(name="opd.slip_corrected").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_print_at_once_correct_the_slip_once(asha, med, unit, rims, kavita):
    made = visit(asha, med, kavita)
    put_right(asha, name="Asha Kumari")

    both = all_at_once([partial(again, made, clerk) for clerk in (kavita, make_clerk("two", rims))])

    assert sorted(slip.copy for slip, _receipt in both) == [0, 1]
    assert {slip.original_id or slip.pk for slip, _receipt in both} == {
        registration(made.encounter.pk).slip.pk
    }


def test_a_wrong_utr_leaves_no_trace(asha, med, unit, kavita):
    with pytest.raises(Refusal, match="12-digit UTR"):
        visit(asha, med, kavita, offer=Offer(PaymentMode.UPI, "12"))

    for model in [*WRITTEN, ClinicDay]:
        assert not model.objects.exists()


def test_an_unpaid_slip_leaves_an_open_bill_and_no_receipt(asha, med, unit, kavita):
    made = visit(asha, med, kavita, offer=None)

    assert (made.payment, made.receipt) == (None, None)
    assert (made.invoice.status, made.invoice.balance()) == (InvoiceStatus.ISSUED, Decimal("5.00"))
    assert made.slip.context["fee_reason"] == "not yet paid"
    assert not NumberSeries.objects.filter(series="R").exists()


# ── New or follow-up ──


@pytest.mark.parametrize("days", [0, 1, 15])
def test_a_return_inside_the_window_is_free_with_its_reason(asha, med, unit, kavita, days):
    first = visit(asha, med, kavita)
    again = visit(asha, med, kavita, at=days_later(days), confirm_again=True)

    exemption = Exemption.objects.get()
    assert (again.encounter.follows, again.payment, again.invoice.total) == (first.encounter, None, 0)
    assert (exemption.reason, exemption.amount) == ("follow-up of 22-07-2026", Decimal("5.00"))
    assert exemption.granted_by == kavita
    assert again.slip.context["visit"] == "follow_up"


def test_a_free_return_does_not_stretch_the_window(asha, med, unit, kavita):
    visit(asha, med, kavita)
    again = visit(asha, med, kavita, at=days_later(10))
    late = visit(asha, med, kavita, at=days_later(16))

    assert again.encounter.valid_till == date(2026, 8, 6)
    assert (late.encounter.follows, late.payment.amount) == (None, Decimal("5.00"))


def test_after_the_window_the_slip_is_charged_and_opens_a_new_one(asha, med, unit, kavita):
    visit(asha, med, kavita)
    visit(asha, med, kavita, at=days_later(16))

    assert visit(asha, med, kavita, at=days_later(31)).encounter.follows.started_at == days_later(16)


def test_another_department_charges_its_own_slip(asha, med, unit, rims, kavita):
    surgery = make_department(rims, "SUR")
    make_unit(surgery)
    visit(asha, med, kavita)

    assert visit(asha, surgery, kavita).payment.amount == Decimal("5.00")


def test_a_free_return_moved_to_another_department_is_free_there_too(asha, med, unit, rims, kavita):
    surgery = make_unit(make_department(rims, "SUR"))
    first = visit(asha, med, kavita)
    back = visit(asha, med, kavita, at=days_later(2))
    move_token(token=back.token, unit=surgery, request_key=uuid4(), actor=kavita, at=days_later(2))

    there = visit(asha, surgery.department, kavita, at=days_later(5))
    assert (there.encounter.follows, there.invoice.total) == (back.encounter, 0)
    assert there.encounter.valid_till == first.encounter.valid_till
    assert visit(asha, surgery.department, kavita, at=days_later(9)).encounter.follows == back.encounter
    assert visit(asha, med, kavita, at=days_later(9)).encounter.follows == first.encounter
    assert visit(asha, surgery.department, kavita, at=days_later(16)).payment


def test_another_hospitals_slip_is_no_follow_up_here(asha, med, unit, sgml_med, kavita, gopal):
    visit(asha, med, kavita)
    made = visit(asha, sgml_med, gopal)

    assert (made.encounter.follows, made.payment.receipt_number) == (None, "SGML/R26/0000001")


def test_a_department_has_its_own_fee_and_window(asha, med, unit, kavita):
    med.opd_fee, med.opd_validity_days = Decimal("20.00"), 3
    med.save()
    visit(asha, med, kavita)

    assert visit(asha, med, kavita, at=days_later(4)).payment.amount == Decimal("20.00")


# ── Fee or exemption ──


def test_an_exemption_keeps_its_reason_proof_and_authority(asha, med, unit, kavita):
    made = visit(asha, med, kavita, scheme=make_scheme(), proof_number="JH-7701")

    exemption = Exemption.objects.get()
    assert (exemption.scheme.code, exemption.proof_number, exemption.granted_by) == ("BPL", "JH-7701", kavita)
    assert (made.invoice.total, made.invoice.status) == (0, InvoiceStatus.PAID)
    assert made.slip.context["fee_reason"] == "BPL card"


def test_an_exemption_without_its_proof_is_refused_and_leaves_no_trace(asha, med, unit, kavita):
    with pytest.raises(Refusal, match="Write the number of the proof"):
        visit(asha, med, kavita, scheme=make_scheme())

    for model in WRITTEN:
        assert not model.objects.exists()


def test_a_fee_of_zero_still_leaves_a_record_with_its_reason(asha, med, unit, kavita):
    med.opd_fee = Decimal("0.00")
    med.save()
    made = visit(asha, med, kavita)

    assert (made.invoice.total, made.invoice.status, made.payment) == (0, InvoiceStatus.PAID, None)
    assert (ChargeItem.objects.get().gross, Exemption.objects.get().granted_by) == (0, kavita)
    assert Exemption.objects.get().reason


# ── Where ──


def test_a_closed_department_is_refused(asha, med, unit, kavita):
    med.is_active = False
    med.save()

    with pytest.raises(Refusal, match="Medicine is closed") as caught:
        visit(asha, med, kavita)
    assert caught.value.field == "department"


def test_a_department_whose_units_do_not_sit_today_is_refused(asha, med, unit, kavita):
    unit.clinic_days = [0, 1, 3]
    unit.save()

    with pytest.raises(Refusal, match="No unit of Medicine sits today"):
        visit(asha, med, kavita)


@pytest.mark.parametrize("closed", [{"clinic_days": [0]}, {"is_active": False}])
def test_a_unit_that_does_not_sit_today_is_refused(asha, med, kavita, closed):
    absent = make_unit(med, "Unit 2", **closed)

    with pytest.raises(Refusal, match="Unit 2 does not sit today"):
        visit(asha, med, kavita, unit=absent)


def test_a_unit_of_another_department_is_refused(asha, med, rims, kavita):
    other = make_unit(make_department(rims, "SUR"), "Unit S")

    with pytest.raises(Refusal, match="Unit S does not sit today"):
        visit(asha, med, kavita, unit=other)


def test_a_queue_that_is_closed_for_the_day_takes_nobody(asha, med, unit, kavita):
    close(make_clinic_day(unit), kavita)

    with pytest.raises(Refusal, match="closed for today"):
        visit(asha, med, kavita)


def test_a_closed_queue_names_the_unit_that_is_open(asha, med, unit, kavita):
    make_unit(med, "Unit 2")
    close(make_clinic_day(unit), kavita)

    with pytest.raises(Refusal, match=r"closed for today\. Open: Unit 2\.") as refused:
        visit(asha, med, kavita, unit=unit)
    assert refused.value.field == "unit"


def test_a_closed_queue_is_never_the_shortest(asha, med, unit, kavita):
    second = make_unit(med, "Unit 2")
    close(make_clinic_day(unit), kavita)
    make_token(make_clinic_day(second))

    assert visit(asha, med, kavita).token.clinic_day.unit == second


def test_the_shortest_queue_is_taken(rims, med, unit, kavita):
    second = make_unit(med, "Unit 2")
    full = make_clinic_day(unit)
    for _ in range(3):
        make_token(full)
    units = [visit(make_patient(rims), med, kavita).token.clinic_day.unit for _ in range(4)]

    assert units[:3] == [second, second, second]
    assert units[3] == unit  # three wait at both: the first of equals


def test_the_unit_asked_for_is_taken_however_long_its_queue(asha, med, unit, kavita):
    make_unit(med, "Unit 2")
    make_token(make_clinic_day(unit))

    assert visit(asha, med, kavita, unit=unit).token.number == 2


def test_the_next_day_begins_at_token_one(rims, med, unit, kavita):
    tokens = [visit(make_patient(rims), med, kavita, at=days_later(day)).token.number for day in (0, 0, 1)]

    assert tokens == [1, 2, 1]


def test_no_man_stands_in_the_lane_of_the_pregnant(rims, med, unit, kavita):
    with pytest.raises(Refusal, match="A man cannot be pregnant") as refused:
        visit(make_patient(rims, sex="male"), med, kavita, lane=Lane.PREGNANT)

    assert refused.value.field == "lane"
    assert not QueueToken.objects.exists()


def test_the_lanes_are_called_in_order(rims, med, unit, kavita):
    lanes = [Lane.NORMAL, Lane.ELDERLY, Lane.NORMAL, Lane.EMERGENCY, Lane.PREGNANT]
    for minute, lane in enumerate(lanes):
        visit(make_patient(rims), med, kavita, lane=lane, at=NOON + timedelta(minutes=minute))

    assert [token.number for token in in_order(QueueToken.objects.all())] == [4, 2, 5, 1, 3]


def test_an_emergency_is_an_emergency_encounter(asha, med, unit, kavita):
    assert visit(asha, med, kavita, lane=Lane.EMERGENCY).encounter.encounter_class == "emergency"


# ── Papers come after ──


def test_a_paper_that_cannot_be_rendered_stops_no_registration(asha, med, unit, kavita, monkeypatch):
    def jam(paper):
        raise OSError("no paper")

    monkeypatch.setattr(pdf, "render", jam)
    made = visit(asha, med, kavita)

    assert facts.sweep() == 2
    assert Delivery.objects.filter(tries=1).count() == 2
    assert IssuedDocument.objects.filter(pdf=None).count() == 2
    assert made.payment.receipt_number == "RIMS/R26/0000001"


def test_after_the_commit_slip_and_receipt_are_made_ready(asha, med, unit, kavita):
    made = visit(asha, med, kavita)
    facts.sweep()

    assert not IssuedDocument.objects.filter(pdf=None).exists()
    assert not Delivery.objects.exists()
    assert pdf.bytes_of(IssuedDocument.objects.get(pk=made.slip.pk)).startswith(b"%PDF-")


def test_the_whole_act_works_with_the_applications_own_rights(med, unit, kavita, as_application):
    made = visit(SITA, med, kavita)
    facts.sweep()

    assert made.token.number == 1
    assert not Delivery.objects.exists()


# ── Many at once ──


def gapless(series, count):
    return [f"RIMS/{series}26/{number:07d}" for number in range(1, count + 1)]


@pytest.mark.django_db(transaction=True)
def test_twenty_clerks_give_tokens_receipts_and_bills_without_a_gap(rims, med, unit):
    clerks = [make_clerk(f"c{n}", rims) for n in range(20)]
    people = [make_patient(rims) for _ in clerks]

    outcomes = all_at_once([partial(visit, *pair) for pair in zip(people, [med] * 20, clerks, strict=True)])
    assert sorted(made.token.number for made in outcomes) == list(range(1, 21))
    assert sorted(made.payment.receipt_number for made in outcomes) == gapless("R", 20)
    assert sorted(made.invoice.number for made in outcomes) == gapless("B", 20)


@pytest.mark.django_db(transaction=True)
def test_refused_registrations_among_many_leave_no_gap(rims, med, unit, kavita):
    offers = [CASH if n % 4 else Offer(PaymentMode.UPI, "1") for n in range(16)]
    people = [make_patient(rims) for _ in offers]

    outcomes = all_at_once(
        [partial(visit, who, med, kavita, offer=offer) for who, offer in zip(people, offers, strict=True)]
    )
    kept = [made for made in outcomes if not isinstance(made, Refusal)]
    assert sorted(made.token.number for made in kept) == list(range(1, 13))
    assert sorted(made.payment.receipt_number for made in kept) == gapless("R", 12)


@pytest.mark.django_db(transaction=True)
def test_new_patients_who_share_new_names_never_wait_for_each_other(rims, med, unit, kavita):
    names = ["Birsa Soren Tudu", "Tudu Soren Birsa", "Soren Birsa Tudu"] * 4
    new = [SITA | {"name": f"{name}", "phone": f"98350124{n:02d}"} for n, name in enumerate(names)]

    outcomes = all_at_once([partial(visit, who, med, kavita, confirm_new=True) for who in new])
    assert sorted(made.token.number for made in outcomes) == list(range(1, 13))


@pytest.mark.django_db(transaction=True)
def test_the_same_click_ten_times_is_one_registration(med, unit, kavita):
    outcomes = all_at_once([partial(visit, SITA, med, kavita, key=uuid4())] * 10)

    assert {made.token.pk for made in outcomes} == {QueueToken.objects.get().pk}
    for model in Patient, Encounter, Invoice, Payment:
        assert model.objects.count() == 1
