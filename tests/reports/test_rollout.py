"""The roll-out: steps, expectations, who needs a call; the pages and the API."""

from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from facilities.models import FacilityKind
from facilities.roles import Role
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from reports import queries, services
from reports.models import ModuleExpectation, RolloutSetting, RolloutStep
from reports.queries import Why
from reports.states import Module, RolloutStatus, StepKind
from tests.conftest import NOON
from tests.factories.facilities import make_facility, make_person
from tests.factories.ipd import make_ward
from tests.factories.parallel import all_at_once
from tests.factories.rollout import (
    make_expectation,
    make_hour,
    make_setting,
    make_step,
    make_use,
    plan,
)
from tests.factories.tariffs import make_definition, make_price

TODAY = date(2026, 7, 22)
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def lata(rims):
    return make_person("Lata", Role.FACILITY_ADMIN, rims)


def line_of(facility, at=NOON):
    (line,) = queries.lines_for([facility], at)
    return line


def whys(facility, at=NOON):
    return [one.why for one in line_of(facility, at).calls]


def step_of(facility, kind):
    return next(one for one in line_of(facility).steps if one.kind == kind)


# ── Steps ──


def test_a_step_is_planned_and_done(rims, lata):
    planned = plan(rims, lata, NOON, due_on=date(2026, 8, 1), responsible="Dr. Oraon")
    done = plan(rims, lata, NOON, to=RolloutStatus.DONE, rev=planned.rev, responsible="Dr. Oraon")

    assert (planned.status, done.status, done.done_on) == ("planned", "done", TODAY)
    facts = AuditEntry.objects.filter(name="reports.rollout_step_set").order_by("pk")
    assert [one.detail["status"] for one in facts] == ["planned", "done"]
    assert {one.facility_id for one in facts} == {rims.pk}
    assert "Oraon" not in str([one.detail for one in facts])


def test_what_was_done_too_early_is_under_way_again_and_loses_its_day(rims, lata):
    done = plan(rims, lata, NOON, to=RolloutStatus.DONE, done_on=date(2026, 7, 1))
    again = plan(rims, lata, NOON, to=RolloutStatus.UNDER_WAY, rev=done.rev, done_on=date(2026, 7, 1))

    assert (again.status, again.done_on) == ("under_way", None)


def test_a_step_goes_where_its_table_has_an_arrow(rims, lata):
    held = plan(rims, lata, NOON, to=RolloutStatus.NOT_NEEDED)

    with pytest.raises(Refusal, match="cannot become done"):
        plan(rims, lata, NOON, to=RolloutStatus.DONE, rev=held.rev)
    assert RolloutStep.objects.get().status == "not_needed"


def test_a_day_that_lies_ahead_is_refused(rims, lata):
    with pytest.raises(Refusal, match="lies ahead") as refused:
        plan(rims, lata, NOON, to=RolloutStatus.DONE, done_on=date(2026, 7, 23))
    assert refused.value.field == "done_on"
    assert not RolloutStep.objects.exists()


def test_a_date_without_an_officer_is_refused(rims, lata):
    with pytest.raises(Refusal, match="Name the officer"):
        plan(rims, lata, NOON, due_on=date(2026, 8, 1))
    held = plan(rims, lata, NOON)
    with pytest.raises(Refusal, match="Name the officer"):
        plan(rims, lata, NOON, due_on=date(2026, 8, 1), rev=held.rev)


def test_somebody_elses_word_is_not_overwritten_unseen(rims, lata):
    plan(rims, lata, NOON, remarks="first")

    with pytest.raises(Refusal, match="Somebody else changed this"):
        plan(rims, lata, NOON, remarks="second", rev=7)
    with pytest.raises(Refusal, match="Somebody else changed this"):
        plan(rims, lata, NOON, remarks="second")
    assert RolloutStep.objects.get().remarks == "first"


def test_sent_twice_it_counts_once(rims, lata):
    key = uuid4()
    first, second = (plan(rims, lata, NOON, remarks="once", request_key=key) for _ in range(2))

    assert first == second
    assert AuditEntry.objects.filter(name="reports.rollout_step_set").count() == 1


def test_nothing_said_anew_is_no_fact(rims, lata):
    held = plan(rims, lata, NOON, remarks="so")
    plan(rims, lata, NOON, remarks="so", rev=held.rev)

    assert AuditEntry.objects.filter(name="reports.rollout_step_set").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_plan_one_step_at_once_plan_it_once(rims, lata):
    outcomes = all_at_once([lambda: plan(rims, lata, NOON, remarks="x")] * 4)

    assert RolloutStep.objects.count() == 1
    assert sum(isinstance(one, Refusal) for one in outcomes) == 3


# ── What is expected ──


def expect(facility, actor, rev=services.NOT_THERE, request_key=None, **a_week):
    details = {"opens_at": 8, "closes_at": 14, "open_days": [0, 1, 2]}
    return services.set_expectations(
        facility=facility,
        details=details,
        a_week=a_week,
        rev=rev,
        request_key=request_key or uuid4(),
        actor=actor,
        at=NOON,
    )


def test_open_hours_and_expectations_are_said(rims, lata):
    held = expect(rims, lata, opd=500, lab=None, ipd=0)

    assert (held.opens_at, held.closes_at, held.open_days) == (8, 14, [0, 1, 2])
    assert queries.expectations_of(rims) == {"opd": 500, "ipd": 0}
    (fact,) = AuditEntry.objects.filter(name="reports.rollout_expectation_set")
    assert set(fact.detail["fields"]) == {"opens_at", "closes_at", "open_days", "opd", "ipd"}

    held = expect(rims, lata, rev=held.rev, opd=None, ipd=0)
    assert queries.expectations_of(rims) == {"opd": None, "ipd": 0}
    with pytest.raises(Refusal, match="Somebody else"):
        expect(rims, lata, rev=77, opd=1)


def test_expectations_sent_twice_count_once(rims, lata):
    key = uuid4()
    assert expect(rims, lata, request_key=key, opd=5) == expect(rims, lata, request_key=key, opd=5)
    assert (RolloutSetting.objects.count(), ModuleExpectation.objects.count()) == (1, 1)


def test_a_hospital_that_closes_before_it_opens_is_refused(rims, lata):
    with pytest.raises(Refusal, match="closes after it opens"):
        services.set_expectations(
            facility=rims,
            details={"opens_at": 14, "closes_at": 9, "open_days": [0]},
            a_week={},
            request_key=uuid4(),
            actor=lata,
            at=NOON,
        )


# ── Who needs a call ──


def test_a_hospital_that_has_not_begun_is_not_called(rims):
    line = line_of(rims)

    assert [one.why for one in line.calls] == [Why.UNPLANNED]
    assert not line.needs_call
    assert (line.used, line.done, line.to_do, line.counted_on) == ([], 0, 6, None)


def test_one_that_should_be_live_and_is_not_comes_first(rims, sgml, indu):
    make_step(rims, StepKind.GO_LIVE)
    make_step(sgml, due_on=date(2026, 12, 1))

    lines = queries.rollout_of(indu, NOON)
    assert [one.facility for one in lines] == [rims, sgml]
    assert whys(rims) == [Why.UNUSED, Why.LINK_LOST, Why.LATE]
    assert (lines[0].needs_call, lines[1].needs_call) == (True, False)


def test_a_hospital_in_use_with_a_link_needs_no_call(rims):
    make_use(rims, TODAY)
    make_expectation(rims, Module.OPD, 12)
    make_step(rims, status=RolloutStatus.DONE, done_on=TODAY)
    make_setting(rims, opens_at=10, closes_at=11, open_days=[1, 2])
    for day in (date(2026, 7, 21), TODAY):
        make_hour(rims, day)

    line = line_of(rims)
    assert line.calls == []
    assert [(one.module, one.share) for one in line.used] == [(Module.OPD, 83)]
    assert (line.link.open_hours, line.link.lost, line.link.median) == (2, 0, 50)
    assert (line.done, line.to_do, line.counted_on) == (1, 6, TODAY)


def test_little_use_a_slow_link_and_a_lost_one_are_said(rims):
    make_use(rims, TODAY)
    make_expectation(rims, Module.OPD, 100)
    make_step(rims)
    make_hour(rims, TODAY, ms=2000, to_100=0, to_3200=1)

    assert whys(rims) == [Why.LINK_LOST, Why.LINK_SLOW, Why.LATE, Why.LITTLE]


def test_a_module_that_is_not_needed_is_not_missed(rims):
    make_use(rims, TODAY)
    make_expectation(rims, Module.IPD, 0)

    line = line_of(rims)
    assert line.needed == 5
    assert Why.LITTLE not in [one.why for one in line.calls]


def test_what_is_said_and_not_seen_is_doubted(rims, med, lata):
    for kind in (StepKind.TARIFFS, StepKind.WARDS, StepKind.TRAINING):
        make_step(rims, kind, status=RolloutStatus.DONE, done_on=TODAY)
    assert Why.UNSEEN in whys(rims)
    assert step_of(rims, StepKind.TARIFFS).is_doubtful

    make_price(make_definition(), rims)
    make_ward(med)
    lata.last_login = NOON
    lata.save()
    assert Why.UNSEEN not in whys(rims)
    assert step_of(rims, StepKind.WARDS).seen == "1 wards with 5 beds"
    assert "1 of 1 staff" in step_of(rims, StepKind.TRAINING).seen


def test_an_old_count_is_not_todays(rims):
    make_use(rims, TODAY - timedelta(days=7))

    assert line_of(rims).used == []


def test_a_private_hospital_stands_in_the_registry_alone(rims, ranchi, indu):
    make_facility("PVT", ranchi, kind=FacilityKind.PRIVATE)
    chc = make_facility("CHC", ranchi, kind=FacilityKind.CHC)

    assert {one.facility for one in queries.rollout_of(indu, NOON)} == {rims, chc}


# ── Pages ──


def test_the_list_shows_what_is_within_reach(client, rims, sgml, hari, indu, bose):
    make_step(sgml, StepKind.GO_LIVE)
    client.force_login(indu)
    page = client.get(reverse("reports:rollout_list")).content.decode()
    assert page.index("Sadar Hospital Gumla") < page.index("RIMS Ranchi")

    client.force_login(hari)
    page = client.get(reverse("reports:rollout_list")).content.decode()
    assert "Sadar Hospital Gumla" in page
    assert "RIMS Ranchi" not in page

    client.force_login(bose)
    assert client.get(reverse("reports:rollout_list")).status_code == 403


def test_the_list_is_narrowed_to_a_district_and_to_who_needs_a_call(client, rims, sgml, indu):
    make_step(sgml, StepKind.GO_LIVE)
    client.force_login(indu)
    url = reverse("reports:rollout_list")

    assert "RIMS Ranchi" not in client.get(url, {"district": sgml.district_id}).content.decode()
    assert "RIMS Ranchi" not in client.get(url, {"call": "on"}).content.decode()
    assert client.get(url, {"page": "2"}).status_code == 200
    assert client.get(url, {"page": "x"}).status_code == 200
    assert client.get(url, {"district": "x"}).status_code == 404
    assert client.get(url, {"as": "exe"}).status_code == 404


def test_the_list_is_taken_out_and_runs_nothing(client, rims, indu):
    rims.name = "=HYPERLINK(1)"
    rims.save()
    client.force_login(indu)

    sent = client.get(reverse("reports:rollout_list"), {"as": "csv"})
    assert "'=HYPERLINK(1)" in b"".join(sent.streaming_content).decode()
    book = load_workbook(BytesIO(client.get(reverse("reports:rollout_list"), {"as": "xlsx"}).content))
    assert book.active["B2"].data_type == "s"
    facts = AuditEntry.objects.filter(name="reports.rollout_exported")
    assert sorted(one.detail["form"] for one in facts) == ["csv", "xlsx"]


def test_one_hospital_shows_steps_use_and_link(client, rims, lata):
    now = timezone.now()
    make_step(rims, remarks=HOSTILE)
    make_use(rims, timezone.localdate(now))
    make_expectation(rims)
    make_hour(rims, timezone.localdate(now) - timedelta(days=1), failures=3)
    client.force_login(lata)

    page = client.get(reverse("reports:rollout_detail", args=[rims.pk])).content.decode()
    assert HOSTILE not in page
    assert "Dr. Oraon" in page
    assert "10 %" in page
    assert "✕3" in page


def test_a_link_is_shown_for_a_week_or_a_month(client, rims, lata):
    client.force_login(lata)
    url = reverse("reports:link_detail", args=[rims.pk])

    assert "Nothing was ever heard" in client.get(url).content.decode()
    assert client.get(url, {"days": 30}).status_code == 200
    assert client.get(url, {"days": 31}).status_code == 404


def test_a_strangers_hospital_is_not_there(client, sgml, lata):
    client.force_login(lata)
    for name, more in (
        ("rollout_detail", []),
        ("link_detail", []),
        ("rollout_setting_edit", []),
        ("rollout_step_edit", ["wifi"]),
    ):
        assert client.get(reverse(f"reports:{name}", args=[sgml.pk, *more])).status_code == 404


def sent(**changes):
    form = {"state": "planned", "due_on": "01-08-2026", "responsible": "Dr. Oraon", "rev": ""}
    return form | {"request_key": uuid4()} | changes


def test_a_step_is_set_on_its_page(client, rims, lata):
    client.force_login(lata)
    url = reverse("reports:rollout_step_edit", args=[rims.pk, "wifi"])
    assert client.get(url).status_code == 200

    answer = client.post(url, sent())
    assert (answer.status_code, answer.url) == (303, reverse("reports:rollout_detail", args=[rims.pk]))
    assert RolloutStep.objects.get().due_on == date(2026, 8, 1)
    assert "Dr. Oraon" in client.get(url).content.decode()


def test_a_refused_step_keeps_what_was_typed(client, rims, lata):
    client.force_login(lata)
    url = reverse("reports:rollout_step_edit", args=[rims.pk, "wifi"])

    answer = client.post(url, sent(responsible="", remarks="the tower is down"))
    assert answer.status_code == 422
    assert "the tower is down" in answer.content.decode()
    assert answer.context["form"].errors["responsible"]
    assert client.post(url, sent(state="nowhere")).status_code == 422
    assert client.get(reverse("reports:rollout_step_edit", args=[rims.pk, "none"])).status_code == 404


def test_a_step_offers_only_where_it_can_go(client, rims, lata):
    make_step(rims, StepKind.WIFI, status=RolloutStatus.DONE, done_on=TODAY)
    client.force_login(lata)
    form = client.get(reverse("reports:rollout_step_edit", args=[rims.pk, "wifi"])).context["form"]

    assert [one[0] for one in form.fields["state"].choices] == ["under_way", "done"]


def test_expectations_are_set_on_their_page(client, rims, lata):
    client.force_login(lata)
    url = reverse("reports:rollout_setting_edit", args=[rims.pk])
    form = {"opens_at": 0, "closes_at": 24, "open_days": [0, 6], "a_week_opd": "900", "rev": ""}

    assert client.get(url).status_code == 200
    assert client.post(url, form | {"request_key": uuid4()}).status_code == 303
    assert queries.expectations_of(rims) == {"opd": 900}
    assert client.get(url).context["form"].initial["a_week_opd"] == 900
    answer = client.post(url, form | {"opens_at": 23, "closes_at": 3, "rev": "0", "request_key": uuid4()})
    assert answer.status_code == 422


def test_who_only_looks_sets_nothing(client, rims):
    client.force_login(make_person("Audit", Role.AUDITOR, rims.district.state))

    assert client.get(reverse("reports:rollout_detail", args=[rims.pk])).status_code == 200
    url = reverse("reports:rollout_step_edit", args=[rims.pk, "wifi"])
    assert client.post(url, sent()).status_code == 403


# ── The API ──


def test_the_api_tells_and_sets(client, rims, lata):
    client.force_login(lata)
    (one,) = client.get("/api/v1/rollout/").json()["results"]
    assert (one["code"], one["needs_call"], len(one["modules"]), len(one["steps"])) == ("RIMS", False, 6, 6)
    assert one["steps"][0] | {"seen": None} == {
        "step": "devices",
        "state": None,
        "rev": None,
        "due_on": None,
        "done_on": None,
        "responsible": "",
        "remarks": "",
        "is_late": False,
        "seen": None,
    }

    url, key = f"/api/v1/rollout/{rims.pk}/steps/", str(uuid4())
    body = {"step": "wifi", "state": "under_way", "due_on": "2026-08-01", "responsible": "Dr. Oraon"}
    for _ in range(2):
        answer = client.post(url, body, "application/json", headers={"Idempotency-Key": key})
        assert answer.status_code == 201
    assert answer.json()["steps"][1]["state"] == "under_way"
    assert client.get(f"/api/v1/rollout/{rims.pk}/").json()["steps"][1]["rev"] == 0
    refused = client.post(
        url, body | {"rev": 4}, "application/json", headers={"Idempotency-Key": str(uuid4())}
    )
    assert refused.status_code == 422
