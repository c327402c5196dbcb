"""Allergies: not asked, none known, or a list that goes with the patient; refuted with a reason."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import get_template
from django.urls import reverse

from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument, RequestKey
from patients.models import AllergyIntolerance, Severity, ToldBy
from patients.prescribing import ingredient_named
from patients.prescribing.allergens import MOST_OFFERED, allergen, offered
from patients.queries import allergies_of
from patients.services import Allergy, print_note, record_allergy, refute_allergy
from patients.states import EncounterStatus
from tests.conftest import NOON
from tests.factories.chart import make_allergy
from tests.factories.notes import make_signed_note
from tests.factories.outcomes import make_letter
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter

HOSTILE = '"><img src=x onerror=alert(1)>'
NONE_KNOWN = Allergy()
AMOXICILLIN = Allergy("amoxicillin", "itching, swelling", Severity.SEVERE, ToldBy.RELATIVE)


def record(encounter, nurse, allergy=AMOXICILLIN, key=None):
    return record_allergy(
        encounter=encounter, allergy=allergy, request_key=key or uuid4(), actor=nurse, at=NOON
    )


def refute(allergy, nurse, because="took it last month, nothing happened", key=None):
    return refute_allergy(allergy=allergy, because=because, request_key=key or uuid4(), actor=nurse, at=NOON)


def names(patient):
    return [one.substance for one in allergies_of(patient).listed]


def on_letter(encounter, doctor):
    """What a letter to another hospital says of allergies, as it is printed."""
    paper = IssuedDocument.objects.get(about_id=make_letter(encounter, doctor, at=NOON).pk)
    page = get_template(paper.template).render({"paper": paper, **paper.frozen()})
    return " ".join(page.partition("Allergies</small>")[2].partition("</b>")[0].split())


def test_a_letter_says_not_asked_none_known_since_a_day_or_the_list(encounter, bose, clara):
    assert on_letter(encounter, bose).endswith("पूछा नहीं गया Not asked")

    record(encounter, clara, NONE_KNOWN)
    assert on_letter(encounter, bose).endswith("कोई मालूम नहीं None known (पूछा गया asked 22-07-2026)")

    record(encounter, clara, Allergy("Penicilin <b>"))
    assert on_letter(encounter, bose).endswith("Penicilin &lt;b&gt; (दवाओं से जाँच नहीं not checked)")


def test_what_was_known_when_a_note_was_signed_stays_on_its_paper(encounter, bose, clara):
    known = record(encounter, clara)
    note = make_signed_note(encounter, bose, at=NOON + timedelta(hours=1))
    printed = print_note(note=note, size="a4", actor=bose, at=NOON + timedelta(hours=2))
    later = {"because": "a mistake", "request_key": uuid4(), "actor": clara, "at": NOON + timedelta(hours=3)}
    refute_allergy(allergy=known, **later)

    assert printed.context["allergies"]["listed"] == ["amoxicillin"]
    assert names(encounter.patient) == []
    then = allergies_of(encounter.patient, NOON + timedelta(hours=1))
    assert [one.substance for one in then.listed] == ["amoxicillin"]
    assert not allergies_of(encounter.patient, NOON - timedelta(hours=1)).is_asked


# ── What is offered while one is typed ──


@pytest.mark.parametrize(
    ("typed", "value", "meaning"),
    [
        ("Amoxycillin", "Amoxicillin", ""),
        ("amoxi", "Amoxicillin", ""),
        ("penic", "penicillin", "penicillins"),
        ("पेनि", "पेनिसिलिन", "penicillins"),
        ("पैरा", "पैरासिटामोल", "Paracetamol"),
        ("disp", "disprin", "Acetylsalicylic acid"),
        ("sulfa", "sulfa", "sulfonamides"),
        ("SULFA  DR", "sulfa drugs", "sulfonamides"),
        ("co trimox", "co-trimoxazole", "Sulphamethoxazole"),
        ("brufin", "brufen", "Ibuprofen"),
        ("mesala", "5-aminosalicylic acid (mesalazine)", ""),
    ],
)
def test_a_word_that_the_list_knows_is_offered_as_it_is_typed(typed, value, meaning):
    first = offered(typed)[0]
    assert (first.value, first.meaning) == (value, meaning)


@pytest.mark.parametrize("typed", ["", " ", "p", "dust", "egg", '"><img src=x>', "x" * 5_000, "🙂🙂", "%_%"])
def test_nothing_is_offered_that_is_not_meant(typed):
    assert offered(typed) == []


def test_whatever_is_offered_is_checked_against_medicines_and_once():
    for typed in ("am", "ce", "pe", "su", "आइ", "so", "in"):
        found = offered(typed, most=1_000)
        assert found
        for one in found:
            assert allergen(one.value).is_known
        named = [(allergen(one.value).ingredient, allergen(one.value).class_name) for one in found]
        assert len(set(named)) == len(named)
        assert offered(typed) == found[:MOST_OFFERED]


def test_nurse_and_doctor_are_offered_words_and_nobody_else(client, clara, bose, dev):
    page = reverse("patients:allergen_list")
    for person in (clara, bose):
        client.force_login(person)
        shown = client.post(page, {"substance": "amoxy"}).text
        assert 'value="Amoxicillin"' in shown
        assert "not be checked" not in shown
    unknown = client.post(page, {"substance": HOSTILE}).text
    assert "no medicine will be checked against it" in unknown
    assert "<img" not in unknown
    assert "no medicine" not in client.post(page).text
    client.force_login(dev)
    assert client.post(page).status_code == 403


def test_nobody_was_asked_until_somebody_was(asha, encounter, clara):
    assert not allergies_of(asha).is_asked

    stated = record(encounter, clara, NONE_KNOWN)
    known = allergies_of(asha)
    assert (known.is_asked, known.listed, known.none_known) == (True, [], stated)
    assert (stated.recorded_at, stated.told_by, str(stated)) == (NOON, "patient", "none known")


def test_an_allergy_is_written_as_told_and_coded_where_it_is_known(asha, encounter, clara):
    row = record(encounter, clara)

    assert (row.substance, row.ingredient, row.atc_code) == ("amoxicillin", "Amoxicillin", "J01CA04")
    assert (row.reaction, row.severity, row.told_by) == ("itching, swelling", "severe", "relative")
    fact = AuditEntry.objects.get(name="patients.allergy_recorded")
    assert (fact.patient_id, fact.detail) == (asha.pk, {})
    fish = record(encounter, clara, Allergy("मछली"))
    assert (fish.ingredient, fish.atc_code) == ("", "")
    assert names(asha) == ["amoxicillin", "मछली"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("AMOXICILLIN ", "Amoxicillin"),
        ("एमोक्सिसिलिन", "Amoxicillin"),
        ("mesalazine", "5-aminosalicylic acid (mesalazine)"),
        ("d penicillamine", "D-Penicillamine"),
        ("amoxicilin", None),
        ("", None),
        ('"><img src=x onerror=alert(1)>', None),
    ],
)
def test_only_an_exact_name_is_coded(typed, name):
    found = ingredient_named(typed)
    assert (found and found.name) == name


def test_a_list_ends_the_statement_and_a_refuted_list_does_not_bring_it_back(asha, encounter, clara):
    record(encounter, clara, NONE_KNOWN)
    row = record(encounter, clara)
    assert (names(asha), allergies_of(asha).none_known) == (["amoxicillin"], None)

    refute(row, clara)
    assert not allergies_of(asha).is_asked
    record(encounter, clara, NONE_KNOWN)
    assert allergies_of(asha).none_known is not None


def test_none_known_beside_a_list_is_refused(encounter, clara):
    record(encounter, clara)
    with pytest.raises(Refusal, match="Allergies are listed: amoxicillin") as caught:
        record(encounter, clara, NONE_KNOWN)
    assert caught.value.field == "substance"


def test_a_statement_by_mistake_is_refuted_too(asha, encounter, clara):
    refute(record(encounter, clara, NONE_KNOWN), clara, because="other patient")
    assert not allergies_of(asha).is_asked


@pytest.mark.parametrize(
    ("allergy", "sentence"),
    [
        (Allergy("", "itching"), "Write what the patient is allergic to"),
        (Allergy("", severity=Severity.MILD), "Write what the patient is allergic to"),
        (Allergy("PENICILLIN"), "listed already"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_no_trace(encounter, clara, allergy, sentence):
    make_allergy(encounter, clara)
    with pytest.raises(Refusal, match=sentence) as caught:
        record(encounter, clara, allergy)
    assert caught.value.field == "substance"
    assert AllergyIntolerance.objects.count() == 1
    for model in AuditEntry, RequestKey:
        assert not model.objects.exists()


def test_an_aadhaar_is_no_substance_and_a_biting_one_is_only_text(asha, med, encounter, clara):
    with pytest.raises(ValidationError, match="Aadhaar"):
        record(encounter, clara, Allergy("2341 2341 2346"))
    for substance in '"><img src=x onerror=alert(1)>', "=1+1":
        assert record(encounter, clara, Allergy(substance)).substance == substance
    over = make_encounter(asha, med, status=EncounterStatus.FINISHED, ended_at=NOON)
    with pytest.raises(Refusal, match="is over"):
        record(over, clara, Allergy("fish"))


def test_sent_twice_it_is_listed_once(asha, encounter, clara):
    key = uuid4()
    assert record(encounter, clara, key=key) == record(encounter, clara, key=key)
    assert names(asha) == ["amoxicillin"]
    with pytest.raises(KeyReused):
        record(encounter, clara, NONE_KNOWN, key=key)


def test_refuted_once_with_a_reason_it_stays_on_file(asha, encounter, clara, bose):
    row, key = make_allergy(encounter, clara), uuid4()
    with pytest.raises(Refusal, match="Say why") as caught:
        refute(row, bose, because="")
    assert caught.value.field == "because"
    for _ in range(2):
        refute(row, bose, key=key)
    with pytest.raises(Refusal, match="refuted already"):
        refute(row, clara)

    row.refresh_from_db()
    assert (row.refuted_by, row.refuted_at, row.substance) == (bose, NOON, "Penicillin")
    assert names(asha) == []
    assert AuditEntry.objects.filter(name="patients.allergy_refuted").count() == 1
    assert record(encounter, clara, Allergy("penicillin")).pk != row.pk


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_write_one_allergy_and_no_statement_beside_it(asha, encounter, clara, bose):
    outcomes = all_at_once(
        [partial(record, encounter, one, Allergy("Penicillin")) for one in (clara, bose)] * 2
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["AllergyIntolerance"] + ["Refusal"] * 3

    refused = all_at_once([partial(record, encounter, clara, NONE_KNOWN)] * 2)
    assert {type(one) for one in refused} == {Refusal}
    assert names(asha) == ["Penicillin"]


@pytest.mark.django_db(transaction=True)
def test_two_who_refute_at_once_do_it_once(encounter, clara, bose):
    row = make_allergy(encounter, clara)
    outcomes = all_at_once([partial(refute, row, one) for one in (clara, bose)])
    assert sorted(type(one).__name__ for one in outcomes) == ["AllergyIntolerance", "Refusal"]


def test_another_hospital_reads_the_list(asha, encounter, sgml_med, clara, esha):
    make_allergy(encounter, clara)
    make_encounter(asha, sgml_med)
    assert names(asha) == ["Penicillin"]
