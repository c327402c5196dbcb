"""A year of use of all hospitals: visits, notes, medicines, tests, stays and money, by COPY (docs/adr/0399).

Written past the services as the services would have written it: under every constraint of the tables, and so
that `manage.py verify` finds nothing wrong. It is there whole, or not at all.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from django.db import models, transaction
from django.utils import timezone

from billing.models import ChargeItem, Exemption, Invoice, InvoiceLine, LedgerEntry, Payment, Shift
from facilities.models import Facility
from hmis.demo import copying
from hmis.demo.bulk import take_serials
from hmis.demo.copying import Tables
from hmis.demo.use.book import DAY, Book, midnight
from hmis.demo.use.money import Till
from hmis.demo.use.people import Desk
from hmis.demo.use.places import Hospital, open_hospitals
from hmis.demo.use.stays import count_midnights, lay_down, write_stay
from hmis.demo.use.visits import Opd
from hmis.demo.use.ways import OUTBREAK, OUTBREAK_DAYS, SILENT, SILENT_DAYS
from hmis.kernel import walls
from hmis.kernel.models import AuditEntry
from ipd.models import Admission, CareTeam, Death, WardCensus
from ipd.services import count_day
from lab.models import DiagnosticReport, ResultLine, ServiceRequest, Specimen
from opd.models import CasualtyArrival, ClinicDay, Consultation, QueueToken
from patients.models import (
    BedStay,
    ClinicalNote,
    Condition,
    DeathNotice,
    Encounter,
    KnownName,
    MedicationDispense,
    MedicationRequest,
    NameWord,
    NoteSignature,
    NoteVersion,
    Patient,
    PatientIdentifier,
)

WRITTEN: tuple[type[models.Model], ...] = (
    Patient,
    PatientIdentifier,
    NameWord,
    KnownName,
    Encounter,
    ClinicDay,
    QueueToken,
    CasualtyArrival,
    ClinicalNote,
    NoteVersion,
    NoteSignature,
    Consultation,
    Condition,
    MedicationRequest,
    MedicationDispense,
    ChargeItem,
    Exemption,
    Invoice,
    InvoiceLine,
    Shift,
    Payment,
    LedgerEntry,
    Specimen,
    ServiceRequest,
    ResultLine,
    DiagnosticReport,
    Admission,
    CareTeam,
    BedStay,
    DeathNotice,
    Death,
    WardCensus,
    AuditEntry,
)
# A batch is so many visits, or a day more.
AT_ONCE = 4_000
# Monday to Sunday: how many come against a usual day.
WEEK = (1.3, 1.15, 1.1, 1.05, 1.1, 0.95, 0.35)
SPREAD, MORE_IN_AN_OUTBREAK = 0.12, 1.4
FIRST_UTR = 900_000_000_000


@dataclass
class Plan:
    """How many come to a hospital on each day, until which moment; what is known before its year is made."""

    hospital: Hospital
    now: datetime
    counts: dict[date, int]
    serials: list[int]
    # How many came in the end, and how many of them lay in a ward.
    visits: int = 0
    stays: int = 0


def add_use(
    days: int, visits: int, *, seed: int, now: datetime, facilities: list[Facility] | None = None
) -> Iterator[tuple[Facility, int]]:
    """Add the use of the last `days` days with `visits` OPD visits a day over these hospitals (None: all).

    Yields each hospital and how many came there, as soon as its rows are written. Days that a unit has held
    already are left as they are.
    """
    places = list(Facility.objects.select_related("district")) if facilities is None else facilities
    first = timezone.localdate(now) - DAY * (days - 1)
    bound = (model._meta.db_table for model in WRITTEN if walls.is_bound(model))
    with walls.owner_passes(*bound), transaction.atomic():
        plans = _plans(open_hospitals(places, first=first, seed=seed), first, visits, seed, now)
        with copying.triggers_rest(WRITTEN):
            yield from _write(plans)
        for plan in plans:
            plan.hospital.numbers.keep()
    copying.on_tables(WRITTEN, "ANALYZE {}")
    for plan in plans:
        _count_the_rest(plan, now)


def _plans(hospitals: list[Hospital], first: date, visits: int, seed: int, now: datetime) -> list[Plan]:
    whole = sum(one.ways.weight for one in hospitals)
    dice = Random(seed)
    return [_plan(one, first, visits * one.ways.weight / whole, dice, now) for one in hospitals]


def _plan(hospital: Hospital, first: date, a_day: float, dice: Random, now: datetime) -> Plan:
    code, today = hospital.facility.code, timezone.localdate(now)
    if code == SILENT:
        now = midnight(today - DAY * (SILENT_DAYS - 1))
    counts, day = {}, first
    while midnight(day) < now:
        many = MORE_IN_AN_OUTBREAK if code == OUTBREAK and day > today - DAY * OUTBREAK_DAYS else 1.0
        usual = a_day * WEEK[day.weekday()] * many
        counts[day] = max(0, round(dice.gauss(usual, usual * SPREAD)))
        day += DAY
    return Plan(hospital, now, counts, take_serials(sum(counts.values())))


def _write(plans: list[Plan]) -> Iterator[tuple[Facility, int]]:
    """While the database takes one batch in, a thread makes the next: it asks the database nothing."""
    words = set(NameWord.objects.values_list("word", flat=True))
    batches = (made for plan in plans for made in _batches(plan, words))
    with ThreadPoolExecutor(1) as ahead:
        following = ahead.submit(next, batches, None)
        while made := following.result():
            following = ahead.submit(next, batches, None)
            plan, tables, is_last = made
            copying.write(table.copied() for table in tables)
            if is_last:
                yield plan.hospital.facility, plan.visits


def _batches(plan: Plan, words: set[str]) -> Iterator[tuple[Plan, Tables, bool]]:
    """A hospital's year, some weeks at a time; its stays and midnights are the last."""
    book = Book(plan.hospital, plan.now)
    desk = Desk(book, plan.serials, words)
    opd = Opd(book, desk, Till(book, FIRST_UTR + (plan.serials[0] if plan.serials else 0)))
    waiting = 0
    for day, count in plan.counts.items():
        waiting += opd.hold(day, count)
        if waiting >= AT_ONCE:
            yield plan, book.turn_over(), False
            plan.visits, waiting = plan.visits + waiting, 0
    stays = lay_down(book, opd.admitted)
    for stay in stays:
        write_stay(book, stay)
    count_midnights(book, stays, min(plan.counts, default=book.today))
    plan.visits, plan.stays = plan.visits + waiting, len(stays)
    yield plan, book.turn_over(), True


def _count_the_rest(plan: Plan, now: datetime) -> None:
    """The midnights that `count_midnights` has left to the product's own count."""
    today = timezone.localdate(now)
    day = min(timezone.localdate(plan.now), plan.hospital.lain_since or today)
    while plan.stays and day < today:
        count_day(facility=plan.hospital.facility, day=day, at=now)
        day += DAY
