"""Other numbers of a patient, and how it stands with the ABHA: asked once, kept with who and when."""

from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Count

from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from patients.forms.person import PatientForm
from patients.models import AbhaStatus, IdentifierKind, Patient, PatientIdentifier
from patients.queries import history_of, identifiers_within_reach, search
from patients.services import add_identifier, edit_patient, end_identifier, register_patient
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.parallel import all_at_once
from tests.factories.patients import give_identifier, make_patient

ABHA, OLD = "91100000000016", "MRD/2019/77"
HOSTILE = '"><img src=x onerror=alert(1)>7'


def add(patient, clerk, kind=IdentifierKind.OLD_NUMBER, value=OLD, **changes):
    details = {"request_key": uuid4(), "actor": clerk, "at": NOON}
    return add_identifier(patient=patient, kind=kind, value=value, **details | changes)


def register(clerk, **changes):
    details = {"name": "Asha Devi", "sex": "female", "phone": "9431100001"} | changes
    return register_patient(details=details, request_key=uuid4(), actor=clerk, at=NOON, confirm_new=True)


# ── One more number ──


def test_an_old_number_is_kept_with_the_hospital_that_gave_it(asha, kavita, sgml):
    kept = add(asha, kavita, IdentifierKind.CR_NUMBER, "331012600012345", issuer=sgml)

    assert (kept.patient, kept.issuer, kept.facility) == (asha, sgml, asha.facility)
    assert search("331012600012345", kavita).patients == [asha]


def test_only_old_numbers_are_given_by_a_hospital(asha, kavita, sgml):
    assert add(asha, kavita, IdentifierKind.RATION_CARD, "20/7781", issuer=sgml).issuer is None


def test_the_fact_names_the_kind_and_not_the_number(asha, kavita):
    add(asha, kavita)

    fact = AuditEntry.objects.get()
    assert (fact.name, fact.patient_id, fact.detail) == (
        "patients.identifier_added",
        asha.pk,
        {"kind": "old_number"},
    )


def test_a_number_that_the_patient_bears_is_refused(asha, kavita):
    add(asha, kavita)

    with pytest.raises(Refusal, match="kept with this patient already"):
        add(asha, kavita)
    assert asha.identifiers.count() == 1


def test_the_abha_of_somebody_else_is_refused(rims, asha, kavita):
    give_identifier(make_patient(rims, name="Sita Oraon"), IdentifierKind.ABHA_NUMBER, ABHA)

    with pytest.raises(Refusal, match="This ABHA belongs"):
        add(asha, kavita, IdentifierKind.ABHA_NUMBER, ABHA)
    assert not asha.identifiers.exists()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IdentifierKind.ABHA_NUMBER, "9110"),
        (IdentifierKind.ABHA_ADDRESS, "asha@gmail.com"),
        (IdentifierKind.PMJAY, "2345 6789 0124"),
        (IdentifierKind.OLD_NUMBER, "no number"),
        (IdentifierKind.OLD_NUMBER, "7" * 41),
    ],
)
def test_what_is_no_number_of_its_kind_is_refused(asha, kavita, kind, value):
    with pytest.raises(ValidationError):
        add(asha, kavita, kind, value)
    assert not asha.identifiers.exists()


def test_a_number_sent_twice_is_kept_once(asha, kavita):
    key = uuid4()

    assert add(asha, kavita, request_key=key) == add(asha, kavita, request_key=key)
    with pytest.raises(KeyReused):
        add(asha, kavita, value="other 7", request_key=key)


def test_a_number_is_only_text(asha, kavita):
    assert add(asha, kavita, value=HOSTILE).value == HOSTILE
    assert add(asha, kavita, value="=1+1").value == "=1+1"


@pytest.mark.django_db(transaction=True)
def test_eight_clerks_keep_one_number_once(asha, kavita):
    outcomes = all_at_once([partial(add, asha, kavita) for _ in range(8)])

    assert sum(isinstance(one, PatientIdentifier) for one in outcomes) == 1
    assert sum(isinstance(one, Refusal) for one in outcomes) == 7


# ── A number that is no longer theirs ──


def test_an_ended_number_finds_nobody_and_stays_on_file(asha, kavita):
    end_identifier(identifier=add(asha, kavita), actor=kavita, at=NOON)

    assert search(OLD, kavita).patients == []
    assert asha.identifiers.get().ended_at == NOON
    assert AuditEntry.objects.filter(name="patients.identifier_ended", patient_id=asha.pk).exists()


def test_a_number_ended_twice_is_ended_once(asha, kavita):
    kept = add(asha, kavita)
    end_identifier(identifier=kept, actor=kavita, at=NOON)
    end_identifier(identifier=kept, actor=kavita, at=NOON)

    assert AuditEntry.objects.filter(name="patients.identifier_ended").count() == 1


def test_the_numbers_of_another_hospitals_patient_are_out_of_reach(sgml, kavita, gopal):
    kept = give_identifier(make_patient(sgml), IdentifierKind.OLD_NUMBER, OLD)

    assert not identifiers_within_reach(kavita).exists()
    assert identifiers_within_reach(gopal).get() == kept


# ── Finding ──


@walked("kind", ["pmjay", "ration_card", "old_number", "cr_number"])
@walked(
    ("kept", "searched"),
    [
        ("2019-4512", ["2019-4512", "2019 4512", "20194512", "२०१९-४५१२"]),
        ("12-34567", ["12-34567", "1234567"]),
        ("MRD 451219", ["MRD 451219", "mrd-451219", "MRD451219"]),
        ("MRD / 77", ["MRD / 77", "MRD/77", "mrd 77"]),
        ("OPD 451219", ["OPD 451219", "opd/451219"]),
        ("CR No. 4512", ["CR No. 4512", "cr no 4512"]),
        ("P1234ABCD", ["P1234ABCD", "p1234abcd", "P 1234 ABCD"]),
    ],
)
def test_a_number_is_found_however_it_is_written_and_shown_as_it_was_kept(
    asha, kavita, sgml, kind, kept, searched
):
    give_identifier(make_patient(sgml, name="Sita Oraon"), kind, "4512191")
    number = add(asha, kavita, kind, kept)

    assert {one: search(one, kavita).patients for one in searched} == {one: [asha] for one in searched}
    assert number.shown == kept


def test_a_number_with_a_word_before_it_is_said_to_be_a_number_where_somebody_bears_it(asha, gopal):
    give_identifier(asha, IdentifierKind.OLD_NUMBER, "OPD 451219")

    found = search("opd 451219", gopal)
    assert (found.term.kind, found.elsewhere, found.only) == ("identifier", [asha], None)
    assert search("opd 451218", gopal).term.kind == "name"


def test_of_an_abha_address_each_sign_counts(asha, kavita):
    give_identifier(asha, IdentifierKind.ABHA_ADDRESS, "asha.devi@abdm")

    assert search("Asha.Devi@abdm", kavita).patients == [asha]
    assert search("ashadevi@abdm", kavita).patients == []


def test_a_ration_card_is_kept_from_the_form_as_any_other_number(rims):
    sent = {"name": "Asha", "sex": "female", "age": "34", "no_phone_reason": "declined"}
    form = PatientForm(sent | {"ration_card": " २०२००० 1234 "}, facility=rims)
    wrong = PatientForm(sent | {"ration_card": "lost"}, facility=rims)

    assert form.is_valid(), form.errors
    assert form.details()["identifiers"] == {"ration_card": "202000 1234"}
    assert not wrong.is_valid()


def test_an_old_number_of_eleven_digits_never_hides_a_uhid(asha, rims, kavita):
    other = make_patient(rims, name="Sita Oraon")
    give_identifier(other, IdentifierKind.EHOSPITAL_UHID, asha.uhid)

    assert search(asha.uhid, kavita).patients == [asha]


def test_an_old_number_that_fits_a_uhid_by_chance_finds_its_patient(asha, kavita):
    chance, other = "20260012343", "20260012341"  # the first has our check digit, the second has not
    add(asha, kavita, IdentifierKind.EHOSPITAL_UHID, chance)

    assert [search(number, kavita).term.kind for number in (chance, other)] == ["uhid", "identifier"]
    assert [search(number, kavita).patients for number in (chance, other)] == [[asha], []]


def test_what_nobody_bears_may_be_kept(asha, kavita):
    found = search("CR 331012600012345", kavita)

    assert (found.to_keep, found.identifiers) == (True, {"cr_number": "331012600012345"})
    for typed in ("12100000011", "2345 6789 0124", "Nobody Atall", "47", '{"name":"Asha"}'):
        assert not search(typed, kavita).to_keep, typed


# ── How it stands with the ABHA ──


@walked(
    ("said", "identifiers", "status"),
    [
        ("", {}, "not_asked"),
        ("declined", {}, "declined"),
        ("no_phone", {}, "no_phone"),
        ("assisted", {}, "assisted"),
        ("", {"abha_number": ABHA}, "linked"),
        ("", {"abha_address": "asha@abdm"}, "linked"),
        ("assisted", {"abha_number": ABHA}, "assisted"),
        ("declined", {"abha_number": ABHA}, "linked"),
        ("", {"ration_card": "7781"}, "not_asked"),
    ],
)
def test_the_answer_is_kept_and_a_number_outweighs_it(kavita, said, identifiers, status):
    patient = register(kavita, abha_status=said, identifiers=identifiers)

    assert patient.abha_status == status
    assert AuditEntry.objects.get(name="patients.patient_registered").detail["abha"] == status


def test_linked_without_a_number_is_refused(kavita):
    with pytest.raises(Refusal, match="Write the ABHA number or address"):
        register(kavita, abha_status="linked")
    assert not Patient.objects.exists()


def test_the_history_says_who_changed_the_answer_in_words(asha, kavita):
    edit_patient(patient=asha, details={"abha_status": "declined"}, rev=0, actor=kavita, at=NOON)

    change, _first = history_of(asha)
    assert (change.by, change.fields) == ("Kavita", [("ABHA", "not asked", "does not want one")])


def test_a_number_that_comes_later_links(asha, kavita):
    edit_patient(patient=asha, details={"abha_status": "declined"}, rev=0, actor=kavita, at=NOON)
    add(asha, kavita, IdentifierKind.ABHA_NUMBER, ABHA)

    asha.refresh_from_db()
    assert asha.abha_status == AbhaStatus.LINKED


def test_the_end_of_the_last_abha_opens_the_question_again(asha, kavita):
    number = add(asha, kavita, IdentifierKind.ABHA_NUMBER, ABHA)
    address = add(asha, kavita, IdentifierKind.ABHA_ADDRESS, "asha@abdm")

    for held, status in ((number, "linked"), (address, "not_asked")):
        end_identifier(identifier=held, actor=kavita, at=NOON)
        asha.refresh_from_db()
        assert asha.abha_status == status


def test_an_edit_that_says_nothing_of_the_abha_leaves_it(asha, kavita):
    add(asha, kavita, IdentifierKind.ABHA_NUMBER, ABHA)
    asha.refresh_from_db()
    edit_patient(patient=asha, details={"village": "Kanke"}, rev=asha.rev, actor=kavita, at=NOON)

    asha.refresh_from_db()
    assert asha.abha_status == "linked"


def test_the_answers_are_counted_in_one_question(kavita, rims, django_assert_num_queries):
    for status in ("declined", "declined", "no_phone", ""):
        register(kavita, abha_status=status)

    with django_assert_num_queries(1):
        counted = Patient.objects.filter(facility=rims).values_list("abha_status").annotate(Count("pk"))
        assert dict(counted) == {"declined": 2, "no_phone": 1, "not_asked": 1}
