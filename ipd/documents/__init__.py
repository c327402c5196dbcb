"""What the papers of a ward say."""

from ipd.documents.admission import ADMISSION_SHEET, WRIST_BAND, issue_admission_papers, papers_of

__all__ = ["ADMISSION_SHEET", "WRIST_BAND", "issue_admission_papers", "papers_of"]
