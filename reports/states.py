"""How a report that is made in the background goes."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
