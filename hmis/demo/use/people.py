"""Who comes: people newly registered, and those who were here before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hmis.demo.bulk import abha_of_serial
from hmis.demo.families import families
from hmis.demo.names import DemoPerson, villages_of
from hmis.demo.use.book import Book
from patients.models import (
    AbhaStatus,
    Category,
    IdentifierKind,
    KnownName,
    NameWord,
    Patient,
    PatientIdentifier,
    Sex,
)
from patients.names import name_words
from patients.services import uhid_of_serial

AT_HOME = 0.85
GROWN_UP, MOTHERS = 14, range(18, 45)
BELOW_POVERTY_LINE = 0.12
MOST_KNOWN, FORGOTTEN = 1_500, 300


@dataclass
class Known:
    """Somebody on file: what is needed to let them come again."""

    id: str
    sex: str
    years: int
    is_poor: bool
    unit: Any = None
    # The visit that a return follows free of charge, when it was, and until when.
    root_id: str = ""
    root_on: date = date.min
    valid_till: date = date.min

    @property
    def may_bear(self) -> bool:
        return self.sex == Sex.FEMALE and self.years in MOTHERS


@dataclass(frozen=True)
class Contact:
    """An encounter while it is written: whose, in which department, and which doctor answers for it."""

    who: Known
    id: str
    department_id: str
    doctor_id: str = ""


class Desk:
    """Registers newcomers and remembers them for a while."""

    def __init__(self, book: Book, serials: list[int], words: set[str]) -> None:
        self.book = book
        self.serials = iter(serials)
        self.people: Iterator[DemoPerson] = families(len(serials), book.dice)
        self.words = words
        self.known: list[Known] = []
        self.district = book.hospital.facility.district

    def newcomer(self, at: datetime) -> Known:
        """Somebody who is registered now."""
        book, dice = self.book, self.book.dice
        serial, person = next(self.serials), dict(next(self.people))
        if dice.random() < AT_HOME:
            person["block_name"], person["village"] = dice.choice(villages_of(self.district.name))
        del person["district"]
        day = at.date()
        born: Any = person["birth_date"]
        if born > day:
            born = person["birth_date"] = day - timedelta(days=dice.randrange(1, 300))
        said = name_words(str(person["name"]), str(person["name_hi"]))
        is_poor = dice.random() < BELOW_POVERTY_LINE
        status = self._abha(bool(person["phone"]))
        key = book.tables[Patient].add(
            **person,
            facility_id=book.hospital.id,
            uhid=uhid_of_serial(serial),
            name_words=said,
            district_id=self.district.pk,
            abha_status=status.value,
            category=(Category.BPL if is_poor else Category.GENERAL).value,
            registered_at=at,
        )
        self._name(key, said, at)
        if status in (AbhaStatus.LINKED, AbhaStatus.ASSISTED):
            book.tables[PatientIdentifier].add(
                facility_id=book.hospital.id,
                patient_id=key,
                kind=IdentifierKind.ABHA_NUMBER.value,
                value=abha_of_serial(serial),
            )
        return Known(key, str(person["sex"]), (day - born).days // 365, is_poor)

    def _abha(self, has_phone: bool) -> AbhaStatus:
        dice = self.book.dice
        if dice.random() < self.book.hospital.ways.linked:
            return AbhaStatus.LINKED if dice.random() < 0.8 else AbhaStatus.ASSISTED
        if not has_phone:
            return AbhaStatus.NO_PHONE
        return AbhaStatus.DECLINED if dice.random() < 0.3 else AbhaStatus.NOT_ASKED

    def _name(self, patient_id: str, said: list[str], at: datetime) -> None:
        """What the resting triggers would have written."""
        for word in said:
            self.book.tables[KnownName].add(
                facility_id=self.book.hospital.id,
                patient_id=patient_id,
                word=word,
                registered_at=at,
                name_words=said,
            )
            if word not in self.words:
                self.words.add(word)
                self.book.tables[NameWord].add(word=word)

    def remember(self, people: list[Known]) -> None:
        """From tomorrow on these may come again; the oldest are forgotten."""
        self.known += people
        if len(self.known) > MOST_KNOWN:
            del self.known[:FORGOTTEN]
