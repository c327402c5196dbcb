"""Casualty: registered first, billed later; one act, or nothing of it."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import ChargeItem, Invoice
from hmis.kernel import facts, pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument, NumberSeries, RequestKey
from opd.models import CasualtyArrival, QueueToken
from opd.queries import in_casualty
from opd.services import Escort, see_off
from opd.states import BroughtBy, Outcome, Triage
from patients.ages import BirthSaid
from patients.models import BedStay, CaseKind, Encounter, MedicoLegalCase, Patient, PoliceIntimation, Sex
from patients.services import CaseDetails, Intimation, LikelyDuplicate, Unknown
from patients.states import BAND_AGE, AgeBand
from tests.conftest import NOON
from tests.factories.casualty import come, make_beds
from tests.factories.facilities import make_clerk
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient
from tests.patients.test_register_patient import SITA

WRITTEN = [Encounter, CasualtyArrival, BedStay, MedicoLegalCase, PoliceIntimation, IssuedDocument]
POLICE = Intimation("Bariatu", NOON - timedelta(minutes=5), "SI Oraon 417")
CASE = CaseDetails(CaseKind.ROAD_ACCIDENT, "Hit by a lorry", intimation=POLICE)


def test_an_unknown_man_is_registered_without_a_bill(emer, kavita):
    made = come(emer, kavita, at=NOON)

    encounter, patient = made.arrival.encounter, made.arrival.patient
    assert (encounter.encounter_class, encounter.department) == ("emergency", emer)
    assert (patient.phone, patient.no_phone_reason, patient.is_unknown) == ("", "not_asked", True)
    assert made.slip.about_id == encounter.pk
    for model in ChargeItem, Invoice, QueueToken, MedicoLegalCase, NumberSeries:
        assert not model.objects.exists()


@pytest.mark.parametrize(
    ("sex", "name", "name_hi"),
    [
        (Sex.MALE, "Unknown male", "अज्ञात पुरुष"),
        (Sex.FEMALE, "Unknown female", "अज्ञात महिला"),
        (Sex.UNKNOWN, "Unknown person", "अज्ञात व्यक्ति"),
    ],
)
def test_two_unknowns_bear_the_end_of_their_uhid_as_a_mark(emer, kavita, sex, name, name_hi):
    first, second = (come(emer, kavita, at=NOON, who=Unknown(sex)).arrival.patient for _ in range(2))

    assert (first.name, first.name_hi) == (f"{name} {first.uhid[-4:]}", f"{name_hi} {first.uhid[-4:]}")
    assert first.name != second.name


@pytest.mark.parametrize("band", AgeBand)
def test_an_age_that_is_only_guessed_is_kept_as_a_guess(emer, kavita, band):
    birth = BirthSaid(**BAND_AGE[band])
    made = come(emer, kavita, at=NOON, who=Unknown(Sex.MALE, birth))

    patient = made.arrival.patient
    assert (patient.birth_date, patient.birth_precision) == birth.on(NOON.date())
    assert patient.birth_precision != "day"
    assert made.slip.context["age_hi"].startswith("लगभग ")


def test_somebody_on_file_and_somebody_new_come_too(emer, kavita, asha):
    known, new = come(emer, kavita, at=NOON, who=asha), come(emer, kavita, at=NOON, who=SITA)

    assert known.arrival.patient == asha
    assert not new.arrival.patient.is_unknown
    assert Patient.objects.count() == 2


def test_a_likely_duplicate_is_asked_about_first(emer, kavita):
    see_off(
        confirm=True,
        arrival=come(emer, kavita, at=NOON, who=SITA).arrival,
        outcome=Outcome.SENT_HOME,
        actor=kavita,
        at=NOON,
    )

    with pytest.raises(LikelyDuplicate):
        come(emer, kavita, at=NOON, who=SITA)
    assert come(emer, kavita, at=NOON, who=SITA, confirm_new=True)


def test_all_of_it_in_one_act(emer, beds, kavita):
    escort = Escort(BroughtBy.POLICE, "ASI Munda", "9431100009", "Bariatu thana")
    made = come(emer, kavita, at=NOON, escort=escort, case=CASE, bed=beds[0], complaint="bleeding")

    assert (made.stay.bed, made.case.number) == (beds[0], "RIMS/M26/0000001")
    assert made.case.intimations.get().station == "Bariatu"
    slip = made.slip.context
    assert (slip["triage"], slip["triage_hi"].split(":")[0]) == ("red: at once", "लाल")
    assert (slip["case_number"], slip["bed"]) == ("RIMS/M26/0000001", "निगरानी वार्ड · O-EMER · 1")
    assert (slip["escort_name"], slip["escort_from"]) == ("ASI Munda", "Bariatu thana")
    assert made.intimation.number == "RIMS/M26/0000001"
    assert "Road" not in str([fact.detail for fact in AuditEntry.objects.all()])


def test_the_papers_can_be_printed(emer, beds, kavita):
    made = come(emer, kavita, at=NOON, case=CASE, bed=beds[0])
    facts.sweep()

    for paper in made.slip, made.intimation:
        assert pdf.bytes_of(IssuedDocument.objects.get(pk=paper.pk)).startswith(b"%PDF-")
    assert not IssuedDocument.objects.filter(pdf=None).exists()


def test_it_works_with_the_applications_own_rights(emer, beds, kavita, as_application):
    made = come(emer, kavita, at=NOON, case=CASE, bed=beds[0])

    assert see_off(arrival=made.arrival, outcome=Outcome.ADMITTED, actor=kavita, at=NOON).left_at


def test_brought_dead_waits_for_nobody_and_lies_in_no_bed(emer, beds, kavita):
    dead = {"triage": Triage.BLACK, "declared_dead_at": NOON}
    made = come(emer, kavita, at=NOON, **dead)

    assert made.slip.context["declared_dead_at"] == NOON.isoformat()
    assert not Invoice.objects.exists()
    assert not QueueToken.objects.exists()
    with pytest.raises(Refusal, match="needs no bed") as caught:
        come(emer, kavita, at=NOON, bed=beds[0], **dead)
    assert caught.value.field == "bed"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"escort": Escort(BroughtBy.POLICE)}, "write their station"),
        ({"declared_dead_at": NOON}, "has the colour black"),
        ({"triage": Triage.BLACK, "declared_dead_at": NOON + timedelta(minutes=1)}, "lies ahead"),
        ({"case": CaseDetails(CaseKind.FALL, intimation=Intimation("", NOON))}, "which police station"),
        (
            {"case": CaseDetails(CaseKind.FALL, intimation=Intimation("Doranda", NOON + timedelta(hours=1)))},
            "This time lies ahead",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_trace(emer, kavita, changes, sentence):
    with pytest.raises(Exception, match=sentence):
        come(emer, kavita, at=NOON, **changes)

    for model in [*WRITTEN, Patient, AuditEntry, RequestKey, NumberSeries]:
        assert not model.objects.exists()


def test_whoever_is_in_casualty_already_is_not_registered_again(emer, kavita, asha):
    first = come(emer, kavita, at=NOON, who=asha)

    with pytest.raises(Refusal, match="is in casualty already"):
        come(emer, kavita, at=NOON, who=asha)
    see_off(arrival=first.arrival, outcome=Outcome.SENT_HOME, actor=kavita, at=NOON, confirm=True)
    assert come(emer, kavita, at=NOON, who=asha).arrival.pk != first.arrival.pk


def test_a_bed_of_another_hospital_is_not_there(emer, sgml_med, kavita):
    with pytest.raises(Refusal, match="no such bed"):
        come(emer, kavita, at=NOON, bed=make_beds(sgml_med)[0])


def test_sent_twice_it_counts_once_and_another_body_is_refused(emer, beds, kavita):
    key = uuid4()
    first, second = (come(emer, kavita, at=NOON, key=key, case=CASE, bed=beds[0]) for _ in range(2))

    assert (first.arrival, first.case, first.slip) == (second.arrival, second.case, second.slip)
    assert second.intimation == first.intimation
    assert Patient.objects.count() == MedicoLegalCase.objects.count() == 1
    with pytest.raises(KeyReused):
        come(emer, kavita, at=NOON, key=key, triage=Triage.GREEN)


def test_names_that_bite_are_kept_as_words(emer, kavita):
    bad = '"><img src=x onerror=alert(1)>'
    case = CaseDetails(CaseKind.OTHER, bad, "=1+1", Intimation(bad, NOON, "=1+1"))
    made = come(
        emer,
        kavita,
        at=NOON,
        who=SITA | {"name": bad, "name_hi": "=1+1"},
        escort=Escort(BroughtBy.RELATIVE, bad, "", bad),
        complaint=bad,
        case=case,
    )

    for paper in made.slip, made.intimation:
        assert pdf.render(paper).startswith(b"%PDF-")
    assert made.arrival.escort_name == bad


def test_an_aadhaar_number_is_refused_wherever_it_is_written(emer, kavita):
    aadhaar = "2345 6789 0124"
    for changes in (
        {"complaint": aadhaar},
        {"escort": Escort(BroughtBy.RELATIVE, aadhaar)},
        {"case": CaseDetails(CaseKind.OTHER, aadhaar)},
        {"case": CaseDetails(CaseKind.OTHER, intimation=Intimation(aadhaar, NOON))},
    ):
        with pytest.raises(Exception, match="Aadhaar"):
            come(emer, kavita, at=NOON, **changes)


def test_the_most_urgent_are_listed_first_then_who_came_first(emer, kavita):
    colours = [Triage.GREEN, Triage.RED, Triage.YELLOW, Triage.RED]
    for minute, triage in enumerate(colours):
        come(emer, kavita, at=NOON + timedelta(minutes=minute), triage=triage)

    assert [one.triage for one in in_casualty(kavita)] == ["red", "red", "yellow", "green"]


def test_an_unknown_patient_costs_few_journeys_to_the_database(emer, beds, kavita):
    come(emer, kavita, at=NOON)  # what is asked once per process is known now
    with CaptureQueriesContext(
        connection,
    ) as asked:
        come(emer, kavita, at=NOON, case=CASE, bed=beds[0])

    assert len(asked) <= 18, [one["sql"][:80] for one in asked]


# ── Many at once ──


@pytest.mark.django_db(transaction=True)
def test_sixteen_desks_number_their_cases_without_a_gap(rims, emer):
    clerks = [make_clerk(f"c{n}", rims) for n in range(16)]
    wrong = CaseDetails(CaseKind.FALL, intimation=Intimation("Doranda", NOON + timedelta(hours=1)))
    cases = [CASE if n % 4 else wrong for n in range(16)]

    outcomes = all_at_once(
        [partial(come, emer, clerk, at=NOON, case=case) for clerk, case in zip(clerks, cases, strict=True)]
    )
    numbers = sorted(made.case.number for made in outcomes if not isinstance(made, Refusal))
    assert numbers == [f"RIMS/M26/{n:07d}" for n in range(1, 13)]


@pytest.mark.django_db(transaction=True)
def test_twenty_who_want_two_beds_get_one_each(rims, emer, beds):
    clerks = [make_clerk(f"c{n}", rims) for n in range(20)]

    outcomes = all_at_once(
        [partial(come, emer, clerk, at=NOON, bed=beds[n % 2]) for n, clerk in enumerate(clerks)]
    )
    refused = [one for one in outcomes if isinstance(one, Refusal)]
    assert len(refused) == 18
    assert {stay.bed_id for stay in BedStay.objects.filter(ended_at=None)} == {bed.pk for bed in beds}
    assert BedStay.objects.count() == CasualtyArrival.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_desks_who_register_one_patient_register_them_once(rims, emer, kavita):
    known, clerks = make_patient(rims), [make_clerk(f"c{n}", rims) for n in range(6)]

    outcomes = all_at_once([partial(come, emer, clerk, at=NOON, who=known) for clerk in clerks])
    assert sum(isinstance(one, Refusal) for one in outcomes) == 5
    assert CasualtyArrival.objects.count() == Encounter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_click_ten_times_is_one_patient(emer, kavita):
    outcomes = all_at_once([partial(come, emer, kavita, at=NOON, key=uuid4(), case=CASE)] * 10)

    assert {made.arrival.pk for made in outcomes} == {CasualtyArrival.objects.get().pk}
    assert Patient.objects.count() == MedicoLegalCase.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_hanging_broker_delays_no_emergency(emer, kavita, hanging_broker, rings):
    for _ in range(3):
        assert come(emer, kavita, at=NOON).slip
    assert len(rings) == 1
    assert sum(rings) < 0.8
    assert facts.sweep() == 3
