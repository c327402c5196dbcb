"""Very many patients at once are as the services would have written them."""

import pytest
from django.core.management import call_command

from hmis.demo import bulk
from patients.identifiers import is_uhid
from patients.models import Encounter, NameWord, Patient
from patients.names import name_words


@pytest.fixture
def _loaded(sgml_med, med, monkeypatch):
    call_command("load_jharkhand", verbosity=0)
    monkeypatch.setattr(bulk, "AT_ONCE", 20)
    call_command("seed_load", patients=50, verbosity=0)


@pytest.mark.usefixtures("_loaded")
def test_each_has_a_uhid_and_the_words_of_the_name():
    patients = list(Patient.objects.all())

    assert len({one.uhid for one in patients}) == 50
    assert all(is_uhid(one.uhid) for one in patients)
    assert all(one.name_words == name_words(one.name, one.name_hi) for one in patients)


@pytest.mark.usefixtures("_loaded")
def test_every_word_is_in_the_dictionary_once():
    words = {word for patient in Patient.objects.all() for word in patient.name_words}

    assert sorted(NameWord.objects.values_list("word", flat=True)) == sorted(words)


@pytest.mark.usefixtures("_loaded")
def test_some_were_here_before_and_the_triggers_work_again():
    assert 0 < Encounter.objects.count() < 50
    patient = Patient.objects.first()
    patient.save(update_fields=["village"])
    patient.refresh_from_db()
    assert patient.rev == 1
