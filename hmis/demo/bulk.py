"""Patients by the hundred thousand, by COPY: with name words and UHIDs, some with an encounter."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from facilities.models import Department, District
from hmis.demo.names import DemoPerson, people
from hmis.kernel.ids import uuid7
from patients.models import Encounter, EncounterClass, NameWord, Patient
from patients.names import name_words
from patients.services import uhid_of_serial
from patients.states import EncounterStatus

AT_ONCE = 20_000
SHARE_WITH_ENCOUNTER = 0.4
YEARS = 3
SERIALS = "SELECT nextval('patients_uhid_serial') FROM generate_series(1, %s)"
WRITTEN: tuple[type[models.Model], ...] = (Patient, Encounter, NameWord)

Row = dict[str, Any]


def add_many(count: int, *, seed: int) -> Iterator[int]:
    """Add `count` patients to the demo's hospitals; yields how many are there after each batch.

    The history's triggers rest meanwhile: a bench asks about rows, not about how they came to be.
    """
    batches = Batches(Random(seed))
    for done in range(0, count, AT_ONCE):
        size = min(AT_ONCE, count - done)
        with transaction.atomic():
            batches.add(size)
        yield done + size
    _on_tables("ANALYZE {}")


class Batches:
    """What all batches share: the dice, the places, the words that the dictionary has already."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.districts = {one.name: one.pk for one in District.objects.all()}
        medicine = Department.objects.filter(facility__code__in=("RIMS", "SGML"), code="MED")
        self.places: list[tuple[UUID, UUID]] = list(medicine.values_list("facility_id", "pk"))
        self.words = set(NameWord.objects.values_list("word", flat=True))
        self.now = datetime.now(UTC)

    def add(self, size: int) -> None:
        """One batch, in the caller's transaction."""
        with connection.cursor() as cursor:
            cursor.execute(SERIALS, [size])
            serials = [serial for (serial,) in cursor.fetchall()]
        patients = [
            self._patient(serial, person)
            for serial, person in zip(serials, people(size, self.dice), strict=True)
        ]
        again = [one for one in patients if self.dice.random() < SHARE_WITH_ENCOUNTER]
        words = {word for patient in patients for word in patient["name_words"]} - self.words
        self.words |= words
        _on_tables("ALTER TABLE {} DISABLE TRIGGER USER")
        _copy(Patient, patients)
        _copy(Encounter, [self._encounter(patient) for patient in again])
        _copy(NameWord, [{"id": uuid7(), "word": word} for word in words])
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _on_tables("ALTER TABLE {} ENABLE TRIGGER USER")

    def _patient(self, serial: int, person: DemoPerson) -> Row:
        row: Row = dict(person)
        facility, _medicine = self.dice.choice(self.places)
        return row | {
            "id": uuid7(),
            "facility_id": facility,
            "uhid": uhid_of_serial(serial),
            "name_words": name_words(person["name"], person["name_hi"]),
            "district_id": self.districts[row.pop("district")],
            "registered_at": self.now - timedelta(seconds=self.dice.randrange(YEARS * 365 * 86400)),
        }

    def _encounter(self, patient: Row) -> Row:
        """A visit to Medicine at the patient's own hospital, now over."""
        started_at = patient["registered_at"]
        return {
            "id": uuid7(),
            "facility_id": patient["facility_id"],
            "patient_id": patient["id"],
            "department_id": dict(self.places)[patient["facility_id"]],
            "encounter_class": EncounterClass.AMBULATORY.value,
            "status": EncounterStatus.FINISHED.value,
            "started_at": started_at,
            "ended_at": started_at + timedelta(hours=2),
            "valid_till": (started_at + timedelta(days=15)).date(),
        }


def _on_tables(statement: str) -> None:
    with connection.cursor() as cursor:
        for model in WRITTEN:
            cursor.execute(statement.format(connection.ops.quote_name(model._meta.db_table)))


def _copy(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Write the rows; a column that they do not name has its field's default."""
    defaults = {field.attname: field.get_default() for field in model._meta.local_concrete_fields}
    table = StringIO()
    for row in rows:
        table.write("\t".join(_shown(row.get(name, value)) for name, value in defaults.items()) + "\n")
    table.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_from(table, model._meta.db_table, columns=list(defaults))


def _shown(value: Any) -> str:
    r"""A value as COPY's text format has it: \N for nothing, {a,b} for a list of words."""
    if value is None:
        return r"\N"
    if isinstance(value, list):
        return "{" + ",".join(f'"{word}"' for word in value) + "}"
    return str(value).replace("\\", "\\\\").replace("\t", " ").replace("\n", " ")
