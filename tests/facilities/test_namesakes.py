"""Two doctors of one name in a choice: what tells them apart stands beside it."""

import pytest
from django.urls import reverse

from facilities.queries import doctors_of, told_apart
from tests.factories.facilities import make_department, make_doctor

pytestmark = pytest.mark.django_db


def named(name, facility, *, department=None, **known):
    """A doctor with another login of this name."""
    person = make_doctor(name, facility)
    for field, value in known.items():
        setattr(person, field, value)
    person.save()
    if department:
        person.posting.department = department
        person.posting.save()
    return person


def choices(facility):
    return {one.username: one.told for one in told_apart(doctors_of(facility), facility)}


def test_only_namesakes_have_more_than_their_name(rims, bose, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert choices(rims) == {bose.username: "Bose"}


def test_by_department_else_by_number_else_by_user_name(rims):
    eye = make_department(rims, "EYE", name="Eye", name_hi="आँख")
    for username, known in {
        "anil1": {"department": eye},
        "anil2": {"council_number": "JH/4711"},
        "anil3": {"hpr_id": "71123456789012"},
        "anil4": {},
    }.items():
        named("Anil Kumar", rims, username=username, **known)

    assert choices(rims) == {
        "anil1": "Anil Kumar · Eye",
        "anil2": "Anil Kumar · JH/4711",
        "anil3": "Anil Kumar · 71123456789012",
        "anil4": "Anil Kumar · anil4",
    }


def test_of_one_department_both_have_their_number(rims):
    eye = make_department(rims, "EYE", name="Eye", name_hi="आँख")
    for username in ("anil1", "anil2"):
        named("Anil Kumar", rims, username=username, department=eye)

    assert choices(rims) == {f"anil{n}": f"Anil Kumar · Eye · anil{n}" for n in (1, 2)}


def test_they_are_told_apart_where_a_consultant_is_chosen(rims, ward, asha, clara, client):
    for username in ("anil1", "anil2"):
        named("Anil Kumar", rims, username=username)
    client.force_login(clara)

    page = client.get(reverse("ipd:admission_new"), {"patient": asha.pk}).text

    assert "Anil Kumar · anil1" in page
    assert "Anil Kumar · anil2" in page
