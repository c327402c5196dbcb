"""Instruments of a hospital with their codes, and tubes that wait for their results."""

from decimal import Decimal

from django.utils import timezone

from lab.models import Analyser, AnalyserCode, AnalyserMessage, UnmatchedResult
from lab.services import hear, take_messages
from lab.states import MessageStatus, Section, WhyInTray, WireProtocol

CBC_CODES = {"WBC": ("TLC", "10*3/uL"), "HGB": ("HB", "g/dL"), "PLT": ("PLT", "10*3/uL"), "MCV": ("", "")}
CHEMISTRY_CODES = {"GLU": ("GLU_R GLU_F", "mg/dL"), "UREA": ("UREA", "mg/dL"), "K": ("K", "mmol/L")}


def make_analyser(facility, protocol=WireProtocol.ASTM, codes=CBC_CODES, **said):
    """An analyser of this hospital, known by its name unless it says otherwise."""
    details = {
        "name": "Cell counter",
        "section": Section.HAEMATOLOGY,
        "sender": "XN-550" if protocol == WireProtocol.ASTM else "BS-240",
    }
    analyser = Analyser.objects.create(facility=facility, protocol=protocol, **details | said)
    for code, (meant, unit) in codes.items():
        make_code(analyser, code, meant, unit)
    return analyser


def make_chemistry(facility, **said):
    details = {"name": "Chemistry", "section": Section.BIOCHEMISTRY}
    return make_analyser(facility, WireProtocol.HL7, CHEMISTRY_CODES, **details | said)


def make_code(analyser, code, meant="", unit="", factor=None):
    """`meant`: one result of ours or several, or "" for what is left out."""
    return AnalyserCode.objects.create(
        facility=analyser.facility,
        analyser=analyser,
        code=code,
        analyte_codes=meant.split(),
        unit=unit,
        factor=None if factor is None else Decimal(factor),
    )


def sent(raw, protocol=WireProtocol.ASTM, *, port=2575, address="127.0.0.1", at=None):
    """The answer to a message that comes and is matched."""
    answer = hear(protocol=protocol, raw=raw, address=address, port=port, at=at or timezone.now())
    take_messages()
    return answer


def last_message():
    return AnalyserMessage.objects.latest("received_at")


def make_waiting(facility, code="RET", why=WhyInTray.NO_CODE):
    """A value that waits in the tray, of an analyser of its own with a code."""
    number = Analyser.objects.count()
    analyser = make_analyser(
        facility, name=f"Counter {number}", sender=f"C-{number}", codes={"MCV": ("", "")}
    )
    at = timezone.now()
    message = AnalyserMessage.objects.create(
        facility=facility,
        analyser=analyser,
        raw=b"H",
        sha256=f"{number:064}",
        received_at=at,
        last_received_at=at,
        processed_at=at,
        status=MessageStatus.TRAY,
        tray_count=1,
        samples=["Y990000001"],
    )
    return UnmatchedResult.objects.create(
        facility=facility,
        message=message,
        position=0,
        accession_number="Y990000001",
        code=code,
        value="1.2",
        unit="%",
        received_at=at,
        why=why,
    )
