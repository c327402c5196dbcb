"""How a consultation ends, in a real browser: by keys, with the worst names, narrow, accessible."""

import pytest
from django.urls import reverse
from django.utils import timezone

from opd.models import QueueToken
from patients.models import AdmissionRequest, Certificate, Referral
from tests.factories.facilities import make_department, make_unit
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.outcomes import (
    certifying,
    check_key_of,
    make_admission_request,
    make_certificate,
    make_letter,
    make_sending,
)
from tests.factories.patients import make_patient

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def surg(rims):
    department = make_department(rims, "SURG", name="Surgery", name_hi="सर्जरी")
    make_unit(department)
    return department


@pytest.fixture
def encounter(rims, unit):
    """Somebody with the worst of names who came today."""
    patient = make_patient(rims, HOSTILE, "=1+1")
    token = make_token(make_clinic_day(unit, timezone.localdate()), patient, senior_since=timezone.now())
    return token.encounter


def test_every_page_is_calm_narrow_and_accessible_with_the_worst_names(faults_of, bose, encounter, surg):
    certifying(bose)
    sent = make_sending(encounter, surg, bose, reason=HOSTILE).encounter
    make_letter(encounter, bose, to_name=HOSTILE)
    make_admission_request(encounter, bose, reason=HOSTILE)
    given = make_certificate(encounter, bose, diagnosis=HOSTILE)
    of_encounters = ("opd:referral_new", *map("patients:{}_new".format, OF_PATIENTS), "patients:outcome_list")
    pages = [reverse(name, args=[encounter.pk]) for name in of_encounters]
    pages += [reverse(f"patients:{name}_list") for name in ("referral", "admission_request", "certificate")]
    pages += [
        reverse("patients:certificate_new", args=[encounter.pk]) + "?kind=fitness",
        reverse("patients:certificate_cancellation_new", args=[given.pk]),
        reverse("opd:registration_detail", args=[sent.pk]),
        reverse("certificate_check", args=[check_key_of(given)]),
    ]
    assert faults_of(bose, pages) == []


OF_PATIENTS = ("letter", "admission_request", "certificate")


def give(screen):
    """What is typed is sent, and the page of what was given comes."""
    screen.press("Control+Enter")
    screen.page.wait_for_url("**/outcomes/?now=*")
    screen.settle()


def test_a_doctor_ends_a_consultation_by_keys_alone(sit, bose, encounter, surg):
    certifying(bose)
    screen = sit(bose).open("patients:outcome_list", encounter.pk)

    screen.press("Alt+r")
    screen.arrives_at("opd:referral_new", encounter.pk)
    screen.press("S", "Tab", "Tab")
    screen.type("a lump")
    give(screen)
    assert Referral.objects.get().reason == "a lump"
    assert QueueToken.objects.filter(clinic_day__unit__department=surg).count() == 1

    screen.open("patients:outcome_list", encounter.pk).press("Alt+a")
    screen.arrives_at("patients:admission_request_new", encounter.pk)
    screen.press("Tab", "Tab", "Tab")
    screen.type("K40.9 hernia")
    screen.press("Tab")
    screen.type("for surgery")
    give(screen)
    assert AdmissionRequest.objects.get().diagnosis == "K40.9 hernia"

    screen.open("patients:outcome_list", encounter.pk).press("Alt+c")
    screen.arrives_at("patients:certificate_new", encounter.pk)
    screen.type("5")
    give(screen)
    assert Certificate.objects.get().days == 5
    assert screen.asked_to_print()
