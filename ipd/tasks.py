"""What wards do by the clock, and what they hear."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from facilities.models import Facility
from hmis.kernel import facts, pdf, scope
from ipd import services
from ipd.models import Admission
from patients.models import ClinicalNote, DeathNotice, NoteAddendum, NoteKind, Observation


@shared_task(name="ipd.end_days")
def end_days() -> int:
    """Each hour, so that a hospital that is switched off at night is not behind: the bed-days of those who
    lie here, and the census of every day that is over, hospital by hospital."""
    with scope.within(scope.everywhere()):
        ever = set(Admission.objects.order_by().values_list("facility_id", flat=True).distinct())
        hospitals = list(Facility.objects.filter(pk__in=ever))
    done = 0
    for hospital in hospitals:
        with scope.within(scope.at_hospitals(hospital.pk)):
            done += services.charge_all_bed_days(facility=hospital, at=timezone.now())
            done += services.count_missing_days(facility=hospital, at=timezone.now())
    return done


@facts.on("patients.vitals_recorded")
def score_vitals(observation_id: UUID) -> None:
    """Vital signs were written down somewhere: those of an inpatient have their warning score."""
    observation = Observation.objects.get(pk=observation_id)
    services.score_recorded(observation=observation, at=timezone.now())


@facts.on("patients.note_signed")
@facts.on("patients.note_countersigned")
def issue_summary(note_id: UUID) -> None:
    """A discharge summary has a paper of its own beside the note's, wherever it was signed."""
    note = ClinicalNote.objects.select_related("signed_by").get(pk=note_id)
    if note.kind == NoteKind.DISCHARGE and Admission.objects.filter(encounter=note.encounter_id).exists():
        services.print_summary(note=note, actor=note.signed_by, at=timezone.now())


@facts.on("patients.addendum_written")
def issue_summary_again(addendum_id: UUID) -> None:
    """What was added stands on the paper from now on."""
    issue_summary(NoteAddendum.objects.get(pk=addendum_id).note_id)


@facts.on("ipd.patient_discharged")
def render_gate_pass(admission_id: UUID) -> None:
    """The gate pass is ready before somebody waits for it."""
    pdf.prepare(about_id=admission_id)


@facts.on("patients.death_withdrawn")
def keep_the_living(notice_id: UUID) -> None:
    """Whose death was taken back lies here still: the stay goes on."""
    notice = DeathNotice.objects.get(pk=notice_id)
    services.follow_withdrawn_death(encounter_id=notice.encounter_id, at=timezone.now())


@facts.on("ipd.death_recorded")
@facts.on("ipd.body_handed_over")
def render_papers_of_death(death_id: UUID) -> None:
    """Form 4 and the receipt for the body."""
    pdf.prepare(about_id=death_id)
