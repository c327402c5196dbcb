"""Casualty by the keyboard: somebody unknown with one key, and what is asked only when it is needed."""

import re
from time import monotonic
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from hmis.kernel.models import IssuedDocument
from opd.models import CasualtyArrival
from opd.services import Escort
from opd.states import BroughtBy
from patients.models import CaseKind, MedicoLegalCase, Patient, Sex
from patients.services import CaseDetails, Intimation, Newborn, register_newborns
from tests.factories.casualty import come
from tests.factories.patients import make_patient

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def casualty(sit, clara, emer, beds):
    """Nurse Clara's casualty desk."""
    return sit(clara).open("opd:casualty_new")


def saved(screen):
    expect(screen.page.locator("[data-print-url]")).to_be_visible()
    return CasualtyArrival.objects.get()


def test_one_key_registers_and_prints_somebody_unknown_and_another_the_next(casualty):
    began = monotonic()
    casualty.press("Alt+1")
    arrival = saved(casualty)

    casualty.asked_to_print()
    assert casualty.keys == 1
    assert monotonic() - began < 20
    assert (arrival.triage, arrival.patient.sex, arrival.patient.is_unknown) == ("red", "male", True)
    assert IssuedDocument.objects.get().template == "opd/documents/casualty_slip.html"

    casualty.press("Alt+2")
    expect(casualty.page.locator("[data-print-url]")).to_contain_text("Unknown female")
    casualty.asked_to_print(2)

    assert casualty.keys == 2
    names = set(Patient.objects.values_list("name", flat=True))
    assert len(names) == 2


def test_a_look_a_colour_and_the_police_are_a_few_keys_more(casualty):
    casualty.page.locator("#id_triage_0").focus()
    casualty.press("ArrowRight", "Tab", "ArrowRight", "ArrowRight", "ArrowRight")
    expect(casualty.field("Police station")).to_be_hidden()
    casualty.press("Alt+4")
    expect(casualty.field("Police station")).to_be_visible()
    casualty.press("Tab")
    casualty.press("ArrowDown", "Alt+1")
    arrival = saved(casualty)

    assert casualty.keys == 9
    assert (arrival.triage, arrival.patient.age, arrival.patient.birth_precision) == (
        "yellow",
        "28 years",
        "year",
    )
    assert MedicoLegalCase.objects.get().encounter == arrival.encounter


def test_a_named_patient_by_the_keyboard(casualty):
    casualty.press("F4")
    casualty.type("Budhni Oraon")
    casualty.press("Tab", "ArrowRight", "Tab")
    casualty.type("34")
    casualty.page.locator("#id_triage_0").focus()
    casualty.press("ArrowRight", "ArrowRight", "Enter")
    arrival = saved(casualty)

    casualty.asked_to_print()
    assert (arrival.triage, arrival.patient.name, arrival.patient.sex) == ("green", "Budhni Oraon", "female")
    assert casualty.keys <= 8


def test_enter_without_a_name_registers_nobody(casualty):
    casualty.forgive("status of 422")
    casualty.press("F4", "Enter")

    expect(casualty.page.get_by_text("Write the name, or press")).to_be_visible()
    assert not Patient.objects.exists()


def test_somebody_on_file_is_found_and_taken_up(casualty, asha):
    casualty.press("F2")
    casualty.scan(asha.uhid)
    expect(casualty.page.locator(".patient")).to_contain_text(asha.uhid_shown)
    casualty.page.locator("label[for=id_triage_0]").click()
    casualty.page.get_by_role("button", name=re.compile("Save and print")).last.click()

    assert saved(casualty).patient == asha


def test_an_unknown_patient_is_registered_without_scripts(sit, clara, emer):
    screen = sit(clara, java_script_enabled=False).open("opd:casualty_new")
    screen.page.get_by_role("button", name=re.compile("Unknown male")).click()

    expect(screen.page.locator("#arrival-title")).to_be_visible()
    screen.arrives_at("opd:casualty_detail", CasualtyArrival.objects.get().pk)


# ── Every page of it ──


@pytest.fixture
def pages(emer, beds, clara, asha):
    """Casualty's pages with the worst of names on them, and twins with their mother."""
    at = timezone.now()
    made = come(
        emer,
        clara,
        at=at,
        escort=Escort(BroughtBy.POLICE, HOSTILE, "9431100001", HOSTILE),
        complaint=HOSTILE,
        bed=beds[0],
        case=CaseDetails(CaseKind.OTHER, HOSTILE, HOSTILE, Intimation(HOSTILE, at, "=1+1")),
    )
    mother = make_patient(asha.facility, HOSTILE, HOSTILE)
    babies = [Newborn(Sex.FEMALE, at, 2500), Newborn(Sex.MALE, at)]
    register_newborns(mother=mother, babies=babies, request_key=uuid4(), actor=clara, at=at)
    arrival = made.arrival
    return [
        reverse("opd:casualty_new"),
        reverse("opd:casualty_new") + f"?patient={mother.pk}",
        reverse("opd:casualty_list"),
        reverse("opd:casualty_detail", args=[arrival.pk]),
        reverse("opd:name_new", args=[arrival.pk]),
        reverse("patients:newborn_new", args=[mother.pk]),
        reverse("patients:patient_detail", args=[mother.pk]),
        reverse("patients:case_list"),
        reverse("patients:case_detail", args=[made.case.pk]),
        reverse("patients:case_new", args=[come(emer, clara, at=at).arrival.encounter_id]),
    ]


def test_every_page_is_calm_narrow_and_accessible_with_the_worst_names(faults_of, clara, pages):
    assert faults_of(clara, pages) == []
