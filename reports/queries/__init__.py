"""Reads across the apps."""

from reports.queries.abha import AbhaCoverage, abha_coverage
from reports.queries.hpr import HprCoverage, HprFilter, cadres, hpr_coverage, professionals
from reports.queries.invariants import hfr_faults
from reports.queries.reconciling import MOST, actless, uncharged
from reports.queries.registries import (
    Coverage,
    RegistryFilter,
    districts_of,
    entries,
    hfr_coverage,
    not_entered,
    registry_imports,
)

__all__ = [
    "MOST",
    "AbhaCoverage",
    "Coverage",
    "HprCoverage",
    "HprFilter",
    "RegistryFilter",
    "abha_coverage",
    "actless",
    "cadres",
    "districts_of",
    "entries",
    "hfr_coverage",
    "hfr_faults",
    "hpr_coverage",
    "not_entered",
    "professionals",
    "registry_imports",
    "uncharged",
]
