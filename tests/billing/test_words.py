from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.words import BELOW_HUNDRED_ENGLISH, rupees_in_words, rupees_in_words_hindi
from tests.factories.cases import of_each

CASES = [
    ("0", "Rupees zero only", "शून्य रुपये मात्र"),
    ("1", "Rupee one only", "एक रुपया मात्र"),
    ("5.00", "Rupees five only", "पाँच रुपये मात्र"),
    ("252", "Rupees two hundred fifty-two only", "दो सौ बावन रुपये मात्र"),
    ("252.50", "Rupees two hundred fifty-two and fifty paise only", "दो सौ बावन रुपये पचास पैसे मात्र"),
    ("0.01", "Rupees zero and one paise only", "शून्य रुपये एक पैसा मात्र"),
    ("0.004", "Rupees zero only", "शून्य रुपये मात्र"),
    ("0.005", "Rupees zero and one paise only", "शून्य रुपये एक पैसा मात्र"),
    ("0.995", "Rupee one only", "एक रुपया मात्र"),
    ("1.50", "Rupee one and fifty paise only", "एक रुपया पचास पैसे मात्र"),
    ("19.19", "Rupees nineteen and nineteen paise only", "उन्नीस रुपये उन्नीस पैसे मात्र"),
    ("99.995", "Rupees one hundred only", "एक सौ रुपये मात्र"),
    ("100.10", "Rupees one hundred and ten paise only", "एक सौ रुपये दस पैसे मात्र"),
    ("110000", "Rupees one lakh ten thousand only", "एक लाख दस हज़ार रुपये मात्र"),
    (
        "10101101.01",
        "Rupees one crore one lakh one thousand one hundred one and one paise only",
        "एक करोड़ एक लाख एक हज़ार एक सौ एक रुपये एक पैसा मात्र",
    ),
    (
        "99999999999.99",
        "Rupees nine thousand nine hundred ninety-nine crore ninety-nine lakh ninety-nine thousand "
        "nine hundred ninety-nine and ninety-nine paise only",
        "नौ हज़ार नौ सौ निन्यानवे करोड़ निन्यानवे लाख निन्यानवे हज़ार नौ सौ निन्यानवे रुपये निन्यानवे पैसे मात्र",
    ),
    ("1000", "Rupees one thousand only", "एक हज़ार रुपये मात्र"),
    (
        "99999",
        "Rupees ninety-nine thousand nine hundred ninety-nine only",
        "निन्यानवे हज़ार नौ सौ निन्यानवे रुपये मात्र",
    ),
    ("100000", "Rupees one lakh only", "एक लाख रुपये मात्र"),
    ("100001", "Rupees one lakh one only", "एक लाख एक रुपये मात्र"),
    (
        "9999999.99",
        "Rupees ninety-nine lakh ninety-nine thousand nine hundred ninety-nine and ninety-nine paise only",
        "निन्यानवे लाख निन्यानवे हज़ार नौ सौ निन्यानवे रुपये निन्यानवे पैसे मात्र",
    ),
    ("10000000", "Rupees one crore only", "एक करोड़ रुपये मात्र"),
    ("1000000000", "Rupees one hundred crore only", "एक सौ करोड़ रुपये मात्र"),
    (
        "12050000007",
        "Rupees one thousand two hundred five crore seven only",
        "एक हज़ार दो सौ पाँच करोड़ सात रुपये मात्र",
    ),
]

STATED_HINDI = (
    "शून्य, एक, दो, तीन, चार, पाँच, छह, सात, आठ, नौ, दस, ग्यारह, बारह, तेरह, चौदह, पंद्रह, सोलह, सत्रह, "
    "अठारह, उन्नीस, बीस, इक्कीस, बाईस, तेईस, चौबीस, पच्चीस, छब्बीस, सत्ताईस, अट्ठाईस, उनतीस, तीस, इकतीस, "
    "बत्तीस, तैंतीस, चौंतीस, पैंतीस, छत्तीस, सैंतीस, अड़तीस, उनतालीस, चालीस, इकतालीस, बयालीस, तैंतालीस, "
    "चौवालीस, पैंतालीस, छियालीस, सैंतालीस, अड़तालीस, उनचास, पचास, इक्यावन, बावन, तिरपन, चौवन, पचपन, "
    "छप्पन, सत्तावन, अट्ठावन, उनसठ, साठ, इकसठ, बासठ, तिरसठ, चौंसठ, पैंसठ, छियासठ, सड़सठ, अड़सठ, उनहत्तर, "
    "सत्तर, इकहत्तर, बहत्तर, तिहत्तर, चौहत्तर, पचहत्तर, छिहत्तर, सतहत्तर, अठहत्तर, उन्यासी, अस्सी, "
    "इक्यासी, बयासी, तिरासी, चौरासी, पचासी, छियासी, सत्तासी, अट्ठासी, नवासी, नब्बे, इक्यानवे, बानवे, "
    "तिरानवे, चौरानवे, पचानवे, छियानवे, सत्तानवे, अट्ठानवे, निन्यानवे"
)
HUNDRED_HINDI = STATED_HINDI.split(", ")
SIZES = {"crore": 10**7, "lakh": 10**5, "thousand": 1000, "hundred": 100}
SIZES |= {"करोड़": 10**7, "लाख": 10**5, "हज़ार": 1000, "सौ": 100}


@pytest.mark.parametrize(("amount", "english", "hindi"), CASES)
def test_an_amount_is_said_in_both_languages(amount, english, hindi):
    assert rupees_in_words(Decimal(amount)) == english
    assert rupees_in_words_hindi(Decimal(amount)) == hindi


@of_each(range(100))
def test_each_number_under_a_hundred_has_its_hindi_word(number):
    unit = "रुपया" if number == 1 else "रुपये"

    assert rupees_in_words_hindi(Decimal(number)) == f"{HUNDRED_HINDI[number]} {unit} मात्र"


def heard(words, below_hundred):
    """The number that somebody writes down who hears the words."""
    total = part = 0
    for word in words.split():
        size = SIZES.get(word)
        if size is None:
            part += below_hundred.index(word)
        elif size == 10**7:
            total, part = (total + part) * size, 0
        elif size == 100:
            part *= size
        else:
            total, part = total + part * size, 0
    return total + part


@given(st.integers(0, 99_99_99_99_999))
def test_whoever_hears_the_words_writes_the_same_number(number):
    english = rupees_in_words(Decimal(number)).split(" ", 1)[1].removesuffix(" only")
    hindi = rupees_in_words_hindi(Decimal(number)).rsplit(" ", 2)[0]

    assert heard(english, BELOW_HUNDRED_ENGLISH) == number
    assert heard(hindi, HUNDRED_HINDI) == number


def test_less_than_nothing_has_no_words():
    for say in rupees_in_words, rupees_in_words_hindi:
        with pytest.raises(ValueError, match=r"^An amount in words is never negative\.$"):
            say(Decimal("-0.01"))


def test_a_part_of_a_paisa_is_rounded_before_it_is_said():
    assert rupees_in_words(Decimal("4.995")) == "Rupees five only"
