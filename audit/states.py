"""What a reviewer may find of an opening from outside."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    JUSTIFIED = "justified", _("justified")
    ASKED = "asked", _("explanation asked")
    NOT_JUSTIFIED = "not_justified", _("not justified")
