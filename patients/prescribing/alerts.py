"""What must be answered before a prescription is signed: pure rules over a hospital's content.

A rule speaks only where a row does. What no row says is "not known" (`quiet_notes`), never safe.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from patients.prescribing import even
from patients.prescribing.allergens import Allergen, crosses
from patients.prescribing.doses import Dose
from patients.prescribing.medicines import Formulary, HighestDose, KnownInteraction, Medicine, Substance
from patients.prescribing.terms import Term


class Rule(models.TextChoices):
    """The rules, each with the code that it is counted and retired by."""

    ALLERGY_INGREDIENT = "allergy_ingredient", _("allergy to the ingredient")
    ALLERGY_CLASS = "allergy_class", _("allergy across the class")
    SAME_INGREDIENT = "same_ingredient", _("the same ingredient twice")
    INTERACTION = "interaction", _("interaction")
    PREGNANCY = "pregnancy", _("pregnancy")
    LACTATION = "lactation", _("breast-feeding")
    DOSE_SINGLE = "dose_single", _("single dose too high")
    DOSE_DAILY = "dose_daily", _("too much in a day")
    WEIGHT_NEEDED = "weight_needed", _("weight not known")
    TOO_YOUNG = "too_young", _("not at this age or weight")
    RENAL = "renal", _("kidneys")


class Weighs(models.TextChoices):
    """How much an alert weighs, the heaviest first."""

    CONTRAINDICATED = "contraindicated", _("must not be given")
    SERIOUS = "serious", _("serious")
    ASK = "ask", _("must be asked first")
    MONITOR = "monitor", _("to be watched")


class Way(models.TextChoices):
    """The ways out of an alert."""

    REMOVE = "remove", _("take it out")
    OTHERS = "others", _("other medicines of the group")
    WEIGH = "weigh", _("write the weight")
    ASK_PREGNANCY = "ask_pregnancy", _("ask about pregnancy")
    LOWER = "lower", _("lower the dose")
    GIVE_ANYWAY = "give_anyway", _("give it anyway, with a reason")


class Answer(models.TextChoices):
    YES = "yes", _("yes")
    NO = "no", _("no")
    UNKNOWN = "unknown", _("not known")


YEAR = Decimal("365.25")
ADULT_DAYS = int(18 * YEAR)
# Between these ages a pregnancy is asked about.
FERTILE = (int(12 * YEAR), int(51 * YEAR))
# An eGFR older than this says nothing of today; and below this one no medicine's limits may be thought known.
RECENT_DAYS = 180
LOW_EGFR = 60
LOCAL_ROUTES = {"topical", "ophthalmic", "otic", "nasal", "inhalation", "vaginal", "intrauterine"}
MOST_OTHERS = 5
# A limit's route, in the words of the list or of whoever typed.
ROUTES = {
    "IV": {"iv", "parenteral"},
    "slow IV": {"iv", "parenteral"},
    "IV infusion": {"iv", "parenteral"},
    "IM": {"im", "parenteral"},
    "nebulised": {"nebulised"},
    "inhaler with spacer": {"inhaler"},
}


@dataclass(frozen=True, slots=True)
class Line:
    """A medicine as it is to be given, or is given already (`is_running`).

    `route` is finer than the medicine's where it was said (iv, im); `key` tells lines of one medicine apart.
    Steps of one course say from which day on they hold (`from_day`), for how many days.
    """

    medicine: Medicine
    doses: tuple[Dose, ...] = ()
    route: str = ""
    days: int | None = None
    from_day: int = 0
    is_running: bool = False
    key: str = ""

    def dose_of(self, ingredient: str) -> Dose | None:
        return next((one for one in self.doses if one.ingredient == ingredient), None)

    def overlaps(self, other: "Line") -> bool:
        """Whether both are given on any one day; an open end never ends."""
        first, second = sorted((self, other), key=lambda one: one.from_day)
        return first.days is None or first.from_day + first.days > second.from_day


@dataclass(frozen=True)
class Person:
    """What is known of a patient. None is not known; `allergies` None: nobody asked."""

    age_days: int | None = None
    sex: str = "unknown"
    weight: Decimal | None = None
    pregnant: str | None = None
    breast_feeding: str | None = None
    egfr: Decimal | None = None
    egfr_on: date | None = None
    allergies: tuple[Allergen, ...] | None = None

    @property
    def is_child(self) -> bool:
        return self.age_days is not None and self.age_days < ADULT_DAYS

    @property
    def might_be_pregnant(self) -> bool:
        """A woman of an age to be pregnant, or of an age nobody knows, who might be so for all we know."""
        if self.sex == "male" or self.pregnant in {Answer.YES, Answer.NO}:
            return False
        return self.age_days is None or FERTILE[0] <= self.age_days < FERTILE[1]

    def recent_egfr(self, today: date) -> Decimal | None:
        if self.egfr is None or self.egfr_on is None or (today - self.egfr_on).days > RECENT_DAYS:
            return None
        return self.egfr


@dataclass(frozen=True, slots=True)
class Because:
    """The row an alert rests on: whose it is, what it says, its source, and whether it is approved here."""

    # ContentKind of the row, and the row; none where nothing but the two lines speaks.
    kind: str = ""
    row_id: UUID | None = None
    # The other medicine, or the allergy as it was told.
    other: str = ""
    other_is_running: bool = False
    ingredient: str = ""
    class_name: str = ""
    says: str = ""
    advice: str = ""
    given: Decimal | None = None
    limit: Decimal | None = None
    unit: str = ""
    # Of whom the limit is told for each kg.
    weight: Decimal | None = None
    source: str = ""
    edition: str = ""
    approved: bool | None = None


@dataclass(frozen=True, slots=True)
class WayOut:
    way: str
    # Of the same group, without the allergen: never a recommendation, and without a dose.
    medicines: tuple[Medicine, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule found on a line. It is answered, shown and counted by its `key`."""

    rule: str
    weighs: str
    line_key: str
    medicine: Medicine
    because: Because
    ways_out: tuple[WayOut, ...]

    @property
    def key(self) -> str:
        """The same for the same finding, however often it is asked."""
        parts = (self.rule, self.medicine.id, self.because.row_id or "", self.because.other)
        return "|".join(map(str, parts))

    @property
    def must_be_answered(self) -> bool:
        """What is only to be watched is told and counted, and stops nobody."""
        return self.weighs != Weighs.MONITOR


@dataclass(frozen=True, slots=True)
class QuietNote:
    """What is not known of a line, or known to ask for care: told beside it, answered by nobody."""

    about: str  # dose, pregnancy, lactation, renal
    line_key: str
    medicine: Medicine
    flag: str = "unknown"
    source: str = ""


def alerts(
    lines: Sequence[Line], running: Sequence[Line], person: Person, formulary: Formulary, *, today: date
) -> tuple[Alert, ...]:
    """Everything to be answered for the new lines, the heaviest first; without the rules retired here."""
    found: list[Alert] = []
    for line in lines:
        found += allergy_alerts(line, person, formulary)
        found += pregnancy_alerts(line, person)
        found += dose_alerts(line, person, formulary)
        found += renal_alerts(line, person, formulary, today)
    given = [*combinations(lines, 2), *((new, old) for new in lines for old in running)]
    for new, other in given:
        found += same_ingredient(new, other)
        found += interaction_alerts(new, other, formulary)
    weights = list(Weighs.values)
    held = [one for one in found if one.rule not in formulary.retired]
    return tuple(sorted(held, key=lambda one: weights.index(one.weighs)))


def _out(*ways: str, others: tuple[Medicine, ...] = ()) -> tuple[WayOut, ...]:
    """Taking out comes first, giving anyway last, and takes a reason."""
    offered = [WayOut(Way.OTHERS, others)] if others else []
    return (WayOut(Way.REMOVE), *offered, *map(WayOut, ways), WayOut(Way.GIVE_ANYWAY))


# ── Allergy ──


def allergy_alerts(line: Line, person: Person, formulary: Formulary) -> Iterator[Alert]:
    """One alert for each allergy that speaks against the medicine, by its first ingredient that it names."""
    for told in person.allergies or ():
        alert = next(_against(line, told, formulary), None)
        if alert:
            yield alert


def _against(line: Line, told: Allergen, formulary: Formulary) -> Iterator[Alert]:
    substances = [
        formulary.substances[one] for one in line.medicine.ingredients if one in formulary.substances
    ]
    for substance in substances:
        if told.ingredient == substance.name or _same_words(told, substance):
            because = _of_substance(substance, told, substance.class_name, told.reaction)
            others = others_of_group(line.medicine, told, formulary)
            yield Alert(
                Rule.ALLERGY_INGREDIENT, Weighs.CONTRAINDICATED, line.key, line.medicine, because,
                _out(others=others),
            )  # fmt: skip
    for substance in substances:
        cross = crosses(told, substance, formulary.substances)
        if cross:
            heavy = cross.same_class and (cross.note or told.class_name)
            yield Alert(
                Rule.ALLERGY_CLASS,
                Weighs.CONTRAINDICATED if heavy else Weighs.SERIOUS,
                line.key,
                line.medicine,
                _of_substance(substance, told, cross.class_name, cross.note),
                _out(others=others_of_group(line.medicine, told, formulary)),
            )


def _same_words(told: Allergen, substance: Substance) -> bool:
    return not told.is_known and even(told.told) == even(substance.name)


def _of_substance(substance: Substance, told: Allergen, class_name: str, says: str) -> Because:
    return Because(
        kind="ingredient",
        row_id=substance.id,
        other=told.told,
        ingredient=substance.name,
        class_name=class_name,
        says=says,
        source=substance.source,
        edition=substance.edition,
        approved=substance.approved,
    )


def others_of_group(medicine: Medicine, told: Allergen, formulary: Formulary) -> tuple[Medicine, ...]:
    """Listed medicines of the same ATC group (level 4, else 3) and route that the allergy leaves."""
    for letters in (5, 4):
        group = medicine.atc_code[:letters]
        if len(group) < letters:
            continue
        found: dict[str, Medicine] = {}
        for one in formulary.listed:
            fits = (
                one.atc_code.startswith(group) and one.route == medicine.route and one.available is not False
            )
            if fits and not set(one.ingredients) & set(medicine.ingredients):
                found.setdefault(one.generic_name, one)
        free = [one for one in found.values() if next(_speaks_against(one, told, formulary), None) is None]
        if free:
            return tuple(free[:MOST_OTHERS])
    return ()


def _speaks_against(medicine: Medicine, told: Allergen, formulary: Formulary) -> Iterator[str]:
    for name in medicine.ingredients:
        substance = formulary.substances.get(name)
        if name == told.ingredient or (substance and crosses(told, substance, formulary.substances)):
            yield name


# ── The same twice, and interactions ──


def same_ingredient(new: Line, other: Line) -> Iterator[Alert]:
    """Both give the same ingredient on the same days; by a local route that is often meant."""
    shared = [one for one in new.medicine.ingredients if one in other.medicine.ingredients]
    if not shared or not new.overlaps(other):
        return
    is_local = bool({new.medicine.route, other.medicine.route} & LOCAL_ROUTES)
    because = Because(
        other=other.medicine.named, other_is_running=other.is_running, ingredient=", ".join(shared)
    )
    weighs = Weighs.MONITOR if is_local else Weighs.SERIOUS
    yield Alert(Rule.SAME_INGREDIENT, weighs, new.key, new.medicine, because, _out())


def interaction_alerts(new: Line, other: Line, formulary: Formulary) -> Iterator[Alert]:
    """The heaviest row that speaks of these two; each pair of medicines is told once."""
    rows = [
        row
        for row in formulary.interactions_of(new.medicine.ingredients)
        if _speaks_of(row, new, other, formulary) or _speaks_of(row, other, new, formulary)
    ]
    if not rows or not new.overlaps(other):
        return
    weights = list(Weighs.values)
    row = min(rows, key=lambda one: weights.index(one.severity))
    because = Because(
        kind="interaction",
        row_id=row.id,
        other=other.medicine.named,
        other_is_running=other.is_running,
        says=row.effect,
        advice=row.what_to_do,
        source=row.source,
        edition=row.edition,
        approved=row.approved,
    )
    yield Alert(Rule.INTERACTION, row.severity, new.key, new.medicine, because, _out())


def _speaks_of(row: KnownInteraction, one: Line, other: Line, formulary: Formulary) -> bool:
    """Whether `one` is meant by the first side and `other` by the second, by two different ingredients."""
    first, second = _meant(row.a_term, one, formulary), _meant(row.b_term, other, formulary)
    return any(mine != theirs for mine in first for theirs in second)


def _meant(term: Term, line: Line, formulary: Formulary) -> list[str]:
    found = []
    for name in line.medicine.ingredients:
        substance = formulary.substances.get(name)
        if term.names(name, substance.class_name if substance else "", line.medicine.route):
            dose = line.dose_of(name)
            if term.least_daily_mg is None or (
                dose
                and (dose.daily or 0) >= term.least_daily_mg
                and (line.days or 0) >= (term.least_days or 0)
            ):
                found.append(name)
    return found


# ── Pregnancy and breast-feeding ──


def pregnancy_alerts(line: Line, person: Person) -> Iterator[Alert]:
    """What the source says to avoid. Where a pregnancy is not known it is asked first."""
    medicine = line.medicine
    because = Because(
        kind="medication",
        row_id=medicine.id,
        source=medicine.flag_source or medicine.source,
        edition="" if medicine.flag_source else medicine.edition,
        approved=medicine.approved,
    )
    if medicine.pregnancy_flag == "avoid" and person.sex != "male":
        if person.pregnant == Answer.YES:
            yield Alert(Rule.PREGNANCY, Weighs.SERIOUS, line.key, medicine, because, _out())
        elif person.might_be_pregnant:
            ways = _out(Way.ASK_PREGNANCY)
            yield Alert(Rule.PREGNANCY, Weighs.ASK, line.key, medicine, because, ways)
    if medicine.lactation_flag == "avoid" and person.breast_feeding == Answer.YES:
        yield Alert(Rule.LACTATION, Weighs.SERIOUS, line.key, medicine, because, _out())


# ── Doses ──


def highest_doses(line: Line, formulary: Formulary) -> tuple[HighestDose, ...]:
    """The rows that speak of this medicine by this route; those of a combination come before its parts'."""
    has = set(line.medicine.ingredients)
    rows = {
        row
        for name in line.medicine.ingredients
        for row in formulary.doses_of.get(name, ())
        if set(row.members) <= has and _by_route(row, line)
    }
    most = max((len(row.members) for row in rows), default=0)
    return tuple(row for row in formulary.highest_doses if row in rows and len(row.members) == most)


def _by_route(row: HighestDose, line: Line) -> bool:
    given = line.route.casefold() or line.medicine.route
    if given == "inhalation":
        given = "nebulised" if "ebulis" in line.medicine.form else "inhaler"
    return any(given in ROUTES.get(one, {one}) for one in row.route.split("/"))


@dataclass(frozen=True)
class _Limits:
    """The rows that hold for somebody, and those of which it is not known whether they do."""

    hold: tuple[HighestDose, ...]
    unsure: tuple[HighestDose, ...]


def _limits(line: Line, person: Person, formulary: Formulary) -> _Limits:
    hold, unsure = [], []
    for row in highest_doses(line, formulary):
        is_bare = row.band_text == ""
        if (row.population == "child" and not person.is_child) or (
            row.population == "adult" and person.is_child and is_bare
        ):
            continue
        holds = row.band.holds(person.age_days, person.weight)
        # An adult's age is not asked for: "15 years" holds for whoever has no age on file.
        if holds or (holds is None and row.population == "adult" and not person.is_child):
            hold.append(row)
        elif holds is None:
            unsure.append(row)
    return _Limits(tuple(hold), tuple(unsure))


def dose_alerts(line: Line, person: Person, formulary: Formulary) -> Iterator[Alert]:
    """Too much at once or in a day, too young, or a child whose weight the limits ask for."""
    limits = _limits(line, person, formulary)
    yield from _too_young(line, person, formulary)
    at_once = list(_over(line, person, limits, formulary, "single", Rule.DOSE_SINGLE))
    yield from at_once
    # Once a day, what is too much at once is not told a second time.
    if not at_once or any(one.daily != one.single for one in line.doses):
        yield from _over(line, person, limits, formulary, "daily", Rule.DOSE_DAILY)
    by_weight = [row for row in limits.hold if _each_kg(row)] + list(limits.unsure)
    if person.is_child and person.weight is None and by_weight:
        because = _of_limit(by_weight[0])
        ways = _out(Way.WEIGH)
        yield Alert(Rule.WEIGHT_NEEDED, Weighs.ASK, line.key, line.medicine, because, ways)


def _each_kg(row: HighestDose) -> bool:
    return row.per_kg_single is not None or row.per_kg_daily is not None


def _over(
    line: Line, person: Person, limits: _Limits, formulary: Formulary, which: str, rule: str
) -> Iterator[Alert]:
    """Above every row that holds: each is the top of a published range, for one use or another.

    Within one row the most and the most for each kg both hold.
    """
    found: dict[UUID, tuple[Decimal, HighestDose, Dose, bool]] = {}
    for row, limit, dose, for_each_kg in _measures(line, person, limits, formulary, which):
        given = dose.single if which == "single" else dose.daily
        allowed = limit * person.weight if for_each_kg and person.weight else limit
        if given is not None and _comparable(row, dose):
            times = given / (allowed * _in_row(row))
            if row.id not in found or times > found[row.id][0]:
                found[row.id] = times, row, dose, for_each_kg
    least = min(found.values(), key=lambda one: one[0], default=None)
    if least and least[0] > 1:
        _times, row, dose, for_each_kg = least
        because = _of_limit(row, dose, which, weight=person.weight if for_each_kg else None)
        yield Alert(rule, Weighs.SERIOUS, line.key, line.medicine, because, _out(Way.LOWER))


def _measures(
    line: Line, person: Person, limits: _Limits, formulary: Formulary, which: str
) -> Iterator[tuple[HighestDose, Decimal, Dose, bool]]:
    rows = limits.hold
    if person.is_child and not rows and not limits.unsure:
        # Where nothing is known for a child, at least no more than the most an adult gets.
        rows = tuple(row for row in highest_doses(line, formulary) if row.population == "adult")
    for row in rows:
        dose = line.dose_of(row.members[0])
        if dose is None:
            continue
        most, each_kg = getattr(row, f"max_{which}"), getattr(row, f"per_kg_{which}")
        if most is not None:
            yield row, most, dose, False
        if each_kg is not None and person.weight is not None:
            yield row, each_kg, dose, True


def _in_row(row: HighestDose) -> Decimal:
    """What one of the row's units is in the units that doses are reckoned in."""
    return Decimal("0.001") if row.unit.startswith("mcg") else Decimal(1)


def _comparable(row: HighestDose, dose: Dose) -> bool:
    unit = row.unit.split(" ")[0]
    return {"mg": "mg", "mcg": "mg", "units": "IU", "IU": "IU", "mL": "mL"}.get(unit) == dose.unit


def _of_limit(
    row: HighestDose, dose: Dose | None = None, which: str = "single", *, weight: Decimal | None = None
) -> Because:
    given = (dose.single if which == "single" else dose.daily) if dose else None
    limit = getattr(row, f"{'per_kg' if weight else 'max'}_{which}") if dose else None
    return Because(
        kind="dose_limit",
        row_id=row.id,
        ingredient=row.ingredient,
        says=row.note,
        advice=row.band_text,
        given=given / _in_row(row) if given is not None else None,
        limit=limit,
        unit=row.unit,
        weight=weight,
        source=row.source,
        edition=row.edition,
        approved=row.approved,
    )


def _too_young(line: Line, person: Person, formulary: Formulary) -> Iterator[Alert]:
    for row in highest_doses(line, formulary):
        if row.not_under_text and row.not_under.holds(person.age_days, person.weight) is False:
            because = _of_limit(row)
            yield Alert(Rule.TOO_YOUNG, Weighs.CONTRAINDICATED, line.key, line.medicine, because, _out())
            return


# ── Kidneys ──


def renal_alerts(line: Line, person: Person, formulary: Formulary, today: date) -> Iterator[Alert]:
    """Only where a row names an eGFR below which the medicine is not given."""
    egfr = person.recent_egfr(today)
    for row in highest_doses(line, formulary):
        if egfr is not None and row.egfr_below is not None and egfr < row.egfr_below:
            because = Because(
                kind="dose_limit",
                row_id=row.id,
                ingredient=row.ingredient,
                says=row.note,
                given=egfr,
                limit=Decimal(row.egfr_below),
                source=row.source,
                edition=row.edition,
                approved=row.approved,
            )
            yield Alert(Rule.RENAL, Weighs.CONTRAINDICATED, line.key, line.medicine, because, _out())
            return


# ── What is not known ──


def quiet_notes(
    lines: Iterable[Line], person: Person, formulary: Formulary, *, today: date
) -> tuple[QuietNote, ...]:
    """What is told beside a line without asking for an answer: not known, or with caution."""
    return tuple(note for line in lines for note in _notes(line, person, formulary, today))


def _notes(line: Line, person: Person, formulary: Formulary, today: date) -> Iterator[QuietNote]:
    medicine = line.medicine
    if not _is_checked(line, person, formulary):
        yield QuietNote("dose", line.key, medicine)
    asked = (
        ("pregnancy", medicine.pregnancy_flag, person.pregnant == Answer.YES or person.might_be_pregnant),
        ("lactation", medicine.lactation_flag, person.breast_feeding == Answer.YES),
    )
    for about, flag, applies in asked:
        if applies and person.sex != "male" and flag in {"unknown", "caution"}:
            yield QuietNote(about, line.key, medicine, flag, medicine.flag_source)
    egfr = person.recent_egfr(today)
    rows = highest_doses(line, formulary)
    if egfr is not None and egfr < LOW_EGFR and not any(row.egfr_below for row in rows):
        yield QuietNote("renal", line.key, medicine)


def _is_checked(line: Line, person: Person, formulary: Formulary) -> bool:
    """Whether any highest dose was really held against this line."""
    limits = _limits(line, person, formulary)
    held = [
        _comparable(row, dose)
        for which in ("single", "daily")
        for row, _limit, dose, _each in _measures(line, person, limits, formulary, which)
        if (dose.single if which == "single" else dose.daily) is not None
    ]
    return any(held)
