"""An emergency department with observation beds, and somebody who came to it."""

from uuid import uuid4

from facilities.models import Bed, Room, Ward
from hmis.kernel.rows import write
from opd.services import Coming, register_casualty
from opd.states import Triage
from patients.models import Sex
from patients.services import Unknown
from tests.factories.facilities import make_department


def make_emergency(facility):
    return make_department(facility, "EMER", name="Emergency", name_hi="इमरजेंसी", position=1)


def make_beds(department, count=2):
    """An observation ward of this department with one room and so many beds."""
    facility = department.facility
    ward = Ward(facility=facility, department=department, name="Observation", name_hi="निगरानी वार्ड")
    room = Room(facility=facility, ward=ward, number=f"O-{department.code}")
    beds = [Bed(facility=facility, room=room, number=str(n)) for n in range(1, count + 1)]
    write(ward, room, *beds)
    return beds


def come(department, actor, *, at, who=None, key=None, confirm_new=False, **changes):
    """Somebody comes to casualty: an unknown man with a red mark unless said otherwise."""
    return register_casualty(
        who=who or Unknown(Sex.MALE),
        coming=Coming(department=department, **{"triage": Triage.RED} | changes),
        request_key=key or uuid4(),
        actor=actor,
        at=at,
        confirm_new=confirm_new,
    )
