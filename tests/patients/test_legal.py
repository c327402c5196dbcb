"""The medico-legal register: no gap, only kinds put right, silent about whom it must not name."""

from datetime import date, timedelta
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction
from pypdf import PdfReader

from hmis.kernel import facts, pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.history import changes_of
from hmis.kernel.models import AuditEntry, IssuedDocument, NumberSeries
from patients.models import CaseKind, MedicoLegalCase, PoliceIntimation
from patients.queries import cases_here, withhold_names
from patients.services import CaseDetails, Intimation, correct_case, inform_police, open_case
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.facilities import make_nurse
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient

TOLD = Intimation("Bariatu", NOON)


def mark(encounter, nurse, kind=CaseKind.ROAD_ACCIDENT, *, key=None, at=NOON, **more):
    details = CaseDetails(kind, **more)
    return open_case(encounter=encounter, details=details, request_key=key or uuid4(), actor=nurse, at=at)


def tell(case, nurse, said=TOLD, *, key=None, at=NOON):
    return inform_police(case=case, intimation=said, request_key=key or uuid4(), actor=nurse, at=at)


def test_a_case_has_the_next_number_of_the_year(encounter, rims, med, clara):
    first = mark(encounter, clara).case
    other = make_encounter(make_patient(rims, "Birsa Munda", sex="male"), med)
    second = mark(other, clara, at=NOON + timedelta(days=300)).case

    assert (first.number, second.number) == ("RIMS/M26/0000001", "RIMS/M27/0000001")
    assert (first.patient, first.marked_by) == (encounter.patient, clara)


def test_a_contact_is_one_case(encounter, clara):
    mark(encounter, clara)

    with pytest.raises(Refusal, match="already"):
        mark(encounter, clara)
    assert NumberSeries.objects.get(series="M").last == 1


def test_sent_twice_it_is_one_line(encounter, clara):
    key = uuid4()
    first, second = (mark(encounter, clara, key=key, intimation=TOLD) for _ in range(2))

    assert first == second
    with pytest.raises(KeyReused):
        mark(encounter, clara, CaseKind.BURNS, key=key)


def test_the_police_are_told_later_and_again(encounter, clara, bose):
    case = mark(encounter, clara).case
    tell(case, bose)
    again = tell(case, clara, Intimation("Sadar", NOON, "SI Oraon"), at=NOON + timedelta(hours=1))

    assert [one.station for one in case.intimations.order_by("pk")] == ["Bariatu", "Sadar"]
    letter = IssuedDocument.objects.get(about_id=again.pk)
    assert (letter.number, letter.context["station"]) == (case.number, "Sadar")
    assert (letter.context["officer"], letter.context["informed_by"]) == ("SI Oraon", "Clara")
    assert letter.context["name"] == "Asha Devi"  # the police are told whom it is about
    facts.sweep()
    (page,) = PdfReader(BytesIO(pdf.bytes_of(IssuedDocument.objects.get(pk=letter.pk)))).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)  # A4, as police files are


def test_telling_twice_by_one_key_is_telling_once(encounter, clara):
    case, key = mark(encounter, clara).case, uuid4()

    assert tell(case, clara, key=key) == tell(case, clara, key=key)
    assert PoliceIntimation.objects.count() == 1
    with pytest.raises(KeyReused):
        tell(case, clara, Intimation("Sadar", NOON), key=key)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (Intimation("", NOON), "which police station"),
        (Intimation("Sadar", NOON + timedelta(1)), "lies ahead"),
    ],
)
def test_what_cannot_be_is_not_written(encounter, clara, said, sentence):
    case = mark(encounter, clara).case

    with pytest.raises(Refusal, match=sentence):
        tell(case, clara, said)
    assert not PoliceIntimation.objects.exists()


def test_the_facts_say_neither_who_nor_what(encounter, clara):
    case = mark(encounter, clara, CaseKind.SEXUAL_ASSAULT, particulars="said much").case
    tell(case, clara)

    told = str(list(AuditEntry.objects.values_list("name", "detail")))
    assert "patients.medico_legal_case_opened" in told
    for secret in "Asha", "sexual", "said much", "Bariatu":
        assert secret not in told


# ── A kind put right ──


def correct(case, actor, kind=CaseKind.SEXUAL_ASSAULT, why="she says so today", *, rev=None, key=None):
    return correct_case(
        case=case,
        kind=kind,
        why=why,
        rev=case.rev if rev is None else rev,
        request_key=key or uuid4(),
        actor=actor,
        at=NOON + timedelta(days=1),
    )


def test_what_is_disclosed_later_masks_the_name_at_once_and_the_history_keeps_what_was(
    encounter, clara, bose
):
    case = mark(encounter, clara, CaseKind.ASSAULT).case
    patient = case.patient
    withhold_names([patient])
    assert not patient.is_withheld

    corrected = correct(case, bose)
    withhold_names([patient])
    assert patient.is_withheld
    assert (corrected.number, corrected.rev) == (case.number, 1)
    newest, first = changes_of(corrected)
    assert (newest.by, [one[1:] for one in newest.fields]) == (
        "Bose",
        [("assault, fight", "sexual assault"), ("—", "she says so today")],
    )
    assert first.is_first


def test_the_letter_that_went_out_stays_and_a_new_one_says_the_new_kind(encounter, clara):
    case = mark(encounter, clara, CaseKind.ASSAULT, intimation=TOLD).case
    old = IssuedDocument.objects.get(about="patients.policeintimation")
    again = tell(correct(case, clara), clara, Intimation("Sadar", NOON))

    assert IssuedDocument.objects.get(pk=old.pk).context["kind"] == "assault, fight"
    assert IssuedDocument.objects.get(about_id=again.pk).context["kind"] == "sexual assault"


def test_the_correction_leaves_no_word_of_the_case_in_the_facts(encounter, clara):
    correct(mark(encounter, clara, CaseKind.ASSAULT).case, clara)

    told = str(list(AuditEntry.objects.values_list("name", "detail")))
    assert "patients.medico_legal_case_corrected" in told
    for secret in "Asha", "sexual", "she says so":
        assert secret not in told


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": CaseKind.ASSAULT}, "of this kind already"),
        ({"why": ""}, "Say why"),
        ({"rev": 7}, "Somebody else changed"),
        ({"why": "Aadhaar 2345 6789 0124"}, "Aadhaar"),
    ],
)
def test_a_correction_that_cannot_be_changes_nothing(encounter, clara, said, sentence):
    case = mark(encounter, clara, CaseKind.ASSAULT).case

    with pytest.raises((Refusal, ValidationError), match=sentence):
        correct(case, clara, **said)
    case.refresh_from_db()
    assert (case.kind, case.why_corrected, case.rev) == (CaseKind.ASSAULT, "", 0)


def test_a_correction_sent_twice_is_one(encounter, clara):
    case, key = mark(encounter, clara, CaseKind.ASSAULT).case, uuid4()

    assert correct(case, clara, key=key) == correct(case, clara, key=key)
    assert MedicoLegalCase.objects.get().rev == 1
    with pytest.raises(KeyReused):
        correct(case, clara, CaseKind.BURNS, key=key)


@pytest.mark.parametrize(
    "changes", [{"number": "RIMS/M26/9999999"}, {"particulars": "other"}, {"patient_id": None}]
)
def test_nothing_but_the_kind_ever_changes(encounter, clara, changes):
    case = mark(encounter, clara).case

    with pytest.raises(InternalError, match="only_the_kind_changes"), transaction.atomic():
        MedicoLegalCase.objects.filter(pk=case.pk).update(**changes)


# ── Whom lists do not name ──


@walked(
    ("kind", "born", "withheld"),
    [
        (CaseKind.SEXUAL_ASSAULT, date(1980, 1, 1), True),
        (CaseKind.SEXUAL_ASSAULT, None, True),
        (CaseKind.BURNS, date(2008, 7, 23), True),  # eighteen tomorrow
        (CaseKind.BURNS, date(2008, 7, 22), False),
        (CaseKind.BURNS, date(2026, 7, 1), True),
        (CaseKind.BURNS, date(2025, 2, 1), True),  # seventeen months, not seventeen years
        (CaseKind.BURNS, None, False),
    ],
)
def test_survivors_and_minors_are_not_named(rims, med, clara, kind, born, withheld):
    patient = make_patient(rims, birth_date=born)
    mark(make_encounter(patient, med), clara, kind)
    withhold_names([patient])

    assert patient.is_withheld == withheld
    assert (patient.listed_name == "name withheld") == withheld


def test_an_age_put_right_counts_at_once(encounter, asha, clara):
    mark(encounter, clara)
    asha.birth_date = date(2012, 1, 1)
    asha.save()
    withhold_names([asha])

    assert asha.is_withheld


def test_a_list_is_asked_about_in_two_questions_however_long(rims, med, clara, django_assert_num_queries):
    patients = [make_patient(rims) for _ in range(8)]
    for patient in patients[:3]:
        mark(make_encounter(patient, med), clara, CaseKind.SEXUAL_ASSAULT)

    with django_assert_num_queries(2):
        withhold_names(patients)
    assert [one.is_withheld for one in patients] == [True] * 3 + [False] * 5


def test_another_hospital_sees_none_of_the_register(encounter, clara, esha):
    mark(encounter, clara)

    assert cases_here(clara).count() == 1
    assert not cases_here(esha).exists()


# ── At once ──


@pytest.mark.django_db(transaction=True)
def test_many_desks_leave_no_gap(rims, med):
    nurses = [make_nurse(f"n{n}", rims) for n in range(16)]
    encounters = [make_encounter(make_patient(rims), med) for _ in nurses]

    outcomes = all_at_once([partial(mark, *pair) for pair in zip(encounters, nurses, strict=True)])
    assert sorted(made.case.number for made in outcomes) == [f"RIMS/M26/{n:07d}" for n in range(1, 17)]


@pytest.mark.django_db(transaction=True)
def test_two_who_mark_one_contact_mark_it_once(rims, encounter):
    nurses = [make_nurse(f"n{n}", rims) for n in range(6)]

    outcomes = all_at_once([partial(mark, encounter, nurse) for nurse in nurses])
    assert sum(isinstance(one, Refusal) for one in outcomes) == 5
    assert MedicoLegalCase.objects.get().number == "RIMS/M26/0000001"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_put_a_case_right_the_second_looks_again(rims, encounter):
    nurses = [make_nurse(f"n{n}", rims) for n in range(2)]
    case = mark(encounter, nurses[0], CaseKind.ASSAULT).case

    kinds = [CaseKind.SEXUAL_ASSAULT, CaseKind.BURNS]
    outcomes = all_at_once([partial(correct, case, *pair) for pair in zip(nurses, kinds, strict=True)])
    (refused,) = (one for one in outcomes if isinstance(one, Refusal))
    assert "Look again" in str(refused)
    assert MedicoLegalCase.objects.get().rev == 1
