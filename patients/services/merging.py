"""Two records of one person are joined, and separated again. Nothing that hangs on either is moved."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from patients.models import BedStay, MergeRecord, Patient, RelatedPerson
from patients.queries.merging import same_person
from patients.services.people import lock_patients

LINKED = ["facility", "patient", "kept", "merged_by", "undone_by"]


@act
def merge_patients(
    *, patient: Patient, kept: Patient, why: str, request_key: UUID, actor: Any, at: datetime
) -> MergeRecord:
    """Join the record `patient`, which is given up, to `kept`, under which the person goes on.

    Both UHIDs stay. From now on both lead to `kept`, a chart shows what hangs on either, and nothing new
    begins on the one given up. Refuses no reason, a record that is given up already or that others were
    joined to, relatives of each other, and two who lie in a bed at this moment.
    """
    body = [patient.pk, kept.pk, why]
    merge_id, seen = requests.claim(request_key, "patients.merge_patients", actor=actor, body=body)
    if seen:
        return MergeRecord.objects.get(pk=merge_id)
    both = [patient.pk, kept.pk]
    lock_patients(both)
    if not why:
        raise Refusal(_("Say why."), field="why")
    _refuse_joined(patient, kept)
    _refuse_two_people(both)
    merge = MergeRecord(
        id=merge_id,
        facility=actor.posting.facility,
        patient=patient,
        kept=kept,
        why=why,
        merged_by=actor,
        merged_at=at,
    )
    merge.clean_fields(exclude=[*LINKED, "undone_at"])
    with refusing(MergeRecord):
        _record("patients.patients_merged", merge, actor=actor, at=at, new=[merge])
    return merge


def _refuse_joined(patient: Patient, kept: Patient) -> None:
    either = Q(patient__in=[patient, kept]) | Q(kept=patient)
    for held in MergeRecord.objects.standing().filter(either).select_related("kept", "patient"):
        if held.kept_id == patient.pk:
            raise Refusal(
                _("UHID %(uhid)s was joined to this record: keep this one, or separate them first."),
                uhid=held.patient.uhid_shown,
            )
        raise Refusal(
            _("UHID %(uhid)s is joined to UHID %(kept)s already."),
            uhid=held.patient.uhid_shown,
            kept=held.kept.uhid_shown,
        )


def _refuse_two_people(both: list[UUID]) -> None:
    if both[0] == both[1]:
        raise Refusal(_("This is the same record."))
    own = same_person(*both)
    if RelatedPerson.objects.filter(patient__in=own, relative__in=own).exists():
        raise Refusal(_("These two are on file as mother and child."))
    if BedStay.objects.filter(patient__in=own, ended_at=None).values("patient").distinct().count() > 1:
        raise Refusal(_("Both lie in a bed at this moment: these are two people."))


@act
def undo_merge(*, merge: MergeRecord, why: str, request_key: UUID, actor: Any, at: datetime) -> MergeRecord:
    """Separate two records again: each stands for itself, with all that hangs on it. Refuses no reason."""
    seen = requests.was_sent(request_key, "patients.undo_merge", actor=actor, body=[merge.pk, why])
    held = lock(MergeRecord, merge.pk, "patient", "kept")
    if seen:
        return held
    if held.undone_at:
        raise Refusal(_("These records were separated already."))
    if not why:
        raise Refusal(_("Say why."), field="why")
    held.undone_by, held.undone_at, held.undone_why = actor, at, why
    held.clean_fields(exclude=LINKED)
    held.save(update_fields=["undone_by", "undone_at", "undone_why"])
    _record("patients.merge_undone", held, actor=actor, at=at)
    return held


def _record(name: str, merge: MergeRecord, *, actor: Any, at: datetime, **new: Any) -> None:
    """Who looks at either record's audit finds it."""
    facts.record(name, about=merge, actor=actor, at=at, patient_id=merge.patient_id, **new)
    facts.record(name, about=merge, actor=actor, at=at, patient_id=merge.kept_id)
