"""Where the work of the reviews stands, and which steps there are."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RegistryStatus(models.TextChoices):
    """How far a facility's entry in the Health Facility Registry (HFR) has come."""

    NOT_STARTED = "not_started", _("not started")
    APPLIED = "applied", _("applied for")
    RETURNED = "returned", _("sent back")
    VERIFIED = "verified", pgettext_lazy("registry", "verified")
    # Closed, or on the list twice: it counts nowhere, and its line stays.
    STRUCK = "struck", _("struck off")


REGISTRY_MOVES = {
    RegistryStatus.NOT_STARTED: {RegistryStatus.APPLIED, RegistryStatus.STRUCK},
    RegistryStatus.APPLIED: {RegistryStatus.VERIFIED, RegistryStatus.RETURNED, RegistryStatus.STRUCK},
    RegistryStatus.RETURNED: {RegistryStatus.APPLIED, RegistryStatus.STRUCK},
    RegistryStatus.VERIFIED: {RegistryStatus.RETURNED, RegistryStatus.STRUCK},
    RegistryStatus.STRUCK: {RegistryStatus.NOT_STARTED},
}


class RegistryKind(models.TextChoices):
    """What a facility is, as the HFR tells them apart: ours, other offices', private ones."""

    MEDICAL_COLLEGE = "medical_college", _("medical college")
    SADAR_HOSPITAL = "sadar_hospital", _("sadar hospital")
    SUB_DIVISIONAL_HOSPITAL = "sub_divisional_hospital", _("sub-divisional hospital")
    CHC = "chc", _("community health centre")
    PHC = "phc", _("primary health centre")
    SUB_CENTRE = "sub_centre", _("health sub-centre (Ayushman Arogya Mandir)")
    HOSPITAL = "hospital", _("hospital")
    NURSING_HOME = "nursing_home", _("nursing home")
    CLINIC = "clinic", _("clinic or dispensary")
    DENTAL = "dental", _("dental clinic")
    AYUSH = "ayush", _("AYUSH hospital or clinic")
    LABORATORY = "laboratory", _("diagnostic laboratory")
    IMAGING = "imaging", _("imaging centre")
    BLOOD_BANK = "blood_bank", _("blood bank")
    PHARMACY = "pharmacy", _("pharmacy")


# These the state alone runs: whoever names one of them need not say whose it is.
OF_THE_STATE = (
    RegistryKind.SADAR_HOSPITAL,
    RegistryKind.SUB_DIVISIONAL_HOSPITAL,
    RegistryKind.CHC,
    RegistryKind.PHC,
    RegistryKind.SUB_CENTRE,
)


class Ownership(models.TextChoices):
    """Whose a facility is."""

    GOVERNMENT = "government", _("government")
    PRIVATE = "private", _("private")
