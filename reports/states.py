"""The states of what is reviewed: the steps of a roll-out, the modules of a hospital, reports being made."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class StepKind(models.TextChoices):
    """What a hospital needs before it works with the system, in the order in which it is done."""

    DEVICES = "devices", _("PCs, printers and scanners")
    WIFI = "wifi", _("Wi-Fi and network")
    TRAINING = "training", _("staff trained")
    TARIFFS = "tariffs", _("tariff loaded")
    WARDS = "wards", _("wards and beds set up")
    GO_LIVE = "go_live", _("go-live")


class RolloutStatus(models.TextChoices):
    """How far a step of the roll-out has come."""

    PLANNED = "planned", _("planned")
    UNDER_WAY = "under_way", _("under way")
    DONE = "done", _("done")
    NOT_NEEDED = "not_needed", _("not needed here")


ROLLOUT_MOVES = {
    RolloutStatus.PLANNED: {RolloutStatus.UNDER_WAY, RolloutStatus.DONE, RolloutStatus.NOT_NEEDED},
    RolloutStatus.UNDER_WAY: {RolloutStatus.PLANNED, RolloutStatus.DONE, RolloutStatus.NOT_NEEDED},
    # It was said too early.
    RolloutStatus.DONE: {RolloutStatus.UNDER_WAY},
    RolloutStatus.NOT_NEEDED: {RolloutStatus.PLANNED},
}
# Those that may be late.
OPEN_STEPS = (RolloutStatus.PLANNED, RolloutStatus.UNDER_WAY)


class Module(models.TextChoices):
    """A part of the system that a hospital uses, or does not."""

    OPD = "opd", _("OPD and registration")
    ROOM = "room", _("notes and prescriptions")
    LAB = "lab", _("laboratory")
    IPD = "ipd", _("wards")
    BILLING = "billing", _("billing")
    COUNTER = "counter", _("medicine counter")


class RunStatus(models.TextChoices):
    QUEUED = "queued", _("waits its turn")
    RUNNING = "running", _("is being made")
    DONE = "done", pgettext_lazy("report", "ready")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", pgettext_lazy("report", "cancelled")


# A worker that was lost in the middle gives the run back to the queue.
RUN_MOVES = {
    RunStatus.QUEUED: {RunStatus.RUNNING, RunStatus.CANCELLED},
    RunStatus.RUNNING: {RunStatus.DONE, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.QUEUED},
}
OVER = (RunStatus.DONE, RunStatus.FAILED, RunStatus.CANCELLED)


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
