"""The wards of a hospital's year: who lay in which bed, how each stay ended, and each midnight's count."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import log
from typing import Any

from facilities.roles import Role
from facilities.states import WardKind
from hmis.demo.use import illnesses
from hmis.demo.use.book import DAY, Book, midnight
from hmis.demo.use.illnesses import summary_text
from hmis.demo.use.notes import diagnose, write_note
from hmis.demo.use.people import GROWN_UP, Contact, Known
from hmis.demo.use.places import Place, year_of
from hmis.demo.use.visits import Admitted
from hmis.kernel.numbering import Series
from ipd.models import Admission, CareTeam, Death, WardCensus
from ipd.states import AdmissionStatus, Consent, DischargeType, Source
from patients.models import BedStay, DeathNotice, Encounter, EncounterClass, NoteKind
from patients.states import EncounterStatus

MIDDLE, SPREAD, LONGEST = log(3.2), 0.6, 25.0
WORD_BEFORE, GATE_AFTER = timedelta(hours=3), timedelta(minutes=35)
OTHERWISE = (
    (DischargeType.IMPROVED, 0.3),
    (DischargeType.REFERRED, 0.06),
    (DischargeType.REQUEST, 0.04),
    (DischargeType.ABSCONDED, 0.02),
    (DischargeType.UNCHANGED, 0.02),
)
REFERRED_TO = "RIMS, Ranchi"
ATTENDANTS = (("Sukhram", "husband"), ("Etwari", "mother"), ("Mangal", "son"), ("Phulmani", "wife"))
SIGNED_FOR = (DischargeType.LAMA, DischargeType.REQUEST)


@dataclass
class Stay:
    """A stay in one bed; `left_at` is None of whoever lies there now."""

    came: Admitted
    place: Place
    code: str
    words: str
    admitted_at: datetime
    left_at: datetime | None
    ended: DischargeType | None
    number: str = ""
    discharge_number: str = ""
    death_number: str = ""


def lay_down(book: Book, admitted: list[Admitted]) -> list[Stay]:
    """A free bed for each of these, in the order of their coming; for whom there is none, goes elsewhere."""
    stays, lain = [], set()
    for one in sorted(admitted, key=lambda one: one.at):
        at = one.at + timedelta(minutes=book.dice.randrange(25, 80))
        place = _free(book, one.who, at)
        if place and at < book.now and one.who.id not in lain:
            stays.append(_stay(book, one, place, at))
            lain.add(one.who.id)
    _number(book, stays)
    return stays


def _free(book: Book, who: Known, at: datetime) -> Place | None:
    fitting = [
        one
        for one in book.hospital.places
        if one.free_from <= at
        and one.sex in ("", who.sex)
        and one.youngest <= who.years <= one.oldest
        and (one.kind != WardKind.MATERNITY or who.may_bear)
        and (one.kind != WardKind.CHILDREN or who.years < GROWN_UP)
    ]
    return book.dice.choice(fitting) if fitting else None


def _stay(book: Book, one: Admitted, place: Place, at: datetime) -> Stay:
    dice = book.dice
    among = illnesses.IN_WARDS
    if place.kind == WardKind.MATERNITY:
        among = illnesses.OF_MOTHERS
    elif place.kind == WardKind.CHILDREN:
        among = illnesses.OF_CHILDREN
    code, words, _season = dice.choices(among, [season[at.month - 1] for _code, _words, season in among])[0]
    days = min(LONGEST, max(0.4, dice.lognormvariate(MIDDLE, SPREAD)))
    left_at: datetime | None = at + timedelta(minutes=round(days * 1440))
    assert left_at
    place.free_from = left_at + timedelta(hours=1)
    ended: DischargeType | None = _ending(book, place)
    if left_at + GATE_AFTER > book.now:
        left_at = ended = None
        place.free_from = datetime.max.replace(tzinfo=book.now.tzinfo)
    return Stay(one, place, code, words, at, left_at, ended)


def _ending(book: Book, place: Place) -> DischargeType:
    ways, drawn = book.hospital.ways, book.dice.random()
    dies = 0.0 if place.kind == WardKind.MATERNITY else ways.dies
    for kind, share in (
        (DischargeType.DIED, dies),
        (DischargeType.LAMA, ways.goes_against_advice),
        *OTHERWISE,
    ):
        if drawn < share:
            return kind
        drawn -= share
    return DischargeType.CURED


def _number(book: Book, stays: list[Stay]) -> None:
    """The numbers as they were given: of admissions and deaths in their order, of discharges in theirs."""
    numbers = book.hospital.numbers
    for one in sorted(stays, key=lambda one: one.admitted_at):
        one.number = numbers.next(Series.ADMISSION, year_of(one.admitted_at.date()))
    gone = [(one.left_at, one) for one in stays if one.left_at]
    for left_at, one in sorted(gone, key=lambda pair: pair[0]):
        one.discharge_number = numbers.next(Series.DISCHARGE, year_of((left_at + GATE_AFTER).date()))
        if one.ended == DischargeType.DIED:
            one.death_number = numbers.next(Series.DEATH, year_of(left_at.date()))


def write_stay(book: Book, one: Stay) -> None:
    """The rows of a stay: its contact, bed, team, how it ended, the summary and the death."""
    here, who, place = {"facility_id": book.hospital.id}, one.came.who, one.place
    doctor, nurse = place.consultant_id, book.by(Role.NURSE)
    left_at = one.left_at
    gone_at = left_at + GATE_AFTER if left_at else None
    encounter_id = book.tables[Encounter].add(
        **here,
        patient_id=who.id,
        encounter_class=EncounterClass.INPATIENT.value,
        status=(EncounterStatus.FINISHED if gone_at else EncounterStatus.IN_PROGRESS).value,
        department_id=place.department_id,
        started_at=one.admitted_at,
        ended_at=gone_at,
    )
    name, relation = book.dice.choice(ATTENDANTS)
    said: dict[str, Any] = {}
    if left_at and one.ended:
        said = {
            "status": AdmissionStatus.DISCHARGED.value,
            "discharge_type": one.ended.value,
            "initiated_by_id": doctor,
            "initiated_at": max(one.admitted_at, left_at - WORD_BEFORE),
            "left_at": left_at,
            "discharge_number": one.discharge_number,
            "discharged_by_id": nurse,
            "discharged_at": gone_at,
            "referred_to": REFERRED_TO if one.ended == DischargeType.REFERRED else "",
            "lama_name": name if one.ended in SIGNED_FOR else "",
            "lama_relation": relation if one.ended in SIGNED_FOR else "",
        }
    admission_id = book.tables[Admission].add(
        **here,
        encounter_id=encounter_id,
        patient_id=who.id,
        number=one.number,
        source=(Source.CASUALTY if one.came.from_casualty else Source.OPD).value,
        came_from_id=one.came.from_id,
        diagnosis=one.words,
        attendant_name=name,
        attendant_relation=relation,
        consent=Consent.RELATIVE.value,
        consent_name=name,
        admitted_by_id=nurse,
        admitted_at=one.admitted_at,
        **said,
    )
    book.tables[CareTeam].add(
        **here,
        admission_id=admission_id,
        department_id=place.department_id,
        consultant_id=doctor,
        began_at=one.admitted_at,
        ended_at=gone_at,
        given_by_id=nurse,
    )
    book.tables[BedStay].add(
        **here,
        bed_id=place.id,
        encounter_id=encounter_id,
        patient_id=who.id,
        began_at=one.admitted_at,
        ended_at=left_at,
        given_by_id=nurse,
    )
    told = ("ipd.admission", admission_id, who.id)
    came = {"source": Source.OPD.value, "bed": place.id}
    book.tell("ipd.patient_admitted", *told, by=nurse, at=one.admitted_at, **came)
    if left_at and gone_at and one.ended:
        book.tell("ipd.patient_discharged", *told, by=nurse, at=gone_at, kind=one.ended.value)
        _end(book, one, Contact(who, encounter_id, place.department_id, doctor), left_at, one.ended)


def _end(book: Book, one: Stay, contact: Contact, left_at: datetime, ended: DischargeType) -> None:
    """The summary, with what it was in the end; of whoever died, the certificate."""
    if book.dice.random() < book.hospital.ways.summarises:
        begun_at = max(one.admitted_at, left_at - WORD_BEFORE)
        signed_at = max(begun_at, left_at - timedelta(hours=1))
        write_note(
            book,
            contact,
            NoteKind.DISCHARGE,
            book.hospital.summary_id,
            summary_text(one.code, one.words, str(ended.value)),
            begun_at=begun_at,
            saved_at=signed_at,
        )
        diagnose(book, contact, one.code, at=signed_at)
    if ended == DischargeType.DIED:
        told = {
            "facility_id": book.hospital.id,
            "encounter_id": contact.id,
            "patient_id": contact.who.id,
            "died_at": left_at - timedelta(minutes=20),
        }
        notice_id = book.tables[DeathNotice].add(**told, said_by_id=contact.doctor_id, said_at=left_at)
        book.tables[Death].add(
            **told,
            notice_id=notice_id,
            number=one.death_number,
            immediate_cause=one.words,
            certified_by_id=contact.doctor_id,
            certified_at=left_at,
        )


def count_midnights(book: Book, stays: list[Stay], first: date) -> None:
    """Each ward's count of each day that is over, as ipd.queries.census_of would find it.

    Only until the day on which somebody lay here whom this year does not know of.
    """
    hospital = book.hospital
    until = min(book.today, hospital.lain_since or book.today)
    came: Counter[tuple[str, date]] = Counter()
    left, died = came.copy(), came.copy()
    for one in stays:
        came[one.place.ward_id, one.admitted_at.date()] += 1
        if one.left_at:
            counted = died if one.ended == DischargeType.DIED else left
            counted[one.place.ward_id, one.left_at.date()] += 1
    lying: Counter[str] = Counter()
    day = first
    while day < until:
        for ward, beds in hospital.wards.items():
            cell = ward, day
            lying[ward] += came[cell] - left[cell] - died[cell]
            book.tables[WardCensus].add(
                facility_id=hospital.id,
                ward_id=ward,
                day=day,
                beds=beds,
                in_beds=lying[ward],
                in_extra=0,
                admitted=came[cell],
                moved_in=0,
                moved_out=0,
                left=left[cell],
                died=died[cell],
                counted_at=midnight(day + DAY),
            )
        day += DAY
