"""Medico-legal cases: marked once, numbered without gaps, and each time that the police are told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, pdf, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.edits import refuse_changed
from hmis.kernel.errors import Refusal
from hmis.kernel.ids import uuid7
from hmis.kernel.models import IssuedDocument
from hmis.kernel.moments import Said, moment_of
from hmis.kernel.numbering import Series, next_number
from hmis.kernel.rows import write
from patients import documents, queries
from patients.models import CaseKind, Encounter, MedicoLegalCase, PoliceIntimation


@dataclass(frozen=True)
class Intimation:
    """Which police station was told, when, and who took it down there."""

    station: str
    informed_at: Said = None
    officer: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.station, self.informed_at, self.officer]


@dataclass(frozen=True)
class CaseDetails:
    """What the register asks of a case."""

    kind: CaseKind
    particulars: str = ""
    brought_by: str = ""
    intimation: Intimation | None = None

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        told = self.intimation.claimed() if self.intimation else []
        return [self.kind, self.particulars, self.brought_by, told]


@dataclass(frozen=True)
class OpenedCase:
    """A line of the register, and what the police were told at once."""

    case: MedicoLegalCase
    intimation: PoliceIntimation | None = None
    paper: IssuedDocument | None = None

    @property
    def rows(self) -> list[models.Model | None]:
        """What the act has still to write."""
        return [self.case, self.intimation, self.paper]


def add_case(*, encounter: Encounter, details: CaseDetails, actor: Any, at: datetime) -> OpenedCase:
    """The last part of an act that marks a medico-legal case: rows for it to write.

    The number is taken here: from now on every other counter of the hospital waits for its own.
    """
    case = MedicoLegalCase(
        facility=encounter.facility,
        encounter=encounter,
        patient=encounter.patient,
        kind=details.kind,
        brought_by=details.brought_by[:240],
        particulars=details.particulars,
        marked_by=actor,
        marked_at=at,
    )
    case.clean_fields(exclude=["facility", "encounter", "patient", "number", "marked_by"])
    facts.record(
        "patients.medico_legal_case_opened", about=case, actor=actor, at=at, patient_id=case.patient_id
    )
    told = _intimation(case, details.intimation, actor=actor, at=at) if details.intimation else None
    case.number = next_number(encounter.facility, Series.MEDICO_LEGAL, at=at)
    paper = documents.issue_intimation(told, actor=actor, at=at) if told else None
    return OpenedCase(case, told, paper)


@act
def open_case(
    *, encounter: Encounter, details: CaseDetails, request_key: UUID, actor: Any, at: datetime
) -> OpenedCase:
    """Mark this contact as a medico-legal case. Refuses one that is marked already."""
    body = [encounter.pk, details.claimed()]
    if requests.was_sent(request_key, "patients.open_case", actor=actor, body=body):
        case = queries.case_of(encounter)
        assert case is not None
        told = case.intimations.order_by("pk").first()
        return OpenedCase(case, told, pdf.original_of(told.pk) if told else None)
    linked = ("facility", "patient__district")
    held = lock(Encounter, encounter.pk, *linked)
    if MedicoLegalCase.objects.filter(encounter=held).exists():
        raise Refusal(_("This is marked as a medico-legal case already."))
    opened = add_case(encounter=held, details=details, actor=actor, at=at)
    write(*opened.rows)
    return opened


@act
def correct_case(
    *, case: MedicoLegalCase, kind: CaseKind, why: str, rev: int, request_key: UUID, actor: Any, at: datetime
) -> MedicoLegalCase:
    """Put the kind of a case right; lists follow at once, letters that went out stay as they are.

    Refuses what gives no reason or changes nothing, and what somebody else changed meanwhile (`rev`).
    """
    body = [case.pk, kind, why]
    seen = requests.was_sent(request_key, "patients.correct_case", actor=actor, body=body)
    held = lock(MedicoLegalCase, case.pk, "patient")
    if seen:
        return held
    refuse_changed(held.rev, rev, _("Somebody else changed this case meanwhile. Look again before you save."))
    if held.kind == kind:
        raise Refusal(_("The case is of this kind already."), field="kind")
    if not why:
        raise Refusal(_("Say why the kind is put right."), field="why")
    held.kind, held.why_corrected = kind, why
    held.clean_fields(exclude=["facility", "encounter", "patient", "number", "marked_by"])
    held.save(update_fields=["kind", "why_corrected"])
    facts.record(
        "patients.medico_legal_case_corrected", about=held, actor=actor, at=at, patient_id=held.patient_id
    )
    held.refresh_from_db(fields=["rev"])
    return held


@act
def inform_police(
    *, case: MedicoLegalCase, intimation: Intimation, request_key: UUID, actor: Any, at: datetime
) -> PoliceIntimation:
    """Write down that the police were told of a case, and when; the letter to them is ready to print."""
    body = [case.pk, intimation.claimed()]
    told_id, seen = requests.claim(request_key, "patients.inform_police", actor=actor, body=body)
    if seen:
        return PoliceIntimation.objects.get(pk=told_id)
    told = _intimation(case, intimation, actor=actor, at=at, told_id=told_id)
    write(told, documents.issue_intimation(told, actor=actor, at=at))
    return told


def _intimation(
    case: MedicoLegalCase, said: Intimation, *, actor: Any, at: datetime, told_id: UUID | None = None
) -> PoliceIntimation:
    told = PoliceIntimation(
        id=told_id or uuid7(),
        facility_id=case.facility_id,
        case=case,
        station=said.station,
        officer=said.officer,
        informed_at=moment_of(said.informed_at, at),
        informed_by=actor,
        recorded_at=at,
    )
    told.clean_fields(exclude=["facility", "case", "informed_by"])
    facts.record("patients.police_informed", about=told, actor=actor, at=at, patient_id=case.patient_id)
    return told
