"""Registers by the API: what the pages say, to whoever may see it."""

import pytest

from facilities.roles import Role
from hmis.kernel.models import AuditEntry
from tests.conftest import NOON
from tests.factories.facilities import make_person
from tests.factories.notes import make_condition, make_signed_note
from tests.factories.patients import make_encounter, make_patient

pytestmark = pytest.mark.django_db
JULY = {"begins": "2026-07-01", "ends": "2026-07-31"}


@pytest.fixture
def here(client, rims):
    client.force_login(make_person("Rekha", Role.RECORDS_OFFICER, rims))
    return client


def test_the_registers_that_somebody_may_read(here, client, hari):
    assert [one["code"] for one in here.get("/api/v1/registers/").json()] == ["opd", "idsp-p"]
    client.force_login(hari)
    assert [one["code"] for one in client.get("/api/v1/registers/").json()] == ["idsp-p"]
    assert client.get("/api/v1/registers/opd/", JULY).status_code == 403


def test_the_opd_register_page_by_page(asha, med, rims, here):
    make_encounter(asha, med, at=NOON)
    make_encounter(make_patient(rims, name="Budhni"), med, at=NOON)
    first = here.get("/api/v1/registers/opd/", JULY | {"page_size": "1"}).json()
    second = here.get(first["next"]).json()
    assert [one["name"] for page in (first, second) for one in page["results"]] == ["Budhni", asha.name]
    assert AuditEntry.objects.filter(name="reports.register_exported", detail__form="json").count() == 2


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"begins": "x", "ends": "2026-07-31"},
        {"begins": "2026-07-31", "ends": "2026-07-01"},
        {"begins": "2020-01-01", "ends": "2026-07-01"},
        JULY | {"facility": "SGML"},
    ],
)
def test_days_that_are_none_are_refused(here, asked):
    assert here.get("/api/v1/registers/opd/", asked).status_code == 400


def test_form_p_of_a_week(asha, med, bose, here, client, ranchi):
    encounter = make_encounter(asha, med, at=NOON)
    make_condition(encounter, bose, "B54", at=NOON)
    make_signed_note(encounter, bose, at=NOON)

    def malaria():
        form = client.get("/api/v1/registers/idsp-p/", {"day": "2026-07-22"}).json()
        return form["begins"], form["is_masked"], form["lines"][4]["total"]

    assert malaria() == ("2026-07-20", False, 1)
    client.force_login(make_person("Oraon", Role.DISTRICT_ADMIN, ranchi))
    assert malaria() == ("2026-07-20", True, None)
