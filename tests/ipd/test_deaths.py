"""Deaths: a line in the register and Form 4 in one act; the body only on proof, and when the police know."""

import re
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from hmis.kernel import facts
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.verifying import rules
from ipd import queries
from ipd.models import Admission, Death
from ipd.services import DoubtfulDeath, Taker, hand_over_body
from ipd.states import AdmissionStatus, DischargeItem, DischargeType, MannerOfDeath
from opd.services import see_off
from opd.states import Outcome
from patients.models import CaseKind, Encounter, Sex
from patients.services import (
    CaseDetails,
    Intimation,
    Newborn,
    Unknown,
    inform_police,
    register_newborns,
)
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in, begin_discharge, complete, die, leave, pass_over
from tests.factories.parallel import all_at_once

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=5)


@pytest.fixture
def admission(asha, ward, clara):
    return admit(asha, beds_in(ward)[0], clara, at=NOON).admission


@pytest.fixture
def legal(ward, clara):
    """Somebody unknown whom an accident brought."""
    case = CaseDetails(CaseKind.ROAD_ACCIDENT)
    return admit(Unknown(Sex.MALE), beds_in(ward)[1], clara, at=NOON, case=case)


def hand(death, actor, *, key=None, at=LATER, **said):
    taker = Taker(**{"name": "Ravi", "relation": "son", "proof": "voter card ABC1234567"} | said)
    return hand_over_body(death=death, taker=taker, request_key=key or uuid4(), actor=actor, at=at)


def test_a_death_has_its_number_and_form_4_and_begins_the_discharge(admission, bose, asha):
    bose.council_number = "JH/1234"
    death = die(admission.encounter, bose, died_at=NOON + timedelta(hours=4), at=LATER)
    assert re.fullmatch(r"RIMS/X26/\d{7}", death.number)
    paper = IssuedDocument.objects.get(about_id=death.pk)
    assert (paper.template, paper.context["immediate_cause"]) == ("ipd/documents/form_4.html", "Septic shock")
    assert paper.context["doctor"]["council_number"] == "JH/1234"
    held = Admission.objects.get()
    assert (held.status, held.discharge_type) == (AdmissionStatus.DISCHARGE_INITIATED, DischargeType.DIED)
    # The dead take no medicines home.
    assert [one.item for one in queries.checklist(held).points] == [
        DischargeItem.SUMMARY,
        DischargeItem.DUES,
        DischargeItem.BED,
    ]


def test_from_the_death_to_the_gate(admission, bose, clara):
    death = die(admission.encounter, bose, died_at=LATER, at=LATER)
    held = Admission.objects.get()
    pass_over(held, bose, DischargeItem.SUMMARY, "follows")
    hand(death, clara)
    leave(held, clara, at=LATER)
    assert complete(held, clara, at=LATER).status == AdmissionStatus.DISCHARGED
    assert not [str(fault) for rule in rules() if rule.name.startswith("ipd.") for fault in rule.faults()]


def test_sent_twice_it_is_one_death_and_nobody_dies_twice(admission, bose):
    key = uuid4()
    first = die(admission.encounter, bose, died_at=LATER, at=LATER, key=key)
    assert die(admission.encounter, bose, died_at=LATER, at=LATER, key=key) == first
    with pytest.raises(Refusal, match="written down already"):
        die(admission.encounter, bose, died_at=LATER, at=LATER)
    assert Death.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_doctors_certify_at_once_and_one_does(admission, bose, rims):
    sen = make_person("Sen", Role.DOCTOR, rims)
    both = [partial(die, admission.encounter, one, died_at=LATER, at=LATER) for one in (bose, sen)]
    assert sorted(type(one).__name__ for one in all_at_once(both)) == ["Death", "Refusal"]
    assert Death.objects.get().number.endswith("0000001")


def test_a_discharge_that_was_begun_otherwise_becomes_a_death(admission, bose):
    begin_discharge(admission, bose, DischargeType.LAMA, lama_name="Ravi", at=NOON + timedelta(hours=1))
    die(admission.encounter, bose, died_at=LATER, at=LATER)
    held = Admission.objects.get()
    assert (held.discharge_type, held.lama_name) == (DischargeType.DIED, "")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"died_at": LATER + timedelta(minutes=1)}, "lies ahead"),
        ({"died_at": NOON - timedelta(hours=25)}, "before the patient came"),
        ({"died_at": LATER, "immediate_cause": ""}, "immediate cause"),
    ],
)
def test_what_cannot_be_is_refused(admission, bose, said, words):
    with pytest.raises(Refusal, match=words):
        die(admission.encounter, bose, at=LATER, **said)
    assert not Death.objects.exists()


def test_a_death_before_the_clerks_entry_is_asked_about_once(client, admission, bose):
    client.force_login(bose)
    page = reverse("ipd:death_new", args=[admission.pk])
    early = timezone.localtime(NOON - timedelta(hours=2))
    said = {"immediate_cause": "Septic shock", "manner": "natural", "request_key": uuid4()}
    said |= {"died_at": f"{early:%d-%m-%Y %H:%M}", "was_pregnant": "no", "was_delivered": "no"}
    with time_machine.travel(LATER):
        asked = client.post(page, said)
        assert (asked.status_code, "Was the patient here already?" in asked.text) == (422, True)
        assert client.post(page, said | {"confirm_early": "on"}).status_code == 303
    assert Death.objects.get().died_at == early


def test_no_newborn_dies_before_its_birth(admission, ward, bose, clara):
    baby = register_newborns(
        mother=admission.patient,
        babies=[Newborn(Sex.FEMALE, NOON + timedelta(hours=1), 2600)],
        request_key=uuid4(),
        actor=clara,
        at=NOON + timedelta(hours=2),
    )[0].baby
    stay = admit(baby, beds_in(ward)[1], clara, at=NOON + timedelta(hours=3), confirm_bed=True).admission
    with pytest.raises(Refusal, match="before the patient came"):
        die(stay.encounter, bose, died_at=NOON + timedelta(minutes=50), at=LATER, confirm_early=True)
    hour = NOON + timedelta(hours=2)
    assert die(stay.encounter, bose, died_at=hour, at=LATER, confirm_early=True).died_at == hour


def test_a_nurse_certifies_no_death(admission, clara):
    with pytest.raises(Refusal, match="A doctor certifies"):
        die(admission.encounter, clara, died_at=LATER, at=LATER)


def test_a_medico_legal_death_asks_for_post_mortem(legal, bose):
    encounter = legal.admission.encounter
    with pytest.raises(DoubtfulDeath, match="The police must know"):
        die(encounter, bose, died_at=LATER, at=LATER)
    death = die(encounter, bose, died_at=LATER, at=LATER, goes_to_post_mortem=True)
    assert death.goes_to_post_mortem


def test_a_death_that_is_not_natural_asks_too_unless_the_police_waive_it(admission, bose):
    with pytest.raises(DoubtfulDeath):
        die(admission.encounter, bose, died_at=LATER, at=LATER, manner=MannerOfDeath.SUICIDE)
    death = die(
        admission.encounter, bose, died_at=LATER, at=LATER, manner=MannerOfDeath.SUICIDE, confirm=True
    )
    assert queries.is_legal(death)


def test_the_body_of_a_medico_legal_death_goes_nowhere_before_the_police_know(legal, bose, clara):
    death = die(legal.admission.encounter, bose, died_at=LATER, at=LATER, goes_to_post_mortem=True)
    with pytest.raises(Refusal, match="Tell the police"):
        hand(death, clara)
    told = Intimation("Bariatu", LATER)
    inform_police(case=legal.case, intimation=told, request_key=uuid4(), actor=clara, at=LATER)
    assert hand(death, clara).handed_to == "Ravi"


def test_the_body_is_handed_over_once_and_on_proof(admission, bose, clara):
    death = die(admission.encounter, bose, died_at=LATER, at=LATER)
    with pytest.raises(Refusal, match="On what proof"):
        hand(death, clara, proof="")
    with pytest.raises(Refusal, match="to whom"):
        hand(death, clara, name="")
    key = uuid4()
    held = hand(death, clara, key=key)
    assert hand(death, clara, key=key).handed_at == held.handed_at == LATER
    with pytest.raises(Refusal, match="handed over already"):
        hand(death, clara)
    receipt = IssuedDocument.objects.get(template="ipd/documents/body_receipt.html")
    assert receipt.context["handed_to"] == "Ravi"


def test_whoever_dies_in_casualty_has_a_line_too(emer, beds, clara, bose):
    here = come(emer, clara, at=NOON, bed=beds[0])
    death = die(here.arrival.encounter, bose, died_at=LATER, at=LATER)
    assert death.number.endswith("0000001")
    assert IssuedDocument.objects.get(template="ipd/documents/form_4.html").context["ipd_number"] == ""


def test_a_certified_death_in_casualty_ends_it_and_frees_the_bed(emer, beds, clara, bose):
    here = come(emer, clara, at=NOON, bed=beds[0])
    die(here.arrival.encounter, bose, died_at=LATER, at=LATER)
    for _told_again in range(2):
        facts.sweep()

    here.arrival.refresh_from_db()
    assert (here.arrival.outcome, here.arrival.encounter.status) == (Outcome.DIED, "finished")
    assert not beds[0].stays.filter(ended_at=None).exists()


def test_an_inpatients_stay_ends_at_the_gate_and_not_with_the_death(admission, bose):
    die(admission.encounter, bose, died_at=LATER, at=LATER)

    assert not AuditEntry.objects.filter(name="ipd.contact_ended_in_death").exists()


def test_a_death_that_casualty_wrote_down_first_is_certified_afterwards(emer, beds, clara, bose):
    here = come(emer, clara, at=NOON, bed=beds[0])
    see_off(arrival=here.arrival, outcome=Outcome.DIED, actor=clara, at=LATER)
    contact = Encounter.objects.get(pk=here.arrival.encounter_id)

    with pytest.raises(Refusal, match="after the patient had left"):
        die(contact, bose, died_at=LATER + timedelta(minutes=1), at=LATER + timedelta(hours=1))
    die(contact, bose, died_at=LATER - timedelta(minutes=5), at=LATER + timedelta(hours=1))
    facts.sweep()

    assert Death.objects.count() == 1
    here.arrival.refresh_from_db()
    assert here.arrival.left_at == LATER


def test_the_pages_lead_the_doctor_to_a_death_that_casualty_wrote_down_first(client, emer, clara, bose):
    arrival = come(emer, clara, at=NOON).arrival
    see_off(arrival=arrival, outcome=Outcome.DIED, actor=clara, at=LATER)
    certify = reverse("ipd:contact_death_new", args=[arrival.encounter_id])
    pages = [
        reverse("opd:casualty_detail", args=[arrival.pk]),
        reverse("patients:patient_detail", args=[arrival.patient_id]),
    ]

    for who, is_led in ((bose, True), (clara, False)):
        client.force_login(who)
        assert [certify in client.get(page).text for page in pages] == [is_led, is_led]


def test_the_patients_page_leads_to_a_death_at_the_opd(client, encounter, bose):
    client.force_login(bose)

    page = client.get(reverse("patients:patient_detail", args=[encounter.patient_id])).text

    assert reverse("ipd:contact_death_new", args=[encounter.pk]) in page


def test_another_hospital_sees_no_death(admission, bose, esha):
    die(admission.encounter, bose, died_at=LATER, at=LATER)
    assert not queries.deaths_here(esha).exists()


def test_nobody_asks_of_a_man_whether_he_was_pregnant(legal, bose):
    death = die(
        legal.admission.encounter,
        bose,
        died_at=LATER,
        at=LATER,
        confirm=True,
        was_pregnant=False,
        was_delivered=False,
    )

    assert (death.was_pregnant, death.was_delivered) == (None, None)
