from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import CreditNote, Refund
from billing.services import Offer
from billing.states import PaymentMode
from facilities.roles import Role
from opd.models import QueueToken, TokenStep
from opd.services import Visit, register_visit
from opd.states import Lane
from tests.api.conftest import refused
from tests.factories.facilities import make_department, make_person, make_unit
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


@pytest.mark.parametrize(
    ("status", "act", "body", "later"),
    [
        ("waiting", "calls", {}, "skips"),
        ("called", "skips", {}, "calls"),
        ("called", "entries", {}, "completions"),
        ("sent_for_tests", "returns", {}, "calls"),
        ("waiting", "departures", {"how": "said_so"}, "returns"),
        ("in_consultation", "completions", {}, "entries"),
    ],
)
def test_a_step_sent_twice_is_one_also_when_the_next_was_taken_meanwhile(
    doctor, day, status, act, body, later
):
    path = f"{TOKENS}{make_token(day, status=status).pk}/"
    first, again = (doctor.post(f"{path}{act}/", body, HTTP_IDEMPOTENCY_KEY="step-1") for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())

    after = doctor.post(f"{path}{later}/").json()
    late = doctor.post(f"{path}{act}/", body, HTTP_IDEMPOTENCY_KEY="step-1")
    assert (late.status_code, late.json()) == (201, after)
    assert TokenStep.objects.count() == 2


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
    assert cost() == before <= 5


# ── Cancelled, closed, opened again ──


@pytest.fixture
def made(asha, med, unit, kavita):
    return register_visit(
        patient=asha,
        visit=Visit(department=med, unit=unit, offer=Offer(PaymentMode.CASH)),
        request_key=uuid4(),
        actor=kavita,
        at=timezone.now(),
    )


def test_a_slip_is_cancelled_and_the_voucher_can_be_read(clerk, made):
    path = f"{TOKENS}{made.token.pk}/cancellations/"

    first = clerk.post(path, {"reason": "twice"}, HTTP_IDEMPOTENCY_KEY="cancel-1")
    again = clerk.post(path, {"reason": "twice"}, HTTP_IDEMPOTENCY_KEY="cancel-1")

    assert first.status_code == 201, first.content
    assert first.json() == again.json()
    shown = first.json()
    assert (shown["token"]["status"], shown["credit_note"]) == ("cancelled", str(CreditNote.objects.get()))
    (refund,) = shown["refunds"]
    assert (refund["number"], refund["amount"], refund["mode"]) == (str(Refund.objects.get()), "5.00", "cash")
    assert clerk.get(refund["url"]).content[:4] == b"%PDF"
    assert clerk.post(path, {"reason": "other"}, HTTP_IDEMPOTENCY_KEY="cancel-1").status_code == 400
    assert clerk.post(path, {"reason": "patient_leaves"}, HTTP_IDEMPOTENCY_KEY="cancel-1").status_code == 409
    assert "cannot become cancelled" in refused(clerk.post(path, {"reason": "twice"}), 422)["detail"]
    (listed,) = clerk.get("/api/v1/opd-registrations/").json()["results"]
    assert (listed["token"]["status"], listed["invoice"]["status"]) == ("cancelled", "cancelled")


def test_a_reason_is_needed_and_holds_no_aadhaar(clerk, made):
    path = f"{TOKENS}{made.token.pk}/cancellations/"

    refused(clerk.post(path, {}), 400, "reason")
    refused(clerk.post(path, {"reason": "other"}), 400, "note")
    refused(clerk.post(path, {"reason": "other", "note": "card 999941057058"}), 400, "note")
    assert not Refund.objects.exists()


def test_a_queue_is_closed_lists_whom_it_carries_over_and_is_opened_again(doctor, day, med):
    token, other = make_token(day), make_unit(med, name="Unit 2")
    path = f"{DAYS}{day.pk}/"
    body = {"reason": "called_away", "to": str(other.pk)}

    closed = doctor.post(f"{path}closures/", body, HTTP_IDEMPOTENCY_KEY="close-1")
    again = doctor.post(f"{path}closures/", body, HTTP_IDEMPOTENCY_KEY="close-1")

    assert closed.status_code == 201, closed.content
    assert closed.json() == again.json()
    shown = closed.json()
    assert (shown["closed_because"], shown["waiting"]) == ("called_away", 0)
    (carried,) = shown["carried"]
    assert (carried["moved_from"], carried["unit"]["name"]) == (str(token.pk), "Unit 2")
    units = doctor.get("/api/v1/departments/", {"code": "MED"}).json()["results"][0]["units"]
    assert {one["name"]: one["open_today"] for one in units} == {"Unit 1": False, "Unit 2": True}
    assert "already closed" in refused(doctor.post(f"{path}closures/", body), 422)["detail"]
    opened, again = (doctor.post(f"{path}openings/", HTTP_IDEMPOTENCY_KEY="open-1") for _ in range(2))
    assert (again.status_code, again.json()) == (201, opened.json())
    assert (opened.status_code, opened.json()["closed_at"], opened.json()["waiting"]) == (201, None, 1)
    refused(doctor.post(f"{path}openings/"), 422)


def test_a_unit_elsewhere_takes_nobody(doctor, day, sgml_med, rims):
    make_token(day)
    path = f"{DAYS}{day.pk}/closures/"

    for unit in sgml_med.units.get(), make_unit(make_department(rims, "EYE"), "Eye"):
        refused(doctor.post(path, {"reason": "called_away", "to": str(unit.pk)}), 422, "to")
    refused(doctor.post(path, {}), 400, "reason")


def test_another_hospital_cancels_and_closes_nothing(caller, esha, gopal, day):
    token = make_token(day)

    refused(caller(gopal).post(f"{TOKENS}{token.pk}/cancellations/", {"reason": "twice"}), 404)
    refused(caller(esha).post(f"{DAYS}{day.pk}/closures/", {"reason": "called_away"}), 404)
    refused(caller(esha).post(f"{DAYS}{day.pk}/openings/"), 404)


# ── The hall's screens ──

DISPLAYS = "/api/v1/displays/"


def test_a_screen_is_made_its_address_answered_once_renewed_and_switched_off(caller, rims, unit, client):
    admin = caller(make_person("Lata", Role.FACILITY_ADMIN, rims))
    body = {"name": "OPD hall", "name_hi": "ओपीडी हॉल", "units": [str(unit.pk)]}

    made = admin.post(DISPLAYS, body, HTTP_IDEMPOTENCY_KEY="screen-1")
    again = admin.post(DISPLAYS, body, HTTP_IDEMPOTENCY_KEY="screen-1")

    assert made.status_code == again.status_code == 201, made.content
    assert again.json() == made.json() | {"url": None}
    path, address = f"{DISPLAYS}{made.json()['id']}/", made.json()["url"]
    (listed,) = admin.get(DISPLAYS).json()["results"]
    assert (listed, "url" in listed) == (admin.get(path).json(), False)
    renewed = admin.post(f"{path}keys/").json()["url"]
    assert (
        client.get(urlsplit(renewed).path).status_code,
        client.get(urlsplit(address).path).status_code,
    ) == (
        200,
        404,
    )
    off, again = (admin.post(f"{path}revocations/", HTTP_IDEMPOTENCY_KEY="off-1").json() for _ in range(2))
    assert off["revoked_at"]
    assert off == again
    assert client.get(urlsplit(renewed).path).status_code == 404
    for act in "keys", "revocations":
        refused(admin.post(f"{path}{act}/"), 422)


def test_a_screen_of_another_hospitals_rooms_is_refused_and_strangers_see_none(caller, rims, sgml, sgml_med):
    admin = caller(make_person("Lata", Role.FACILITY_ADMIN, rims))
    body = {"name": "Hall", "name_hi": "हॉल", "units": [str(sgml_med.units.get().pk)]}

    refused(admin.post(DISPLAYS, body), 422, "units")
    refused(admin.post(DISPLAYS, body | {"units": []}), 400, "units")
    assert admin.get(DISPLAYS).json()["results"] == []


# ── In the room, at tests, gone ──


def test_the_rest_of_a_tokens_way(doctor, day):
    path = f"{TOKENS}{make_token(day).pk}/"

    begun = doctor.post(f"{path}entries/")
    assert (begun.status_code, begun.json()["status"]) == (201, "in_consultation")
    assert doctor.post(f"{path}entries/").json() == begun.json()
    sent = doctor.post(f"{path}tests/", {"tests": "CBC"}, HTTP_IDEMPOTENCY_KEY="tests-1")
    assert (sent.status_code, sent.json()["status"]) == (201, "sent_for_tests")
    assert (
        doctor.post(f"{path}tests/", {"tests": "CBC"}, HTTP_IDEMPOTENCY_KEY="tests-1").json() == sent.json()
    )
    back = doctor.post(f"{path}returns/").json()
    assert (back["status"], back["priority"]) == ("waiting", "back_from_tests")
    assert back["status_since"] > back["senior_since"]
    assert doctor.post(f"{path}departures/", {"how": "said_so"}).json()["status"] == "left"
    assert doctor.post(f"{path}returns/").json()["status"] == "waiting"
    assert [one.tests for one in TokenStep.objects.order_by("at")] == ["", "CBC", "", "", ""]


@pytest.mark.parametrize("act", ["entries", "returns"])
def test_who_says_what_they_saw_brings_nobody_back_who_was_done_since(doctor, day, act):
    path = f"{TOKENS}{make_token(day, status='done').pk}/"

    assert "is done by now" in refused(doctor.post(f"{path}{act}/", {"saw": "called"}), 422)["detail"]
    refused(doctor.post(f"{path}{act}/", {"saw": "asleep"}), 400, "saw")
    assert not TokenStep.objects.exists()
    back = doctor.post(f"{path}{act}/", {"saw": "done"})
    assert (back.status_code, back.json()["status"] != "done") == (201, True)


@pytest.mark.parametrize("said", [{}, {"saw": None}])
def test_who_does_not_say_what_they_saw_brings_back_whoever_was_done(doctor, day, said):
    path = f"{TOKENS}{make_token(day, status='done').pk}/"

    assert doctor.post(f"{path}returns/", said).json()["status"] == "waiting"


def test_what_makes_no_sense_of_it_is_refused(doctor, day):
    path = f"{TOKENS}{make_token(day).pk}/"

    assert "cannot become" in refused(doctor.post(f"{path}tests/", {}), 422)["detail"]
    assert "Aadhaar" in refused(doctor.post(f"{path}tests/", {"tests": "2345 6789 0124"}), 400, "tests")
    refused(doctor.post(f"{path}tests/", {"tests": "x" * 121}), 400, "tests")
    refused(doctor.post(f"{path}tests/", {"for": "CBC"}), 400, "for")
    assert "not called" in refused(doctor.post(f"{path}departures/", {"how": "not_there"}), 422, "how")
    for how in "day_over", "lost", "":
        refused(doctor.post(f"{path}departures/", {"how": how}), 400, "how")
    refused(doctor.post(f"{path}departures/", {}), 400, "how")
    assert not TokenStep.objects.exists()


def test_neither_a_stranger_nor_a_clerk_moves_a_token(caller, esha, clerk, day):
    token, stranger = make_token(day), caller(esha)

    for name in "entries", "tests", "returns", "departures":
        path = f"{TOKENS}{token.pk}/{name}/"
        refused(stranger.post(path, {"how": "said_so"} if name == "departures" else {}), 404)
        refused(clerk.post(path), 403)
    assert not TokenStep.objects.exists()
