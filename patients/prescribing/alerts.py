"""What must be answered before a prescription is signed: pure rules over a hospital's content."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
