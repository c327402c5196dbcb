"""Statuses: every arrow of every table works, every other is refused, and only `move` writes them."""

from importlib import import_module

import pytest
from django.apps import apps

from billing.models import Claim, Invoice, RefundRequest, Shift
from billing.states import (
    CLAIM_MOVES,
    INVOICE_MOVES,
    REQUEST_MOVES,
    SHIFT_MOVES,
    ClaimStatus,
    InvoiceStatus,
    RequestStatus,
    ShiftStatus,
)
from facilities.models import Bed
from facilities.states import BED_MOVES, BedStatus
from hmis.kernel.errors import Refusal
from hmis.kernel.transitions import move
from ipd.models import Admission, Opinion
from ipd.states import ADMISSION_MOVES, OPINION_MOVES, AdmissionStatus, OpinionStatus
from lab.models import AnalyserMessage, ServiceRequest, Specimen, UnmatchedResult
from lab.states import (
    MESSAGE_MOVES,
    ORDER_MOVES,
    SPECIMEN_MOVES,
    TRAY_MOVES,
    MessageStatus,
    OrderStatus,
    SpecimenStatus,
    TrayStatus,
)
from opd.models import Consultation, QueueToken
from opd.states import CONSULTATION_MOVES, TOKEN_MOVES, ConsultationStatus, TokenStatus
from patients.models import (
    AdmissionRequest,
    Certificate,
    ClinicalNote,
    Condition,
    Encounter,
    MedicationRequest,
    Referral,
)
from patients.states import (
    ADMISSION_REQUEST_MOVES,
    CERTIFICATE_MOVES,
    CONDITION_MOVES,
    ENCOUNTER_MOVES,
    MEDICATION_MOVES,
    NOTE_MOVES,
    REFERRAL_MOVES,
    AdmissionRequestStatus,
    CertificateStatus,
    ConditionStatus,
    EncounterStatus,
    MedicationStatus,
    NoteStatus,
    ReferralStatus,
)
from reports.models import RegistryEntry, ReportRun, RolloutStep
from reports.states import REGISTRY_MOVES, ROLLOUT_MOVES, RUN_MOVES, RegistryStatus, RolloutStatus, RunStatus

# Every model with a status: its choices and the table of its arrows.
TABLES = {
    Admission: (AdmissionStatus, ADMISSION_MOVES),
    Invoice: (InvoiceStatus, INVOICE_MOVES),
    Specimen: (SpecimenStatus, SPECIMEN_MOVES),
    RefundRequest: (RequestStatus, REQUEST_MOVES),
    Shift: (ShiftStatus, SHIFT_MOVES),
    Claim: (ClaimStatus, CLAIM_MOVES),
    Encounter: (EncounterStatus, ENCOUNTER_MOVES),
    QueueToken: (TokenStatus, TOKEN_MOVES),
    Consultation: (ConsultationStatus, CONSULTATION_MOVES),
    ClinicalNote: (NoteStatus, NOTE_MOVES),
    Condition: (ConditionStatus, CONDITION_MOVES),
    Referral: (ReferralStatus, REFERRAL_MOVES),
    RegistryEntry: (RegistryStatus, REGISTRY_MOVES),
    AdmissionRequest: (AdmissionRequestStatus, ADMISSION_REQUEST_MOVES),
    Certificate: (CertificateStatus, CERTIFICATE_MOVES),
    ServiceRequest: (OrderStatus, ORDER_MOVES),
    AnalyserMessage: (MessageStatus, MESSAGE_MOVES),
    UnmatchedResult: (TrayStatus, TRAY_MOVES),
    MedicationRequest: (MedicationStatus, MEDICATION_MOVES),
    Opinion: (OpinionStatus, OPINION_MOVES),
    Bed: (BedStatus, BED_MOVES),
    RolloutStep: (RolloutStatus, ROLLOUT_MOVES),
    ReportRun: (RunStatus, RUN_MOVES),
}
PAIRS = [(model, was, to) for model, (choices, _) in TABLES.items() for was in choices for to in choices]
ARROWS = [(model, was, to) for model, was, to in PAIRS if to in TABLES[model][1].get(was, ())]
NO_ARROWS = [pair for pair in PAIRS if pair not in ARROWS]


def test_every_model_with_a_status_has_a_table_here():
    with_status = {
        model
        for model in apps.get_models()
        if any(field.name == "status" for field in model._meta.fields)
        and not hasattr(model, "pgh_tracked_model")
    }

    assert with_status == set(TABLES)


def test_every_table_of_moves_is_used_by_a_model():
    written = {id(table) for config in apps.get_app_configs() for table in moves_of(config.name)}

    assert written == {id(table) for _, table in TABLES.values()}


def moves_of(app):
    try:
        states = import_module(f"{app}.states")
    except ModuleNotFoundError:
        return []
    return [table for name, table in vars(states).items() if name.endswith("_MOVES")]


@pytest.mark.parametrize("model", TABLES)
def test_every_status_can_be_reached(model):
    choices, table = TABLES[model]
    reached = {model._meta.get_field("status").default}
    while wider := {to for was in reached for to in table.get(was, ())} - reached:
        reached |= wider

    assert reached == set(choices)


def test_an_arrow_of_the_table_is_taken():
    for model, was, to in ARROWS:
        record = model(status=was)
        move(record, to=to, allowed=TABLES[model][1])

        assert record.status == to, (model, was)


def test_what_is_no_arrow_is_refused_and_changes_nothing():
    for model, was, to in NO_ARROWS:
        record = model(status=was)
        with pytest.raises(Refusal):
            move(record, to=to, allowed=TABLES[model][1])

        assert record.status == was, (model, to)


def test_a_written_record_keeps_its_new_status_and_nothing_else(invoice):
    invoice.total = 1
    move(invoice, to=InvoiceStatus.PART_PAID, allowed=INVOICE_MOVES)

    invoice.refresh_from_db()
    assert (invoice.status, invoice.total) == (InvoiceStatus.PART_PAID, 1000)


def test_the_refusal_names_the_record_and_both_states(invoice):
    with pytest.raises(Refusal, match="RIMS/B26/0000001 is issued and cannot become a draft"):
        move(invoice, to=InvoiceStatus.DRAFT, allowed=INVOICE_MOVES)
