"""The reasons to pay less, loaded."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from billing.models import Scheme, TaxRule
from hmis.kernel.ids import uuid_everywhere


@pytest.fixture
def schemes(db):
    call_command("load_schemes", verbosity=0)
    return {one.code: one for one in Scheme.objects.all()}


def test_the_full_price_is_no_scheme_and_every_scheme_lets_everything_off(schemes):
    assert "NONE" not in schemes
    assert {one.percent for one in schemes.values()} == {Decimal(100)}


def test_a_card_is_asked_for_where_the_list_names_one(schemes):
    assert schemes["BPL"].needs_proof
    assert not schemes["PREGNANT"].needs_proof
    assert not schemes["SEXUAL_ACID"].needs_proof


def test_only_the_survivors_scheme_is_confidential(schemes):
    assert [code for code, one in schemes.items() if one.is_confidential] == ["SEXUAL_ACID"]


def test_keys_follow_from_codes(schemes):
    assert schemes["BPL"].pk == uuid_everywhere("billing.scheme", "BPL")


def test_a_proof_is_named_in_both_languages(schemes):
    assert all(bool(one.proof) == bool(one.proof_hi) for one in schemes.values())


def test_loaded_again_what_the_state_has_said_stays(schemes):
    Scheme.objects.filter(code="BPL").update(percent=50, is_active=False, name="poor")

    call_command("load_schemes", verbosity=0)

    bpl = Scheme.objects.get(code="BPL")
    assert (bpl.percent, bpl.is_active, bpl.name) == (50, False, "poor")


def test_it_says_how_many_were_added(db, capsys):
    for command in "load_schemes", "load_services":
        call_command(command)
        call_command(command)
    added = [int(line.split()[0]) for line in capsys.readouterr().out.splitlines()]

    assert added[0] == Scheme.objects.count()
    assert added[1::2] == [0, 0]
    assert added[2] == TaxRule.objects.count()
