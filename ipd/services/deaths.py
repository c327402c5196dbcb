"""Deaths: certified with the fields of Form 4, counted in their register, the body handed over on proof."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.roles import Role
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.moments import Said, moment_of
from hmis.kernel.numbering import Series, next_number
from hmis.kernel.rows import write
from ipd import documents, queries
from ipd.models import Admission, Death
from ipd.services.bed_days import count_bed_days
from ipd.services.holding import hold
from ipd.services.hours import refuse_before_entry
from ipd.services.leaving import Ending, begin_discharge, put_right
from ipd.states import OPEN_ADMISSIONS, AdmissionStatus, DischargeType, MannerOfDeath
from patients import services as patients
from patients.models import Encounter, EncounterClass, Patient, Sex
from patients.queries.merging import same_person
from patients.states import EncounterStatus

LINKED = ["facility", "encounter", "notice", "patient", "number", "certified_by", "handed_by"]
HELD = ("facility", "patient", "encounter", "notice")
# A stay with its gate pass whose death was taken back, whether the ward has heard of it or not.
TAKEN_BACK = Q(
    status=AdmissionStatus.DISCHARGED, discharge_type__in=[DischargeType.DIED, DischargeType.WITHDRAWN]
)


class DoubtfulDeath(Refusal):
    """A death of which the police must know goes to post-mortem, unless somebody says that it does not."""


@dataclass(frozen=True)
class Causes:
    """What Form 4 asks: part I from the immediate cause down, part II, the manner, and of a woman."""

    died_at: Said
    immediate_cause: str
    immediate_interval: str = ""
    antecedent_cause: str = ""
    antecedent_interval: str = ""
    underlying_cause: str = ""
    underlying_interval: str = ""
    other_conditions: str = ""
    manner: MannerOfDeath = MannerOfDeath.NATURAL
    how_injured: str = ""
    was_pregnant: bool | None = None
    was_delivered: bool | None = None
    goes_to_post_mortem: bool = False

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return list(vars(self).values())


@act
def record_death(
    *,
    encounter: Encounter,
    causes: Causes,
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_no_post_mortem: bool = False,
    confirm_early: bool = False,
) -> Death:
    """Certify a death: its line in the register, Form 4; an inpatient's discharge begins, casualty ends.

    A stay that ended with a death that was taken back may be certified anew; its bed and bills stay.

    Refuses who is no doctor, a second time, an hour that lies ahead or long before the contact, and a
    medico-legal or unnatural death without post-mortem unless `confirm_no_post_mortem`; raises BeforeEntry of
    an hour shortly before the contact unless `confirm_early`.
    """
    body = [encounter.pk, causes.claimed()]
    death_id, seen = requests.claim(request_key, "ipd.record_death", actor=actor, body=body)
    if seen:
        return Death.objects.select_related(*HELD).get(pk=death_id)
    may_end_so = Q(status__in=OPEN_ADMISSIONS) | TAKEN_BACK
    admission = Admission.objects.filter(may_end_so, encounter=encounter).first()
    held = admission and hold(admission)
    contact = patients.lock_encounter(encounter)
    if actor.posting.role != Role.DOCTOR:
        raise Refusal(_("A doctor certifies a death."))
    if queries.death_of(contact.pk):
        raise Refusal(_("This death is written down already."))
    died_at = moment_of(causes.died_at, at)
    _refuse_unfit(contact, causes, died_at, is_stay=held is not None, at=at)
    refuse_before_entry(
        contact.patient,
        died_at,
        contact.started_at,
        Refusal(_("The time of death is before the patient came. Look again."), field="died_at"),
        confirm=confirm_early,
    )
    _ask_post_mortem(contact, causes, confirm=confirm_no_post_mortem)
    death = Death(
        id=death_id,
        facility=contact.facility,
        encounter=contact,
        notice=patients.note_death(contact, died_at, actor=actor, at=at),
        patient=contact.patient,
        certified_by=actor,
        certified_at=at,
        **vars(causes) | {"died_at": died_at} | _of_a_man(contact.patient),
    )
    death.clean_fields(exclude=LINKED)
    if held:
        _discharge_the_dead(held, actor=actor, at=at)
    death.number = next_number(contact.facility, Series.DEATH, at=at)
    with refusing(Death):
        _record(
            "ipd.death_recorded",
            death,
            actor=actor,
            at=at,
            new=[death],
            post_mortem=death.goes_to_post_mortem,
        )
    if held is None:
        _end_contact(contact, actor=actor, at=at)
    write(documents.issue_form_4(death, held, actor=actor, at=at))
    return death


def _of_a_man(patient: Patient) -> dict[str, None]:
    """What Form 4 asks of a woman is nothing of a man, whatever was sent."""
    return dict.fromkeys(("was_pregnant", "was_delivered")) if patient.sex == Sex.MALE else {}


def _end_contact(contact: Encounter, *, actor: Any, at: datetime) -> None:
    """Whoever keeps a contact that is no stay (casualty) hears that it is over."""
    facts.record(
        "ipd.contact_ended_in_death",
        about=contact,
        actor=actor,
        at=at,
        patient_id=contact.patient_id,
        facility_id=contact.facility_id,
    )


def _refuse_unfit(
    contact: Encounter, causes: Causes, died_at: datetime, *, is_stay: bool, at: datetime
) -> None:
    if contact.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    # In casualty somebody may have written down first that the patient died, and so ended the contact; of
    # stays that are over only one whose death was taken back comes here.
    is_late = contact.ended_at is not None and (
        is_stay or contact.encounter_class == EncounterClass.EMERGENCY
    )
    if contact.status == EncounterStatus.FINISHED and not is_late:
        raise Refusal(_("This stay is over."))
    if not causes.immediate_cause:
        raise Refusal(_("Write the immediate cause of death."), field="immediate_cause")
    if died_at > at:
        raise Refusal(_("The time of death lies ahead. Look at the clock again."), field="died_at")
    if is_late and contact.ended_at and died_at > contact.ended_at:
        raise Refusal(_("The time of death is after the patient had left. Look again."), field="died_at")
    if is_late and _came_again(contact):
        raise Refusal(_("The patient came again after this. Certify the death where they were last."))


def _came_again(contact: Encounter) -> bool:
    """Whether the patient was here alive after this contact had ended, on whatever record."""
    own = same_person(contact.patient_id)
    here = Encounter.objects.filter(patient__in=own, facility=contact.facility_id)
    after = here.filter(started_at__gte=contact.ended_at).exclude(pk=contact.pk)
    return after.exclude(status=EncounterStatus.CANCELLED).exists()


def _ask_post_mortem(contact: Encounter, causes: Causes, *, confirm: bool) -> None:
    """What is no natural death, or a medico-legal case, asks for post-mortem; the police may waive it."""
    if causes.goes_to_post_mortem or confirm:
        return
    is_case = queries.case_of_contact(contact.pk, contact.patient_id) is not None
    if is_case or causes.manner != MannerOfDeath.NATURAL:
        raise DoubtfulDeath(
            _("The police must know of this death. Tick the post-mortem, or say that there is none."),
            field="goes_to_post_mortem",
        )


def _discharge_the_dead(held: Admission, *, actor: Any, at: datetime) -> None:
    ending = Ending(DischargeType.DIED)
    if held.status == AdmissionStatus.ADMITTED:
        begin_discharge(held, ending, actor=actor, at=at)
    elif held.status == AdmissionStatus.DISCHARGED:
        put_right(held, ending.discharge_type, actor=actor, at=at)
        return
    else:  # begun as something else before
        held.discharge_type = ending.discharge_type
        held.referred_to = held.lama_name = held.lama_relation = ""
        held.save(update_fields=["discharge_type", "referred_to", "lama_name", "lama_relation"])
    count_bed_days(held, actor=actor, at=at)


@dataclass(frozen=True)
class Taker:
    """Who takes the body, what they are to the dead, on what proof."""

    name: str
    relation: str = ""
    proof: str = ""
    phone: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return list(vars(self).values())


@act
def hand_over_body(*, death: Death, taker: Taker, request_key: UUID, actor: Any, at: datetime) -> Death:
    """The body goes to somebody, on proof of who that is; the receipt to sign is ready to print.

    Refuses a second time, nobody, no proof, a death that was taken back, and a medico-legal one of which the
    police were not told.
    """
    body = [death.pk, taker.claimed()]
    seen = requests.was_sent(request_key, "ipd.hand_over_body", actor=actor, body=body)
    standing = patients.lock_death(death.notice_id)
    held = lock(Death, death.pk, *HELD)
    if seen:
        return held
    if standing is None:
        raise Refusal(_("This death was taken back: the certificate is not valid."))
    if held.handed_at:
        raise Refusal(
            _("The body was handed over already, at %(at)s."),
            at=f"{timezone.localtime(held.handed_at):%d-%m-%Y %H:%M}",
        )
    if not taker.name:
        raise Refusal(_("Write to whom the body is handed over."), field="name")
    if not taker.proof:
        raise Refusal(_("On what proof? Write the paper that was shown."), field="proof")
    if queries.is_legal(held) and queries.police_told_of(held) is None:
        raise Refusal(_("Tell the police of this death first."))
    held.handed_to, held.handed_relation = taker.name, taker.relation
    held.handed_proof, held.handed_phone = taker.proof, taker.phone
    held.handed_by, held.handed_at = actor, at
    held.clean_fields(exclude=LINKED)
    fields = ["handed_to", "handed_relation", "handed_proof", "handed_phone", "handed_by", "handed_at"]
    held.save(update_fields=fields)
    _record("ipd.body_handed_over", held, actor=actor, at=at)
    write(documents.issue_body_receipt(held, actor=actor, at=at))
    return held


def _record(name: str, death: Death, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=death, actor=actor, at=at, patient_id=death.patient_id, **detail)
