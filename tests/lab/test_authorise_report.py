"""Verified by one, authorised by another, frozen; amended in versions that say what changed."""

from collections import Counter
from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from facilities.models import Facility
from hmis.kernel.errors import Refusal
from lab import queries
from lab.models import DiagnosticReport, ServiceRequest
from lab.services import (
    Entry,
    authorise_report,
    comment_on_result,
    enter_results,
    hold_result,
    release_result,
    reopen_report,
    repeat_result,
    verify_results,
)
from lab.states import HoldReason, OrderStatus
from tests.conftest import NOON
from tests.factories.lab import authorise, enter, make_pathologist, received, seal_of, verify
from tests.factories.parallel import all_at_once


@pytest.fixture
def tsh(encounter, bose, rajesh, tests):
    (one,) = received(encounter, bose, rajesh, tests["TSH"])
    enter(one, rajesh, TSH="7.2")
    return one


def reopen(one, actor, reason="typed wrongly", key=None):
    return reopen_report(order=one, reason=reason, request_key=key or uuid4(), actor=actor, at=NOON)


def test_one_verifies_and_another_authorises(tsh, rajesh, farhana):
    verify(tsh, rajesh)
    report = authorise(tsh, farhana)

    tsh.refresh_from_db()
    assert tsh.status == OrderStatus.AUTHORISED
    assert (report.version, report.verified_by, report.authorised_by) == (1, rajesh, farhana)
    (line,) = report.content["lines"]
    assert (line["value"], line["unit"], line["flag"], line["high"]) == ("7.20", "m[IU]/L", "H", "4")
    assert not line["is_approved"]


def test_who_verified_does_not_authorise(tsh, farhana):
    verify(tsh, farhana)

    with pytest.raises(Refusal, match="another pathologist authorises it: nobody else is here"):
        authorise(tsh, farhana)


def test_who_may_authorise_is_named(tsh, farhana, rims, sgml):
    make_pathologist(rims, "Imran")
    make_pathologist(sgml, "Elsewhere")
    verify(tsh, farhana)

    with pytest.raises(Refusal, match="another pathologist authorises it: Imran"):
        authorise(tsh, farhana)


def test_in_a_small_facility_one_person_does_both_with_a_reason(tsh, farhana, rims):
    Facility.objects.filter(pk=rims.pk).update(small_facility=True)
    verify(tsh, farhana)
    with pytest.raises(Refusal, match="why you do both"):
        authorise(tsh, farhana)

    report = authorise(tsh, farhana, alone_note="nobody else on duty")

    assert report.alone_note == "nobody else on duty"


def test_the_database_itself_asks_for_two(tsh, rajesh, farhana):
    verify(tsh, rajesh)
    report = authorise(tsh, farhana)
    report.pk, report.version, report.reason, report.authorised_by = uuid4(), 2, "x", rajesh

    with pytest.raises(IntegrityError, match="report_is_authorised_by_another"), transaction.atomic():
        report.save(force_insert=True)


def test_one_signature_is_imagings_alone(tsh, rajesh, farhana):
    verify(tsh, rajesh)
    report = authorise(tsh, farhana)
    report.pk, report.version, report.reason = uuid4(), 2, "x"
    report.authorised_by, report.is_signed_by_one = rajesh, True

    with pytest.raises(DatabaseError, match="one signature"), transaction.atomic():
        report.save(force_insert=True)


def test_tests_are_the_pathologists(tsh, rajesh, bose):
    verify(tsh, rajesh)
    for person in (rajesh, bose):
        with pytest.raises(Refusal, match="pathologist"):
            authorise(tsh, person)


def test_what_changed_since_it_was_looked_at_is_looked_at_again(tsh, rajesh, farhana):
    with pytest.raises(Refusal, match="changed meanwhile"):
        verify_results(order=tsh, seen="an older look", actor=rajesh, at=NOON)


def test_a_comment_written_after_the_look_is_looked_at_too(tsh, rajesh, farhana):
    seen = seal_of(verify(tsh, rajesh))
    comment_on_result(order=tsh, comment="haemolysed, repeat", base="", actor=rajesh, at=NOON)

    with pytest.raises(Refusal, match="changed meanwhile"):
        authorise_report(order=tsh, seen=seen, request_key=uuid4(), actor=farhana, at=NOON)

    assert authorise(tsh, farhana).content["comment"] == "haemolysed, repeat"


def test_nobody_overwrites_anothers_comment_silently(tsh, rajesh, farhana):
    def say(text, actor, base=""):
        return comment_on_result(order=tsh, comment=text, base=base, actor=actor, at=NOON)

    say("second specimen\nagrees", rajesh)
    say("second specimen\nagrees", rajesh)  # sent twice
    with pytest.raises(Refusal, match=r"second specimen\s+agrees"):
        say("haemolysed", farhana)

    # A box of a page sends its ends of lines otherwise.
    assert say("both agree", farhana, base="second specimen\r\nagrees").comment == "both agree"


def test_missing_values_are_asked(encounter, bose, rajesh, tests):
    (lft,) = received(encounter, bose, rajesh, tests["LFT"])
    with pytest.raises(Refusal, match="no result yet"):
        verify(lft, rajesh)
    enter(lft, rajesh, TBIL="1.0")
    with pytest.raises(Refusal, match=r"Without a result: .*AST"):
        verify(lft, rajesh)

    assert verify(lft, rajesh, is_partial=True).status == OrderStatus.VERIFIED


def test_what_is_held_waits(tsh, rajesh, farhana):
    verify(tsh, rajesh)
    with pytest.raises(Refusal, match="in words"):
        hold_result(order=tsh, reason=HoldReason.OTHER, actor=farhana, at=NOON)
    hold_result(order=tsh, reason=HoldReason.CLINICAL, actor=farhana, at=NOON)
    with pytest.raises(Refusal, match="held"):
        authorise(tsh, farhana)
    release_result(order=tsh, actor=farhana, at=NOON)

    assert authorise(tsh, farhana)


def test_an_analyte_whose_control_is_out_is_not_authorised(tsh, rajesh, farhana, monkeypatch):
    verify(tsh, rajesh)
    monkeypatch.setattr(queries, "blocked_analytes", lambda facility_id: {"TSH"})

    with pytest.raises(Refusal, match="control of TSH is out"):
        authorise(tsh, farhana)


def test_sent_back_it_is_measured_once_more(tsh, rajesh, farhana):
    verify(tsh, rajesh)
    with pytest.raises(Refusal, match="Say why"):
        repeat_result(order=tsh, reason=" ", request_key=uuid4(), actor=farhana, at=NOON)
    repeat_result(order=tsh, reason="too high", request_key=uuid4(), actor=farhana, at=NOON)

    tsh.refresh_from_db()
    assert (tsh.status, tsh.verified_by) == (OrderStatus.RESULTED, None)
    enter(tsh, rajesh, TSH="3.1")
    verify(tsh, rajesh)
    report = authorise(tsh, farhana)
    assert (report.version, report.reason) == (1, "")


def test_an_amended_report_is_a_new_version_that_says_what_changed(tsh, rajesh, farhana):
    verify(tsh, rajesh)
    first = authorise(tsh, farhana)
    with pytest.raises(Refusal, match="Say why"):
        reopen(tsh, farhana, "")
    reopen(tsh, farhana)
    enter(tsh, rajesh, TSH="2.7")
    comment_on_result(order=tsh, comment="second specimen agrees", base="", actor=rajesh, at=NOON)
    verify(tsh, rajesh)

    second = authorise(tsh, farhana)

    assert (second.version, second.reason) == (2, "typed wrongly")
    assert [(one["what"], one["before"], one["after"]) for one in second.changes] == [
        ("value", "7.20", "2.70"),
        ("comment", "", "second specimen agrees"),
    ]
    first.refresh_from_db()
    assert first.content["lines"][0]["value"] == "7.20"


def test_a_report_is_never_rewritten(tsh, rajesh, farhana):
    verify(tsh, rajesh)
    authorise(tsh, farhana)

    for act in (
        lambda: DiagnosticReport.objects.update(content={}),
        lambda: DiagnosticReport.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(Exception, match=r"append_only|permission denied|Cannot"), transaction.atomic():
            act()


@pytest.mark.django_db(transaction=True)
def test_ten_who_authorise_at_once_make_one_report(tsh, rajesh, rims):
    verify(tsh, rajesh)
    people = [make_pathologist(rims, f"P{n}") for n in range(10)]

    outcomes = all_at_once([partial(authorise, tsh, one) for one in people])

    assert Counter(map(type, outcomes)) == {DiagnosticReport: 1, Refusal: 9}
    assert DiagnosticReport.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_click_ten_times_is_one_report(tsh, rajesh, farhana):
    verify(tsh, rajesh)
    key = uuid4()

    outcomes = all_at_once([partial(authorise, tsh, farhana, key=key)] * 10)

    assert len({one.pk for one in outcomes}) == 1


@pytest.mark.django_db(transaction=True)
def test_a_value_and_a_verification_that_meet_agree(tsh, rajesh, farhana, rims):
    """Whoever is first wins; never is something verified that nobody has seen."""
    outcomes = all_at_once(
        [
            partial(verify, tsh, rajesh),
            partial(enter_results, entries=[Entry(tsh.pk, "TSH", "1.0", rev=0)], actor=farhana, at=NOON),
        ]
    )

    tsh = ServiceRequest.objects.get(pk=tsh.pk)
    (line,) = queries.lines_of(tsh)
    is_verified = tsh.status == OrderStatus.VERIFIED
    assert (line.value == "7.20") == is_verified
    assert sum(isinstance(one, Refusal) or bool(getattr(one, "refused", None)) for one in outcomes) == 1
