"""Long walks of admissions, transfers, leaves and discharges, step by step beside a plain slate."""

import os
import sys
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from facilities.models import Bed
from facilities.states import BedStatus
from hmis.kernel import verifying
from hmis.kernel.composed import Composed
from hmis.kernel.errors import Refusal
from ipd import queries, services
from ipd.models import Admission
from ipd.services import Admitting
from ipd.states import OPEN_ADMISSIONS, AdmissionStatus, DischargeType
from patients.models import BedStay
from tests.conftest import NOON
from tests.factories.ipd import beds_in, make_ward
from tests.factories.patients import make_patient
from tests.ipd.plain_ward import No, Slate

RUNS, STEPS = (500, 50) if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else (60, 30)
# Whether a step goes for somebody with whom it can be done, as people mostly do, or takes whoever comes.
which = st.tuples(st.sampled_from((True, True, True, False)), st.integers(0, 20))
beds_drawn = st.integers(0, 20)


# Asked after each of some thousand steps.
@Composed
def stays_written():
    stays = BedStay.objects.order_by("began_at", "pk")
    return stays.values_list("encounter_id", "patient_id", "bed_id", "began_at", "ended_at")


@Composed
def beds_being_cleaned():
    return Bed.objects.filter(status=BedStatus.CLEANING).values_list("pk", flat=True)


@Composed
def open_admissions():
    return Admission.objects.filter(status__in=OPEN_ADMISSIONS).values_list("pk", "status")


class Ward(RuleBasedStateMachine):
    """One ward of five places and six people; every run ends as if it had never been."""

    places = patients = nurse = doctor = department = None

    def __init__(self):
        super().__init__()
        self.slate = Slate(self.places)
        self.at = NOON
        self.sent = []  # (act, what was asked, the key of what came of it)
        self.undone = transaction.atomic()
        self.undone.__enter__()

    def teardown(self):
        try:
            if sys.exception() is None:
                ours = [one for one in verifying.rules() if one.name.startswith("ipd.")]
                assert [str(fault) for one in ours for fault in one.faults()] == []
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    def does(self, plain, act, *, actor=None, **asked):
        """Both the slate and the act do it, or both refuse."""
        asked |= {"request_key": uuid4(), "actor": actor or self.nurse}
        self.at += timedelta(minutes=7)
        try:
            one = plain(self.at)
        except No:
            with pytest.raises(Refusal):
                act(**asked, at=self.at)
            return None
        row = act(**asked, at=self.at)
        self.sent.append((act, asked, getattr(row, "admission", row).pk, self.at))
        return one, row

    def find(self, which, fits):
        is_aimed, place = which
        among = self.slate.people
        likely = [one for one in among if fits(one)] if is_aimed else []
        chosen = likely or among
        return chosen[place % len(chosen)] if chosen else None

    def bed(self, number):
        return self.places[number % len(self.places)]

    @rule(who=st.integers(0, 5), bed=beds_drawn, confirm=st.booleans())
    def somebody_is_admitted(self, who, bed, confirm):
        patient, bed = self.patients[who], self.bed(bed)
        done = self.does(
            lambda at: self.slate.admit(patient, bed, at, confirm=confirm),
            services.admit_patient,
            who=patient,
            admitting=Admitting(department=self.department, bed=bed),
            confirm_bed=confirm,
        )
        if done:
            done[0].row = done[1].admission

    def with_one(self, which, fits, plain, act, **asked):
        one = self.find(which, fits)
        return one and self.does(lambda at: plain(one, at), act, admission=one.row, **asked)

    @rule(which=which, bed=beds_drawn, confirm=st.booleans())
    def somebody_is_moved(self, which, bed, confirm):
        bed = self.bed(bed)
        self.with_one(
            which,
            lambda one: one.bed,
            lambda one, at: self.slate.transfer(one, bed, at, confirm=confirm),
            services.transfer_bed,
            bed=bed,
            confirm_bed=confirm,
        )

    @rule(which=which, keeps=st.booleans())
    def somebody_goes_on_leave(self, which, keeps):
        self.with_one(
            which,
            lambda one: one.bed and not one.is_out,
            lambda one, at: self.slate.go_out(one, at, keeps=keeps),
            services.begin_leave,
            why="wedding",
            due_at=self.at + timedelta(days=400),
            keeps_bed=keeps,
            actor=self.doctor,
        )

    @rule(which=which, bed=st.none() | beds_drawn, confirm=st.booleans())
    def somebody_comes_back(self, which, bed, confirm):
        bed = None if bed is None else self.bed(bed)
        self.with_one(
            which,
            lambda one: one.is_out,
            lambda one, at: self.slate.come_back(one, bed, at, confirm=confirm),
            services.end_leave,
            bed=bed,
            confirm_bed=confirm,
        )

    @rule(which=which)
    def the_doctor_lets_somebody_go(self, which):
        self.with_one(
            which,
            lambda one: one.is_here and not one.is_going,
            lambda one, at: self.slate.begin_to_go(one),
            services.initiate_discharge,
            ending=services.Ending(DischargeType.IMPROVED),
            actor=self.doctor,
        )

    @rule(which=which, bed=st.none() | beds_drawn, confirm=st.booleans())
    def the_doctor_keeps_somebody_after_all(self, which, bed, confirm):
        bed = None if bed is None else self.bed(bed)
        self.with_one(
            which,
            lambda one: one.is_here and one.is_going,
            lambda one, at: self.slate.stay_after_all(one, bed, at, confirm=confirm),
            services.recall_discharge,
            bed=bed,
            why="kept",
            confirm_bed=confirm,
            actor=self.doctor,
        )

    @rule(which=which)
    def somebody_leaves_the_bed(self, which):
        self.with_one(
            which,
            lambda one: one.is_here and one.is_going,
            lambda one, at: self.slate.leave_bed(one, at),
            services.leave_bed,
        )

    @rule(which=which)
    def somebody_is_discharged(self, which):
        one = self.find(which, lambda one: one.is_here and one.has_left)
        if one is None:
            return
        if one.is_here and one.has_left:
            one.row.refresh_from_db()
            for item in [point.item for point in queries.checklist(one.row).open]:
                services.pass_over_step(
                    admission=one.row,
                    item=item,
                    why="asked for",
                    request_key=uuid4(),
                    actor=self.doctor,
                    at=self.at,
                )
        self.does(lambda at: self.slate.complete(one), services.complete_discharge, admission=one.row)

    @rule(which=which)
    def somebody_was_admitted_by_mistake(self, which):
        self.with_one(
            which,
            lambda one: one.is_here and not one.is_going,
            lambda one, at: self.slate.take_back(one, at),
            services.cancel_admission,
            why="mistake",
        )

    @rule(place=st.integers(0, 40))
    def something_is_sent_once_more(self, place):
        if not self.sent:
            return
        act, asked, key, at = self.sent[place % len(self.sent)]
        try:
            row = act(**asked, at=at)
        except Refusal:
            # What has moved on since says so; nothing happens twice.
            return
        assert getattr(row, "admission", row).pk == key

    @invariant()
    def the_beds_are_as_on_the_slate(self):
        stays = stays_written()
        lying = {bed: patient for _encounter, patient, bed, _since, until in stays if until is None}
        plain = {bed.pk: one.patient.pk for bed, one in self.slate.beds.items() if one}
        assert lying == plain
        self.each_way_has_neither_gap_nor_overlap(stays)
        assert set(beds_being_cleaned()) == {bed.pk for bed in self.slate.cleaning}

    def each_way_has_neither_gap_nor_overlap(self, stays):
        for one in self.slate.people:
            if one.row is None:
                continue
            said = [
                [bed, since, until]
                for encounter, _patient, bed, since, until in stays
                if encounter == one.row.encounter_id
            ]
            assert said == [[bed.pk, since, until] for bed, since, until in one.way]
            for earlier, later in pairwise(said):
                assert earlier[2] <= later[1]

    @invariant()
    def who_is_here_is_as_on_the_slate(self):
        held = dict(open_admissions())
        assert set(held) == {one.row.pk for one in self.slate.people if one.is_here and one.row}
        going = {pk for pk, status in held.items() if status == AdmissionStatus.DISCHARGE_INITIATED}
        assert going == {one.row.pk for one in self.slate.people if one.is_here and one.is_going}


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.django_db
def test_the_ward_agrees_with_the_slate(rims, med, clara, bose):
    Ward.places = beds_in(make_ward(med, beds=5, floor=0))
    Ward.patients = [make_patient(rims, name=f"Patient {n}") for n in "ABCDEF"]
    Ward.nurse, Ward.doctor, Ward.department = clara, bose, med
    run_state_machine_as_test(
        Ward,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            database=None,
            # Hypothesis' own provider follows each new run by five that differ from it in one step.
            backend="hypothesis-urandom",
            suppress_health_check=list(HealthCheck),
        ),
    )
