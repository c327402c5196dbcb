"""A chart is opened: by whoever treats the patient here, or in an emergency with a reason, for an hour."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests, scope
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.rows import write
from patients.identifiers import refuse_aadhaar
from patients.models import Patient
from patients.queries import chart
from patients.queries.chart import Opened
from patients.states import Opening

SHORTEST_REASON, LONGEST_REASON = 10, 200


class ChartClosed(Refusal):
    """No contact of this patient goes on here, and one has not opened the chart in an emergency."""

    status = 403

    def __init__(self, patient: Patient) -> None:
        super().__init__(
            _("This patient is not treated here now. In an emergency open the chart with a reason.")
        )
        self.patient = patient


def open_chart(*, patient: Patient, actor: Any, at: datetime, read: bool = True) -> Opened:
    """Open one patient's whole chart to the rest of this request; that it was read is written down.

    `read` is False where what follows does not show it, or was written down already: of this record. Of those
    joined with it nothing else says so. Raises ChartClosed.
    """
    opened = chart.opening(actor, patient.pk, at)
    if opened is None:
        raise ChartClosed(patient)
    of = [one for one in opened.records if read or one != patient.pk]
    if of:
        note_chart_seen(patient=patient, of=of, how=opened.how, actor=actor, at=at)
    scope.settle(scope.with_charts(opened.records))
    return opened


@act
def note_chart_seen(*, patient: Patient, of: Iterable[UUID], how: Opening, actor: Any, at: datetime) -> None:
    """Write down that somebody read the chart of these records from this one, and by what right."""
    for_each = (
        facts.rows(
            "patients.chart_viewed", about=patient, actor=actor, at=at, patient_id=one, opening=str(how)
        )
        for one in of
    )
    write(*chain.from_iterable(for_each))


@act
def break_glass(*, patient: Patient, reason: str, request_key: UUID, actor: Any, at: datetime) -> Opened:
    """Open the chart of somebody who is not treated here, for an hour; the hospital's head reviews it.

    Refuses a reason that says nothing, and a chart that is open anyway.
    """
    why = " ".join(reason.split())
    body = [patient.pk, why]
    fact_id, seen = requests.claim(request_key, "patients.break_glass", actor=actor, body=body)
    opened = chart.opening(actor, patient.pk, at)
    if opened is not None:  # sent twice, or treated here by now
        return opened
    if seen:
        raise ChartClosed(patient)
    if len(why) < SHORTEST_REASON:
        raise Refusal(_("Say why, in a few words: your superintendent reads it."), field="reason")
    if len(why) > LONGEST_REASON:
        raise Refusal(_("At most 200 letters."), field="reason")
    refuse_aadhaar(why)
    facts.record(
        "patients.glass_broken",
        about=patient,
        actor=actor,
        at=at,
        patient_id=patient.pk,
        fact_id=fact_id,
        reason=why,
    )
    now_open = chart.opening(actor, patient.pk, at)
    assert now_open is not None
    return now_open
