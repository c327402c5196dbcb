"""Reads across the apps."""

from reports.queries.idsp import FormP, Line, cases_of, form_p
from reports.queries.reconciling import MOST, actless, uncharged
from reports.queries.registers import OPD, exceeds, signed_conditions, streamed
from reports.queries.runs import runs_of

__all__ = [
    "MOST",
    "OPD",
    "FormP",
    "Line",
    "actless",
    "cases_of",
    "exceeds",
    "form_p",
    "runs_of",
    "signed_conditions",
    "streamed",
    "uncharged",
]
