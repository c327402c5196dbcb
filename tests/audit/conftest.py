"""The auditor of the state, the administrator of RIMS, and a browser for each."""

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from facilities.roles import Role
from patients.services import find_patients
from tests.factories.facilities import make_person, make_state


@pytest.fixture
def prem(db):
    """The auditor of Jharkhand."""
    return make_person("Prem", Role.AUDITOR, make_state())


@pytest.fixture
def alok(rims):
    """The administrator of RIMS."""
    return make_person("Alok", Role.FACILITY_ADMIN, rims)


def browser_of(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def auditor(prem):
    return browser_of(prem)


@pytest.fixture
def admin(alok):
    return browser_of(alok)


@pytest.fixture
def opened(asha, gopal):
    """Gopal of Gumla has opened Asha, a patient of RIMS, by her UHID."""
    find_patients(text=asha.uhid, actor=gopal, at=timezone.now())
    return asha


def review(verdict="justified", note="She stood before him.", **changes):
    """What the form of a review sends."""
    return {"verdict": verdict, "note": note, "request_key": uuid4()} | changes
