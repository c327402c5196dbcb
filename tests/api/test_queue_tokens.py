import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from opd.models import QueueToken
from opd.states import Lane
from tests.api.conftest import refused
from tests.factories.facilities import make_unit
from tests.factories.opd import make_clinic_day, make_token

TOKENS, DAYS = "/api/v1/queue-tokens/", "/api/v1/clinic-days/"


@pytest.fixture
def day(unit):
    return make_clinic_day(unit, timezone.localdate())


def numbers(response):
    assert response.status_code == 200, response.content
    return [one["number"] for one in response.json()["results"]]


def test_tokens_are_listed_in_the_order_of_call_and_filtered(doctor, day, unit):
    make_token(day)
    make_token(day, status="done")
    make_token(day, lane=Lane.EMERGENCY)

    assert numbers(doctor.get(TOKENS)) == [3, 1, 2]
    assert numbers(doctor.get(TOKENS, {"status": "waiting", "unit": str(unit.pk)})) == [3, 1]
    assert numbers(doctor.get(TOKENS, {"held_on": "2020-01-01"})) == []
    assert numbers(doctor.get(TOKENS, {"ordering": "-number"})) == [3, 2, 1]
    for wrong in {"status": "lost"}, {"unit": "x"}, {"held_on": "today"}, {"ordering": "patient__phone"}:
        refused(doctor.get(TOKENS, wrong), 400)


def test_pages_keep_the_order_of_call(doctor, day):
    for _ in range(5):
        make_token(day)

    page, seen = doctor.get(TOKENS, {"page_size": 2}).json(), []
    seen += page["results"]
    while page["next"]:
        page = doctor.get(page["next"]).json()
        seen += page["results"]
    assert [one["number"] for one in seen] == [1, 2, 3, 4, 5]


def test_one_is_called_skipped_called_again_and_done(doctor, day):
    path = f"{TOKENS}{make_token(day).pk}/"

    assert doctor.post(f"{path}calls/").json()["status"] == "called"
    assert doctor.post(f"{path}skips/").json()["status"] == "skipped"
    again = doctor.post(f"{path}calls/")
    assert (again.status_code, again.json()["times_called"]) == (201, 2)
    assert doctor.post(f"{path}completions/").json()["status"] == "done"
    assert "cannot become" in refused(doctor.post(f"{path}skips/"), 422)["detail"]


def test_one_is_moved_to_another_unit_and_keeps_the_seniority(doctor, day, med, sgml_med):
    token, other = make_token(day), make_unit(med, name="Unit 2")
    path = f"{TOKENS}{token.pk}/moves/"

    moved = doctor.post(path, {"unit": str(other.pk)}, HTTP_IDEMPOTENCY_KEY="move-1")
    again = doctor.post(path, {"unit": str(other.pk)}, HTTP_IDEMPOTENCY_KEY="move-1")

    assert moved.status_code == 201, moved.content
    assert moved.json() == again.json()
    shown = moved.json()
    assert (shown["unit"]["name"], shown["moved_from"]) == ("Unit 2", str(token.pk))
    assert QueueToken.objects.get(pk=shown["id"]).senior_since == token.senior_since
    refused(doctor.post(path, {"unit": str(sgml_med.units.get().pk)}), 422, "unit")
    refused(doctor.post(path, {}), 400, "unit")


def test_whoever_is_next_is_called_until_nobody_waits(doctor, day, unit):
    make_token(day)
    path = f"{DAYS}{day.pk}/"

    called = doctor.post(f"{path}calls/")

    assert (called.status_code, called.json()["number"]) == (201, 1)
    assert refused(doctor.post(f"{path}calls/"), 422)["detail"] == "Nobody waits."
    shown = doctor.get(path).json()
    assert (shown["waiting"], shown["current_token"], shown["room"]) == (0, 1, unit.room.number)
    (listed,) = doctor.get(DAYS, {"department": "MED"}).json()["results"]
    assert listed == shown


def test_the_same_key_calls_one_person_once(doctor, day):
    make_token(day)
    make_token(day)
    path = f"{DAYS}{day.pk}/calls/"

    first = doctor.post(path, HTTP_IDEMPOTENCY_KEY="call-1")
    again = doctor.post(path, HTTP_IDEMPOTENCY_KEY="call-1")

    assert first.json() == again.json()
    assert QueueToken.objects.filter(status="called").count() == 1


def test_another_hospitals_queue_is_404_and_a_clerk_calls_nobody(caller, esha, clerk, day):
    token, stranger = make_token(day), caller(esha)

    assert numbers(stranger.get(TOKENS)) == []
    for path in f"{TOKENS}{token.pk}/", f"{DAYS}{day.pk}/":
        refused(stranger.get(path), 404)
        refused(stranger.post(f"{path}calls/"), 404)
    refused(stranger.post(f"{TOKENS}{token.pk}/moves/", {"unit": str(day.unit_id)}), 404)
    refused(clerk.post(f"{TOKENS}{token.pk}/calls/"), 403)


def test_more_tokens_cost_no_more_queries(doctor, day):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert doctor.get(TOKENS).status_code == 200
        return len(queries)

    make_token(day)
    cost()
    before = cost()
    for _ in range(4):
        make_token(day)
    assert cost() == before <= 6
