"""Whether what a test writes down can be read in the audit."""

from enum import Enum

from audit.queries import label_of
from audit.words import LABELS
from hmis.kernel import facts

OF_THE_ROW = {"about", "actor", "at", "patient_id", "facility_id", "fact_id"}


def only_readable(rows):
    """`facts.rows`, but a detail whose key has no label or whose code no app explains fails the test."""

    def checked(name, **given):
        about = given["about"]._meta.label_lower
        for key, value in given.items():
            if key not in OF_THE_ROW and not name.startswith("tests."):
                assert key in LABELS or label_of(name, key, about) != key, f"{name}: give {key} a label"
                coded = isinstance(value, Enum)
                assert not coded or facts.in_words(name, key, value), f"{name}: explain the codes of {key}"
        return rows(name, **given)

    return checked
