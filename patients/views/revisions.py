"""A form of a patient's details that met somebody else's change."""

from typing import Any

from django.http import HttpRequest

from hmis.kernel.history import since
from hmis.kernel.said import rev_said
from patients.models import Patient
from patients.queries import history_of


def revision(request: HttpRequest, patient: Patient, *, was_asked: bool) -> dict[str, Any]:
    """`rev` for the form; `meanwhile`, what was changed since it was opened, if that was refused.

    Who has seen that may save over it. `was_asked`: whether the act was asked, or the form was not right.
    """
    if request.method == "GET":
        return {"rev": patient.rev}
    said = rev_said(request)
    patient.refresh_from_db(fields=["rev"])
    if not was_asked or said == patient.rev:
        return {"rev": said}
    return {"rev": patient.rev, "meanwhile": since(patient, said, history_of(patient))}
