"""Data quality: what an auditor would find is found here first."""

import re
from datetime import timedelta

import pgtrigger
import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from ipd.models import Admission
from patients.models import BedStay
from reports import queries, services
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in
from tests.factories.patients import make_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def lata(rims):
    return make_person("Lata", Role.FACILITY_ADMIN, rims)


def quality(person):
    today = timezone.localdate()
    (found,) = queries.quality_of(queries.scope_of(person), today.replace(day=1), today)
    return found


def test_sound_work_has_nothing_to_put_right(lata, ward, rims, clara):
    admit(make_patient(rims, registered_at=timezone.now()), beds_in(ward)[0], clara, at=timezone.now())

    assert quality(lata).faults == 0


def test_who_shares_mobile_and_name_is_a_likely_double(lata, rims):
    for _twice in range(2):
        make_patient(rims, phone="9876543210", no_phone_reason="", registered_at=timezone.now())
    make_patient(rims, "Somebody", phone="9876543210", no_phone_reason="", registered_at=timezone.now())
    assert quality(lata).doubles == 0  # the night has not come yet

    services.recount_all(facility=rims)

    assert quality(lata).doubles == 2


def test_what_the_rules_forbid_is_counted_if_it_was_written_past_them(lata, rims, ward, clara, bose):
    first, second = (
        admit(make_patient(rims, f"Patient {n}"), beds_in(ward)[n], clara, at=timezone.now()).admission
        for n in range(2)
    )
    Admission.objects.filter(pk=first.pk).update(left_at=timezone.now() + timedelta(minutes=1))
    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM patients_bedstay WHERE encounter_id = %s", [second.encounter_id])

    found = quality(lata)

    assert (found.after, found.bedless, found.faults) == (1, 1, 2)
    assert BedStay.objects.count() == 1


def test_staff_who_never_logged_in(lata, rims, bose, clara):
    bose.last_login = timezone.now()
    bose.save(update_fields=["last_login"])

    assert (quality(lata).unseen, quality(lata).posted) == (2, 3)


def test_the_page_shows_each_within_reach(client, indu, hari, lata, rims, sgml):
    for person, count in ((indu, 2), (hari, 1), (lata, 1)):
        client.force_login(person)
        page = client.get(reverse("reports:quality_list"))
        assert (page.status_code, len(page.context["lines"])) == (200, count)


def test_the_doubles_lead_to_their_rows_month_by_month(client, lata, rims):
    for _twice in range(2):
        make_patient(rims, phone="9876543210", no_phone_reason="", registered_at=timezone.now())
    services.recount_all(facility=rims)
    client.force_login(lata)

    page = client.get("/reports/quality/").content.decode()
    rows = client.get(re.findall(r'href="(/reports/figures/doubles/[^"]+)"', page)[0].replace("&amp;", "&"))
    month_before = client.get(re.findall(r'href="([^"]+)" rel="prev"', page)[0])

    assert rows.status_code == 200
    assert "figures/doubles" not in month_before.content.decode()
    assert 'rel="next"' in month_before.content.decode()
    assert 'rel="next"' not in page


def test_what_lies_beneath_the_review_lights_its_tab(client, lata):
    client.force_login(lata)

    for beneath in ("review/", "figures/visits/", "outcomes/", "numbers/"):
        page = client.get(f"/reports/{beneath}").content.decode()
        assert re.search(r'href="/reports/review/"[^>]*aria-current', page), beneath
