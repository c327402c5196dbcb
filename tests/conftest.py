"""The named people and places of every test, and the broker that never answers."""

import gc
import os
import socket
from datetime import datetime
from pathlib import Path
from time import monotonic, thread_time
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from celery import current_app
from django.core.management import call_command
from django.db import connection
from django.template import Template
from django.test import TransactionTestCase
from django.test.signals import template_rendered
from django.test.testcases import LiveServerThread
from django.utils import timezone, translation

from facilities.models import FacilityKind
from facilities.roles import Role
from hmis.kernel import bell, facts, recent, scope
from lab import content
from lab.management.commands import load_tests
from lab.models import AnalyteDefinition
from patients.models import ContentKind
from patients.services.content import load_edition
from tests.factories import hearing, laid_aside, network, sessions
from tests.factories.billing import make_invoice
from tests.factories.casualty import make_beds, make_emergency
from tests.factories.emptying import empty_tables, hang_up
from tests.factories.facilities import (
    make_cashier,
    make_clerk,
    make_department,
    make_district,
    make_doctor,
    make_facility,
    make_nurse,
    make_person,
    make_state,
    make_unit,
)
from tests.factories.ipd import admit, beds_in, make_ward
from tests.factories.lab import LIST, load_list
from tests.factories.patients import make_encounter, make_patient
from tests.factories.ports import free_port
from tests.factories.readable import only_readable
from tests.factories.server import Server

# An example that a busy machine held up is no fault.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

# A Wednesday of the financial year 2026–27, noon in India.
NOON = datetime(2026, 7, 22, 12, 0, tzinfo=ZoneInfo("Asia/Kolkata"))

network.stay_here()


SERVED = {"transactional_db", "live_server"}


def pytest_collection_modifyitems(items):
    """The long ones first, so that neither worker waits for the other's last; quick ones end it.

    Whoever empties the tables still comes after those who only undo.
    """

    def rank(item):
        asks = item.get_closest_marker("django_db")
        empties = SERVED & set(item.fixturenames) or (asks and asks.kwargs.get("transaction"))
        slow = item.get_closest_marker("slow")
        if empties:
            return 2 if slow else 3
        return 0 if slow else 1 if asks or "db" in item.fixturenames else 4

    items.sort(key=rank)


def pytest_collection_finish():
    """Twelve thousand tests are no garbage: looking through them took a fifth of the suite."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def for_all():
    """What is put in the place of something else for all tests of a worker."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session", autouse=True)
def _quick_flush(for_all):
    for_all.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)


@pytest.fixture(scope="session", autouse=True)
def _kept_lines(for_all):
    """A test that has committed leaves its line to the next one: a new one plans and prepares all anew."""

    def reload(_test):
        connection.close_if_unusable_or_obsolete()
        return False

    for_all.setattr(TransactionTestCase, "_should_reload_connections", reload)


@pytest.fixture(scope="session", autouse=True)
def _whole_pages(for_all, django_test_environment):
    """A test looks into the context of a page; Django would keep a copy of those of its forty parts, too."""

    def render(template, context):
        if context.template is template:
            template_rendered.send(sender=template, template=template, context=context)
        return template.nodelist.render(context)

    for_all.setattr(Template, "_render", render)


@pytest.fixture(scope="session", autouse=True)
def _quick_login(for_all):
    """Some thousand tests log somebody in."""
    sessions.quick_login(for_all)


EVERYBODY_ELSE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session", autouse=True)
def _own_server(for_all):
    """Ours for whoever asks first for the live server; the tests of a worker share it."""
    for_all.setattr(LiveServerThread, "server_class", Server)


@pytest.fixture(scope="session", autouse=True)
def _only_readable(for_all):
    """Nothing is written down that the audit's screen could not say in words."""
    for_all.setattr(facts, "rows", only_readable(facts.rows))


@pytest.fixture(scope="session")
def copied(request, django_db_modify_db_settings, django_db_blocker):
    """Whether this worker's database is a copy of the one that `make test` has made ready for all of them."""
    worker = getattr(request.config, "workerinput", {}).get("workerid")
    if not worker or "COPY_DATABASE" not in os.environ:
        return False
    own = connection.settings_dict["TEST"]["NAME"]
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {own}")
        cursor.execute(f"CREATE DATABASE {own} TEMPLATE {own.removesuffix(f'_{worker}')}")
    return True


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb, copied):
    """What was copied is taken as it is."""
    return django_db_keepdb or copied


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, copied):
    """The test database. A server thread may outlive its last test: its line is cut before the drop."""
    if not copied:
        _load_what_is_known(django_db_blocker)
    yield
    hang_up()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(EVERYBODY_ELSE)


def _load_what_is_known(django_db_blocker):
    with django_db_blocker.unblock(), scope.within(scope.everywhere()):
        call_command("load_formulary", verbosity=0)
        for kind in content.KINDS:
            if kind != ContentKind.LAB_TEST:
                load_edition(kind, at=timezone.now())
        with load_tests.changing(AnalyteDefinition, "position") as analytes:
            load_tests.give_places(analytes, "analytes.csv")
        laid_aside.lay_aside(load_list, LIST)
        empty_tables()


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole hospital: the tests of the group `hospital` open it one after the other."""
    return tmp_path_factory.mktemp("hospital") / "var"


@pytest.fixture(scope="session", autouse=True)
def _prepares_everywhere():
    """What several tests share is prepared at all hospitals."""
    with scope.within(scope.everywhere()):
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """What a module prepares once begins with nothing in mind, too: no hospital of the test before."""
    recent.forget()


@pytest.fixture
def reads_anew(settings):
    """Nothing is kept in mind at all: the test changes what a process keeps for some seconds."""
    settings.RECENT_SECONDS = 0


@pytest.fixture(autouse=True)
def _of_its_own():
    """Nothing is in mind from before; all hospitals are looked at; English is spoken.

    Each request and each act in a test has its own person's reach, and tests' people have chosen English too.
    """
    recent.forget()
    with scope.within(scope.everywhere()), translation.override("en"):
        yield


# ── Places ──


@pytest.fixture
def ranchi(db):
    return make_district("Ranchi", 364, "राँची")


@pytest.fixture
def gumla(db):
    return make_district("Gumla", 356, "गुमला")


@pytest.fixture
def rims(ranchi):
    """The medical college where Asha is treated."""
    kind = FacilityKind.MEDICAL_COLLEGE
    return make_facility("RIMS", ranchi, name="RIMS Ranchi", name_hi="रिम्स राँची", kind=kind)


@pytest.fixture
def sgml(gumla):
    """Another hospital: its people must see nothing of RIMS."""
    return make_facility("SGML", gumla, name="Sadar Hospital Gumla", name_hi="सदर अस्पताल गुमला")


@pytest.fixture
def med(rims):
    """Medicine at RIMS; a slip costs ₹5 and is valid for 15 days."""
    return make_department(rims, "MED", name="Medicine", name_hi="मेडिसिन")


@pytest.fixture
def unit(med):
    """Medicine's unit, open every day, with a room."""
    return make_unit(med)


@pytest.fixture
def emer(rims):
    """The emergency department of RIMS."""
    return make_emergency(rims)


@pytest.fixture
def beds(emer):
    """Its two observation beds."""
    return make_beds(emer)


@pytest.fixture
def sgml_med(sgml):
    """Medicine at SGML, with a unit open every day."""
    department = make_department(sgml, "MED", name="Medicine", name_hi="मेडिसिन")
    make_unit(department)
    return department


@pytest.fixture
def ward(med):
    """A ward of Medicine: four beds and a mattress on the floor."""
    return make_ward(med)


@pytest.fixture
def sgml_ward(sgml_med):
    """A ward of Medicine at SGML."""
    return make_ward(sgml_med)


# ── People ──


@pytest.fixture
def asha(rims):
    """A patient of RIMS."""
    return make_patient(rims)


@pytest.fixture
def bose(rims):
    """A doctor at RIMS."""
    return make_doctor("Bose", rims)


@pytest.fixture
def clara(rims):
    """A nurse at RIMS."""
    return make_nurse("Clara", rims)


@pytest.fixture
def dev(rims):
    """A cashier at RIMS."""
    return make_cashier("Dev", rims)


@pytest.fixture
def kavita(rims):
    """A clerk at RIMS."""
    return make_clerk("Kavita", rims)


@pytest.fixture
def esha(sgml):
    """A doctor at SGML."""
    return make_doctor("Esha", sgml)


@pytest.fixture
def farid(sgml):
    """A cashier at SGML."""
    return make_cashier("Farid", sgml)


@pytest.fixture
def gopal(sgml):
    """A clerk at SGML."""
    return make_clerk("Gopal", sgml)


@pytest.fixture
def hari(gumla):
    """The administrator of Gumla district."""
    return make_person("Hari", Role.DISTRICT_ADMIN, gumla)


@pytest.fixture
def indu(db):
    """The administrator of the state."""
    return make_person("Indu", Role.STATE_ADMIN, make_state())


# ── Money ──


@pytest.fixture
def encounter(asha, med):
    """Asha's visit to Medicine."""
    return make_encounter(asha, med)


@pytest.fixture
def invoice(encounter, kavita):
    """₹1,000.00 that Asha owes RIMS."""
    return make_invoice(encounter, kavita)


# ── Wards ──


@pytest.fixture
def admitted(asha, ward, clara):
    """Asha in the first bed of the ward."""
    return admit(asha, beds_in(ward)[0], clara)


@pytest.fixture
def admission(admitted):
    """Her admission."""
    return admitted.admission


# ── Who hears, and a broker that does not answer ──


@pytest.fixture
def heard(monkeypatch):
    """The ids that a listener of payments was told; no other listener hears of payments meanwhile."""
    monkeypatch.setitem(facts._listeners, "billing.payment_taken", ["tests.factories.hearing.hear"])
    hearing.heard.clear()
    return hearing.heard


@pytest.fixture
def broker_at(monkeypatch, settings):
    """Points the bell and the health page at another broker, by its port."""

    def point(port):
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        monkeypatch.setattr(current_app.conf, "broker_url", settings.REDIS_URL)
        monkeypatch.setattr(facts, "_quiet_until", 0.0)
        bell._connection.cache_clear()

    yield point
    bell._connection.cache_clear()


@pytest.fixture
def hanging_broker(broker_at):
    """A broker that accepts every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(2)
        broker_at(listening.getsockname()[1])
        yield listening


@pytest.fixture
def absent_broker(broker_at):
    """No broker at all: the connection is refused."""
    broker_at(free_port())


@pytest.fixture
def rings(monkeypatch):
    """The seconds that each ring of the bell kept its act waiting; what it computed is not waited for."""
    waits, ring = [], bell.ring

    def timed(*task):
        began, worked = monotonic(), thread_time()
        try:
            ring(*task)
        finally:
            waits.append(monotonic() - began - (thread_time() - worked))

    monkeypatch.setattr(bell, "ring", timed)
    return waits


# ── The application's own role ──


@pytest.fixture
def durable_line(db):
    """Commits of this transaction wait for the disk, as a hospital's do and other tests' do not."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")


@pytest.fixture
def as_application(db, settings):
    """The connection acts with the rights of the application's role, as it does in a hospital."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {settings.DATABASE_APP_ROLE}")
    yield settings.DATABASE_APP_ROLE
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
