"""What can be ordered and what it gives: tests, analytes, their ranges and limits. Rows of the state.

Each hospital approves them (docs/adr/0340); until it has, pages and reports say so.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import ChargeItemDefinition
from facilities.models.places import Named
from hmis.kernel.history import tracked
from lab import words
from lab.states import (
    FORM_F,
    MODALITIES,
    DeltaKind,
    Pregnancy,
    RangeSex,
    ResultPopulation,
    Section,
    ValueType,
)
from patients.models import CONTENT, Content, ContentKind


@tracked()
class TestDefinition(Named, Content):
    """A test, a panel or an examination by imaging that can be ordered: the state's list."""

    kind = ContentKind.LAB_TEST
    SAID = (
        "code",
        "name",
        "name_hi",
        "section",
        "loinc_code",
        "specimen",
        "container",
        "volume",
        "is_panel",
        "members",
        "routine_minutes",
        "urgent_minutes",
        "notifiable",
    )
    __test__ = False  # no test of pytest

    code = models.CharField(_("code"), max_length=16)
    section = models.CharField(_("section"), max_length=20, choices=Section)
    # What people say instead of its name, in English, Hindi and Latin letters.
    words = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    loinc_code = models.CharField(_("LOINC code"), max_length=8, blank=True)
    specimen = models.CharField(_("specimen"), max_length=40, blank=True)
    container = models.CharField(_("container"), max_length=80, blank=True)
    volume = models.CharField(_("volume"), max_length=60, blank=True)
    is_panel = models.BooleanField(_("panel"), default=False)
    # The analytes that it gives, by their codes, as a report lists them.
    members = ArrayField(models.CharField(max_length=16), verbose_name=_("results"), default=list, blank=True)
    routine_minutes = models.PositiveIntegerField(_("minutes to the report"), null=True)
    urgent_minutes = models.PositiveIntegerField(_("minutes if urgent"), null=True)
    # The list of notifiable diseases or the rule that it falls under.
    notifiable = models.CharField(_("notifiable"), max_length=120, blank=True)
    # Its line of the tariff, which each hospital prices.
    service = models.ForeignKey(
        ChargeItemDefinition,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("service of the tariff"),
    )
    # Where it stands in the state's list: the commoner tests of a section come first.
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(name="test_key_is_unique", fields=["key"]),
            models.UniqueConstraint(
                name="test_code_is_unique",
                fields=["code"],
                violation_error_message=_("Another test has this code."),
            ),
            models.CheckConstraint(
                name="test_code_is_capitals",
                condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9_]{0,15}$"),
                violation_error_message=_("A test's code has capital letters, digits and _ : GLU_R."),
            ),
            models.CheckConstraint(
                name="test_loinc_code_has_its_shape",
                condition=Q(loinc_code="") | Q(loinc_code__regex=r"^[0-9]{1,6}-[0-9]$"),
                violation_error_message=_("A LOINC code looks like 718-7."),
            ),
            models.CheckConstraint(
                name="test_has_a_source",
                condition=~Q(source=""),
                violation_error_message=_("Say where this comes from."),
            ),
        ]

    @property
    def is_imaging(self) -> bool:
        return self.section == Section.IMAGING

    @property
    def modality(self) -> str:
        """By what an examination is made; "" of a test of the laboratory."""
        fitting = (kind for begins, kind in MODALITIES.items() if self.code.startswith(begins))
        return next(fitting, "") if self.is_imaging else ""

    @property
    def needs_form_f(self) -> bool:
        return self.notifiable == FORM_F


@tracked()
class AnalyteDefinition(Named, Content):
    """One result that a test gives: its unit, decimals, kind of value, and how it is calculated."""

    kind = ContentKind.ANALYTE
    SAID = (
        "code",
        "name",
        "name_hi",
        "loinc_code",
        "unit",
        "decimals",
        "value_type",
        "choices",
        "formula",
        "is_confidential",
    )

    code = models.CharField(_("code"), max_length=16)
    loinc_code = models.CharField(_("LOINC code"), max_length=8, blank=True)
    # UCUM.
    unit = models.CharField(_("unit"), max_length=24, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=0)
    value_type = models.CharField(_("kind of value"), max_length=8, choices=ValueType)
    # Of a choice; the first one is what is usual, where it is a word that says so (lab.ranges).
    choices = ArrayField(models.CharField(max_length=40), verbose_name=_("choices"), default=list, blank=True)
    # How it is calculated, as a person reads it; the arithmetic stands in lab.formulas.
    formula = models.CharField(_("calculated"), max_length=240, blank=True)
    # Its results are for those alone who treat the patient.
    is_confidential = models.BooleanField(_("confidential"), default=False, db_default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(name="analyte_key_is_unique", fields=["key"]),
            models.UniqueConstraint(
                name="analyte_code_is_unique",
                fields=["code"],
                violation_error_message=_("Another result has this code."),
            ),
            models.CheckConstraint(
                name="analyte_chooses_among_choices",
                condition=Q(value_type="choice", choices__len__gt=1)
                | (~Q(value_type="choice") & Q(choices__len=0)),
                violation_error_message=_("A result that is chosen has at least two choices, another none."),
            ),
            models.CheckConstraint(
                name="analyte_has_a_source",
                condition=~Q(source=""),
                violation_error_message=_("Say where this comes from."),
            ),
        ]


class LimitOfAnalyte(Content):
    """What is said of an analyte's numbers."""

    analyte_code = models.CharField(_("result"), max_length=16)
    # For specimens taken from this day, and until that day; without them always.
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_till = models.DateField(_("valid till"), null=True, blank=True)

    class Meta:
        abstract = True


def _ends_after_it_begins(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(valid_from=None) | Q(valid_till=None) | Q(valid_till__gte=F("valid_from")),
        violation_error_message=_("The last day is not before the first."),
    )


@tracked()
class ReferenceRange(LimitOfAnalyte):
    """What is usual for a sex, an age and a pregnancy: from a day included, to a day not included."""

    kind = ContentKind.REFERENCE_RANGE
    SAID = (
        "analyte_code",
        "sex",
        "age_from_days",
        "age_to_days",
        "pregnancy",
        "low",
        "high",
        "text_range",
        "valid_from",
        "valid_till",
    )

    sex = models.CharField(_("sex"), max_length=6, choices=RangeSex)
    age_from_days = models.PositiveIntegerField(_("from day"))
    age_to_days = models.PositiveIntegerField(_("to day, not included"))
    pregnancy = models.CharField(_("pregnancy"), max_length=3, choices=Pregnancy)
    low = models.DecimalField(_("low"), max_digits=12, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(_("high"), max_digits=12, decimal_places=4, null=True, blank=True)
    text_range = models.CharField(_("in words"), max_length=120, blank=True)

    class Meta:
        ordering = ["analyte_code", "age_from_days", "sex", "pregnancy"]
        constraints = [
            models.UniqueConstraint(name="reference_range_key_is_unique", fields=["key"]),
            _ends_after_it_begins("range_is_valid_for_a_time"),
            models.CheckConstraint(
                name="range_ends_after_it_begins",
                condition=Q(age_to_days__gt=F("age_from_days")),
                violation_error_message=_("The range ends after it begins."),
            ),
            models.CheckConstraint(
                name="range_low_is_below_high",
                condition=Q(low=None) | Q(high=None) | Q(high__gte=F("low")),
                violation_error_message=_("Low is not above high."),
            ),
        ]
        indexes = [models.Index(name="range_of_analyte", fields=["analyte_code"])]

    def __str__(self) -> str:
        return f"{self.analyte_code} · {self.whom}"

    @property
    def whom(self) -> str:
        """For whom it is, as a person says it."""
        said = [words.age_span(self.age_from_days, self.age_to_days)]
        said += [str(self.get_sex_display())] if self.sex != RangeSex.ANY else []
        says_pregnancy = self.pregnancy != Pregnancy.ANY and self.sex != RangeSex.MALE
        said += [str(self.get_pregnancy_display())] if says_pregnancy else []
        return " · ".join(said)


@tracked()
class CriticalLimit(LimitOfAnalyte):
    """Below low or above high a result must be answered by somebody; without numbers, what the rule says."""

    kind = ContentKind.CRITICAL_LIMIT
    SAID = (
        "analyte_code",
        "population",
        "low",
        "high",
        "text_rule",
        "valid_from",
        "valid_till",
    )

    population = models.CharField(_("for"), max_length=20, choices=ResultPopulation)
    low = models.DecimalField(_("low"), max_digits=12, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(_("high"), max_digits=12, decimal_places=4, null=True, blank=True)
    # As the source words it. "or less", "or more": the limit itself counts (lab.ranges).
    text_rule = models.CharField(_("in words"), max_length=120, blank=True)

    class Meta:
        ordering = ["analyte_code", "population"]
        constraints = [
            models.UniqueConstraint(name="critical_limit_key_is_unique", fields=["key"]),
            _ends_after_it_begins("critical_limit_is_valid_for_a_time"),
            models.CheckConstraint(
                name="critical_limit_limits_something",
                condition=Q(low__isnull=False) | Q(high__isnull=False) | ~Q(text_rule=""),
                violation_error_message=_("A critical limit says a number, or what is critical."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.analyte_code} · {self.get_population_display()}"


@tracked()
class DeltaLimit(LimitOfAnalyte):
    """How far a result may stand from the patient's last one. `*` is any number; without a limit it waits."""

    kind = ContentKind.DELTA_LIMIT
    SAID = ("analyte_code", "delta_kind", "limit", "window_days", "valid_from", "valid_till")

    delta_kind = models.CharField(pgettext_lazy("limit of change", "by"), max_length=8, choices=DeltaKind)
    limit = models.DecimalField(_("limit"), max_digits=10, decimal_places=3, null=True, blank=True)
    window_days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)

    class Meta:
        ordering = ["analyte_code", "delta_kind"]
        constraints = [
            models.UniqueConstraint(name="delta_limit_key_is_unique", fields=["key"]),
            _ends_after_it_begins("delta_limit_is_valid_for_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.analyte_code} · {self.get_delta_kind_display()}"


LAB_CONTENT: dict[str, type[Content]] = {
    model.kind: model
    for model in (TestDefinition, AnalyteDefinition, ReferenceRange, CriticalLimit, DeltaLimit)
}
# Its approvals, sheets and editions are those of all clinical content.
CONTENT.update(LAB_CONTENT)
