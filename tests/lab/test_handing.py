"""Reports over the counter: against the slip, or the digits of the phone; counted, and written down."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from lab.services import Handing, find_to_hand_out
from lab.states import Proof
from tests.factories.facilities import make_clerk
from tests.factories.lab import order
from tests.factories.results import amend, make_report

PAGE = "lab:hand_out_new"


@pytest.fixture
def report(encounter, bose, tests, tara, pal):
    (one,) = order(encounter, bose, tests["CBC"])
    return make_report(one, {"HB": "11.7"}, technician=tara, pathologist=pal)


def asked(words, digits=None):
    proof = Proof.SLIP if digits is None else Proof.PHONE
    return Handing(words, proof, digits or "")


def find(words, actor, digits=None):
    return find_to_hand_out(asked=asked(words, digits), actor=actor, at=timezone.now())


def send(client, **said):
    return client.post(reverse(PAGE), {"request_key": uuid4(), **said})


def test_the_slip_in_hand_is_enough(report, kavita):
    assert find(report.order.slip_number.lower(), kavita).slips == {report.order.slip_number: [report]}


def test_a_tube_or_a_uhid_asks_for_the_digits(report, asha, kavita):
    tube = report.content["specimen"]["accession_number"]

    for words in (tube, asha.uhid, asha.uhid_shown):
        assert find(words, kavita, "0001").patient == asha
        with pytest.raises(Refusal, match="Scan the slip itself"):
            find(words, kavita)


def test_wrong_digits_are_refused_counted_and_written_down(report, asha, kavita):
    for _one in range(5):
        with pytest.raises(Refusal, match="not the last digits"):
            find(asha.uhid, kavita, "9999")
    with pytest.raises(Refusal, match="Too many wrong digits"):
        find(asha.uhid, kavita, "0001")

    assert AuditEntry.objects.filter(name="lab.hand_out_refused", patient_id=asha.pk).count() == 5
    assert find(report.order.slip_number, kavita).patient == asha


def test_a_person_without_a_phone_comes_with_the_slip(report, asha, kavita):
    type(asha).objects.filter(pk=asha.pk).update(phone="", no_phone_reason="none")

    with pytest.raises(Refusal, match="not the last digits"):
        find(asha.uhid, kavita, "")


def test_it_is_printed_and_the_audit_says_by_what(client, report, kavita):
    client.force_login(kavita)
    page = send(client, words=report.order.slip_number, proof="slip")
    assert "Complete blood count" in page.text
    assert "11.7" not in page.text

    said = {"words": report.order.slip_number, "proof": "slip", "slip": report.order.slip_number}
    press = said | {"request_key": uuid4()}
    printed, again = (client.post(reverse(PAGE), press, headers={"X-Fetch": "1"}) for _ in range(2))

    assert (printed.status_code, again.json()) == (201, printed.json())
    assert client.get(printed.json()["url"]).status_code == 200
    (entry,) = AuditEntry.objects.filter(name="lab.reports_handed_out")
    assert entry.detail == {"proof": "slip", "count": 1, "copy": 0}
    assert entry.patient_id == report.patient_id


def test_the_newest_version_is_handed_out(client, report, kavita):
    new = amend(report, "9.9")

    assert find(report.order.slip_number, kavita).slips[report.order.slip_number] == [new]


def test_what_is_not_authorised_is_not_there(encounter, bose, tests, kavita):
    (one,) = order(encounter, bose, tests["CBC"])

    assert find(one.slip_number, kavita).slips == {}


def test_another_hospitals_counter_finds_nothing(report, sgml):
    with pytest.raises(Refusal, match="Nothing here has this number"):
        find(report.order.slip_number, make_clerk("Gita", sgml))


def test_a_slip_of_somebody_else_is_not_printed_with_these_digits(client, report, asha, kavita):
    client.force_login(kavita)

    answer = send(client, words=asha.uhid, proof="phone", digits="0001", slip="RIMS/S26/9999999")

    assert answer.status_code == 200
    assert not AuditEntry.objects.filter(name="lab.reports_handed_out").exists()


def test_what_was_typed_is_kept_and_stands_in_no_address(client, report, kavita):
    client.force_login(kavita)

    answer = send(client, words="RIMS/S26/7777777", proof="slip")

    assert answer.status_code == 422
    assert 'value="RIMS/S26/7777777"' in answer.text
