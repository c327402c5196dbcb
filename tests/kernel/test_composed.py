"""A read that is composed once asks with each asking's own values."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Value
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from facilities.models import Department, Posting
from hmis.kernel.composed import Composed, among
from patients.models import Patient
from tests.factories.facilities import make_department
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient


@Composed
def by_code(code):
    return Department.objects.filter(code=code)


def test_each_asking_has_its_own_values(rims, sgml, med):
    eye = make_department(sgml, "EYE", name="Eye")

    assert by_code("MED") == [med]
    assert by_code("EYE") == [eye]
    assert by_code("ENT") == []
    assert by_code.get("MED") == med
    with pytest.raises(Department.DoesNotExist):
        by_code.get("ENT")


def test_it_is_composed_once_for_each_shape(rims, med):
    calls = []

    @Composed
    def counted(code, *, active):
        calls.append(active)
        return Department.objects.filter(code=code, is_active=active)

    assert [counted("MED", active=True), counted("EYE", active=True)] == [[med], []]
    assert counted("MED", active=False) == []
    assert calls == [True, False]


def test_what_belongs_to_a_row_comes_with_it(rims, med):
    @Composed
    def with_facility(code):
        return Department.objects.filter(code=code).select_related("facility")

    (found,) = with_facility("MED")
    with CaptureQueriesContext(connection) as asked:
        assert found.facility == rims
    assert not asked.captured_queries


def test_days_moments_and_lists_are_values_too(rims, bose):
    @Composed
    def since(user_id, day):
        current = Posting.objects.filter(user_id=user_id, starts_on__lte=day)
        return current.values_list("facility__code", flat=True)

    @Composed
    def named(words, at):
        said = Value(words, output_field=Patient._meta.get_field("name_words"))
        return Patient.objects.filter(name_words__contains=said, registered_at__lte=at)

    asha, now = make_patient(rims, name="Asha Devi"), timezone.now()
    assert [since(bose.pk, timezone.localdate()), since(bose.pk, date(1999, 1, 1))] == [["RIMS"], []]
    assert [named(asha.name_words[:1], now), named(asha.name_words, now), named(["rina"], now)] == [
        [asha],
        [asha],
        [],
    ]
    assert named(asha.name_words, now - timedelta(36500)) == []


def test_keys_of_any_number_are_one_value(rims, med):
    calls = []

    @Composed
    def these(keys):
        calls.append(keys)
        return Department.objects.filter(pk__in=among(keys)).order_by("code")

    eye = make_department(rims, "EYE", name="Eye")
    assert [these([]), these([med.pk]), these([med.pk, eye.pk])] == [[], [med], [eye, med]]
    assert len(calls) == 1


def test_a_value_that_nothing_asks_for_is_a_mistake(db):
    @Composed
    def heedless(code, other):
        return Department.objects.filter(code=code)

    with pytest.raises(TypeError, match="does more with"):
        heedless("MED", "other")


def test_a_value_may_only_be_compared(db):
    @Composed
    def beginning(code):
        return Department.objects.filter(code__startswith=code)

    with pytest.raises(TypeError, match="does more with"):
        beginning("M")


def test_a_value_of_another_kind_is_refused(db):
    with pytest.raises(TypeError, match="cannot be stood in for"):
        by_code(timedelta(1))


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_alone(rims, med):
    @Composed
    def held(code):
        return Department.objects.locked().filter(code=code)

    def free():
        return list(Department.objects.select_for_update(skip_locked=True))

    for _as_text_then_prepared in range(2):
        with transaction.atomic():
            assert held("MED") == [med]
            assert all_at_once([transaction.atomic(free)]) == [[]]
    with pytest.raises(TransactionManagementError, match="locks outside of a transaction"):
        held("MED")


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_on_its_own_connection(rims, med):
    assert by_code("MED") == [med]

    assert all_at_once([partial(by_code, "MED")] * 4) == [[med]] * 4
