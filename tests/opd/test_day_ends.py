"""The end of the day: no queue of yesterday stays open, no visit outlives its slip; the rest goes on."""

from datetime import date, datetime, timedelta
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hmis.kernel.models import AuditEntry
from opd import services, tasks
from opd.models import ClinicDay, QueueToken, TokenStep
from opd.services import (
    Closing,
    begin_token,
    call_token,
    close_clinic,
    end_clinic_day,
    end_days,
    finish_token,
    finish_visits,
    leave_token,
    send_for_tests,
)
from opd.services.ending import end_of
from opd.states import OPEN, CloseReason, LeftHow, TokenStatus
from patients.models import BedStay, Encounter, EncounterClass
from patients.queries.chart import opening
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.facilities import make_unit
from tests.factories.notes import make_condition, make_signed_note
from tests.factories.opd import DAY, make_clinic_day, make_token
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient
from tests.opd.test_register_visit import visit

INDIA = ZoneInfo("Asia/Kolkata")
MIDNIGHT = datetime(2026, 7, 23, 0, 0, tzinfo=INDIA)
NIGHT = MIDNIGHT + timedelta(minutes=10)
END = datetime(2026, 7, 22, 23, 59, 59, 999999, tzinfo=INDIA)


@pytest.fixture
def clinic(unit):
    return make_clinic_day(unit)


@pytest.fixture
def token(clinic):
    return make_token(clinic, senior_since=NOON)


def now(token):
    """The token and its visit, as they stand."""
    token.refresh_from_db()
    encounter = Encounter.objects.get(pk=token.encounter_id)
    return token.status, encounter.status, encounter.ended_at


def test_the_day_ends_at_midnight_in_india():
    assert end_of(DAY) == END
    assert end_of(DAY).astimezone(ZoneInfo("UTC")).date() == DAY


# ── Queues ──


@pytest.mark.parametrize("was", [TokenStatus.WAITING, TokenStatus.CALLED, TokenStatus.SKIPPED])
def test_who_still_waits_has_left_and_the_visit_ends_with_the_day(clinic, was):
    token = make_token(clinic, senior_since=NOON, status=was, times_called=1)

    end_days(at=NIGHT)

    assert now(token) == ("left", "finished", END)
    step = TokenStep.objects.get()
    assert (step.was, step.now, step.left_how, step.at, step.by) == (was, "left", "day_over", END, None)


@pytest.mark.parametrize("was", [TokenStatus.IN_CONSULTATION, TokenStatus.SENT_FOR_TESTS])
def test_who_was_seen_is_done_and_the_visit_goes_on(clinic, was, bose):
    token = make_token(clinic, senior_since=NOON, status=was)

    end_days(at=NIGHT)

    assert now(token) == ("done", "in_progress", None)
    assert token.done_at == END
    assert opening(bose, token.patient_id, timezone.now())


@pytest.mark.parametrize("written", [make_signed_note, make_condition])
def test_called_and_written_of_is_seen_though_nobody_pressed_done(token, bose, written):
    call_token(token=token, actor=bose, at=NOON)
    written(token.encounter, bose)

    end_days(at=NIGHT)
    assert now(token) == ("done", "in_progress", None)


def test_who_left_by_day_keeps_how_and_the_visit_ends_with_the_day(token, bose):
    leave_token(token=token, how=LeftHow.SAID_SO, actor=bose, at=NOON)
    assert now(token)[1] == "in_progress"

    end_days(at=NIGHT)
    assert now(token) == ("left", "finished", END)
    assert TokenStep.objects.get().left_how == "said_so"


def test_seen_and_not_back_from_the_tests_the_visit_goes_on(token, bose):
    begin_token(token=token, actor=bose, at=NOON)
    send_for_tests(token=token, request_key=uuid4(), actor=bose, at=NOON)
    leave_token(token=token, how=LeftHow.SAID_SO, actor=bose, at=NOON)

    end_days(at=NIGHT)
    assert now(token) == ("left", "in_progress", None)


def test_the_treatment_relationship_ends_with_the_visit(token, bose):
    assert opening(bose, token.patient_id, timezone.now())

    end_days(at=NIGHT)
    assert not opening(bose, token.patient_id, timezone.now())


def test_a_return_stays_free_though_the_first_visit_has_ended(asha, med, unit, kavita):
    made = visit(asha, med, kavita, unit=unit)
    end_days(at=NIGHT)
    assert now(made.token)[0] == "left"

    again = visit(asha, med, kavita, at=NOON + timedelta(days=1))
    assert (again.encounter.follows_id, again.invoice.total) == (made.encounter.pk, 0)


def test_before_midnight_nothing_ends(token):
    end_days(at=MIDNIGHT - timedelta(microseconds=1))
    assert now(token) == ("waiting", "in_progress", None)
    end_days(at=MIDNIGHT)
    assert now(token)[0] == "left"


def test_a_hospital_that_was_off_for_a_week_catches_up(token):
    end_days(at=NIGHT + timedelta(days=7))

    assert now(token) == ("left", "finished", END)


def test_asked_again_nothing_more_is_done(token):
    assert end_days(at=NIGHT) == 2  # a token and its visit
    assert end_days(at=NIGHT) == 0

    fact = AuditEntry.objects.get()
    assert (fact.name, fact.actor, fact.facility_id) == ("opd.clinic_day_ended", None, token.facility_id)
    assert fact.detail == {"seen": 0, "left": 1, "visits": 1}


def test_who_was_carried_to_tomorrow_waits_there(clinic, token, bose, unit):
    closing = Closing(CloseReason.CALLED_AWAY)
    close_clinic(clinic_day=clinic, closing=closing, request_key=uuid4(), actor=bose, at=NOON)

    end_days(at=NIGHT)

    there = QueueToken.objects.get(moved_from=token)
    assert (there.clinic_day.held_on, there.status) == (date(2026, 7, 23), "waiting")
    assert now(token) == ("moved", "in_progress", None)
    assert set(ClinicDay.objects.filter(ended_at=None)) == {there.clinic_day}
    end_days(at=NIGHT + timedelta(days=1))
    assert now(there) == ("left", "finished", END + timedelta(days=1))


def test_a_long_queue_ends_in_parts(clinic, monkeypatch):
    monkeypatch.setattr(services.ending, "MOST", 2)
    for _ in range(5):
        make_token(clinic, senior_since=NOON)

    assert end_clinic_day(clinic_day=clinic, at=NIGHT) == 4
    clinic.refresh_from_db()
    assert clinic.ended_at is None
    end_days(at=NIGHT)
    clinic.refresh_from_db()
    assert clinic.ended_at == NIGHT
    assert not QueueToken.objects.filter(status__in=OPEN).exists()
    assert set(Encounter.objects.values_list("status", flat=True)) == {"finished"}


# ── Visits ──


def test_a_visit_goes_on_while_its_slip_holds(asha, med, unit, kavita, bose):
    made = visit(asha, med, kavita, unit=unit)
    call_token(token=made.token, actor=bose, at=NOON)
    finish_token(token=made.token, actor=bose, at=NOON)
    last = made.encounter.valid_till
    over = datetime.combine(last + timedelta(days=1), datetime.min.time(), tzinfo=INDIA)

    assert finish_visits(at=over - timedelta(microseconds=1)) == 0
    assert now(made.token)[1] == "in_progress"
    assert finish_visits(at=over) == 1
    assert finish_visits(at=over) == 0
    made.encounter.refresh_from_db()
    assert (made.encounter.status, made.encounter.ended_at) == ("finished", end_of(last))
    assert timezone.localdate(made.encounter.ended_at) == last
    fact = AuditEntry.objects.get(name="opd.visits_finished")
    assert (fact.about_id, fact.detail) == (med.facility_id, {"visits": 1})


def over(patient, department, **changes):
    """A visit whose slip held until yesterday."""
    encounter = make_encounter(patient, department, at=NOON)
    for name, value in ({"valid_till": DAY} | changes).items():
        setattr(encounter, name, value)
    encounter.save()
    return encounter


def still_open():
    finish_visits(at=NIGHT)
    return Encounter.objects.filter(status="in_progress").count()


@pytest.mark.parametrize("kind", [EncounterClass.INPATIENT, EncounterClass.EMERGENCY, EncounterClass.DAYCARE])
def test_wards_and_casualty_are_not_touched(asha, med, kind):
    over(asha, med, encounter_class=kind)

    assert still_open() == 1


def test_casualty_goes_on_over_midnight(emer, kavita):
    come(emer, kavita, at=NOON)
    end_days(at=NIGHT)

    assert still_open() == 1


def test_an_emergency_in_a_queue_of_the_opd_ends_as_others_do(clinic):
    token = make_token(clinic, senior_since=NOON)
    Encounter.objects.filter(pk=token.encounter_id).update(encounter_class="emergency", valid_till=DAY)

    assert still_open() == 0


def test_whoever_lies_in_a_bed_stays(asha, med, beds, kavita):
    encounter = over(asha, med)
    BedStay.objects.create(
        facility=med.facility, encounter=encounter, patient=asha, bed=beds[0], began_at=NOON, given_by=kavita
    )

    assert still_open() == 1


def test_a_visit_without_a_last_day_goes_on(asha, med):
    over(asha, med, valid_till=None)

    assert still_open() == 1


def test_each_hospital_has_its_own_fact(rims, sgml, med, sgml_med, monkeypatch):
    monkeypatch.setattr(services.ending, "MOST", 2)
    for department in (med, med, med, sgml_med):
        over(make_patient(department.facility, name=f"P {Encounter.objects.count()}"), department)

    assert finish_visits(at=NIGHT) == 4
    facts = AuditEntry.objects.filter(name="opd.visits_finished").order_by("pk")
    assert sorted((one.facility_id, one.detail["visits"]) for one in facts) == sorted(
        [(rims.pk, 2), (rims.pk, 1), (sgml.pk, 1)]
    )


# ── The timetable, and at once ──


def test_the_timetable_ends_days_each_hour(token, monkeypatch):
    assert settings.CELERY_BEAT_SCHEDULE["days"]["task"] == tasks.end_days.name
    assert tasks.end_days.name in current_app.tasks
    monkeypatch.setattr(tasks.timezone, "now", lambda: NIGHT)

    assert tasks.end_days() == 2
    assert now(token)[0] == "left"


@pytest.mark.django_db(transaction=True)
def test_two_workers_end_a_day_once(clinic):
    for _ in range(6):
        make_token(clinic, senior_since=NOON)

    outcomes = all_at_once([partial(end_days, at=NIGHT)] * 4)

    assert sum(outcomes) == 12
    assert TokenStep.objects.count() == 6
    assert ClinicDay.objects.get().ended_at == NIGHT


@pytest.mark.django_db(transaction=True)
def test_two_workers_finish_a_visit_once(rims, med):
    for n in range(6):
        over(make_patient(rims, name=f"P {n}"), med)

    assert sum(all_at_once([partial(finish_visits, at=NIGHT)] * 4)) == 6
    assert AuditEntry.objects.filter(name="opd.visits_finished").count() <= 4


@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_is_left_for_the_next_hour(clinic, token):
    with transaction.atomic():
        list(Encounter.objects.select_for_update().filter(pk=token.encounter_id))
        (ended,) = all_at_once([partial(end_days, at=NIGHT)])
    assert ended == 1  # the token alone
    clinic.refresh_from_db()
    assert clinic.ended_at is None

    assert end_days(at=NIGHT) == 1
    assert now(token) == ("left", "finished", END)


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_is_held_keeps_no_other_open(clinic, token, med):
    other = make_token(make_clinic_day(make_unit(med, "Unit 2")), senior_since=NOON)

    with transaction.atomic():
        ClinicDay.objects.locked().get(pk=clinic.pk)
        all_at_once([partial(end_days, at=NIGHT)])
    assert (now(token)[0], now(other)[0]) == ("waiting", "left")
