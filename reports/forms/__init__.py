"""The forms of the reviews."""

from reports.forms.rollout import (
    ExpectationForm,
    LinkForm,
    ListForm,
    ReadingsForm,
    StepForm,
)

__all__ = [
    "ExpectationForm",
    "LinkForm",
    "ListForm",
    "ReadingsForm",
    "StepForm",
]
