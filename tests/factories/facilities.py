"""Places and people, made plainly."""

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import count

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from billing.models import Shift
from billing.postings import of_opening
from billing.services.ledger import entries
from facilities.models import (
    Department,
    District,
    Facility,
    FacilityKind,
    Posting,
    Room,
    StaffImport,
    State,
    Unit,
    User,
)
from facilities.roles import ROLES, Reach, Role
from hmis.kernel.composed import Composed
from hmis.kernel.rows import write

PASSWORD = "a-long-password-2026"
EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
# Of one length, so that names stand in the order in which they were given.
_numbers = count(1001)


def written(row, *before):
    """This new row, after those that it points to: a `create()` composes each statement anew."""
    write(*before, row)
    return row


def make_state(name="Jharkhand", lgd_code=20):
    held = next((one for one in _states() if one.lgd_code == lgd_code), None)
    return held or written(State(name=name, name_hi="झारखण्ड", lgd_code=lgd_code))


@Composed
def _states():
    return State.objects.all()


def make_district(name, lgd_code, name_hi=""):
    details = {"name": name, "name_hi": name_hi or name, "lgd_code": lgd_code}
    return written(District(state=make_state(), **details))


def make_facility(code, district, **changes):
    details = {"name": f"{code} Hospital", "name_hi": f"{code} अस्पताल", "kind": FacilityKind.SADAR_HOSPITAL}
    return written(Facility(code=code, district=district, **details | changes))


def make_department(facility, code="MED", **changes):
    details = {"name": code.title(), "name_hi": code.title()}
    return written(Department(facility=facility, code=code, **details | changes))


def make_unit(department, name="Unit 1", **changes):
    """A unit with a room of its own that sits every day."""
    room = Room(facility=department.facility, number=str(next(_numbers)))
    details = {"name_hi": name, "clinic_days": EVERY_DAY, "room": room}
    unit = Unit(facility=department.facility, department=department, name=name, **details | changes)
    return written(unit, room)


def make_person(name, role, place, **changes):
    """Somebody with a login and one posting, at the hospital, district or state that the role works for."""
    details = {"username": f"{name.lower()}.{next(_numbers)}", "password": _kept(PASSWORD), "language": "en"}
    user = User(name=name, **details | changes)
    field = {Reach.FACILITY: "facility", Reach.DISTRICT: "district", Reach.STATE: "state"}
    where = {field[ROLES[role].reach]: place}
    posting = Posting(user=user, role=role, starts_on=date(2020, 1, 1), **where)
    write(user, posting)
    user.current_postings = user._placed([posting])  # as if looked up now: threads share the person
    return _at_the_drawer(user) if role == Role.CLERK else user


@cache
def _kept(password):
    return make_password(password)


def post(user, role, *, starts_on=date(2020, 1, 1), **details):
    """One more posting of this person; the next look at them sees it."""
    posting = Posting.objects.create(user=user, role=role, starts_on=starts_on, **details)
    user.__dict__.pop("current_postings", None)
    user.__dict__.pop("posting", None)
    assert user.posting  # looked up now: threads share the person
    return posting


def make_clerk(name, facility):
    """A clerk whose shift is open, with money for change."""
    return make_person(name, Role.CLERK, facility)


def make_cashier(name, facility):
    """A cashier whose shift is open, with money for change."""
    return _at_the_drawer(make_person(name, Role.CASHIER, facility))


def _at_the_drawer(person):
    shift = Shift(
        facility=person.posting.facility,
        cashier=person,
        opened_at=timezone.now(),
        opening_float=Decimal("1000.00"),
    )
    moved = of_opening(shift.opening_float)
    write(shift, *entries(moved, about=shift, facility_id=shift.facility_id, at=shift.opened_at))
    return person


def make_doctor(name, facility):
    return make_person(name, Role.DOCTOR, facility)


def make_nurse(name, facility):
    return make_person(name, Role.NURSE, facility)


def make_sheet(facility, uploaded_by, *rows):
    """A sheet of staff as it was uploaded; without rows of its own it brings one new nurse."""
    given = rows or [{"username": f"new.{next(_numbers)}", "name": "New Nurse", "role": "nurse"}]
    numbered = [
        {"row": str(line), "facility": facility.code} | row for line, row in enumerate(given, start=2)
    ]
    return StaffImport.objects.create(
        facility=facility,
        filename="staff.csv",
        rows=numbered,
        uploaded_by=uploaded_by,
        uploaded_at=timezone.now(),
    )
