"""Referrals to a department: its token at once, free with its reason, who and why before the next doctor."""

from datetime import timedelta
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from billing.models import Exemption, Payment
from hmis.kernel import pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from opd.models import QueueToken
from opd.queries import Registration
from opd.services import Regret, call_token, cancel_token, move_token, withdraw_referral
from opd.states import CancelReason, Lane, TokenStatus
from patients.models import Encounter, EncounterClass, Referral
from patients.states import ReferralStatus, Urgency
from tests.conftest import NOON
from tests.factories.constraints import again, rule_broken_by
from tests.factories.facilities import make_department, make_unit
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.outcomes import make_letter, make_sending
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient
from tests.opd.test_register_visit import visit

TODAY = NOON.date()


@pytest.fixture
def surg(rims):
    department = make_department(rims, "SURG", name="Surgery", name_hi="सर्जरी")
    make_unit(department, "Unit A")
    return department


@pytest.fixture
def encounter(asha, med):
    return make_encounter(asha, med, at=NOON - timedelta(hours=2))


def withdraw(referral, doctor, why="healed", *, key=None):
    return withdraw_referral(referral=referral, why=why, request_key=key or uuid4(), actor=doctor, at=NOON)


def test_the_patient_has_a_token_of_their_own_there_at_once(encounter, surg, bose, med):
    made = make_sending(encounter, surg, bose, at=NOON)
    referral = made.encounter.came_by

    assert (made.token.number, made.token.clinic_day.unit.department) == (1, surg)
    assert (made.encounter.department, made.encounter.patient) == (surg, encounter.patient)
    assert (referral.encounter, referral.from_department, referral.referred_by) == (encounter, med, bose)
    assert made.encounter.follows is None
    encounter.refresh_from_db()
    assert encounter.department == med


def test_it_is_free_with_its_reason_and_authority(encounter, surg, bose):
    made = make_sending(encounter, surg, bose, at=NOON)
    exemption = Exemption.objects.get(charge_item__encounter=made.encounter)

    assert (made.invoice.total, made.payment, Payment.objects.count()) == (0, None, 0)
    assert (exemption.reason, exemption.granted_by) == ("referred on 22-07-2026 by Medicine", bose)
    assert exemption.reason_hi == "22-07-2026 को मेडिसिन से रेफ़र"


def test_who_was_seen_there_before_finds_the_last_note_again(encounter, surg, bose, asha):
    before = make_encounter(asha, surg, at=NOON - timedelta(days=3), valid_till=TODAY)
    made = make_sending(encounter, surg, bose, at=NOON)

    assert made.encounter.follows == before


@pytest.mark.parametrize(
    ("urgency", "held", "lane"),
    [
        (Urgency.ROUTINE, Lane.NORMAL, Lane.NORMAL),
        (Urgency.URGENT, Lane.PREGNANT, Lane.PREGNANT),
        (Urgency.ROUTINE, Lane.BACK_FROM_TESTS, Lane.NORMAL),
        (Urgency.ROUTINE, Lane.EMERGENCY, Lane.NORMAL),
        (Urgency.EMERGENCY, Lane.ELDERLY, Lane.EMERGENCY),
    ],
)
def test_the_lane_follows_the_patient_and_an_emergency_goes_first(unit, surg, bose, urgency, held, lane):
    token = make_token(make_clinic_day(unit), lane=held, senior_since=NOON - timedelta(hours=3))
    made = make_sending(token.encounter, surg, bose, at=NOON, urgency=urgency)

    assert made.token.lane == lane
    waited = urgency != Urgency.ROUTINE
    assert made.token.senior_since == (token.encounter.started_at if waited else NOON)
    classes = {Lane.EMERGENCY: EncounterClass.EMERGENCY}
    assert made.encounter.encounter_class == classes.get(lane, EncounterClass.AMBULATORY)


def test_a_man_among_the_pregnant_by_mistake_is_referred_all_the_same(rims, unit, surg, bose):
    held = make_token(make_clinic_day(unit), make_patient(rims, sex="male"), lane=Lane.PREGNANT)

    assert make_sending(held.encounter, surg, bose, at=NOON).token.lane == Lane.NORMAL


def test_an_urgent_one_of_an_earlier_visit_begins_now(asha, med, surg, bose):
    old = make_encounter(asha, med, at=NOON - timedelta(days=9))

    assert make_sending(old, surg, bose, at=NOON, urgency=Urgency.URGENT).token.senior_since == NOON


# ── What is refused ──


def refused(match, encounter, department, doctor, field="department"):
    with pytest.raises(Refusal, match=match) as caught:
        make_sending(encounter, department, doctor, at=NOON)
    assert caught.value.field == field


def test_nobody_is_sent_where_nobody_sits(encounter, rims, bose, surg):
    ent = make_department(rims, "ENT")
    refused("sits today", encounter, ent, bose)
    make_unit(ent, clinic_days=[(TODAY.weekday() + 1) % 7])
    refused("sits today", encounter, ent, bose)
    surg.is_active = False
    surg.save()
    refused("closed", encounter, surg, bose)
    assert not Referral.objects.exists()


def test_nobody_is_sent_where_they_are_or_to_another_hospitals_department(encounter, med, bose, sgml_med):
    refused("in this department", encounter, med, bose)
    refused("no such department", encounter, sgml_med, bose)


def test_twice_a_day_to_one_department_is_refused_and_the_next_day_is_not(encounter, surg, bose):
    make_sending(encounter, surg, bose, at=NOON)
    refused("today already", encounter, surg, bose)

    assert make_sending(encounter, surg, bose, at=NOON + timedelta(days=1))


def test_who_waits_there_already_is_not_sent_again(encounter, surg, bose, asha):
    held = make_token(make_clinic_day(surg.units.get()), asha)
    refused(f"token {held}", encounter, surg, bose)


def test_a_cancelled_encounter_sends_nobody(asha, med, surg, bose):
    gone = make_encounter(asha, med, at=NOON, status="cancelled")
    refused("was cancelled", gone, surg, bose, field=None)


def test_sent_twice_it_counts_once(encounter, surg, bose):
    key = uuid4()
    first, second = (make_sending(encounter, surg, bose, at=NOON, key=key) for _ in range(2))

    assert first.token == second.token
    assert (Referral.objects.count(), QueueToken.objects.count()) == (1, 1)
    with pytest.raises(KeyReused):
        make_sending(encounter, surg, bose, at=NOON, key=key, reason="another")


@pytest.mark.django_db(transaction=True)
def test_two_windows_send_once(encounter, surg, bose):
    outcomes = all_at_once([partial(make_sending, encounter, surg, bose, at=NOON)] * 4)

    assert sorted(type(one).__name__ for one in outcomes) == ["Refusal"] * 3 + ["Registration"]
    assert (Referral.objects.count(), Encounter.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_two_departments_send_the_same_patient_to_a_third_once(encounter, rims, surg, bose, asha):
    other = make_encounter(asha, make_department(rims, "ENT"), at=NOON)
    outcomes = all_at_once([partial(make_sending, one, surg, bose, at=NOON) for one in (encounter, other)])

    assert {type(one) for one in outcomes} == {Registration, Refusal}
    (refusal,) = [one for one in outcomes if isinstance(one, Refusal)]
    # The other one may have been written between the second's two questions.
    assert any(said in str(refusal) for said in ("today already", "waits there already"))
    assert QueueToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(4))
def test_a_referral_and_the_desk_at_the_same_second_give_one_token(encounter, surg, bose, asha, kavita, turn):
    given = [
        partial(make_sending, encounter, surg, bose, at=NOON),
        partial(visit, asha, surg, kavita),
    ]

    outcomes = all_at_once(given[:: (-1) ** turn])

    assert {isinstance(one, Refusal) for one in outcomes} == {True, False}
    assert QueueToken.objects.filter(encounter__department=surg).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(4))
def test_sent_on_and_registered_at_the_same_second_there_is_one_token(unit, surg, clara, asha, kavita, turn):
    token = make_token(make_clinic_day(unit), asha)
    moved = partial(move_token, token=token, unit=surg.units.get(), request_key=uuid4(), actor=clara, at=NOON)
    given = [moved, partial(visit, asha, surg, kavita)]

    outcomes = all_at_once(given[:: (-1) ** turn])

    assert {isinstance(one, Refusal) for one in outcomes} == {True, False}
    assert QueueToken.objects.filter(clinic_day__unit__department=surg).count() == 1


# ── Taken back ──


def test_a_referral_is_withdrawn_with_its_token_and_may_be_sent_again(encounter, surg, bose):
    made = make_sending(encounter, surg, bose, at=NOON)
    referral = withdraw(made.encounter.came_by, bose)

    made.token.refresh_from_db()
    made.encounter.refresh_from_db()
    assert (referral.status, referral.withdrawn_by, referral.withdrawn_why) == ("withdrawn", bose, "healed")
    assert (made.token.status, made.encounter.status) == (TokenStatus.CANCELLED, "cancelled")
    assert make_sending(encounter, surg, bose, at=NOON).token.number == 2


def test_withdrawn_twice_by_one_key_it_is_withdrawn_once(encounter, surg, bose):
    referral, key = make_sending(encounter, surg, bose, at=NOON).encounter.came_by, uuid4()
    first, second = (withdraw(referral, bose, key=key) for _ in range(2))

    assert first == second
    assert AuditEntry.objects.filter(name="patients.referral_withdrawn").count() == 1
    with pytest.raises(Refusal):
        withdraw(referral, bose)


def test_a_token_that_was_called_is_not_withdrawn(encounter, surg, bose):
    made = make_sending(encounter, surg, bose, at=NOON)
    call_token(token=made.token, actor=bose, at=NOON)

    with pytest.raises(Refusal, match="already called"):
        withdraw(made.encounter.came_by, bose)
    assert Referral.objects.get().status == ReferralStatus.SENT


def test_a_withdrawal_says_why(encounter, surg, bose):
    for referral in (
        make_sending(encounter, surg, bose, at=NOON).encounter.came_by,
        make_letter(encounter, bose),
    ):
        with pytest.raises(Refusal, match="Say why"):
            withdraw(referral, bose, "")


def test_a_slip_cancelled_at_the_desk_ends_its_referral(encounter, surg, bose, kavita):
    made = make_sending(encounter, surg, bose, at=NOON)
    regret = Regret(CancelReason.PATIENT_LEAVES)
    cancel_token(token=made.token, regret=regret, request_key=uuid4(), actor=kavita, at=NOON)

    referral = Referral.objects.get()
    assert (referral.status, referral.withdrawn_by) == (ReferralStatus.WITHDRAWN, kavita)
    assert "cannot wait" in referral.withdrawn_why


def test_a_letter_is_withdrawn_too(encounter, bose):
    letter, key = make_letter(encounter, bose, at=NOON), uuid4()
    for _ in range(2):
        assert withdraw(letter, bose, "goes home", key=key).status == ReferralStatus.WITHDRAWN
    with pytest.raises(Refusal, match="cannot become"):
        withdraw(letter, bose)


# ── What the database refuses ──


OF_LETTERS = "letter_says_how_the_patient_goes"
BREAKS = [
    ("referral_goes_to_one_place", {"to_department_id": None}),
    ("referral_goes_to_one_place", {"to_name": "Sadar", "transport": "own_way", "escort": "nobody"}),
    ("referral_says_why", {"reason": ""}),
    ("patient_is_referred_once_a_day_to_a_department", {}),
    ("withdrawn_referral_says_who_and_why", {"status": "withdrawn"}),
]


@pytest.mark.parametrize(("rule", "changes"), BREAKS)
def test_each_rule_of_the_table_refuses(encounter, surg, bose, rule, changes):
    referral = make_sending(encounter, surg, bose, at=NOON).encounter.came_by
    led_to = make_encounter(encounter.patient, surg, at=NOON)

    assert rule_broken_by(again, referral, led_to_id=led_to.pk, **changes) == rule


def test_a_letter_says_how_the_patient_goes(encounter, bose):
    letter = make_letter(encounter, bose, at=NOON)

    assert rule_broken_by(again, letter, transport="") == OF_LETTERS


def test_what_was_sent_is_never_edited(encounter, bose):
    letter = make_letter(encounter, bose, at=NOON)

    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        Referral.objects.filter(pk=letter.pk).update(reason="another")
    with pytest.raises(InternalError, match="Cannot delete"), transaction.atomic():
        letter.delete()


# ── The slip, and the pages ──


def test_the_slip_says_who_has_sent_the_patient_and_why_on_one_page(encounter, surg, bose):
    why = "<b>lump</b> in the left breast, " + "grows since three months, " * 14
    made = make_sending(encounter, surg, bose, at=NOON, reason=why[:400])
    (page,) = PdfReader(BytesIO(pdf.bytes_of(made.slip))).pages
    text = page.extract_text()

    assert "<b>lump</b>" in text
    assert "Medicine" in text
    assert "Bose" in text


def form(**said):
    return {"department": "SURG", "urgency": "urgent", "reason": "a lump", "request_key": uuid4()} | said


def test_a_doctor_refers_and_the_next_one_sees_who_and_why(client, encounter, surg, bose):
    client.force_login(bose)
    url = reverse("opd:referral_new", args=[encounter.pk])
    page = client.get(url)
    assert [code for code, _label in page.context["form"].fields["department"].choices] == ["", "SURG"]
    answer = client.post(url, form(), follow=True)

    referral = Referral.objects.get()
    slip = IssuedDocument.objects.get(about_id=referral.led_to_id)
    assert f"p={slip.pk}" in answer.text  # prints itself
    there = client.get(reverse("opd:registration_detail", args=[referral.led_to_id]))
    assert "a lump" in there.text
    assert "Medicine" in there.text


def test_a_form_that_is_wrong_says_so_at_its_field_and_keeps_the_words(client, encounter, surg, bose):
    client.force_login(bose)
    url = reverse("opd:referral_new", args=[encounter.pk])
    for said, sentence in [({"reason": ""}, "required"), ({"department": "MED"}, "valid choice")]:
        answer = client.post(url, form(**said))
        assert (answer.status_code, sentence in answer.text) == (422, True)
    make_sending(encounter, surg, bose, at=timezone.now())
    answer = client.post(url, form(reason='"><img src=x onerror=alert(1)>'))
    assert answer.status_code == 422
    assert "today already" in answer.text
    assert "<img src=x" not in answer.text
    assert "&lt;img src=x" in answer.text


def test_a_referral_is_withdrawn_by_its_page(client, encounter, surg, bose, esha):
    made = make_sending(encounter, surg, bose, at=timezone.now())
    url = reverse("opd:withdrawal_new", args=[made.encounter.came_by.pk])
    client.force_login(esha)
    assert client.get(url).status_code == client.post(url).status_code == 404
    client.force_login(bose)
    assert client.post(url, {"why": "", "request_key": uuid4()}).status_code == 422
    page = client.post(url, {"why": "a mistake", "request_key": uuid4()}, follow=True)

    assert "a mistake" in page.text
    assert client.get(reverse("opd:registration_detail", args=[made.encounter.pk])).status_code == 200


def test_another_hospitals_doctor_refers_nobody_of_ours(client, encounter, surg, esha):
    client.force_login(esha)
    url = reverse("opd:referral_new", args=[encounter.pk])

    assert client.get(url).status_code == client.post(url, form()).status_code == 404
    assert not Referral.objects.exists()


def test_it_works_while_the_broker_is_away(encounter, surg, bose, absent_broker):
    assert make_sending(encounter, surg, bose, at=NOON).token.number == 1


def test_a_strangers_name_stays_text_in_the_list(client, rims, med, bose):
    patient = make_patient(rims, '"><img src=x onerror=alert(1)>', name_hi="=1+1")
    make_letter(make_encounter(patient, med, at=NOON), bose, to_name="<script>alert(2)</script>")
    client.force_login(bose)
    page = client.get(reverse("patients:referral_list"))

    assert "<img src=x" not in page.text
    assert "<script>alert(2)" not in page.text
    assert "&lt;script&gt;alert(2)" in page.text
