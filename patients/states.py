"""The states of encounters, notes, diagnoses, medicines, outcomes and their arrows; cards; charts."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from facilities.states import WardKind as WardKind


class EncounterStatus(models.TextChoices):
    IN_PROGRESS = "in_progress", _("going on")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


ENCOUNTER_MOVES = {
    EncounterStatus.IN_PROGRESS: {EncounterStatus.FINISHED, EncounterStatus.CANCELLED},
}


class CardReason(models.TextChoices):
    """Why a patient's card is printed once more."""

    LOST = "lost", _("lost")
    DAMAGED = "damaged", _("torn or unreadable")
    CORRECTED = "corrected", _("details put right")


class AgeBand(models.TextChoices):
    """How old somebody looks who cannot say it."""

    INFANT = "infant", _("infant")
    CHILD = "child", _("1–12")
    TEENAGER = "teenager", _("13–17")
    YOUNG = "young", _("18–39")
    MIDDLE = "middle", _("40–59")
    OLD = "old", _("60+")


# Halfway: the age that is reckoned from a look, in years and months.
BAND_AGE = {
    AgeBand.INFANT: {"months": 6},
    AgeBand.CHILD: {"years": 6},
    AgeBand.TEENAGER: {"years": 15},
    AgeBand.YOUNG: {"years": 28},
    AgeBand.MIDDLE: {"years": 50},
    AgeBand.OLD: {"years": 68},
}


class NoteStatus(models.TextChoices):
    DRAFT = "draft", _("a draft")
    AWAITING = "awaiting", _("waiting for a signature")
    SIGNED = "signed", _("signed")
    DISCARDED = "discarded", _("thrown away")


NOTE_MOVES = {
    NoteStatus.DRAFT: {NoteStatus.AWAITING, NoteStatus.SIGNED, NoteStatus.DISCARDED},
    NoteStatus.AWAITING: {NoteStatus.DRAFT, NoteStatus.SIGNED},
}
# Those that are still written on.
OPEN_NOTES = (NoteStatus.DRAFT, NoteStatus.AWAITING)


class ConditionStatus(models.TextChoices):
    """How sure a diagnosis is."""

    PROVISIONAL = "provisional", _("provisional")
    FINAL = "final", _("final")
    REFUTED = "refuted", _("refuted")


CONDITION_MOVES = {
    ConditionStatus.PROVISIONAL: {ConditionStatus.FINAL, ConditionStatus.REFUTED},
    ConditionStatus.FINAL: {ConditionStatus.REFUTED},
}


class Opening(models.TextChoices):
    """By what right somebody reads a whole chart."""

    TREATED = "treated", _("treated here")
    GLASS = "glass", _("opened in an emergency")


class Urgency(models.TextChoices):
    """How soon the next doctor should see a patient; the commonest first."""

    ROUTINE = "routine", _("in its turn")
    URGENT = "urgent", _("urgent")
    EMERGENCY = "emergency", _("emergency, at once")


URGENCY_RANK = {Urgency.EMERGENCY: 0, Urgency.URGENT: 1, Urgency.ROUTINE: 2}


class ReferralStatus(models.TextChoices):
    SENT = "sent", _("sent")
    WITHDRAWN = "withdrawn", _("taken back")


REFERRAL_MOVES = {ReferralStatus.SENT: {ReferralStatus.WITHDRAWN}}


class Transport(models.TextChoices):
    """How somebody goes to the other hospital."""

    AMBULANCE_108 = "ambulance_108", _("108 ambulance")
    OWN_AMBULANCE = "own_ambulance", _("this hospital's ambulance")
    OTHER_AMBULANCE = "other_ambulance", _("another ambulance")
    OWN_WAY = "own_way", _("by their own means")


class Escort(models.TextChoices):
    """Who goes along."""

    RELATIVE = "relative", _("a relative")
    PARAMEDIC = "paramedic", _("the ambulance's paramedic")
    NURSE = "nurse", _("a nurse")
    DOCTOR = "doctor", _("a doctor")
    POLICE = "police", _("the police")
    NOBODY = "nobody", _("nobody")


class AdmissionRequestStatus(models.TextChoices):
    REQUESTED = "requested", _("requested")
    ACCEPTED = "accepted", pgettext_lazy("request", "accepted")
    ADMITTED = "admitted", _("admitted")
    CANCELLED = "cancelled", _("cancelled")


# Whom a ward has laid into a bed is admitted, also where nobody had accepted the request before.
ADMISSION_REQUEST_MOVES = {
    AdmissionRequestStatus.REQUESTED: {
        AdmissionRequestStatus.ACCEPTED,
        AdmissionRequestStatus.ADMITTED,
        AdmissionRequestStatus.CANCELLED,
    },
    AdmissionRequestStatus.ACCEPTED: {AdmissionRequestStatus.ADMITTED, AdmissionRequestStatus.CANCELLED},
}
# Those that a ward still waits for.
OPEN_REQUESTS = (AdmissionRequestStatus.REQUESTED, AdmissionRequestStatus.ACCEPTED)


class CertificateKind(models.TextChoices):
    SICK = "sick", _("sick certificate")
    FITNESS = "fitness", _("fitness certificate")


class CertificateStatus(models.TextChoices):
    ISSUED = "issued", _("issued")
    CANCELLED = "cancelled", _("cancelled")


CERTIFICATE_MOVES = {CertificateStatus.ISSUED: {CertificateStatus.CANCELLED}}


class MedicationStatus(models.TextChoices):
    """Where a prescribed medicine stands (FHIR MedicationRequest.status)."""

    DRAFT = "draft", _("not yet signed")
    ACTIVE = "active", _("prescribed")
    STOPPED = "stopped", _("stopped")
    REMOVED = "removed", _("taken off")


MEDICATION_MOVES = {
    MedicationStatus.DRAFT: {MedicationStatus.ACTIVE, MedicationStatus.REMOVED},
    MedicationStatus.ACTIVE: {MedicationStatus.STOPPED},
}


class IssueAnswer(models.TextChoices):
    """What a doctor answered to an alert."""

    KEPT = "kept", _("given anyway")
    REMOVED = "removed", _("taken off")
    CHANGED = "changed", _("written otherwise")
    SETTLED = "settled", _("no longer so")


class DispenseOutcome(models.TextChoices):
    """What the free-drug counter said of a line."""

    GIVEN = "given", _("given")
    PART = "part", _("given in part")
    NOT_AVAILABLE = "not_available", _("not available")
