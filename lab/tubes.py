"""Specimens and what they are taken into, in Hindi: for pages. Pure; rows and papers hold English."""

import re

from django.utils.translation import get_language

# Our own words, as laboratories here say them.
HINDI = {
    # Specimens
    "serum": "सीरम",
    "serum, fasting": "सीरम, ख़ाली पेट",
    "serum or plasma": "सीरम या प्लाज़्मा",
    "serum or blood": "सीरम या ख़ून",
    "serum or CSF": "सीरम या CSF (रीढ़ का पानी)",
    "plasma": "प्लाज़्मा",
    "blood": "ख़ून",
    "whole blood": "पूरा ख़ून",
    "capillary blood": "उँगली का ख़ून",
    "arterial blood": "धमनी का ख़ून (आर्टीरियल)",
    "skin prick": "सुई चुभोकर",
    "blood, serum, urine": "ख़ून, सीरम, पेशाब",
    "urine": "पेशाब",
    "urine spot": "एक बार का पेशाब",
    "urine 24 h": "24 घंटे का पेशाब",
    "urine midstream": "बीच की धार का पेशाब",
    "stool": "मल",
    "sputum": "बलगम",
    "sputum or other": "बलगम या दूसरा नमूना",
    "throat swab": "गले का स्वाब",
    "nasopharyngeal swab": "नाक के अंदर का स्वाब",
    "throat and nasal swab": "गले और नाक का स्वाब",
    "pus or swab": "मवाद या स्वाब",
    "CSF": "CSF (रीढ़ का पानी)",
    "pleural fluid": "छाती का पानी (प्लूरल)",
    "ascitic fluid": "पेट का पानी (एसाइटिक)",
    "semen": "वीर्य",
    "aspirate": "सुई से खींचा नमूना",
    "cervical smear": "बच्चेदानी के मुँह का स्मियर",
    "skin, nail or hair scraping": "चमड़ी, नाख़ून या बाल की खुरचन",
    "tissue": "टिशू का टुकड़ा",
    "any specimen": "कोई भी नमूना",
    # Tubes and containers
    "plain red": "सादी लाल ट्यूब",
    "plain red or gel yellow": "सादी लाल या पीली जेल ट्यूब",
    "EDTA": "EDTA ट्यूब",
    "EDTA lavender": "बैंगनी EDTA ट्यूब",
    "citrate blue": "नीली साइट्रेट ट्यूब",
    "ESR citrate black": "काली ESR साइट्रेट ट्यूब",
    "fluoride grey": "ग्रे फ़्लोराइड ट्यूब",
    "heparin syringe": "हेपरिन वाली सिरिंज",
    "micro tube": "माइक्रो ट्यूब",
    "glass tube or capillary": "काँच की ट्यूब या कैपिलरी",
    "strip": "स्ट्रिप",
    "sterile container": "स्टेराइल डिब्बी",
    "wide-mouth sterile container": "चौड़े मुँह की स्टेराइल डिब्बी",
    "urine container": "पेशाब की डिब्बी",
    "24 h urine can": "24 घंटे के पेशाब का डिब्बा",
    "stool container": "मल की डिब्बी",
    "sterile paper or container": "स्टेराइल काग़ज़ या डिब्बी",
    "blood culture bottle": "ब्लड कल्चर की बोतल",
    "sterile CSF tube": "CSF की स्टेराइल ट्यूब",
    "sterile CSF tubes 3": "CSF की 3 स्टेराइल ट्यूब",
    "sterile swab in transport medium": "ट्रांसपोर्ट मीडियम में स्टेराइल स्वाब",
    "viral transport medium": "वायरल ट्रांसपोर्ट मीडियम (VTM)",
    "kit swab": "किट का स्वाब",
    "slides": "स्लाइड",
    "slide in fixative": "फ़िक्सेटिव में स्लाइड",
    "10 % formalin jar": "10 % फ़ॉर्मेलिन का जार",
    # How much
    "finger prick": "उँगली से",
    "whole collection": "पूरा जमा किया हुआ",
    "whole sample": "पूरा नमूना",
    "as listed": "ऊपर लिखे अनुसार",
    "as sent": "जितना भेजा जाए",
    "scraping": "खुरचन",
    "swab": "स्वाब",
    "8 to 10 mL adult, 1 to 3 mL child": "बड़ों का 8 से 10 मि.ली., बच्चों का 1 से 3 मि.ली.",
}
AMOUNT = re.compile(
    r"^(?:(?P<what>.*\S) )??(?P<number>[0-9.]+(?: to [0-9.]+)?) (?P<unit>\w+)(?P<each> each)?$"
)
UNITS = {
    "mL": "मि.ली.",
    "L": "लीटर",
    "g": "ग्राम",
    "drop": "बूँद",
    "swab": "स्वाब",
    "swabs": "स्वाब",
    "slide": "स्लाइड",
}
# What joins vessels, and what is said after one.
JOINED = re.compile(r"( \+ | or |, kept from light$| on ice$)")
JOINS = {" + ": " + ", " or ": " या ", ", kept from light": ", रोशनी से बचाकर", " on ice": ", बर्फ़ में"}


def in_hindi(text: str) -> str:
    """ "EDTA lavender 2 mL" is "बैंगनी EDTA ट्यूब 2 मि.ली."; words that are not known stay as they are."""
    if text in HINDI:
        return HINDI[text]
    if (found := AMOUNT.match(text)) and found["unit"] in UNITS and found["what"] in {None, *HINDI}:
        amount = f"{found['number'].replace(' to ', ' से ')} {UNITS[found['unit']]}"
        amount = f"हर एक {amount}" if found["each"] else amount
        return f"{HINDI[found['what']]} {amount}" if found["what"] else amount
    parts = JOINED.split(text)
    return "".join(JOINS.get(one) or in_hindi(one) for one in parts) if len(parts) > 1 else text


def shown(text: str) -> str:
    """A specimen, a container or a volume in the reader's language."""
    return in_hindi(text) if get_language() == "hi" else text
