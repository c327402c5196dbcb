"""What a form is counted in, and which forms a word like "tab" or "syp" means."""

from functools import lru_cache

from patients.prescribing.medicines import Medicine
from patients.prescribing.strengths import MILLIGRAMS, strength_of

SOLID, LIQUID, INJECTION, SKIN, OTHER = "solid", "liquid", "injection", "skin", "other"
DROPS, INHALER, SPRAY, NEBULISER, SACHET = "drops", "inhaler", "spray", "nebuliser", "sachet"
SUPPOSITORY, PESSARY, OINTMENT = "suppository", "pessary", "ointment"

# Counted whole, each holding the printed strength.
COUNTED = {
    SOLID: "",
    INHALER: "puff",
    SPRAY: "spray",
    SACHET: "sachet",
    SUPPOSITORY: "suppository",
    PESSARY: "pessary",
}
_FAMILIES = (
    ("eye drops", DROPS),
    ("drops", DROPS),
    ("nasal spray", SPRAY),
    ("spray", SPRAY),
    ("inhaler", INHALER),
    ("nebuliser", NEBULISER),
    ("suppository", SUPPOSITORY),
    ("pessary", PESSARY),
    ("oral", LIQUID),
    ("syrup", LIQUID),
    ("tablet", SOLID),
    ("capsule", SOLID),
    ("sachet", SACHET),
)
_ROUTES = {"parenteral": INJECTION, "topical": SKIN}
# By which ways a medicine of this route may be given; the first is what its form says.
WAYS = {
    "oral": ("oral", "sublingual", "rectal", "vaginal"),
    "sublingual": ("sublingual",),
    "parenteral": ("parenteral", "iv", "im", "sc", "id"),
}

# Insulins that act for long, by their ATC groups: under the skin unless another way is typed. This is ours.
UNDER_THE_SKIN = ("A10AC", "A10AD", "A10AE")


def family_of(medicine: Medicine) -> str:
    """Tablets and capsules are one family: a doctor who writes "tab" of a capsule is understood."""
    return _family(medicine.route, medicine.form)


@lru_cache(maxsize=4096)
def _family(route: str, form: str) -> str:
    """Asked some hundred times at a keystroke, of some forty forms."""
    if route in _ROUTES:
        return _ROUTES[route]
    form = form.lower()
    found = next((family for word, family in _FAMILIES if word in form), OTHER)
    if found == OTHER and form in {"ointment", "gel", "cream"}:
        return OINTMENT
    return found


def unit_of(medicine: Medicine) -> str:
    """In what its dose is counted; "" where its form does not say."""
    family = family_of(medicine)
    if family == SOLID:
        return "capsule" if medicine.form.lower().startswith("capsule") else "tablet"
    if family in {LIQUID, NEBULISER}:
        return "mL"
    if family == DROPS:
        return "drop"
    if family in {SKIN, OINTMENT}:
        return "application"
    return COUNTED.get(family, "")


def can_be_halved(medicine: Medicine) -> bool:
    """A plain or dispersible tablet; never one that is coated or gives off its medicine slowly."""
    form = medicine.form.lower()
    kept_whole = ("modified", "coated", "combi", "capsule", "sublingual")
    return family_of(medicine) == SOLID and not any(word in form for word in kept_whole)


def units_of(medicine: Medicine) -> tuple[str, ...]:
    """The units in which a dose of it can be said."""
    family, unit = family_of(medicine), unit_of(medicine)
    masses = _measures(medicine)
    if family == INJECTION:
        return (*masses, "mL", "vial", "ampoule", "dose")
    if family in {LIQUID, NEBULISER}:
        return ("mL", *masses)
    if family in COUNTED:
        return (unit, *masses)
    if family == OTHER:
        return (*masses, "mL", "sachet", "dose", "piece", "strip")
    return (unit,)


def _measures(medicine: Medicine) -> tuple[str, ...]:
    """Units of insulin, never milligrams of it; both where the strength does not say."""
    strength = strength_of(medicine.strength)
    measure = strength.parts[0].measure if strength else ""
    return {"mg": ("mg", "g", "mcg"), "unit": ("unit",)}.get(measure, ("mg", "g", "mcg", "unit"))


def ways_of(medicine: Medicine) -> tuple[str, ...]:
    """The routes a line of it may name; the first is its own; an injection is asked, but for insulins."""
    ways = WAYS.get(medicine.route, (medicine.route,))
    if "sc" in ways and medicine.atc_code.startswith(UNDER_THE_SKIN):
        return ("sc", *(way for way in ways if way not in {"parenteral", "sc"}))
    return ways


def label(medicine: Medicine) -> str:
    """PARACETAMOL 500 mg Tablet: the name in capitals, as the law asks."""
    where = {"ophthalmic": "eye", "otic": "ear"}.get(medicine.route, "")
    words = (medicine.generic_name.upper(), medicine.strength, medicine.form, where)
    return " ".join(word for word in words if word)


def fits_whole(medicine: Medicine) -> bool:
    """Whether its strength is printed per vial or ampoule, so that whole ones are given out."""
    strength = strength_of(medicine.strength)
    return strength is not None and strength.millilitres is None and strength.parts[0].measure != "%"


def is_mass(unit: str) -> bool:
    return unit in MILLIGRAMS
