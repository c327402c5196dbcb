"""Some days of use of the hospitals are as the services would have written them."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from billing.models import LedgerEntry, Payment
from billing.states import Account
from facilities.models import Facility, User
from hmis.demo import use
from hmis.demo.use import illnesses
from hmis.demo.use.ways import OUTBREAK, OUTBREAK_DAYS, SILENT, SILENT_DAYS
from hmis.kernel import scope, verifying
from hmis.kernel.numbering import INDIA
from opd.models import ClinicDay, QueueToken
from patients.models import Condition, Encounter
from reports.models import DailyFigure
from reports.services import follow_facts

pytestmark = pytest.mark.xdist_group("use")  # written once

DAYS, VISITS, SEED = 14, 60, 7
PLACES = ("RIMS", OUTBREAK, SILENT)
LOADED = ("load_jharkhand", "load_schemes", "load_services", "load_tests", "load_note_templates")


# What happens in two weeks hangs on season, weekday and hour: on any day the dice fall as on this one.
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=INDIA)


@pytest.fixture(scope="module", autouse=True)
def _then():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture(scope="module")
def _used(_then, django_db_setup, django_db_blocker):
    """Two weeks at three hospitals, written once for the tests below and taken back after the last."""
    with django_db_blocker.unblock(), scope.within(scope.everywhere()), transaction.atomic():
        for command in LOADED:
            call_command(command, verbosity=0)
        Facility.objects.exclude(code__in=PLACES).delete()
        call_command("seed_load", days=DAYS, visits=VISITS, seed=SEED, verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def _read(_used, django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.mark.usefixtures("_read")
@pytest.mark.parametrize("rule", verifying.rules(), ids=lambda rule: rule.name)
def test_verify_finds_nothing_wrong(rule):
    assert [str(fault) for fault in rule.faults()] == []


@pytest.mark.usefixtures("_read")
@pytest.mark.parametrize("model", use.WRITTEN)
def test_every_row_keeps_every_rule_of_its_table(model):
    linked = {field.name for field in model._meta.fields if field.is_relation}
    broken = []
    for row in model._default_manager.all()[:100]:
        empty = {field.name for field in model._meta.fields if not getattr(row, field.attname)}
        try:
            # What they point to and each constraint, the database has looked at.
            row.clean_fields(exclude=linked | empty)
        except ValidationError as error:
            broken.append((row.pk, error.message_dict))

    assert model._default_manager.exists()
    assert broken == []


@pytest.mark.usefixtures("_read")
def test_every_queue_says_how_many_it_has_given_a_number():
    given = Counter(QueueToken.objects.values_list("clinic_day", flat=True))

    assert dict(ClinicDay.objects.values_list("pk", "last_number")) == given


@pytest.mark.usefixtures("_read")
def test_no_drawer_holds_more_than_was_taken():
    cash = sum(Payment.objects.filter(mode="cash").values_list("amount", flat=True))
    moved = Counter()
    for debit, credit, amount in LedgerEntry.objects.values_list("debit", "credit", "amount"):
        moved[debit] += amount
        moved[credit] -= amount

    assert sum(moved.values()) == 0
    assert 0 < moved[Account.CASH] + moved[Account.SAFE] <= cash


@pytest.mark.usefixtures("_read")
def test_nobody_has_used_it_at_godda_for_eight_days():
    last = Encounter.objects.filter(facility__code=SILENT).latest("started_at")

    assert timezone.localdate(last.started_at) == timezone.localdate() - timedelta(days=SILENT_DAYS)


@pytest.mark.usefixtures("_read")
def test_diarrhoea_goes_round_in_sahibganj():
    found = Condition.objects.filter(facility__code=OUTBREAK, code=illnesses.OUTBREAK.code)
    since = timezone.localdate() - timedelta(days=OUTBREAK_DAYS)

    assert found.filter(recorded_on__gt=since).count() > 2 * found.filter(recorded_on__lte=since).count()


@pytest.mark.usefixtures("_read")
def test_the_figures_are_counted_and_no_fact_is_left_to_read():
    visits = DailyFigure.objects.filter(measure="visits").values_list("value", flat=True)

    assert sum(visits) == Encounter.objects.filter(encounter_class="ambulatory").count()
    with transaction.atomic():
        assert follow_facts(at=timezone.now()) == 0


@pytest.mark.usefixtures("_read")
def test_its_people_cannot_log_in():
    made_up = User.objects.filter(username__startswith="use.")

    assert made_up.exists()
    assert not any(one.has_usable_password() for one in made_up)


@pytest.mark.usefixtures("_read")
def test_days_that_were_held_are_left_as_they_are():
    before = Encounter.objects.count(), Payment.objects.count()
    earlier = timezone.now() - timedelta(hours=1)

    assert sum(came for _where, came in use.add_use(3, VISITS, seed=SEED, now=earlier)) == 0
    assert (Encounter.objects.count(), Payment.objects.count()) == before


def test_malaria_comes_after_the_rains():
    dice = Random(1)

    def share(month):
        drawn = [illnesses.drawn_at("MED", month, dice).code for _one in range(2_000)]
        return drawn.count("B54")

    assert share(9) > 4 * share(1)


@pytest.mark.parametrize("illness", illnesses.ILLNESSES, ids=lambda one: one.code)
def test_a_note_says_what_is_signed(illness):
    text = illnesses.consultation_text(illness, 3)

    assert illnesses.coded(illness.code).code == illness.code
    assert illness.complaint in text.sections
    assert len(text.digest) == 64


def test_it_asks_how_many(db):
    with pytest.raises(CommandError, match="How many"):
        call_command("seed_load")
