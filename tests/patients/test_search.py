"""Finding somebody: by an exact number in the whole state, by name or phone only where one works."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hmis.kernel.models import AuditEntry
from patients.models import IdentifierKind, KnownName, Patient
from patients.names import name_words
from patients.queries import FOUND, FOUND_FOR, finding, reachable_by, search
from patients.services import find_patients
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.patients import give_identifier, make_encounter, make_patient

ABHA = "91234567890123"


def found(text, user):
    return [patient.name for patient in search(text, user).patients]


@pytest.fixture
def sita(sgml):
    """A patient of SGML, never seen at RIMS."""
    return make_patient(sgml, name="Sita Oraon", name_hi="सीता उराँव", phone="9835012345")


@walked(
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


@walked("typed", ["Usmani", "asha 9999", "9431100002", "", "   ", "%", "_", "'; DROP TABLE"])
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
    assert not reachable_by(kavita, sita.pk).exists()

    find_patients(text=sita.uhid, actor=kavita, at=timezone.now())
    assert reachable_by(kavita, sita.pk).get() == sita
    assert AuditEntry.objects.get(name=FOUND).patient_id == sita.pk


def test_a_finding_serves_its_finder_only(sita, kavita, dev):
    find_patients(text=sita.uhid, actor=kavita, at=timezone.now())

    assert not reachable_by(dev, sita.pk).exists()


def test_a_finding_serves_for_one_meeting(sita, kavita):
    find_patients(text=sita.uhid, actor=kavita, at=NOON)

    assert reachable_by(kavita, sita.pk, at=NOON + FOUND_FOR).exists()
    assert not reachable_by(kavita, sita.pk, at=NOON + FOUND_FOR + timedelta(seconds=1)).exists()


def test_a_finding_opens_no_list(sita, kavita):
    find_patients(text=sita.uhid, actor=kavita, at=timezone.now())

    assert not Patient.objects.visible_to(kavita).exists()


# ── What the search by name reads ──


def words_known(place):
    """{patient's name: words by which this hospital knows them}."""
    known = {}
    for one in KnownName.objects.filter(facility=place).select_related("patient"):
        assert one.name_words == one.patient.name_words
        assert one.registered_at == one.patient.registered_at
        known.setdefault(one.patient.name, set()).add(one.word)
    return known


def test_a_hospital_knows_whom_it_registers_and_whom_it_sees_by_each_word(sita, asha, med, rims, sgml):
    assert words_known(rims) == {"Asha Devi": set(asha.name_words)}

    make_encounter(sita, med)
    make_encounter(sita, med, at=NOON)
    assert words_known(rims) == {one.name: set(one.name_words) for one in (asha, sita)}
    assert words_known(sgml) == {"Sita Oraon": set(sita.name_words)}


def test_a_visit_that_was_cancelled_leaves_the_guest_known(sita, med, kavita):
    make_encounter(sita, med, status="cancelled", ended_at=NOON)

    assert Patient.objects.visible_to(kavita).filter(pk=sita.pk).exists()
    assert found("Sita", kavita) == ["Sita Oraon"]


def test_who_is_renamed_at_home_is_found_by_the_new_name_wherever_they_were_seen(sita, med, kavita, indu):
    make_encounter(sita, med)
    sita.name, sita.name_hi, sita.name_words = "Sarita Lakra", "", name_words("Sarita Lakra", "")
    sita.save()

    for clerk in kavita, indu:
        assert found("Sarita", clerk) == ["Sarita Lakra"]
        assert found("Sita Oraon", clerk) == []


def test_a_change_of_anything_else_leaves_the_names_alone(asha):
    before = set(KnownName.objects.values_list("pk", flat=True))
    asha.village = "Kanke"
    asha.save()

    assert set(KnownName.objects.values_list("pk", flat=True)) == before


def test_the_longest_name_of_the_most_words_has_room(rims, kavita):
    latin = " ".join(f"{one}{other}" for one in "bdgkmnprst" for other in "aeou")[:120].strip()
    hindi = " ".join(f"{one}{other}" for one in "बदगकमनपरसत" for other in "ाेोु")[-120:].strip()
    make_patient(rims, name=latin, name_hi=hindi)

    assert found(latin.split()[0], kavita) == [latin]


def test_the_newest_come_first_and_the_next_page_is_told(rims, kavita):
    for n in range(25):
        make_patient(rims, name=f"Asha Devi {chr(97 + n)}", registered_at=NOON + timedelta(days=n))
    result = search("asha devi", kavita)

    assert [one.registered_at for one in result.patients] == [
        NOON + timedelta(days=n) for n in range(24, 4, -1)
    ]
    assert result.more


def test_who_is_called_just_so_comes_before_newer_ones_that_only_resemble(rims, kavita):
    make_patient(rims, name="Ramesh Munda", name_hi="", registered_at=NOON)
    make_patient(rims, name="Rameshwar Munda", name_hi="", registered_at=NOON + timedelta(days=1))

    for typed in "ramesh munda", "ramesh 0001":
        assert found(typed, kavita) == ["Ramesh Munda", "Rameshwar Munda"]


def test_an_old_bearer_of_two_common_names_is_found_behind_all_the_newer_ones(rims, kavita, monkeypatch):
    monkeypatch.setattr(finding, "FAR", 2)
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 3)
    make_patient(rims, name="Ramesh Munda", name_hi="", registered_at=NOON)
    for n in range(1, 9):
        make_patient(rims, name="Ramesh Oraon", name_hi="", registered_at=NOON + timedelta(days=n))
        make_patient(rims, name="Somra Munda", name_hi="", registered_at=NOON + timedelta(days=n))

    assert found("Ramesh Munda", kavita)[0] == "Ramesh Munda"


@pytest.mark.parametrize("asked", ["Sunita Devi", "Devi Mahto"])
def test_the_search_reads_a_hospitals_own_names_and_no_others(rims, sgml, kavita, asked):
    for place in rims, sgml:
        make_patient(place, name=asked)
    with CaptureQueriesContext(connection) as captured:
        search(asked, kavita)
    said = [one["sql"] for one in captured.captured_queries]
    asked_for = [sql for sql in said if "patients_knownname" in sql or 'EXECUTE "bearers_' in sql]

    assert asked_for
    assert all(str(rims.pk) in sql and str(sgml.pk) not in sql for sql in asked_for)


def test_the_application_only_reads_the_names_and_still_keeps_them(rims, sgml_med, kavita, as_application):
    patient = make_patient(rims, name="Birsa Munda")
    make_encounter(patient, sgml_med)
    patient.name_words = ["birsa"]
    patient.save()

    assert set(KnownName.objects.values_list("word", flat=True)) == {"birsa"}
    assert KnownName.objects.count() == 2
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        KnownName.objects.update(word="somra")
