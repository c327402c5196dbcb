"""The prescription on paper: capitals, Hindi, pictures, what the law asks for; nothing cut, nothing run."""

import json
from functools import cache
from io import BytesIO

import pytest
from django.template.loader import get_template
from pypdf import PdfReader

from hmis.kernel import pdf
from patients.documents import PRESCRIPTION_SIZES
from patients.documents.prescriptions import SIGNS, AllergiesSaid, Signer, prescription_words
from tests.conftest import NOON
from tests.factories.prescriptions import HOSPITAL, PATIENT, make_prescription, on_paper, prescribed

HOSTILE = '"><img src=x onerror=alert(1)>'
HEMBRAM = Signer("S. Hembram", "एस. हेम्ब्रम", "JHMC/2005/00111", "71234567890124")
# A4 and A5 in points.
SIZES = {"a4": (595, 842), "a5": (420, 595)}
LONG = (
    "amox 500 tds 5d after food",
    "para 500 sos max 4/day 5d for fever",
    "metformin 500 1-0-1 30d after food",
    "amlo 5 om 30d",
    "pred 40 od 5d then 20 od 5d then 10 od 5d",
    "methotrexate 7.5 weekly monday 4 weeks",
    "insulin premix 10-0-8 u sc before food 30d",
    "cipro 0.3% eye drops 1 drop qid 7d",
    "syp para 250/5 7.5 ml q6h 3d -- shake well before use",
    "ors 1 sachet after each stool max 6 a day 3d",
    "metoprolol 25 ½-0-½ 30d",
    "salbutamol inhaler 2 puffs sos max 4 a day 30 days",
)


def markup(prescription, size="a4"):
    """The paper before it is pressed."""
    paper = on_paper(prescription, size)
    return get_template(paper.template).render({"paper": paper, **paper.frozen()})


def pages(prescription, size="a4"):
    return PdfReader(BytesIO(pdf.render(on_paper(prescription, size)))).pages


@cache
def usual(size="a4"):
    """The usual prescription, pressed once for whoever looks into it."""
    return pages(make_prescription(), size)


@cache
def longest(size="a4"):
    """Twelve medicines, pressed once."""
    return pages(make_prescription(*LONG), size)


def words(pages):
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize("size", PRESCRIPTION_SIZES)
def test_the_counter_reads_capitals_and_totals(size):
    made = usual(size)
    text = words(made)

    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in made} == {SIZES[size]}
    for said in ("AMOXICILLIN 500 mg", "15 capsules", "20 tablets", "60 tablets", "RIMS/P26/0000001"):
        assert said in text
    for said in (
        "JHMC/2019/00421",
        "71-2345-6789-0123",
        "J18.9",
        "27-07-2026",
        "PHULMANI",
        "54 kg",
        "148/92",
    ):
        assert said in text


@pytest.mark.parametrize("size", PRESCRIPTION_SIZES)
def test_the_patient_reads_hindi_and_sees_when(size):
    page = markup(make_prescription(), size)

    assert "1 कैप्सूल सुबह, 1 दोपहर, 1 रात — खाने के बाद — 5 दिन" in page
    assert "1 गोली ज़रूरत पड़ने पर ही लें, दिन में ज़्यादा से ज़्यादा 4 बार — 5 दिन — बुखार के लिए" in page
    assert "1 capsule in the morning, 1 at noon, 1 at night — after food — 5 days" in page
    assert page.count('class="time" viewBox') == 3 + 2
    assert "सोमवार" in page
    assert "फूलमनी मुंडा" in page


def test_a_usual_prescription_is_one_page_of_a4():
    assert len(usual()) == 1


@pytest.mark.parametrize(("size", "most"), [("a4", 2), ("a5", 4)])
def test_twelve_medicines_are_all_there_and_the_hand_is_never_alone(size, most):
    made = longest(size)
    text = words(made)

    assert 1 < len(made) <= most
    for name in ("AMOXICILLIN", "METHOTREXATE", "INSULIN PREMIX", "SALBUTAMOL"):
        assert name in text
    assert "Medicines in all: 12" in text
    last = made[-1].extract_text()
    assert "SALBUTAMOL" in last
    assert "signature" in last
    assert all("121-0031-8771" in page.extract_text() for page in made)


def test_no_medicine_is_parted_between_two_pages():
    # The third stands where the first page ends, whatever comes after it; the last one goes with the hand.
    for made in (*(pages(make_prescription(*LONG[:count]), "a5") for count in (3, 10, 11)), longest("a5")):
        for page in made:
            text = " ".join(page.extract_text().split())
            assert ("ORAL REHYDRATION" in text) == ("after every loose stool" in text)
            assert ("METFORMIN" in text) == ("1 tablet in the morning, 1 at night — after food" in text)


def test_weekly_says_its_day_large_and_not_daily():
    page = markup(make_prescription("methotrexate 7.5 weekly monday 4 weeks"))
    assert "सिर्फ़ सोमवार को" in page
    assert "रोज़ नहीं" in page
    assert 'class="time" viewBox' not in page


def test_a_taper_shows_one_amount_after_the_other():
    context = prescription_words(make_prescription("pred 40 od 5d then 20 od 5d then 10 od 5d"))
    (line,) = context["lines"]
    assert [one["amount"] for one in line["pictures"]] == ["4, 2, 1", "", "", ""]


# ── What the law asks for ──


def test_each_schedule_has_its_sign_and_its_words():
    signs = {"G": "G", "H": "H Rx", "H1": "H1 Rx", "X": "X XRx"}
    lines = [prescribed("amox 500 tds 5d", schedule=schedule) for schedule in signs]
    text = words(pages(make_prescription(*lines)))
    for sign in signs.values():
        assert f"AMOXICILLIN 500 mg Capsule {sign}" in text
        assert SIGNS[sign][1] in text


def test_what_no_medicine_bears_is_not_explained():
    line = prescribed("para 500 tds 5d", schedule="", high_alert=False, approved=True)
    page = markup(make_prescription(line))
    assert "mark-box" not in page


def test_schedule_x_is_printed_twice_with_the_doctors_address():
    made = pages(make_prescription("inj ketamine 50 mg/ml 50 mg im stat"))
    text = words(made)

    assert len(made) == 2
    assert "Patient's copy" in made[0].extract_text()
    assert "Counter's copy" in made[1].extract_text()
    assert text.count("KETAMINE 50 mg/mL") == 2
    assert text.count(HOSPITAL["phone"]) == 2
    assert text.count("JHMC/2019/00421") == 2


def test_without_schedule_x_there_is_one_copy_without_a_name():
    assert "copy" not in words(usual())


def test_a_reserve_antibiotic_says_what_for_and_who_agreed():
    line = prescribed(
        "linezolid 600 bd 10d", aware_group="reserve", indication="MRSA pneumonia", approved_by=HEMBRAM
    )
    text = words(pages(make_prescription(line)))
    for said in ("RESERVE", "MRSA pneumonia", "S. Hembram", "JHMC/2005/00111"):
        assert said in text


def test_a_reserve_antibiotic_without_its_reason_leaves_lines_to_fill():
    page = markup(make_prescription(prescribed("linezolid 600 bd 10d", aware_group="reserve")))
    assert page.count("__________________") == 2


def test_what_the_counter_does_not_have_and_what_nobody_approved_is_said():
    there, gone = (prescribed("amlo 5 om 30d", available=one, approved=one) for one in (True, False))
    assert "काउंटर पर नहीं" not in markup(make_prescription(there))
    assert SIGNS["*"][0] not in markup(make_prescription(there))
    assert "काउंटर पर नहीं" in markup(make_prescription(gone))
    assert SIGNS["*"][0] in markup(make_prescription(gone))


# ── Who signs ──


def test_both_who_signed_stand_on_it():
    text = words(pages(make_prescription(countersigned_by=HEMBRAM)))
    for said in ("Rashmi Toppo", "resident", "S. Hembram", "JHMC/2005/00111", "71-2345-6789-0124"):
        assert said in text


def test_what_awaits_a_countersignature_says_so():
    assert "Countersignature awaited" in words(pages(make_prescription(awaits_countersign=True)))
    assert "Countersignature awaited" not in words(usual())


@pytest.mark.parametrize(
    ("asked", "listed", "said"),
    [
        (False, (), "पूछा नहीं गया Not asked"),
        (True, (), "कोई मालूम नहीं None known (पूछा गया asked 22-07-2026)"),
        (True, ("Penicillin (rash)",), "Penicillin (rash)"),
    ],
)
def test_allergies_are_not_asked_none_known_or_a_list(asked, listed, said):
    known = AllergiesSaid(is_asked=asked, asked_at=NOON if asked and not listed else None, listed=listed)
    page = markup(make_prescription(allergies=known))
    assert said in page
    others = {"Not asked", "None known"} - {said.split(maxsplit=3)[-1]}
    assert not any(f" {other}" in page for other in others if other not in said)


NOT_CHECKED = "(दवाओं से जाँच नहीं not checked)"


@pytest.mark.parametrize("size", PRESCRIPTION_SIZES)
def test_an_allergy_that_the_list_does_not_know_says_so_on_paper_too(size):
    listed = ("Aspirin", "Amoxycillin", HOSTILE)
    made = make_prescription(allergies=AllergiesSaid(True, listed=listed, unchecked=listed[1:]))
    page = markup(made, size)
    assert f"Aspirin, Amoxycillin {NOT_CHECKED}, " in page
    assert page.count(NOT_CHECKED) == 2
    assert "<img" not in page
    assert words(pages(made, size)).count("not checked") == 2


def test_a_paper_from_before_says_what_it_said():
    known = AllergiesSaid(True, listed=["Amoxycillin"], unchecked=["Amoxycillin"])
    paper = on_paper(make_prescription(allergies=known))
    context = paper.frozen()
    del context["allergies"]["unchecked"], context["allergies"]["asked_at"]
    page = get_template(paper.template).render({"paper": paper, **context})
    assert "Amoxycillin</b>" in " ".join(page.split()).replace(" </b>", "</b>")


def test_without_a_day_to_come_again_it_says_so():
    page = markup(make_prescription(follow_up_on=None))
    assert "No date given" in page
    assert "come-on" not in page


# ── Frozen, and whatever is written ──


def test_its_words_are_plain_json():
    context = prescription_words(make_prescription(*LONG, countersigned_by=HEMBRAM))
    assert json.loads(json.dumps(context)) == context


@pytest.mark.parametrize("size", PRESCRIPTION_SIZES)
def test_hostile_words_are_words(size):
    person = PATIENT | {
        "name": HOSTILE * 3,
        "name_hi": "=1+1 " * 8,
        "village": "</table><script>alert(1)</script>",
    }
    hostile = make_prescription(
        *LONG,
        person=person,
        advice=HOSTILE,
        allergies=AllergiesSaid(True, listed=[HOSTILE]),
        complaints=[HOSTILE],
        vitals=[(HOSTILE, HOSTILE)],
        diagnoses=[{"code": "", "title": HOSTILE, "title_hi": "", "status": "", "status_hi": ""}],
        doctor=Signer(HOSTILE, HOSTILE, HOSTILE),
    )
    page = markup(hostile, size)
    assert "<img" not in page
    assert "<script" not in page
    text = words(pages(hostile, size)).replace(" ", "").upper()
    assert text.count("ONERROR=ALERT(1)") >= 9


def test_a_duplicate_says_so():
    paper = on_paper(make_prescription())
    paper.copy = 2
    assert "DUPLICATE 2" in words(PdfReader(BytesIO(pdf.render(paper))).pages)
