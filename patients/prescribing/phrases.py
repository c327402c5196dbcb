"""The words of prescriptions in English, Hindi and Hindi in Latin letters, and what each of them means.

"#" stands for a number. The longest phrase that fits is the one that counts.
"""

import re
import unicodedata

from patients.prescribing.frequencies import FREQUENCIES
from patients.prescribing.lines import WEEKDAYS

Phrase = tuple[str, ...]
Meaning = tuple[str, str]

_FREQUENCIES = {
    "OD": "od|qd|once daily|once a day|once in a day|daily|daily once|every day|1 time a day|"
    "# time a day|"
    "दिन में एक बार|रोज़ एक बार|रोज़|प्रतिदिन|roz|roj|din me ek bar|din mein ek baar",
    "BD": "bd|bid|twice daily|twice a day|two times a day|दिन में दो बार|din me do bar|din mein do baar",
    "TDS": "tds|tid|td|thrice daily|thrice a day|three times a day|three times daily|दिन में तीन बार|"
    "din me teen bar|din mein teen baar",
    "QID": "qid|qds|four times a day|four times daily|दिन में चार बार|din me char bar|din mein char baar",
    "OM": "om|mane|every morning|each morning|in the morning|रोज़ सुबह|हर सुबह",
    "ON": "on|nocte|noct|every night|each night|at night|in the night|raat ko|rat ko|"
    "रोज़ रात को|हर रात|रात को|रात में",
    "EVE": "eve|every evening|in the evening|रोज़ शाम को|हर शाम|शाम को",
    "HS": "hs|bedtime|at bedtime|at bed time|before sleep|सोते समय|रात को सोते समय|sote samay|"
    "sone se pehle|"
    "सोने से पहले",
    "SOS": "sos|prn|as needed|if needed|when needed|only when needed|if required|as required|"
    "ज़रूरत पड़ने पर|"
    "ज़रूरत पर|ज़रूरत पड़ने पर ही लें|jarurat par|zaroorat par|jarurat padne par",
    "STAT": "stat|now|at once|immediately|अभी|अभी तुरंत|तुरंत|abhi|turant",
    "SINGLE": "single dose|single|once|one dose|one dose only|only once|one time|एक बार|"
    "सिर्फ़ एक बार|ek bar|ek baar",
    "ALT": "alt|alt day|alt days|eod|qod|alternate day|alternate days|alternate|on alternate days|"
    "every other day|"
    "एक दिन छोड़कर|एक दिन छोड़ कर|ek din chhod kar|ek din chhodkar",
    "WEEKLY": "weekly|once weekly|once a week|once in a week|every week|per week|हफ़्ते में एक बार|"
    "सप्ताह में एक बार|"
    "हर हफ़्ते|साप्ताहिक|hafte me ek bar|hafte mein ek baar",
    "BIWEEKLY": "biweekly|twice weekly|twice a week|two times a week|हफ़्ते में दो बार|सप्ताह में दो बार",
    "FORTNIGHTLY": "fortnightly|every fortnight|every 2 weeks|every two weeks|पंद्रह दिन में एक बार",
    "MONTHLY": "monthly|once a month|every month|महीने में एक बार|हर महीने",
    "AFTER-STOOL": "after-stool|after each stool|after every stool|after every loose stool|"
    "after each loose stool|"
    "after every loose motion|after each loose motion|after every motion|after each motion|"
    "after loose stool|"
    "after loose stools|after stool|हर दस्त के बाद|हर पतले दस्त के बाद|दस्त के बाद|har dast ke baad",
}
_HOURLY = (
    "q#h|# hourly|# hrly|# hrs|# hr|every # hours|every # hour|every # hrs|every # hr|every # h|"
    "हर # घंटे|हर # घंटे पर|har # ghante"
)
_TIMES = (
    "# time a day|# times a day|# times daily|# times per day|# times in a day|# times/day|दिन में # बार|"
    "दिन मे # बार|din me # bar|din mein # baar|# बार"
)
# Every so many days; so many times or days a week: only what a code says is taken.
_EVERY_DAYS = "every # days|every # day|once in # days|once every # days|हर # दिन|हर # दिन पर|har # din"
_TIMES_A_WEEK = "# times a week|# times weekly|# times per week|# times in a week|हफ़्ते में # बार|सप्ताह में # बार"
_OTHERWISE = (
    "# days a week|# days per week|# days in a week|# days weekly|after # days|after # day|after # weeks|"
    "after # week|after # months|after # month|every # months|# दिन बाद|# din baad|before # days"
)
_SLOTS = {
    "morning": "morning|subah|सुबह",
    "noon": "noon|afternoon|at noon|dopahar|dopehar|दोपहर|दोपहर में|दोपहर को",
    "evening": "evening|sham|shaam|शाम",
    "night": "night|raat|rat|रात",
}
_FOODS = {
    "before": "ac|b/f|before food|before meal|before meals|before eating|before breakfast|bbf|"
    "खाने से पहले|खाना खाने से पहले|"
    "भोजन से पहले|khane se pehle|khane se pahle|khana khane se pehle",
    "after": "pc|a/f|after food|after meal|after meals|after eating|after breakfast|खाने के बाद|"
    "खाना खाने के बाद|भोजन के बाद|"
    "khane ke baad|khane ke bad|khana khane ke baad",
    "with": "with food|with meal|with meals|खाने के साथ|खाना खाने के साथ|भोजन के साथ|khane ke sath|khane ke saath",
    "empty": "empty stomach|on empty stomach|on an empty stomach|in empty stomach|खाली पेट|"
    "khali pet|khaali pet",
}
_ROUTES = {
    "oral": "po|oral|orally|by mouth|per os|मुँह से",
    "iv": "iv|i/v|intravenous|नस में",
    "im": "im|i/m|intramuscular|मांसपेशी में",
    "sc": "sc|s/c|subcut|subcutaneous|subcutaneously|चमड़ी के नीचे",
    "id": "id|intradermal",
    "sublingual": "sl|s/l|sublingual|जीभ के नीचे",
    "rectal": "pr|rectal|rectally|per rectum",
    "vaginal": "pv|vaginal|vaginally|per vaginum",
    "topical": "topical|topically|local|locally|la|l/a|local application|local apply|apply|लगाएँ|lagayen",
    "ophthalmic": "eye|eyes|ophthalmic|in eye|in eyes|in both eyes|both eyes|in the eye|आँख में",
    "otic": "ear|ears|both ears|otic|in ear|in the ear|कान में",
    "nasal": "nasal|nose|in nose|नाक में",
    "inhalation": "inhalation|inhale|inhaled",
}
# The form's own words, each with what a medicine's form must contain.
_FORMS = {
    "solid": "tablet|tablets|tab|tabs|capsule|capsules|cap|caps|गोली|गोलियाँ|टैबलेट|टेबलेट|कैप्सूल|goli|टैब",
    "liquid": "syp|syr|syrup|syrups|susp|suspension|liquid|oral liquid|oral solution|dry syrup|सिरप|"
    "दवा पीने की|sirap",
    "injection": "inj|injection|injections|injectable|इंजेक्शन|सुई|infusion|drip",
    "drops": "drops|drop|gtt|e/d|eye drop|eye drops|ear drops|ear drop|nasal drops|nasal drop",
    "inhaler": "inhaler|mdi|dpi|rotacap|rotacaps|inh|puff|puffs|इनहेलर",
    "nebuliser": "neb|nebs|nebuliser|nebulizer|nebulise|nebulize|nebulisation|nebulization|respule|respules",
    "spray": "spray|sprays|nasal spray",
    "sachet": "sachet|sachets|पैकेट|packet|packets",
    "suppository": "suppository|suppositories|supp|suppo",
    "pessary": "pessary|pessaries|pess",
    "cream": "cream|crm|क्रीम",
    "ointment": "ointment|oint|eye ointment|मरहम",
    "gel": "gel",
    "lotion": "lotion|lot",
    "modified": "sr|xr|er|cr|mr|xl|modified release|sustained release|extended release",
    "dispersible": "dt|dispersible",
    "chewable": "chewable|chew",
    "enteric": "ec|enteric coated",
    "sublingual tablet": "sublingual tablet",
}
# A unit after a number; those of forms hint at the form too.
UNITS = {
    "mg": "mg|mgs|milligram|milligrams|मिग्रा",
    "g": "g|gm|gms|gram|grams|ग्राम",
    "mcg": "mcg|µg|ug|mcgs|microgram|micrograms",
    "mL": "ml|mls|millilitre|एमएल|मिली",
    "L": "l|ltr|litre|litres|liter",
    "unit": "unit|units|u|iu|यूनिट",
    "lac": "lac|lakh|lakhs|lacs|लाख|lac units|lakh units|lac iu|lakh iu|लाख यूनिट",
    "%": "%|percent",
    "tablet": "tablet|tablets|tab|tabs|t|गोली|गोलियाँ|goli|टैबलेट",
    "capsule": "capsule|capsules|cap|caps|कैप्सूल",
    "drop": "drop|drops|gtt|बूँद|बूंद|boond",
    "puff": "puff|puffs|पफ|पफ़",
    "spray": "spray|sprays",
    "sachet": "sachet|sachets|packet|packets|पैकेट",
    "application": "application|applications",
    "suppository": "suppository|suppositories|supp",
    "pessary": "pessary|pessaries|pess",
    "vial": "vial|vials|शीशी",
    "ampoule": "amp|amps|ampoule|ampoules|ampule",
    "dose": "dose|doses",
    "piece": "piece|pieces|pc.",
    "strip": "strip|strips",
}
SPANS = {
    1: "d|day|days|din|din tak|दिन|dino|दिनों|दिन तक|days only",
    7: "w|wk|wks|week|weeks|hafta|hafte|हफ़्ता|हफ़्ते|हफ़्तों|सप्ताह",
    30: "mo|mth|mths|month|months|mahina|mahine|महीना|महीने|माह",
}
_MOST = (
    "max #|maximum #|at most #|upto #|up to #|not more than #|अधिकतम #|ज़्यादा से ज़्यादा #|"
    "max # times|at most # times|अधिकतम # बार|"
    "upto # times|up to # times"
)
_A_DAY = "/day|/ day|a day|per day|in a day|daily|/d|in 24 hours|in 24 hrs|/24h|दिन में|din me"
_DAYS_OF_WEEK = {
    0: "monday|mon|सोमवार|somvar|somwar",
    1: "tuesday|tue|tues|मंगलवार|mangalvar|mangalwar|मंगल",
    2: "wednesday|wed|बुधवार|budhvar|budhwar",
    3: "thursday|thu|thurs|गुरुवार|बृहस्पतिवार|guruvar|guruwar|वीरवार",
    4: "friday|fri|शुक्रवार|shukravar|shukrawar",
    5: "saturday|sat|शनिवार|shanivar|shaniwar",
    6: "sunday|sun|रविवार|इतवार|ravivar|raviwar|itwar",
}
_NOTHING = "x|×|of|the|and|के लिए|for|take|dose|give|tk|एवं|और|aur|&|with water|every|को|लें|lein|each|by"
_THEN = "then|followed by|फिर|phir|fir|उसके बाद|uske baad|>|→"
_NUMBERS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "half": "0.5",
    "एक": "1",
    "दो": "2",
    "तीन": "3",
    "चार": "4",
    "पाँच": "5",
    "पांच": "5",
    "सात": "7",
    "दस": "10",
    "आधा": "0.5",
    "आधी": "0.5",
    "डेढ़": "1.5",
    "ek": "1",
    "do": "2",
    "teen": "3",
    "char": "4",
    "paanch": "5",
    "panch": "5",
    "aadha": "0.5",
    "aadhi": "0.5",
}
# Said of a reason, after which the note follows; and those that follow their reason.
NOTE_BEGINS = {("for",), ("if",), ("when",), ("note",), ("in",), ("during",)}
NOTE_ENDS = {("के", "लिए"), ("होने", "पर"), ("ke", "liye"), ("hone", "par"), ("में",), ("me",), ("mein",)}
_SIGNS = str.maketrans({"ँ": "ं", "़": None, "\u200c": None, "\u200d": None})


def folded(word: str) -> str:
    """One spelling of a word: b.d. and BD, ज़ and ज."""
    bare = unicodedata.normalize("NFD", word).translate(_SIGNS).casefold()
    return unicodedata.normalize("NFC", bare).replace(".", "").replace("'", "").replace("’", "")


def _phrase(text: str) -> Phrase:
    return tuple(folded(word) for word in re.findall(r"#|/|%|[^\s#/%]+(?:/[a-z0-9]+)*", text))


def _spread(table: dict[str, str], kind: str) -> dict[Phrase, Meaning]:
    return {_phrase(one): (kind, value) for value, words in table.items() for one in words.split("|")}


def _all() -> dict[Phrase, Meaning]:
    found = _spread(_FREQUENCIES, "frequency")
    found |= {_phrase(code): ("frequency", code) for code in FREQUENCIES}
    found |= dict.fromkeys(map(_phrase, _HOURLY.split("|")), ("hourly", ""))
    found |= dict.fromkeys(map(_phrase, _TIMES.split("|")), ("times", ""))
    found |= dict.fromkeys(map(_phrase, _EVERY_DAYS.split("|")), ("every_days", ""))
    found |= dict.fromkeys(map(_phrase, _TIMES_A_WEEK.split("|")), ("times_a_week", ""))
    found |= dict.fromkeys(map(_phrase, _OTHERWISE.split("|")), ("otherwise", ""))
    found |= dict.fromkeys([_phrase("every # weeks"), _phrase("every # week")], ("every_weeks", ""))
    found |= _spread(_SLOTS, "slot") | _spread(_FOODS, "food") | _spread(_ROUTES, "route")
    found |= _spread(_FORMS, "form")
    found |= _spread({str(days): words for days, words in SPANS.items()}, "span")
    found |= {
        _phrase(before + one): ("weekday", str(day))
        for day, words in _DAYS_OF_WEEK.items()
        for one in words.split("|")
        for before in ("", "on ", "every ")
    }
    most = _MOST.split("|")
    days = [f"{one} {day}" for one in most for day in _A_DAY.split("|")]
    hindi = [f"दिन में {one}" for one in most]
    found |= dict.fromkeys(map(_phrase, (*most, *days, *hindi)), ("most", ""))
    found |= dict.fromkeys(map(_phrase, _NOTHING.split("|")), ("nothing", ""))
    found |= dict.fromkeys(map(_phrase, _THEN.split("|")), ("then", ""))
    assert set(WEEKDAYS) == {one.split("|")[0].capitalize() for one in _DAYS_OF_WEEK.values()}
    return found


PHRASES = _all()
LONGEST_PHRASE = max(map(len, PHRASES))
UNIT_WORDS = {_phrase(one): unit for unit, words in UNITS.items() for one in words.split("|")}
NUMBER_WORDS = {folded(word): number for word, number in _NUMBERS.items()}
KNOWN_WORDS = {word for phrase in (*PHRASES, *UNIT_WORDS) for word in phrase}
