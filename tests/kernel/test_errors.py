"""A rule says no in the words of its constraint, in the language of whoever reads it."""

from contextlib import contextmanager

import psycopg2
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility, User
from hmis.kernel.errors import Refusal, refusing, sentences


def test_a_refusal_fills_its_sentence():
    refusal = Refusal(_("Only %(owed)s is owed on %(invoice)s."), field="amount", owed="5.00", invoice="B1")

    assert (str(refusal), refusal.field) == ("Only 5.00 is owed on B1.", "amount")


def test_a_refusal_without_parameters_may_hold_a_percent_sign():
    assert str(Refusal("100% is let off.")) == "100% is let off."


def rename(user, **changes):
    with transaction.atomic(), refusing(User):
        User.objects.filter(pk=user.pk).update(**changes)


def test_a_broken_constraint_speaks_its_own_words(dev):
    with pytest.raises(Refusal, match="An HPR ID has 14 digits"):
        rename(dev, hpr_id="12")


def test_a_constraint_of_another_model_is_a_bug_and_not_a_refusal(dev):
    with pytest.raises(IntegrityError), transaction.atomic(), refusing(Facility):
        User.objects.filter(pk=dev.pk).update(hpr_id="12")


def test_a_missing_column_is_a_bug_and_not_a_refusal(dev):
    with pytest.raises(IntegrityError):
        rename(dev, name=None)


def test_errors_of_fields_are_one_line():
    assert sentences(ValidationError(["One.", "Two."])) == "One. Two."
    assert sentences(ValidationError([])) == "This is not right."


@contextmanager
def broken(cause):
    """Every statement ends like this."""

    def fail(*_asked):
        raise OperationalError("server closed the connection unexpectedly") from cause

    with connection.execute_wrapper(fail):
        yield


class Said(psycopg2.OperationalError):
    def __init__(self, code):
        self.code = code

    pgcode = property(lambda self: self.code)


@pytest.fixture
def outage(kavita):
    """A signed-in clerk whose requests are answered whatever happens."""
    client = Client(raise_request_exception=False)
    client.force_login(kavita)
    return client


@pytest.mark.parametrize("code", [None, "57P01", "57P03", "08006", "53300"])
def test_without_its_database_a_page_is_not_reached_and_may_be_sent_again(outage, code):
    with broken(Said(code)):
        answer = outage.post(reverse("opd:registration_new"), {"patient-name": "Birsa"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "What was saved is safe" in answer.text


def test_a_statement_that_fails_by_itself_is_a_fault(outage):
    with broken(Said("57014")):  # it took too long: sent again, it would take as long
        answer = outage.get(reverse("opd:registration_new"))

    assert answer.status_code == 500
    assert "Retry-After" not in answer


@pytest.mark.parametrize(("code", "status"), [("57P01", 503), ("57014", 500)])
def test_the_api_says_so_in_a_problem_document(outage, code, status):
    with broken(Said(code)):
        answer = outage.get("/api/v1/patients/", {"q": "Birsa"})

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]
