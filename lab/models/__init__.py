"""Tests and what they give, orders, specimens, results and their reports."""

from lab.models.analysers import Analyser, AnalyserCode, AnalyserMessage, UnmatchedResult
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
from lab.models.quality import ControlLevel, QualityControlRun, RunAnswer
from lab.models.results import (
    LONGEST_KEPT,
    CriticalAcknowledgement,
    CriticalEscalation,
    DiagnosticReport,
    LaboratorySetting,
    ResultLine,
)
from lab.models.specimens import Specimen

__all__ = [
    "LAB_CONTENT",
    "LONGEST_KEPT",
    "SOURCE",
    "Analyser",
    "AnalyserCode",
    "AnalyserMessage",
    "AnalyteDefinition",
    "ControlLevel",
    "CriticalAcknowledgement",
    "CriticalEscalation",
    "CriticalLimit",
    "DeltaLimit",
    "DiagnosticReport",
    "FormF",
    "FormFResult",
    "LaboratorySetting",
    "OrderQuerySet",
    "QualityControlRun",
    "ReferenceRange",
    "ResultLine",
    "RunAnswer",
    "ServiceRequest",
    "Specimen",
    "TestDefinition",
    "UnmatchedResult",
]
