"""The row of a stay, locked until the act ends: the beds are locked before it (`patients.lock_beds_of`)."""

from hmis.kernel.access import lock
from ipd.models import Admission


def hold(admission: Admission) -> Admission:
    """The admission, locked, also one that is over."""
    return lock(Admission, admission.pk, "facility", "encounter", "patient")
