"""Medicines and what is known of them: the state's rows, and what each hospital lists, has and approves."""

import json
from hashlib import sha256
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord, Record
from patients.prescribing.alerts import Rule


class ContentKind(models.TextChoices):
    """The kinds of rows that a hospital approves."""

    MEDICATION = "medication", _("medicines")
    INGREDIENT = "ingredient", _("ingredients and classes")
    INTERACTION = "interaction", _("interactions")
    DOSE_LIMIT = "dose_limit", _("highest doses")
    MEDICINE_SET = "medicine_set", _("sets of medicines")
    # The laboratory's, whose rows stand in an app above (it adds them to CONTENT).
    LAB_TEST = "lab_test", _("tests and panels")
    ANALYTE = "analyte", _("results of tests")
    REFERENCE_RANGE = "reference_range", _("reference ranges")
    CRITICAL_LIMIT = "critical_limit", _("critical limits")
    DELTA_LIMIT = "delta_limit", _("limits of change")


class Flag(models.TextChoices):
    """What the source says for pregnancy or breast-feeding. Unknown is never safe."""

    OK = "ok", _("not known to harm")
    CAUTION = "caution", _("with caution")
    AVOID = "avoid", _("avoid")
    UNKNOWN = "unknown", _("not known")


class Aware(models.TextChoices):
    """WHO's groups of antibiotics."""

    ACCESS = "access", _("Access")
    WATCH = "watch", _("Watch")
    RESERVE = "reserve", _("Reserve")


class Schedule(models.TextChoices):
    """Schedules of the Drugs Rules; an empty one does not mean over the counter."""

    H = "H", "H"
    H1 = "H1", "H1"
    X = "X", "X"
    G = "G", "G"


class InteractionSeverity(models.TextChoices):
    CONTRAINDICATED = "contraindicated", _("must not be combined")
    SERIOUS = "serious", _("serious")
    MONITOR = "monitor", _("to be watched")


class Population(models.TextChoices):
    ADULT = "adult", _("adults")
    CHILD = "child", _("children")


class ContentQuerySet(models.QuerySet["Content"]):
    def in_force(self) -> "ContentQuerySet":
        """Without what the newest edition no longer has."""
        return self.filter(is_withdrawn=False)


class Content(Record):
    """A row of clinical content: reference data of the whole state, with its source and edition.

    `key` is what the row is about, and never changes; what is said of it (`SAID`) may. A row that leaves the
    list is withdrawn, never deleted: a prescription may point to it.
    """

    sync = "down"
    kind: ClassVar[str] = ""
    # The fields that a hospital approves; its approval falls when one of them changes.
    SAID: ClassVar[tuple[str, ...]] = ()

    key = models.CharField(_("code"), max_length=240, editable=False)
    source = models.CharField(_("source"), max_length=240)
    edition = models.CharField(_("edition"), max_length=100, blank=True)
    is_withdrawn = models.BooleanField(_("no longer in the list"), default=False, db_default=False)
    # Put right in the product: a new edition of the project's files leaves it as it is.
    is_put_right = models.BooleanField(_("put right in the product"), default=False, db_default=False)

    objects = ContentQuerySet.as_manager()

    class Meta:
        abstract = True

    def digest(self) -> str:
        """What the row says, in one short word: an approval holds for exactly this."""
        return digest_of(getattr(self, name) for name in (*self.SAID, "source", "edition"))


def digest_of(values: object) -> str:
    """A short word for these values, alike for what is read from a file and from the database."""
    said = ["|".join(one) if isinstance(one, list) else "" if one is None else str(one) for one in values]  # type: ignore[attr-defined]
    return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:32]


@tracked()
class Ingredient(Content):
    """An ingredient of medicines: its ATC code, class, and what is said of allergy across the class."""

    kind = ContentKind.INGREDIENT
    SAID = ("name", "name_hi", "atc_code", "class_name", "cross_note")

    name = models.CharField(_("ingredient"), max_length=80)
    name_hi = models.CharField(_("name in Hindi"), max_length=80, blank=True)
    atc_code = models.CharField(_("ATC code"), max_length=7, blank=True)
    class_name = models.CharField(_("class"), max_length=120, blank=True)
    cross_note = models.CharField(_("allergy across the class"), max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="ingredient_key_is_unique", fields=["key"])]

    def __str__(self) -> str:
        return self.name


@tracked()
class Medication(Content):
    """A medicine: generic name, strength, form and route, with what its sources say of it."""

    kind = ContentKind.MEDICATION
    SAID = (
        "generic_name",
        "name_hi",
        "strength",
        "form",
        "route",
        "atc_code",
        "ingredients",
        "pregnancy_flag",
        "lactation_flag",
        "flag_source",
        "high_alert",
        "aware_group",
        "schedule",
        "nlem_level",
    )

    generic_name = models.CharField(_("generic name"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120, blank=True)
    strength = models.CharField(_("strength"), max_length=60, blank=True)
    form = models.CharField(_("form"), max_length=80)
    route = models.CharField(_("route"), max_length=24)
    atc_code = models.CharField(_("ATC code"), max_length=7, blank=True)
    # Names of ingredients, each of which is a row.
    ingredients = ArrayField(models.CharField(max_length=80), verbose_name=_("ingredients"))
    pregnancy_flag = models.CharField(_("in pregnancy"), max_length=8, choices=Flag, default=Flag.UNKNOWN)
    lactation_flag = models.CharField(
        _("while breast-feeding"), max_length=8, choices=Flag, default=Flag.UNKNOWN
    )
    flag_source = models.CharField(_("source of both"), max_length=120, blank=True)
    high_alert = models.BooleanField(_("high alert"), default=False)
    aware_group = models.CharField(_("AWaRe group"), max_length=8, choices=Aware, blank=True)
    schedule = models.CharField(_("schedule"), max_length=2, choices=Schedule, blank=True)
    nlem_level = models.CharField(_("level in NLEM 2022"), max_length=8, blank=True)

    class Meta:
        ordering = ["generic_name", "form", "strength"]
        constraints = [
            models.UniqueConstraint(name="medication_key_is_unique", fields=["key"]),
            models.CheckConstraint(
                name="medication_has_an_ingredient",
                condition=Q(ingredients__len__gt=0),
                violation_error_message=_("A medicine has at least one ingredient of the list."),
            ),
            models.CheckConstraint(
                name="known_flag_names_its_source",
                condition=Q(pregnancy_flag="unknown", lactation_flag="unknown") | ~Q(flag_source=""),
                violation_error_message=_("A flag that is known names its source."),
            ),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.generic_name, self.strength, self.form) if part)


@tracked()
class Interaction(Content):
    """Two ingredients, or classes of them, that act on each other: how badly, and what is to be done."""

    kind = ContentKind.INTERACTION
    SAID = ("a", "b", "severity", "effect", "what_to_do")

    a = models.CharField(_("one"), max_length=120)
    b = models.CharField(_("the other"), max_length=120)
    severity = models.CharField(_("how bad"), max_length=16, choices=InteractionSeverity)
    effect = models.CharField(_("effect"), max_length=160)
    what_to_do = models.CharField(_("what to do"), max_length=160)

    class Meta:
        ordering = ["a", "b"]
        constraints = [models.UniqueConstraint(name="interaction_key_is_unique", fields=["key"])]

    def __str__(self) -> str:
        return f"{self.a} + {self.b}"


@tracked()
class DoseLimit(Content):
    """The top of a published range for an ingredient, a route and an age or weight. No licence ceiling."""

    kind = ContentKind.DOSE_LIMIT
    SAID = (
        "ingredient",
        "members",
        "population",
        "route",
        "max_single",
        "max_daily",
        "per_kg_single",
        "per_kg_daily",
        "unit",
        "band",
        "not_under",
        "egfr_below",
        "note",
    )

    ingredient = models.CharField(_("ingredient"), max_length=120)
    # The ingredients that the medicine has; none where no medicine of the list does.
    members = ArrayField(models.CharField(max_length=80), verbose_name=_("ingredients"), blank=True)
    population = models.CharField(_("for"), max_length=8, choices=Population)
    route = models.CharField(_("route"), max_length=40)
    max_single = models.DecimalField(
        _("highest single dose"), max_digits=12, decimal_places=3, null=True, blank=True
    )
    max_daily = models.DecimalField(
        _("most in a day"), max_digits=12, decimal_places=3, null=True, blank=True
    )
    per_kg_single = models.DecimalField(
        _("highest single dose for each kg"), max_digits=12, decimal_places=3, null=True, blank=True
    )
    per_kg_daily = models.DecimalField(
        _("most in a day for each kg"), max_digits=12, decimal_places=3, null=True, blank=True
    )
    unit = models.CharField(_("unit"), max_length=40)
    # As the source words it: "15 years", "5-8 years", "under 20 kg".
    band = models.CharField(_("age or weight"), max_length=60, blank=True)
    not_under = models.CharField(_("not under"), max_length=20, blank=True)
    egfr_below = models.PositiveSmallIntegerField(_("not if the eGFR is below"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["ingredient", "population", "route", "band"]
        constraints = [
            models.UniqueConstraint(name="dose_limit_key_is_unique", fields=["key"]),
            models.CheckConstraint(
                name="dose_limit_limits_something",
                condition=Q(max_single__isnull=False)
                | Q(max_daily__isnull=False)
                | Q(per_kg_single__isnull=False)
                | Q(per_kg_daily__isnull=False),
                violation_error_message=_("A highest dose says at least one amount."),
            ),
        ]

    def __str__(self) -> str:
        return " · ".join(
            str(part)
            for part in (self.ingredient, self.get_population_display(), self.route, self.band)
            if part
        )


@tracked()
class MedicineSetLine(Content):
    """One line of a set of medicines that a guideline gives for a condition, in the guideline's own words."""

    kind = ContentKind.MEDICINE_SET
    SAID = ("set_name", "line_no", "drug", "dose_text", "frequency", "duration", "note")

    set_name = models.CharField(_("set"), max_length=120)
    line_no = models.PositiveSmallIntegerField(_("line"))
    drug = models.CharField(_("medicine"), max_length=120)
    dose_text = models.CharField(_("dose"), max_length=120, blank=True)
    frequency = models.CharField(_("how often"), max_length=80, blank=True)
    duration = models.CharField(_("how long"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["set_name", "line_no"]
        constraints = [models.UniqueConstraint(name="set_line_key_is_unique", fields=["key"])]

    def __str__(self) -> str:
        return f"{self.set_name} {self.line_no}: {self.drug}"


# What a hospital's formulary is read from; and all kinds, to which the laboratory adds its own.
MEDICINES: dict[str, type[Content]] = {
    model.kind: model for model in (Medication, Ingredient, Interaction, DoseLimit, MedicineSetLine)
}
CONTENT: dict[str, type[Content]] = dict(MEDICINES)


class ContentEdition(Record):
    """Which edition of a kind of rows was loaded last. `rev` grows with each change: what is held in a
    process knows by it that it is old."""

    sync = "down"
    kind = models.CharField(max_length=16, choices=ContentKind)
    digest = models.CharField(max_length=64, blank=True)
    loaded_at = models.DateTimeField()
    rev = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="content_kind_has_one_edition", fields=["kind"])]

    def __str__(self) -> str:
        return self.kind


@tracked(only_replaced=True)
class ContentApproval(ChangingRecord):
    """A hospital's word that a row is right as it stands. It falls when the row changes (`digest`)."""

    may_change = ("withdrawn_by", "withdrawn_at")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=16, choices=ContentKind)
    row_id = models.UUIDField()
    digest = models.CharField(max_length=32)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    withdrawn_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="row_is_approved_once_at_a_hospital",
                fields=["facility", "row_id", "digest"],
                condition=Q(withdrawn_at=None),
                violation_error_message=_("This is approved already."),
            ),
            models.CheckConstraint(
                name="approval_is_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.kind


@tracked()
class FormularyItem(ChangingRecord):
    """What a hospital says of a medicine: whether its list has it, and whether the free-drug counter does.

    A medicine without a row is listed as its NLEM level says for this kind of hospital, and nobody knows
    whether the counter has it.
    """

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    medication = models.ForeignKey(
        Medication, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("medicine")
    )
    is_listed = models.BooleanField(_("in the list"))
    # Null: the counter has not said.
    is_available = models.BooleanField(_("at the free-drug counter"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="medicine_stands_once_in_a_list",
                fields=["facility", "medication"],
                violation_error_message=_("Somebody else changed this meanwhile."),
            )
        ]

    def __str__(self) -> str:
        return str(self.medication_id)


@tracked()
class AlertRule(ChangingRecord):
    """A rule that a hospital has retired, or brought back, with the reason. Without a row a rule holds."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(_("rule"), max_length=32, choices=Rule)
    is_retired = models.BooleanField(_("retired"))
    reason = models.CharField(_("why"), max_length=200)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="rule_has_one_row_at_a_hospital",
                fields=["facility", "code"],
                violation_error_message=_("Somebody else changed this meanwhile."),
            ),
            models.CheckConstraint(
                name="rule_is_retired_for_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why."),
            ),
        ]

    def __str__(self) -> str:
        return self.code
