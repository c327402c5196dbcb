"""The words that a result may be chosen from, in Hindi. Pure; the rows hold English (docs/adr/0410).

A page says them in its reader's language. A report says both: the patient reads it, and doctors elsewhere do.
"""

from unicodedata import normalize

from django.utils.translation import get_language

# Our own words, as slips write them. Names of germs and groups, grades and titres stay as they are.
HINDI = {
    "negative": "नेगेटिव",
    "positive": "पॉज़िटिव",
    "reactive": "रिएक्टिव",
    "non-reactive": "नॉन-रिएक्टिव",
    "invalid": "जाँच अमान्य",
    "not seen": "नहीं दिखा",
    "seen": "दिखा",
    "mixed": "मिश्रित",
    "other species": "दूसरी प्रजाति",
    "P. vivax or other": "P. vivax या दूसरी",
    "weak D": "कमज़ोर D",
    "compatible": "मेल खाता है",
    "incompatible": "मेल नहीं खाता",
    "normal": "सामान्य",
    "deficient": "कमी है",
    "borderline": "सीमा पर",
    "scanty": "बहुत कम",
    "diphtheria-like bacilli seen": "डिप्थीरिया जैसे जीवाणु दिखे",
    "no fungus": "फफूँद नहीं",
    "fungal elements seen": "फफूँद दिखी",
    "no darting motility": "तीर-सी गति नहीं दिखी",
    "darting motility seen": "तीर-सी गति दिखी",
    "pale yellow": "हल्का पीला",
    "yellow": "पीला",
    "dark yellow": "गहरा पीला",
    "red": "लाल",
    "brown": "भूरा",
    "colourless": "बिना रंग का",
    "clear": "साफ़",
    "slightly turbid": "थोड़ा गंदला",
    "turbid": "गंदला",
    "trace": "बहुत हल्का",
    "raised": "बढ़ा हुआ",
    "formed": "बँधा हुआ",
    "semi-formed": "आधा बँधा",
    "loose": "ढीला",
    "watery": "पानी जैसा",
    "not detected": "नहीं मिला",
    "detected": "मिला",
    "detected trace": "नाम मात्र मिला",
    "detected low": "कम मात्रा में मिला",
    "detected medium": "मध्यम मात्रा में मिला",
    "detected high": "अधिक मात्रा में मिला",
    "indeterminate": "तय नहीं हो सका",
    "inconclusive": "निष्कर्ष नहीं निकला",
    "under 1:20": "1:20 से कम",
}


def in_hindi(word: str) -> str:
    """The Hindi of a chosen result; what has none, or was typed, stays as it is."""
    return HINDI.get(word, word)


def shown(word: str) -> str:
    """A chosen result in the reader's language."""
    return in_hindi(word) if get_language() == "hi" else word


def letters(word: str) -> str:
    """A word to be compared: keyboards write ज़ in two ways."""
    return normalize("NFC", word).casefold()
