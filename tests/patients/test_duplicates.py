"""Whom on file somebody may be: by the phone, the name, the home or the ABHA; looked for among few rows."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hmis.kernel.models import AuditEntry
from patients.models import IdentifierKind
from patients.queries import FOUND, likely_duplicates, person_of
from patients.services.people import LikelyDuplicate, register_patient
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.patients import give_identifier, make_patient

ABHA = "91100000000016"
HOME = {"guardian_name": "Ramesh Mahto", "village": "Pithoria"}


def offered(new, user):
    return [(one.patient, one.match.strong) for one in likely_duplicates(new, user)]


def at_home(facility, name, **changes):
    return make_patient(facility, name=name, name_hi="", **HOME | changes)


@pytest.fixture
def namesakes(rims):
    """Twenty-five of one name, registered later than whoever is looked for."""
    for n in range(25):
        later = NOON + timedelta(days=n)
        make_patient(rims, name="Sunita Devi", name_hi="", phone=f"94311002{n:02d}", registered_at=later)


@pytest.mark.usefixtures("namesakes")
def test_who_has_the_same_phone_is_found_behind_later_namesakes(rims, kavita):
    held = make_patient(rims, name="Sunita Devi", name_hi="")

    assert offered(person_of(held), kavita) == [(held, True)]


@pytest.mark.usefixtures("namesakes")
@walked(
    ("name", "said"),
    [
        ("Sunita Devi", "Sunita Devi"),
        ("Sunita Devi", "Sunta Devi"),
        ("Sunita Devi", "Sunita"),
        ("Phulmani Oraon", "Phulmuni Oraon"),
        ("Ramkumar Sahu", "Ram Kumar Sahu"),
    ],
)
def test_who_has_no_phone_is_known_again_at_home(rims, kavita, name, said):
    held = at_home(rims, name)
    new = replace(person_of(held), name=said, name_hi="", phone="", village="PITHORIA", birth_year=1989)

    assert offered(new, kavita) == [(held, True)]


@pytest.mark.parametrize(
    "other",
    [{"village": "Bero"}, {"guardian_name": "Etwa Munda"}, {"birth_year": 1955}, {"sex": "male"}],
)
def test_who_shares_less_of_the_home_is_somebody_else(rims, kavita, other):
    held = at_home(rims, "Sunita Devi")

    assert offered(replace(person_of(held), name="Sunta Devi", phone="", **other), kavita) == []


def test_another_hospitals_homes_are_not_looked_at(sgml, kavita):
    held = at_home(sgml, "Sunita Devi")

    assert offered(replace(person_of(held), name="Sunta Devi", phone=""), kavita) == []


def test_of_a_large_quarter_those_nearest_in_age_are_looked_at(rims, kavita, monkeypatch):
    monkeypatch.setattr("patients.queries.duplicates.AT_HOME", 2)
    near, far = (at_home(rims, "Sunita Devi", birth_date=date(year, 7, 1)) for year in (1991, 1988))
    for n in range(2):
        at_home(rims, f"Etwari Oraon {n}", birth_date=date(1990, 7, 2 + n))
        at_home(rims, f"Budhni Oraon {n}", birth_date=date(1991, 6, 2 + n))
    new = replace(person_of(near), name="Sunta Devi", phone="")

    assert offered(new, kavita) == [(near, True)]
    assert offered(replace(new, birth_year=1988), kavita)[0] == (far, True)


@pytest.mark.parametrize(("said", "looks"), [("Asha Devi", 0), ("Budhni Devi", 1)])
def test_homes_are_only_looked_at_where_phone_and_name_have_not_told(rims, kavita, said, looks):
    held = at_home(rims, "Asha Devi")
    with CaptureQueriesContext(connection) as asked:
        likely_duplicates(replace(person_of(held), name=said, name_hi=""), kavita)

    about_homes = ("upper(village)", 'EXECUTE "of_home')
    assert sum(any(one in asked_for["sql"] for one in about_homes) for asked_for in asked) == looks


def test_a_registration_looks_at_home_for_whoever_has_no_phone(rims, kavita):
    held = at_home(rims, "Sunita Devi")
    same = ("sex", "guardian_name", "village", "birth_date", "birth_precision")
    described = {"name": "Sunta Devi"} | {name: getattr(held, name) for name in same}

    def registered(**more):
        return register_patient(details=described | more, request_key=uuid4(), actor=kavita, at=NOON)

    with pytest.raises(LikelyDuplicate) as refused:
        registered(no_phone_reason="none_owned")
    assert [one.patient for one in refused.value.candidates] == [held]
    assert registered(phone="9431100007").pk != held.pk


# ── By the ABHA ──


def test_who_bears_the_abha_is_offered_whatever_they_are_called(asha, kavita):
    give_identifier(asha, IdentifierKind.ABHA_NUMBER, ABHA)
    new = replace(person_of(asha), name="S. Kumari", name_hi="", phone="", abha=ABHA)

    assert offered(new, kavita) == [(asha, True)]
    assert offered(replace(new, abha="91123456789015"), kavita) == []


def test_an_abha_in_the_form_shows_whose_it_is_and_opens_a_stranger_with_a_word_in_the_audit(
    client, sgml_med, asha, gopal
):
    give_identifier(asha, IdentifierKind.ABHA_NUMBER, ABHA)
    client.force_login(gopal)

    other = client.post(reverse("opd:duplicate_list"), {"abha": "91-1234-5678-9015"})
    assert asha.uhid_shown not in other.text
    assert not AuditEntry.objects.filter(name=FOUND).exists()

    page = client.post(reverse("opd:duplicate_list"), {"abha": "९१-१०००-००००-००१६"})
    assert asha.uhid_shown in page.text
    fact = AuditEntry.objects.get(name=FOUND)
    assert (fact.patient_id, fact.actor, fact.detail["by"]) == (asha.pk, gopal, "abha_number")
    assert client.get(reverse("opd:registration_new"), {"patient": asha.pk}).status_code == 200
