"""Very many patients at once are as the services would have written them."""

from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from hmis.demo import bulk
from hmis.kernel.models import AuditEntry
from patients.identifiers import abha_check_digit_fits, is_uhid
from patients.models import Encounter, IdentifierKind, NameWord, Patient, PatientIdentifier
from patients.names import name_words
from patients.queries import search

PEOPLE = 400


@pytest.fixture
def _loaded(sgml_med, med, monkeypatch):
    call_command("load_jharkhand", verbosity=0)
    monkeypatch.setattr(bulk, "AT_ONCE", PEOPLE // 3)
    call_command("seed_load", patients=PEOPLE, verbosity=0)


@pytest.mark.usefixtures("_loaded")
def test_each_has_a_uhid_and_the_words_of_the_name():
    patients = list(Patient.objects.all())

    assert len({one.uhid for one in patients}) == PEOPLE
    assert all(is_uhid(one.uhid) for one in patients)
    assert all(one.name_words == name_words(one.name, one.name_hi) for one in patients)


@pytest.mark.usefixtures("_loaded")
@pytest.mark.parametrize("model", bulk.WRITTEN)
def test_every_row_keeps_every_rule_of_its_table(model):
    linked = {field.name for field in model._meta.fields if field.is_relation}
    broken = []
    for row in model._default_manager.all():
        try:
            # What they point to and each constraint, the database has looked at.
            row.clean_fields(exclude=linked)
        except ValidationError as error:
            broken.append((row.pk, error.message_dict))

    assert model._default_manager.count() > 0
    assert broken == []


@pytest.mark.usefixtures("_loaded")
def test_every_key_points_to_a_row():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    connection.check_constraints()


@pytest.mark.usefixtures("_loaded")
def test_every_word_is_in_the_dictionary_once():
    words = {word for patient in Patient.objects.all() for word in patient.name_words}

    assert sorted(NameWord.objects.values_list("word", flat=True)) == sorted(words)


@pytest.mark.usefixtures("_loaded")
def test_a_second_load_adds_others_and_repeats_no_number():
    call_command("seed_load", patients=PEOPLE, seed=2, verbosity=0)

    assert Patient.objects.count() == 2 * PEOPLE
    for model, field in (Patient, "uhid"), (PatientIdentifier, "value"), (NameWord, "word"):
        numbers = Counter(model.objects.values_list(field, flat=True))
        assert numbers.most_common(1)[0][1] == 1


@pytest.mark.usefixtures("_loaded")
def test_each_was_here_once_and_some_again_never_before_they_were_registered():
    visits = list(Encounter.objects.select_related("patient"))
    times = Counter(visit.patient_id for visit in visits)

    assert len(times) == PEOPLE
    assert set(times.values()) == {1, 2}
    assert all(visit.facility_id == visit.patient.facility_id for visit in visits)
    assert all(visit.started_at >= visit.patient.registered_at for visit in visits)


@pytest.mark.usefixtures("_loaded")
def test_the_triggers_work_again():
    patient = Patient.objects.first()
    patient.save(update_fields=["village"])
    patient.refresh_from_db()
    assert patient.rev == 1
    assert patient.history_events.count() == 1


@pytest.mark.usefixtures("_loaded")
def test_the_search_finds_everybody_by_each_of_their_numbers_and_names(indu):
    patients = list(Patient.objects.order_by("pk")[:40])
    for one in patients:
        assert search(one.uhid, indu).only == one
        assert one in search(f"{one.name} {one.phone[-4:]}", indu).patients
        assert one in search(f"{one.name_hi} {one.phone[-4:]}", indu).patients
        assert not one.phone or one in search(one.phone, indu).patients
    for number in PatientIdentifier.objects.filter(kind=IdentifierKind.ABHA_NUMBER)[:40]:
        assert abha_check_digit_fits(number.value)
        assert search(number.value, indu).only.pk == number.patient_id


def test_it_refuses_production(settings, db):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="no place in production"):
        call_command("seed_load", patients=1)
    assert not Patient.objects.exists()
    assert not AuditEntry.objects.exists()
