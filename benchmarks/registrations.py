"""Walk-in registrations over HTTP: the bare limit, the product's API, the product's front desk."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.db import connection
from django.utils import timezone
from psycopg2 import connect
from psycopg2.extensions import connection as Connection

from benchmarks.driver import Load, drive, exchange, request, status_of
from benchmarks.places import Web
from billing.services import open_shift
from facilities.models import District, Facility, Posting, User
from facilities.roles import Role
from hmis.demo.names import people
from hmis.demo.staff import STARTED_ON, password_hash
from hmis.supervisor import DEMO_PASSWORD
from opd.models import QueueToken
from opd.states import TokenStatus

TABLES = Path(__file__).parent / "bare.sql"
# Eight counters at two hospitals, all for the same department: the hardest morning for the counters.
PLACES = ("RIMS", "SGML") * 4
DEPARTMENT = "MED"
DESK = "/opd/registrations/new/"


def make_bare_tables(owner_url: str) -> None:
    """The bare view's own tables, empty."""
    owner: Connection = connect(owner_url)
    with owner, owner.cursor() as cursor:
        cursor.execute(TABLES.read_text(encoding="utf-8"))
    owner.close()


def hire_clerks() -> list[str]:
    """A clerk for each counter; their user names."""
    password = password_hash()
    hospitals = {one.code: one for one in Facility.objects.filter(code__in=PLACES)}
    clerks = [
        User(username=f"bench{number}.{uuid4().hex[:8]}", name="Clerk", password=password, language="hi")
        for number in range(len(PLACES))
    ]
    User.objects.bulk_create(clerks)
    Posting.objects.bulk_create(
        Posting(user=clerk, role=Role.CLERK, facility=hospitals[code], starts_on=STARTED_ON)
        for clerk, code in zip(clerks, PLACES, strict=True)
    )
    for clerk in clerks:
        open_shift(opening_float=Decimal(0), request_key=uuid4(), actor=clerk, at=timezone.now())
    connection.close()
    return [clerk.username for clerk in clerks]


def patients(seed: int) -> Iterator[dict[str, Any]]:
    """People who come for the first time, without end, as the API takes them."""
    codes = dict(District.objects.values_list("name", "lgd_code"))
    connection.close()
    for number in count():
        for person in people(500, Random(f"{seed} {number} {uuid4()}")):
            details = dict(person) | {"district": codes[person["district"]]}
            birth, precision = details.pop("birth_date"), details.pop("birth_precision")
            details["block"] = details.pop("block_name")
            years = max(0, date.today().year - birth.year)
            aged = {"birth_date": f"{birth}"} if precision == "day" else {"age": {"years": years}}
            yield {name: value for name, value in details.items() if value != ""} | aged


def load_limit(web: Web, *, seconds: float) -> Load:
    """What the machine can do: the rows written with raw SQL by a bare view."""
    counters = [
        _api_requests(seed, "/opd-registrations/", X_Facility=code) for seed, code in enumerate(PLACES)
    ]
    return drive(web.port, counters, seconds=seconds)


def load_api(web: Web, clerks: list[str], *, seconds: float) -> Load:
    """POST opd-registrations with a token of each clerk."""
    _empty_queues()
    tokens = [_token(web, clerk) for clerk in clerks]
    counters = [
        _api_requests(seed, "/api/v1/opd-registrations/", Authorization=f"Token {token}")
        for seed, token in enumerate(tokens)
    ]
    return drive(web.port, counters, seconds=seconds)


def load_desk(web: Web, clerks: list[str], *, seconds: float) -> Load:
    """The front desk's form, answered with the desk made ready for the next patient."""
    _empty_queues()
    cookies = [sign_in(web, clerk) for clerk in clerks]
    counters = [_desk_requests(seed, cookie) for seed, cookie in enumerate(cookies)]
    return drive(web.port, counters, seconds=seconds)


def _empty_queues() -> None:
    """Whoever waits from an earlier load has been seen: no unit has thousands before its door."""
    QueueToken.objects.filter(status=TokenStatus.WAITING).update(status=TokenStatus.DONE)
    connection.close()


def _api_requests(seed: int, path: str, **headers: str) -> Iterator[bytes]:
    for patient in patients(seed):
        asked = {"patient": patient, "department": DEPARTMENT, "payment": {"mode": "cash"}}
        body = json.dumps(asked).encode()
        own = {"Content_Type": "application/json", "Idempotency_Key": str(uuid4())}
        yield request("POST", path, body, **own, **headers)


def _desk_requests(seed: int, cookie: str) -> Iterator[bytes]:
    for patient in patients(seed):
        born = patient.pop("birth_date", None)
        aged = {"age": born, "age_unit": "date"} if born else {"age": patient.pop("age")["years"]}
        fields = patient | aged | {"department": DEPARTMENT}
        fields["block_name"] = fields.pop("block")
        fields |= {"mode": "cash", "request_key": uuid4(), "csrfmiddlewaretoken": csrf_of(cookie)}
        yield post_form(DESK, fields, Cookie=cookie, HX_Request="true")


def csrf_of(cookie: str) -> str:
    """The token that a form must send along with this Cookie header."""
    return str(re.findall(r"csrf=([^;]+)", cookie)[0])


def post_form(path: str, fields: dict[str, Any], **headers: str) -> bytes:
    body = urlencode(fields).encode()
    return request("POST", path, body, Content_Type="application/x-www-form-urlencoded", **headers)


def _token(web: Web, username: str) -> str:
    body = json.dumps({"username": username, "password": DEMO_PASSWORD}).encode()
    answer = exchange(web.port, request("POST", "/api/v1/auth/token/", body, Content_Type="application/json"))
    return str(json.loads(answer.split(b"\r\n\r\n", 1)[1])["token"])


def sign_in(web: Web, username: str) -> str:
    """The cookies of a person who has signed in, as a Cookie header."""
    page = exchange(web.port, request("GET", "/login/"))
    cookies = _cookies(page)
    fields = {"username": username, "password": DEMO_PASSWORD, "csrfmiddlewaretoken": cookies["hmis_csrf"]}
    answer = exchange(web.port, post_form("/login/", fields, Cookie=_as_header(cookies)))
    if status_of(answer) != 302:
        raise RuntimeError(f"{username} could not sign in.")
    return _as_header(cookies | _cookies(answer))


def _cookies(answer: bytes) -> dict[str, str]:
    head = answer.split(b"\r\n\r\n", 1)[0].decode()
    return dict(re.findall(r"(?im)^set-cookie: ([^=]+)=([^;]*)", head))


def _as_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
