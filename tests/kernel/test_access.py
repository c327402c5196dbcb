"""May this person? Nobody gets the login, a colleague without the right 403, a stranger nothing."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import Invoice
from facilities.models import Facility, Posting, User
from facilities.roles import Role
from hmis.kernel.access import lock, public, requires, signed_in
from hmis.kernel.models import AuditEntry
from tests.factories.billing import make_invoice
from tests.factories.facilities import PASSWORD, make_person, post
from tests.factories.patients import make_encounter, make_patient


@requires("billing.take_payment")
def counter(request):
    return HttpResponse("the till")


@signed_in
def corridor(request):
    return HttpResponse("the corridor")


def visit(view, rf, user, **headers):
    request = rf.get("/till/", headers=headers)
    request.user = user
    return view(request)


@pytest.mark.parametrize("view", [counter, corridor])
def test_nobody_is_sent_to_the_login_and_comes_back(rf, view):
    response = visit(view, rf, AnonymousUser())

    assert (response.status_code, response.url) == (302, "/login/?next=%2Ftill%2F")


@pytest.mark.parametrize("view", [counter, corridor])
def test_a_fragment_asked_by_nobody_is_401(rf, view):
    response = visit(view, rf, AnonymousUser(), hx_request="true")

    assert (response.status_code, response["X-Locked"]) == (401, "signed-out")


def test_who_holds_the_permission_passes(rf, dev):
    assert visit(counter, rf, dev).content == b"the till"


def test_a_colleague_without_it_is_refused(rf, bose):
    with pytest.raises(PermissionDenied, match="Your role does not include this"):
        visit(counter, rf, bose)
    assert visit(corridor, rf, bose).status_code == 200


def test_a_view_says_whom_it_serves():
    assert counter.access == "billing.take_payment"
    assert corridor.access == "signed in"
    assert public(lambda request: None).access == "public"


def test_somebody_without_a_posting_may_nothing_and_sees_nothing(rf, invoice):
    nobody = User.objects.create_user("guest", PASSWORD, name="Guest")

    with pytest.raises(PermissionDenied):
        visit(counter, rf, nobody)
    assert not Invoice.objects.visible_to(nobody).exists()
    assert not Invoice.objects.visible_to(AnonymousUser()).exists()


@pytest.fixture
def theirs(sgml, sgml_med, farid):
    """An invoice of SGML."""
    return make_invoice(make_encounter(make_patient(sgml, name="Sita Oraon"), sgml_med), farid)


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("dev", ["RIMS"]),
        ("bose", ["RIMS"]),
        ("farid", ["SGML"]),
        ("esha", ["SGML"]),
        ("hari", ["SGML"]),
        ("indu", ["RIMS", "SGML"]),
    ],
)
def test_each_sees_as_far_as_the_posting_reaches(invoice, theirs, request, person, seen):
    user = request.getfixturevalue(person)
    bills = Invoice.objects.visible_to(user).order_by("facility__code")

    assert [bill.facility.code for bill in bills] == seen
    assert [place.code for place in Facility.objects.visible_to(user)] == seen


def test_an_ended_posting_opens_nothing(rims, invoice):
    yesterday = timezone.localdate() - timedelta(days=1)
    old = make_person("Old", Role.CASHIER, rims)
    Posting.objects.filter(user=old).update(ends_on=yesterday)

    assert not Invoice.objects.visible_to(User.objects.get(pk=old.pk)).exists()


def test_a_posting_that_begins_tomorrow_opens_nothing_today(rims, invoice):
    new = make_person("New", Role.CASHIER, rims)
    Posting.objects.filter(user=new).update(starts_on=timezone.localdate() + timedelta(days=1))

    assert not User.objects.get(pk=new.pk).may("billing.take_payment")


def test_who_works_at_two_hospitals_sees_one_at_a_time(rims, sgml, dev, invoice, theirs):
    post(dev, Role.CLERK, facility=sgml, starts_on=date(2021, 1, 1))

    assert Invoice.objects.visible_to(dev).get() == invoice
    assert dev.work_as(code="SGML")
    assert Invoice.objects.visible_to(dev).get() == theirs


def test_rows_are_locked_in_the_order_of_their_keys(rims):
    query = str(Invoice.objects.order_by("-issued_at").locked().query)

    assert query.endswith('ORDER BY "billing_invoice"."id" ASC FOR UPDATE OF "billing_invoice"')


def test_one_row_is_locked_with_those_that_it_points_to(rims, invoice, settings):
    settings.PREPARE_STATEMENTS = False  # its text is sent
    with CaptureQueriesContext(connection) as asked:
        held = lock(Invoice, invoice.pk, "facility")
        assert (held, held.facility) == (invoice, rims)

    (sent,) = [one["sql"] for one in asked]
    assert sent.endswith('FOR UPDATE OF "billing_invoice"')
    with pytest.raises(Invoice.DoesNotExist):
        lock(Invoice, uuid4())


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_outside_of_an_act(invoice):
    for _ in range(2):
        with transaction.atomic():
            lock(Invoice, invoice.pk)
        with pytest.raises(TransactionManagementError):
            lock(Invoice, invoice.pk)


def test_what_a_role_does_not_include_is_written_down(rf, dev, clara):
    visit(counter, rf, dev)
    assert not AuditEntry.objects.exists()
    with pytest.raises(PermissionDenied):
        visit(counter, rf, clara)

    entry = AuditEntry.objects.get()
    assert (entry.name, entry.actor, entry.facility_id) == (
        "kernel.access_refused",
        clara,
        clara.posting.facility_id,
    )
    assert entry.detail == {"permission": "billing.take_payment"}


def test_what_is_refused_by_the_api_is_written_down_too(client, clara):
    client.force_login(clara)

    assert client.post("/api/v1/patients/", {}, content_type="application/json").status_code == 403
    assert AuditEntry.objects.get().detail == {"permission": "patients.register_patient"}
