"""Which records are one person's, and which of them goes on."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from hmis.kernel.prepared import prepared
from hmis.kernel.verifying import Fault, holds, rows_of
from hmis.kernel.walls import OWN
from patients.identifiers import SearchTerm
from patients.models import MergeRecord, Patient

LINKED = ("patient", "kept", "merged_by", "undone_by", "facility")

# The records asked for, those that go on for them, and all that these go on for. Read once for both places,
# `standing` would be all merges of the state: 38 ms of 50,000 in place of 0.1.
SAME_PERSON = """
    WITH asked AS (SELECT unnest(%s::uuid[]) AS id),
    standing AS NOT MATERIALIZED (
        SELECT patient_id, kept_id FROM patients_mergerecord WHERE undone_at IS NULL
    ),
    going_on AS (SELECT id FROM asked UNION SELECT kept_id FROM standing JOIN asked ON patient_id = asked.id)
    SELECT id FROM going_on UNION SELECT patient_id FROM standing JOIN going_on ON kept_id = going_on.id
"""


def same_person(*patients: UUID) -> RawSQL:
    """For `patient__in=`: these records and those joined with them, asked in the very same statement."""
    return RawSQL(SAME_PERSON, [list(patients)])  # noqa: S611 - the text is ours


def same_as(patients: QuerySet[Patient]) -> RawSQL:
    """For `patient__in=`: these few, by a number of theirs, and the records joined with them."""
    return same_person(*patients.values_list("pk", flat=True))


def records_of(patients: Iterable[UUID]) -> dict[UUID, UUID]:
    """{record: the one that goes on} of these and of all that are joined with them; one read."""
    asked = set(patients)
    standing = MergeRecord.objects.standing().filter(patient__in=same_person(*asked))
    joined = dict(standing.values_list("patient_id", "kept_id"))
    return {one: one for one in (*asked, *joined.values())} | joined


STOPS = f"""
    SELECT
        EXISTS (
            SELECT FROM patients_deathnotice WHERE withdrawn_at IS NULL AND patient_id IN ({SAME_PERSON})
        ),
        (SELECT id FROM patients_mergerecord WHERE undone_at IS NULL AND patient_id = %s)
"""  # noqa: S608


def stops(patient_id: UUID) -> tuple[bool, UUID | None]:
    """(whether the person's death is on file, the merge by which this record was given up); one read."""
    with connection.cursor() as cursor:
        cursor.execute(prepared(STOPS, "stops"), [[patient_id], patient_id])
        return cursor.fetchone()


def going_on(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Of each the record that goes on: another one, where it was given up."""
    kept = MergeRecord.objects.standing().filter(patient=OuterRef("pk")).values("kept")
    found = patients.annotate(going_on=Coalesce(Subquery(kept), F("pk"), output_field=UUIDField()))
    return Patient.objects.filter(pk__in=found.values("going_on"))


def with_successor(patients: QuerySet[Patient], user: Any) -> QuerySet[Any]:
    """Each with `goes_on_as`: the record that goes on in its place, where this person's hospital knows it."""
    known = Patient.objects.visible_to(user).filter(pk=OuterRef("kept"))
    given_up = MergeRecord.objects.standing().filter(Exists(known), patient=OuterRef("pk"))
    return patients.annotate(goes_on_as=Subquery(given_up.values("kept")))


def in_their_place(
    found: Iterable[Any], fetch: Callable[[QuerySet[Patient]], Iterable[Patient]]
) -> dict[UUID, Patient]:
    """{id: the record that goes on} of those found `with_successor`, who go on themselves mostly.

    Who was not found under their own number or name says what they were `found_as`. They are fetched in one
    read, where there are any.
    """
    held = {one.pk: one for one in found}
    missing = {one.goes_on_as for one in held.values()} - {None, *held}
    kept = {one.pk: one for one in fetch(Patient.objects.filter(pk__in=missing))} if missing else {}
    for one in held.values():
        if one.goes_on_as in kept:
            kept[one.goes_on_as].found_as = one
    known = held | kept
    return {pk: known.get(one.goes_on_as, one) for pk, one in held.items()}


def given_up(term: SearchTerm, found: list[Patient]) -> str:
    """The UHID that was asked for, as it is shown, where those who were found go on for its record."""
    if term.kind != "uhid" or term.value in {one.uhid for one in found}:
        return ""
    held = MergeRecord.objects.standing().filter(patient__uhid=term.value).select_related("patient").first()
    return held.patient.uhid_shown if held else ""


def merges_of(patient: Patient) -> list[MergeRecord]:
    """What says that this record was given up, or that others were for it; the oldest first."""
    about = MergeRecord.objects.standing().filter(Q(patient=patient) | Q(kept=patient))
    return list(about.select_related(*LINKED).order_by("merged_at", "pk"))


def merges_here(user: Any) -> QuerySet[MergeRecord]:
    """What this person's hospital has joined, and what it has separated again; the newest first."""
    return MergeRecord.objects.visible_to(user).select_related(*LINKED).order_by("-merged_at", "-pk")


@holds("patients.kept_records_go_on", _("No record that others were joined to is itself given up."))
def merge_faults() -> Iterator[Fault]:
    """Chains: a record that was given up for one that is given up, too."""
    standing = MergeRecord.objects.standing()
    chained = standing.filter(Exists(standing.filter(patient=OuterRef("kept")))).select_related("kept")
    for one in chained.order_by("pk"):
        yield Fault(_("UHID %(row)s was given up, and others are joined to it."), row=one.kept.uhid_shown)


# At a hospital only what one of its own wrote down: who bears an ABHA is read everywhere.
BORNE_BY_TWO = f"""
    WITH borne AS (
        SELECT identifier.kind, identifier.value, identifier.facility_id, patient.uhid
        FROM patients_patientidentifier identifier
        LEFT JOIN patients_mergerecord merged
            ON merged.patient_id = identifier.patient_id AND merged.undone_at IS NULL
        JOIN patients_patient patient ON patient.id = COALESCE(merged.kept_id, identifier.patient_id)
        WHERE identifier.kind IN ('abha_number', 'abha_address') AND identifier.ended_at IS NULL
    )
    SELECT string_agg(DISTINCT uhid, ', ' ORDER BY uhid) FROM borne GROUP BY kind, value
    HAVING count(DISTINCT uhid) > 1 AND bool_or({OWN}) ORDER BY 1
"""  # noqa: S608


@holds("patients.abha_is_one_persons", _("Every ABHA is one person's."), at_night=True)
def abha_faults() -> Iterator[Fault]:
    """Of whom two hospitals wrote down the same ABHA while neither saw the other: one person, or a mix-up."""
    for (row,) in rows_of(BORNE_BY_TWO):
        yield Fault(_("UHIDs %(row)s have the same ABHA and are not joined."), row=row)
