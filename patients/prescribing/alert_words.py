"""An alert in words: what was found, why, what the source advises, and whether it is approved here."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from patients.prescribing.alerts import Alert, Because, QuietNote, Rule, Weighs
from patients.prescribing.medicines import Medicine


@dataclass(frozen=True, slots=True)
class AlertWords:
    """`says` and `advice` are the source's own English words; all else is in the reader's language."""

    title: str
    what: str
    says: str
    advice: str
    source: str
    approval: str


def alert_words(alert: Alert) -> AlertWords:
    """Everything a screen shows of an alert, but for its ways out."""
    because = alert.because
    return AlertWords(
        title=str(Rule(alert.rule).label),
        what=_SAID[alert.rule](alert, because),
        says=because.says,
        advice="" if because.kind == "dose_limit" else because.advice,
        source=_source(because),
        approval="" if because.approved is not False else _("not yet approved here"),
    )


def _source(because: Because) -> str:
    return ", ".join(part for part in (because.source, because.edition) if part)


def medicine_name(medicine: Medicine) -> str:
    """The generic name in capitals with its strength, as a prescription names it."""
    return f"{medicine.generic_name.upper()} {medicine.strength}".strip()


def number(amount: Decimal | None) -> str:
    """Without the noughts that say nothing: 1500, 0.25."""
    if amount is None:
        return ""
    short = amount.quantize(Decimal("0.001")).normalize()
    return f"{short:f}"


def _allergy(alert: Alert, because: Because) -> str:
    return _("Allergic to %(told)s: %(medicine)s contains %(ingredient)s.") % {
        "told": because.other,
        "medicine": medicine_name(alert.medicine),
        "ingredient": because.ingredient,
    }


def _allergy_class(alert: Alert, because: Because) -> str:
    said = {
        "told": because.other,
        "medicine": medicine_name(alert.medicine),
        "ingredient": because.ingredient,
        "class": because.class_name,
    }
    if because.says or alert.weighs == Weighs.CONTRAINDICATED:
        template = _("Allergic to %(told)s (%(class)s): this speaks against %(ingredient)s in %(medicine)s.")
    else:
        template = _(
            "Allergic to %(told)s: %(ingredient)s in %(medicine)s is of the same class (%(class)s). "
            "How often one goes with the other is not known here."
        )
    return template % said


def _same(alert: Alert, because: Because) -> str:
    said = {
        "medicine": medicine_name(alert.medicine),
        "other": because.other,
        "ingredient": because.ingredient,
    }
    if because.other_is_running:
        return _("%(ingredient)s twice: %(medicine)s, and %(other)s is being taken already.") % said
    return _("%(ingredient)s twice: in %(medicine)s and in %(other)s.") % said


def _interaction(alert: Alert, because: Because) -> str:
    said = {"medicine": medicine_name(alert.medicine), "other": because.other}
    if because.other_is_running:
        return _("%(medicine)s acts on %(other)s, which is being taken already.") % said
    return _("%(medicine)s and %(other)s act on each other.") % said


def _pregnancy(alert: Alert, because: Because) -> str:
    template = _("She is pregnant: %(medicine)s is to be avoided.")
    if alert.weighs == Weighs.ASK:
        template = _("%(medicine)s is to be avoided in pregnancy: nobody wrote whether she is pregnant.")
    return template % {"medicine": medicine_name(alert.medicine)}


def _lactation(alert: Alert, because: Because) -> str:
    template = _("She is breast-feeding: %(medicine)s is to be avoided.")
    return template % {"medicine": medicine_name(alert.medicine)}


def _dose(alert: Alert, because: Because) -> str:
    templates = {
        (Rule.DOSE_SINGLE, False): _(
            "%(medicine)s: %(given)s %(unit)s at a time; at most %(limit)s %(unit)s."
        ),
        (Rule.DOSE_SINGLE, True): _(
            "%(medicine)s: %(given)s %(unit)s at a time for %(weight)s kg; "
            "at most %(limit)s %(unit)s for each kg: %(most)s."
        ),
        (Rule.DOSE_DAILY, False): _("%(medicine)s: %(given)s %(unit)s in a day; at most %(limit)s %(unit)s."),
        (Rule.DOSE_DAILY, True): _(
            "%(medicine)s: %(given)s %(unit)s in a day for %(weight)s kg; "
            "at most %(limit)s %(unit)s for each kg: %(most)s."
        ),
    }
    weight, limit = because.weight, because.limit
    return templates[Rule(alert.rule), weight is not None] % {
        "medicine": medicine_name(alert.medicine),
        "given": number(because.given),
        "limit": number(limit),
        "unit": because.unit,
        "weight": number(weight),
        "most": number(limit * weight if limit is not None and weight is not None else None),
    }


def _weight(alert: Alert, because: Because) -> str:
    return _("A child's dose of %(medicine)s goes by the weight, which is not known.") % {
        "medicine": medicine_name(alert.medicine)
    }


def _too_young(alert: Alert, because: Because) -> str:
    return _("%(medicine)s is not given at this age or weight.") % {"medicine": medicine_name(alert.medicine)}


def _renal(alert: Alert, because: Because) -> str:
    return _("%(medicine)s is not given below an eGFR of %(limit)s; the last one was %(given)s.") % {
        "medicine": medicine_name(alert.medicine),
        "limit": number(because.limit),
        "given": number(because.given),
    }


_SAID: dict[str, Callable[[Alert, Because], str]] = {
    Rule.ALLERGY_INGREDIENT: _allergy,
    Rule.ALLERGY_CLASS: _allergy_class,
    Rule.SAME_INGREDIENT: _same,
    Rule.INTERACTION: _interaction,
    Rule.PREGNANCY: _pregnancy,
    Rule.LACTATION: _lactation,
    Rule.DOSE_SINGLE: _dose,
    Rule.DOSE_DAILY: _dose,
    Rule.WEIGHT_NEEDED: _weight,
    Rule.TOO_YOUNG: _too_young,
    Rule.RENAL: _renal,
}


def quiet_words(note: QuietNote) -> str:
    """What is told beside a line and answered by nobody."""
    if note.flag == "caution":
        said = {
            "pregnancy": _("in pregnancy: with caution (%(source)s)"),
            "lactation": _("while breast-feeding: with caution (%(source)s)"),
        }
        return said[note.about] % {"source": note.source}
    return {
        "dose": _("highest dose: not known here"),
        "pregnancy": _("in pregnancy: not known"),
        "lactation": _("while breast-feeding: not known"),
        "renal": _("limits for weak kidneys: not known here"),
    }[note.about]
