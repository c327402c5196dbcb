"""Form F of the PC-PNDT Act is signed before an obstetric ultrasound, and told to the end after it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, pdf, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, at_field
from hmis.kernel.models import IssuedDocument
from hmis.kernel.rows import write
from lab.documents.form_f import issue_form_f
from lab.models import FormF, FormFResult, ServiceRequest
from lab.queries import form_f as forms
from lab.services.imaging import refuse_foetal_sex
from lab.states import OrderStatus
from patients.identifiers import refuse_aadhaar
from patients.models import Sex

# What is typed freely, and might say what the law forbids to say.
FREE = ("referral_says", "other_procedure", "why_corrected", "result", "conveyed_to", "mtp_indication")


@act
def sign_form_f(
    *, order: ServiceRequest, details: Mapping[str, Any], request_key: UUID, actor: Any, at: datetime
) -> FormF:
    """Fill and sign Form F for an obstetric examination: the doctor who does it declares with it.

    `details` are the fields of FormF that are typed. A second one puts the first right and says why. Refuses
    whoever has no registration number, a declaration of a day to come, and what names the child's sex.
    """
    body = [order.pk, {name: str(value) for name, value in details.items()}]
    form_id, seen = requests.claim(request_key, "lab.sign_form_f", actor=actor, body=body)
    held = _locked(order)
    if seen:
        return FormF.objects.get(pk=form_id)
    _refuse_unfit(held, actor)
    _refuse_texts(held, details)
    today = timezone.localdate(at)
    _refuse_later(today, "declared_on", details["declared_on"])
    _refuse_later(today, "last_period_on", details.get("last_period_on"))
    last = FormF.objects.filter(order=held).aggregate(last=Max("version"))["last"] or 0
    form = FormF(
        id=form_id,
        facility_id=held.facility_id,
        order=held,
        patient_id=held.patient_id,
        version=last + 1,
        performed_by=actor,
        registration=actor.council_number,
        signed_at=at,
        **details,
    )
    write(form)
    paper = issue_form_f(form, actor=actor, at=at)
    facts.record(
        "lab.form_f_signed",
        about=form,
        actor=actor,
        at=at,
        patient_id=form.patient_id,
        new=[paper],
        version=form.version,
    )
    return form


@act
def finish_form_f(
    *, order: ServiceRequest, details: Mapping[str, Any], request_key: UUID, actor: Any, at: datetime
) -> FormFResult:
    """What Form F asks after the examination: when, what was found in brief, whom it was told and when.

    Refuses what was not examined, days to come, and what names the child's sex.
    """
    body = [order.pk, {name: str(value) for name, value in details.items()}]
    result_id, seen = requests.claim(request_key, "lab.finish_form_f", actor=actor, body=body)
    held = _locked(order)
    if seen:
        return FormFResult.objects.get(pk=result_id)
    form = forms.form_of(held)
    if form is None or held.status in (OrderStatus.ORDERED, OrderStatus.CANCELLED):
        raise Refusal(_("This examination was not made yet."))
    _refuse_texts(held, details)
    for field in ("examined_on", "conveyed_on"):
        _refuse_later(timezone.localdate(at), field, details[field])
    done = FormFResult(
        id=result_id, facility_id=held.facility_id, order=held, recorded_by=actor, recorded_at=at, **details
    )
    write(done)
    paper = issue_form_f(form, done, actor=actor, at=at)
    facts.record(
        "lab.form_f_finished", about=form, actor=actor, at=at, patient_id=held.patient_id, new=[paper]
    )
    return done


@act
def print_form_f(*, form: FormF, request_key: UUID, actor: Any, at: datetime) -> IssuedDocument:
    """The form as it stands, once more: a DUPLICATE of its last original."""
    paper_id, seen = requests.claim(request_key, "lab.print_form_f", actor=actor, body=[form.pk])
    if seen:
        return IssuedDocument.objects.get(pk=paper_id)
    last = pdf.originals(form.pk).filter(template=forms.FORM).latest("issued_at")
    paper = pdf.reprint(last, actor=actor, at=at, copy_id=paper_id)
    facts.record(
        "lab.form_f_printed", about=form, actor=actor, at=at, patient_id=form.patient_id, copy=paper.copy
    )
    return paper


@act
def note_forms_exported(*, month: date, count: int, actor: Any, at: datetime) -> None:
    """Write down that a month's forms left the house as a sheet."""
    facts.record(
        "lab.forms_f_exported", about=actor, actor=actor, at=at, month=month.isoformat()[:7], count=count
    )


def _locked(order: ServiceRequest) -> ServiceRequest:
    linked = ("test", "patient", "facility")
    held: ServiceRequest = lock(ServiceRequest, order.pk, *linked)
    return held


def _refuse_unfit(order: ServiceRequest, actor: Any) -> None:
    if not order.test.needs_form_f:
        raise Refusal(_("By law %(test)s needs no Form F."), test=order.test)
    if order.status == OrderStatus.CANCELLED:
        raise Refusal(
            _("%(test)s is %(status)s already."), test=order.test, status=order.get_status_display()
        )
    if order.patient.sex == Sex.MALE:
        raise Refusal(_("Form F is only for a pregnant woman."))
    if not actor.council_number:
        raise Refusal(_("Form F is signed with a council registration number; the administrator adds yours."))


def _refuse_texts(order: ServiceRequest, details: Mapping[str, Any]) -> None:
    for field, text in details.items():
        if isinstance(text, str):
            with at_field(field):
                refuse_aadhaar(text)
    refuse_foetal_sex(order.test, **{name: details[name] for name in FREE if details.get(name)})


def _refuse_later(today: date, field: str, day: date | None) -> None:
    if day and day > today:
        raise Refusal(_("This day lies ahead."), field=field)
