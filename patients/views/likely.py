"""Who on file somebody at a door may be: found by the search, or offered while their form is being filled."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from hmis.kernel.errors import Refusal
from patients import queries
from patients.forms.comers import ComerForm
from patients.forms.person import SearchForm
from patients.identifiers import SearchTerm
from patients.matching import Person
from patients.names import devanagari_from_latin, is_devanagari, latin_from_devanagari
from patients.services import find_patients, offer_duplicates

FEWEST_LETTERS = 3


def found_by(request: HttpRequest, form: SearchForm) -> queries.Found:
    """Whoever the text in the search box means; nobody, with the sentence, where the search is refused."""
    text = form.cleaned_data["q"] if form.is_valid() else ""
    try:
        return find_patients(text=text, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        return queries.Found(SearchTerm("empty"), [], [], refused=str(refusal))


def offered(request: HttpRequest, described: Person) -> list[queries.Candidate]:
    """Those on file whom a half-filled form may mean; two letters of a name may mean anybody, an ABHA one."""
    if len(described.name_hi or described.name) < FEWEST_LETTERS and not described.abha:
        return []
    return offer_duplicates(described=described, actor=request.user, at=timezone.now())


def alike(candidates: list[queries.Candidate], answered: str) -> dict[str, Any]:
    """Those who may be the person, and whether the clerk has said of the surest that they are others.

    `answered` are the ids of whom that was said: about somebody else the question is open again.
    """
    ids = {str(one.patient.pk): one.match.strong for one in candidates}
    said = set(answered.split()) & ids.keys()
    return {
        "candidates": candidates,
        "candidate_ids": " ".join(ids),
        "is_new": bool(said) and said >= {one for one, strong in ids.items() if strong},
    }


def half_described(name: str, cleaned: Mapping[str, Any], birth_year: int | None) -> Person:
    """What is compared of somebody whose form is half filled: anything in it may be missing or wrong."""
    hindi = is_devanagari(name)
    return Person(
        name=latin_from_devanagari(name) if hindi else name,
        name_hi=name if hindi else devanagari_from_latin(name),
        sex=cleaned.get("sex", ""),
        birth_year=birth_year,
        phone=cleaned.get("phone", ""),
        guardian_name=cleaned.get("guardian_name", ""),
        village=cleaned.get("village", ""),
        district=str(cleaned["district"].pk) if cleaned.get("district") else "",
        abha=cleaned.get("abha") or cleaned.get("abha_address", ""),
    )


def comer_described(form: ComerForm) -> Person:
    """What the half-filled form of a door says of the person."""
    birth = form.birth_said()
    year = birth.on(timezone.localdate())[0].year if birth else None
    return half_described(form.cleaned_data.get("name", ""), form.cleaned_data, year)
