"""Other numbers, cards and labels over the API: the same acts, the same refusals."""

from uuid import uuid4

import pytest
from django.urls import reverse

from patients.models import IdentifierKind
from tests.factories.patients import give_identifier, make_patient

CR = "331012600012345"


@pytest.fixture
def caller(client, kavita):
    client.force_login(kavita)

    def call(method, name, pk, body=None, **headers):
        answer = getattr(client, method)(
            reverse(name, args=[pk]), body or {}, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()

    return call


def test_a_number_is_added_listed_and_ended(caller, asha, sgml):
    body = {"kind": "cr_number", "value": CR, "issuer": "sgml"}
    status, kept = caller("post", "api-patient-identifiers", asha.pk, body)
    assert (status, kept["value"], kept["issuer"], kept["ended_at"]) == (201, CR, "SGML", None)

    status, ended = caller("post", "api-identifier-endings", kept["id"])
    assert status == 201
    _, page = caller("get", "api-patient-identifiers", asha.pk)
    assert [one["ended_at"] for one in page["results"]] == [ended["ended_at"]]


def test_a_number_sent_twice_with_its_key_is_one(caller, asha):
    key = {"Idempotency-Key": str(uuid4())}
    body = {"kind": "old_number", "value": "MRD/7"}
    first = caller("post", "api-patient-identifiers", asha.pk, body, **key)

    assert caller("post", "api-patient-identifiers", asha.pk, body, **key) == first
    assert caller("post", "api-patient-identifiers", asha.pk, body | {"value": "MRD/8"}, **key)[0] == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "abha_number", "value": "9110"}, 400),
        ({"kind": "aadhaar", "value": "1"}, 400),
        ({"kind": "old_number", "value": "MRD/7", "issuer": "XXXX"}, 422),
        ({"kind": "old_number"}, 400),
        ({"kind": "old_number", "value": "MRD/7", "colour": "red"}, 400),
    ],
)
def test_what_is_wrong_is_said_in_a_problem(caller, asha, body, status):
    answered, problem = caller("post", "api-patient-identifiers", asha.pk, body)

    assert (answered, bool(problem["detail"])) == (status, True)
    assert not asha.identifiers.exists()


def test_cards_are_printed_counted_and_listed(caller, asha):
    assert caller("post", "api-patient-cards", asha.pk)[1]["copy"] == 0
    status, problem = caller("post", "api-patient-cards", asha.pk)
    assert (status, problem["errors"][0]["field"]) == (422, "reason")
    assert caller("post", "api-patient-cards", asha.pk, {"reason": "lost"})[1]["copy"] == 1

    _, page = caller("get", "api-patient-cards", asha.pk)
    assert [(one["copy"], one["reason"]) for one in page["results"]] == [(1, "lost"), (0, "")]


def test_labels_are_a_paper(caller, asha, client):
    status, labels = caller("post", "api-patient-labels", asha.pk, {"count": 2})

    assert status == 201
    assert client.get(labels["url"]).content.startswith(b"%PDF")
    assert caller("post", "api-patient-labels", asha.pk, {"count": 99})[0] == 400


def test_a_strangers_patient_and_numbers_are_not_there(caller, sgml):
    stranger = make_patient(sgml)
    number = give_identifier(stranger, IdentifierKind.OLD_NUMBER, "MRD/7")

    for name in ("api-patient-identifiers", "api-patient-cards", "api-patient-labels"):
        assert caller("post", name, stranger.pk, {"kind": "old_number", "value": "1"})[0] in {400, 404}
    assert caller("get", "api-patient-identifiers", stranger.pk)[0] == 404
    assert caller("get", "api-patient-cards", stranger.pk)[0] == 404
    assert caller("post", "api-identifier-endings", number.pk)[0] == 404


def test_the_answer_about_the_abha_is_shown_and_changed(caller, asha):
    body = {"abha_status": "declined", "rev": asha.rev}
    assert caller("patch", "api-patient-detail", asha.pk, body)[1]["abha_status"] == "declined"

    asha.refresh_from_db()
    status, problem = caller("patch", "api-patient-detail", asha.pk, {"abha_status": "linked", "rev": 1})
    assert (status, problem["errors"][0]["field"]) == (422, "abha_number")
