"""What the OPD hears: a visit was registered, sheets were asked for; their papers are made ready. And the
end of its days."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from hmis.kernel import facts, pdf
from opd import services
from patients.models import DeathNotice


@shared_task(name="opd.end_days")
def end_days() -> int:
    """Each hour, so that a hospital that is switched off at night is not behind: what yesterday left open."""
    at = timezone.now()
    return services.end_days(at=at) + services.finish_visits(at=at)


@facts.on("opd.visit_registered")
@facts.on("opd.casualty_registered")
def render_slip(encounter_id: UUID) -> None:
    """Make the slip's bytes before somebody waits for them."""
    pdf.prepare(about_id=encounter_id)


@facts.on("ipd.contact_led_to_admission")
def follow_admission(encounter_id: UUID) -> None:
    """Whom a ward has taken from casualty has left it."""
    services.leave_for_the_ward(encounter_id=encounter_id, at=timezone.now())


@facts.on("ipd.contact_ended_in_death")
def follow_death(encounter_id: UUID) -> None:
    """Whose death in casualty was certified has left it."""
    services.leave_as_dead(encounter_id=encounter_id, at=timezone.now())


@facts.on("patients.death_withdrawn")
def treat_the_living(notice_id: UUID) -> None:
    """Whoever was brought dead by mistake is treated in casualty."""
    notice = DeathNotice.objects.get(pk=notice_id)
    services.follow_withdrawn_death(encounter_id=notice.encounter_id, at=timezone.now())


@facts.on("opd.token_moved")
def render_new_slip(token_id: UUID) -> None:
    """The slip with the new token, room and day."""
    pdf.prepare(about_id=token_id)


@facts.on("patients.note_signed")
def follow_signature(note_id: UUID) -> None:
    """The note of a consultation that was signed past the doctor's room ends the consultation too."""
    services.follow_signature(note_id=note_id, at=timezone.now())


@facts.on("opd.downtime_sheets_printed")
def render_downtime_sheets(department_id: UUID) -> None:
    """A hundred pages take some seconds: made before somebody waits for them."""
    pdf.prepare(about_id=department_id)
