"""Amounts in words, as a receipt says them in both languages: lakhs and crores, paise where there are any.

Both tables are stated here: num2words ends below a thousand crore, and indic-numtowords reads a hundred
crore out digit by digit, while a ledger's total may be either.
"""

from decimal import Decimal
from functools import lru_cache

from hmis.kernel.money import to_money

SIZES = (10_000_000, 100_000, 1_000, 100)
SIZES_ENGLISH = ("crore", "lakh", "thousand", "hundred")
SIZES_HINDI = ("करोड़", "लाख", "हज़ार", "सौ")

_TEENS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
BELOW_HUNDRED_ENGLISH = (
    *_TEENS.split(),
    *(f"{ten}-{one}" if one != "zero" else ten for ten in _TENS.split() for one in _TEENS.split()[:10]),
)

# Each has a word of its own; in the usual spelling of each.
_HINDI = """
    शून्य एक दो तीन चार पाँच छह सात आठ नौ
    दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस
    बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस
    तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस
    चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास
    पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ
    साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर
    सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी
    अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी
    नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे
"""
BELOW_HUNDRED_HINDI = tuple(_HINDI.split())


@lru_cache(maxsize=1024)
def rupees_in_words(amount: Decimal) -> str:
    """`Rupees two hundred fifty-two and fifty paise only`; a ValueError for less than nothing."""
    rupees, paise = _parts(amount)
    said = f"Rupees {_english(rupees)}" if rupees != 1 else "Rupee one"
    return f"{said} and {_english(paise)} paise only" if paise else f"{said} only"


@lru_cache(maxsize=1024)
def rupees_in_words_hindi(amount: Decimal) -> str:
    """`दो सौ बावन रुपये पचास पैसे मात्र`; a ValueError for less than nothing."""
    rupees, paise = _parts(amount)
    said = f"{in_hindi(rupees)} {'रुपये' if rupees != 1 else 'रुपया'}"
    return f"{said} {in_hindi(paise)} {'पैसे' if paise != 1 else 'पैसा'} मात्र" if paise else f"{said} मात्र"


def _parts(amount: Decimal) -> tuple[int, int]:
    if amount < 0:
        raise ValueError("An amount in words is never negative.")
    return divmod(int(to_money(amount) * 100), 100)


def _english(number: int) -> str:
    return _said(number, BELOW_HUNDRED_ENGLISH, SIZES_ENGLISH)


def in_hindi(number: int) -> str:
    """`एक सौ बारह`."""
    return _said(number, BELOW_HUNDRED_HINDI, SIZES_HINDI)


def _said(number: int, below_hundred: tuple[str, ...], sizes: tuple[str, ...]) -> str:
    """Crores, lakhs, thousands, hundreds, then the rest; the crores may be thousands themselves."""
    said = []
    rest = number
    for size, word in zip(SIZES, sizes, strict=True):
        count, rest = divmod(rest, size)
        if count:
            said.append(f"{_said(count, below_hundred, sizes)} {word}")
    return " ".join(said if said and not rest else [*said, below_hundred[rest]])
