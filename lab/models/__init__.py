"""Tests and what they give, orders, specimens, results and their reports."""

from lab.models.catalogue import (
    LAB_CONTENT,
    AnalyteDefinition,
    CriticalLimit,
    DeltaLimit,
    ReferenceRange,
    TestDefinition,
)
from lab.models.form_f import FormF, FormFResult
from lab.models.orders import SOURCE, OrderQuerySet, ServiceRequest
from lab.models.results import (
    CriticalAcknowledgement,
    CriticalEscalation,
    DiagnosticReport,
    LaboratorySetting,
    ResultLine,
)
from lab.models.specimens import Specimen

__all__ = [
    "LAB_CONTENT",
    "SOURCE",
    "AnalyteDefinition",
    "CriticalAcknowledgement",
    "CriticalEscalation",
    "CriticalLimit",
    "DeltaLimit",
    "DiagnosticReport",
    "FormF",
    "FormFResult",
    "LaboratorySetting",
    "OrderQuerySet",
    "ReferenceRange",
    "ResultLine",
    "ServiceRequest",
    "Specimen",
    "TestDefinition",
]
