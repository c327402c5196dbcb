"""A person gets a UHID: once, under both scripts of the name, and never with an Aadhaar number."""

import os
from datetime import date
from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from stdnum import verhoeff

from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, RequestKey
from patients import services
from patients.ages import BirthSaid
from patients.models import IdentifierKind, NameWord, NoPhone, Patient
from patients.services import LikelyDuplicate, people, register_patient, uhid_of_serial
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.facilities import make_clerk
from tests.factories.parallel import all_at_once
from tests.factories.patients import give_identifier, make_patient


@pytest.fixture
def _none_ahead():
    people._serials.clear()


@pytest.mark.usefixtures("db", "_none_ahead")
def test_a_process_takes_uhids_ahead_and_gives_each_once():
    with CaptureQueriesContext(connection) as asked:
        given = [services.next_uhid() for _ in range(people.SERIALS_AHEAD)]

    assert len(asked) == 1
    assert given == sorted(set(given))
    assert services.next_uhid() > given[-1]


@pytest.mark.usefixtures("db", "_none_ahead")
def test_a_forked_worker_has_none_of_its_parents_uhids():
    services.next_uhid()
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, str(len(people._serials)).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(read, 9) == b"0"
    assert people._serials


def test_a_word_of_a_name_is_listed_once(rims, kavita):
    services.register_patient(details=SITA, request_key=uuid4(), actor=kavita, at=NOON)
    again = SITA | {"phone": "9835012346", "birth_date": date(1955, 7, 1), "sex": "male"}
    services.register_patient(details=again, request_key=uuid4(), actor=kavita, at=NOON, confirm_new=True)

    words = list(NameWord.objects.values_list("word", flat=True))
    assert sorted(words) == sorted(set(Patient.objects.first().name_words))


SITA = {
    "name": "Sita Oraon",
    "sex": "female",
    "birth_date": date(1988, 7, 1),
    "birth_precision": "year",
    "phone": "9835012345",
}
ABHA = "91234567890123"
AADHAAR = "234567890124"  # a 12-digit number whose last digit fits
assert verhoeff.is_valid(AADHAAR)


def register(clerk, key=None, *, confirm_new=False, **changes):
    return register_patient(
        details=SITA | changes, request_key=key or uuid4(), actor=clerk, at=NOON, confirm_new=confirm_new
    )


def test_a_new_person_gets_a_uhid_with_a_check_digit(kavita, rims):
    patient = register(kavita)

    assert len(patient.uhid) == 11
    assert patient.uhid.startswith("121")
    assert verhoeff.is_valid(patient.uhid)
    assert (patient.facility, patient.registered_at) == (rims, NOON)


def test_a_name_in_one_script_is_written_in_the_other_too(kavita):
    latin, hindi = register(kavita), register(kavita, name="", name_hi="राम मुंडा", phone="9835012346")

    assert latin.name_hi
    assert not latin.name_hi.isascii()
    assert hindi.name
    assert hindi.name.isascii()


def test_two_scripts_that_were_typed_both_stay(kavita):
    patient = register(kavita, name_hi="सीता उराँव")

    assert (patient.name, patient.name_hi) == ("Sita Oraon", "सीता उराँव")


def test_the_words_of_the_name_enter_the_dictionary(kavita):
    patient = register(kavita)

    assert patient.name_words
    assert set(patient.name_words) == set(NameWord.objects.values_list("word", flat=True))


def test_a_nameless_person_is_refused(kavita):
    with pytest.raises((Refusal, ValidationError)):
        register(kavita, name="")


@pytest.mark.parametrize(
    "said", [BirthSaid(years=126), BirthSaid(days=999_999_999), BirthSaid(written="1-1-2027")]
)
def test_whoever_cannot_be_born_is_refused(kavita, said):
    with pytest.raises(Refusal, match="Nobody was born on this day"):
        register(kavita, birth=said)


@pytest.mark.parametrize("reason", NoPhone)
def test_no_phone_is_recorded_with_its_reason(kavita, reason):
    patient = register(kavita, phone="", no_phone_reason=reason)

    assert (patient.phone, patient.no_phone_reason) == ("", reason)


def test_no_phone_and_no_reason_is_refused(kavita):
    with pytest.raises(Refusal, match="say why there is none"):
        register(kavita, phone="")

    assert not Patient.objects.exists()


def test_a_phone_and_a_reason_for_having_none_is_refused(kavita):
    with pytest.raises(Refusal, match="say why there is none"):
        register(kavita, no_phone_reason=NoPhone.DECLINED)


@pytest.mark.parametrize("phone", ["12345", "5835012345", "98350123456", "९८३५०१२३४५"])
def test_what_is_no_mobile_number_is_refused(kavita, phone):
    with pytest.raises((Refusal, ValidationError)):
        register(kavita, phone=phone)


@walked(
    "field",
    ["name", "name_hi", "guardian_name", "address", "village", "block_name", "occupation", "religion"],
)
@walked("written", ["{}", "Sita {}", "2345 6789 0124", "२३४५ ६७८९ ०१२४"])
def test_an_aadhaar_number_is_refused_wherever_one_writes_freely(kavita, field, written):
    with pytest.raises(ValidationError, match="Aadhaar is not kept here"):
        register(kavita, **{field: written.format(AADHAAR)})

    for model in Patient, NameWord, AuditEntry, RequestKey:
        assert not model.objects.exists()


def test_a_ration_card_may_look_like_an_aadhaar_number(kavita):
    patient = register(kavita, identifiers={IdentifierKind.RATION_CARD: AADHAAR})

    assert patient.identifiers.get().value == AADHAAR


def test_an_abha_number_is_kept_with_its_patient(kavita):
    patient = register(kavita, identifiers={IdentifierKind.ABHA_NUMBER: ABHA, "abha_address": ""})

    assert [(one.kind, one.value) for one in patient.identifiers.all()] == [("abha_number", ABHA)]


def test_the_abha_of_somebody_else_is_refused_and_registers_nobody(kavita, asha):
    give_identifier(asha, IdentifierKind.ABHA_NUMBER, ABHA)
    theirs = {IdentifierKind.ABHA_NUMBER: ABHA}

    with pytest.raises(LikelyDuplicate) as caught:
        register(kavita, identifiers=theirs)
    assert [one.patient for one in caught.value.candidates] == [asha]
    with pytest.raises(Refusal, match="This ABHA belongs to a registered patient"):
        register(kavita, identifiers=theirs, confirm_new=True)
    assert Patient.objects.get() == asha


def test_the_abha_of_another_hospitals_patient_is_refused_too(kavita, sgml):
    give_identifier(make_patient(sgml, name="Sita Oraon"), IdentifierKind.ABHA_NUMBER, ABHA)

    with pytest.raises(Refusal, match="This ABHA belongs") as caught:
        register(kavita, identifiers={IdentifierKind.ABHA_NUMBER: ABHA})
    assert not isinstance(caught.value, LikelyDuplicate)  # who it is, only a search tells


def test_a_mistyped_abha_number_is_refused(kavita):
    with pytest.raises(Refusal, match="14 digits"):
        register(kavita, identifiers={IdentifierKind.ABHA_NUMBER: ABHA[:-1]})

    assert not Patient.objects.exists()


def test_a_very_likely_duplicate_is_refused_and_named(kavita):
    held = register(kavita)

    with pytest.raises(LikelyDuplicate, match="seems to be registered already") as caught:
        register(kavita)
    assert [one.patient for one in caught.value.candidates] == [held]


def test_a_duplicate_is_found_in_the_other_script(kavita):
    register(kavita, name_hi="सीता उराँव")

    with pytest.raises(LikelyDuplicate):
        register(kavita, name="", name_hi="सीता उराँव")


def test_who_is_said_to_be_new_gets_a_uhid_of_their_own(kavita):
    key, first = uuid4(), register(kavita)
    with pytest.raises(LikelyDuplicate):
        register(kavita, key)

    assert register(kavita, key, confirm_new=True).uhid != first.uhid


def test_a_sister_at_the_same_phone_is_nobodys_duplicate(kavita):
    register(kavita)

    assert register(kavita, name="Gita Oraon", birth_date=date(2001, 7, 1))


def test_another_hospitals_patients_are_offered_to_nobody(kavita, gopal):
    register(gopal)

    assert register(kavita)


def test_the_same_sending_again_is_the_same_patient(kavita):
    key = uuid4()

    assert register(kavita, key) == register(kavita, key)
    assert Patient.objects.count() == AuditEntry.objects.count() == 1


def test_the_same_key_for_somebody_else_is_refused(kavita):
    key = uuid4()
    register(kavita, key)

    with pytest.raises(KeyReused):
        register(kavita, key, name="Gita Oraon")


def test_the_registration_is_a_fact_and_a_version_with_its_clerk(kavita):
    patient = register(kavita)

    fact, version = AuditEntry.objects.get(), patient.history_events.get()
    assert (fact.name, fact.actor, fact.patient_id) == ("patients.patient_registered", kavita, patient.pk)
    assert "Sita" not in str(fact.detail)
    assert (version.pgh_label, version.pgh_actor_id) == ("insert", kavita.pk)


def test_a_name_full_of_markup_is_kept_as_it_was_typed(kavita):
    name = '"><img src=x onerror=alert(1)>'

    assert Patient.objects.get(pk=register(kavita, name=name).pk).name == name


def test_a_full_node_takes_its_second_number(settings):
    settings.HMIS_NODES = [121, 122]

    assert uhid_of_serial(9_999_999).startswith("1219999999")
    assert uhid_of_serial(10_000_000).startswith("1220000000")
    with pytest.raises(Refusal, match="used up its UHIDs"):
        uhid_of_serial(20_000_000)


@pytest.mark.django_db(transaction=True)
def test_twenty_clerks_give_twenty_different_uhids(rims):
    clerks = [make_clerk(f"c{n}", rims) for n in range(20)]
    new = [
        partial(register, clerk, name=f"Sita {chr(65 + n)}oraon Munda", phone=f"98350123{n:02d}")
        for n, clerk in enumerate(clerks)
    ]

    outcomes = all_at_once(new)
    assert len({patient.uhid for patient in outcomes}) == 20


@pytest.mark.django_db(transaction=True)
def test_the_same_click_ten_times_is_one_patient(kavita):
    outcomes = all_at_once([partial(register, kavita, uuid4())] * 10)

    assert set(outcomes) == {Patient.objects.get()}
