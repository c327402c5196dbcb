"""What the papers of a ward say."""

from ipd.documents.admission import ADMISSION_SHEET, WRIST_BAND, issue_admission_papers, papers_of
from ipd.documents.leaving import (
    BODY_RECEIPT,
    FORM_4,
    GATE_PASS,
    LAMA_FORM,
    SUMMARY,
    issue_body_receipt,
    issue_form_4,
    issue_gate_pass,
    issue_lama_form,
    summary_of,
)

__all__ = [
    "ADMISSION_SHEET",
    "BODY_RECEIPT",
    "FORM_4",
    "GATE_PASS",
    "LAMA_FORM",
    "SUMMARY",
    "WRIST_BAND",
    "issue_admission_papers",
    "issue_body_receipt",
    "issue_form_4",
    "issue_gate_pass",
    "issue_lama_form",
    "papers_of",
    "summary_of",
]
