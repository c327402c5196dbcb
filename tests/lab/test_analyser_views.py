"""The pages of analysers and of their tray: one happy way and the refusals of each."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation

from facilities.roles import Role
from lab.models import Analyser, AnalyserCode, ResultLine, UnmatchedResult
from lab.states import TrayStatus, WhyInTray
from tests.factories.analysers import make_analyser, make_waiting, sent
from tests.factories.facilities import make_person
from tests.factories.lab import received
from tests.factories.wire import astm

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def pathologists(client, farhana):
    client.force_login(farhana)
    return client


@pytest.fixture
def technicians(client, rajesh):
    client.force_login(rajesh)
    return client


@pytest.fixture
def counter(rims):
    return make_analyser(rims)


@pytest.fixture
def cbc(encounter, bose, rajesh, tests, counter):
    return received(encounter, bose, rajesh, tests["CBC"])[0]


def instrument(**said):
    details = {
        "name": "BC-5000",
        "section": "haematology",
        "protocol": "hl7",
        "sender": "Mindray",
        "request_key": uuid4(),
    }
    return details | said


# ── Analysers ──


def test_an_analyser_is_added_edited_and_listed(pathologists, rims):
    made = pathologists.post(reverse("lab:analyser_new"), instrument())
    analyser = Analyser.objects.get()
    assert (made.status_code, made.url) == (303, reverse("lab:analyser_detail", args=[analyser.pk]))
    assert analyser.facility == rims

    edit = reverse("lab:analyser_edit", args=[analyser.pk])
    assert 'value="Mindray"' in pathologists.get(edit).text
    assert pathologists.post(edit, instrument(address="10.0.0.7", port="2600")).status_code == 303
    page = pathologists.get(reverse("lab:analyser_list")).text
    assert "BC-5000" in page
    assert "10.0.0.7 · port 2600" in page
    assert "not in use" in page


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"sender": ""}, "How is it known?"),
        ({"sender": "XN-550", "protocol": "astm"}, "known by the same name"),
        ({"name": "Cell counter"}, "Another analyser has this name."),
        ({"port": "80"}, "1024"),
        ({"address": "nowhere"}, "IPv4"),
        ({"sender": "विश्लेषक"}, "Letters and digits as the analyser sends them."),
    ],
)
def test_what_cannot_be_saved_is_said_and_what_was_typed_is_kept(pathologists, counter, said, sentence):
    answer = pathologists.post(reverse("lab:analyser_new"), instrument(**said))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert (said.get("name") or "BC-5000") in answer.text
    assert Analyser.objects.count() == 1


def test_a_code_is_added_from_what_was_sent_and_removed(pathologists, cbc, counter):
    sent(astm(("RBC", "4.1", "10*6/uL"), ("IRF%", "4", "%"), number=cbc.specimen.accession_number))
    detail = reverse("lab:analyser_detail", args=[counter.pk])
    page = pathologists.get(detail).text
    assert "?code=RBC#code-title" in page
    assert "?code=IRF%25#code-title" in page
    assert 'value="RBC"' in pathologists.get(detail, {"code": "RBC"}).text

    said = {"code": "RBC", "analyte_code": "RBC", "unit": "", "factor": "", "request_key": uuid4()}
    saved = pathologists.post(reverse("lab:code_new", args=[counter.pk]), said)

    assert saved.status_code == 303
    assert ResultLine.objects.get(order=cbc, analyte__code="RBC").value == "4.10"
    code = AnalyserCode.objects.get(code="RBC")
    assert pathologists.post(reverse("lab:removal_new", args=[code.pk])).status_code == 303
    assert not AnalyserCode.objects.filter(code="RBC", is_active=True).exists()


def test_a_code_that_is_known_is_edited_in_its_place(pathologists, counter, tests):
    detail = reverse("lab:analyser_detail", args=[counter.pk])
    assert '<option value="TLC" selected>' in pathologists.get(detail, {"code": "WBC"}).text

    wrong = {"code": "WBC", "analyte_code": "", "factor": "0.1", "request_key": uuid4()}
    answer = pathologists.post(reverse("lab:code_new", args=[counter.pk]), wrong)

    assert answer.status_code == 422
    assert "What is left out has neither unit nor factor." in answer.text


def test_another_hospitals_analyser_is_not_there(client, counter, sgml):
    client.force_login(make_person("Manoj", Role.PATHOLOGIST, sgml))
    row = make_waiting(counter.facility)
    code = row.message.analyser.codes.get()
    assert "Cell counter" not in client.get(reverse("lab:analyser_list")).text
    assert row.code not in client.get(reverse("lab:tray")).text
    for name, pk in (
        ("analyser_detail", counter.pk),
        ("analyser_edit", counter.pk),
        ("tray_detail", row.pk),
    ):
        assert client.get(reverse(f"lab:{name}", args=[pk])).status_code == 404
    for name, pk in (
        ("code_new", counter.pk),
        ("removal_new", code.pk),
        ("assignment_new", row.pk),
        ("discard_new", row.pk),
    ):
        assert client.post(reverse(f"lab:{name}", args=[pk])).status_code == 404


# ── The tray ──


def test_the_tray_says_what_waits_and_why_and_escapes_what_was_sent(technicians, rims):
    row = make_waiting(rims, code=HOSTILE[:40])
    UnmatchedResult.objects.update(value=HOSTILE, accession_number=HOSTILE[:40], words=HOSTILE)

    for page in reverse("lab:tray"), reverse("lab:tray_detail", args=[row.pk]):
        shown = technicians.get(page).text
        assert "<img" not in shown
        assert "this code is not in the analyser&#x27;s list" in shown
    with translation.override("hi"):
        assert str(WhyInTray.NO_CODE.label) == "यह कोड मशीन की सूची में नहीं है"


def test_the_tray_says_units_as_a_report_does(technicians, rims, counter):
    row = make_waiting(rims, why=WhyInTray.OTHER_UNIT)
    UnmatchedResult.objects.update(unit="10*3/uL", words="10*6/uL")

    for page in (reverse("lab:tray"), reverse("lab:tray_detail", args=[row.pk])):
        shown = technicians.get(page).text
        assert "×10³/µL" in shown
        assert "×10⁶/µL" in shown
        assert "10*" not in shown
        assert "10^" not in shown


def test_what_was_measured_and_not_ordered_is_a_list_of_its_own(technicians, cbc, counter):
    AnalyserCode.objects.filter(code="PLT").update(analyte_codes=["RETIC"], unit="%")
    number = cbc.specimen.accession_number
    sent(astm(("HGB", "12.4", "g/dL"), ("PLT", "1.2", "%"), number=number))

    page = technicians.get(reverse("lab:tray")).text
    assert "The tray is empty" in page
    assert "Measured, not ordered 1" in page
    assert number in technicians.get(reverse("lab:tray"), {"only": "unasked"}).text


def test_a_value_is_assigned(technicians, cbc):
    sent(astm(("HGB", "12.4", "g/dL"), number="Y990000001"))
    row = UnmatchedResult.objects.get()
    page = technicians.get(reverse("lab:tray_detail", args=[row.pk])).text
    assert '<option value="HB" selected>' in page

    number = cbc.specimen.accession_number
    answer = technicians.post(
        reverse("lab:assignment_new", args=[row.pk]),
        {"accession_number": number, "analyte_code": "HB", "request_key": uuid4()},
        follow=True,
    )

    assert "Entered: 12.4." in answer.text
    assert "The tray is empty" in answer.text
    assert ResultLine.objects.get(order=cbc, analyte__code="HB").value == "12.4"
    gone = technicians.get(reverse("lab:tray_detail", args=[row.pk]))
    assert gone.status_code == 404


def test_what_cannot_be_assigned_is_said_at_its_field(technicians, cbc):
    sent(astm(("HGB", "12.4", "g/dL"), number="Y990000001"))
    row = UnmatchedResult.objects.get()
    url = reverse("lab:assignment_new", args=[row.pk])

    unknown = technicians.post(url, {"accession_number": "Y990000002", "analyte_code": "HB"})
    assert (unknown.status_code, "no tube here has this number" in unknown.text) == (422, True)
    assert 'value="Y990000002"' in unknown.text
    number = cbc.specimen.accession_number
    other = technicians.post(url, {"accession_number": number, "analyte_code": "K", "request_key": uuid4()})
    assert other.status_code == 422
    assert technicians.post(url, {}).status_code == 422


def test_a_value_is_put_away_with_a_reason(technicians, rims):
    row = make_waiting(rims, why=WhyInTray.CONTROL)
    url = reverse("lab:discard_new", args=[row.pk])
    said = {"discard-reason": "other", "discard-request_key": uuid4()}

    assert "Say why in words." in technicians.post(url, said).text
    assert technicians.post(url, {}).status_code == 422
    assert technicians.post(url, said | {"discard-note": "spilt"}).status_code == 303

    row.refresh_from_db()
    assert (row.status, row.discard_note) == (TrayStatus.DISCARDED, "spilt")


def test_all_is_tried_once_more(technicians, cbc, counter):
    sent(astm(("RBC", "4.1", "10*6/uL"), number=cbc.specimen.accession_number))
    again = reverse("lab:match_new")
    assert "Nothing matched." in technicians.post(again, follow=True).text
    AnalyserCode.objects.create(
        facility=counter.facility, analyser=counter, code="RBC", analyte_codes=["RBC"], unit=""
    )
    assert "1 matched." in technicians.post(again, follow=True).text
