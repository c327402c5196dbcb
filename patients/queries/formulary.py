"""A hospital's formulary as one snapshot, held in the process and renewed when its stamp moves."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from facilities.models import FacilityKind
from patients.models import MEDICINES, AlertRule, ContentApproval, ContentKind, FormularyItem
from patients.prescribing.limits import band_of
from patients.prescribing.medicines import (
    Formulary,
    HighestDose,
    KnownInteraction,
    Medicine,
    SetLine,
    Substance,
)
from patients.prescribing.terms import Term, term

MOST_HELD = 8
# NLEM 2022 says for which level of care a medicine is meant: primary, secondary, tertiary.
LEVEL_OF = {
    FacilityKind.PHC: "P",
    FacilityKind.CHC: "P",
    FacilityKind.SUB_DIVISIONAL_HOSPITAL: "S",
    FacilityKind.SADAR_HOSPITAL: "S",
    FacilityKind.MEDICAL_COLLEGE: "T",
    FacilityKind.PRIVATE: "T",
}
# One journey: whatever changes the snapshot changes one of these. Keys and times tell apart what sums do not.
STAMP = """
    SELECT (SELECT string_agg(kind || rev || loaded_at::text || digest, ',' ORDER BY kind)
            FROM patients_contentedition WHERE kind = ANY (%(kinds)s)),
           (SELECT count(*) || '/' || coalesce(sum(rev), 0) || coalesce(max(id::text), '')
            FROM patients_contentapproval WHERE facility_id = %(at)s),
           (SELECT count(*) || '/' || coalesce(sum(rev), 0) || coalesce(max(id::text), '')
            FROM patients_formularyitem WHERE facility_id = %(at)s),
           (SELECT count(*) || '/' || coalesce(sum(rev), 0) || coalesce(max(id::text), '')
            FROM patients_alertrule WHERE facility_id = %(at)s),
           (SELECT kind FROM facilities_facility WHERE id = %(at)s)
"""

Stamp = tuple[str | None, ...]
# (row, digest) of each kind, as the whole state has it; and each hospital's snapshot, the last asked last.
_stated: tuple[str | None, dict[str, list[tuple[Any, str]]]] = (None, {})
_held: "OrderedDict[UUID | None, tuple[Stamp, Formulary]]" = OrderedDict()
# The snapshot of all hospitals of one kind that have said nothing of their own yet: most of them.
_of_kind: dict[str | None, tuple[Stamp, Formulary]] = {}
NOTHING_OWN = ("0/0", "0/0", "0/0")


def formulary_at(facility_id: UUID | None) -> Formulary:
    """All that this hospital (None: the state) knows of medicines; one query, unless something changed."""
    stamp = _stamp(facility_id)
    held = _held.get(facility_id)
    if held is None or held[0] != stamp:
        held = stamp, _like_its_kind(stamp) if stamp[1:4] == NOTHING_OWN else _read(facility_id, stamp)
        _held[facility_id] = held
        while len(_held) > MOST_HELD:
            _held.popitem(last=False)
    _held.move_to_end(facility_id)
    return held[1]


def _like_its_kind(stamp: Stamp) -> Formulary:
    held = _of_kind.get(stamp[4])
    if held is None or held[0] != stamp:
        held = _of_kind[stamp[4]] = stamp, _read(None, stamp)
    return held[1]


def _stamp(facility_id: UUID | None) -> Stamp:
    with connection.cursor() as cursor:
        cursor.execute(STAMP, {"at": facility_id, "kinds": list(MEDICINES)})
        return tuple(cursor.fetchone())


def listed_by_level(nlem_level: str, kind: str) -> bool:
    """Whether a medicine that nobody has spoken of is in the list of such a hospital."""
    return LEVEL_OF.get(FacilityKind(kind), "T") in nlem_level.split("/")


def _read(facility_id: UUID | None, stamp: Stamp) -> Formulary:
    stated = _rows(stamp[0])
    approved = set(
        ContentApproval.objects.filter(facility=facility_id, withdrawn_at=None).values_list(
            "row_id", "digest"
        )
    )
    items = {
        medication: (listed, available)
        for medication, listed, available in FormularyItem.objects.filter(facility=facility_id).values_list(
            "medication_id", "is_listed", "is_available"
        )
    }
    retired = AlertRule.objects.filter(facility=facility_id, is_retired=True).values_list("code", flat=True)
    kind = stamp[4] or FacilityKind.MEDICAL_COLLEGE

    def made(of: str, make: Callable[[Any, bool], Any]) -> tuple[Any, ...]:
        return tuple(make(row, (row.pk, digest) in approved) for row, digest in stated[of])

    substances = made(ContentKind.INGREDIENT, _substance)
    return Formulary(
        facility_id=facility_id,
        medicines=made(ContentKind.MEDICATION, lambda row, ok: _medicine(row, ok, items, kind)),
        substances={one.name: one for one in substances},
        interactions=made(ContentKind.INTERACTION, _interaction),
        highest_doses=made(ContentKind.DOSE_LIMIT, _highest_dose),
        set_lines=made(ContentKind.MEDICINE_SET, _set_line),
        retired=frozenset(retired),
    )


def _rows(editions: str | None) -> dict[str, list[tuple[Any, str]]]:
    """The state's rows with their digests, read once for each change."""
    global _stated
    if _stated[0] != editions or not editions:
        rows = {
            kind: [(row, row.digest()) for row in model._default_manager.filter(is_withdrawn=False)]
            for kind, model in MEDICINES.items()
        }
        _stated = editions, rows
    return _stated[1]


def medicine_of(row: Any) -> Medicine:
    """A medicine that has left the list, as its row has it: what was prescribed must still be read."""
    return _medicine(row, False, {row.pk: (False, None)}, FacilityKind.MEDICAL_COLLEGE)


def _medicine(
    row: Any, approved: bool, items: Mapping[UUID, tuple[bool, bool | None]], kind: str
) -> Medicine:
    listed, available = items.get(row.pk) or (listed_by_level(row.nlem_level, kind), None)
    return Medicine(
        id=row.pk,
        generic_name=row.generic_name,
        name_hi=row.name_hi,
        strength=row.strength,
        form=row.form,
        route=row.route,
        atc_code=row.atc_code,
        ingredients=tuple(row.ingredients),
        pregnancy_flag=row.pregnancy_flag,
        lactation_flag=row.lactation_flag,
        flag_source=row.flag_source,
        high_alert=row.high_alert,
        aware_group=row.aware_group,
        schedule=row.schedule,
        nlem_level=row.nlem_level,
        listed=listed,
        available=available,
        approved=approved,
        source=row.source,
        edition=row.edition,
    )


def _substance(row: Any, approved: bool) -> Substance:
    return Substance(
        id=row.pk,
        name=row.name,
        name_hi=row.name_hi,
        atc_code=row.atc_code,
        class_name=row.class_name,
        cross_note=row.cross_note,
        approved=approved,
        source=row.source,
        edition=row.edition,
    )


def _interaction(row: Any, approved: bool) -> KnownInteraction:
    return KnownInteraction(
        id=row.pk,
        a=row.a,
        b=row.b,
        severity=row.severity,
        effect=row.effect,
        what_to_do=row.what_to_do,
        approved=approved,
        source=row.source,
        edition=row.edition,
        a_term=term(row.a) or NOBODY,
        b_term=term(row.b) or NOBODY,
    )


NOBODY = Term(frozenset(), frozenset(), frozenset())


def _highest_dose(row: Any, approved: bool) -> HighestDose:
    return HighestDose(
        id=row.pk,
        ingredient=row.ingredient,
        members=tuple(row.members),
        population=row.population,
        route=row.route,
        max_single=row.max_single,
        max_daily=row.max_daily,
        per_kg_single=row.per_kg_single,
        per_kg_daily=row.per_kg_daily,
        unit=row.unit,
        band_text=row.band,
        band=band_of(row.band),
        not_under_text=row.not_under,
        not_under=band_of(row.not_under),
        egfr_below=row.egfr_below,
        note=row.note,
        approved=approved,
        source=row.source,
        edition=row.edition,
    )


def _set_line(row: Any, approved: bool) -> SetLine:
    said = ("set_name", "line_no", "drug", "dose_text", "frequency", "duration", "note", "source", "edition")
    return SetLine(id=row.pk, approved=approved, **{name: getattr(row, name) for name in said})


# ── For the screens ──

FILTERS: dict[str, Callable[[Medicine], bool]] = {
    "listed": lambda one: one.listed,
    "unlisted": lambda one: not one.listed,
    "available": lambda one: one.available is True,
    "missing": lambda one: one.listed and one.available is False,
    "unsaid": lambda one: one.listed and one.available is None,
    "waiting": lambda one: not one.approved,
    "high_alert": lambda one: one.high_alert,
    "access": lambda one: one.aware_group == "access",
    "watch": lambda one: one.aware_group == "watch",
    "reserve": lambda one: one.aware_group == "reserve",
    "h1": lambda one: one.schedule in {"H1", "X"},
}


def medicines_of(held: Formulary, *, words: str = "", only: str = "") -> list[Medicine]:
    """The medicines that fit every word, in either script, by name; `only` is one of FILTERS.

    Those whose name begins so come first.
    """
    asked = words.casefold().split()
    fits = FILTERS.get(only, lambda _one: True)
    found = [one for one in held.medicines if fits(one) and all(word in _said_of(one) for word in asked)]
    begun = tuple(asked[:1]) or ("",)
    return sorted(found, key=lambda one: not f"{one.generic_name} {one.name_hi}".casefold().startswith(begun))


def _said_of(one: Medicine) -> str:
    return f"{one.named} {one.name_hi} {one.route} {one.atc_code} {' '.join(one.ingredients)}".casefold()


def interactions_about(held: Formulary, medicine: Medicine) -> list[KnownInteraction]:
    """The interactions that speak of this medicine, by its ingredients."""
    return [
        row
        for row in held.interactions_of(medicine.ingredients)
        if any(
            side.names(name, held.substances[name].class_name, medicine.route)
            for side in (row.a_term, row.b_term)
            for name in medicine.ingredients
            if name in held.substances
        )
    ]


def doses_about(held: Formulary, medicine: Medicine) -> list[HighestDose]:
    """The highest doses that speak of one of its ingredients."""
    found = {row.id: row for name in medicine.ingredients for row in held.doses_of.get(name, ())}
    return list(found.values())
