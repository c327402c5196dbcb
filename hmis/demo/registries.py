"""The demo's list of facilities: every hospital of the state, and a few private ones."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from facilities.models import District, User
from reports import services
from reports.models import RegistryEntry
from reports.states import Ownership, RegistryKind

# (name, kind, district, officer, due in so many days)
PRIVATE = (
    ("Shanti Nursing Home", RegistryKind.NURSING_HOME, "Ranchi", "Dr. Anil Oraon", -5),
    ("Jeevan Diagnostic Centre", RegistryKind.LABORATORY, "Ranchi", "Dr. Anil Oraon", 4),
    ("Asha Clinic", RegistryKind.CLINIC, "Gumla", "Smt. Sunita Kujur", 20),
)


def seed_registries(now: datetime) -> None:
    """Enter the hospitals and the private ones; nothing where somebody has begun."""
    if RegistryEntry.objects.exists():
        return
    services.enter_hospitals(actor=None, at=now)
    person = User.objects.get(username="state_admin.jh")
    person.work_as(str(person.postings.get().pk))
    today = timezone.localdate(now)
    for name, kind, district, officer, days in PRIVATE:
        services.add_entry(
            details={
                "name": name,
                "kind": kind,
                "ownership": Ownership.PRIVATE,
                "district": District.objects.get(name=district),
                "owner": officer,
                "due_on": today + timedelta(days=days),
            },
            request_key=uuid4(),
            actor=person,
            at=now,
        )
