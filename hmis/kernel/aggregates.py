"""Aggregates that Django does not bring along."""

from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, FloatField


class Percentile(Aggregate):
    """The value below which a share of the rows lies (percentile_cont)."""

    template = "percentile_cont(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, share: Decimal, **options: Any) -> None:
        super().__init__(expression, share=share, **options)
