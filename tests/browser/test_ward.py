"""The ward by keys: into a bed at once, a whole stay, and one who came unknown and died."""

from time import monotonic

import pytest
from playwright.sync_api import expect

from facilities.states import WardKind
from ipd.models import Admission
from ipd.states import Source
from patients.models import BedStay
from patients.states import AdmissionRequestStatus
from tests.factories.ipd import beds_in, make_ward
from tests.factories.outcomes import make_admission_request
from tests.factories.patients import make_encounter, make_patient

pytestmark = pytest.mark.browser


def admitted(screen):
    """Whom the desk has just admitted; their papers have asked to be printed."""
    expect(screen.page.locator(".t-good[data-print-url]")).to_be_visible()
    screen.asked_to_print()
    return Admission.objects.latest("admitted_at")


def test_somebody_unknown_lies_in_a_bed_after_one_key(sit, emer, med, clara):
    make_ward(med)
    casualty = make_ward(emer, kind=WardKind.EMERGENCY)
    desk = sit(clara).open("ipd:admission_list")
    desk.press("Alt+u")
    desk.arrives_at("ipd:emergency_new")
    began = monotonic()
    desk.press("Alt+1")
    made = admitted(desk)

    assert monotonic() - began < 20
    assert desk.keys == 2
    assert made.patient.is_unknown
    assert BedStay.objects.get().bed == beds_in(casualty)[0]
    desk.assert_calm()


def test_whom_a_doctor_asked_for_is_admitted_without_the_mouse(sit, rims, med, ward, bose, kavita):
    encounter = make_encounter(make_patient(rims, "Phulmani Munda"), med)
    asked = make_admission_request(encounter, bose)
    desk = sit(kavita).open("ipd:admission_list")
    desk.press("Enter")
    desk.page.wait_for_url("**/ipd/admissions/new/?request=*")
    desk.press("Control+Enter")
    made = admitted(desk)

    assert desk.keys == 2
    assert (made.source, made.request) == (Source.OPD, asked)
    asked.refresh_from_db()
    assert asked.status == AdmissionRequestStatus.ADMITTED
    assert BedStay.objects.get(patient=made.patient).bed == beds_in(ward)[0]
    desk.assert_calm()
