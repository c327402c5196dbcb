"""The backend says what Django says: the same statements, with their columns made once."""

from time import monotonic, sleep

import pytest
from django.db import DatabaseError, connection, models
from django.db.backends.postgresql import base as django_base
from django.db.backends.postgresql import compiler as django
from django.db.models import Count, F, FilteredRelation, Max, Q

from facilities.models import Department, Posting, Unit, User
from hmis.kernel.postgres import compiler
from patients.models import Encounter, Patient


def said_by(maker, queryset):
    return maker(queryset.query.clone(), connection, "default").as_sql()


def test_each_statement_is_what_django_makes_of_it(db):
    encounters = Encounter.objects.select_related("patient", "department__facility")
    latest = Posting.objects.filter(user=models.OuterRef("pk")).order_by("-starts_on")
    of_one = FilteredRelation("encounters", condition=Q(encounters__started_at__isnull=False))
    statements = [
        encounters.filter(patient__uhid="X").exclude(department__code="MED").order_by("-started_at")[:20],
        Encounter.objects.filter(department__facility__code=F("facility__code")),  # a table twice
        Patient.objects.only("uhid").filter(encounters__department__code="MED").distinct(),
        Patient.objects.defer("phone").annotate(of_one=of_one).order_by("of_one__started_at"),
        User.objects.annotate(since=models.Subquery(latest.values("starts_on")[:1])).order_by("since", "pk"),
        Department.objects.annotate(many=Count("units"), last=Max("units__pk")).filter(many__gt=1),
        Department.objects.filter(pk__in=Unit.objects.values("department")).values_list(
            "code", "facility__code"
        ),
        Department.objects.extra(select={"code2": "upper(code)"}, order_by=["code2"]),
        Department.objects.order_by("code").union(Department.objects.filter(code="MED"), all=True),
        Department.objects.order_by("facility", "-facility__district__name").reverse(),
        Department.objects.values("code", named=F("name")).order_by("named", "code"),
        Department.objects.order_by(F("name").desc(nulls_last=True), "code")[5:9],
        Department.objects.order_by("?"),
        Posting.objects.filter(Q(facility=None) | Q(facility__code="X")).select_for_update(of=("self",)),
    ]
    for _ in "first", "from what is kept":
        for queryset in statements:
            assert said_by(compiler.SQLCompiler, queryset) == said_by(django.SQLCompiler, queryset)


def test_a_columns_name_is_made_once(db, monkeypatch):
    asked = Encounter.objects.select_related("patient").order_by("started_at")
    said_by(compiler.SQLCompiler, asked)
    made = []
    as_sql = models.expressions.Col.as_sql
    monkeypatch.setattr(
        models.expressions.Col, "as_sql", lambda column, *args: made.append(column) or as_sql(column, *args)
    )

    said_by(compiler.SQLCompiler, Encounter.objects.select_related("patient").order_by("started_at"))
    assert made == []


def test_the_database_is_opened_with_it():
    assert connection.ops.compiler("SQLCompiler") is compiler.SQLCompiler
    assert connection.vendor == "postgresql"


@pytest.fixture
def line(transactional_db):
    """A connection of its own."""
    line = connection.copy()
    line.connect()
    yield line
    line.close()


def test_a_line_that_is_silent_is_used_without_asking(line, monkeypatch):
    monkeypatch.setattr(django_base.DatabaseWrapper, "is_usable", lambda _line: pytest.fail("asked"))
    assert line.is_usable()


def test_a_line_whose_server_has_ended_is_not_used(line):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [line.connection.info.backend_pid])

    until = monotonic() + 5
    while line.is_usable():
        assert monotonic() < until
        sleep(0.01)
    assert not line.is_usable()


def test_after_an_error_the_server_is_asked(line, monkeypatch):
    asked = []
    monkeypatch.setattr(django_base.DatabaseWrapper, "is_usable", lambda _line: asked.append(1) or True)
    line.errors_occurred = True

    assert line.is_usable()
    assert asked


def test_a_transaction_that_an_error_has_ended_is_not_used(line):
    line.set_autocommit(False)
    with pytest.raises(DatabaseError), line.cursor() as cursor:
        cursor.execute("SELECT nothing")
    line.errors_occurred = False

    assert not line.is_usable()
