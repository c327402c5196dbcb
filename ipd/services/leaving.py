"""How a stay ends: the doctor's word, the points of the list, the gate. What is done shows by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed
from facilities.roles import Role
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.numbering import Series, next_number
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from ipd import documents, queries
from ipd.models import Admission, DischargeStep
from ipd.services.bed_days import count_bed_days
from ipd.services.counting import count_day, days_over
from ipd.services.holding import hold
from ipd.services.stays import end_running, leave_for_good, lie_again, lock_admission, lock_with_beds
from ipd.states import ADMISSION_MOVES, AdmissionStatus, DischargeItem, DischargeType
from patients import services as patients

Rows = Sequence[models.Model | None]
BEGUN = ("discharge_type", "referred_to", "lama_name", "lama_relation", "initiated_by", "initiated_at")
LINKED = ["facility", "encounter", "patient", "request", "came_from", "number", "admitted_by", "scale2_by"]
LINKED += ["initiated_by", "discharged_by", "cancelled_by"]
# Who goes against advice, or takes the patient along, signs for it.
SIGNED_FOR = (DischargeType.LAMA, DischargeType.REQUEST)


@dataclass(frozen=True)
class Ending:
    """How the doctor ends a stay: where the patient is referred to, who signs that they go all the same."""

    discharge_type: DischargeType
    referred_to: str = ""
    lama_name: str = ""
    lama_relation: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.discharge_type, self.referred_to, self.lama_name, self.lama_relation]


@act
def initiate_discharge(
    *, admission: Admission, ending: Ending, request_key: UUID, actor: Any, at: datetime
) -> Admission:
    """The doctor's word that the patient goes; from now on the list of the discharge runs.

    Who absconded has left the bed: a nurse may write that down too, also of whom a doctor was letting go.
    Refuses a death (it has an act of its own), a second beginning, LAMA without the name of who signs, and a
    referral to nowhere.
    """
    body = [admission.pk, ending.claimed()]
    if requests.was_sent(request_key, "ipd.initiate_discharge", actor=actor, body=body):
        return Admission.objects.get(pk=admission.pk)
    held = lock_with_beds(admission)
    _refuse_unfit(held, ending, actor)
    begin_discharge(held, ending, actor=actor, at=at)
    if ending.discharge_type == DischargeType.LAMA:
        write(documents.issue_lama_form(held, actor=actor, at=at))
    if ending.discharge_type == DischargeType.ABSCONDED:
        leave_for_good(held, actor=actor, at=at)
    else:
        count_bed_days(held, actor=actor, at=at)
    return held


def begin_discharge(held: Admission, ending: Ending, *, actor: Any, at: datetime) -> None:
    """The part of an act that begins the discharge of a locked admission, or begins it anew otherwise."""
    held.discharge_type, held.referred_to = ending.discharge_type, ending.referred_to
    held.lama_name, held.lama_relation = ending.lama_name, ending.lama_relation
    held.initiated_by, held.initiated_at = actor, at
    held.clean_fields(exclude=LINKED)
    with refusing(Admission):
        if held.status == AdmissionStatus.DISCHARGE_INITIATED:
            held.save(update_fields=BEGUN)
        else:
            move(held, to=AdmissionStatus.DISCHARGE_INITIATED, allowed=ADMISSION_MOVES, also=BEGUN)
    _record("ipd.discharge_begun", held, actor=actor, at=at, kind=held.discharge_type)


def _refuse_unfit(held: Admission, ending: Ending, actor: Any) -> None:
    is_gone = ending.discharge_type == DischargeType.ABSCONDED and queries.may_be_gone(held)
    if held.status != AdmissionStatus.ADMITTED and not is_gone:
        raise Refusal(_("This discharge is begun already."))
    if ending.discharge_type == DischargeType.DIED:
        raise Refusal(_("Write down the death; the discharge begins with it."), field="discharge_type")
    if ending.discharge_type == DischargeType.WITHDRAWN:
        raise Refusal(
            _("This is not a way of discharge. Choose how the patient is leaving."), field="discharge_type"
        )
    if actor.posting.role != Role.DOCTOR and ending.discharge_type != DischargeType.ABSCONDED:
        raise Refusal(_("A doctor begins the discharge."), field="discharge_type")
    if ending.discharge_type == DischargeType.REFERRED and not ending.referred_to:
        raise Refusal(_("Name the hospital."), field="referred_to")
    if ending.discharge_type in SIGNED_FOR and not ending.lama_name:
        raise Refusal(_("Who signs for it? Write the name."), field="lama_name")


@act
def recall_discharge(
    *,
    admission: Admission,
    bed: Bed | None = None,
    why: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_bed: bool = False,
) -> Admission:
    """The doctor keeps the patient after all: what was ticked off is asked anew when it is begun again.

    Whose bed was left already is laid into `bed` and goes on with the same stay (docs/adr/0423).

    Refuses whoever has died, or left more than a day ago, and a return without a bed or a reason; raises
    DoubtfulBed unless `confirm_bed`.
    """
    body = [admission.pk, bed and bed.pk, why]
    seen = requests.was_sent(request_key, "ipd.recall_discharge", actor=actor, body=body)
    if seen:
        return Admission.objects.get(pk=admission.pk)
    held = lock_with_beds(admission, bed)
    if held.status != AdmissionStatus.DISCHARGE_INITIATED:
        raise Refusal(_("No discharge is begun."))
    if actor.posting.role != Role.DOCTOR:
        raise Refusal(_("A doctor keeps the patient here."))
    if queries.death_of(held.encounter_id):
        raise Refusal(_("This patient has died."))
    left_at = held.left_at
    if left_at is None:
        _keep_here(held, actor=actor, at=at)
        return held
    if not queries.may_return(held, at):
        raise Refusal(
            _("The bed was left more than a day ago. Complete the discharge, then admit the patient again.")
        )
    new = lie_again(held, bed, why, confirm=confirm_bed, actor=actor, at=at)
    _keep_here(held, new=new, actor=actor, at=at)
    for day in days_over(left_at, at):
        count_day(facility=held.facility, day=day, actor=actor, at=at)
    return held


def follow_withdrawn_death(*, encounter_id: UUID, at: datetime) -> bool:
    """A death was taken back: the stay goes on whose discharge began with it, if its bed is not left yet.

    A stay that was left stays as it is, and says no longer that the patient died. Told again, nothing more
    happens. Whether there was such a stay.
    """
    admission = Admission.objects.filter(encounter=encounter_id, discharge_type=DischargeType.DIED).first()
    if admission is None:
        return False
    # Locked here: a stay that is over is put right as well.
    held = hold(admission)
    if held.discharge_type != DischargeType.DIED or queries.death_of(encounter_id):
        return False
    if held.status == AdmissionStatus.DISCHARGE_INITIATED and held.left_at is None:
        _keep_here(held, actor=None, at=at)
        return True
    put_right(held, DischargeType.WITHDRAWN, actor=None, at=at)
    return True


def put_right(held: Admission, kind: DischargeType, *, actor: Any, at: datetime) -> None:
    """The part of an act after which a locked stay says otherwise how it ended, and nothing else."""
    held.discharge_type = kind
    held.save(update_fields=["discharge_type"])
    _record("ipd.discharge_put_right", held, actor=actor, at=at, facility_id=held.facility_id, kind=kind)


def _keep_here(held: Admission, *, new: Rows = (), actor: Any, at: datetime) -> None:
    """A locked stay whose discharge was begun goes on; `new` says where, if the bed was left."""
    held.discharge_type = held.referred_to = held.lama_name = held.lama_relation = ""
    held.initiated_by = held.initiated_at = held.left_at = None
    move(held, to=AdmissionStatus.ADMITTED, allowed=ADMISSION_MOVES, also=(*BEGUN, "left_at"))
    _record("ipd.discharge_recalled", held, actor=actor, at=at, facility_id=held.facility_id, new=new)


@act
def tick_step(
    *, admission: Admission, item: DischargeItem, request_key: UUID, actor: Any, at: datetime
) -> DischargeStep:
    """Tick off what only a person can know: the medicines are given and explained.

    Refuses what the system sees by itself, and what is ticked off already.
    """
    body = [admission.pk, item]
    step_id, seen = requests.claim(request_key, "ipd.tick_step", actor=actor, body=body)
    if seen:
        return DischargeStep.objects.get(pk=step_id)
    if item != DischargeItem.MEDICINES:
        raise Refusal(_("This shows by itself as soon as it is done."), field="item")
    return _step(admission, item, "", step_id, actor=actor, at=at)


@act
def pass_over_step(
    *, admission: Admission, item: DischargeItem, why: str, request_key: UUID, actor: Any, at: datetime
) -> DischargeStep:
    """Let the patient go without this point, for a reason that everybody reads.

    Refuses no reason, and the bed: somebody lies in it, or nobody does.
    """
    body = [admission.pk, item, why]
    step_id, seen = requests.claim(request_key, "ipd.pass_over_step", actor=actor, body=body)
    if seen:
        return DischargeStep.objects.get(pk=step_id)
    if not why:
        raise Refusal(_("Say why it is skipped."), field="why")
    if item == DischargeItem.BED:
        raise Refusal(_("Leaving the bed cannot be skipped."), field="item")
    return _step(admission, item, why, step_id, actor=actor, at=at)


def _step(
    admission: Admission, item: DischargeItem, why: str, step_id: UUID, *, actor: Any, at: datetime
) -> DischargeStep:
    held = lock_admission(admission)
    if held.status != AdmissionStatus.DISCHARGE_INITIATED or held.initiated_at is None:
        raise Refusal(_("No discharge is begun."))
    found = next((one for one in queries.checklist(held).points if one.item == item), None)
    if found is None:
        raise Refusal(_("A discharge of this kind does not need this."), field="item")
    if not found.holds_up:
        raise Refusal(_("This is done already."), field="item")
    step = DischargeStep(
        id=step_id,
        facility_id=held.facility_id,
        admission=held,
        initiated_at=held.initiated_at,
        item=item,
        override_why=why,
        done_by=actor,
        done_at=at,
    )
    step.clean_fields(exclude=["facility", "admission", "done_by"])
    if why:
        _record("ipd.discharge_step_passed_over", held, actor=actor, at=at, new=[step], item=item)
    else:
        _record("ipd.discharge_step_done", held, actor=actor, at=at, new=[step], item=item)
    return step


@act
def complete_discharge(*, admission: Admission, request_key: UUID, actor: Any, at: datetime) -> Admission:
    """The gate: every point is done or passed over, the stay has its discharge number and its gate pass.

    Refuses while the bed is not left and while anything else holds it up, and names it.
    """
    if requests.was_sent(request_key, "ipd.complete_discharge", actor=actor, body=[admission.pk]):
        return Admission.objects.select_related("facility").get(pk=admission.pk)
    held = lock_admission(admission)
    if held.status != AdmissionStatus.DISCHARGE_INITIATED:
        raise Refusal(_("A doctor begins the discharge first."))
    encounter = patients.lock_encounter(held.encounter)
    waits = [point.label for point in queries.checklist(held).open]
    if waits:
        raise Refusal(_("Not yet done: %(points)s."), points=", ".join(waits))
    patients.end_encounter(encounter, at=at)
    end_running(held.care_teams, at)
    held.discharged_by, held.discharged_at = actor, at
    held.discharge_number = next_number(held.facility, Series.DISCHARGE, at=at)
    also = ("discharged_by", "discharged_at", "discharge_number")
    move(held, to=AdmissionStatus.DISCHARGED, allowed=ADMISSION_MOVES, also=also)
    _record("ipd.patient_discharged", held, actor=actor, at=at, kind=held.discharge_type)
    write(documents.issue_gate_pass(held, actor=actor, at=at))
    return held


def _record(name: str, admission: Admission, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=admission, actor=actor, at=at, patient_id=admission.patient_id, **detail)
