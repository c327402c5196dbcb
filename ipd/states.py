"""The states of an admission, an opinion, and of what holds a discharge up; how somebody came and went."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AdmissionStatus(models.TextChoices):
    """How far a stay has come. Who is only asked for is an AdmissionRequest (docs/adr/0370)."""

    ADMITTED = "admitted", _("admitted")
    DISCHARGE_INITIATED = "discharging", _("discharge begun")
    DISCHARGED = "discharged", _("discharged")
    CANCELLED = "cancelled", _("cancelled")


ADMISSION_MOVES = {
    AdmissionStatus.ADMITTED: {AdmissionStatus.DISCHARGE_INITIATED, AdmissionStatus.CANCELLED},
    # Back: the doctor keeps the patient after all.
    AdmissionStatus.DISCHARGE_INITIATED: {AdmissionStatus.ADMITTED, AdmissionStatus.DISCHARGED},
}
# Those whom a ward cares for.
OPEN_ADMISSIONS = (AdmissionStatus.ADMITTED, AdmissionStatus.DISCHARGE_INITIATED)


class Source(models.TextChoices):
    """From where the patient came to the ward."""

    OPD = "opd", _("OPD")
    CASUALTY = "casualty", _("casualty")
    DIRECT = "direct", _("directly")
    REFERRED_IN = "referred_in", _("sent by another hospital")
    BORN_HERE = "born_here", _("born here")


class Consent(models.TextChoices):
    """Who agreed to the admission and its treatment."""

    PATIENT = "patient", _("the patient")
    RELATIVE = "relative", _("a relative or guardian")
    # Nobody could be asked and life was in danger: two doctors say so on the case sheet.
    EMERGENCY = "emergency", _("nobody could be asked: emergency")


class DischargeType(models.TextChoices):
    """How a stay ended; the codes and names of discharge_types.csv, deaths told apart by their hour."""

    CURED = "cured", _("recovered or cured")
    IMPROVED = "improved", _("improved")
    UNCHANGED = "unchanged", _("unchanged")
    REFERRED = "referred", _("referred to another hospital")
    LAMA = "lama", _("left against medical advice (LAMA)")
    REQUEST = "request", _("discharge on request (DOR)")
    ABSCONDED = "absconded", _("absconded")
    DIED = "died", _("died")
    DAYCARE = "daycare", _("day care")
    # Nobody's word: what a finished stay says whose death was taken back (docs/adr/0406).
    WITHDRAWN = "withdrawn", _("written down as a death, which was taken back")


class DischargeItem(models.TextChoices):
    """What stands between the doctor's word and the gate."""

    SUMMARY = "summary", _("summary signed")
    DUES = "dues", _("dues settled")
    MEDICINES = "medicines", _("medicines given and explained")
    BED = "bed", _("bed left")


class OpinionStatus(models.TextChoices):
    ASKED = "asked", _("asked")
    ANSWERED = "answered", _("answered")
    WITHDRAWN = "withdrawn", _("taken back")


OPINION_MOVES = {OpinionStatus.ASKED: {OpinionStatus.ANSWERED, OpinionStatus.WITHDRAWN}}


class BedDayRule(models.TextChoices):
    """What one bed-day is."""

    CALENDAR = "calendar", _("each calendar day that is begun")
    HOURS = "hours", _("each 24 hours that are begun, from the admission on")


class Anaesthesia(models.TextChoices):
    NONE = "none", _("none")
    LOCAL = "local", _("local")
    REGIONAL = "regional", _("spinal, epidural, block")
    GENERAL = "general", pgettext_lazy("anaesthesia", "general")
    SEDATION = "sedation", _("sedation")


class Risk(models.TextChoices):
    """What a NEWS2 score means (Royal College of Physicians, NEWS2, 2017, chart 2)."""

    LOW = "low", _("low")
    LOW_MEDIUM = "low_medium", _("low to medium")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")


class Response(models.TextChoices):
    """What was done about a warning score."""

    SEEN = "seen", _("seen by the doctor at the bedside")
    MORE_OFTEN = "more_often", _("measured more often, as ordered")
    MOVED = "moved", _("moved to HDU or ICU, or asked for")
    NO_ESCALATION = "no_escalation", _("a ceiling of treatment is agreed")
    OTHER = "other", _("something else")


class MannerOfDeath(models.TextChoices):
    """As Form 4 asks."""

    NATURAL = "natural", _("natural")
    ACCIDENT = "accident", _("accident")
    SUICIDE = "suicide", _("suicide")
    HOMICIDE = "homicide", _("homicide")
    PENDING = "pending", _("pending investigation")
