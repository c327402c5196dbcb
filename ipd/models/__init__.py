"""Admissions and who answers for them; rounds, warnings, discharges, deaths; what is counted."""

from ipd.models.admission import Admission, AdmissionQuerySet, CareTeam, InpatientSetting, Leave
from ipd.models.counting import BED_DAY, BedDay, DayTariff, WardCensus
from ipd.models.leaving import Death, DischargeStep, RegistrarReport
from ipd.models.rounds import EarlyWarning, Opinion, Procedure, WarningAnswer

__all__ = [
    "BED_DAY",
    "Admission",
    "AdmissionQuerySet",
    "BedDay",
    "CareTeam",
    "DayTariff",
    "Death",
    "DischargeStep",
    "EarlyWarning",
    "InpatientSetting",
    "Leave",
    "Opinion",
    "Procedure",
    "RegistrarReport",
    "WardCensus",
    "WarningAnswer",
]
