"""The ABHA of registrations: who has one, and why the others have none."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from patients.models import AbhaStatus, Patient
from reports import queries
from tests.factories.facilities import make_person
from tests.factories.patients import make_patient


@pytest.fixture
def registered(rims, sgml):
    """At RIMS five who have none and three who have one, at SGML one who does not want one."""
    for facility, status, count in (
        (rims, AbhaStatus.LINKED, 2),
        (rims, AbhaStatus.ASSISTED, 1),
        (rims, AbhaStatus.DECLINED, 2),
        (rims, AbhaStatus.NO_PHONE, 1),
        (rims, AbhaStatus.NOT_ASKED, 2),
        (sgml, AbhaStatus.DECLINED, 1),
    ):
        for _ in range(count):
            patient = make_patient(facility)
            Patient.objects.filter(pk=patient.pk).update(abha_status=status, registered_at=timezone.now())


def coverage(user, days=0, **asked):
    today = timezone.localdate()
    return queries.abha_coverage(user, today - timedelta(days=days), today, **asked)


def test_declined_and_without_a_phone_stand_apart(registered, rims, indu):
    whole, parts = coverage(indu)
    ranchi = next(one for one in parts if one.place == rims.district)

    assert [count for _label, count in ranchi.cells] == [2, 1, 2, 1, 2]
    assert (ranchi.registered, ranchi.have_one, ranchi.share) == (8, 3, 37)
    assert (whole.registered, whole.have_one, whole.share) == (9, 3, 33)


def test_each_sees_what_lies_within_reach_the_lowest_share_first(registered, rims, sgml, indu, hari):
    assert [one.place for one in coverage(indu)[1]] == [sgml.district, rims.district]
    assert [one.place for one in coverage(indu, district=rims.district)[1]] == [rims]
    assert coverage(hari)[0].registered == 1
    assert coverage(make_person("Alok", Role.FACILITY_ADMIN, rims))[0].registered == 8


def test_only_the_days_asked_for_count(registered, indu):
    Patient.objects.update(registered_at=timezone.now() - timedelta(days=2))

    assert coverage(indu)[0].registered == 0
    assert coverage(indu)[0].share is None
    assert coverage(indu, days=2)[0].registered == 9


def test_the_page_says_them(client, registered, indu):
    client.force_login(indu)
    page = client.get(reverse("reports:abha_list"))
    wrong = client.get(reverse("reports:abha_list"), {"begins": "02-01-2026", "ends": "01-01-2026"})

    # Nine people in two districts: from outside every number of theirs would tell of too few.
    assert "* of " in page.text
    assert page.context["parts"][0].share is None
    assert (page.status_code, wrong.status_code) == (200, 422)
