"""The books of money, proved after each of some hundred tests."""

import pytest
from django.db import connection

from billing.queries import invariants
from hmis.kernel import verifying
from hmis.kernel.prepared import prepared


def money_faults():
    """What the rules of money find. They are asked by name: to plan them anew took ten times as long."""
    rules = [one for one in verifying.rules() if one.name.startswith("billing.")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(invariants, "rows_of", _found)
        return [str(fault) for one in rules for fault in one.faults()]


def _found(statement):
    with connection.cursor() as cursor:
        cursor.execute(prepared(statement, "money_faults"))
        return cursor.fetchall()
