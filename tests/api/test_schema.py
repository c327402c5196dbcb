import pytest
from django.core.management import call_command
from django.urls import reverse
from rest_framework.test import APIClient

from tests.api.conftest import refused
from tests.api.test_lists import LISTS

pytestmark = pytest.mark.xdist_group("schema")  # it is made once

NOUNS = [
    "facilities",
    "departments",
    "patients",
    "patient-merges",
    "opd-registrations",
    "queue-tokens",
    "clinic-days",
    "casualty-registrations",
    "newborns",
    "medico-legal-cases",
    "conditions",
    "clinical-notes",
    "invoices",
    "payments",
    "refunds",
    "refund-vouchers",
    "deposits",
    "encounter-accounts",
    "shifts",
    "tariffs",
    "schemes",
    "scheme-covers",
    "claims",
    "tests",
    "service-requests",
    "discharges",
    "deaths",
    "displays",
    "papers",
]


def test_the_schema_is_valid_and_warns_of_nothing(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


_told = {}


@pytest.fixture
def schema(clerk):
    """What a caller is told, made once. Not to be changed."""
    if not _told:
        _told.update(clerk.get("/api/schema/", HTTP_ACCEPT="application/json").json())
    return _told


def test_the_schema_names_every_noun(schema):
    assert schema["openapi"].startswith("3.")
    for noun in NOUNS:
        assert any(path.startswith(f"/api/v1/{noun}/") for path in schema["paths"])
    create = schema["paths"]["/api/v1/opd-registrations/"]["post"]
    assert {"Idempotency-Key", "X-Facility"} <= {one["name"] for one in create["parameters"]}
    assert "application/problem+json" in create["responses"]["4XX"]["content"]


def test_the_schema_tells_what_is_read_and_no_more(schema):
    paths = schema["paths"]

    def told(where, path, method):
        return {one["name"] for one in paths[f"/api/v1/{path}"][method]["parameters"] if one["in"] == where}

    for path in "results/", "specimens/{id}/receipts/", "auth/token/":
        assert told("header", path, "post") == {"X-Facility"}, path
    for noun, viewset in LISTS.items():
        assert told("query", f"{noun}/", "get") == viewset.read_by_list(), noun
    admissions = paths["/api/v1/admissions/"]["get"]["parameters"]
    assert "By admitted_at;" in next(one["description"] for one in admissions if one["name"] == "ordering")


def test_the_schema_says_what_is_a_page_what_a_list_and_what_may_be_nothing(schema):
    def answered(path):
        return schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

    assert answered("/api/v1/dashboards/")["$ref"].endswith("/Dashboard")
    assert answered("/api/v1/registers/")["type"] == "array"
    assert answered("/api/v1/clinical-notes/{id}/versions/")["$ref"].endswith("/PaginatedVersionList")
    shapes = schema["components"]["schemas"]
    assert shapes["Certificate"]["properties"]["ends"]["nullable"]
    assert all(shapes["Step"]["properties"][name]["nullable"] for name in ("state", "due_on", "done_on"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/", "/api/v1/", "/api/none/"])
def test_strangers_see_none_of_it(path):
    refused(APIClient().get(path), 401)


def test_the_page_to_read_it_has_nothing_inline_and_asks_nobody_outside(client, kavita):
    client.force_login(kavita)

    page = client.get(reverse("api-docs"))

    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "style-src" not in policy
    assert "default-src 'self'" in policy
    assert b"<script>" not in page.content
    script = client.get(f"{reverse('api-docs')}?script=")
    assert script["Content-Type"] == "application/javascript"
    assert b"/api/schema/" in script.content or b"schema" in script.content
    assert b'"validatorUrl": null' in script.content
