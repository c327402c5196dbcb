"""Finding somebody: by an exact number in the whole state, by name or phone only where one works."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hmis.kernel.models import AuditEntry
from patients.models import IdentifierKind, Patient
from patients.queries import FOUND, FOUND_FOR, reachable_by, search
from patients.services import find_patients
from tests.conftest import NOON
from tests.factories.patients import give_identifier, make_encounter, make_patient

ABHA = "91234567890123"


def found(text, user):
    return [patient.name for patient in search(text, user).patients]


@pytest.fixture
def sita(sgml):
    """A patient of SGML, never seen at RIMS."""
    return make_patient(sgml, name="Sita Oraon", name_hi="सीता उराँव", phone="9835012345")


@pytest.mark.parametrize(
    "typed",
    [
        "Asha Devi",
        "asha",
        "devi asha",
        "Ash",
        "Aasha",
        "आशा",
        "आशा देवी",
        "9431100001",
        "+91 94311 00001",
        "asha 0001",
    ],
)
def test_a_patient_of_this_hospital_is_found(asha, kavita, typed):
    assert found(typed, kavita) == ["Asha Devi"]


@pytest.mark.parametrize("typed", ["Usmani", "asha 9999", "9431100002", "", "   ", "%", "_", "'; DROP TABLE"])
def test_somebody_else_is_not(asha, kavita, typed):
    assert found(typed, kavita) == []


@pytest.mark.parametrize("typed", ["Sita Oraon", "सीता", "9835012345"])
def test_name_and_phone_find_nobody_of_another_hospital(sita, kavita, typed):
    assert found(typed, kavita) == []


def test_the_exact_uhid_finds_anybody_and_says_they_are_from_elsewhere(sita, asha, kavita):
    result = search(sita.uhid, kavita)
    assert (result.patients, result.elsewhere, result.only) == ([sita], [sita], sita)

    assert search(asha.uhid, kavita).elsewhere == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IdentifierKind.ABHA_NUMBER, ABHA),
        (IdentifierKind.ABHA_ADDRESS, "sita.oraon@abdm"),
    ],
)
def test_an_abha_finds_its_patient(sita, kavita, kind, value):
    give_identifier(sita, kind, value)

    assert found(value, kavita) == ["Sita Oraon"]


def test_an_abha_that_has_ended_finds_nobody(sita, kavita):
    held = give_identifier(sita, IdentifierKind.ABHA_NUMBER, ABHA)
    held.ended_at = NOON
    held.save()

    assert found(ABHA, kavita) == []


def test_a_mistyped_uhid_finds_no_stranger(asha, kavita):
    wrong = asha.uhid[:-1] + str((int(asha.uhid[-1]) + 1) % 10)

    assert search(wrong, kavita).term.kind == "mistyped_uhid"
    assert found(wrong, kavita) == []


def test_an_aadhaar_number_is_not_even_carried_along(asha, kavita):
    result = search("2345 6789 0124", kavita)

    assert (result.term.kind, result.term.value, result.patients) == ("aadhaar", "", [])


def test_who_was_seen_here_once_is_found_by_name(sita, med, kavita):
    make_encounter(sita, med)

    assert found("Sita", kavita) == ["Sita Oraon"]


def test_a_list_shows_the_last_visit_at_this_hospital(asha, med, sgml_med, kavita):
    make_encounter(asha, med, at=NOON)
    make_encounter(asha, sgml_med, at=NOON + timedelta(days=1))
    (listed,) = search("asha", kavita).patients

    assert (listed.last_seen_at, listed.last_department) == (NOON, "Medicine")


def test_a_list_is_two_questions_however_long(rims, kavita, django_assert_max_num_queries):
    for n in range(30):
        make_patient(rims, name="Asha Devi", phone=f"94311001{n:02d}")
    with django_assert_max_num_queries(4):
        assert len([str(one.district) for one in search("asha", kavita).patients]) == 20


# ── Who was found by an exact number may be registered for a while ──


def test_a_stranger_is_out_of_reach_until_found_by_number(sita, kavita):
    assert not reachable_by(kavita).filter(pk=sita.pk).exists()

    find_patients(text=sita.uhid, actor=kavita, at=timezone.now())
    assert reachable_by(kavita).get(pk=sita.pk) == sita
    assert AuditEntry.objects.get(name=FOUND).patient_id == sita.pk


def test_a_finding_serves_its_finder_only(sita, kavita, dev):
    find_patients(text=sita.uhid, actor=kavita, at=timezone.now())

    assert not reachable_by(dev).exists()


def test_a_finding_serves_for_one_meeting(sita, kavita):
    find_patients(text=sita.uhid, actor=kavita, at=NOON)

    assert reachable_by(kavita, at=NOON + FOUND_FOR).exists()
    assert not reachable_by(kavita, at=NOON + FOUND_FOR + timedelta(seconds=1)).exists()


def test_a_finding_opens_no_list(sita, kavita):
    find_patients(text=sita.uhid, actor=kavita, at=timezone.now())

    assert not Patient.objects.visible_to(kavita).exists()
