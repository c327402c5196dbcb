"""Patients by the million, by COPY: families with name words, UHIDs, ABHA numbers and their visits."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from stdnum import luhn

from facilities.models import Department, District
from hmis.demo import copying
from hmis.demo.copying import Copied, Table
from hmis.demo.families import families
from hmis.demo.names import DemoPerson
from hmis.kernel import walls
from hmis.kernel.ids import uuid7
from patients.models import (
    Encounter,
    EncounterClass,
    IdentifierKind,
    KnownName,
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
WRITTEN: tuple[type[models.Model], ...] = (
    Patient,
    PatientIdentifier,
    Encounter,
    NameWord,
    KnownName,
)

Row = dict[str, Any]


def add_many(count: int, *, seed: int) -> Iterator[int]:
    """Add `count` patients to the demo's hospitals; yields how many are there after each batch.

    The history's triggers rest meanwhile: a bench asks about rows, not about how they came to be. While the
    database takes one batch in, a process beside this one makes the next.
    """
    with walls.owner_passes(*(model._meta.db_table for model in WRITTEN if walls.is_bound(model))):
        yield from _add_many(count, seed)


def _add_many(count: int, seed: int) -> Iterator[int]:
    batches = Batches(Random(seed))
    sizes = [min(AT_ONCE, count - done) for done in range(0, count, AT_ONCE)]
    # It inherits the batches, and asks no database: this process's connection stays its own.
    with ProcessPoolExecutor(1, get_context("fork"), _inherit, (batches,)) as ahead:
        made = [ahead.submit(_make, take_serials(size)) for size in sizes[:1]]
        for at, size in enumerate(sizes):
            tables = made.pop().result()
            made += [ahead.submit(_make, take_serials(following)) for following in sizes[at + 1 : at + 2]]
            with transaction.atomic(), copying.triggers_rest(WRITTEN):
                copying.write(tables)
            yield sum(sizes[:at]) + size
    copying.on_tables(WRITTEN, "ANALYZE {}")


_inherited: "list[Batches]" = []


def _inherit(batches: "Batches") -> None:
    _inherited.append(batches)


def _make(serials: Sequence[int]) -> list[Copied]:
    return [table.copied() for table in _inherited[0].make(serials)]


def take_serials(count: int) -> list[int]:
    """So many of the node's next serials, of which UHIDs are made."""
    with connection.cursor() as cursor:
        cursor.execute(SERIALS, [count])
        return [serial for (serial,) in cursor.fetchall()]


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

    def make(self, serials: Sequence[int]) -> list[Table]:
        """A patient for each serial and what belongs to them, as COPY takes it; asks the database nothing."""
        people = families(len(serials), self.dice)
        patients = [self._patient(serial, one) for serial, one in zip(serials, people, strict=True)]
        words = {word for patient in patients for word in patient["name_words"]} - self.words
        self.words |= words
        rows: dict[type[models.Model], Iterable[Row]] = {
            Patient: patients,
            PatientIdentifier: self._identifiers(zip(serials, patients, strict=True)),
            Encounter: (visit for patient in patients for visit in self._visits(patient)),
            NameWord: ({"id": uuid7(), "word": word} for word in words),
            KnownName: (name for patient in patients for name in self._known_names(patient)),
        }
        tables = []
        for model, some in rows.items():
            table = Table(model)
            for row in some:
                table.add(**row)
            tables.append(table)
        return tables

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

    def _identifiers(self, patients: Iterable[tuple[int, Row]]) -> Iterator[Row]:
        """The ABHA numbers of those who have one: no two alike, since no two serials are."""
        for serial, patient in patients:
            if self.dice.random() < SHARE_WITH_ABHA:
                yield {
                    "id": uuid7(),
                    "facility_id": patient["facility_id"],
                    "patient_id": patient["id"],
                    "kind": IdentifierKind.ABHA_NUMBER.value,
                    "value": abha_of_serial(serial),
                }

    def _known_names(self, patient: Row) -> Iterator[Row]:
        """What the resting triggers would have written."""
        said = {name: patient[name] for name in ("facility_id", "registered_at", "name_words")}
        for word in patient["name_words"]:
            yield said | {"id": uuid7(), "patient_id": patient["id"], "word": word}

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
