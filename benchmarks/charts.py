"""The chart of somebody with many contacts: how long the server takes, and how many statements it asks."""

import statistics
import time
from dataclasses import dataclass
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.places import HOST
from facilities.models import Department, Posting, User
from facilities.roles import Role
from hmis.demo.staff import STARTED_ON
from patients.models import NoteTemplate, Patient, Vital
from patients.ranges import MEASURES

CONTACTS, WARM, ASKED = 500, 5, 60
# Ten at each contact: (the least that is made up, the lower of a blood pressure).
VITALS = {
    Vital.BLOOD_PRESSURE: (120, 80),
    Vital.PULSE: (70, None),
    Vital.RESPIRATORY_RATE: (14, None),
    Vital.SPO2: (90, None),
    Vital.TEMPERATURE: (36, None),
    Vital.GLUCOSE: (90, None),
    Vital.WEIGHT: (50, None),
    Vital.HEIGHT: (150, None),
    Vital.ARM: (20, None),
    Vital.PAIN: (0, None),
}
TEXT = '{"complaints": [{"text": "fever", "duration": 3, "unit": "day"}], "plan": {"advice": "rest, water"}}'

# Ten vital signs at each contact, over fifteen years; every contact has a diagnosis and a signed note.
FILL = """
    WITH visits AS (
        INSERT INTO patients_encounter (id, origin_node, facility_id, patient_id, encounter_class, status,
            department_id, started_at, ended_at)
        SELECT uuidv7(), %(node)s, %(facility)s, %(patient)s, 'ambulatory',
            CASE WHEN n = 0 THEN 'in_progress' ELSE 'finished' END, %(department)s,
            now() - n * interval '11 days', CASE WHEN n > 0 THEN now() - n * interval '11 days' END
        FROM generate_series(0, %(contacts)s - 1) AS n
        RETURNING id, started_at
    ), measured AS (
        INSERT INTO patients_observation (id, origin_node, facility_id, patient_id, encounter_id,
            taken_together, code, unit, value, diastolic, finding, is_confirmed, taken_at, taken_by_id,
            recorded_at, wrong_because)
        SELECT uuidv7(), %(node)s, %(facility)s, %(patient)s, visits.id, visits.id, vital.code, vital.unit,
            vital.least + random() * 10, vital.lower, '', false, started_at, %(doctor)s, started_at, ''
        FROM visits, unnest(%(codes)s, %(units)s, %(least)s, %(lower)s) AS vital (code, unit, least, lower)
    ), diagnosed AS (
        INSERT INTO patients_condition (id, origin_node, facility_id, patient_id, encounter_id,
            department_id, code, title, title_hi, words, status, is_main, is_problem, onset_precision,
            why_changed, recorded_by_id, recorded_on, recorded_at)
        SELECT uuidv7(), %(node)s, %(facility)s, %(patient)s, visits.id, %(department)s, 'J18.9',
            'Pneumonia, unspecified organism', '', '', 'final', true, false, '', '', %(doctor)s,
            started_at::date, started_at
        FROM visits
    ), noted AS (
        INSERT INTO patients_clinicalnote (id, origin_node, facility_id, encounter_id, patient_id,
            department_id, template_id, kind, status, sections, version, author_id, begun_at, saved_by_id,
            saved_at, diagnoses, signed_by_id, signed_at, digest, needs_countersign)
        SELECT uuidv7(), %(node)s, %(facility)s, visits.id, %(patient)s, %(department)s, %(template)s,
            'consultation', 'signed', %(sections)s, 1, %(doctor)s, started_at, %(doctor)s, started_at, '[]',
            %(doctor)s, started_at, repeat('0', 64), false
        FROM visits RETURNING id, signed_at
    )
    INSERT INTO patients_notesignature (id, origin_node, facility_id, note_id, patient_id, kind, digest,
        grade, signed_by_id, signed_at)
    SELECT uuidv7(), %(node)s, %(facility)s, id, %(patient)s, 'signed', repeat('0', 64), '', %(doctor)s,
        signed_at
    FROM noted
"""


@dataclass(frozen=True)
class Charted:
    """Milliseconds of one reading, statements, and the page's weight."""

    p50: float
    p95: float
    statements: int
    kilobytes: float


def charts() -> Charted:
    """Write somebody's fifteen years, and read the chart as a doctor does, in this process."""
    doctor, patient = a_doctor(), _fill()
    client = Client(headers={"host": HOST})
    client.force_login(doctor)
    address = reverse("patients:chart_detail", args=[patient.pk])
    for _ in range(WARM):
        client.get(address)
    times = []
    for _ in range(ASKED):
        began = time.perf_counter()
        answer = client.get(address)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    times.sort()
    return Charted(
        statistics.median(times), times[int(len(times) * 0.95)], len(asked), len(answer.content) / 1000
    )


def a_doctor() -> User:
    med = Department.objects.get(facility__code="RIMS", code="MED")
    doctor = User.objects.create(username=f"bench.{uuid4().hex[:8]}", name="Doctor", language="hi")
    Posting.objects.create(user=doctor, role=Role.DOCTOR, facility=med.facility, starts_on=STARTED_ON)
    return doctor


def _fill() -> Patient:
    med = Department.objects.get(facility__code="RIMS", code="MED")
    patient = Patient.objects.filter(facility=med.facility).first()
    assert patient is not None
    doctor = User.objects.filter(username="doctor.rims").first() or a_doctor()
    with connection.cursor() as cursor:
        cursor.execute(
            FILL,
            {
                "node": 100,
                "facility": med.facility_id,
                "department": med.pk,
                "patient": patient.pk,
                "doctor": doctor.pk,
                "template": NoteTemplate.objects.get(code="GENERAL", retired_at=None).pk,
                "sections": TEXT,
                "contacts": CONTACTS,
                "codes": [str(one.value) for one in VITALS],
                "units": [MEASURES[one.name.lower()].unit for one in VITALS],
                "least": [least for least, _lower in VITALS.values()],
                "lower": [lower for _least, lower in VITALS.values()],
            },
        )
        cursor.execute("ANALYZE patients_observation, patients_clinicalnote, patients_condition")
    return patient
