"""Controls: a level and its lot, runs and the rules they break, and what holds a report back."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from lab.models import ControlLevel, QualityControlRun, RunAnswer
from lab.queries import blocked_analytes
from lab.services import answer_control
from tests.factories.lab import (
    authorise,
    enter,
    make_control_level,
    make_pathologist,
    received,
    run_controls,
    verify,
)
from tests.factories.parallel import all_at_once

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def low(rims, farhana):
    return make_control_level(rims, farhana)


@pytest.fixture
def high(rims, farhana):
    return make_control_level(rims, farhana, level=2, lot="L2", mean=Decimal(160))


def answer(control, actor, done="calibrated, run again", key=None):
    return answer_control(
        control=control, done=done, request_key=key or uuid4(), actor=actor, at=timezone.now()
    )


def test_a_control_says_how_far_it_lies_and_breaks_nothing(low, rajesh, rims):
    (control,) = run_controls(rajesh, (low, "143"))

    assert (control.z, control.rules, control.is_rejected) == (Decimal("1.5"), [], False)
    assert blocked_analytes(rims.pk) == {}
    fact = AuditEntry.objects.get(name="lab.controls_entered")
    assert (fact.detail["controls"], fact.detail["rejected"]) == (1, 0)


def test_a_rule_is_broken_over_runs_and_a_warning_holds_nothing_back(low, rajesh, rims):
    (first,) = run_controls(rajesh, (low, "144.2"))
    assert (first.rules, first.is_rejected) == (["1-2s"], False)
    assert not blocked_analytes(rims.pk)
    (second,) = run_controls(rajesh, (low, "144.6"))

    assert (second.rules, second.is_rejected) == (["2-2s"], True)
    held = blocked_analytes(rims.pk)["NA"]
    assert (held.rules, held.controls) == (["2-2s"], [second.pk])


def test_two_levels_of_one_run_stand_beside_each_other(low, high, rajesh):
    controls = run_controls(rajesh, (low, "144.6"), (high, "155.6"))

    assert [one.rules for one in controls] == [["R-4s"], ["R-4s"]]
    assert len({one.run for one in controls}) == 1


def test_another_analyser_is_another_run(low, rims, farhana, rajesh):
    beside = make_control_level(rims, farhana, analyser="second", lot="L3")
    controls = run_controls(rajesh, (low, "144.6"), (beside, "135.4"))

    assert [one.rules for one in controls] == [["1-2s"], ["1-2s"]]
    assert len({one.run for one in controls}) == 2


def test_a_broken_rule_holds_the_report_back_until_it_is_answered(
    encounter, bose, rajesh, farhana, tests, low, django_assert_num_queries, rims
):
    (one,) = received(encounter, bose, rajesh, tests["NA"])
    enter(one, rajesh, NA="139")
    verify(one, rajesh)
    (control,) = run_controls(rajesh, (low, "150"))

    with pytest.raises(Refusal, match="control of Sodium is out"):
        authorise(one, farhana)
    with django_assert_num_queries(1):
        assert set(blocked_analytes(rims.pk)) == {"NA"}
    answer(control, farhana)
    assert authorise(one, farhana)


def test_what_was_done_begins_the_count_anew(low, rajesh, farhana):
    for _ten in range(9):
        run_controls(rajesh, (low, "140.4"))
    (tenth,) = run_controls(rajesh, (low, "140.4"))
    assert tenth.rules == ["10x"]
    (eleventh,) = run_controls(rajesh, (low, "140.4"))
    assert eleventh.rules == ["10x"]
    answer(eleventh, farhana)

    (after,) = run_controls(rajesh, (low, "140.4"))
    assert after.rules == []


def test_another_hospital_is_not_held_back(low, rajesh, sgml):
    run_controls(rajesh, (low, "150"))

    assert not blocked_analytes(sgml.pk)


def test_a_new_lot_ends_the_one_before_and_begins_with_nothing(low, rims, farhana, rajesh):
    run_controls(rajesh, (low, "144.2"))
    new = make_control_level(rims, farhana, lot="L9")

    low.refresh_from_db()
    assert (low.ended_by, ControlLevel.objects.filter(ended_at=None).get()) == (farhana, new)
    assert run_controls(rajesh, (new, "144.6"))[0].rules == ["1-2s"]
    with pytest.raises(Refusal, match="no longer in use"):
        run_controls(rajesh, (low, "140"))


def test_what_is_no_control_is_refused(low, rims, farhana, rajesh):
    with pytest.raises(Refusal, match="at least one"):
        run_controls(rajesh)
    with pytest.raises(Refusal, match="is written twice"):
        run_controls(rajesh, (low, "140"), (low, "141"))
    with pytest.raises(Refusal, match="is no value of Sodium"):
        run_controls(rajesh, (low, "99999999"))
    with pytest.raises(Refusal, match="has expired"):
        run_controls(rajesh, (low, "140"), at=timezone.now() + timedelta(days=400))
    with pytest.raises(Refusal, match="is a number"):
        make_control_level(rims, farhana, "MPS")
    with pytest.raises(Refusal, match="more than nothing"):
        make_control_level(rims, farhana, level=3, sd=Decimal(0))
    assert not QualityControlRun.objects.exists()


def test_an_answer_says_what_was_done_once(low, rajesh, farhana):
    (fine,) = run_controls(rajesh, (low, "140"))
    (out,) = run_controls(rajesh, (low, "150"))

    with pytest.raises(Refusal, match="broke no rule"):
        answer(fine, farhana)
    with pytest.raises(Refusal, match="Say what was done"):
        answer(out, farhana, done="  ")
    key = uuid4()
    assert answer(out, farhana, key=key) == answer(out, farhana, key=key)
    with pytest.raises(Refusal, match="Farhana has answered"):
        answer(out, farhana)


def test_sent_twice_a_run_counts_once(low, rajesh):
    key = uuid4()

    assert run_controls(rajesh, (low, "140"), key=key) == run_controls(rajesh, (low, "140"), key=key)
    assert QualityControlRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_technicians_at_one_level_judge_one_after_the_other(low, rajesh):
    outcomes = all_at_once([partial(run_controls, rajesh, (low, "144.6")) for _each in range(6)])

    assert sorted([rule for (one,) in outcomes for rule in one.rules]).count("1-2s") == 1
    assert sum("2-2s" in one.rules for (one,) in outcomes) == 5


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_one_stands(low, rajesh, rims, farhana):
    (control,) = run_controls(rajesh, (low, "150"))
    others = [farhana, make_pathologist(rims, "Manoj")]

    outcomes = all_at_once([partial(answer, control, who) for who in others * 3])

    assert sum(isinstance(one, RunAnswer) for one in outcomes) == 1
    assert RunAnswer.objects.count() == 1
    assert not blocked_analytes(rims.pk)


@pytest.mark.django_db(transaction=True)
def test_of_many_new_lots_one_is_in_use(rims, farhana):
    all_at_once([partial(make_control_level, rims, farhana, lot=f"N{n}") for n in range(5)])

    assert ControlLevel.objects.filter(ended_at=None).count() == 1


# ── The pages ──


@pytest.fixture
def page(client, rajesh):
    client.force_login(rajesh)
    return reverse("lab:control_list")


def boxes(**given):
    return {"request_key": uuid4(), **given}


def test_the_row_of_boxes_takes_a_run(client, page, low, high):
    shown = client.get(page).text
    assert "2 levels lack their run of today" in shown
    sent = client.post(page, boxes(section="", **{f"v-{low.pk}": "141", f"v-{high.pk}": " "}))

    assert sent.status_code == 303
    assert QualityControlRun.objects.get().value == 141
    assert "1 level lacks its run of today" in client.get(page).text


def test_what_was_typed_stays_and_the_box_says_why(client, page, low, high):
    sent = client.post(page, boxes(**{f"v-{low.pk}": HOSTILE[:14], f"v-{high.pk}": "161"}))

    assert sent.status_code == 422
    assert 'value="161"' in sent.text
    assert "Write a number in digits" in sent.text
    assert "<img" not in sent.text
    assert client.post(page, boxes()).status_code == 422
    assert not QualityControlRun.objects.exists()


def test_a_broken_rule_is_told_plotted_and_answered(client, page, low, rajesh, farhana):
    client.post(page, boxes(**{f"v-{low.pk}": "144.2"}))
    client.post(page, boxes(**{f"v-{low.pk}": "150"}))
    told = client.get(page).text
    assert "Not authorised until a pathologist answers" in told
    detail = reverse("lab:control_detail", args=[low.pk])
    plotted = client.get(detail).text
    assert 'class="reject"' in plotted
    assert 'class="warn"' in plotted
    assert "+3 SD" in plotted
    out = QualityControlRun.objects.get(is_rejected=True)
    answering = reverse("lab:control_answer_new", args=[out.pk])
    assert client.get(answering).status_code == 403

    client.force_login(farhana)
    assert "1-3s" in client.get(answering).text
    assert client.post(answering, {"request_key": uuid4(), "done": ""}).status_code == 422
    done = client.post(answering, {"request_key": uuid4(), "done": HOSTILE})
    assert (done.status_code, done.url) == (303, detail)
    shown = client.get(detail).text
    assert "&lt;img" in shown
    assert "<img" not in shown


def test_a_new_lot_begins_like_the_one_before(client, low, farhana):
    client.force_login(farhana)
    new = reverse("lab:control_level_new")
    shown = client.get(new, {"like": low.pk}).text
    assert 'value="Level control"' in shown
    assert client.get(new, {"like": "x"}).status_code == 200
    today = timezone.localdate()
    details = {
        "request_key": uuid4(),
        "analyte": "NA",
        "section": "biochemistry",
        "material": "Level control",
        "level": "1",
        "lot": "L7",
        "mean": "141",
        "sd": "0",
        "valid_from": today.isoformat(),
        "valid_till": (today + timedelta(days=90)).isoformat(),
    }
    refused = client.post(new, details)
    assert refused.status_code == 422
    assert "more than nothing" in refused.text
    made = client.post(new, details | {"sd": "1.5", "request_key": uuid4()})
    assert made.status_code == 303
    assert ControlLevel.objects.get(ended_at=None).lot == "L7"


def test_a_stranger_finds_no_level(client, low, rajesh, sgml):
    (control,) = run_controls(rajesh, (low, "150"))
    client.force_login(make_pathologist(sgml, "Manoj"))

    for name, key in (("control_detail", low.pk), ("control_answer_new", control.pk)):
        assert client.get(reverse(f"lab:{name}", args=[key])).status_code == 404
    assert "Sodium" not in client.get(reverse("lab:control_list")).text
    sent = client.post(reverse("lab:control_list"), boxes(**{f"v-{low.pk}": "141"}))
    assert sent.status_code == 422
