"""Logs say what happened, where and by whom, and never a word that a person typed."""

import json
import logging
import logging.config
from io import StringIO

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from hmis.kernel.asking import RequestIdFilter
from hmis.ops.logs import JsonFormatter, described
from patients.models import Patient
from tests.ops.serving import TOKEN, serving

NAME, PHONE, COMPLAINT = "Sunita Devi", "9876543210", "सफ़ेद पानी"
HOSTILE = '"><img src=x onerror=alert(1)>'
PERSONAL = (NAME, "Sunita", PHONE, COMPLAINT, "onerror", "hmis-pass-word-1")


@pytest.fixture
def lines():
    """Whatever is logged during the test, as production writes it."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RequestIdFilter())
    loggers = [logging.getLogger(name) for name in ("", "hmis.requests", "django.server")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for logger in loggers:
        logger.removeHandler(handler)


def test_a_request_is_one_line_with_ids_and_its_route(client, kavita, rims, asha, lines):
    client.force_login(kavita)

    answer = client.get(reverse("patients:patient_detail", args=[asha.pk]), {"back": NAME})

    (line,) = [one for one in lines() if one["logger"] == "hmis.requests"]
    assert line["route"] == "patients/<uuid:patient_id>/"
    assert (line["method"], line["status"], line["facility"]) == ("GET", 200, "RIMS")
    assert line["user"] == str(kavita.pk)
    assert line["request"] == answer["X-Request-ID"]
    assert line["ms"] > 0
    assert line["time"].endswith("+05:30")
    assert str(asha.pk) not in json.dumps(line)


def test_an_address_that_leads_nowhere_is_not_repeated(client, db, lines):
    client.get(f"/patients/{NAME}/", {"q": PHONE})

    assert {line.get("route") for line in lines()} == {"(nowhere)"}
    assert not spoken(lines())


def test_a_made_up_method_is_not_repeated(client, db, lines):
    client.generic("SUNITA", "/login/")

    assert all(line["method"] == "OTHER" for line in lines())
    assert not spoken(lines())


def test_nobody_signed_in_is_nobody(client, db, lines):
    client.get("/login/")

    (line,) = lines()
    assert "user" not in line
    assert "facility" not in line


def spoken(found):
    """What of a person stands in these lines."""
    text = json.dumps(found, ensure_ascii=False)
    return [word for word in PERSONAL if word.lower() in text.lower()]


def test_a_view_that_breaks_says_where_and_not_with_what(kavita, lines, monkeypatch):
    def broken(*_, **__):
        try:
            int(f"{NAME} {PHONE}")
        except ValueError as error:
            raise LookupError(f"{NAME} is not there: {HOSTILE}") from error

    monkeypatch.setattr("patients.views.people.show", broken)
    client = Client(raise_request_exception=False)
    client.force_login(kavita)

    assert client.post(reverse("patients:patient_list"), {"q": NAME}).status_code == 500

    (line,) = [one for one in lines() if "error" in one]
    assert line["error"]["type"] == "LookupError"
    assert line["error"]["because"] == "ValueError"
    assert line["error"]["at"][-1].startswith("tests/ops/test_logs.py:")
    assert line["user"] == str(kavita.pk)
    assert line["route"] == "patients/"
    assert not spoken(lines())


def test_a_broken_constraint_is_named_without_its_values(asha, lines):
    log = logging.getLogger("patients.services")
    try:
        Patient.objects.filter(pk=asha.pk).update(name=NAME, phone="not a phone " + NAME[:3])
    except Exception as error:
        log.exception("Saving failed.")
        told = described(error)
        assert told.get("sqlstate") in {"23514", "22001"}
    else:
        pytest.fail("the database took it")
    assert not spoken(lines())


def test_what_another_package_fills_in_is_left_out_but_numbers(lines):
    logging.getLogger("celery.app.trace").error(
        "Task %(name)s[%(id)s] raised unexpected: %(exc)s after %(runtime)s s",
        {"name": "x", "id": "1", "exc": repr(ValueError(NAME)), "runtime": 0.5},
    )
    logging.getLogger("django.security").warning("%s: %s", "Not Found", f"/patients/{NAME}/")
    logging.getLogger("gunicorn.error").warning("Booting worker with pid: %s", 42)
    logging.getLogger("some.package").warning(f"cannot draw {NAME}")
    logging.getLogger("celery.redirected").warning(NAME)
    logging.getLogger("django.security.DisallowedHost").error(f"Invalid HTTP_HOST header: '{NAME}'")
    logging.getLogger("gunicorn.error").info("Handling stopped")

    assert [line["message"] for line in lines()] == [
        "Task …[…] raised unexpected: … after 0.5 s",
        "…: …",
        "Booting worker with pid: 42",
        "(a message of some.package)",
        "(a message of celery.redirected)",
        "Invalid HTTP_HOST header…",
        "Handling stopped",
    ]


def test_our_own_message_may_not_quote_an_exception(lines):
    logging.getLogger("hmis.kernel.facts").warning("It failed (%s).", ValueError(NAME))

    assert lines()[0]["message"] == "It failed (ValueError)."


def test_a_message_that_does_not_fit_its_values_is_still_a_line():
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%d times", (NAME,), None)

    assert json.loads(JsonFormatter().format(record))["message"] == "%d times"


def test_the_error_of_a_statement_has_its_state_and_its_table(db):
    with pytest.raises(IntegrityError) as broken, connection.cursor() as cursor:
        cursor.execute("INSERT INTO kernel_throttle (id, bucket) VALUES (NULL, %s)", [NAME])

    told = described(broken.value)
    assert (told["sqlstate"], told["table"]) == ("23502", "kernel_throttle")
    assert NAME not in json.dumps(told)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_served_hospital_writes_no_word_of_a_person(kavita, med, tmp_path):
    """The whole way: gunicorn, its workers, Django, with everything a bad or unlucky client can send."""
    with serving(tmp_path) as served:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        login = f"username={NAME}&password=hmis-pass-word-1".encode()
        assert served.ask("POST", "/login/", login, form)[0] in {403, 422}
        assert served.ask("POST", "/api/v1/patients/", b'{"name": "Sunita Devi"', JSON)[0] == 401
        assert served.ask("POST", "/api/auth/token/", b'{"username": "Sunita Devi"', JSON)[0] in {400, 401}
        assert served.ask("GET", f"/nowhere/Sunita/?q={PHONE}")[0] == 404
        assert (
            served.ask("GET", f"/healthz?q={PHONE}", headers={"User-Agent": NAME, "Referer": NAME})[0] == 200
        )
        assert served.ask("GET", "/login/", headers={"Host": "sunita.example"})[0] == 400
        assert served.ask("SUNITA", "/login/")[0] in {403, 405}
        served.send(b"GET /Sunita?q=9876543210 HTTP/9.9\r\n\r\n")
        served.send("सफ़ेद पानी\r\n\r\n".encode())
        served.send(b"POST /login/ HTTP/1.1\r\nHost: hmis.example\r\nContent-Length: Sunita\r\n\r\n")
        assert served.figures()
    text = served.log.read_text()
    told = [json.loads(line) for line in text.splitlines()]
    assert len([line for line in told if line["logger"] == "hmis.requests"]) >= 9
    assert any(line["logger"] == "gunicorn.error" for line in told)
    assert not [word for word in (*PERSONAL, "à¤", "127.0.0.1", TOKEN) if word.lower() in text.lower()], text


JSON = {"Content-Type": "application/json"}
