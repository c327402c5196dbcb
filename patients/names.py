"""Names of people in both scripts: spelt in the other script, and found by their sound in either.

A name is looked up in `data/names.csv` first: how the people of Jharkhand write it themselves, and in
`also` the other spellings that are heard as the same name. Rules only serve the names not listed.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

NAMES = Path(__file__).parent / "data" / "names.csv"
LONGEST_NAME, LONGEST_KEY = 120, 40

HONORIFICS = {
    "shri", "sri", "shree", "smt", "sushri", "late", "dr", "mr", "mrs", "ms",
    "श्री", "श्रीमती", "सुश्री", "स्व", "स्वर्गीय", "स्वर्गीया", "डॉ", "डा",
}  # fmt: skip


def _pairs(table: str) -> dict[str, str]:
    signs = table.split()
    return dict(zip(signs[::2], signs[1::2], strict=True))


_VIRAMA = "्"
_CONSONANTS = _pairs("""
    क k  ख kh  ग g  घ gh  ङ n   च ch  छ chh  ज j  झ jh  ञ n   ट t  ठ th  ड d  ढ dh  ण n
    त t  थ th  द d  ध dh  न n   प p   फ ph   ब b  भ bh  म m   य y  र r   ल l  व v   श sh  ष sh  स s  ह h
    ज़ z  ड़ r   ढ़ rh  फ़ f
""")
_VOWELS = _pairs("""
    अ a  आ a  इ i  ई i  उ u  ऊ u  ऋ ri  ए e  ऐ ai  ओ o  औ au  ऑ o  ऍ e
         ा a  ि i  ी i  ु u  ू u  ृ ri  े e  ै ai  ो o  ौ au  ॉ o  ॅ e
""")
_SYLLABLE = re.compile("((?:[क-ह]़?्)*[क-ह]़?|[अ-औ])([ा-ौ]|्)?([ंँ])?")
_ONE_CONSONANT = re.compile("[क-ह]़?")
# One spelling for a nasal before its own row: मुण्डा is मुंडा, सन्तोष is संतोष, आँख is आंख.
_NASAL_LETTER = re.compile("[ङञणन]्(?=[क-घच-झट-ढत-ध])|म्(?=[प-भ])|ँ")
_DEVANAGARI_WORD = re.compile("[ऀ-ॣॱ-ॿ\u200c\u200d]+")
_LATIN_WORD = re.compile("[A-Za-z]+")
_BETWEEN_WORDS = re.compile(r"[\s\d\x00-@\[-`{-\xbf।॥॰‐-‧‰-⁞]+")
_JOINERS = re.compile("[\u200c\u200d]")
# Between Hindi letters they choose a letter's form, elsewhere they only hide.
_STRAY_JOINERS = re.compile("(?<![ऀ-ॿ])[\u200c\u200d]+|[\u200c\u200d]+(?![ऀ-ॿ])")


def in_one_spelling(word: str) -> str:
    """One spelling of what is written in several ways and read in one."""
    return _NASAL_LETTER.sub("ं", _JOINERS.sub("", unicodedata.normalize("NFC", word))).lower()


def _rows() -> Iterator[dict[str, str]]:
    with NAMES.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _spellings() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Latin by Devanagari, Devanagari by Latin, headword by other spelling; the first row counts."""
    latin: dict[str, str] = {}
    devanagari: dict[str, str] = {}
    headword: dict[str, str] = {}
    rows = list(_rows())
    for row in rows:
        headword.setdefault(in_one_spelling(row["devanagari"]), row["latin"].lower())
        latin.setdefault(in_one_spelling(row["devanagari"]), row["latin"])
        devanagari.setdefault(row["latin"].lower(), row["devanagari"])
    for row in rows:
        for other in map(in_one_spelling, row["also"].split()):
            headword[other] = row["latin"].lower()
            latin.setdefault(other, row["latin"])
            devanagari.setdefault(other, row["devanagari"])
    return latin, devanagari, headword


_LATIN, _DEVANAGARI, _HEADWORD = _spellings()


# Devanagari → Latin


def latin_from_devanagari(text: str) -> str:
    """The name as its bearer would probably write it in Latin letters: "फूलमनी मुंडा" → "Phulmani Munda"."""
    return _DEVANAGARI_WORD.sub(lambda word: _latin_word(in_one_spelling(word.group())), text)


def _latin_word(word: str) -> str:
    return _LATIN.get(word) or _as_usually_spelt("".join(_unspoken_dropped(_syllables(word))))


def _as_usually_spelt(latin: str) -> str:
    """Fatima but Phulmani, Pawan but Devi and Ravi."""
    return re.sub("ph(?!u)", "f", re.sub("(?<=.)v(?=a)", "w", latin)).capitalize()


def _syllables(word: str) -> list[tuple[str, str, bool]]:
    """(consonants, vowel and nasal, whether the vowel may fall silent) of each syllable."""
    heard = []
    for match in _SYLLABLE.finditer(word):
        onset, sign, nasal = match.groups(default="")
        if onset in _VOWELS:
            consonants, vowel = "", _VOWELS[onset]
        else:
            consonants = "".join(_consonants(onset))
            vowel = "" if sign == _VIRAMA else _VOWELS.get(sign, "a")
        silent = not (sign or nasal) and _ONE_CONSONANT.fullmatch(onset) is not None
        heard.append((consonants, vowel + _nasal(nasal, word[match.end() : match.end() + 1]), silent))
    return heard


def _consonants(onset: str) -> Iterator[str]:
    """क्ष and ज्ञ are heard as one, च्छ is written with one h."""
    spelt = onset.replace("ज्ञ", "ग्य").replace("च्छ", "छ")
    for letter in re.findall("[क-ह]़?", spelt):
        yield _CONSONANTS.get(letter) or _CONSONANTS.get(letter[0], "")


def _nasal(sign: str, following: str) -> str:
    return sign and ("m" if following in tuple("पफबभम") else "n")


def _unspoken_dropped(syllables: list[tuple[str, str, bool]]) -> Iterator[str]:
    """Hindi's silent a: at the end, and between two spoken syllables, from the left (महतो → mahto)."""
    spoken_before, last = False, len(syllables) - 1
    for at, (consonants, vowel, may_fall_silent) in enumerate(syllables):
        if may_fall_silent and at and (at == last or (spoken_before and _opens(syllables, at + 1))):
            vowel = ""
        yield consonants + vowel
        spoken_before = vowel != ""


def _opens(syllables: list[tuple[str, str, bool]], at: int) -> bool:
    """Whether the syllable begins with one consonant and its vowel is spoken."""
    consonants, vowel, may_fall_silent = syllables[at]
    ends_word = at == len(syllables) - 1
    single = len(consonants.replace("h", "")) == 1 or consonants == "h"
    return single and vowel != "" and not (may_fall_silent and ends_word)


# Latin → Devanagari

_SOUNDS = re.compile("ksh|chh|[ckgjtdpbs]h|gy|aa|ee|oo|ai|au|ou|ea|[a-z]")
_LETTERS = {latin: letter for letter, latin in _CONSONANTS.items()} | {
    "ksh": "क्ष", "gy": "ज्ञ", "sh": "श", "r": "र", "w": "व", "q": "क", "c": "क", "x": "क्स", "f": "फ", "z": "ज़"
}  # fmt: skip
_SIGNS = {
    "a": ("अ", ""), "aa": ("आ", "ा"), "i": ("इ", "ि"), "ee": ("ई", "ी"), "ea": ("ई", "ी"), "u": ("उ", "ु"),
    "oo": ("ऊ", "ू"), "e": ("ए", "े"), "ai": ("ऐ", "ै"), "o": ("ओ", "ो"), "au": ("औ", "ौ"), "ou": ("औ", "ौ"),
}  # fmt: skip
# A name ends in the long vowel: Sunita, Devi, Raju.
_LONG_AT_END = {"a": "aa", "i": "ee", "y": "ee", "u": "oo"}
# Consonants that a name writes in one letter when no vowel stands between them; others keep the silent a.
_JOINED = re.compile(
    r"([kgptdb]h?|sh?|j)[ry]|[lnmvhr]y|s[tkpmnw]|k?sh[nwmt]|r[tdjgny]h?|[dt]w|([kgjtdpblmns])\2h?"
)


def devanagari_from_latin(text: str) -> str:
    """The best guess at the name in Devanagari, for somebody to look over: "Sunita Devi" → "सुनीता देवी"."""
    return _LATIN_WORD.sub(lambda word: _devanagari_word(word.group().lower()), text)


def _devanagari_word(word: str) -> str:
    heard = word.replace("xm", "kshm")  # Laxmi; elsewhere it is Felix's
    return _DEVANAGARI.get(word) or "".join(_letters(_SOUNDS.findall(heard)))


def _letters(sounds: list[str]) -> Iterator[str]:
    """Letter after letter; a word of one syllable has its a long (Ram → राम)."""
    only_vowel = sum(sound in _SIGNS for sound in sounds) == 1
    for at, sound in enumerate(sounds):
        before = sounds[at - 1] if at else ""
        following = sounds[at + 1] if at + 1 < len(sounds) else ""
        if at and not following:
            sound = _LONG_AT_END.get(sound, sound) if sound != "y" or before not in _SIGNS else sound
        if sound in _SIGNS:
            sign = "ा" if only_vowel and sound == "a" else _SIGNS[sound][1]
            yield sign if before in _LETTERS else _SIGNS[sound][0]
        else:
            yield _consonant(before, sound, following)


def _consonant(before: str, sound: str, following: str) -> str:
    if sound == "n" and before in _SIGNS and following[:1] in set("kgcjtdpb") - {""}:
        return "ं"
    return _VIRAMA * (_JOINED.fullmatch(before + sound) is not None) + _LETTERS.get(sound, "")


# The sound of a word, one key for both scripts

_FOLDS = [
    (re.compile(pattern), heard)
    for pattern, heard in (
        ("^(.*[aeiou].*)ah$", r"\1a"),  # Fatimah
        ("e[yi]$", "i"),  # Tirkey
        ("x(?=.*x)|^x|(?<=x.)x", "k"),  # Xaxa is said Khakha
        ("x", "ks"),  # Laxmi
        ("ph", "f"),
        ("ch(?=r)", "k"),
        ("chh?", "C"),
        ("c(?=[eiy])", "s"),
        ("ck|[cq]", "k"),
        ("C", "c"),
        ("([kgjtdbs])h", r"\1"),  # Sunitha, Lakshmi
        ("a[uw](?![aeiou])|o[uw](?![aeiou])", "o"),
        ("u[vw](?=a)", "u"),  # Biruwa
        ("[vw]", "b"),  # Vishnu, Bishnu
        ("z", "j"),
        ("ee+|ea|ie", "i"),
        ("oo+", "u"),
        ("aa+", "a"),
        ("ai|ay(?![aeiou])|ae|ei", "e"),  # Sheikh, Shaikh
        ("(?<!^)y", "i"),
        (r"(.)\1+", r"\1"),
        ("(?<!^)a(?!$)", ""),  # Mahto, Mahato
    )
]


@lru_cache(maxsize=1 << 16)
def sound_key(word: str) -> str:
    """The sound of one word of a name: Sunita, Suneeta, Sunitha and सुनीता share theirs."""
    plain = in_one_spelling(word)
    heard = _fold(_HEADWORD.get(plain) or _romanised(plain))
    return _same_sounds().get(heard, heard or plain)[:LONGEST_KEY]


def _romanised(word: str) -> str:
    """Latin letters with every a but the silent last one, so that both scripts fold alike."""
    if word.isascii():
        return word
    if not _DEVANAGARI_WORD.fullmatch(word):
        return "".join(
            sign for sign in unicodedata.normalize("NFD", word) if not "\u0300" <= sign <= "\u036f"
        )
    syllables = _syllables(word)
    heard = "".join(consonants + vowel for consonants, vowel, _ in syllables)
    return heard[:-1] if syllables and syllables[-1][2] else heard


def _fold(latin: str) -> str:
    folded = latin
    for pattern, heard in _FOLDS:
        folded = pattern.sub(heard, folded)
    return folded or latin


@lru_cache(maxsize=1)
def _same_sounds() -> dict[str, str]:
    """The key of a name by the keys of its other spellings, where no other name has that key."""
    heads = {_fold(latin.lower()) for latin in set(_LATIN.values())}
    others = {_fold(_romanised(other)): _fold(head) for other, head in _HEADWORD.items()}
    return {other: head for other, head in others.items() if other not in heads}


def sounds(text: str) -> list[str]:
    """The distinct sounds of a name's words as they follow one another, without forms of address."""
    return list(_sounds(text))


@lru_cache(maxsize=512)  # one name is held against forty
def _sounds(text: str) -> tuple[str, ...]:
    words = [word for word in _BETWEEN_WORDS.split(text.lower()) if _JOINERS.sub("", word)]
    named = [word for word in words if word not in HONORIFICS]
    return tuple(dict.fromkeys(sound_key(word) for word in named or words))


def name_words(name: str, name_hi: str) -> list[str]:
    """The distinct sounds of all words of both spellings, sorted: what the name search meets."""
    return sorted(sounds(f"{name} {name_hi}"))


# What is typed


def is_devanagari(text: str) -> bool:
    """Whether the text is written in Devanagari, at least in part."""
    return any("\u0900" <= sign <= "\u097f" for sign in text)


def clean_name(text: str) -> str:
    """A name ready to be kept: composed letters, one space between words, no unseen marks.

    Refuses what holds no letter, and more than 120 signs. Angle brackets stay: templates escape.
    """
    seen = "".join(filter(_is_kept, unicodedata.normalize("NFC", text)))
    name = _STRAY_JOINERS.sub("", " ".join(seen.split()))
    if len(name) > LONGEST_NAME:
        raise ValidationError(
            _("A name has at most 120 letters. Write the rest in the address."), code="name_long"
        )
    if name and not any(map(str.isalpha, name)):
        raise ValidationError(_("A name has letters. Write it as it is spoken."), code="name_letters")
    return name


def _is_kept(sign: str) -> bool:
    return (
        sign in "\u200c\u200d" or sign.isspace() or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"}
    )
