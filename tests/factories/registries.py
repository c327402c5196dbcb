"""The registries, made plainly."""

from itertools import count

from django.utils import timezone

from facilities.roles import Role
from reports.models import RegistryEntry, RegistryImport
from reports.states import Ownership, RegistryKind
from tests.factories.facilities import make_person

# Of one length, so that names stand in the order in which they were given.
_numbers = count(1001)


def make_entry(district=None, *, facility=None, **changes):
    """A facility on the list: a private nursing home of the district, or a hospital of ours."""
    described = {
        "name": f"Nursing Home {next(_numbers)}",
        "kind": RegistryKind.NURSING_HOME,
        "ownership": Ownership.PRIVATE,
        "district": district,
    }
    details = {"facility": facility} if facility else described
    return RegistryEntry.objects.create(**details | changes)


def make_registry_import(district, *rows, uploaded_by=None):
    """A sheet of facilities as the district's office sent it; without rows of its own it brings one."""
    row = {"name": f"Clinic {next(_numbers)}", "kind": "clinic", "ownership": "private"}
    given = rows or [row | {"district": district.name}]
    return RegistryImport.objects.create(
        district=district,
        filename="facilities.csv",
        rows=[{"row": str(line)} | one for line, one in enumerate(given, start=2)],
        uploaded_by=uploaded_by or make_person("Office", Role.DISTRICT_ADMIN, district),
        uploaded_at=timezone.now(),
    )
