"""What a day in a ward is charged by where the hospital has set nothing: by the ward's kind.

The codes are those of billing/data/services.csv, of the kind `bed_day`. A hospital sets others for a ward
of its own (ipd.DayTariff).
"""

from billing.states import WardClass
from facilities.states import WardKind

_CODES = {
    WardKind.EMERGENCY: "BED-OBS",
    WardKind.DAYCARE: "BED-OBS",
    WardKind.ICU: "BED-ICU",
    WardKind.HDU: "BED-ICU",
    WardKind.PICU: "BED-ICU",
    WardKind.NEWBORN: "BED-NICU",
    WardKind.NICU: "BED-NICU",
    WardKind.SEMI_PRIVATE: "BED-SEMI",
    WardKind.PRIVATE: "BED-PVT",
}
_CLASSES = {
    WardKind.ICU: WardClass.INTENSIVE,
    WardKind.HDU: WardClass.INTENSIVE,
    WardKind.PICU: WardClass.INTENSIVE,
    WardKind.NICU: WardClass.INTENSIVE,
    WardKind.NEWBORN: WardClass.INTENSIVE,
    WardKind.SEMI_PRIVATE: WardClass.SEMI_PRIVATE,
    WardKind.PRIVATE: WardClass.PRIVATE,
}


def day_code(kind: str) -> str:
    """The service that a day in a ward of this kind (WardKind) is charged as."""
    return _CODES.get(WardKind(kind), "BED-GEN")


def ward_class(kind: str) -> WardClass:
    """The class of price for a ward of this kind (WardKind)."""
    return _CLASSES.get(WardKind(kind), WardClass.GENERAL)
