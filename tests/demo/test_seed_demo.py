"""The demo: who is there, who waits, and that it is never in production."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from billing import queries
from billing.models import ChargeItemDefinition
from facilities.models import Bed, Facility, Unit, User
from facilities.roles import Role
from hmis.demo import rounds, seeding
from hmis.demo.morning import Morning
from hmis.kernel import scope
from hmis.kernel.verifying import rules
from hmis.supervisor import DEMO_LOGINS, DEMO_PASSWORD
from ipd.models import Admission
from ipd.states import AdmissionStatus
from opd.models import CasualtyArrival, ClinicDay, QueueToken
from opd.states import TokenStatus, Triage
from patients.models import Birth, Encounter, Patient

pytestmark = pytest.mark.xdist_group("demo")  # seeded once


@pytest.fixture(scope="module")
def _once(django_db_setup, django_db_blocker):
    """A small demo of this morning, seeded once for the tests below and taken back after the last."""
    small = {"RIMS": Morning(3, 2, returning=2, called=2), "SGML": Morning(2, 2, returning=1, called=1)}
    with (
        time_machine.travel(timezone.localtime().replace(hour=10), tick=True),
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        scope.within(scope.everywhere()),
        transaction.atomic(),
    ):
        # A third of the demo's time goes to charts of the wards: some sets and notes show the same.
        patch.setattr(rounds, "MOST_SETS", 2)
        patch.setattr(rounds, "WRITES_EVERY", timedelta(days=4))
        patch.setattr(seeding, "PATIENTS", {"RIMS": 130, "SGML": 30})
        before = {code: Morning(2, 1, returning=0, called=None) for code in small}
        patch.setattr(seeding, "EARLIER", before)
        patch.setattr(seeding, "FIRST", small)
        patch.setattr(seeding, "LATER", {code: Morning(1, 0, returning=0, called=1) for code in small})
        for name in ("load_jharkhand", "load_schemes", "load_services", "seed_demo"):
            call_command(name, verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def _seeded(_once, django_db_blocker):
    """What a test adds to it is taken back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_production_refuses_the_demo(db, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="public"):
        call_command("seed_demo")
    with pytest.raises(CommandError, match="no place in production"):
        call_command("seed_load", patients=1)
    assert not User.objects.exists()


def printed():
    """The logins that the terminal names: those of RIMS stand for Gumla's too."""
    named = re.findall(r"\w+\.\w+", DEMO_LOGINS)
    return {*named, *(name.replace(".rims", ".sgml") for name in named)}


@pytest.mark.usefixtures("_seeded")
def test_who_can_log_in_is_printed_and_who_is_printed_can():
    people = {person.username: person for person in User.objects.all() if person.has_usable_password()}

    assert people.keys() == printed()
    assert {person.posting.role for person in people.values()} == set(Role)
    assert all(person.name and person.name_hi for person in people.values())
    assert authenticate(username="clerk.rims", password=DEMO_PASSWORD)


@pytest.mark.usefixtures("_seeded")
@pytest.mark.parametrize("code", ["RIMS", "SGML"])
def test_medicine_has_a_unit_with_a_room_on_every_day(code):
    units = Unit.objects.filter(facility__code=code, department__code="MED", room__isnull=False)

    assert any(set(unit.clinic_days) == set(range(7)) for unit in units)


@pytest.mark.usefixtures("_seeded")
def test_the_first_favourites_are_in_the_counters_order():
    rims = Facility.objects.get(code="RIMS")

    codes = list(rims.departments.values_list("code", flat=True))
    assert codes[:6] == ["MED", "OBG", "PAED", "ORTH", "EYE", "SURG"]


@pytest.mark.usefixtures("_seeded")
def test_a_morning_waits_some_were_called_and_some_came_back_free():
    today = QueueToken.objects.filter(clinic_day__held_on=timezone.localdate())

    assert today.filter(status=TokenStatus.WAITING).exists()
    assert today.filter(status=TokenStatus.CALLED).exists()
    assert today.filter(encounter__follows__isnull=False).count() == 3
    assert (
        not QueueToken.objects.exclude(clinic_day__held_on=timezone.localdate())
        .exclude(status=TokenStatus.DONE)
        .exists()
    )


@pytest.mark.usefixtures("_seeded")
def test_patients_have_both_scripts_and_nobody_was_seen_in_the_future():
    assert not Patient.objects.filter(name_hi="").exists()
    assert not Encounter.objects.filter(started_at__gt=timezone.now()).exists()


@pytest.mark.usefixtures("_seeded")
def test_seeded_again_on_the_same_day_nothing_is_added():
    before = Encounter.objects.count(), User.objects.count()

    call_command("seed_demo", verbosity=0)

    assert (Encounter.objects.count(), User.objects.count()) == before


@pytest.mark.usefixtures("_seeded")
def test_on_a_later_day_a_small_morning_comes():
    tomorrow = timezone.now() + timedelta(days=1)

    in_casualty = set(CasualtyArrival.objects.values_list("pk", flat=True))
    assert not seeding.is_seeded_for(tomorrow)
    seeding.seed(tomorrow)

    day = ClinicDay.objects.filter(held_on=timezone.localdate(tomorrow))
    assert day.count() == 2
    assert seeding.is_seeded_for(tomorrow)
    still = CasualtyArrival.objects.filter(left_at=None).values_list("pk", flat=True)
    assert still
    assert not in_casualty.intersection(still)


@pytest.mark.usefixtures("_seeded")
@pytest.mark.parametrize("code", ["RIMS", "SGML"])
def test_the_night_filled_casualty(code):
    here = CasualtyArrival.objects.filter(facility__code=code, left_at=None)

    assert {one.triage for one in here} >= {Triage.RED, Triage.GREEN}
    assert here.filter(patient__is_unknown=True, encounter__medico_legal_case__isnull=False).count() == 1


@pytest.mark.parametrize(("stays", "written"), [(9, [9, 2, 1]), (2, [2, 1]), (1, [1]), (0, [])])
def test_the_first_morning_and_the_last_ones_are_written_about(stays, written, monkeypatch):
    monkeypatch.setattr(rounds, "WRITES_EVERY", timedelta(days=1))
    now = timezone.now()
    lies = Admission(admitted_at=now - timedelta(days=stays))

    mornings = rounds._mornings(lies, now)

    assert mornings == [now - timedelta(days=days) + timedelta(hours=2) for days in written]


@pytest.mark.usefixtures("_seeded")
def test_a_child_was_born_in_the_labour_room():
    birth = Birth.objects.get(facility__code="RIMS")

    assert Admission.objects.get(patient=birth.mother).admitted_at < birth.born_at


@pytest.mark.usefixtures("_seeded")
def test_counters_have_something_to_bill_and_medicines_no_fixed_price():
    rims, today = Facility.objects.get(code="RIMS"), timezone.localdate()
    offered = {one.code for one in queries.services_offered(rims, "x-ray", today)}
    room = ChargeItemDefinition.objects.get(code="BED-PVT")

    assert "XRCH" in offered
    assert queries.services_offered(rims, "medicines", today) == []
    assert queries.price_of(room, rims, ward_class="private", day=today).price > 5000
    assert queries.price_of(room, rims, day=today).price < 5000


@pytest.mark.usefixtures("_seeded")
def test_some_have_left_the_wards_in_every_way_and_nothing_of_it_is_open():
    left = Admission.objects.filter(left_at__isnull=False)

    assert {one.discharge_type for one in left} >= {"cured", "lama", "referred", "died"}
    assert all(one.status == AdmissionStatus.DISCHARGED and one.discharge_number for one in left)
    assert not Bed.objects.filter(status="cleaning", stays__encounter__admission__in=left).exists()
    assert not [str(fault) for rule in rules() for fault in rule.faults()]
    assert left.filter(encounter__notes__kind="discharge", encounter__notes__status="signed").exists()
    before = left.count()
    call_command("seed_demo", verbosity=0)
    assert Admission.objects.filter(left_at__isnull=False).count() == before
