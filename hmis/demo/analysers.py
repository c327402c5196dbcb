"""The demo's two instruments at RIMS with their codes: a cell counter (ASTM), a chemistry analyser (HL7).

Made up, and like many that are sold: what is calculated here, and pictures, are left out.
"""

from facilities.models import Facility
from lab.models import Analyser, AnalyserCode
from lab.states import Section, WireProtocol

# {their code: (our results, their unit)}: of several it is the one that was ordered.
CELLS = {
    "WBC": ("TLC", "10*3/uL"),
    "RBC": ("RBC", "10*6/uL"),
    "HGB": ("HB", "g/dL"),
    "HCT": ("PCV", "%"),
    "PLT": ("PLT", "10*3/uL"),
    "RDW-CV": ("RDW", "%"),
    "MPV": ("MPV", "fL"),
    "NEUT%": ("NEUT_P", "%"),
    "LYMPH%": ("LYMPH_P", "%"),
    "MONO%": ("MONO_P", "%"),
    "EO%": ("EOS_P", "%"),
    "BASO%": ("BASO_P", "%"),
    **dict.fromkeys(("MCV", "MCH", "MCHC", "NEUT#", "LYMPH#", "MONO#", "EO#", "BASO#"), ("", "")),
}
CHEMISTRY = {
    "GLU": ("GLU_R GLU_F GLU_PP", "mg/dL"),
    "UREA": ("UREA", "mg/dL"),
    "CREA": ("CREAT", "mg/dL"),
    "UA": ("URIC", "mg/dL"),
    "NA": ("NA", "mmol/L"),
    "K": ("K", "mmol/L"),
    "CL": ("CL", "mmol/L"),
}
INSTRUMENTS = (
    ("Cell counter CC-1", Section.HAEMATOLOGY, WireProtocol.ASTM, "CC-1", CELLS),
    ("Chemistry analyser CA-1", Section.BIOCHEMISTRY, WireProtocol.HL7, "CA-1", CHEMISTRY),
)


def set_up_analysers(facility: Facility) -> None:
    """Both instruments at RIMS, once."""
    if facility.code != "RIMS" or Analyser.objects.filter(facility=facility).exists():
        return
    for name, section, protocol, sender, codes in INSTRUMENTS:
        analyser = Analyser.objects.create(
            facility=facility, name=name, section=section, protocol=protocol, sender=sender
        )
        for code, (results, unit) in codes.items():
            meant = {"analyte_codes": results.split(), "unit": unit}
            AnalyserCode.objects.create(facility=facility, analyser=analyser, code=code, **meant)
