"""The encounter's states and the arrows between them; why a card is printed once more."""

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
