"""What many tables have: who did something, a few words about it, and rows of which little changes."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models

from hmis.kernel.models import ChangingRecord
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


def only_changes(*changes: str) -> list[pgtrigger.Trigger]:
    """Nothing else of a row changes, and no row goes."""
    return [
        *ChangingRecord.Meta.triggers,
        pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        pgtrigger.Protect(
            name="what_was_given_stays",
            operation=pgtrigger.Update,
            condition=pgtrigger.AnyChange(exclude=[*changes, "rev"]),
        ),
    ]
