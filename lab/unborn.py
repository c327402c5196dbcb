"""Words that an obstetric report must not hold: whatever names the sex of the unborn child.

The Pre-Conception and Pre-Natal Diagnostic Techniques (Prohibition of Sex Selection) Act, 1994, forbids to
tell it "by words, signs or in any other manner" (section 5). The list is our own and not whole: it holds what
is written by habit, in English, Hindi and Hindi in Latin letters, and the by-words that courts have heard. It
is strict on purpose: a report says nothing with these words that it could not say without them.
"""

import re
import unicodedata

ENGLISH = """
    male males female females boy boys girl girls sex gender son daughter he him his
    penis penile phallus scrotum scrotal testis testes testicle testicles labia labial clitoris vulva hymen
    genital genitals genitalia xx xy 46xx 46xy
"""
HINDI = """
    लड़का लड़के लड़की लिंग बेटा बेटे बेटी पुत्र पुत्री बालक बालिका नर मादा कन्या बच्ची मुन्ना मुन्नी
    लड्डू जलेबी बर्फी पुरुष
"""
ROMANISED = """
    ladka ladke larka larke ladki larki ling beta beti putra putri balak balika nar mada kanya bachchi bacchi
    munna munni laddu laddoo jalebi barfi purush
"""
PHRASES = ("jai mata di", "jai shri krishna", "जय माता दी", "जय श्री कृष्ण")
SIGNS = "♂♀⚥"
# Said of the mother's blood, not of a child: "beta" is also a Greek letter.
HARMLESS = re.compile(r"\bbeta[\s-]*(?:h\.?\s*c\.?\s*g|sub|unit|blocker|thal|lactam|haemolytic|hemolytic)\w*")
SPELT = re.compile(r"(?<!\w)(?:\w[\s.\-_*/]+){2,}\w(?!\w)")
LOOKALIKES = [str.maketrans("0134@$!", f"o{one}eaasi") for one in "il"]


def _plain(text: str) -> str:
    """Small letters, without dots below letters, marks that join nothing, and spaces of no width."""
    parted = unicodedata.normalize("NFKD", text).casefold()
    return "".join(mark for mark in parted if mark != "\u093c" and unicodedata.category(mark) != "Cf")


def _words(text: str) -> list[str]:
    # Vowel signs of Devanagari are marks, no letters: a word is what stands between other characters.
    return re.findall(r"[0-9a-z\u0900-\u0963\u0970-\u097f]+", text)


def _spelt(plain: str) -> list[str]:
    """What is written letter by letter ("b o y"), with whatever single letters stand before it."""
    runs = [re.sub(r"\W|_", "", one) for one in SPELT.findall(plain)]
    return [run[start:] for run in runs for start in range(len(run) - 1)]


FORBIDDEN = frozenset(_words(_plain(f"{ENGLISH} {HINDI} {ROMANISED}")))


def names_sex(text: str) -> str:
    """The first word of a text that names a child's sex, as it was understood; "" where none does."""
    plain = HARMLESS.sub(" ", _plain(text))
    for phrase in PHRASES:
        if _plain(phrase) in plain:
            return phrase
    if sign := next((mark for mark in text if mark in SIGNS), ""):
        return sign
    seen = [word for table in [{}, *LOOKALIKES] for word in _words(plain.translate(table))]
    for word in [*seen, *_spelt(plain)]:
        if word in FORBIDDEN:
            return word
    return ""
