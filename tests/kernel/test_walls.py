"""The second wall: what PostgreSQL shows of a hospital's rows, whatever the ORM asks for."""

from functools import partial
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, Payment
from billing.services import Offer
from billing.states import PaymentMode
from facilities.models import Department, Unit
from hmis.kernel import facts, scope, walls
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.acts import act
from hmis.kernel.models import Delivery, IssuedDocument
from opd.models import ClinicDay, QueueToken
from opd.services import Visit, register_visit
from patients.models import ClinicalNote, Condition, Encounter, NoteAddendum, NoteSignature, Observation
from patients.models.person import PatientQuerySet
from patients.services import add_addendum
from tests.factories.casualty import come, make_beds, make_emergency
from tests.factories.chart import make_observation
from tests.factories.facilities import make_department, make_facility, make_nurse, make_unit
from tests.factories.notes import make_condition, make_signed_note
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient

BOUND = walls.bound_models()
STATE_WIDE = {"Patient", "PatientIdentifier", "RelatedPerson", "Posting", "RequestKey"}
# An allergy goes with its patient (docs/adr/0231).
STATE_WIDE |= {"AllergyIntolerance"}
# Read by others too, written by their hospital alone: an open chart's rows, and what every paper names.
CHARTED = {
    "Admission",
    "DiagnosticReport",
    "ResultLine",
    "ServiceRequest",
    "Specimen",
    "Encounter",
    "Observation",
    "Condition",
    "ClinicalNote",
    "NoteSignature",
    "NoteAddendum",
    "MedicationRequest",
    "DetectedIssue",
    "MedicationDispense",
    # The ward's rounds.
    "MedicationHold",
    "Procedure",
    "Opinion",
    "EarlyWarning",
    "WarningAnswer",
}
KNOWN = {"Department", "DeathNotice", "MergeRecord"}


def hospitals_in(model):
    """The hospitals whose rows PostgreSQL shows of this model, without a filter of ours."""
    return set(model._base_manager.values_list("facility_id", flat=True)) - {None}


def at_work(person):
    return scope.within(scope.reading(person))


def a_day_at(department, clerk):
    """A patient with a paid visit, and somebody unknown in a bed of the casualty department."""
    facility = department.facility
    who = make_patient(facility, phone="9431100007")
    register_visit(
        visit=Visit(department=department, offer=Offer(PaymentMode.CASH)),
        patient=who,
        request_key=uuid4(),
        actor=clerk,
        at=timezone.now(),
    )
    emergency = make_emergency(facility)
    come(
        emergency,
        make_nurse(f"Nurse {facility.code}", facility),
        at=timezone.now(),
        bed=make_beds(emergency)[0],
    )
    return who


@pytest.fixture
def two_hospitals(med, unit, sgml_med, kavita, gopal):
    """A morning at RIMS and one at SGML."""
    a_day_at(med, kavita)
    a_day_at(sgml_med, gopal)


# ── Which tables ──


def test_a_table_that_bears_a_hospital_stands_behind_the_wall_or_says_why():
    bearing = {
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and "facility_id" in {field.column for field in model._meta.concrete_fields}
    }
    outside = {walls.model_behind(model) for model in bearing - set(BOUND)}

    assert {model.__name__ for model in outside} == STATE_WIDE
    assert all(len(model.read_everywhere.split()) > 5 for model in outside)


def test_the_wall_stands_and_holds_the_owner_too(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity, relforcerowsecurity, count(polname) FROM pg_class"
            " LEFT JOIN pg_policy ON polrelid = pg_class.oid GROUP BY 1, 2, 3"
        )
        standing = {table: wall for table, *wall in cursor.fetchall()}
    for model in BOUND:
        others = model.__name__ in CHARTED | KNOWN
        assert standing[model._meta.db_table] == [True, True, 1 + others], model


# ── Without the ORM's filters ──


def test_without_a_filter_one_hospital_is_seen_and_without_a_word_none(two_hospitals, rims, sgml, kavita):
    filled = [
        model for model in BOUND if hospitals_in(model) == {rims.pk, sgml.pk} and model.__name__ not in KNOWN
    ]
    for model in filled:
        with at_work(kavita):
            assert hospitals_in(model) == {rims.pk}, model
        with scope.within(scope.NOBODY):
            assert hospitals_in(model) == set(), model
            assert not model._base_manager.exists(), model

    names = {model.__name__ for model in filled}
    assert {"Encounter", "Payment", "Invoice", "QueueToken", "BedStay", "AuditEntry"} <= names
    assert {"IssuedDocument", "NumberSeries", "EncounterHistoryevent", "CasualtyArrival"} <= names


def test_so_it_is_for_the_applications_role(two_hospitals, as_application, rims, sgml, kavita):
    assert hospitals_in(Payment) == {rims.pk, sgml.pk}
    with at_work(kavita):
        assert hospitals_in(Payment) == {rims.pk}
    with scope.within(scope.NOBODY):
        assert not Payment.objects.exists()


def test_raw_sql_sees_no_more(two_hospitals, sgml, kavita):
    with at_work(kavita), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM billing_payment WHERE facility_id = %s", [sgml.pk])
        assert cursor.fetchone() == (0,)


@pytest.fixture
def no_filters(monkeypatch):
    """`visible_to` is forgotten everywhere."""
    for queryset in (ScopedQuerySet, PatientQuerySet):
        monkeypatch.setattr(queryset, "visible_to", lambda self, user: self.all())


def browser_of(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    ("page", "model"),
    [
        ("opd:registration_detail", Encounter),
        ("billing:invoice_detail", Invoice),
        ("opd:clinicday_detail", ClinicDay),
    ],
)
def test_a_page_that_forgets_its_filter_shows_the_own_hospital_only(
    two_hospitals, no_filters, rims, sgml, dev, bose, kavita, page, model
):
    here, there = (model._base_manager.filter(facility=place).first() for place in (rims, sgml))
    answers = {
        one.facility.code: {
            browser_of(who).get(reverse(page, args=[one.pk])).status_code for who in (dev, bose, kavita)
        }
        for one in (here, there)
    }

    assert 200 in answers["RIMS"]
    assert answers["SGML"] <= {403, 404}


def test_the_api_that_forgets_its_filter_lists_the_own_hospital_only(
    two_hospitals, no_filters, kavita, gopal
):
    for clerk, code in ((kavita, "RIMS"), (gopal, "SGML")):
        own = str(clerk.posting.facility_id)
        found = browser_of(clerk).get("/api/v1/opd-registrations/").json()["results"]
        assert len(found) == 1
        mine = set(map(str, Encounter.objects.filter(facility_id=own).values_list("pk", flat=True)))
        assert {one["id"] for one in found} <= mine, code


# ── Writing ──


def test_no_row_is_written_for_another_hospital(two_hospitals, sgml, kavita):
    with (
        at_work(kavita),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        Department.objects.create(facility=sgml, code="XX", name="X", name_hi="X", position=5)


def test_no_row_is_given_away_or_taken(two_hospitals, rims, sgml, kavita):
    with at_work(kavita):
        assert QueueToken.objects.filter(facility=sgml).update(number=99) == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            QueueToken.objects.update(facility=sgml)


@act
def count_payments(*, actor):
    return hospitals_in(Payment)


def test_an_act_reaches_as_far_as_its_actor(two_hospitals, rims, sgml, kavita, gopal, hari, indu):
    assert count_payments(actor=kavita) == {rims.pk}
    assert count_payments(actor=gopal) == {sgml.pk}
    assert count_payments(actor=hari) == {sgml.pk}  # the district of Gumla
    assert count_payments(actor=indu) == {rims.pk, sgml.pk}


def test_a_district_reaches_all_its_hospitals(two_hospitals, gumla, rims, sgml, hari):
    second = make_facility("GUMB", gumla, name="CHC Basia", name_hi="सीएचसी बसिया")
    make_unit(make_department(second))
    with at_work(hari):
        assert hospitals_in(Unit) == {sgml.pk, second.pk}


def test_an_act_of_the_system_reaches_what_its_caller_does(two_hospitals, rims, kavita):
    with at_work(kavita):
        assert count_payments(actor=None) == {rims.pk}
    with scope.within(scope.NOBODY):
        assert count_payments(actor=None) == set()


# ── The word holds for its transaction ──


def setting(name="hmis.reach"):
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")  # no word is said with what reads no rows
        cursor.execute(f"SHOW {name}")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_behind_for_whoever_comes_next(two_hospitals, rims, kavita):
    count_payments(actor=kavita)
    with at_work(kavita):
        assert hospitals_in(Payment) == {rims.pk}
        assert setting() == ""
    with scope.within(scope.NOBODY):
        assert hospitals_in(Payment) == set()


def test_what_is_rolled_back_takes_no_word_with_it(two_hospitals, rims, sgml, kavita):
    with at_work(kavita):
        sid = transaction.savepoint()
        assert hospitals_in(Payment) == {rims.pk}
        transaction.savepoint_rollback(sid)
        assert hospitals_in(Payment) == {rims.pk}
    assert hospitals_in(Payment) == {rims.pk, sgml.pk}


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.django_db(transaction=True)
def test_a_cursor_of_the_server_is_held_to_it(two_hospitals, rims, kavita, together):
    def read():
        return {one.facility_id for one in Payment._base_manager.iterator(chunk_size=1)}

    with at_work(kavita):
        if together:
            with transaction.atomic():
                assert read() == {rims.pk}
        else:
            assert read() == {rims.pk}
            assert connection.get_autocommit()
            assert hospitals_in(Payment) == {rims.pk}


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_hear_each_other(two_hospitals, rims, sgml, kavita, gopal):
    def look(person):
        with at_work(person):
            return [hospitals_in(Payment) for _ in range(20)]

    mine, theirs = all_at_once([partial(look, kavita), partial(look, gopal)])

    assert mine == [{rims.pk}] * 20
    assert theirs == [{sgml.pk}] * 20


def test_a_file_that_is_sent_after_the_request_is_read_in_its_reach(two_hospitals, rims, kavita):
    with at_work(kavita):
        rows = scope.carried(one.facility_id for one in Payment._base_manager.all())
    with scope.within(scope.NOBODY):
        assert set(rows) == {rims.pk}
        assert scope.current() == scope.NOBODY


def test_a_listener_reaches_the_hospital_of_its_fact_only(two_hospitals, monkeypatch, rims, sgml):
    seen = {}

    def listen(about_id):
        (place,) = hospitals_in(Payment)
        seen[place] = about_id

    monkeypatch.setattr(facts, "import_string", lambda _: listen)
    Delivery.objects.exclude(listener="billing.tasks.render_receipt").delete()
    Delivery.objects.update(due_at=timezone.now())
    facts.sweep()

    assert seen == {one.facility_id: one.pk for one in Payment.objects.all()}


# ── Putting it up ──


def ddl_of(act):
    with CaptureQueriesContext(connection) as asked:
        act()
    return [one["sql"] for one in asked.captured_queries if "ALTER" in one["sql"] or "POLICY" in one["sql"]]


def put_up():
    with connection.cursor() as cursor:
        walls.put_up(cursor, set(connection.introspection.table_names(cursor)))


def test_a_wall_that_stands_is_left_alone(db):
    assert ddl_of(put_up) == []


@pytest.mark.parametrize(
    "harm",
    [
        "ALTER TABLE billing_payment NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE billing_payment DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_the_hospital ON billing_payment",
        "COMMENT ON POLICY of_the_hospital ON billing_payment IS 'of an older version'",
    ],
)
def test_a_broken_wall_is_mended_and_the_others_are_left(two_hospitals, rims, kavita, harm):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(harm)
    changed = ddl_of(put_up)

    assert changed
    assert all("billing_payment" in one for one in changed)
    with at_work(kavita):
        assert hospitals_in(Payment) == {rims.pk}


def test_a_table_that_becomes_the_states_loses_its_wall(two_hospitals, monkeypatch, rims, sgml, kavita):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    monkeypatch.setattr(Payment, "read_everywhere", "Tested.")
    put_up()

    with at_work(kavita):
        assert hospitals_in(Payment) == {rims.pk, sgml.pk}


def test_the_owner_passes_for_a_copy_and_no_longer(two_hospitals, rims, sgml):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with scope.within(scope.NOBODY):
        with walls.owner_passes("billing_payment"):
            assert hospitals_in(Payment) == {rims.pk, sgml.pk}
        assert hospitals_in(Payment) == set()


# ── An open chart ──


@pytest.fixture
def treated_in_both(encounter, bose, sgml_med, esha):
    """Asha's chart: a signed note, a diagnosis and a pulse at RIMS, and her slip of today at SGML."""
    note = make_signed_note(encounter, bose)
    add_addendum(note=note, reason="more", text="more", request_key=uuid4(), actor=bose, at=timezone.now())
    make_condition(encounter, bose)
    make_observation(encounter, bose)
    return make_encounter(encounter.patient, sgml_med)


CLINICAL = [Encounter, Observation, Condition, ClinicalNote, NoteSignature, NoteAddendum]


def test_an_open_chart_is_read_from_every_hospital_and_no_other_patients(
    treated_in_both, encounter, rims, med, sgml, esha, asha, bose
):
    other = make_encounter(make_patient(rims, name="Other"), med)
    make_observation(other, bose)
    with at_work(esha):
        assert [hospitals_in(model) for model in CLINICAL] == [{sgml.pk}, *[set()] * 5]
        with scope.within(scope.with_charts([asha.pk])):
            seen = [set(model._base_manager.values_list("patient_id", flat=True)) for model in CLINICAL]
            assert seen == [{asha.pk}] * len(CLINICAL)
            assert str(Encounter.objects.select_related("department").get(pk=encounter.pk).department)
            assert hospitals_in(IssuedDocument) == set()  # papers are their hospital's


def test_an_open_chart_is_read_and_not_written(treated_in_both, encounter, esha, asha):
    with at_work(esha), scope.within(scope.with_charts([asha.pk])):
        assert Condition.objects.filter(facility=encounter.facility).update(is_main=True) == 0
        assert Encounter.objects.filter(pk=encounter.pk).select_for_update().first() is None
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            make_observation(encounter, esha)


def test_a_chart_stays_open_in_the_acts_of_who_reads_it(treated_in_both, encounter, esha, asha):
    @act
    def count(*, actor):
        return Condition.objects.count()

    with at_work(esha):
        assert count(actor=esha) == 0
        with scope.within(scope.with_charts([asha.pk])):
            assert count(actor=esha) == 1


def test_nobodys_chart_is_open_to_nobody(treated_in_both, asha):
    with scope.within(scope.NOBODY):
        assert [hospitals_in(model) for model in CLINICAL] == [set()] * len(CLINICAL)
        assert not Department.objects.exists()
