"""The demo's controls: some weeks of two levels, one broken rule that was answered, and one that waits."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

from facilities.models import Facility, User
from facilities.roles import Role
from lab.models import AnalyteDefinition, ControlLevel
from lab.services import Lot, Reading, answer_control, enter_controls, set_control_level
from lab.states import Section

Row = tuple[str, str, tuple[str, str], tuple[str, str]]
# Invented, as are the lots: (analyte, section, mean and SD of level 1, of level 2).
MATERIALS: tuple[Row, ...] = (
    ("GLU_R", Section.BIOCHEMISTRY, ("90", "3"), ("240", "7")),
    ("NA", Section.BIOCHEMISTRY, ("139", "1.5"), ("158", "1.8")),
    ("CREAT", Section.BIOCHEMISTRY, ("1.0", "0.06"), ("5.2", "0.22")),
    ("HB", Section.HAEMATOLOGY, ("7.4", "0.15"), ("13.6", "0.2")),
    ("GGT", Section.BIOCHEMISTRY, ("38", "2"), ("150", "6")),
)
DAYS = 24
# On this day creatinine's level 2 was out, and somebody said what was done.
OUT_ON = 9
WAITS = "GGT"


def run_controls(facility: Facility, staff: dict[str, User], dice: Random, *, at: datetime) -> None:
    """Controls of each morning until `at`; those of this morning lack a few levels yet."""
    pathologist, technician = staff[Role.PATHOLOGIST], staff[Role.LAB_TECHNICIAN]
    begun = at - timedelta(days=DAYS)
    levels = [one for row in MATERIALS for one in _lots(facility, row, pathologist, begun)]
    for day in range(1, DAYS + 1):
        run = [one for place, one in enumerate(levels) if day < DAYS or place < 5]
        now = begun + timedelta(days=day)
        readings = [Reading(one.pk, _value(one, day, dice)) for one in run]
        controls = enter_controls(readings=readings, request_key=uuid4(), actor=technician, at=now)
        for control in controls:
            if control.is_rejected and control.level.analyte.code != WAITS:
                answer_control(
                    control=control,
                    done="New calibrator, control run once more: within 1 SD.",
                    request_key=uuid4(),
                    actor=pathologist,
                    at=now + timedelta(minutes=25),
                )


def _lots(facility: Facility, row: Row, by: User, at: datetime) -> list[ControlLevel]:
    code, section, *measures = row
    analyte = AnalyteDefinition.objects.get(code=code)
    return [
        set_control_level(
            facility=facility,
            analyte=analyte,
            lot=Lot(
                material="Demo control",
                level=level,
                lot=f"D{level}0426",
                mean=Decimal(mean),
                sd=Decimal(sd),
                valid_from=at.date(),
                valid_till=at.date() + timedelta(days=180),
                section=section,
            ),
            request_key=uuid4(),
            actor=by,
            at=at,
        )
        for level, (mean, sd) in enumerate(measures, start=1)
    ]


def _value(level: ControlLevel, day: int, dice: Random) -> Decimal:
    """Around the mean, and within it most of the time."""
    z = max(-1.9, min(1.9, dice.gauss(0, 0.8)))
    if level.analyte.code == "CREAT" and level.level == 2 and day == OUT_ON:
        z = 3.4
    if level.analyte.code == WAITS and level.level == 1 and day == DAYS - 1:
        z = -3.2
    return (level.mean + level.sd * Decimal(str(round(z, 2)))).quantize(Decimal("0.001"))
