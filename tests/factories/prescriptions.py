"""Prescriptions on paper, made up, without a row in any table."""

from dataclasses import replace
from datetime import date

from hmis.kernel.models import IssuedDocument
from patients.documents import PRESCRIPTION_SIZES
from patients.documents.prescriptions import (
    AllergiesSaid,
    PrescribedLine,
    PrescriptionPaper,
    Signer,
    prescription_words,
)
from patients.prescribing.reading import read
from tests.conftest import NOON
from tests.factories.medicines import whole_index

HOSPITAL = {
    "code": "RIMS",
    "name": "Rajendra Institute of Medical Sciences, Ranchi",
    "name_hi": "राजेंद्र आयुर्विज्ञान संस्थान, राँची",
    "hfr_id": "IN2010000123",
    "address": "बरियातू, राँची 834009",
    "phone": "0651-2541533",
}
PATIENT = {
    "uhid": "12100318771",
    "name": "Phulmani Munda",
    "name_hi": "फूलमनी मुंडा",
    "sex": "female",
    "sex_hi": "महिला",
    "age": "52 years",
    "age_hi": "52 वर्ष",
    "address": "",
    "village": "तोरपा",
    "block_name": "तोरपा",
    "district": "Khunti",
    "district_hi": "खूँटी",
}
BOSE = Signer("Rashmi Toppo", "रश्मि टोप्पो", "JHMC/2019/00421", "71234567890123", "resident", "रेज़िडेंट")
TYPED = (
    "amox 500 tds 5d after food",
    "para 500 sos max 4/day 5d for fever",
    "metformin 500 1-0-1 30d after food",
)


def prescribed(typed, **changes):
    """A line that was typed and is clear."""
    reading = read(typed, whole_index())
    assert reading.is_clear, (typed, reading)
    more = {name: changes.pop(name) for name in ("indication", "approved_by") if name in changes}
    medicine = replace(reading.line.medicine, **changes)
    return PrescribedLine(replace(reading.line, medicine=medicine), **more)


def make_prescription(*typed, **changes):
    fields = {
        "number": "RIMS/P26/0000001",
        "at": NOON,
        "check_url": "https://hmis.test/p/0123456789abcdefghijklmn/",
        "facility": HOSPITAL,
        "person": PATIENT,
        "department": "Medicine",
        "department_hi": "मेडिसिन",
        "doctor": BOSE,
        "lines": [prescribed(one) if isinstance(one, str) else one for one in typed or TYPED],
        "weight": "54",
        "diagnoses": [
            {
                "code": "J18.9",
                "title": "Pneumonia, unspecified",
                "title_hi": "निमोनिया",
                "status": "provisional",
                "status_hi": "संभावित",
                "is_main": True,
            }
        ],
        "complaints": ["बुखार 4 दिन (fever 4 days)", "खाँसी 4 दिन (cough 4 days)"],
        "vitals": [("BP", "148/92"), ("SpO₂", "95 %"), ("ताप", "101.1 °F")],
        "allergies": AllergiesSaid(is_asked=True),
        "advice": "पानी ज़्यादा पिएँ। साँस फूले तो तुरंत आएँ।",
        "follow_up_on": date(2026, 7, 27),
    }
    return PrescriptionPaper(**(fields | changes))


def on_paper(prescription, size="a4"):
    """The paper as it is issued, not written anywhere."""
    words = prescription_words(prescription)
    return IssuedDocument(template=PRESCRIPTION_SIZES[size], context=words, number=prescription.number)
