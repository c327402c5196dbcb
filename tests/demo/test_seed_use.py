"""Some days of use of the hospitals are as the services would have written them."""


import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from facilities.models import Facility
from hmis.demo import use
from hmis.demo.use.ways import OUTBREAK, SILENT
from hmis.kernel import verifying

DAYS, VISITS = 14, 60
PLACES = ("RIMS", OUTBREAK, SILENT)

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def _used(django_db_setup, django_db_blocker):
    """Two weeks at three hospitals, written once for all these tests and taken back after the last."""
    from django.db import connection, transaction

    from hmis.kernel import scope

    with django_db_blocker.unblock(), scope.within(scope.everywhere()), transaction.atomic():
        for command in ("load_jharkhand", "load_schemes", "load_services", "load_tests"):
            call_command(command, verbosity=0)
        call_command("load_note_templates", verbosity=0)
        Facility.objects.exclude(code__in=PLACES).delete()
        call_command("seed_load", days=DAYS, visits=VISITS, verbosity=0)
        yield
        transaction.set_rollback(True)
    connection.close()


@pytest.fixture(autouse=True)
def _reads(_used, django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.mark.parametrize("rule", verifying.rules(), ids=lambda rule: rule.name)
def test_nothing_is_wrong(rule):
    assert [str(fault) for fault in rule.faults()] == []


@pytest.mark.parametrize("model", use.WRITTEN)
def test_every_row_keeps_every_rule_of_its_table(model):
    linked = {field.name for field in model._meta.fields if field.is_relation}
    broken = []
    for row in model._default_manager.all()[:400]:
        try:
            row.clean_fields(exclude=linked)  # what they point to, the database has looked at
            row.validate_constraints()
        except ValidationError as error:
            broken.append((row.pk, error.message_dict))

    assert model._default_manager.exists()
    assert broken == []
