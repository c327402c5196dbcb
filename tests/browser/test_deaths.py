"""A death on file and taken back: calm, narrow, accessible, with the worst names."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from facilities.roles import Role
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in, die
from tests.factories.outcomes import check_key_of
from tests.factories.patients import make_patient

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def death(rims, ward, bose, clara):
    """Of somebody with the worst of names."""
    patient = make_patient(rims, HOSTILE, "=1+1")
    stay = admit(patient, beds_in(ward)[0], clara)
    now = timezone.now()
    return die(stay.admission.encounter, bose, died_at=now, at=now, immediate_cause=HOSTILE)


@pytest.fixture
def sen(rims):
    """Another doctor."""
    return make_person("Sen", Role.DOCTOR, rims)


def test_every_page_of_a_death_on_file_is_calm_narrow_and_accessible(
    faults_of, sen, kavita, unit, emer, death
):
    patient = f"?patient={death.patient_id}"
    pages = [
        reverse("ipd:death_detail", args=[death.pk]),
        reverse("patients:patient_detail", args=[death.patient_id]),
        reverse("patients:death_withdrawal_new", args=[death.notice_id]),
        reverse("opd:casualty_new") + patient,
        reverse("ipd:admission_new") + patient,
        reverse("death_check", args=[check_key_of(death)]),
    ]
    assert faults_of(sen, pages) == []
    assert faults_of(kavita, [reverse("opd:registration_new") + patient]) == []


def test_another_doctor_takes_it_back_by_keys(sit, sen, death):
    screen = sit(sen).open("patients:death_withdrawal_new", death.notice_id)

    screen.type(HOSTILE)
    screen.press("Control+Enter")

    screen.arrives_at("patients:patient_detail", death.patient_id)
    screen.open("ipd:death_detail", death.pk)
    assert screen.page.locator("img[src=x]").count() == 0
    expect(screen.page.get_by_text("Cancelled: this death was taken back")).to_be_visible()
