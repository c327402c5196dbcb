"""What a form or a body does not ask for is not taken, however it is called."""

import ast
import inspect
import re
from collections import Counter
from copy import deepcopy
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple
from uuid import uuid4

import pgtrigger
import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.http import QueryDict
from django.template import Template
from django.test.utils import instrumented_test_render
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from facilities.roles import ROLES, Role
from hmis.kernel.models import Record
from tests.architecture.test_access import ACCESS, GUARDED, WALK
from tests.factories.cases import of_each
from tests.factories.gates import ALL_NAMES, names_read

pytestmark = pytest.mark.xdist_group("assignment")  # its stage is built once


OURS = [
    config
    for config in apps.get_app_configs()
    if (settings.BASE_DIR / config.label).is_dir() or config.name.startswith("hmis.")
]
# What only a service writes: where, by whom, in which state, under which number, with which rights.
PROTECTED = {
    *("id", "pk", "facility", "facility_id", "uhid", "status", "rev", "origin_node", "name_words"),
    *("role", "is_active", "is_staff", "is_superuser", "permissions", "postings", "user", "user_id"),
    *("actor", "received_by", "registered_at", "received_at", "at", "number", "receipt_number"),
    *("total", "gross", "net", "fee", "price", "percent", "balance", "lane_rank", "check_key", "sha256"),
}
# A view may read the version that the person has seen.
NEVER_READ = PROTECTED - {"rev"}
NEW_EACH_TIME = {"id", "pk", "uhid", "check_key", "sha256", "user", "user_id"}
# Forms and nouns whose very matter one of these is, each with its reason.
MEANT = {
    "PostingForm": {"role"},  # an administrator gives a posting
    "NewPersonForm": {"role"},
    "DepartmentForm": {"is_active"},
    "UnitForm": {"is_active"},
    "RoomForm": {"number"},  # the one on its door
    "SchemeForm": {"percent", "is_active"},
    "ServiceForm": {"is_active"},
    "PriceForm": {"price", "is_active"},
    "StaffFilterForm": {"facility", "role"},  # filters: they look, and write nothing
    "FilterForm": {"facility", "uhid"},
    "ListForm": {"status"},
    "ImagingForm": {"status"},
    "AnalyserEditForm": {"is_active"},
    "AttendantForm": {"rev"},
    "ExportForm": {"facility", "uhid"},
    "api-patient-detail": {"rev"},  # which version the caller has seen; never written
    "CorrectionForm": {"rev"},  # so too
    "api-case-corrections": {"rev"},
    "api-newborn-corrections": {"rev"},
    "api-tariff-list": {"price"},  # it is what is set
    "api-tariff-endings": {"rev"},
    "api-registry-moves": {"rev"},
    "api-condition-list": {"status"},  # how sure a diagnosis is
    "api-condition-detail": {"rev"},
    "api-condition-judgements": {"status", "rev"},
    "api-rollout-steps": {"rev"},
}
# Pages that take a form which stands on another page.
ASKED_ELSEWHERE = {"audit:search_new": {"facility", "uhid"}}
HOSTILE = {
    "id": "00000000-0000-7000-8000-000000000001",
    "uhid": "12199999990",
    "status": "cancelled",
    "rev": "777",
    "origin_node": "777",
    "role": "state_admin",
    "is_active": "false",
    "is_staff": "true",
    "is_superuser": "true",
    "number": "777",
    "lane_rank": "0",
    "total": "0.01",
    "gross": "0.01",
    "price": "0.01",
    "fee": "0.01",
    "percent": "100",
    "receipt_number": "RIMS/R26/7777777",
    "registered_at": "2001-01-01T00:00:00Z",
    "received_at": "2001-01-01T00:00:00Z",
}


# ── What forms ask for ──


def forms_of_the_house():
    for config in OURS:
        if find_spec(f"{config.name}.forms"):
            module = import_module(f"{config.name}.forms")
            for _, form in inspect.getmembers(module, inspect.isclass):
                if issubclass(form, forms.BaseForm) and form.__module__.startswith(module.__name__):
                    yield form


@of_each(forms_of_the_house())
def test_no_form_asks_for_what_only_a_service_writes(form):
    assert not issubclass(form, forms.BaseModelForm), "a form names its own fields"
    assert set(form.base_fields) & PROTECTED <= MEANT.get(form.__name__, set())


def posted(tree):
    """(line, how) of each use of `request.POST` in a module, as the source has it."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "POST":
            yield node.lineno, node, parents


def goes_through_fields_of_a_form(node, parents):
    """Whether this stands in `{… for name in SomeForm.base_fields}`."""
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.DictComp | ast.ListComp):
            source = node.generators[0].iter
            return isinstance(source, ast.Attribute) and source.attr == "base_fields"
    return False


def is_one_field(node, parents):
    """Whether this `request.POST` goes to a form whole, or one field is taken out of it by its name."""
    parent = parents[node]
    if isinstance(parent, ast.BoolOp | ast.IfExp):  # request.POST or None
        parent = parents[parent]
    if goes_through_fields_of_a_form(node, parents):
        return True
    if isinstance(parent, ast.Call):
        return node in ast.walk(parent) and node is not parent.func
    if isinstance(parent, ast.Attribute):
        call = parents[parent]
        taken = isinstance(call, ast.Call) and parent.attr in {"get", "getlist"} and call.args
        return bool(taken) and isinstance(call.args[0], ast.Constant) and call.args[0].value not in NEVER_READ
    if isinstance(parent, ast.Subscript):
        return isinstance(parent.slice, ast.Constant) and parent.slice.value not in NEVER_READ
    return isinstance(parent, ast.Compare)  # "name" in request.POST


# One gives what was posted back to its person, who sends it to the same address again: there a form takes it.
# The other takes NUL out of all of it before a view sees it.
KERNEL = settings.BASE_DIR / "hmis" / "kernel"
CARRY = {KERNEL / "kept.py", KERNEL / "middleware.py"}


def test_views_take_what_was_posted_through_a_form_or_by_the_fields_name():
    loose = []
    for config in OURS:
        for path in {*(settings.BASE_DIR / config.name.replace(".", "/")).rglob("*.py")} - CARRY:
            source = path.read_text(encoding="utf-8")
            if "POST" not in source:
                continue
            loose += [
                f"{path.name}:{line}"
                for line, node, parents in posted(ast.parse(source))
                if not is_one_field(node, parents)
            ]
    assert loose == []


def test_the_walk_knows_a_loose_use_from_a_form():
    def verdicts(source):
        return [is_one_field(node, parents) for _, node, parents in posted(ast.parse(source))]

    assert verdicts("Form(request.POST)\nForm(request.POST or None)\nrequest.POST.get('next')") == [True] * 3
    assert (
        verdicts("Model(**request.POST.dict())\nrequest.POST.get(name)\nrequest.POST['status']")
        == [False] * 3
    )


# ── What a page takes ──

SAMPLES = {
    "name": "Budhni Oraon",
    "age": "34",
    "phone": "",
    "no_phone_reason": "none_owned",
    "department": "MED",
    "sex": "female",
    "mode": "cash",
    "amount": "1.00",
    "note": "asked for it",
}


def opened(client, address):
    """The page with what each of its parts was given: a form may stand in one of them alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", instrumented_test_render)
        return client.get(address)


def filled(page):
    """What a person would send who fills in every form of this page, and all that the page asks for."""
    sent = {"request_key": str(uuid4())}
    for context in page.context or []:
        for value in context.flatten().values():
            if isinstance(value, forms.BaseForm):
                sent |= {name: answer(value, name) for name in value.fields}
    return {name: value for name, value in sent.items() if value not in ("", None)}, set(sent)


def answer(form, name):
    if name in SAMPLES:
        return SAMPLES[name]
    field = form.fields[name]
    choices = [str(key) for key, _ in getattr(field, "choices", ()) if str(key)]
    return choices[0] if choices and field.required else field.prepare_value(form[name].value())


def tables_of_records():
    for model in apps.get_models():
        if issubclass(model, Record):
            yield model._meta.label, model._meta.db_table, list(model._meta.concrete_fields)


@cache
def questions_of_protected():
    """{table: each combination of its protected values, and how often it stands there}."""
    questions = {}
    for label, table, fields in tables_of_records():
        columns = [
            f'"{field.column}"'
            for field in fields
            if {field.name, field.attname} & (PROTECTED - NEW_EACH_TIME) and not field.attname.endswith("at")
        ]
        if columns:
            row = f"ROW({', '.join(columns)})::text"
            questions[table] = f"SELECT '{label}', {row}, count(*) FROM {table} GROUP BY 2"
    return questions


@cache
def questions_of_stains():
    """{table: what stands in its columns that a hostile value is meant for}."""
    questions = {}
    for label, table, fields in tables_of_records():
        for field in fields:
            if field.name in HOSTILE:
                held = f'"{field.column}"::text'
                asked = f"SELECT '{label}', {held} FROM {table} WHERE {held} IN (SELECT word FROM hostile)"
                questions[table] = f"{questions[table]} UNION ALL {asked}" if table in questions else asked
    return questions


# As pg_stat_xact_user_tables has it, which would look up every table's indexes, too.
WRITTEN = """
    SELECT relname, count FROM pg_class, LATERAL (SELECT pg_stat_get_xact_tuples_inserted(oid)
        + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid) AS count) written
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND count > 0
"""


def writes_so_far():
    """{table: how many of its rows this transaction has written, also those that were undone since}."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return Counter(dict(cursor.fetchall()))


def asked_of(tables, questions):
    """What these questions find in these tables, and how often."""
    wanted = [question for table, question in questions.items() if table in tables]
    if not wanted:
        return Counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH hostile AS (SELECT unnest(%s::text[]) AS word) " + " UNION ALL ".join(wanted), [STAINS]
        )
        return Counter(cursor.fetchall())


def protected_in(tables):
    """How often each combination of protected values stands in each of these tables."""
    return asked_of(tables, questions_of_protected())


def stained(tables=None):
    """Rows that hold a hostile value which nobody could have given them."""
    questions = questions_of_stains()
    return asked_of(questions if tables is None else tables, questions)


STAINS = [HOSTILE["id"], HOSTILE["uhid"], HOSTILE["receipt_number"], "777", "2001-01-01 00:00:00+00"]


class Outcome(NamedTuple):
    """What a request came to: its status, then the tables that it wrote to, as they stood and had stood."""

    status: int
    standing: Counter
    stood: Counter
    stains: Counter


def outcome(send):
    """Of what this sends; all of it is undone."""
    so_far = writes_so_far()
    with transaction.atomic():
        status = send()
        written = writes_so_far() - so_far
        standing, stains = protected_in(written), stained(written)
        transaction.set_rollback(True)
    return Outcome(status, standing, protected_in(written), stains)


def posting(client, path, sent):
    """Sends this form; whoever is signed in stays so."""

    def send():
        cookies = deepcopy(client.cookies)
        status = client.post(path, sent).status_code
        client.cookies = cookies
        return status

    return send


PAGES = [(name, path) for name, path in WALK if not path.startswith("api/") and "POST" in ACCESS[name]]


def somebody_who_may(name):
    needed = ACCESS[name]["POST"]
    order = [Role.CLERK, Role.CASHIER, Role.NURSE, *Role]
    return next((role for role in order if needed in ROLES[role].permissions), Role.CLERK)


@pytest.fixture
def hostile(there):
    return HOSTILE | {"facility": there.facility.code, "facility_id": str(there.facility.pk)}


@pytest.mark.parametrize(("name", "path"), PAGES)
def test_what_a_page_does_not_ask_for_changes_nothing(name, path, here, hostile, signed_in, monkeypatch):
    client = signed_in[somebody_who_may(name)]
    address = here.path_of(name, path)
    sent, asked = {"request_key": str(uuid4())}, ASKED_ELSEWHERE.get(name, set())
    if "GET" in ACCESS[name]:
        sent, asked = filled(opened(client, address))
    unasked = {field: value for field, value in hostile.items() if field not in asked}
    read = names_read(monkeypatch)
    came = outcome(posting(client, address, unasked | sent))

    assert not came.stains
    # What was not even looked at has changed nothing.
    if read & {*unasked, ALL_NAMES}:
        assert came == outcome(posting(client, address, sent | {"request_key": str(uuid4())}))


@of_each(
    [
        (lambda sent: sent["role"], "role"),
        (lambda sent: sent.get("role"), "role"),
        (lambda sent: sent.getlist("role"), "role"),
        (lambda sent: "role" in sent, "role"),
        (lambda sent: {**sent}, ALL_NAMES),
        (lambda sent: dict(sent), ALL_NAMES),
        (lambda sent: list(sent), ALL_NAMES),
        (lambda sent: sent.dict(), ALL_NAMES),
        (lambda sent: list(sent.items()), ALL_NAMES),
        (lambda sent: sent.copy(), ALL_NAMES),
        (lambda sent: sent.urlencode(), ALL_NAMES),
    ]
)
def test_whoever_looks_into_what_was_sent_is_noticed(look, name):
    with pytest.MonkeyPatch.context() as patch:
        read = names_read(patch)
        sent = QueryDict("role=state_admin")
        assert not read
        look(sent)

    assert name in read


@pytest.mark.parametrize("name", ["opd:registration_new", "patients:patient_edit", "billing:payment_new"])
def test_the_pages_above_were_filled_in_so_that_they_are_saved(name, here, signed_in):
    path = dict(WALK)[name]
    client = signed_in[somebody_who_may(name)]
    address = here.path_of(name, path)
    sent, _asked = filled(opened(client, f"{address}?new=" if name == "opd:registration_new" else address))
    if name == "patients:patient_edit":
        sent["rev"] = "0"

    saved = outcome(posting(client, address, sent))

    assert saved.status == 303
    assert saved.standing != saved.stood


@pytest.mark.parametrize("column", ["id", "uhid", "rev", "registered_at"])
def test_a_stain_is_found_wherever_it_was_taken(column, here):
    patient = here.made.encounter.patient
    assert not stained()
    with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as cursor:
        if column == "id":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            f"UPDATE patients_patient SET {column} = %s WHERE id = %s", [HOSTILE[column], patient.pk]
        )
        assert [label for label, _value in stained()] == ["patients.Patient"]
        transaction.set_rollback(True)


# ── What a body takes ──


BODIES = [
    (name, path, method)
    for name, path in WALK
    for method in ("POST", "PATCH")
    if path.startswith("api/") and name in GUARDED and method in ACCESS[name]
]


@cache
def schema():
    """Its parts by name, and what it says of each path without the names of its ids."""
    said = SchemaGenerator().get_schema(request=None, public=True)
    paths = {re.sub("{.*?}", "{}", path): operations for path, operations in said["paths"].items()}
    return said["components"]["schemas"], paths


def fields_of(path, method):
    """The fields that the schema names of a body that is sent there; None: it takes none."""
    parts, paths = schema()
    operation = paths["/" + re.sub("<.*?>", "{}", path)][method.lower()]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is None:
        return None
    described = parts[body["$ref"].rsplit("/", 1)[1]] if "$ref" in body else body
    return set(described.get("properties", {}))


@pytest.mark.parametrize(("name", "path", "method"), BODIES, ids=[f"{b[2]} {b[0]}" for b in BODIES])
def test_a_field_that_no_noun_has_is_refused_by_its_name(name, path, method, here, hostile, signed_in):
    fields = fields_of(path, method)
    assert (fields or set()) & PROTECTED <= MEANT.get(name, set())
    role = next(role for role in Role if ACCESS[name][method] in ROLES[role].permissions)
    replies = []

    def send():
        path_of_this = "/" + here.path_of(name, path).lstrip("/")
        sender = getattr(signed_in[role], method.lower())
        replies.append(sender(path_of_this, hostile, content_type="application/json"))
        return replies[0].status_code

    came = outcome(send)

    assert not came.stains
    if fields is not None:
        named = {error["field"] for error in replies[0].json()["errors"]}
        assert came.status == 400
        assert set(hostile) - fields <= named
        assert came.standing == came.stood


def test_no_new_patient_has_a_number_or_a_hospital_of_their_own_choice(clerk_of_rims, hostile):
    sent = {"name": "Budhni Oraon", "sex": "female", "age": {"years": 34}, "no_phone_reason": "none_owned"}
    address = reverse("api-patient-list")

    for field, value in hostile.items():
        reply = clerk_of_rims.post(address, sent | {field: value}, content_type="application/json")
        assert reply.status_code == 400, field
    assert clerk_of_rims.post(address, sent, content_type="application/json").status_code == 201


@pytest.fixture
def clerk_of_rims(client, kavita):
    client.force_login(kavita)
    return client
