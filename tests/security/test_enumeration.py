"""Nobody learns from an answer, or from how long it takes, what they may not know."""

import re
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from facilities.roles import ROLES, Reach, Role
from hmis.kernel import recent, throttling
from hmis.kernel.models import AuditEntry
from patients.queries import FOUND
from tests.architecture.test_access import ACCESS, GUARDED, WALK
from tests.factories.facilities import PASSWORD, make_clerk
from tests.factories.outcomes import check_key_of

pytestmark = pytest.mark.xdist_group("enumeration")  # its stage is built once

UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KEYED = [
    (name, path, method) for name, path in WALK if name in GUARDED and "<" in path for method in ACCESS[name]
]


def area_of(name):
    """The app whose address this is; "api" of a noun."""
    return name.partition(":")[0] if ":" in name else name.partition("-")[0]


def answer(client, method, path):
    """(status, body without ids, how many questions the database was asked); what was done is undone."""
    throttling._told.clear()  # each is counted at once, not now and then
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        sent = {} if method == "GET" else {"data": {}}
        if path.startswith("/api/") and method != "GET":
            sent = {"data": "{}", "content_type": "application/json"}
        reply = getattr(client, method.lower())(path, **sent)
        transaction.set_rollback(True)
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", UUIDS.sub("", reply.content.decode()))
    return reply.status_code, body, len(asked)


def hospital_role(permission):
    mine = [role for role in Role if ROLES[role].reach == Reach.FACILITY]
    return next((role for role in mine if permission in ROLES[role].permissions), None)


@pytest.mark.parametrize("area", sorted({area_of(name) for name, _, _ in KEYED}))
def test_another_hospitals_record_is_answered_like_one_that_never_was(area, here, there, signed_in):
    differently = []
    recent.forget()
    for name, path, method in KEYED:
        role = hospital_role(ACCESS[name][method])
        if area_of(name) != area or role is None or here.path_of(name, path) == there.path_of(name, path):
            continue  # only people of the whole state may, or it is the whole state's
        foreign, nothing = there.path_of(name, path), UUIDS.sub(str(uuid4()), there.path_of(name, path))
        first, met = (answer(signed_in[role], method, path) for path in (nothing, foreign))

        # What a process asks once and keeps is in the first answer alone.
        if met != first and met != (again := answer(signed_in[role], method, nothing)):
            # Where status and questions are alike, the pages differ.
            differently.append((name, method, met[::2], again[::2]))

    assert differently == []


def test_most_addresses_with_a_key_are_compared_above():
    compared = [name for name, _, method in KEYED if hospital_role(ACCESS[name][method])]

    assert len(compared) >= 20


# ── The door ──


@pytest.fixture
def hashed(monkeypatch):
    """How often a password was hashed: what makes a login slow."""
    times = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *given: times.append(1) or encode(self, *given)
    )
    return times


def knock(username, address):
    sent = {"username": username, "password": "not-" + PASSWORD}
    if address.startswith("/api/"):
        reply = Client().post(address, sent, content_type="application/json")
        return reply.status_code, reply.json()
    reply = Client().post(address, sent)
    body = re.sub(r'value="[^"]*"', "", reply.content.decode())
    return reply.status_code, body


@pytest.mark.parametrize("address", ["/login/", "/api/v1/auth/token/"])
def test_the_door_says_the_same_of_a_known_and_of_an_unknown_name(address, dev, hashed):
    answers, work = [], []
    for username in dev.username, "nobody.rims":
        hashed.clear()
        answers.append(knock(username, address))
        work.append(len(hashed))

    assert answers[0] == answers[1]
    assert work[0] == work[1] >= 1


@pytest.mark.parametrize("address", ["/login/", "/api/v1/auth/token/"])
def test_it_closes_after_as_many_tries_for_either(address, dev):
    tries = settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS
    known, unknown = ([knock(name, address) for _ in range(tries + 1)] for name in (dev.username, "nobody"))

    assert known == unknown
    assert known[-1] != known[0]


def test_somebody_without_a_posting_is_only_told_so_for_the_right_password(dev):
    dev.postings.all().delete()

    assert knock(dev.username, "/login/") == knock("nobody.rims", "/login/")


# ── Numbers that are counted up ──


@pytest.fixture
def clerk(here):
    return make_clerk("Kavita", here.facility)


@pytest.mark.parametrize("channel", ["patients:patient_list", "opd:search_new", "opd:casualty_search_new"])
def test_a_search_for_a_uhid_of_another_hospital_is_written_down(channel, there, clerk, client):
    client.force_login(clerk)
    patient = there.made.encounter.patient

    assert client.post(reverse(channel), {"q": patient.uhid}).status_code == 200
    entry = AuditEntry.objects.get(name=FOUND)
    assert (entry.actor, entry.patient_id, entry.detail["by"]) == (clerk, patient.pk, "uhid")


def test_so_it_is_by_the_api(there, clerk, client):
    client.force_login(clerk)
    patient = there.made.encounter.patient

    assert client.get(reverse("api-patient-list"), {"q": patient.uhid}).status_code == 200
    assert AuditEntry.objects.get(name=FOUND).patient_id == patient.pk


def test_counting_uhids_up_leaves_a_row_for_each_try(kavita, client):
    client.force_login(kavita)
    for serial in range(5):
        client.post(reverse("patients:patient_list"), {"q": f"1210000{serial:04d}"})

    assert AuditEntry.objects.filter(name="patients.patients_searched", actor=kavita).count() == 5


@pytest.fixture
def counting(here, there, clerk, client, settings):
    """Somebody who has just looked for as many numbers of others as they may."""
    settings.SEARCHES_BEYOND = 2
    client.force_login(clerk)
    for number in there.made.encounter.patient.uhid, "91100000000016":
        client.post(reverse("patients:patient_list"), {"q": number})
    return client


SEARCHES = [
    "patients:patient_list",
    "opd:search_new",
    "opd:scan_new",
    "opd:casualty_search_new",
    "ipd:admission_search_new",
]


@pytest.mark.parametrize("channel", SEARCHES)
@pytest.mark.parametrize("swapped", [{}, {"HX-Request": "true"}])
def test_who_counts_uhids_up_is_told_to_wait(channel, swapped, counting, there):
    before = AuditEntry.objects.filter(name=FOUND).count()
    patient = there.made.encounter.patient
    answer = counting.post(reverse(channel), {"q": patient.uhid}, headers=swapped)

    assert "Wait ten minutes." in answer.content.decode()
    assert patient.uhid_shown not in answer.content.decode()
    assert AuditEntry.objects.filter(name=FOUND).count() == before


def test_so_are_programs(counting, there):
    answer = counting.get(reverse("api-patient-list"), {"q": there.made.encounter.patient.uhid})

    assert (answer.status_code, "Wait ten minutes." in answer.json()["detail"]) == (429, True)


def test_their_own_patients_and_names_and_half_a_number_they_still_find(counting, here):
    patient = here.made.encounter.patient
    for text in patient.uhid, patient.name, patient.phone, "12100", "Nobody Ofthisname":
        answer = counting.post(reverse("patients:patient_list"), {"q": text})
        assert "Wait ten minutes." not in answer.content.decode(), text
    assert counting.post(reverse("opd:search_new"), {"q": patient.uhid}).context["patient"] == patient


def test_ones_own_patient_costs_no_count(here, clerk, client):
    client.force_login(clerk)
    with CaptureQueriesContext(connection) as asked:
        client.post(reverse("patients:patient_list"), {"q": here.made.encounter.patient.uhid})

    assert not [one for one in asked.captured_queries if "kernel_throttle" in one["sql"]]


# ── The code on a receipt ──


def test_a_receipts_code_is_right_to_the_letter_or_wrong(here, client):
    key = here.made.receipt.check_key
    wrong = [
        key[:-1],
        key + "A",
        key.swapcase(),
        key[::-1],
        "A" + key[1:] if key[0] != "A" else "B" + key[1:],
    ]

    assert client.get(reverse("receipt_check", args=[key])).status_code == 200
    for one in wrong:
        assert client.get(reverse("receipt_check", args=[one])).status_code == 404, one


def test_a_receipts_code_says_nothing_of_its_number_or_its_time(here):
    key = here.made.receipt.check_key

    assert len(key) * 6 >= 128
    with pytest.raises(ValueError, match="badly formed"):
        UUID(key)


def test_who_guesses_receipts_waits_and_a_genuine_one_is_still_answered_elsewhere(here, client, settings):
    settings.RECEIPT_GUESSES = 3
    genuine = reverse("receipt_check", args=[here.made.receipt.check_key])
    statuses = [client.get(reverse("receipt_check", args=[f"{n:024d}"])).status_code for n in range(5)]

    assert statuses == [404, 404, 404, 429, 429]
    assert client.get(genuine).status_code == 429
    assert client.get(genuine, REMOTE_ADDR="10.9.9.9").status_code == 200


# ── The code on a certificate ──


def test_a_certificates_code_is_right_to_the_letter_or_wrong(here, client):
    key = check_key_of(here.certificate)
    wrong = [key[:-1], key + "A", key.swapcase(), key[::-1], "", "%00", here.certificate.number]

    assert client.get(reverse("certificate_check", args=[key])).status_code == 200
    assert len(key) * 6 >= 128
    for one in wrong:
        assert client.get(f"/c/{one}/").status_code == 404, one
        assert client.get(f"/r/{one}/").status_code == 404, one


def test_no_code_opens_the_page_of_the_other_kind_of_paper(here, client):
    receipt, certificate = here.made.receipt.check_key, check_key_of(here.certificate)

    assert client.get(reverse("certificate_check", args=[receipt])).status_code == 404
    assert client.get(reverse("receipt_check", args=[certificate])).status_code == 404


def test_who_guesses_certificates_waits_and_a_genuine_one_is_still_answered_elsewhere(here, client, settings):
    settings.CERTIFICATE_GUESSES = 3
    genuine = reverse("certificate_check", args=[check_key_of(here.certificate)])
    statuses = [client.get(reverse("certificate_check", args=[f"{n:024d}"])).status_code for n in range(5)]

    assert statuses == [404, 404, 404, 429, 429]
    assert client.get(genuine).status_code == 429
    assert client.get(genuine, REMOTE_ADDR="10.9.9.9").status_code == 200
