"""The hospitals that a year of use is written for: opened where nobody had, with who works there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db.models import Min

from billing.models import Scheme, Shift, TariffPrice
from facilities.models import Bed, BedKind, Department, Facility, Posting, Unit, User
from facilities.roles import Role
from facilities.states import BedStatus, WardKind, WardTakes
from hmis.demo.families import families
from hmis.demo.hospitals import EMERGENCY, open_hospital
from hmis.demo.prices import price_everything
from hmis.demo.staff import REGISTERED, STARTED_ON, made_up_registration
from hmis.demo.use.illnesses import medicines_at
from hmis.demo.use.ways import Ways, ways_of
from hmis.demo.wards import open_wards
from hmis.kernel.models import NumberSeries
from hmis.kernel.numbering import INDIA, Series, financial_year
from ipd.models import Admission, WardCensus
from lab.models import AnalyteDefinition, TestDefinition
from opd.models import ClinicDay
from patients.models import NoteKind, NoteTemplate

STAFF = (
    Role.CLERK,
    Role.DOCTOR,
    Role.NURSE,
    Role.LAB_TECHNICIAN,
    Role.PATHOLOGIST,
    Role.PHARMACIST,
    Role.BILLING_SUPERVISOR,
)
# Nobody comes to these by a slip of the OPD.
WITHOUT_QUEUE = (EMERGENCY, "LABOUR")
WARDS = (WardKind.GENERAL, WardKind.MATERNITY, WardKind.CHILDREN)
SEX: dict[str, str] = {WardTakes.WOMEN: "female", WardTakes.MEN: "male"}
SERIES = (
    Series.INVOICE,
    Series.RECEIPT,
    Series.TESTS,
    Series.ACCESSION,
    Series.ADMISSION,
    Series.DISCHARGE,
    Series.DEATH,
)


@dataclass(frozen=True)
class Sitting:
    """A unit of the OPD: its department, its doctor, the days on which it sits and those it has held."""

    id: str
    department_id: str
    code: str
    name: str
    name_hi: str
    fee: Decimal
    valid_days: int
    template_id: str
    doctor_id: str
    days: tuple[int, ...]
    held: frozenset[date]


@dataclass
class Place:
    """A bed: whom its ward takes, and from when on it is free."""

    id: str
    ward_id: str
    department_id: str
    consultant_id: str
    kind: str
    sex: str
    youngest: int
    oldest: int
    free_from: datetime


@dataclass(frozen=True)
class Priced:
    """A test that is ordered here, with the only result that it gives, and its price here."""

    test: TestDefinition
    analyte: AnalyteDefinition
    price: Decimal | None


@dataclass
class Numbers:
    """The gapless numbers of one hospital, counted on from where its series stand."""

    facility: Facility
    last: dict[tuple[str, int], int]

    def next(self, series: Series, year: int) -> str:
        """`RIMS/R26/0000123`, of the financial year."""
        number = self.last[series.value, year] = self.last.get((series.value, year), 0) + 1
        return f"{self.facility.code}/{series.value}{year % 100:02d}/{number:07d}"

    def keep(self) -> None:
        """Write down which numbers were given last."""
        NumberSeries.objects.bulk_create(
            [
                NumberSeries(facility_id=self.facility.pk, series=series, financial_year=year, last=last)
                for (series, year), last in sorted(self.last.items())
            ],
            update_conflicts=True,
            unique_fields=["facility_id", "series", "financial_year"],
            update_fields=["last"],
        )


@dataclass
class Hospital:
    """What is asked of a hospital while its year is written; nothing of it is read again."""

    facility: Facility
    ways: Ways
    staff: dict[str, str]
    sittings: list[Sitting]
    emergency_id: str | None
    places: list[Place]
    # {ward: its beds}
    wards: dict[str, int]
    tests: dict[str, Priced]
    # {what is typed: the columns of the line}
    medicines: dict[str, dict[str, Any]]
    numbers: Numbers
    summary_id: str
    scheme: Scheme | None
    # The days whose drawer its clerk has held: they are written already.
    written: frozenset[date]
    # Since somebody lay here before, or was counted: from that day on the product counts its wards itself.
    lain_since: date | None
    dice: Random = field(default_factory=Random)

    @cached_property
    def id(self) -> str:
        return str(self.facility.pk)


def open_hospitals(facilities: Iterable[Facility], *, first: date, seed: int) -> list[Hospital]:
    """Each of these, with departments, wards, prices and people; what stands already is left as it is."""
    tests = {one.code: one for one in TestDefinition.objects.filter(is_active=True).select_related("service")}
    analytes = {one.code: one for one in AnalyteDefinition.objects.all()}
    templates = list(NoteTemplate.objects.filter(retired_at=None))
    return [_opened(one, tests, analytes, templates, first=first, seed=seed) for one in facilities]


def _opened(
    facility: Facility,
    tests: dict[str, TestDefinition],
    analytes: dict[str, AnalyteDefinition],
    templates: list[NoteTemplate],
    *,
    first: date,
    seed: int,
) -> Hospital:
    ways = ways_of(facility.code, facility.kind)
    staff = _people(facility)
    open_hospital(facility, head_doctor=staff[Role.DOCTOR])
    open_wards(facility)
    price_everything(facility, first)
    _have_signed_in(facility, ways)
    prices = {
        one.definition_id: one.price
        for one in TariffPrice.objects.filter(facility=facility, scheme=None, ward_class="", valid_to=None)
    }
    emergency = Department.objects.filter(facility=facility, code=EMERGENCY).first()
    return Hospital(
        facility,
        ways,
        {role: str(one.pk) for role, one in staff.items()},
        _sittings(facility, templates),
        str(emergency.pk) if emergency else None,
        _places(facility, str(staff[Role.DOCTOR].pk)),
        _wards(facility),
        {
            code: Priced(test, analytes[code], prices.get(test.service_id) if test.service_id else None)
            for code, test in tests.items()
            if code in analytes and test.members == [code]
        },
        medicines_at(facility.pk),
        _numbers(facility),
        next(str(one.pk) for one in templates if one.kind == NoteKind.DISCHARGE),
        Scheme.objects.in_force(first).filter(code="BPL", percent=100, is_claimed=False).first(),
        _written(staff[Role.CLERK]),
        _lain_since(facility),
        Random(f"{seed} {facility.code}"),
    )


def _people(facility: Facility) -> dict[str, User]:
    """Who does what is written: one for each role. They cannot log in: the demo's logins are listed."""
    people = families(len(STAFF), Random(f"staff of {facility.code}"))
    return {
        role: _person(facility, role, one["name"], one["name_hi"])
        for role, one in zip(STAFF, people, strict=True)
    }


def _person(facility: Facility, role: Role, name: str, name_hi: str) -> User:
    username = f"use.{role}.{facility.code.lower()}"
    registration = made_up_registration(username) if role in REGISTERED else {}
    user, is_new = User.objects.get_or_create(
        username=username,
        defaults={"name": name, "name_hi": name_hi, "password": make_password(None), **registration},
    )
    if is_new:
        Posting.objects.create(user=user, role=role, facility=facility, starts_on=STARTED_ON)
    return user


def _have_signed_in(facility: Facility, ways: Ways) -> None:
    """Those of the staff who have ever signed in: as many as the hospital's ways say."""
    dice = Random(f"signed in at {facility.code}")
    everybody = Posting.objects.filter(facility=facility).order_by("user__username")
    some = [one for one in everybody.values_list("user", flat=True) if dice.random() < ways.signs_in]
    since = datetime.combine(STARTED_ON, datetime.min.time(), INDIA)
    User.objects.filter(pk__in=some, last_login=None).update(last_login=since)


def _sittings(facility: Facility, templates: list[NoteTemplate]) -> list[Sitting]:
    notes = [one for one in templates if one.kind == NoteKind.CONSULTATION]
    held: dict[UUID, set[date]] = {}
    for unit, day in ClinicDay.objects.filter(facility=facility).values_list("unit_id", "held_on"):
        held.setdefault(unit, set()).add(day)
    units = Unit.objects.filter(facility=facility, is_active=True, doctor__isnull=False)
    return [
        Sitting(
            str(unit.pk),
            str(unit.department_id),
            unit.department.code,
            unit.department.name,
            unit.department.name_hi,
            unit.department.fee(),
            unit.department.validity_days(),
            str(_template(notes, unit.department.code).pk),
            str(unit.doctor_id),
            tuple(unit.clinic_days),
            frozenset(held.get(unit.pk, ())),
        )
        for unit in units.select_related("department__facility").order_by("department__position", "name")
        if unit.department.code not in WITHOUT_QUEUE
    ]


def _template(notes: list[NoteTemplate], code: str) -> NoteTemplate:
    own = [one for one in notes if code in one.departments]
    return next(iter([*own, *(one for one in notes if not one.departments)]))


def _places(facility: Facility, doctor_id: str) -> list[Place]:
    """The beds that nobody has lain in yet, of the wards that people are admitted to."""
    beds = Bed.objects.filter(
        facility=facility, kind=BedKind.BED, is_active=True, status=BedStatus.VACANT, stays=None
    )
    beds = beds.filter(room__ward__kind__in=WARDS, room__ward__department__isnull=False)
    consultants = dict(
        Unit.objects.filter(facility=facility, doctor__isnull=False)
        .order_by("-name")
        .values_list("department_id", "doctor_id")
    )
    return [
        Place(
            str(bed.pk),
            str(ward.pk),
            str(ward.department_id),
            str(consultants.get(ward.department_id, doctor_id)),
            ward.kind,
            SEX.get(ward.takes, ""),
            ward.youngest or 0,
            120 if ward.oldest is None else ward.oldest,
            datetime.min.replace(tzinfo=INDIA),
        )
        for bed in beds.select_related("room__ward").order_by("room__ward__position", "room__number", "pk")
        if (ward := bed.room.ward)
    ]


def _written(clerk: User) -> frozenset[date]:
    opened = Shift.objects.filter(cashier=clerk).values_list("opened_at", flat=True)
    return frozenset(at.astimezone(INDIA).date() for at in opened)


def _lain_since(facility: Facility) -> date | None:
    came = Admission.objects.filter(facility=facility).aggregate(first=Min("admitted_at"))["first"]
    counted = WardCensus.objects.filter(facility=facility).aggregate(first=Min("day"))["first"]
    return min((day for day in (came and came.astimezone(INDIA).date(), counted) if day), default=None)


def _wards(facility: Facility) -> dict[str, int]:
    beds = Bed.objects.filter(facility=facility, kind=BedKind.BED, is_active=True)
    counted: dict[str, int] = {}
    for ward in beds.filter(room__ward__isnull=False).values_list("room__ward", flat=True):
        counted[str(ward)] = counted.get(str(ward), 0) + 1
    return counted


def _numbers(facility: Facility) -> Numbers:
    standing = NumberSeries.objects.filter(facility_id=facility.pk, series__in=SERIES)
    rows = standing.select_for_update().values_list("series", "financial_year", "last")
    return Numbers(facility, {(series, year): last for series, year, last in rows})


def year_of(day: date) -> int:
    """The financial year of a day."""
    return financial_year(datetime(day.year, day.month, day.day, 12, tzinfo=INDIA))
