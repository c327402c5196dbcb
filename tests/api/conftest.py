"""Callers of the API, each with a token of their own."""

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.architecture.test_access import keep


@pytest.fixture
def ours(med, unit, kavita):
    """Something of each noun at RIMS."""
    return keep(med, kavita)


@pytest.fixture
def caller():
    """`caller(kavita)`: an API client that sends her token."""

    def calling(person, **headers):
        _held, token = AuthToken.objects.create(person)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}", **headers)
        return client

    return calling


@pytest.fixture
def clerk(caller, kavita):
    return caller(kavita)


@pytest.fixture
def sgml_clerk(caller, gopal):
    return caller(gopal)


@pytest.fixture
def doctor(caller, bose):
    return caller(bose)


@pytest.fixture
def person():
    """Somebody new, as a caller describes them."""

    def described(**changes):
        return {
            "name": "Budhni Oraon",
            "sex": "female",
            "age": {"years": 34},
            "phone": "94311 00002",
            "guardian_name": "Sukra Oraon",
            "guardian_relation": "husband",
            "village": "Bero",
        } | changes

    return described


def refused(response, status, field=None):
    """The problem document of a refusal; of one field, its sentence."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["detail"]
    if field is None:
        return body
    return {error["field"]: error["detail"] for error in body["errors"]}[field]
