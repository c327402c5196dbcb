"""What people of the demo come with: diagnoses by department and season, what is written and given. Made up.

The medicines are typed as a doctor types them and read by the product's own reader; whatever a hospital's
list does not know is left out. Nobody's illness.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any
from uuid import UUID

from hmis.demo.copying import as_json
from patients.codes import Code, code_of
from patients.prescribing.dosages import as_json as dosage_of
from patients.prescribing.lines import shown as written_out
from patients.prescribing.quantities import quantity
from patients.queries.prescribing import read_at
from patients.sections import Sections, digest
from patients.states import ConditionStatus

# How many times as often as usual, from January to December.
ALWAYS = (1.0,) * 12
RAINS = (0.3, 0.3, 0.4, 0.5, 0.7, 1.4, 2.2, 2.8, 2.9, 2.0, 1.0, 0.5)
WINTER = (2.2, 1.7, 1.1, 0.7, 0.5, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5, 2.1)
HEAT = (0.5, 0.6, 0.9, 1.3, 1.7, 1.9, 2.0, 1.6, 1.2, 0.8, 0.6, 0.5)
AUTUMN = (0.2, 0.2, 0.2, 0.2, 0.3, 0.5, 1.0, 2.0, 2.8, 3.0, 1.6, 0.5)


@dataclass(frozen=True)
class Illness:
    """A diagnosis: where it is seen, how often, when; what is said, advised, given and looked for."""

    code: str
    departments: str
    share: float
    complaint: str
    advice: str = "आराम करें, ज़्यादा पानी पिएँ।"
    season: tuple[float, ...] = ALWAYS
    medicines: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


FEVER, PAIN, ORS = "para 500 1-1-1 3d", "para 500 1-0-1 5d", "ors after each stool 3d"
ILLNESSES = (
    Illness("R50.9", "MED PAED", 12, "बुखार", medicines=(FEVER,), tests=("HB", "MPS")),
    Illness("J06.9", "MED PAED ENT", 16, "सर्दी, खाँसी", season=WINTER, medicines=(FEVER,)),
    Illness("J18.9", "MED PAED", 3, "साँस फूलना, खाँसी", season=WINTER, medicines=(FEVER,), tests=("CRP",)),
    Illness("A09.9", "MED PAED", 9, "दस्त, उल्टी", season=HEAT, medicines=(ORS,)),
    Illness("B54", "MED PAED", 7, "ठंड लगकर बुखार", season=RAINS, medicines=(FEVER,), tests=("MPS", "HB")),
    Illness("A01.0", "MED PAED", 2, "लगातार बुखार", season=RAINS, medicines=(FEVER,), tests=("TYPHIM",)),
    Illness("A97.9", "MED", 1, "तेज़ बुखार, बदन दर्द", season=AUTUMN, medicines=(FEVER,), tests=("DENNS1",)),
    Illness("I10", "MED NCD", 10, "सिरदर्द, चक्कर", "नमक कम करें।", medicines=("amlodipine 5 od 30d",)),
    Illness(
        "E11.9",
        "MED NCD",
        9,
        "शुगर की जाँच",
        "मीठा बंद, रोज़ टहलें।",
        medicines=("metformin 500 od 30d after food",),
        tests=("GLU_R",),
    ),
    Illness("D50.9", "MED OBG PAED", 6, "कमज़ोरी", "हरी सब्ज़ी, गुड़, चना खाएँ।", tests=("HB",)),
    Illness("K29.7", "MED AYUSH", 8, "पेट में जलन", "मिर्च-मसाला कम खाएँ।"),
    Illness("M54.5", "MED ORTH AYUSH", 6, "कमर दर्द", "भारी वज़न न उठाएँ।", medicines=(PAIN,)),
    Illness("N39.0", "MED OBG", 3, "पेशाब में जलन"),
    Illness("G40.9", "MED", 1.5, "दौरा", "दवा न छोड़ें।"),
    Illness("A16.2", "CHEST MED", 2, "दो हफ़्ते से खाँसी", "मुँह ढककर खाँसें।", tests=("AFB",)),
    Illness("J45.9", "CHEST MED", 3, "साँस फूलना", "धूल-धुएँ से बचें।", season=WINTER),
    Illness("Z34.9", "OBG", 14, "गर्भ की जाँच", "आयरन की गोली रोज़ लें।", tests=("HB", "HBSAG")),
    Illness("O21.0", "OBG", 2, "उल्टी", "थोड़ा-थोड़ा खाएँ।"),
    Illness("N92.0", "OBG", 2, "ज़्यादा ख़ून जाना", tests=("HB",)),
    Illness("E46", "PAED", 2, "वज़न न बढ़ना", "दिन में पाँच बार खिलाएँ।"),
    Illness("M17.9", "ORTH", 6, "घुटने का दर्द", "सीढ़ी कम चढ़ें।", medicines=(PAIN,)),
    Illness("S52.5", "ORTH", 3, "गिरने से हाथ में चोट", "प्लास्टर भीगने न दें।", medicines=(PAIN,)),
    Illness("H10.9", "EYE", 5, "आँख लाल", "आँख न मलें।", season=RAINS),
    Illness("H25.9", "EYE", 6, "धुँधला दिखना", "ऑपरेशन की तारीख़ लें।"),
    Illness("L02.9", "SURG", 4, "फोड़ा", "पट्टी रोज़ बदलवाएँ।", season=HEAT, medicines=(PAIN,)),
    Illness("K40.9", "SURG", 2, "जाँघ में सूजन", "वज़न न उठाएँ।"),
    Illness("N20.0", "SURG", 2, "कमर से पेट में दर्द", medicines=(PAIN,), tests=("URIC",)),
    Illness("H66.9", "ENT", 5, "कान बहना", "कान में पानी न जाने दें।"),
    Illness("B86", "SKIN", 5, "रात में खुजली", "घर के सब लोग दवा लगाएँ।", season=WINTER),
    Illness("B35.4", "SKIN", 6, "दाद, खुजली", "कपड़े धूप में सुखाएँ।", season=HEAT),
    Illness("K02.9", "DENT", 6, "दाँत दर्द", "मीठा कम खाएँ।", medicines=(PAIN,)),
    Illness("F32.9", "PSY", 3, "मन उदास, नींद न आना", "दो हफ़्ते में फिर आएँ।"),
)
OUTBREAK = next(one for one in ILLNESSES if one.code == "A09.9")
# What brings people into a bed, and what they die of.
IN_WARDS = (
    ("J18.9", "Pneumonia", WINTER),
    ("B50.0", "Cerebral malaria", RAINS),
    ("A09.9", "Acute gastroenteritis", HEAT),
    ("I64", "Stroke", WINTER),
    ("T63.0", "Snake bite", RAINS),
    ("D64.9", "Severe anaemia", ALWAYS),
    ("K35.8", "Appendicitis", ALWAYS),
    ("J44.9", "Chronic obstructive pulmonary disease", WINTER),
)
OF_MOTHERS = (("O80.9", "Labour pains", ALWAYS), ("O14.9", "Pre-eclampsia", ALWAYS))
OF_CHILDREN = (("J18.9", "Pneumonia", WINTER), ("E43", "Severe acute malnutrition", ALWAYS))
DURATIONS = (1, 2, 3, 4, 5, 7, 10)


def coded(code: str) -> Code:
    """What ICD-10 says of it."""
    found = code_of(code)
    assert found, code
    return found


def drawn_at(department: str, month: int, dice: Random) -> Illness:
    """What somebody comes with to this department in this month."""
    among, shares = _seen_at(department, month)
    return dice.choices(among, cum_weights=shares)[0]


@lru_cache(maxsize=512)
def _seen_at(department: str, month: int) -> tuple[Sequence[Illness], Sequence[float]]:
    among = [one for one in ILLNESSES if department in one.departments.split()] or [ILLNESSES[0]]
    shares: list[float] = []
    for one in among:
        shares.append((shares[-1] if shares else 0) + one.share * one.season[month - 1])
    return among, shares


@dataclass(frozen=True)
class Text:
    """A note as it is signed: its sections and diagnoses as JSON, and the digest of both."""

    sections: str
    diagnoses: str
    digest: str


@lru_cache(maxsize=4096)
def consultation_text(illness: Illness, days: int) -> Text:
    """The note of a consultation."""
    complaint = {"text": illness.complaint, "duration": days, "unit": "day"}
    sections = {"complaints": [complaint], "plan": {"advice": illness.advice}}
    return _text(sections, illness.code)


@lru_cache(maxsize=256)
def summary_text(code: str, words: str, state: str) -> Text:
    """The summary of a stay."""
    sections = {
        "diagnosis": {"final": words},
        "course": {"course": "वार्ड में इलाज हुआ।"},
        "condition": {"state": state},
    }
    return _text(sections, code)


def _text(sections: Sections, code: str) -> Text:
    known = coded(code)
    diagnosis: dict[str, Any] = {"code": known.code, "title": known.title, "title_hi": known.title_hi}
    diagnoses = [diagnosis | {"words": "", "status": ConditionStatus.FINAL.value, "is_main": True}]
    return Text(as_json(sections), as_json(diagnoses), digest(sections, diagnoses))


def medicines_at(facility_id: UUID) -> dict[str, dict[str, Any]]:
    """{what is typed: the columns of the line as this hospital's list reads it}, of what it reads in full."""
    typed = sorted({text for one in ILLNESSES for text in one.medicines})
    return {text: row for text in typed if (row := _medicine(facility_id, text))}


def _medicine(facility_id: UUID, typed: str) -> dict[str, Any] | None:
    reading = read_at(facility_id, typed)
    if reading.line is None or not reading.is_clear:
        return None
    line, amount = reading.line, quantity(reading.line)
    return {
        "medication_id": line.medicine.id,
        "typed": typed,
        "line": written_out(line),
        "dosage": as_json(dosage_of(line)),
        "days": line.days,
        "quantity": amount.given_out if amount else None,
        "quantity_unit": amount.unit if amount else "",
    }
