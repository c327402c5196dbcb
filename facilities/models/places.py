"""Places: from the state down to a bed."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from facilities.states import BedStatus, WardKind, WardTakes
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord, Record
from hmis.kernel.money import MoneyField


class Named(models.Model):
    """Something with a name in both languages."""

    name = models.CharField(_("name"), max_length=160)
    name_hi = models.CharField(_("name in Hindi"), max_length=160)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_hi if get_language() == "hi" and self.name_hi else self.name


class State(Named, Record):
    """A state of India, by its Local Government Directory (LGD) code."""

    sync = "down"
    lgd_code = models.PositiveIntegerField(_("LGD code"))

    class Meta:
        constraints = [models.UniqueConstraint(name="state_has_one_lgd_code", fields=["lgd_code"])]


class District(Named, Record):
    """A district, by its LGD code; its place on the tile map of the state."""

    sync = "down"
    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="districts")
    lgd_code = models.PositiveIntegerField(_("LGD code"))
    tile_column = models.PositiveSmallIntegerField(default=0)
    tile_row = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="district_has_one_lgd_code", fields=["lgd_code"])]


class Block(Named, Record):
    """A block of a district, loaded from the Local Government Directory."""

    sync = "down"
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="blocks")
    lgd_code = models.PositiveIntegerField(_("LGD code"))

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="block_has_one_lgd_code", fields=["lgd_code"])]


class Village(Named, Record):
    """A village of a block, loaded from the Local Government Directory."""

    sync = "down"
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="villages")
    lgd_code = models.PositiveIntegerField(_("LGD code"))

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="village_has_one_lgd_code", fields=["lgd_code"])]


class FacilityKind(models.TextChoices):
    MEDICAL_COLLEGE = "medical_college", _("medical college")
    SADAR_HOSPITAL = "sadar_hospital", _("sadar hospital")
    SUB_DIVISIONAL_HOSPITAL = "sub_divisional_hospital", _("sub-divisional hospital")
    CHC = "chc", _("community health centre")
    PHC = "phc", _("primary health centre")
    PRIVATE = "private", _("private hospital")


class ReceiptPaper(models.TextChoices):
    A4 = "a4", _("A4 sheet")
    A5 = "a5", _("A5 sheet")
    ROLL = "roll", _("80 mm roll")


# The code begins every number on every paper: once one is out, the code stays.
CODE_STAYS = pgtrigger.Trigger(
    name="code_stays_once_numbers_are_out",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("code"),
    condition=pgtrigger.Q(old__code__df=pgtrigger.F("new__code")),
    func="""
        IF EXISTS (SELECT 1 FROM kernel_numberseries WHERE facility_id = OLD.id) THEN
            RAISE EXCEPTION 'numbers with the code % are out', OLD.code USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


class FacilityQuerySet(ScopedQuerySet["Facility"]):
    facility_path = ""


@tracked()
class Facility(Named, ChangingRecord):
    """A hospital. Its short code begins every number that it issues."""

    code = models.CharField(_("code"), max_length=4)
    kind = models.CharField(_("kind"), max_length=24, choices=FacilityKind)
    district = models.ForeignKey(
        District, verbose_name=_("district"), on_delete=models.PROTECT, related_name="facilities"
    )
    hfr_id = models.CharField(_("HFR ID"), max_length=12, blank=True)
    opd_fee = MoneyField(_("OPD fee"), default=Decimal("5.00"))
    opd_validity_days = models.PositiveSmallIntegerField(_("slip valid for days"), default=15)
    receipt_paper = models.CharField(
        _("receipts are printed on"), max_length=4, choices=ReceiptPaper, default=ReceiptPaper.A5
    )
    # Named on every bill of supply, where the hospital has one.
    gstin = models.CharField(_("GSTIN"), max_length=15, blank=True, default="", db_default="")
    # Where UPI pays to; without it no QR is shown.
    upi_address = models.CharField(_("UPI address"), max_length=80, blank=True, default="", db_default="")
    address = models.CharField(_("address"), max_length=200, blank=True, default="", db_default="")
    phone = models.CharField(_("telephone"), max_length=15, blank=True, default="", db_default="")
    # One person with a reason may authorise a report, approve a refund or a scheme, accept a shift and take
    # back a death (facilities.queries.one_person_suffices). An opened chart is never reviewed by its opener.
    small_facility = models.BooleanField(_("small-facility mode"), default=False, db_default=False)

    objects = FacilityQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        ordering = ["code"]
        triggers = [*ChangingRecord.Meta.triggers, CODE_STAYS]
        constraints = [
            models.UniqueConstraint(
                name="facility_code_is_unique",
                fields=["code"],
                violation_error_message=_("Another hospital has this code."),
            ),
            models.CheckConstraint(
                name="facility_code_is_two_to_four_capitals",
                condition=Q(code__regex=r"^[A-Z]{2,4}$"),
                violation_error_message=_("A facility's code has two to four capital letters."),
            ),
            models.UniqueConstraint(
                name="facility_hfr_id_is_unique",
                fields=["hfr_id"],
                condition=~Q(hfr_id=""),
                violation_error_message=_("Another hospital has this HFR ID."),
            ),
            models.CheckConstraint(
                name="facility_hfr_id_is_in_and_ten_digits",
                condition=Q(hfr_id="") | Q(hfr_id__regex=r"^IN[0-9]{10}$"),
                violation_error_message=_("An HFR ID is IN and ten digits."),
            ),
            models.CheckConstraint(
                name="facility_gstin_has_its_form",
                condition=Q(gstin="") | Q(gstin__regex=r"^[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]$"),
                violation_error_message=_("A GSTIN has 15 letters and digits: 20AAAGR0000A1Z5."),
            ),
            models.CheckConstraint(
                name="facility_upi_address_has_its_form",
                condition=Q(upi_address="")
                | Q(upi_address__regex=r"^[A-Za-z0-9._-]{2,60}@[A-Za-z][A-Za-z0-9]+$"),
                violation_error_message=_("A UPI address looks like name@bank."),
            ),
            models.CheckConstraint(
                name="facility_fee_is_not_negative",
                condition=Q(opd_fee__gte=0),
                violation_error_message=_("A price is not less than nothing."),
            ),
        ]


@tracked()
class Department(Named, ChangingRecord):
    """A clinical department of a facility, with its own OPD fee and validity where they differ."""

    known_to_all = True
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="departments")
    code = models.CharField(_("code"), max_length=6)
    opd_fee = MoneyField(_("OPD fee"), null=True, blank=True)
    opd_validity_days = models.PositiveSmallIntegerField(_("slip valid for days"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("place among the favourites"), default=99)
    is_active = models.BooleanField(_("open"), default=True)

    # Those that sit today, where a query has put them (opd.queries.open_departments).
    units_today: ClassVar[list["Unit"] | None] = None

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                name="department_code_is_unique_here",
                fields=["facility", "code"],
                violation_error_message=_("The hospital has a department with this code already."),
            ),
            models.CheckConstraint(
                name="department_code_is_capitals",
                condition=Q(code__regex=r"^[A-Z]{2,6}$"),
                violation_error_message=_("A department's code has two to six capital letters."),
            ),
        ]

    def fee(self) -> Decimal:
        """₹ for a new slip: the department's own fee, else its facility's."""
        return self.facility.opd_fee if self.opd_fee is None else self.opd_fee

    def validity_days(self) -> int:
        """For how many days after a new slip a return costs nothing."""
        own = self.opd_validity_days
        return self.facility.opd_validity_days if own is None else own


@tracked()
class Ward(Named, ChangingRecord):
    """A ward of a facility: what it is for, and whom it takes."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="wards")
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("department")
    )
    # What stands on its door and on the board: D1.
    code = models.CharField(_("code"), max_length=8, blank=True, default="", db_default="")
    kind = models.CharField(
        _("kind"), max_length=12, choices=WardKind, default=WardKind.GENERAL, db_default=WardKind.GENERAL
    )
    takes = models.CharField(
        _("takes"), max_length=8, choices=WardTakes, default=WardTakes.ANYBODY, db_default=WardTakes.ANYBODY
    )
    youngest = models.PositiveSmallIntegerField(_("from the age of (years)"), null=True, blank=True)
    oldest = models.PositiveSmallIntegerField(_("up to the age of (years)"), null=True, blank=True)
    storey = models.CharField(_("where it is"), max_length=60, blank=True, default="", db_default="")
    position = models.PositiveSmallIntegerField(_("place in the list"), default=99, db_default=99)
    is_active = models.BooleanField(_("open"), default=True, db_default=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                name="ward_code_is_unique_here",
                fields=["facility", "code"],
                condition=~Q(code=""),
                violation_error_message=_("The hospital has a ward with this code already."),
            ),
            models.CheckConstraint(
                name="ward_takes_the_young_to_the_old",
                condition=Q(youngest=None) | Q(oldest=None) | Q(oldest__gte=models.F("youngest")),
                violation_error_message=_("The highest age is not below the lowest."),
            ),
        ]


@tracked()
class Room(ChangingRecord):
    """A room: of an OPD, or of a ward (a bay, a corridor)."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="rooms")
    ward = models.ForeignKey(Ward, null=True, blank=True, on_delete=models.PROTECT, related_name="rooms")
    number = models.CharField(_("room"), max_length=12)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="room_number_is_unique_here",
                fields=["facility", "number"],
                violation_error_message=_("The hospital has a room with this number already."),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class BedKind(models.TextChoices):
    BED = "bed", _("bed")
    FLOOR = "floor", _("floor mattress")
    TROLLEY = "trolley", _("trolley")
    CRADLE = "cradle", _("cradle beside the mother")


@tracked()
class Bed(ChangingRecord):
    """A place to lie, of a room: a bed, a mattress on the floor, a trolley, a cradle."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="beds")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="beds")
    number = models.CharField(_("bed"), max_length=12)
    kind = models.CharField(_("kind"), max_length=8, choices=BedKind, default=BedKind.BED)
    status = models.CharField(
        _("status"), max_length=16, choices=BedStatus, default=BedStatus.VACANT, db_default=BedStatus.VACANT
    )
    # Since when it stands so, and why it is out of service.
    status_at = models.DateTimeField(null=True, blank=True)
    status_why = models.CharField(_("why"), max_length=120, blank=True, default="", db_default="")
    # A place that was put away; its stays remain.
    is_active = models.BooleanField(_("in use"), default=True, db_default=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="bed_number_is_unique_in_room",
                fields=["room", "number"],
                violation_error_message=_("The room has a bed with this number already."),
            ),
            models.CheckConstraint(
                name="bed_out_of_service_says_why",
                condition=Q(status=BedStatus.OUT_OF_SERVICE) & ~Q(status_why="")
                | ~Q(status=BedStatus.OUT_OF_SERVICE) & Q(status_why=""),
                violation_error_message=_("Say why it is out of service."),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_for_day_care(self) -> bool:
        ward = self.room.ward
        return ward is not None and ward.kind == WardKind.DAYCARE

    @property
    def in_ward(self) -> str:
        """What the place is called in its ward: 101-2, or floor F1."""
        if self.kind == BedKind.BED:
            return f"{self.room}-{self}"
        said = {
            BedKind.FLOOR: gettext("floor"),
            BedKind.TROLLEY: gettext("trolley"),
            BedKind.CRADLE: gettext("cradle"),
        }
        return f"{said[BedKind(self.kind)]} {self}"

    @property
    def in_house(self) -> str:
        """Where the place is, for who does not stand in its ward: Medicine, men · 101-2."""
        return " · ".join(str(part) for part in (self.room.ward, self.in_ward) if part)


WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))


def weekdays(days: list[int] | None) -> str:
    """Mon, Wed, Fri; every day; none."""
    if days and set(days) >= set(range(7)):
        return gettext("every day")
    return ", ".join(str(WEEKDAYS[day]) for day in sorted(set(days or []))) or "—"


@tracked()
class Unit(Named, ChangingRecord):
    """An OPD unit of a department: its clinic days, its room, its doctor."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="units")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="units")
    # 0 is Monday, as Python counts.
    clinic_days = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("clinic days"), size=7)
    room = models.ForeignKey(
        Room,
        verbose_name=_("room"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="units",
    )
    doctor = models.ForeignKey(
        "facilities.User",
        verbose_name=_("doctor"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    is_active = models.BooleanField(_("open"), default=True)

    in_history: ClassVar = {"clinic_days": lambda version: weekdays(version["clinic_days"])}

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        ordering = ["department__position", "name"]
        constraints = [
            models.UniqueConstraint(
                name="unit_name_is_unique_in_department",
                fields=["department", "name"],
                violation_error_message=_("The department has a unit with this name already."),
            ),
            models.CheckConstraint(
                name="unit_clinic_days_are_weekdays",
                condition=Q(clinic_days__contained_by=[0, 1, 2, 3, 4, 5, 6]),
                violation_error_message=_("Clinic days are days of the week."),
            ),
        ]

    def days_said(self) -> str:
        """The clinic days in words."""
        return weekdays(self.clinic_days)

    def sits_on(self, day: date) -> bool:
        """Whether patients are seen on this day of the week."""
        return self.is_active and day.weekday() in self.clinic_days
