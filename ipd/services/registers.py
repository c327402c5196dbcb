"""What the registrar of births and deaths was told; that a register was read or left the house."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from ipd.models import Admission, Death, RegistrarReport
from patients import services as patients
from patients.models import Birth


@act
def report_to_registrar(
    *,
    birth: Birth | None = None,
    death: Death | None = None,
    reported_on: date,
    registration_number: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> RegistrarReport:
    """Write down that the registrar was told of a birth or a death, and the number that came back.

    Refuses a second time, a death that was taken back, and a day that lies ahead or before it happened.
    """
    about = birth or death
    if about is None:
        raise Refusal(_("Which birth or death?"))
    body = [about.pk, reported_on, registration_number]
    report_id, seen = requests.claim(request_key, "ipd.report_to_registrar", actor=actor, body=body)
    if seen:
        return RegistrarReport.objects.get(pk=report_id)
    if death and patients.lock_death(death.notice_id) is None:
        raise Refusal(_("This death was taken back: the certificate is not valid."))
    happened = birth.born_at if birth else death.died_at if death else at
    if not timezone.localdate(happened) <= reported_on <= timezone.localdate(at):
        raise Refusal(_("This date is in the future, or before the event."), field="reported_on")
    if RegistrarReport.objects.filter(birth=birth, death=death).exists():
        raise Refusal(_("The registrar was told already."))
    report = RegistrarReport(
        id=report_id,
        facility_id=about.facility_id,
        birth=birth,
        death=death,
        reported_on=reported_on,
        registration_number=registration_number,
        reported_by=actor,
        recorded_at=at,
    )
    report.clean_fields(exclude=["facility", "birth", "death", "reported_by"])
    patient_id = birth.baby_id if birth else death.patient_id if death else None
    facts.record("ipd.registrar_told", about=report, actor=actor, at=at, patient_id=patient_id, new=[report])
    return report


@act
def note_register_seen(
    *, code: str, begins: date, ends: date, form: str = "", actor: Any, at: datetime
) -> None:
    """Write down that somebody read a register, or took it out of the house as a file (`form`)."""
    days = f"{begins:%Y-%m-%d} {ends:%Y-%m-%d}"
    said: dict[str, Any] = {"about": actor, "actor": actor, "at": at, "register": code, "days": days}
    if form:
        facts.record("ipd.register_exported", **said, form=form)
    else:
        facts.record("ipd.register_viewed", **said)


@act
def note_death_seen(*, death: Death, actor: Any, at: datetime) -> None:
    """Write down that somebody read the causes of a death."""
    facts.record("ipd.death_viewed", about=death, actor=actor, at=at, patient_id=death.patient_id)


@act
def note_discharges_seen(*, found: int, actor: Any, at: datetime) -> None:
    """Write down that somebody looked at who is being discharged."""
    facts.record("ipd.discharges_viewed", about=actor, actor=actor, at=at, found=found)


@act
def note_discharge_seen(*, admission: Admission, actor: Any, at: datetime) -> None:
    """Write down that somebody read what a discharge waits for."""
    patient_id = admission.patient_id
    facts.record("ipd.discharge_viewed", about=admission, actor=actor, at=at, patient_id=patient_id)
