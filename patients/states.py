"""The states of encounters, notes and diagnoses and their arrows; why a card is printed once more; charts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
