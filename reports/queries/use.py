"""Which modules the hospitals use, read from the audit: acts of people, no more (docs/adr/0394)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from facilities.models import Facility
from hmis.kernel.models import AuditEntry
from reports.models import ModuleUse
from reports.states import Module

# How the facts of each module begin; of two that fit, the longer counts.
ACTS = {
    "opd.": Module.OPD,
    "patients.patient_registered": Module.OPD,
    "patients.newborn_registered": Module.OPD,
    "opd.consultation_": Module.ROOM,
    "patients.note_": Module.ROOM,
    "patients.condition_": Module.ROOM,
    "patients.medicine_": Module.ROOM,
    "patients.certificate_": Module.ROOM,
    "patients.medicine_dispensed": Module.COUNTER,
    "lab.": Module.LAB,
    "ipd.": Module.IPD,
    "billing.": Module.BILLING,
}
LONGEST_FIRST = sorted(ACTS, key=len, reverse=True)
# How facts end that tell of looking, taking out or being refused: none of them is work.
NO_WORK = ("_viewed", "_exported", "_printed", "_searched", "_refused", "_offered", "opd.patient_opened")
# A row of an older day is shown for so long when the worker stood still.
SHOWN_FOR = timedelta(days=7)

Acts = dict[tuple[str, date], tuple[int, set[UUID]]]


def module_of(name: str) -> str | None:
    """The module that a fact of this name is work in; None for a look, a paper, a login."""
    if name.endswith(NO_WORK):
        return None
    return next((ACTS[start] for start in LONGEST_FIRST if name.startswith(start)), None)


def acts_of(facility_id: UUID, first: date, last: date) -> Acts:
    """(module, day) → how many acts of people there were at this hospital, and whose."""
    moments = [
        timezone.make_aware(datetime.combine(day, time.min)) for day in (first, last + timedelta(days=1))
    ]
    done = AuditEntry.objects.filter(facility_id=facility_id, actor__isnull=False)
    done = done.filter(at__gte=moments[0], at__lt=moments[1])
    kinds = done.annotate(day=TruncDate("at")).values_list("day", "name", "actor_id")
    found: dict[tuple[str, date], tuple[int, set[UUID]]] = defaultdict(lambda: (0, set()))
    for day, name, actor_id, acts in kinds.annotate(acts=Count("pk")).order_by():
        module = module_of(name)
        if module:
            count, people = found[module, day]
            found[module, day] = (count + acts, people | {actor_id})
    return dict(found)


def latest_use(facilities: Sequence[Facility], today: date) -> dict[tuple[UUID, str], ModuleUse]:
    """(hospital, module) → its newest count of the last week."""
    kept = ModuleUse.objects.filter(facility__in=facilities, day__gt=today - SHOWN_FOR, day__lte=today)
    newest = kept.order_by("facility_id", "module", "-day").distinct("facility_id", "module")
    return {(one.facility_id, one.module): one for one in newest.defer("people")}
