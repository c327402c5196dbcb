"""Two records of one person on the screen: side by side, joined by keys, said at the desk."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from facilities.roles import Role
from patients.models import MergeRecord
from tests.factories.facilities import make_person
from tests.factories.patients import make_merge, make_patient

pytestmark = pytest.mark.browser

HOSTILE = '"><img src=x onerror=alert(1)> =1+1'


@pytest.fixture
def ravi(rims):
    """The records officer of RIMS."""
    return make_person("Ravi", Role.RECORDS_OFFICER, rims)


def test_the_pages_are_calm_narrow_and_accessible_with_the_worst_names(faults_of, ravi, rims):
    first, second, third = (make_patient(rims, name=HOSTILE, name_hi=HOSTILE) for _one in range(3))
    merge = make_merge(second, first, ravi, why=HOSTILE)

    paths = [
        reverse("patients:merge_list"),
        reverse("patients:merge_new", args=[third.pk, first.pk]),
        reverse("patients:double_list", args=[third.pk]),
        reverse("patients:patient_detail", args=[second.pk]),
        reverse("patients:merge_undoing_new", args=[merge.pk]),
    ]
    assert faults_of(ravi, paths) == []


@pytest.mark.usefixtures("unit")
def test_joined_by_keys_and_said_when_the_old_card_is_scanned(sit, ravi, kavita, asha, rims):
    double = make_patient(rims, name="Asha Debi")
    office = sit(ravi).open("patients:double_list", double.pk)
    office.scan(asha.uhid)
    office.page.locator("#found a.stretched").wait_for()
    office.press("Enter")
    office.arrives_at("patients:merge_new", double.pk, asha.pk)
    office.page.get_by_label(asha.uhid_shown).check()
    office.press("Tab")
    office.type("card lost")
    office.press("Control+Enter")
    office.arrives_at("patients:patient_detail", asha.pk)
    assert MergeRecord.objects.get().kept == asha

    desk = sit(kavita).open("opd:registration_new")
    desk.scan(double.uhid)
    expect(desk.page.get_by_role("status").filter(has_text="is joined to this record")).to_be_visible()
    expect(desk.page.locator("#id_department")).to_be_focused()
