"""Patients by the million, by COPY: families with name words, UHIDs, ABHA numbers and their visits."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from stdnum import luhn

from facilities.models import Department, District
from hmis.demo.families import families
from hmis.demo.names import DemoPerson
from hmis.kernel.ids import uuid7
from patients.models import (
    Encounter,
    EncounterClass,
    IdentifierKind,
    NameWord,
    Patient,
    PatientIdentifier,
)
from patients.names import name_words
from patients.services import uhid_of_serial
from patients.states import EncounterStatus

AT_ONCE = 20_000
SHARE_COMING_AGAIN, SHARE_WITH_ABHA = 0.25, 0.4
YEARS = 3
SERIALS = "SELECT nextval('patients_uhid_serial') FROM generate_series(1, %s)"
WRITTEN: tuple[type[models.Model], ...] = (Patient, PatientIdentifier, Encounter, NameWord)

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
        self.medicine: dict[UUID, UUID] = dict(medicine.values_list("facility_id", "pk"))
        self.places = list(self.medicine)
        self.words = set(NameWord.objects.values_list("word", flat=True))
        self.now = datetime.now(UTC)

    def add(self, size: int) -> None:
        """One batch, in the caller's transaction."""
        with connection.cursor() as cursor:
            cursor.execute(SERIALS, [size])
            serials = [serial for (serial,) in cursor.fetchall()]
        people = families(size, self.dice)
        patients = [self._patient(serial, one) for serial, one in zip(serials, people, strict=True)]
        words = {word for patient in patients for word in patient["name_words"]} - self.words
        self.words |= words
        _on_tables("ALTER TABLE {} DISABLE TRIGGER USER")
        _copy(Patient, patients)
        _copy(PatientIdentifier, self._identifiers(zip(serials, patients, strict=True)))
        _copy(Encounter, [visit for patient in patients for visit in self._visits(patient)])
        _copy(NameWord, [{"id": uuid7(), "word": word} for word in words])
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _on_tables("ALTER TABLE {} ENABLE TRIGGER USER")

    def _patient(self, serial: int, person: DemoPerson) -> Row:
        row: Row = dict(person)
        return row | {
            "id": uuid7(),
            "facility_id": self.dice.choice(self.places),
            "uhid": uhid_of_serial(serial),
            "name_words": name_words(person["name"], person["name_hi"]),
            "district_id": self.districts[row.pop("district")],
            "registered_at": self.now - timedelta(seconds=self.dice.randrange(YEARS * 365 * 86400)),
        }

    def _identifiers(self, patients: Iterable[tuple[int, Row]]) -> list[Row]:
        """The ABHA numbers of those who have one: no two alike, since no two serials are."""
        return [
            {
                "id": uuid7(),
                "facility_id": patient["facility_id"],
                "patient_id": patient["id"],
                "kind": IdentifierKind.ABHA_NUMBER.value,
                "value": abha_of_serial(serial),
            }
            for serial, patient in patients
            if self.dice.random() < SHARE_WITH_ABHA
        ]

    def _visits(self, patient: Row) -> Iterator[Row]:
        """The visit that the patient was registered at, for one in four another one, all of them over."""
        started_at = patient["registered_at"]
        yield self._visit(patient, started_at)
        if self.dice.random() < SHARE_COMING_AGAIN:
            since = int((self.now - started_at).total_seconds())
            yield self._visit(patient, started_at + timedelta(seconds=self.dice.randrange(since + 1)))

    def _visit(self, patient: Row, started_at: datetime) -> Row:
        """At Medicine of the patient's own hospital."""
        return {
            "id": uuid7(),
            "facility_id": patient["facility_id"],
            "patient_id": patient["id"],
            "department_id": self.medicine[patient["facility_id"]],
            "encounter_class": EncounterClass.AMBULATORY.value,
            "status": EncounterStatus.FINISHED.value,
            "started_at": started_at,
            "ended_at": started_at + timedelta(hours=2),
            "valid_till": (started_at + timedelta(days=15)).date(),
        }


def abha_of_serial(serial: int) -> str:
    """A number as a card has it, its last digit Luhn's."""
    body = f"91{serial:011d}"
    return body + str(luhn.calc_check_digit(body))


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
