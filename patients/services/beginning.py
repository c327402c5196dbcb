"""What stands against a new contact of a patient."""

from django.utils.translation import gettext_lazy as _

from hmis.kernel.errors import Refusal
from patients import queries
from patients.models import Patient
from patients.services.deaths import death_refusal


def refuse_beginning(patient: Patient, *, goes_on: bool = False) -> None:
    """Nothing begins anew for somebody whose death is on file, at whatever hospital, or on a record given up.

    `goes_on`: an earlier contact goes on, on the record that it has, given up meanwhile or not. What follows
    a death goes on in the contacts that are there: bills, papers, reports, the body.
    """
    death, merge = queries.standing_against(patient)
    if death:
        raise death_refusal(death)
    if merge and not goes_on:
        raise Refusal(
            _("This record is joined to another one of the same person. Take UHID %(uhid)s."),
            uhid=merge.kept.uhid_shown,
        )
