"""Each named rule about patients and encounters refuses what it should."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import InternalError, ProgrammingError, transaction

from hmis.kernel.ids import uuid7
from patients.models import (
    BedReservation,
    BedStay,
    Birth,
    CaseKind,
    IdentifierKind,
    KnownName,
    MedicationHold,
    MedicoLegalCase,
    NameWord,
    PoliceIntimation,
    Vital,
)
from patients.services import add_addendum, next_uhid
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.chart import make_allergy, make_observation
from tests.factories.constraints import again, by_row, rule_broken_by, rules_of
from tests.factories.notes import make_condition, make_note, make_signed_note, make_templates
from tests.factories.patients import give_identifier, make_encounter, make_patient
from tests.factories.prescribing import make_line
from tests.opd.test_referrals import BREAKS as OF_REFERRALS
from tests.opd.test_referrals import OF_LETTERS
from tests.patients.test_admitting import BREAKS as OF_ADMITTING
from tests.patients.test_certificates import BREAKS as OF_CERTIFICATES
from tests.patients.test_content_rules import TRIED as OF_CONTENT
from tests.patients.test_deaths import BREAKS as OF_DEATHS
from tests.patients.test_merging import BREAKS as OF_MERGES
from tests.patients.test_prescribing import BREAKS as OF_LINES
from tests.patients.test_prescribing import OF_GIVEN, OF_ISSUES, OF_SETS

EARLIER, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
AROUND = {"began_at": EARLIER, "ended_at": LATER}


@pytest.fixture
def abha(asha):
    return give_identifier(asha, IdentifierKind.ABHA_NUMBER, "91234567890123")


@pytest.fixture
def word(db):
    return NameWord.objects.create(word="mukhiya")


@pytest.fixture
def known(asha):
    return KnownName.objects.get(patient=asha, word="asa")


@pytest.fixture
def stay(asha, encounter, beds, clara):
    return BedStay.objects.create(
        facility=encounter.facility,
        bed=beds[0],
        encounter=encounter,
        patient=asha,
        began_at=NOON,
        given_by=clara,
    )


@pytest.fixture
def kept(beds, clara):
    return BedReservation.objects.create(
        facility=beds[0].facility,
        bed=beds[0],
        for_whom="Gumla",
        until=LATER,
        made_by=clara,
        made_at=NOON,
    )


@pytest.fixture
def case(encounter, clara):
    return MedicoLegalCase.objects.create(
        facility=encounter.facility,
        encounter=encounter,
        patient=encounter.patient,
        number="RIMS/M26/0000001",
        kind=CaseKind.BURNS,
        marked_by=clara,
        marked_at=NOON,
    )


@pytest.fixture
def told(case, clara):
    return PoliceIntimation.objects.create(
        facility=case.facility,
        case=case,
        station="Bariatu",
        informed_at=NOON,
        informed_by=clara,
        recorded_at=NOON,
    )


@pytest.fixture
def birth(asha, rims, clara):
    return Birth.objects.create(
        facility=rims,
        mother=asha,
        baby=make_patient(rims, "Baby of Asha Devi"),
        number="RIMS/N26/000001",
        delivery=uuid7(),
        place=1,
        born_at=NOON,
        registered_by=clara,
        registered_at=NOON,
    )


@pytest.fixture
def pulse(encounter, clara):
    return make_observation(encounter, clara)


@pytest.fixture
def pressure(encounter, clara):
    return make_observation(encounter, clara, Vital.BLOOD_PRESSURE, "120", diastolic=80)


@pytest.fixture
def allergy(encounter, clara):
    return make_allergy(encounter, clara)


@pytest.fixture
def another(rims, med):
    """Another contact, of another patient."""
    return make_encounter(make_patient(rims, "Birsa Munda", sex="male"), med)


@pytest.fixture
def condition(encounter, bose):
    return make_condition(encounter, bose, at=NOON, is_main=True)


@pytest.fixture
def template(db):
    return make_templates()["GENERAL"]


@pytest.fixture
def note(encounter, bose):
    return make_signed_note(encounter, bose, at=NOON)


@pytest.fixture
def draft(encounter, bose):
    return make_note(encounter, bose, at=NOON)


@pytest.fixture
def held(draft, bose):
    line = make_line(draft, bose)
    return MedicationHold.objects.create(
        facility=line.facility, patient=line.patient, request=line, why="vomits", began_by=bose, began_at=NOON
    )


@pytest.fixture
def version(draft):
    return draft.versions.get()


@pytest.fixture
def signature(note):
    return note.signatures.get()


@pytest.fixture
def addendum(note, bose):
    said = {"reason": "report came", "text": "Hb 6.2"}
    return add_addendum(note=note, **said, request_key=uuid4(), actor=bose, at=NOON)


# The row to write again, and what is wrong with it the second time.
BREAKS = {
    "uhid_is_given_once": ("asha", {}),
    "uhid_has_eleven_digits": ("asha", {"uhid": "0210000123"}),
    "patient_phone_is_a_mobile": ("asha", {"uhid": None, "phone": "5431100001"}),
    "patient_has_a_phone_or_a_reason": ("asha", {"uhid": None, "phone": ""}),
    "patient_pincode_has_six_digits": ("asha", {"uhid": None, "pincode": "034001"}),
    "patient_has_a_name": ("asha", {"uhid": None, "name": ""}),
    "abha_number_has_fourteen_digits": ("abha", {"value": "9123456789012"}),
    "patient_has_each_identifier_once": ("abha", {}),
    "name_word_is_listed_once": ("word", {}),
    "known_name_is_listed_once": ("known", {}),
    "encounter_ends_after_it_starts": ("encounter", {"ended_at": timedelta(seconds=-1)}),
    "bed_has_one_occupant": ("stay", {"patient_id": "another"}),
    "patient_lies_in_one_bed": ("stay", {"bed_id": "second bed"}),
    "bed_stay_ends_after_it_begins": ("stay", {"ended_at": EARLIER}),
    "bed_had_one_occupant_at_a_time": ("stay", {"patient_id": "another"} | AROUND),
    "patient_lay_in_one_bed_at_a_time": ("stay", {"bed_id": "second bed"} | AROUND),
    "bed_is_kept_for_one": ("kept", {}),
    "bed_is_kept_for_somebody": ("kept", {"for_whom": "", "ended_at": LATER}),
    "bed_is_kept_for_a_while": ("kept", {"until": EARLIER, "ended_at": LATER}),
    "medico_legal_number_is_given_once": ("case", {"encounter_id": "another"}),
    "medico_legal_case_has_a_number": ("case", {"encounter_id": "another", "number": ""}),
    "intimation_names_its_station": ("told", {"station": ""}),
    "police_are_not_informed_tomorrow": ("told", {"informed_at": LATER}),
    "nobody_is_born_tomorrow": ("birth", {"baby_id": "another", "born_at": LATER}),
    "newborn_weighs_what_newborns_weigh": ("birth", {"baby_id": "another", "weight_grams": 30}),
    "birth_number_is_given_once": ("birth", {"baby_id": "another", "place": 2}),
    "birth_counts_from_one": ("birth", {"baby_id": "another", "place": 0}),
    "nobody_bears_themselves": ("birth", {"baby_id": "mother"}),
    "observation_is_possible": ("pulse", {"value": -1}),
    "systolic_is_above_diastolic": ("pressure", {"taken_together": uuid7(), "diastolic": 120}),
    "observation_is_not_of_tomorrow": ("pulse", {"taken_at": LATER}),
    "observation_is_wrong_for_a_reason": ("pulse", {"wrong_at": NOON}),
    "each_vital_once_in_a_set": ("pulse", {}),
    "allergy_names_its_substance": ("allergy", {"substance": ""}),
    "code_is_of_an_ingredient": ("allergy", {"substance": "fish", "atc_code": "J01CA04"}),
    "allergy_is_refuted_for_a_reason": ("allergy", {"substance": "fish", "refuted_because": "ate it"}),
    "allergy_is_listed_once": ("allergy", {"substance": "PENICILLIN"}),
    "condition_has_a_code": ("condition", {"code": "I1"}),
    "condition_is_written_once_an_encounter": ("condition", {"is_main": False, "is_problem": False}),
    "encounter_has_one_main_condition": ("condition", {"code": "B54", "is_problem": False}),
    "problem_is_listed_once": ("condition", {"encounter_id": "another", "is_main": False}),
    "condition_has_begun": (
        "condition",
        {"onset_on": NOON.date() + timedelta(1), "onset_precision": "day"},
    ),
    "onset_says_how_well_it_is_known": ("condition", {"onset_precision": "day"}),
    "condition_ends_after_it_begins": (
        "condition",
        {"onset_on": NOON.date(), "onset_precision": "day", "resolved_on": date(2020, 1, 1)},
    ),
    "refuted_condition_says_why": ("condition", {"status": "refuted"}),
    "note_template_version_is_one": ("template", {"retired_at": NOON}),
    "note_template_is_current_once": ("template", {"version": 2}),
    "signed_note_says_by_whom_and_when": ("note", {"signed_by_id": None}),
    "author_has_one_open_note": ("draft", {}),
    "note_version_is_numbered_once": ("version", {}),
    "note_is_signed_once_each_way": ("signature", {}),
    "intern_signs_no_note": ("signature", {"grade": "intern"}),
    "medicine_is_held_once_at_a_time": ("held", {}),
    "medicine_is_held_for_a_reason": ("held", {"why": ""}),
    "hold_ends_after_it_begins": ("held", {"ended_at": LATER}),
    "note_addendum_is_numbered_once": ("addendum", {}),
    "addendum_says_why": ("addendum", {"reason": ""}),
    "addendum_says_something": ("addendum", {"text": ""}),
}


# Each of these rules is tried beside the act that it holds.
ELSEWHERE = (
    {OF_LETTERS}
    | OF_CONTENT
    | {
        rule
        for rule, _changes in (
            *OF_ADMITTING,
            *OF_CERTIFICATES,
            *OF_DEATHS,
            *OF_MERGES,
            *OF_REFERRALS,
            *OF_LINES,
            *OF_ISSUES,
            *OF_SETS,
            *OF_GIVEN,
        )
    }
)


def test_every_rule_is_tried():
    assert set(BREAKS) | ELSEWHERE == rules_of("patients")


@pytest.mark.parametrize("row", by_row(BREAKS))
def test_a_row_that_breaks_it_is_refused(row, request, db):
    held = request.getfixturevalue(row)
    for rule, said in by_row(BREAKS)[row].items():
        assert rule_broken_by(again, held, **_changes(held, said, request)) == rule


def _changes(row, said, request):
    changes = dict(said)
    if changes.get("uhid", "") is None:
        changes["uhid"] = next_uhid()
    if isinstance(changes.get("ended_at"), timedelta):
        changes["ended_at"] = row.started_at + changes["ended_at"]

    named = {"another": "another", "second bed": "beds", "mother": "asha"}
    for field, value in changes.items():
        if value in named and field.endswith("_id"):
            changes[field] = _key(request.getfixturevalue(named[value]), field)
    return changes


def _key(found, field):
    if isinstance(found, list):
        return found[1].pk
    return (
        found.patient_id if field in {"patient_id", "baby_id"} and hasattr(found, "patient_id") else found.pk
    )


@walked(
    ("vital", "said"),
    [
        (Vital.SPO2, {"value": 101}),
        (Vital.PAIN, {"value": 11}),
        (Vital.TEMPERATURE, {"value": 103}),
        (Vital.PULSE, {"value": 720}),
        (Vital.RESPIRATORY_RATE, {"value": 1800}),
        (Vital.BLOOD_PRESSURE, {"value": 1200, "diastolic": 80}),
        (Vital.WEIGHT, {"value": 0}),
        (Vital.PULSE, {"unit": "Cel"}),
        (Vital.PULSE, {"value": None}),
        (Vital.PULSE, {"finding": "alert"}),
        (Vital.PULSE, {"diastolic": 10}),
        (Vital.BLOOD_PRESSURE, {"value": 120}),
        (Vital.CONSCIOUSNESS, {"finding": "air", "value": None}),
        (Vital.CONSCIOUSNESS, {"finding": "alert", "value": 1}),
        (Vital.OXYGEN, {"finding": "air", "value": 2}),
        (Vital.OXYGEN, {"finding": "", "value": 2}),
        (Vital.LAST_PERIOD, {"value": None}),
    ],
)
def test_the_database_holds_each_vital_to_what_it_can_be(encounter, clara, vital, said):
    assert rule_broken_by(make_observation, encounter, clara, vital, **said) == "observation_is_possible"


@pytest.mark.parametrize(
    ("row", "changes", "rule"),
    [
        ("pulse", {"value": 80}, "only_marked_wrong"),
        ("allergy", {"substance": "fish"}, "only_refuted"),
    ],
)
def test_what_was_written_of_a_patient_is_never_edited(row, changes, rule, request):
    held = request.getfixturevalue(row)
    rows = type(held).objects.filter(pk=held.pk)

    with pytest.raises(InternalError, match=rule), transaction.atomic():
        rows.update(**changes)
    with pytest.raises(InternalError, match="never_deleted"), transaction.atomic():
        rows.delete()


def test_what_is_struck_out_stays_so(pulse, allergy, clara):
    struck = {
        pulse: ("marked_wrong_once", {"wrong_because": "other patient", "wrong_by": clara, "wrong_at": NOON}),
        allergy: ("refuted_once", {"refuted_because": "ate it", "refuted_by": clara, "refuted_at": NOON}),
    }
    for row, (rule, changes) in struck.items():
        rows = type(row).objects.filter(pk=row.pk)
        rows.update(**changes)
        for again_ in changes, dict.fromkeys(changes):
            with pytest.raises(InternalError, match=rule), transaction.atomic():
                rows.update(**again_)


@pytest.mark.parametrize(("row", "column"), [("pulse", "value"), ("allergy", "told_by")])
def test_the_application_is_not_granted_to_edit_them(row, column, request, as_application):
    held = request.getfixturevalue(row)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        type(held).objects.filter(pk=held.pk).update(**{column: getattr(held, column)})


@pytest.mark.parametrize("row", ["case", "told", "birth", "note", "version", "signature", "addendum"])
def test_the_application_may_not_change_a_register(row, request, as_application):
    held = request.getfixturevalue(row)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        type(held).objects.filter(pk=held.pk).update(facility=held.facility)


@pytest.mark.parametrize("row", ["case", "told"])
def test_the_register_is_refused_to_the_owner_too(row, request):
    held = request.getfixturevalue(row)

    with pytest.raises(InternalError, match=r"append_only|never_deleted"), transaction.atomic():
        type(held).objects.filter(pk=held.pk).delete()


def test_a_phone_and_a_reason_for_having_none_exclude_each_other(asha):
    broken = rule_broken_by(again, asha, uhid=next_uhid(), no_phone_reason="declined")

    assert broken == "patient_has_a_phone_or_a_reason"


def test_an_ended_identifier_may_be_given_again(abha):
    abha.ended_at = abha.patient.registered_at
    abha.save()

    assert give_identifier(abha.patient, abha.kind, abha.value).pk != abha.pk
