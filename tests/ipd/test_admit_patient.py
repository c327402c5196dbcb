"""Admission: a bed, a number, a team and papers in one act."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from facilities.models import Bed, BedKind
from facilities.roles import Role
from facilities.states import BedStatus, WardKind, WardTakes
from hmis.kernel import facts
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from ipd import queries
from ipd.documents import ADMISSION_SHEET, BODY_RECEIPT, WRIST_BAND
from ipd.models import Admission, CareTeam
from ipd.services import (
    DoubtfulDeath,
    Taker,
    cancel_admission,
    change_team,
    end_leave,
    hand_over_body,
    leave_bed,
    put_bed_away,
    take_out_of_service,
    transfer_bed,
)
from ipd.states import AdmissionStatus, Consent, Source
from opd.services import see_off
from opd.states import Outcome
from patients.models import BedStay, CaseKind, Encounter, EncounterClass, MedicoLegalCase, Sex
from patients.services import (
    CaseDetails,
    DoubtfulBed,
    Intimation,
    Newborn,
    Unknown,
    Wish,
    beds,
    inform_police,
    register_newborns,
    request_admission,
)
from patients.states import AdmissionRequestStatus, EncounterStatus
from tests.conftest import NOON
from tests.factories.casualty import come, make_emergency
from tests.factories.chart import make_allergy
from tests.factories.facilities import make_department, make_person
from tests.factories.ipd import admit, beds_in, die, make_ward
from tests.factories.notes import make_condition
from tests.factories.patients import make_patient

pytestmark = pytest.mark.django_db


def test_a_patient_is_in_a_bed_with_a_number_a_team_and_papers(asha, ward, clara, bose):
    bed = beds_in(ward)[0]
    done = admit(asha, bed, clara, at=NOON, consultant=bose, diagnosis="Fever")
    held = Admission.objects.get(pk=done.admission.pk)
    assert re.fullmatch(r"RIMS/A26/\d{7}", held.number)
    assert held.status == AdmissionStatus.ADMITTED
    assert held.encounter.encounter_class == EncounterClass.INPATIENT
    assert BedStay.objects.get(patient=asha, ended_at=None).bed == bed
    assert CareTeam.objects.get(admission=held).consultant == bose
    papers = IssuedDocument.objects.filter(about_id=held.pk)
    assert {one.template for one in papers} == {
        "ipd/documents/admission_sheet.html",
        "ipd/documents/wrist_band.html",
    }
    assert all(one.context["ipd_number"] == held.number for one in papers)
    assert AuditEntry.objects.filter(name="ipd.patient_admitted", about_id=held.pk).count() == 1


def test_sent_twice_it_is_one_admission(asha, ward, clara):
    key = uuid4()
    first = admit(asha, beds_in(ward)[0], clara, at=NOON, key=key)
    again = admit(asha, beds_in(ward)[0], clara, at=NOON, key=key)
    assert again.admission.pk == first.admission.pk
    assert again.stay.pk == first.stay.pk
    assert Admission.objects.count() == BedStay.objects.count() == 1


def test_nobody_is_admitted_twice(admitted, asha, ward, clara):
    with pytest.raises(Refusal, match="admitted already"):
        admit(asha, beds_in(ward)[1], clara)


def test_a_bed_that_is_taken_is_refused(admitted, ward, clara, rims):
    with pytest.raises(Refusal, match="Somebody lies in this bed"):
        admit(make_patient(rims, name="Babita"), beds_in(ward)[0], clara)


def test_a_bed_of_another_hospital_is_refused(asha, ward, sgml_ward, clara, med):
    with pytest.raises(Refusal, match="no such bed"):
        admit(asha, beds_in(sgml_ward)[0], clara, department=med)


def test_a_department_of_another_hospital_is_refused(asha, ward, sgml_med, clara):
    with pytest.raises(Refusal, match="no such department"):
        admit(asha, beds_in(ward)[0], clara, department=sgml_med)


def test_a_consultant_from_elsewhere_is_refused(asha, ward, clara, esha):
    with pytest.raises(Refusal, match="no such doctor"):
        admit(asha, beds_in(ward)[0], clara, consultant=esha)


def test_a_nurse_is_no_consultant(asha, ward, clara):
    with pytest.raises(Refusal, match="no such doctor"):
        admit(asha, beds_in(ward)[0], clara, consultant=clara)


def test_a_bed_out_of_service_is_refused_whatever_is_confirmed(asha, ward, clara):
    bed = beds_in(ward)[0]
    bed.status, bed.status_why = BedStatus.OUT_OF_SERVICE, "broken"
    bed.save()
    with pytest.raises(Refusal, match="out of service: broken"):
        admit(asha, bed, clara, confirm_bed=True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"takes": WardTakes.MEN}, "takes men"),
        ({"youngest": 90}, "from 90 years"),
        ({"oldest": 5}, "up to 5"),
    ],
)
def test_a_ward_for_others_asks_once(asha, med, clara, changes, words):
    bed = beds_in(make_ward(med, **changes))[0]
    with pytest.raises(DoubtfulBed, match=words):
        admit(asha, bed, clara)
    assert admit(asha, bed, clara, confirm_bed=True).stay.bed == bed


def test_a_bed_being_cleaned_asks_once_and_is_clean_then(asha, ward, clara):
    bed = beds_in(ward)[0]
    bed.status = BedStatus.CLEANING
    bed.save()
    with pytest.raises(DoubtfulBed, match="being cleaned"):
        admit(asha, bed, clara)
    admit(asha, bed, clara, confirm_bed=True)
    bed.refresh_from_db()
    assert bed.status == BedStatus.VACANT


def test_the_request_of_the_consultation_is_answered_by_the_bed(encounter, ward, bose, clara, med, asha):
    wish = Wish(department=med, reason="Dehydration", diagnosis="A09 Diarrhoea")
    asked = request_admission(encounter=encounter, wish=wish, request_key=uuid4(), actor=bose, at=NOON)
    done = admit(
        asha,
        beds_in(ward)[0],
        clara,
        request=asked,
        came_from=encounter,
        source=Source.OPD,
        diagnosis=asked.diagnosis,
    )
    asked.refresh_from_db()
    assert asked.status == AdmissionRequestStatus.ADMITTED
    assert asked.accepted_by == clara
    assert done.admission.request == asked


def test_another_patients_request_is_refused(encounter, ward, bose, clara, med, rims):
    wish = Wish(department=med, reason="Dehydration", diagnosis="A09 Diarrhoea")
    asked = request_admission(encounter=encounter, wish=wish, request_key=uuid4(), actor=bose, at=NOON)
    with pytest.raises(Refusal, match="another patient's"):
        admit(make_patient(rims, name="Babita"), beds_in(ward)[0], clara, request=asked)
    asked.refresh_from_db()
    assert asked.status == AdmissionRequestStatus.REQUESTED


def test_nobody_knows_who_it_is_and_they_lie_in_a_bed(ward, clara):
    case = CaseDetails(CaseKind.ROAD_ACCIDENT)
    done = admit(Unknown(Sex.MALE), beds_in(ward)[0], clara, at=NOON, case=case)
    assert done.admission.patient.is_unknown
    assert done.case.number.startswith("RIMS/M26/")
    assert MedicoLegalCase.objects.get(encounter=done.admission.encounter) == done.case


def test_from_casualty_the_observation_bed_is_free_and_the_arrival_has_left(emer, beds, ward, clara):
    here = come(emer, clara, at=NOON, bed=beds[0])
    patient = here.arrival.patient
    admit(patient, beds_in(ward)[0], clara, came_from=here.arrival.encounter, source=Source.CASUALTY)
    stays = BedStay.objects.filter(patient=patient).order_by("began_at")
    assert [one.ended_at is None for one in stays] == [False, True]
    assert stays[0].ended_at == stays[1].began_at
    facts.sweep()
    here.arrival.refresh_from_db()
    assert here.arrival.outcome == Outcome.ADMITTED
    assert here.arrival.left_at
    here.arrival.encounter.refresh_from_db()
    assert here.arrival.encounter.status == EncounterStatus.FINISHED


def test_whose_card_is_scanned_brings_the_case_along_from_casualty(emer, beds, ward, bose, clara):
    here = come(emer, clara, at=NOON, bed=beds[0], case=CaseDetails(CaseKind.ROAD_ACCIDENT))
    patient = here.arrival.patient
    made = admit(patient, beds_in(ward)[0], clara, at=NOON + timedelta(hours=1)).admission
    assert (made.came_from, made.source) == (here.arrival.encounter, Source.CASUALTY)
    facts.sweep()
    here.arrival.refresh_from_db()
    assert here.arrival.outcome == Outcome.ADMITTED
    with pytest.raises(DoubtfulDeath, match="The police must know"):
        die(made.encounter, bose, died_at=NOON + timedelta(hours=2), at=NOON + timedelta(hours=2))


def test_the_case_from_casualty_stands_on_every_page_and_paper(emer, ward, bose, clara):
    here = come(emer, clara, at=NOON, case=CaseDetails(CaseKind.ROAD_ACCIDENT))
    key, later = uuid4(), NOON + timedelta(hours=2)
    made, again = (admit(here.arrival.patient, beds_in(ward)[0], clara, at=NOON, key=key) for _ in range(2))
    assert made.case == again.case == here.case
    assert queries.inpatient(made.admission.pk, clara).case_number == here.case.number
    told = Intimation("Bariatu", later)
    death = die(made.admission.encounter, bose, died_at=later, at=later, goes_to_post_mortem=True)
    inform_police(case=here.case, intimation=told, request_key=uuid4(), actor=clara, at=later)
    taker = Taker(name="Ravi", relation="son", proof="voter card ABC1234567")
    hand_over_body(death=death, taker=taker, request_key=uuid4(), actor=clara, at=later)
    papers = IssuedDocument.objects.filter(context__has_key="case_number")
    said = {one.template: one.context["case_number"] for one in papers if one.template.startswith("ipd/")}
    assert said == dict.fromkeys((ADMISSION_SHEET, WRIST_BAND, BODY_RECEIPT), here.case.number)


def test_an_admission_that_was_taken_back_and_made_anew_keeps_the_case(emer, ward, clara):
    here = come(emer, clara, at=NOON, case=CaseDetails(CaseKind.ROAD_ACCIDENT))
    contact, later = here.arrival.encounter, NOON + timedelta(hours=40)
    first = admit(here.arrival.patient, beds_in(ward)[0], clara, came_from=contact, at=NOON).admission
    facts.sweep()
    Encounter.objects.filter(pk=contact.pk).update(ended_at=NOON)
    back = {"why": "wrong ward", "request_key": uuid4(), "actor": clara, "at": later}
    cancel_admission(admission=first, **back)
    anew = admit(here.arrival.patient, beds_in(ward)[1], clara, at=later + timedelta(hours=1)).admission
    assert (anew.came_from, anew.source) == (contact, Source.CASUALTY)


def test_who_was_seen_off_from_casualty_brings_the_case_along_for_a_day(emer, ward, clara):
    for hours, kept in ((23, True), (25, False)):
        here = come(emer, clara, at=NOON, case=CaseDetails(CaseKind.ROAD_ACCIDENT))
        see_off(arrival=here.arrival, outcome=Outcome.ADMITTED, actor=clara, at=NOON)
        made = admit(here.arrival.patient, beds_in(ward)[kept], clara, at=NOON + timedelta(hours=hours))
        assert (made.admission.came_from == here.arrival.encounter) is kept
        assert made.admission.source == (Source.CASUALTY if kept else Source.DIRECT)


def test_nobody_brings_along_what_is_anothers_or_elsewhere(emer, sgml, ward, rims, clara, asha):
    come(emer, clara, at=NOON, case=CaseDetails(CaseKind.ROAD_ACCIDENT))
    assert admit(asha, beds_in(ward)[0], clara, at=NOON).admission.came_from is None
    elsewhere = come(make_emergency(sgml), make_person("Gita", Role.NURSE, sgml), at=NOON)
    made = admit(elsewhere.arrival.patient, beds_in(ward)[1], clara, at=NOON).admission
    assert (made.came_from, made.source) == (None, Source.DIRECT)


def test_the_request_says_where_its_patient_comes_from(encounter, ward, bose, clara, med, asha):
    wish = Wish(department=med, reason="Dehydration", diagnosis="A09 Diarrhoea")
    asked = request_admission(encounter=encounter, wish=wish, request_key=uuid4(), actor=bose, at=NOON)
    made = admit(asha, beds_in(ward)[0], clara, request=asked).admission
    assert (made.came_from, made.source) == (encounter, Source.OPD)


def test_a_newborn_lies_in_a_cradle_beside_its_mother_and_goes_along(rims, med, clara):
    ward = make_ward(med)
    mother = make_patient(rims, name="Sunita", sex=Sex.FEMALE)
    stay = admit(mother, beds_in(ward)[0], clara, at=NOON)
    baby = register_newborns(
        mother=mother, babies=[Newborn(Sex.FEMALE, NOON)], request_key=uuid4(), actor=clara, at=NOON
    )[0].baby
    child = admit(baby, None, clara, department=med, beside=stay.admission, source=Source.BORN_HERE)
    assert child.stay.bed.kind == BedKind.CRADLE
    assert child.stay.bed.room == stay.stay.bed.room
    other = beds_in(make_ward(med))[0]
    transfer_bed(
        admission=stay.admission,
        bed=other,
        why="no bed beside the labour room",
        request_key=uuid4(),
        actor=clara,
        at=NOON.replace(hour=14),
    )
    now = BedStay.objects.get(patient=baby, ended_at=None)
    assert now.bed.room == other.room
    assert now.bed.kind == BedKind.CRADLE


@pytest.fixture
def beside(rims, med, clara):
    """A mother in a bed of this number, and how a newborn of hers is laid down beside it."""

    def lay_mother(number="1"):
        bed = beds_in(make_ward(med))[0]
        bed.number = number
        bed.save()
        mother = make_patient(rims, name="Sunita", sex=Sex.FEMALE)
        lain = admit(mother, bed, clara, at=NOON)

        def lay():
            born = {"babies": [Newborn(Sex.FEMALE, NOON)], "request_key": uuid4(), "actor": clara, "at": NOON}
            baby = register_newborns(mother=mother, confirm_another=True, **born)[0].baby
            place = {"department": med, "beside": lain.admission, "source": Source.BORN_HERE}
            return admit(baby, None, clara, at=NOON, **place)

        return lain.admission, lay

    return lay_mother


def test_a_cradle_that_is_shut_is_passed_over_and_one_put_away_stands_again(beside, med, clara):
    mother, lay = beside()
    room = BedStay.objects.get(encounter=mother.encounter).bed.room
    for number in ("1-C1", "1-C2"):
        Bed.objects.create(facility=room.facility, room=room, number=number, kind=BedKind.CRADLE)
    shut, away = Bed.objects.filter(kind=BedKind.CRADLE).order_by("number")
    take_out_of_service(bed=shut, why="broken", actor=clara, at=NOON)
    put_bed_away(bed=away, actor=clara, at=NOON)

    assert lay().stay.bed == away
    away.refresh_from_db()
    assert away.is_active
    assert AuditEntry.objects.filter(name="facilities.bed_put_back", about_id=away.pk).count() == 1
    assert lay().stay.bed.number == "1-C3"

    other = beds_in(make_ward(med))[0]
    standing = Bed.objects.create(facility=room.facility, room=other.room, number="1-C1", kind=BedKind.CRADLE)
    put_bed_away(bed=standing, actor=clara, at=NOON)
    moved = {"why": "quieter", "request_key": uuid4(), "actor": clara, "at": NOON + timedelta(hours=1)}
    transfer_bed(admission=mother, bed=other, **moved)
    lying = BedStay.objects.filter(bed__room=other.room, bed__kind=BedKind.CRADLE, ended_at=None)
    assert {stay.bed.number for stay in lying} == {"1-C1", "1-C2"}


@pytest.mark.parametrize(
    ("number", "cradles"),
    [
        ("Trolley-1", ["Trolley-1-C1", "Trolley-1-C2"]),
        ("Trolley-12", ["rolley-12-C1", "rolley-12-C2"]),
        ("FLOOR-MAT-12", ["OR-MAT-12-C1", "OR-MAT-12-C2"]),
    ],
)
def test_twins_lie_in_a_cradle_each_whatever_the_bed_is_called(beside, number, cradles):
    _mother, lay = beside(number)
    assert [lay().stay.bed.number for _twin in range(2)] == cradles


def test_a_bed_that_is_called_like_a_cradle_is_none(beside):
    mother, lay = beside()
    room = BedStay.objects.get(encounter=mother.encounter).bed.room
    Bed.objects.create(facility=room.facility, room=room, number="1-C1")
    assert lay().stay.bed.number == "1-C2"


def test_a_newborn_that_left_while_its_mother_was_moved_lies_nowhere(rims, med, clara, monkeypatch):
    mother = make_patient(rims, name="Sunita", sex=Sex.FEMALE)
    stay = admit(mother, beds_in(make_ward(med))[0], clara, at=NOON)
    born = {"babies": [Newborn(Sex.FEMALE, NOON)], "request_key": uuid4(), "actor": clara, "at": NOON}
    baby = register_newborns(mother=mother, **born)[0].baby
    child = admit(baby, None, clara, department=med, beside=stay.admission, source=Source.BORN_HERE, at=NOON)
    lock_beds, left = beds.lock_beds, []

    def after_the_child_has_left(wanted):
        wanted = list(wanted)
        if not left:
            left.append(child.admission)
            cancel_admission(
                admission=child.admission,
                why="mistake",
                request_key=uuid4(),
                actor=clara,
                at=NOON.replace(hour=13),
            )
        return lock_beds(wanted)

    monkeypatch.setattr(beds, "lock_beds", after_the_child_has_left)
    other = beds_in(make_ward(med))[0]
    moved = {"why": "quieter", "request_key": uuid4(), "actor": clara, "at": NOON.replace(hour=14)}
    transfer_bed(admission=stay.admission, bed=other, **moved)

    assert left
    assert not BedStay.objects.filter(patient=baby, ended_at=None).exists()
    assert BedStay.objects.get(patient=mother, ended_at=None).bed == other


def test_a_cancellation_that_is_sent_twice_is_answered_alike(admission, clara):
    sent = {"why": "mistake", "request_key": uuid4(), "actor": clara, "at": timezone.now()}
    first, second = (cancel_admission(admission=admission, **sent) for _ in range(2))

    assert first == second
    assert first.status == second.status == AdmissionStatus.CANCELLED
    assert AuditEntry.objects.filter(name="ipd.admission_cancelled").count() == 1


WRITTEN = {
    "a diagnosis": lambda contact, doctor: make_condition(contact, doctor),
    "an allergy": lambda contact, doctor: make_allergy(contact, doctor),
    "none known": lambda contact, doctor: make_allergy(contact, doctor, "", is_none_known=True),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_a_stay_in_which_something_was_written_is_not_taken_back(admission, bose, clara, what):
    WRITTEN[what](admission.encounter, bose)
    with pytest.raises(Refusal, match="Discharge the patient instead"):
        _cancel(admission, clara)


def test_in_a_day_care_ward_the_contact_is_day_care_until_they_lie_elsewhere(asha, med, ward, clara, bose):
    day = make_ward(med, kind=WardKind.DAYCARE)
    stay = admit(asha, beds_in(day)[0], clara, at=NOON).admission
    wish = Wish(med, "once more", "Fever")
    with pytest.raises(Refusal, match="admitted already"):
        request_admission(encounter=stay.encounter, wish=wish, request_key=uuid4(), actor=bose, at=NOON)

    classes = [Encounter.objects.get(patient=asha).encounter_class]
    for n, bed in enumerate([beds_in(day)[1], beds_in(ward)[0], beds_in(day)[2]], start=1):
        at = NOON + timedelta(hours=n)
        transfer_bed(admission=stay, bed=bed, why="stays on", request_key=uuid4(), actor=clara, at=at)
        classes.append(Encounter.objects.get(patient=asha).encounter_class)
    assert classes == ["daycare", "daycare", "inpatient", "inpatient"]


def test_beside_somebody_who_is_not_the_mother_is_refused(admission, rims, med, clara):
    with pytest.raises(Refusal, match="not the child's mother"):
        admit(make_patient(rims, name="Chotu"), None, clara, department=med, beside=admission)


def test_an_admission_without_a_place_is_refused(asha, med, clara):
    with pytest.raises(Refusal, match="Choose the bed"):
        admit(asha, None, clara, department=med)


def test_a_bed_that_another_hospital_forgot_stops_nobody_and_is_told(asha, ward, sgml, sgml_ward, clara):
    gita, later = make_person("Gita", Role.NURSE, sgml), NOON + timedelta(hours=1)
    at_home = admit(asha, beds_in(ward)[0], clara, at=NOON)
    there = admit(asha, beds_in(sgml_ward)[0], gita, at=later)
    assert set(BedStay.objects.filter(patient=asha, ended_at=None)) == {at_home.stay, there.stay}
    told = [str(fault) for fault in queries.twice_faults()]
    assert told == [f"UHID {asha.uhid} lies in {', '.join(sorted(['RIMS', sgml.code]))} at once."]

    cancel_admission(admission=at_home.admission, why="gone", request_key=uuid4(), actor=clara, at=later)
    assert not list(queries.twice_faults())


def test_the_past_of_another_hospital_stops_nobody_either(asha, ward, sgml, sgml_ward, clara):
    """Both lay somewhere in the same hours: of one hospital that is refused, of two it is not."""
    gita, later = make_person("Gita", Role.NURSE, sgml), NOON + timedelta(hours=1)
    admitted = admit(asha, beds_in(ward)[0], clara, at=NOON)
    there = admit(asha, beds_in(sgml_ward)[0], gita, at=NOON)
    for admission, actor in ((admitted.admission, clara), (there.admission, gita)):
        cancel_admission(admission=admission, why="gone", request_key=uuid4(), actor=actor, at=later)
    assert BedStay.objects.filter(patient=asha, began_at=NOON, ended_at=later).count() == 2


# ── Taken back, handed over ──


def _cancel(admission, actor, why="wrong patient", key=None):
    return cancel_admission(
        admission=admission, why=why, request_key=key or uuid4(), actor=actor, at=admission.admitted_at
    )


def test_a_mistaken_admission_is_taken_back_and_the_bed_is_free(admitted, clara):
    held = _cancel(admitted.admission, clara)
    assert held.status == AdmissionStatus.CANCELLED
    assert not BedStay.objects.filter(ended_at=None).exists()
    held.encounter.refresh_from_db()
    assert held.encounter.status == EncounterStatus.CANCELLED
    with pytest.raises(Refusal, match="over"):
        _cancel(held, clara)


def test_taking_back_asks_why(admission, clara):
    with pytest.raises(Refusal, match="Say why"):
        _cancel(admission, clara, why="")


def test_another_department_and_consultant_answer_from_now_on(admission, bose, rims):
    surgery = make_department(rims, "SURG")
    surgeon = make_person("Sen", Role.DOCTOR, rims)
    key = uuid4()
    said = {"department": surgery, "consultant": surgeon, "why": "needs an operation", "request_key": key}
    team = change_team(admission=admission, **said, actor=bose, at=NOON.replace(year=2027))
    again = change_team(admission=admission, **said, actor=bose, at=NOON.replace(year=2027))
    assert again == team
    assert [one.ended_at is None for one in admission.care_teams.order_by("pk")] == [False, True]
    admission.encounter.refresh_from_db()
    assert admission.encounter.department == surgery
    with pytest.raises(Refusal, match="already under this doctor"):
        change_team(admission=admission, **said | {"request_key": uuid4()}, actor=bose, at=NOON)


def test_the_bed_is_left_only_after_the_doctors_word(admission, clara):
    with pytest.raises(Refusal, match="begins the discharge first"):
        leave_bed(admission=admission, request_key=uuid4(), actor=clara, at=admission.admitted_at)


def test_whoever_is_on_no_leave_does_not_come_back(admission, clara):
    with pytest.raises(Refusal, match="not on leave"):
        end_leave(admission=admission, request_key=uuid4(), actor=clara, at=admission.admitted_at)


def test_the_paper_of_an_emergency_has_nobody_agree(ward, clara, asha):
    admit(asha, beds_in(ward)[0], clara, consent=Consent.EMERGENCY)
    sheet = IssuedDocument.objects.get(template="ipd/documents/admission_sheet.html")

    said = render_to_string(sheet.template, sheet.context)
    assert "nobody could be asked" in said
    assert "I agree to the admission" not in said
