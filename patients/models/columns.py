"""Columns that many tables have: who did something, and a few words about it."""

from typing import Any

from django.conf import settings
from django.db import models

from patients.identifiers import refuse_aadhaar


def person(label: Any = None, **options: Any) -> Any:
    """The column of a member of staff."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=label,
        **options,
    )


def words(label: Any, length: int) -> Any:
    """A few words, which may be none; an Aadhaar number is refused in them."""
    return models.CharField(label, max_length=length, blank=True, validators=[refuse_aadhaar])
