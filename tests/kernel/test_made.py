"""Rows in memory are what Django would have made of the same values, whichever way they are made."""

from types import SimpleNamespace
from unittest import mock
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models
from django.db.models.signals import post_init

from hmis.kernel.made import filled
from hmis.kernel.models import AuditEntry, Delivery, Record

RECORDS = [one for one in apps.get_models() if issubclass(one, Record)]


def held(row):
    """All that the row remembers; what is new each time, by its kind."""
    state = row.__dict__["_state"]
    columns = {name: value for name, value in row.__dict__.items() if name != "_state"}
    made_anew = {one.attname for one in row._meta.concrete_fields if callable(one.default)}
    plain = {name: type(value) if name in made_anew else value for name, value in columns.items()}
    expressions = {name: repr(value) for name, value in plain.items() if isinstance(value, models.Expression)}
    return plain | expressions, state.adding, state.db, state.fields_cache


def djangos(model, *values, **given):
    with mock.patch("hmis.kernel.models.filled", return_value=False):
        return model(*values, **given)


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model._meta.label)
def test_a_row_is_as_django_makes_it(model):
    read = [SimpleNamespace(column=one.attname) for one in model._meta.concrete_fields]
    (first, *_), key = model._meta.concrete_fields, uuid4()
    related = {one.attname: key for one in model._meta.concrete_fields if one.remote_field}

    assert filled(model.__new__(model), tuple(read), {})
    assert held(model(*read)) == held(djangos(model, *read))
    assert filled(model.__new__(model), (), related)
    assert held(model(**related)) == held(djangos(model, **related))
    assert held(model()) == held(djangos(model))
    assert model().pk != model().pk or not callable(first.default)


def test_a_relation_is_kept_and_checked_as_by_django():
    fact = AuditEntry(name="kernel.test_done")
    waiting = Delivery(fact=fact, listener="one")

    assert (waiting.fact, waiting.fact_id) == (fact, fact.pk)
    assert held(waiting) == held(djangos(Delivery, fact=fact, listener="one"))
    assert Delivery(fact=None).fact_id is None
    with pytest.raises(ValueError, match="must be a"):
        Delivery(fact=waiting)


def test_what_only_django_knows_is_left_to_it():
    key = uuid4()

    assert Delivery(pk=key).id == key
    assert Delivery.from_db("default", ["id"], [key]).get_deferred_fields() >= {"listener", "tries"}
    with pytest.raises(TypeError, match="unexpected"):
        Delivery(listner="one")
    with pytest.raises(TypeError, match="Abstract"):
        Record()


def test_whoever_listens_to_new_rows_hears_of_them():
    heard = []

    def hear(instance, **_):
        heard.append(instance.listener)

    post_init.connect(hear, sender=Delivery)
    try:
        Delivery(listener="one")
    finally:
        post_init.disconnect(hear, sender=Delivery)
    assert heard == ["one"]
