"""Where somebody lands who logs in."""

import pytest
from django.urls import reverse

from facilities.roles import ROLES, Reach, Role
from tests.factories.facilities import make_person
from tests.factories.ipd import make_ward

pytestmark = pytest.mark.django_db

FIRST = {
    Role.CLERK: "opd:registration_new",
    Role.NURSE: "opd:vitals_list",
    Role.DOCTOR: "opd:room_detail",
    Role.LAB_TECHNICIAN: "lab:worklist",
    Role.PATHOLOGIST: "lab:authorisation_list",
    Role.RADIOLOGIST: "lab:authorisation_list",
    Role.PHARMACIST: "patients:prescription_list",
    Role.CASHIER: "billing:bill_list",
    Role.BILLING_SUPERVISOR: "billing:shift_list",
    Role.RECORDS_OFFICER: "reports:register_list",
    Role.FACILITY_ADMIN: "reports:review_detail",
    Role.DISTRICT_ADMIN: "reports:review_detail",
    Role.STATE_ADMIN: "reports:review_detail",
    Role.AUDITOR: "audit:entry_list",
}


def test_each_role_has_a_first_page_that_opens(client, rims):
    places = {Reach.FACILITY: rims, Reach.DISTRICT: rims.district, Reach.STATE: rims.district.state}
    landed = {}
    for role in Role:
        client.force_login(make_person(role.title(), role, places[ROLES[role].reach]))
        landed[role] = client.get(reverse("home"))["Location"]
        assert client.get(landed[role], follow=True).status_code == 200, role

    assert landed == {role: reverse(name) for role, name in FIRST.items()}


def test_a_nurse_of_a_department_with_a_ward_lands_at_the_bed_board(client, clara, med):
    clara.postings.update(department=med)
    client.force_login(clara)
    assert client.get(reverse("home"))["Location"] == reverse("opd:vitals_list")

    make_ward(med)

    assert client.get(reverse("home"))["Location"] == reverse("ipd:board")
