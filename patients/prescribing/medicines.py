"""A medicine of the formulary, as the rules of prescribing see it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Medicine:
    """One strength of one form of a generic medicine, and what is known of it."""

    id: Any
    generic_name: str
    name_hi: str
    strength: str
    form: str
    route: str
    atc_code: str
    ingredients: tuple[str, ...]
    pregnancy_flag: str
    lactation_flag: str
    flag_source: str
    high_alert: bool
    aware_group: str
    schedule: str
    nlem_level: str
    listed: bool
    available: bool
    approved: bool
    source: str
    edition: str
