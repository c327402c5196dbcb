"""A rule says no in the words of its constraint, in the language of whoever reads it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility, User
from hmis.kernel.errors import Refusal, refusing, sentences


def test_a_refusal_fills_its_sentence():
    refusal = Refusal(_("Only %(owed)s is owed on %(invoice)s."), field="amount", owed="5.00", invoice="B1")

    assert (str(refusal), refusal.field) == ("Only 5.00 is owed on B1.", "amount")


def test_a_refusal_without_parameters_may_hold_a_percent_sign():
    assert str(Refusal("100% is let off.")) == "100% is let off."


def rename(user, **changes):
    with transaction.atomic(), refusing(User):
        User.objects.filter(pk=user.pk).update(**changes)


def test_a_broken_constraint_speaks_its_own_words(dev):
    with pytest.raises(Refusal, match="An HPR ID has 14 digits"):
        rename(dev, hpr_id="12")


def test_a_constraint_of_another_model_is_a_bug_and_not_a_refusal(dev):
    with pytest.raises(IntegrityError), transaction.atomic(), refusing(Facility):
        User.objects.filter(pk=dev.pk).update(hpr_id="12")


def test_a_missing_column_is_a_bug_and_not_a_refusal(dev):
    with pytest.raises(IntegrityError):
        rename(dev, name=None)


def test_errors_of_fields_are_one_line():
    assert sentences(ValidationError(["One.", "Two."])) == "One. Two."
    assert sentences(ValidationError([])) == "This is not right."
