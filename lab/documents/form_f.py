"""What Form F says on paper, item by item, and the month's list for the appropriate authority."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.documents import heading
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from lab import permissions
from lab.models import FormF, FormFResult
from lab.queries.confidential import is_of_imaging
from lab.queries.form_f import FORM
from lab.states import Indication
from patients.documents import person

COPIED = (
    "version",
    "why_corrected",
    "centre_registration",
    "living_sons",
    "ages_of_sons",
    "living_daughters",
    "ages_of_daughters",
    "relative_name",
    "referred_by",
    "is_self_referral",
    "weeks",
    "registration",
    "referral_says",
    "other_procedure",
    "is_by_thumb",
)


def _opens(user: Any, _paper: IssuedDocument) -> bool:
    """A pathologist authorises too, but not what imaging found."""
    return is_of_imaging(user)


pdf.name_kind(FORM, opened_by=permissions.AUTHORISE_REPORTS, asks=_opens, title=gettext_lazy("Form F"))


def issue_form_f(form: FormF, done: FormFResult | None = None, *, actor: Any, at: datetime) -> IssuedDocument:
    """The form as it is signed; with `done` also what was told after the examination."""
    order, facility = form.order, form.order.facility
    words = {
        "facility": {**heading(facility), "address": facility.address, "phone": facility.phone},
        **person(order.patient, at),
        **{name: getattr(form, name) for name in COPIED},
        # The address and telephone of the form itself, as they were told that day.
        "address": form.address,
        "phone": form.phone,
        "slip_number": order.slip_number,
        "test": order.test.name,
        "test_hi": order.test.name_hi,
        "last_period_on": form.last_period_on.isoformat() if form.last_period_on else "",
        "indications": [_indication(number) for number in sorted(form.indications)],
        "declared_on": form.declared_on.isoformat(),
        "signed_at": form.signed_at.isoformat(),
        "doctor": form.performed_by.name,
        "doctor_hi": form.performed_by.name_hi,
        "done": _done(done),
        "at": at.isoformat(),
    }
    return pdf.issue(
        FORM,
        about=form,
        facility_id=form.facility_id,
        patient_id=form.patient_id,
        number=order.slip_number,
        context=words,
        actor=actor,
        at=at,
    )


def _indication(number: int) -> dict[str, Any]:
    said = {}
    for language in ("en", "hi"):
        with translation.override(language):
            said[language] = str(Indication(number).label)
    return {"number": number, **said}


def _done(done: FormFResult | None) -> dict[str, str] | None:
    if done is None:
        return None
    return {
        "examined_on": done.examined_on.isoformat(),
        "result": done.result,
        "conveyed_to": done.conveyed_to,
        "conveyed_on": done.conveyed_on.isoformat(),
        "mtp_indication": done.mtp_indication,
    }


def month_head() -> list[str]:
    """The columns of the month's list."""
    return [
        _("No."),
        _("Declaration"),
        _("Name"),
        _("Age"),
        _("Husband, father or mother"),
        _("Address"),
        _("Telephone"),
        _("Living sons"),
        _("Living daughters"),
        _("Referred by"),
        _("Last period"),
        _("Weeks"),
        _("Indication"),
        _("Doctor"),
        _("Registration number"),
        _("Examined"),
        _("Result in brief"),
        _("Conveyed to"),
        _("Conveyed on"),
        _("Indication for MTP"),
    ]


def month_rows(forms: Iterable[FormF]) -> Iterator[list[Any]]:
    """A form a row, as the authority asks it."""
    for number, form in enumerate(forms, start=1):
        done = getattr(form.order, "form_f_result", None)
        age = form.patient.age_on(form.declared_on)
        yield [
            number,
            f"{form.declared_on:%d-%m-%Y}",
            form.patient.name,
            str(age) if age else "",
            form.relative_name,
            form.address,
            form.phone,
            form.living_sons,
            form.living_daughters,
            _("self-referral") if form.is_self_referral else form.referred_by,
            f"{form.last_period_on:%d-%m-%Y}" if form.last_period_on else "",
            form.weeks if form.weeks is not None else "",
            ", ".join(map(str, sorted(form.indications))),
            form.performed_by.name,
            form.registration,
            *(_told(done) if done else [""] * 5),
        ]


def _told(done: FormFResult) -> list[str]:
    return [
        f"{done.examined_on:%d-%m-%Y}",
        done.result,
        done.conveyed_to,
        f"{done.conveyed_on:%d-%m-%Y}",
        done.mtp_indication,
    ]
