"""Tokens on the screen: sent on, cancelled with the fee back, a queue closed and opened again."""

import re
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Refund
from billing.services import Offer
from billing.states import PaymentMode
from opd.models import ClinicDay
from opd.services import Visit, call_next, register_visit
from tests.browser.conftest import PHONE
from tests.factories.facilities import make_unit
from tests.factories.patients import make_patient

pytestmark = pytest.mark.browser


@pytest.fixture
def register(rims, med, unit, kavita):
    def register(name="Asha Devi", offer=Offer(PaymentMode.CASH)):
        return register_visit(
            patient=make_patient(rims, name=name),
            visit=Visit(department=med, unit=unit, offer=offer),
            request_key=uuid4(),
            actor=kavita,
            at=timezone.now(),
        )

    return register


@pytest.fixture
def second(med):
    return make_unit(med, "Unit 2")


def choose(screen, label, option):
    screen.page.get_by_label(label, exact=True).select_option(option)


@pytest.mark.parametrize("viewport", [None, PHONE])
def test_a_slip_is_cancelled_in_a_few_keys_and_its_voucher_prints_itself_once(
    sit, kavita, register, viewport
):
    made = register()
    screen = sit(kavita, **({"viewport": viewport} if viewport else {}))
    screen.open("opd:registration_detail", made.encounter.pk)
    screen.page.get_by_role("link", name="Cancel, fee back").click()
    expect(screen.page.get_by_text("₹5.00")).to_be_visible()
    choose(screen, "Reason", "twice")
    screen.press("Tab", "Enter")
    expect(screen.page.get_by_text("The slip is cancelled.")).to_be_visible()
    refund = Refund.objects.get()
    expect(screen.page.get_by_text(refund.voucher_number)).to_be_visible()
    (printed,) = screen.asked_to_print()
    assert "papers" in printed
    assert screen.is_wide() <= 0
    screen.page.reload()
    screen.page.wait_for_timeout(500)
    assert screen.asked_to_print_nothing()


def test_why_is_asked_and_a_refusal_keeps_what_was_typed(sit, kavita, register, bose):
    made = register()
    screen = sit(kavita)
    screen.forgive("status of 422")
    screen.open("opd:cancellation_new", made.token.pk)
    choose(screen, "Reason", "other")
    screen.press("Tab", "Enter")
    expect(screen.page.get_by_text("Say the reason in a few words.")).to_be_visible()
    call_next(clinic_day=made.token.clinic_day, request_key=uuid4(), actor=bose, at=timezone.now())
    screen.page.get_by_label("In your words").fill("asked for another doctor")
    screen.press("Enter")
    expect(screen.page.get_by_text("The patient was already called.")).to_be_visible()
    expect(screen.page.get_by_label("In your words")).to_have_value("asked for another doctor")
    assert not Refund.objects.exists()


def test_what_came_by_upi_asks_for_the_number_of_the_refund(sit, kavita, register):
    made = register(offer=Offer(PaymentMode.UPI, "412345678901"))
    screen = sit(kavita)
    screen.forgive("status of 422")
    screen.open("opd:cancellation_new", made.token.pk)
    expect(screen.page.get_by_text("never in cash")).to_be_visible()
    choose(screen, "Reason", "twice")
    screen.page.get_by_label("UTR or number of the refund").fill("51")
    screen.press("Enter")
    expect(screen.page.get_by_text("A UTR has 12 digits.")).to_be_visible()
    screen.page.get_by_label("UTR or number of the refund").fill("512345678901")
    screen.press("Enter")
    expect(screen.page.get_by_text("The slip is cancelled.")).to_be_visible()
    assert Refund.objects.get().reference == "512345678901"


def test_somebody_is_sent_on_by_enter_and_the_new_slip_prints_itself(sit, kavita, register, second):
    made = register()
    screen = sit(kavita).open("opd:clinicday_detail", made.token.clinic_day_id)
    screen.page.get_by_role("link", name="Send on").click()
    screen.press("Tab", "Enter")
    expect(screen.page.get_by_text(re.compile("Token 1: Unit 2"))).to_be_visible()
    assert len(screen.asked_to_print()) == 1


def test_a_nurse_who_sends_somebody_on_has_the_new_slip(sit, clara, register, second):
    made = register()
    screen = sit(clara).open("opd:move_new", made.token.pk)
    screen.page.get_by_role("button", name=re.compile("Send on")).click()
    expect(screen.page.get_by_text(re.compile("Token 1: Unit 2"))).to_be_visible()
    expect(screen.page).to_have_url(re.compile(str(made.encounter.pk)))


@pytest.mark.parametrize("javascript", [True, False])
def test_a_queue_is_closed_everybody_is_listed_and_it_is_opened_again(
    sit, kavita, register, second, javascript
):
    for name in "Asha Devi", "Sita Oraon":
        made = register(name)
    screen = sit(kavita, java_script_enabled=javascript)
    screen.open("opd:clinicday_detail", made.token.clinic_day_id)
    screen.page.get_by_role("link", name="Close the queue").click()
    expect(screen.page.get_by_text("Asha Devi")).to_be_visible()
    choose(screen, "Reason", "called_away")
    screen.page.get_by_role("button", name=re.compile("Close the queue")).click()
    expect(screen.page.get_by_text("This queue is closed.")).to_be_visible()
    moved = screen.page.get_by_label("Sent on", exact=True)
    for shown in "1 → 1", "2 → 2", "Asha Devi", "Sita Oraon", "Unit 2":
        expect(moved.get_by_text(shown).first).to_be_visible()
    screen.page.get_by_role("link", name="Print all new slips").click()
    expect(screen.page.get_by_role("link", name="Slips 1 to 2")).to_be_visible()
    screen.open("opd:clinicday_detail", made.token.clinic_day_id)
    screen.page.get_by_role("button", name=re.compile("open it again")).click()
    expect(screen.page.get_by_label("Waiting", exact=True)).to_contain_text("Sita Oraon")
    assert not ClinicDay.objects.exclude(closed_at=None).exists()


def test_the_desk_offers_the_other_unit_where_one_is_closed(sit, kavita, bose, unit, second, register):
    made = register()
    ClinicDay.objects.filter(pk=made.token.clinic_day_id).update(
        closed_at=timezone.now(), closed_by=bose, closed_because="called_away"
    )
    desk = sit(kavita).open("opd:registration_new")
    desk.page.locator("#id_department").fill("MED")
    expect(desk.page.locator("#estimate")).to_contain_text(f"Room {second.room.number}")
    desk.page.locator("#id_unit").select_option(str(unit.pk))
    expect(desk.page.locator("#estimate")).to_contain_text("closed")
