"""The demo from end to end: people, hospitals, patients, and a queue for today."""

from datetime import datetime, timedelta
from random import Random

from django.core.management import call_command
from django.utils import timezone

from facilities.models import Facility
from facilities.roles import Role
from hmis.demo.analysers import set_up_analysers
from hmis.demo.controls import run_controls
from hmis.demo.drawers import close_drawers, open_drawers
from hmis.demo.hospitals import open_hospital
from hmis.demo.laboratory import work_through
from hmis.demo.leavers import discharge_some
from hmis.demo.morning import Desk, Morning, add_patients, hold_morning
from hmis.demo.night import pass_the_night
from hmis.demo.prices import price_everything
from hmis.demo.registries import seed_registries
from hmis.demo.rollout import seed_rollout
from hmis.demo.rounds import seed_rounds
from hmis.demo.staff import password_hash, people_above, people_of
from hmis.demo.wards import admit_some, open_wards
from lab.models import TestDefinition
from opd.models import ClinicDay
from patients.models import Medication, NoteTemplate, Patient

PATIENTS = {"RIMS": 200, "SGML": 140}
# Those seen some days ago come back today: their slips still hold.
EARLIER = {"RIMS": Morning(6, 6, returning=0, called=None), "SGML": Morning(4, 4, returning=0, called=None)}
FIRST = {"RIMS": Morning(26, 12, returning=4, called=5), "SGML": Morning(17, 8, returning=3, called=4)}
LATER = {"RIMS": Morning(9, 5, returning=2, called=2), "SGML": Morning(6, 4, returning=2, called=2)}
EARLIER_BY = timedelta(days=4)
PRICED_BEFORE = timedelta(days=90)


def is_seeded_for(now: datetime) -> bool:
    """Whether the demo is there and has a queue for this day: one read, made at each start."""
    today = ClinicDay.objects.filter(facility__code__in=PATIENTS, held_on=timezone.localdate(now))
    return today.values("facility").distinct().count() == len(PATIENTS)


def seed(now: datetime) -> None:
    """Add what the demo lacks: everything the first time, on a later day a small morning's queue."""
    if not NoteTemplate.objects.exists():
        call_command("load_note_templates", verbosity=0)
    if not Medication.objects.exists():
        call_command("load_formulary", verbosity=0)
    if not TestDefinition.objects.exists():
        call_command("load_tests", verbosity=0)
    password = password_hash()
    people_above(password)
    for facility in Facility.objects.filter(code__in=PATIENTS):
        _seed_hospital(facility, password, now)
    seed_rollout(set(PATIENTS), now)
    seed_registries(now)


def _seed_hospital(facility: Facility, password: str, now: datetime) -> None:
    staff = people_of(facility, password)
    open_hospital(facility, head_doctor=staff[Role.DOCTOR])
    open_wards(facility)
    price_everything(facility, timezone.localdate(now) - PRICED_BEFORE)
    set_up_analysers(facility)
    dice = Random(f"{facility.code} {timezone.localdate(now)}")
    desk = Desk(facility, staff[Role.CLERK], staff[Role.DOCTOR], staff[Role.NURSE], dice)
    is_first = not Patient.objects.filter(facility=facility).exists()
    if is_first:
        add_patients(desk, PATIENTS[facility.code], at=now)
        open_drawers(staff, at=now - EARLIER_BY)
        hold_morning(desk, EARLIER[facility.code], ends=now - EARLIER_BY)
        work_through(facility, staff, dice, at=now - EARLIER_BY)
        close_drawers(staff, at=now - EARLIER_BY)
    open_drawers(staff, at=now)
    if not ClinicDay.objects.filter(facility=facility, held_on=timezone.localdate(now)).exists():
        hold_morning(desk, (FIRST if is_first else LATER)[facility.code], ends=now)
        work_through(facility, staff, dice, at=now)
    admit_some(facility, staff, Random(facility.code), at=now)
    pass_the_night(facility, staff, at=now)
    # Whoever lies in a ward is measured, written about, treated; nobody does, nothing is done.
    seed_rounds(facility, staff, Random(f"rounds {facility.code}"), at=now)
    discharge_some(facility, staff, Random(f"leavers {facility.code}"), at=now)
    if is_first:
        run_controls(facility, staff, Random(facility.code), at=now)
