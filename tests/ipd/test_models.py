"""Each rule of the ward's tables refuses what it should."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from ipd.models import (
    Admission,
    BedDay,
    DayTariff,
    Death,
    DischargeStep,
    EarlyWarning,
    InpatientSetting,
    Leave,
    Opinion,
    Procedure,
    RegistrarReport,
    WardCensus,
    WarningAnswer,
)
from tests.conftest import NOON
from tests.factories.constraints import again, rule_broken_by, rules_of
from tests.factories.ipd import admit, beds_in
from tests.factories.patients import make_death_notice, make_patient

LATER = NOON + timedelta(hours=1)
BEFORE = NOON - timedelta(days=400)


@pytest.fixture
def admitted(asha, ward, clara):
    """Asha in the first bed, since noon."""
    return admit(asha, beds_in(ward)[0], clara, at=NOON)


@pytest.fixture
def second(admitted, ward, rims, clara):
    """Somebody else, in the second bed."""
    return admit(make_patient(rims, name="Babita"), beds_in(ward)[1], clara, at=NOON)


def of_a_stay(admission, bose):
    gone = {"status": "discharged", "discharge_type": "improved", "initiated_by_id": bose.pk}
    gone |= {"initiated_at": LATER, "discharged_by_id": bose.pk, "discharged_at": LATER}
    return {
        "admission_has_a_number": {"number": ""},
        "discharge_that_is_begun_says_how_and_by_whom": {"status": "discharging"},
        "whoever_is_discharged_has_left_the_bed": gone | {"left_at": LATER},
        "nobody_leaves_before_they_came": {"left_at": BEFORE},
        "cancelled_admission_says_who_and_why": {"status": "cancelled"},
        "scale2_is_ordered_by_a_doctor_for_a_reason": {"scale2_at": NOON},
        "referred_patient_goes_to_a_hospital": gone
        | {"left_at": LATER, "discharge_type": "referred", "discharge_number": "RIMS/E26/0000001"},
    }


def test_a_stay_says_what_has_become_of_it(admission, bose):
    for name, changes in of_a_stay(admission, bose).items():
        held = Admission.objects.filter(pk=admission.pk)
        assert rule_broken_by(held.update, **changes) == name


def test_a_patient_is_admitted_once_and_each_number_is_given_once(admission, second):
    other = second.admission
    held = Admission.objects.filter(pk=other.pk)
    assert rule_broken_by(held.update, number=admission.number) == "ipd_number_is_given_once"
    assert rule_broken_by(held.update, patient_id=admission.patient_id) == "patient_is_admitted_once_here"


def test_a_discharge_number_is_given_once(admission, second, bose):
    gone = {"status": "discharged", "discharge_type": "improved", "initiated_by": bose, "left_at": LATER}
    gone |= {"initiated_at": LATER, "discharged_by": bose, "discharged_at": LATER}
    Admission.objects.filter(pk=admission.pk).update(**gone, discharge_number="RIMS/E26/0000001")
    held = Admission.objects.filter(pk=second.admission.pk)
    broken = rule_broken_by(held.update, **gone, discharge_number="RIMS/E26/0000001")
    assert broken == "discharge_number_is_given_once"


def of_others(admission, second, bose, med):
    """{rule: (a sound row, what breaks it)}."""
    stay = {"facility_id": admission.facility_id, "admission_id": admission.pk}
    team = admission.care_teams.get()
    leave = Leave.objects.create(**stay, why="wedding", began_at=NOON, due_at=LATER, allowed_by=bose)
    procedure = Procedure.objects.create(
        **stay,
        patient=admission.patient,
        is_operation=True,
        number="RIMS/U26/0000001",
        name="Appendicectomy",
        began_at=NOON,
        performed_by=bose,
        recorded_by=bose,
        recorded_at=LATER,
    )
    opinion = Opinion.objects.create(
        **stay, patient=admission.patient, department=med, question="Fit?", asked_by=bose, asked_at=NOON
    )
    warning = EarlyWarning.objects.create(
        **stay,
        patient=admission.patient,
        taken_together=uuid4(),
        taken_at=NOON,
        score=7,
        points={},
        risk="high",
        escalates=True,
        next_due_at=NOON,
    )
    answer = WarningAnswer.objects.create(
        facility_id=admission.facility_id,
        warning=warning,
        patient=admission.patient,
        response="seen",
        answered_by=bose,
        answered_at=NOON,
    )
    step = DischargeStep.objects.create(
        **stay, initiated_at=NOON, item="medicines", done_by=bose, done_at=NOON
    )
    death = Death.objects.create(
        facility_id=admission.facility_id,
        encounter_id=admission.encounter_id,
        notice=make_death_notice(admission.encounter, bose, died_at=NOON),
        patient=admission.patient,
        number="RIMS/X26/0000001",
        died_at=NOON,
        immediate_cause="Sepsis",
        certified_by=bose,
        certified_at=LATER,
    )
    told = RegistrarReport.objects.create(
        facility_id=admission.facility_id,
        death=death,
        reported_on=NOON.date(),
        reported_by=bose,
        recorded_at=LATER,
    )
    ward = beds_in(admission.facility.wards.first())[0].room.ward
    census = WardCensus.objects.create(
        facility_id=admission.facility_id,
        ward=ward,
        day=NOON.date(),
        beds=4,
        counted_at=LATER,
        **dict.fromkeys(("in_beds", "in_extra", "admitted", "moved_in", "moved_out", "left", "died"), 0),
    )
    day = BedDay.objects.create(**stay, day=NOON.date(), ward=ward, counted_at=LATER)
    fresh = {"taken_together": uuid4()}
    return {
        "one_team_answers_for_an_inpatient": (team, {}),
        "care_team_ends_after_it_begins": (team, {"ended_at": BEFORE}),
        "inpatient_is_on_one_leave": (leave, {}),
        "leave_says_why": (leave, {"why": "", "ended_at": LATER, "ended_by_id": bose.pk}),
        "leave_lasts_a_while": (leave, {"due_at": NOON, "ended_at": LATER, "ended_by_id": bose.pk}),
        "leave_ends_after_it_begins": (leave, {"ended_at": LATER}),
        "procedure_has_a_name": (procedure, {"name": "", "number": "RIMS/U26/0000002"}),
        "procedure_ends_after_it_begins": (procedure, {"ended_at": BEFORE, "number": "RIMS/U26/0000002"}),
        "procedure_was_not_done_tomorrow": (procedure, {"recorded_at": BEFORE, "number": "RIMS/U26/0000002"}),
        "operation_has_a_number": (procedure, {"number": ""}),
        "operation_number_is_given_once": (procedure, {}),
        "opinion_is_asked_about_something": (opinion, {"question": ""}),
        "answered_opinion_says_what_and_who": (opinion, {"status": "answered"}),
        "set_of_vitals_is_scored_once": (warning, {}),
        "news2_is_at_most_twenty": (warning, fresh | {"score": 21}),
        "another_response_is_written_out": (answer, {"response": "other"}),
        "discharge_step_is_done_once": (step, {}),
        "death_is_on_file": (death, {"notice_id": None, "number": "RIMS/X26/0000002"}),
        "death_number_is_given_once": (death, {"encounter_id": second.admission.encounter_id}),
        "death_has_a_number": (death, {"number": ""}),
        "death_has_a_cause": (death, {"immediate_cause": "", "number": "RIMS/X26/0000002"}),
        "nobody_dies_tomorrow": (death, {"certified_at": BEFORE, "number": "RIMS/X26/0000002"}),
        "body_is_handed_to_somebody": (death, {"handed_at": LATER, "number": "RIMS/X26/0000002"}),
        "registrar_is_told_of_one": (told, {"death_id": None}),
        "ward_is_counted_once_a_day": (census, {}),
        "day_of_a_stay_is_charged_once": (day, {}),
    }


def test_no_row_breaks_its_rule(admission, second, bose, med):
    for name, (row, changes) in of_others(admission, second, bose, med).items():
        assert rule_broken_by(again, row, **changes) == name


def test_every_rule_of_the_ward_is_tried(admission, second, bose, med):
    tried = {*of_others(admission, second, bose, med), *of_a_stay(admission, bose)}
    tried |= {"ipd_number_is_given_once", "patient_is_admitted_once_here", "discharge_number_is_given_once"}
    assert rules_of("ipd") <= tried


def test_a_stay_is_never_deleted_and_an_answer_never_changed(admission):
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Admission.objects.filter(pk=admission.pk).delete()


def test_settings_and_day_tariffs_are_one_for_each(ward, rims):
    InpatientSetting.objects.create(facility=rims)
    DayTariff.objects.create(facility=rims, ward=ward)
    for again_ in (InpatientSetting(facility=rims), DayTariff(facility=rims, ward=ward)):
        with pytest.raises(IntegrityError), transaction.atomic():
            again_.save()
