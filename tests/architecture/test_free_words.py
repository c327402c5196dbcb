"""Where people write freely, an Aadhaar number is refused: it is kept nowhere (`domain.md`)."""

import re

from django import forms
from django.urls import get_resolver
from rest_framework import serializers

from hmis.kernel.api import Asked
from patients.identifiers import refuse_aadhaar

FREE = re.compile(r"(^|_)(reason|note|explanation|comment|why|remarks|words|text)$")
SEARCHED = {
    "lab.forms.FindForm",
    "lab.forms.HandingForm",
    "lab.forms.OrderForm",
    "billing.forms.money.FindForm",
}
SEARCHED |= {"billing.forms.counter.CounterForm"}
BY_THE_ACT = {
    "lab.forms.OrderForm.note",
    "lab.forms.HoldForm.note",
    "lab.forms.CommentForm.comment",
    "lab.forms.CancellationForm.note",
    "lab.forms.RepeatForm.reason",
    "lab.api.results.Reopening.reason",
    "billing.forms.schemes.GrantForm.approval_note",
    "billing.forms.schemes.ClaimForm.note",
    "billing.api.tariffs.AskedCover.approval_note",
    "billing.api.tariffs.AskedNote.note",
    "billing.api.tariffs.AskedApproval.note",
    "billing.api.tariffs.AskedSubmission.note",
    "billing.api.tariffs.AskedSettlement.note",
}
OF_NO_PATIENT = {
    "ipd.forms.places.StateForm.why",  # why a bed is out of use
    "reports.forms.registries.EntryForm.remarks",
    "reports.forms.registries.MoveForm.remarks",
}
KNOWN = BY_THE_ACT | OF_NO_PATIENT | {f"{form}.words" for form in SEARCHED}


def below(base):
    for one in base.__subclasses__():
        yield one
        yield from below(one)


def free_boxes():
    get_resolver().url_patterns  # noqa: B018  # all views, and so all forms
    for form in {*below(forms.BaseForm), *below(Asked)}:
        if form.__module__.startswith(("django", "rest_framework", "tests")):
            continue
        fields = getattr(form, "base_fields", None) or getattr(form, "_declared_fields", {})
        for name, field in fields.items():
            if isinstance(field, forms.CharField | serializers.CharField) and FREE.search(name):
                yield f"{form.__module__}.{form.__name__}.{name}", field


def test_no_box_for_words_takes_an_aadhaar_number():
    boxes = dict(free_boxes())
    taking = {name for name, field in boxes.items() if refuse_aadhaar not in field.validators}

    assert len(boxes) > len(KNOWN)
    assert taking == KNOWN
