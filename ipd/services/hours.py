"""An hour before the entry: of whoever was written in late, the true one."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from hmis.kernel.errors import Refusal
from hmis.kernel.templatetags.ui import when
from patients.models import Birth, Patient

ENTERED_LATE = timedelta(hours=24)


class BeforeEntry(Refusal):
    """The hour is before the entry: whoever means it says so once (`confirm`)."""


def refuse_before_entry(
    patient: Patient, said: datetime, entered: datetime, too_early: Refusal, *, confirm: bool
) -> None:
    """Refuses, as `too_early`, an hour more than a day before the entry, or before the patient's birth here;
    raises BeforeEntry of any other before it unless `confirm`."""
    if said >= entered:
        return
    birth = Birth.objects.filter(baby=patient).first()
    if said < entered - ENTERED_LATE or (birth and said < birth.born_at):
        raise too_early
    if not confirm:
        raise BeforeEntry(
            _("%(said)s is before the entry, %(entered)s. Was the patient here already?"),
            field="confirm_early",
            said=when(said),
            entered=when(entered),
        )
