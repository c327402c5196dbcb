"""Exemptions: the state's own list, with its days and its history."""

from datetime import date
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation

from billing.models import Scheme
from billing.services import add_scheme, edit_scheme, relief_by
from hmis.kernel.errors import Refusal
from hmis.kernel.history import changes_of, version_of
from hmis.kernel.models import AuditEntry
from opd.forms import VisitForm
from tests.conftest import NOON
from tests.factories.billing import make_scheme
from tests.factories.parallel import all_at_once

DETAILS = {
    "code": "SENIOR",
    "name": "senior citizen",
    "name_hi": "वरिष्ठ नागरिक",
    "percent": Decimal("50"),
    "needs_proof": True,
    "proof": "age card",
    "proof_hi": "उम्र का कार्ड",
    "is_active": True,
}


def edit(scheme, indu, version=None, **details):
    version = version_of(scheme) if version is None else version
    return edit_scheme(scheme=scheme, details=details, version=version, actor=indu, at=NOON)


def test_saving_what_stands_there_already_is_no_fact(indu):
    scheme = add_scheme(details=DETAILS, request_key=uuid4(), actor=indu, at=NOON)
    edit(scheme, indu, name_hi=scheme.name_hi)

    assert not AuditEntry.objects.filter(name="billing.scheme_edited").exists()


def test_sent_twice_it_is_one_scheme(indu):
    key = uuid4()
    made = {add_scheme(details=DETAILS, request_key=key, actor=indu, at=NOON) for _ in range(2)}

    assert len(made) == Scheme.objects.count() == 1
    assert AuditEntry.objects.get().detail == {"code": "SENIOR"}


def test_a_taken_code_is_said_in_words(indu):
    add_scheme(details=DETAILS, request_key=uuid4(), actor=indu, at=NOON)

    with pytest.raises(Refusal, match="Another scheme has this code"):
        add_scheme(details=DETAILS, request_key=uuid4(), actor=indu, at=NOON)


def test_what_was_changed_is_in_the_history_in_words(indu):
    scheme = make_scheme()
    edit(scheme, indu, percent=Decimal("75.00"), is_active=False)

    newest = changes_of(scheme)[0]
    assert newest.by == "Indu"
    assert sorted(newest.fields) == [("in force", "yes", "no"), ("percent let off", "100.00", "75.00")]


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_save_at_once_one_saves(indu):
    scheme = make_scheme()
    acts = [partial(edit, scheme, indu, 1, percent=Decimal(n)) for n in range(10, 20)]

    outcomes = [type(one) for one in all_at_once(acts)]

    assert (outcomes.count(Scheme), outcomes.count(Refusal)) == (1, 9)


@pytest.mark.parametrize(
    ("details", "granted"),
    [
        ({}, True),
        ({"is_active": False}, False),
        ({"valid_from": date(2026, 7, 22)}, True),
        ({"valid_from": date(2026, 7, 23)}, False),
        ({"valid_to": date(2026, 7, 22)}, True),
        ({"valid_to": date(2026, 7, 21)}, False),
    ],
)
def test_a_scheme_is_granted_on_its_days(db, details, granted):
    make_scheme(**details)

    assert Scheme.objects.in_force(NOON.date()).exists() == granted


def test_the_counter_offers_what_is_in_force(db):
    make_scheme()
    make_scheme("OLD", valid_to=date(2020, 1, 1))
    offered = VisitForm(departments=[]).fields["scheme"].queryset

    assert [one.code for one in offered] == ["BPL"]


def test_the_proof_is_asked_for_in_the_readers_language(db):
    scheme = make_scheme(proof_hi="राशन कार्ड")

    with translation.override("hi"), pytest.raises(Refusal, match="राशन कार्ड"):
        relief_by(scheme, "")
    with pytest.raises(Refusal, match="ration card"):
        relief_by(scheme, "")


def test_a_hospital_reads_the_list_and_does_not_change_it(client, rims):
    from facilities.roles import Role
    from tests.factories.facilities import make_person

    scheme = make_scheme()
    client.force_login(make_person("Alok", Role.FACILITY_ADMIN, rims))

    assert "BPL" in client.get(reverse("billing:scheme_list")).text
    assert client.get(reverse("billing:scheme_edit", args=[scheme.pk])).status_code == 403


def test_a_refusal_stands_at_its_field(client, indu):
    client.force_login(indu)
    sent = {"code": "bpl!", "name": "x", "name_hi": "x", "percent": "0", "needs_proof": "on"}
    answer = client.post(reverse("billing:scheme_new"), sent | {"request_key": uuid4()})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"code", "percent", "proof"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"valid_from": "02-07-2026", "valid_to": "01-07-2026"}, {"valid_to"}),
        ({"is_claimed": "on", "percent": "50"}, {"percent"}),
        ({"is_for_all": "on", "is_claimed": "on", "needs_approval": "on"}, {"is_claimed", "needs_approval"}),
        ({"is_for_all": "on", "needs_proof": "on", "proof": "card"}, {"needs_proof"}),
    ],
)
def test_what_does_not_go_together_is_refused_where_it_stands(client, indu, changes, fields):
    client.force_login(indu)
    sent = {"code": "FREE", "name": "x", "name_hi": "x", "percent": "100", "request_key": uuid4()}
    answer = client.post(reverse("billing:scheme_new"), sent | changes)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == fields


def test_saved_on_the_screen(client, indu):
    client.force_login(indu)
    sent = {key: value for key, value in DETAILS.items() if key != "is_active"} | {"is_active": "on"}
    made = client.post(reverse("billing:scheme_new"), sent | {"request_key": uuid4()})
    scheme = Scheme.objects.get()
    path = reverse("billing:scheme_edit", args=[scheme.pk])
    saved = client.post(
        path, sent | {"percent": "60", "rev": "1", "valid_to": "31-03-2027", "request_key": uuid4()}
    )

    assert (made.status_code, saved.status_code) == (303, 303)
    scheme.refresh_from_db()
    assert (scheme.percent, scheme.valid_to) == (Decimal("60.00"), date(2027, 3, 31))
