"""What was measured or seen of a patient: the vital signs, each once, never edited."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.identifiers import refuse_aadhaar
from patients.models.encounter import Encounter
from patients.models.person import Patient
from patients.ranges import MEASURES, Measure


class Vital(models.TextChoices):
    """What is measured; stored by its LOINC code."""

    BLOOD_PRESSURE = "85354-9", _("BP")
    PULSE = "8867-4", _("pulse")
    RESPIRATORY_RATE = "9279-1", _("breaths")
    SPO2 = "59408-5", _("SpO₂")
    OXYGEN = "3151-8", _("oxygen")
    CONSCIOUSNESS = "67775-7", _("consciousness")
    TEMPERATURE = "8310-5", _("temperature")
    GLUCOSE = "41653-7", _("sugar")
    WEIGHT = "29463-7", _("weight")
    HEIGHT = "8302-2", _("height")
    ARM = "56072-2", _("arm (MUAC)")
    PAIN = "72514-3", _("pain")
    LAST_PERIOD = "8665-2", _("last period")
    PREGNANT = "82810-3", _("pregnant")
    BREAST_FEEDING = "63895-7", _("breast-feeding")


class Finding(models.TextChoices):
    """What is seen or said where nothing is measured."""

    AIR = "air", _("air")
    OXYGEN = "oxygen", _("oxygen")
    ALERT = "alert", _("alert")
    CONFUSED = "confused", _("newly confused")
    VOICE = "voice", _("answers to voice")
    PAIN = "pain", _("answers to pain")
    UNRESPONSIVE = "unresponsive", _("does not respond")
    YES = "yes", _("yes")
    NO = "no", _("no")
    UNKNOWN = "unknown", _("not known")


UNITS = {
    "mm[Hg]": "mmHg",
    "/min": _("/min"),
    "Cel": "°C",
    "{score}": "/10",
}
OF_WRONG = ["wrong_because", "wrong_by", "wrong_at"]


def _bounded(name: str, measure: Measure) -> Q:
    """The column is filled, with something that can be."""
    found = Q((f"{name}__isnull", False))
    if measure.low is not None:
        found &= Q((f"{name}__gte", measure.low))
    if measure.high is not None:
        found &= Q((f"{name}__lte", measure.high))
    return found


def _possible(vital: Vital) -> Q:
    """What a row of this vital says: one number, two, a finding or a day; in its own unit."""
    measure = MEASURES[vital.name.lower()]
    number, pair = Q(value=None), Q(diastolic=None)
    finding, day = Q(finding=""), Q(on_date=None)
    if vital == Vital.BLOOD_PRESSURE:
        number, pair = _bounded("value", MEASURES["systolic"]), _bounded("diastolic", MEASURES["diastolic"])
    elif vital == Vital.OXYGEN:
        # On air nothing flows; the flow of a mask is not always known.
        finding = Q(finding="air", value=None) | Q(finding="oxygen")
        number |= _bounded("value", measure)
    elif vital == Vital.LAST_PERIOD:
        day = Q(on_date__isnull=False)
    elif measure.choices:
        finding = Q(finding__in=measure.choices)
    else:
        number = _bounded("value", measure)
    return Q(code=vital.value, unit=measure.unit) & number & pair & finding & day


def _any_possible() -> Q:
    found = Q()
    for vital in Vital:
        found |= _possible(vital)
    return found


@tracked(only_replaced=True)
class Observation(ChangingRecord):
    """One vital sign of a patient. A wrong one is marked so, with a reason, and never edited."""

    opens_with_chart = True
    may_change = tuple(OF_WRONG)

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="observations", db_index=False
    )
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="observations", db_index=False
    )
    # One act's vitals bear one number: whoever sends the act again gets these.
    taken_together = models.UUIDField(editable=False)
    code = models.CharField(_("what"), max_length=10, choices=Vital)
    unit = models.CharField(_("unit"), max_length=8, blank=True)
    value = models.DecimalField(_("value"), max_digits=6, decimal_places=2, null=True, blank=True)
    diastolic = models.DecimalField(_("lower BP"), max_digits=6, decimal_places=2, null=True, blank=True)
    finding = models.CharField(_("finding"), max_length=12, choices=Finding, blank=True)
    on_date = models.DateField(_("day"), null=True, blank=True)
    # Asked "Sure?", the nurse said yes.
    is_confirmed = models.BooleanField(default=False)
    taken_at = models.DateTimeField(_("taken"))
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    wrong_because = models.CharField(
        _("why it is wrong"), max_length=200, blank=True, validators=[refuse_aadhaar]
    )
    wrong_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    wrong_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="only_marked_wrong",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=[*OF_WRONG, "rev"]),
            ),
            pgtrigger.Protect(
                name="marked_wrong_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__wrong_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="observation_is_possible",
                # What was written before there were bounds stays until somebody marks it wrong.
                condition=Q(wrong_at__isnull=False) | _any_possible(),
                violation_error_message=_("This value cannot be. Measure again, or look at the unit."),
            ),
            models.CheckConstraint(
                name="systolic_is_above_diastolic",
                condition=Q(diastolic=None) | Q(value__isnull=False, value__gt=F("diastolic")),
                violation_error_message=_("The upper BP must be more than the lower."),
            ),
            models.CheckConstraint(
                name="observation_is_not_of_tomorrow",
                condition=Q(taken_at__lte=F("recorded_at")),
                violation_error_message=_("This time lies ahead. When was it measured?"),
            ),
            models.CheckConstraint(
                name="observation_is_wrong_for_a_reason",
                condition=Q(wrong_at=None, wrong_by=None, wrong_because="")
                | Q(wrong_at__isnull=False, wrong_by__isnull=False) & ~Q(wrong_because=""),
                violation_error_message=_("Say why it is wrong."),
            ),
            models.UniqueConstraint(name="each_vital_once_in_a_set", fields=["taken_together", "code"]),
        ]
        indexes = [
            models.Index(name="observation_of_patient", fields=["patient", "code", "-taken_at"]),
            models.Index(name="observation_of_encounter", fields=["encounter", "taken_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {self.shown}"

    @property
    def vital(self) -> str:
        """Its name in files, forms and the API."""
        return Vital(self.code).name.lower()

    @property
    def shown(self) -> str:
        """The value as the ward writes it: 120/80, 37.4, alert, oxygen 4."""
        decimals = MEASURES[self.vital].decimals
        numbers = [number_shown(one, decimals) for one in (self.value, self.diastolic) if one is not None]
        words = [self.get_finding_display()] if self.finding else []
        days = [f"{self.on_date:%d-%m-%Y}"] if self.on_date else []
        return " ".join([*words, *days, *(["/".join(numbers)] if numbers else [])])

    @property
    def unit_shown(self) -> str:
        """The unit as the ward writes it."""
        return str(UNITS.get(self.unit, self.unit)) if self.value is not None else ""


def number_shown(value: Decimal, decimals: int) -> str:
    """With as many decimals as this vital has, and no nought that says nothing: 37.4, 62, 3.25."""
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
