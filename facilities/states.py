"""Wards and beds: their kinds, and the states of a bed that nobody lies in."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WardKind(models.TextChoices):
    """What a ward is for; a request to admit wishes one of them."""

    GENERAL = "general", _("general ward")
    EMERGENCY = "emergency", _("emergency ward")
    ICU = "icu", _("intensive care (ICU)")
    HDU = "hdu", _("high dependency (HDU)")
    LABOUR = "labour", _("labour room")
    MATERNITY = "maternity", _("maternity ward")
    CHILDREN = "children", _("children's ward")
    PICU = "picu", _("children's intensive care (PICU)")
    NEWBORN = "newborn", _("newborn care (SNCU)")
    NICU = "nicu", _("newborn intensive care (NICU)")
    ISOLATION = "isolation", _("isolation")
    BURNS = "burns", _("burns ward")
    POSTOPERATIVE = "postop", _("post-operative ward")
    SEMI_PRIVATE = "semi_private", _("semi-private ward")
    PRIVATE = "private", _("private ward")
    DAYCARE = "daycare", _("day care")


class WardTakes(models.TextChoices):
    """Whom a ward takes. It warns and refuses nobody: an emergency lies where there is room."""

    ANYBODY = "anybody", _("anybody")
    WOMEN = "women", _("women")
    MEN = "men", _("men")


class BedStatus(models.TextChoices):
    """How a bed stands that nobody lies in: a BedStay says who does, a BedReservation for whom it is kept."""

    VACANT = "vacant", _("vacant")
    CLEANING = "cleaning", _("being cleaned")
    OUT_OF_SERVICE = "out_of_service", _("out of service")


BED_MOVES = {
    BedStatus.VACANT: {BedStatus.CLEANING, BedStatus.OUT_OF_SERVICE},
    BedStatus.CLEANING: {BedStatus.VACANT, BedStatus.OUT_OF_SERVICE},
    BedStatus.OUT_OF_SERVICE: {BedStatus.VACANT, BedStatus.CLEANING},
}
