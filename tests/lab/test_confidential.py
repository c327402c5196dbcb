"""HIV and the contacts of survivors: read by those who treat and those who do the work, by nobody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.pdf import may_open
from hmis.kernel.views import print_url
from lab.labels import LABELS
from lab.models import DiagnosticReport, ServiceRequest
from lab.queries import confidential, reports
from lab.services import (
    Entry,
    Findings,
    Handing,
    comment_on_result,
    enter_results,
    find_to_hand_out,
    hold_result,
    print_reports,
    write_findings,
)
from lab.states import FINDINGS, IMPRESSION, HoldReason, OrderStatus, Proof, ResultOrigin, Section
from patients.models import CaseKind, MedicoLegalCase
from patients.services import break_glass
from patients.states import EncounterStatus
from tests.factories.facilities import make_person
from tests.factories.lab import collect, enter, order, received, verify
from tests.factories.looking import says
from tests.factories.results import make_report

# A word that stands nowhere else: the catalogue has a "C-reactive protein".
RESULT = "reactive-4711"
WORDS = ("HIV", "एच.आई.वी.", RESULT)


@pytest.fixture
def hiv(encounter, bose, tests, tara, pal):
    (one,) = order(encounter, bose, tests["HIVR"])
    return make_report(one, {"HIVR": (RESULT, "A")}, technician=tara, pathologist=pal)


@pytest.fixture
def cbc(encounter, bose, tests, tara, pal):
    (one,) = order(encounter, bose, tests["CBC"])
    return make_report(one, {"HB": "11.7"}, technician=tara, pathologist=pal)


def survivor(encounter, clara):
    return MedicoLegalCase.objects.create(
        facility=encounter.facility,
        encounter=encounter,
        patient=encounter.patient,
        number="RIMS/M26/0000001",
        kind=CaseKind.SEXUAL_ASSAULT,
        marked_by=clara,
        marked_at=timezone.now(),
    )


def over(encounter):
    """The contact is over: nobody treats the patient here now."""
    type(encounter).objects.filter(pk=encounter.pk).update(
        status=EncounterStatus.FINISHED, ended_at=timezone.now()
    )


# ── The rule ──


def test_hiv_is_confidential_by_the_catalogue_and_the_survivors_contact_whole(hiv, cbc, encounter, clara):
    assert confidential.are_confidential([hiv.order_id, cbc.order_id]) == {hiv.order_id}

    survivor(encounter, clara)

    assert confidential.are_confidential([hiv.order_id, cbc.order_id]) == {hiv.order_id, cbc.order_id}


def test_a_panel_with_hiv_in_it_is_confidential(encounter, bose, tests):
    panel, count, urine = order(encounter, bose, tests["ANTEN"], tests["CD4"], tests["CBC"])

    found = confidential.open_results(ServiceRequest.objects.all())

    assert list(found) == [urine]
    assert confidential.are_confidential([panel.pk, count.pk]) == {panel.pk, count.pk}


def test_who_treats_and_who_does_the_work_reads_it(hiv, encounter, bose, clara, tara, pal, roy, kavita, esha):
    now = timezone.now()
    may = {one.name: confidential.may_read(one, hiv.order, now) for one in (bose, clara, tara, pal)}
    assert may == {"Bose": True, "Clara": True, "Tara": True, "Pal": True}
    assert not any(confidential.may_read(one, hiv.order, now) for one in (roy, kavita, esha))

    over(encounter)

    assert not confidential.may_read(bose, hiv.order, now)
    assert confidential.may_read(pal, hiv.order, now)


def test_a_chart_that_was_opened_with_a_reason_shows_it(hiv, encounter, bose):
    over(encounter)
    now = timezone.now()
    break_glass(
        patient=encounter.patient,
        reason="unconscious in casualty",
        request_key=uuid4(),
        actor=bose,
        at=now,
    )

    assert confidential.may_read(bose, hiv.order, now)
    assert not confidential.may_read(bose, hiv.order, now + timedelta(hours=2))


def test_what_is_not_confidential_needs_no_treatment(cbc, encounter, bose):
    over(encounter)

    assert confidential.may_read(bose, cbc.order, timezone.now())


# ── Its name ──


@pytest.fixture
def kept(encounter, bose, tests):
    """Ordered, with a note that tells."""
    (one,) = order(encounter, bose, tests["HIVR"], urgent=True)
    ServiceRequest.objects.filter(pk=one.pk).update(note="partner is positive")
    return one


def test_lists_of_orders_name_it_to_the_laboratory_alone(client, kept, encounter, kavita, bose, tara, roy):
    there = reverse("lab:order_list")
    for person, is_named in ((kavita, False), (bose, False), (roy, False), (tara, True)):
        client.force_login(person)
        for page in (client.get(there).text, client.post(there, {"words": encounter.patient.uhid}).text):
            assert ("HIV" in page) == ("partner is positive" in page) == is_named, person
            assert ("confidential test" in page) != is_named


def test_the_label_of_the_tube_names_its_section(kept, encounter, tests, bose, rajesh):
    (open_one,) = order(encounter, bose, tests["CRP"], urgent=True)

    collect(encounter, [kept, open_one], rajesh)

    said = " ".join(one["tests"] for one in IssuedDocument.objects.get(template=LABELS).context["labels"])
    assert "HIV" not in said
    assert "CRP" in said
    assert kept.test.section.upper() in said


def test_it_is_printed_by_itself_alone(hiv, cbc, bose):
    def papers(report):
        return print_reports(request_key=uuid4(), report=report, whole=True, actor=bose, at=timezone.now())

    assert papers(cbc).context["versions"] == [f"{cbc.order_id}/1"]
    assert papers(hiv).context["versions"] == [f"{hiv.order_id}/1"]


# ── Every page ──


def pages_for(patient, report):
    key = [patient.pk]
    yield "lab:order_list", "get", {}
    yield "lab:examination_list", "get", {}
    yield "lab:test_list", "get", {}
    yield "lab:tray", "get", {}
    yield "lab:authorisation_list", "get", {}
    for section in Section:
        yield "lab:worklist", "get", {"section": section}
    for number in (report.order.specimen.accession_number, ""):
        yield "lab:worklist", "get", {"number": number}
    of_order = [report.order_id]
    for name in ("lab:result_detail", "lab:findings_edit", "lab:authorisation_new"):
        yield name, "get", of_order
    for name in ("lab:result_new", "lab:result_detail", "lab:findings_edit", "lab:authorisation_new"):
        yield name, "post", of_order
    for name in ("lab:result_list", "lab:result_summary", "patients:chart_detail", "patients:patient_detail"):
        yield name, "get", key
    yield "lab:report_detail", "get", [*key, report.pk]
    yield "lab:report_paper_new", "post", [*key, report.pk]


def ask(client, name, method, said):
    """The answer of a page: of an address with these ids, or narrowed to these words."""
    if isinstance(said, dict):
        return getattr(client, method)(reverse(name), said)
    return getattr(client, method)(reverse(name, args=said))


def test_no_result_stands_on_any_page_of_who_neither_treats_nor_does_the_work(
    client, hiv, cbc, encounter, rims, asha, roy, kavita, dev
):
    over(encounter)
    records = make_person("Rekha", Role.RECORDS_OFFICER, rims)
    for person in (roy, kavita, dev, records, make_person("Lata", Role.FACILITY_ADMIN, rims)):
        client.force_login(person)
        for name, method, key in pages_for(asha, hiv):
            assert RESULT not in ask(client, name, method, key).text, (person, name)
    client.force_login(roy)
    assert client.get(reverse("lab:report_detail", args=[asha.pk, hiv.pk])).status_code == 404
    page = client.get(reverse("lab:result_list", args=[asha.pk])).text
    assert "11.7" in page
    assert not says("HIV", page)
    the_audit_says_nothing_of_it()


def test_the_treating_doctor_reads_and_prints_it(client, hiv, asha, bose):
    client.force_login(bose)

    assert RESULT in client.get(reverse("lab:result_list", args=[asha.pk])).text
    assert says("HIV", client.get(reverse("lab:result_summary", args=[asha.pk])).text)
    printed = client.post(reverse("lab:report_paper_new", args=[asha.pk, hiv.pk]), headers={"X-Fetch": "1"})
    assert client.get(printed.json()["url"]).status_code == 200


def test_a_technician_opens_the_report_but_no_list_names_it(client, hiv, asha, tara):
    client.force_login(tara)

    assert RESULT in client.get(reverse("lab:report_detail", args=[asha.pk, hiv.pk])).text
    assert not says("HIV", client.get(reverse("lab:result_list", args=[asha.pk])).text)


def test_its_paper_opens_to_nobody_else_and_not_after_the_contact(hiv, encounter, bose, kavita, roy, pal):
    paper = print_reports(request_key=uuid4(), report=hiv, actor=bose, at=timezone.now())

    assert may_open(bose, paper)
    assert may_open(pal, paper)
    assert not may_open(kavita, paper)
    assert not may_open(roy, paper)
    over(encounter)
    assert not may_open(bose, paper)
    assert print_url([paper], bose) == ""


def test_a_paper_of_a_contact_that_turns_out_a_survivors_closes(client, cbc, encounter, bose, kavita, clara):
    paper = print_reports(request_key=uuid4(), report=cbc, actor=bose, at=timezone.now())
    assert may_open(kavita, paper)

    survivor(encounter, clara)

    assert not may_open(kavita, paper)
    client.force_login(kavita)
    assert client.get(reverse("paper_detail", args=[paper.pk])).status_code == 403


def test_the_whole_slip_is_printed_without_it_for_who_does_not_treat(hiv, cbc, encounter, bose, pal):
    over(encounter)

    paper = print_reports(request_key=uuid4(), report=cbc, whole=True, actor=pal, at=timezone.now())

    assert paper.context["orders"] == [str(cbc.order_id)]
    assert not says("HIV", str(paper.context))


def test_its_values_enter_no_trend_of_another_paper(encounter, bose, tests, tara, pal, clara, med):
    for days in (20, 10):
        at = timezone.now() - timedelta(days=days)
        (one,) = order(encounter, bose, tests["CBC"], at=at, again=True)
        make_report(one, {"HB": "7.7"}, technician=tara, pathologist=pal, at=at)
    survivor(encounter, clara)
    elsewhere = type(encounter).objects.create(
        patient=encounter.patient,
        facility=med.facility,
        department=med,
        encounter_class=encounter.encounter_class,
        started_at=timezone.now(),
    )
    (one,) = order(elsewhere, bose, tests["CBC"])
    report = make_report(one, {"HB": "11.7"}, technician=tara, pathologist=pal)

    paper = print_reports(request_key=uuid4(), report=report, actor=bose, at=timezone.now())

    assert not says("7.7", str(paper.context))


# ── The laboratory and imaging: each its own work ──


@pytest.fixture
def waiting(encounter, bose, tests, tara):
    """An HIV test whose value waits to be verified."""
    (one,) = received(encounter, bose, tara, tests["HIVR"])
    enter(one, tara, HIVR="reactive")
    return one


@pytest.fixture
def xray(encounter, bose, tests, roy, clara):
    """A survivor's X-ray, told and waiting."""
    survivor(encounter, clara)
    (one,) = order(encounter, bose, tests["XRCH"], urgent=True)
    tell(one, roy, RESULT)
    return one


def tell(one, actor, findings, **revs):
    return write_findings(
        order=one,
        told=Findings(findings, "seen", revs),
        request_key=uuid4(),
        actor=actor,
        at=timezone.now(),
    )


def test_what_waits_in_the_laboratory_is_not_imagings(client, waiting, asha, tara, roy):
    page = reverse("lab:worklist")
    client.force_login(tara)
    assert asha.name in client.get(page, {"section": "serology"}).text

    client.force_login(roy)
    for said in ({"section": "serology"}, {"number": waiting.specimen.accession_number}, {}):
        assert asha.name not in client.get(page, said).text, said
    for name in ("lab:result_detail", "lab:authorisation_new", "lab:findings_edit"):
        assert client.get(reverse(name, args=[waiting.pk])).status_code in (303, 404), name
    for name in ("lab:result_detail", "lab:result_new", "lab:authorisation_new"):
        assert client.post(reverse(name, args=[waiting.pk])).status_code == 404, name


def test_what_imaging_has_told_is_not_the_laboratorys(client, xray, tara, pal, roy):
    client.force_login(roy)
    assert RESULT in client.get(reverse("lab:worklist"), {"section": "imaging"}).text
    assert RESULT in client.get(reverse("lab:findings_edit", args=[xray.pk])).text

    for person in (tara, pal):
        client.force_login(person)
        assert RESULT not in client.get(reverse("lab:worklist"), {"section": "imaging"}).text
        for name in ("lab:result_detail", "lab:findings_edit"):
            assert client.get(reverse(name, args=[xray.pk])).status_code == 404, (person, name)
            assert client.post(reverse(name, args=[xray.pk])).status_code == 404, (person, name)
    ServiceRequest.objects.filter(pk=xray.pk).update(
        status=OrderStatus.VERIFIED, verified_by=roy, verified_at=timezone.now()
    )
    assert client.get(reverse("lab:authorisation_new", args=[xray.pk])).status_code == 404


def test_nobody_writes_verifies_or_holds_the_work_of_the_other(waiting, xray, roy, tara, pal):
    assert enter(waiting, roy, HIVR="non-reactive").refused
    assert enter(xray, tara, **{FINDINGS: "clear"}).refused
    revs = {one.analyte.code: one.rev for one in xray.lines.select_related("analyte")}
    acts = [
        lambda: verify(waiting, roy),
        lambda: verify(xray, tara),
        lambda: tell(xray, tara, "clear", **revs),
        lambda: hold_result(order=waiting, reason=HoldReason.CLINICAL, actor=roy, at=timezone.now()),
        lambda: comment_on_result(order=xray, comment="x", base="", actor=pal, at=timezone.now()),
    ]
    for one in acts:
        with pytest.raises(Refusal, match="the work of others"):
            one()
    assert xray.lines.get(analyte__code=FINDINGS).value == RESULT
    assert xray.lines.get(analyte__code=IMPRESSION).value == "seen"


def test_an_analyser_enters_in_nobodys_name(waiting):
    entry = Entry(waiting.pk, "HIVR", "non-reactive", waiting.lines.get().rev)

    done = enter_results(entries=[entry], origin=ResultOrigin.ANALYSER, actor=None, at=timezone.now())

    assert [one.value for one in done.lines] == ["non-reactive"]


# ── The counter, and the audit ──


def test_it_is_never_handed_out_and_nothing_says_that_there_is_one(client, hiv, asha, kavita):
    found = find_to_hand_out(
        asked=Handing(hiv.order.slip_number, Proof.SLIP), actor=kavita, at=timezone.now()
    )
    assert found.slips == {}

    client.force_login(kavita)
    page = client.post(
        reverse("lab:hand_out_new"),
        {"words": hiv.order.slip_number, "proof": "slip", "request_key": uuid4()},
    )
    assert page.status_code == 200
    assert "Nothing is ready" in page.text
    for word in WORDS:
        assert not says(word, page.text)


def test_no_detail_of_the_audit_says_it(client, hiv, cbc, asha, bose, tara, kavita):
    """The radiologist's and the clerk's pages are walked above, where no result stands on them."""
    for person in (bose, tara):
        client.force_login(person)
        for name, method, key in pages_for(asha, hiv):
            ask(client, name, method, key)
    client.force_login(kavita)
    client.post(
        reverse("lab:hand_out_new"),
        {
            "words": cbc.order.slip_number,
            "proof": "slip",
            "slip": cbc.order.slip_number,
            "request_key": uuid4(),
        },
    )

    assert AuditEntry.objects.filter(name__startswith="lab.").count() > 5
    the_audit_says_nothing_of_it()


def the_audit_says_nothing_of_it():
    for entry in AuditEntry.objects.all():
        said = f"{entry.name} {entry.detail}"
        for word in (*WORDS, "assault", "Asha", "11.7"):
            assert word not in said, said


def test_reports_of_a_contact_count_without_it(hiv, cbc, asha):
    held = reports.reports_of(asha)

    assert set(confidential.open_results(held, "order")) == {cbc}
    assert DiagnosticReport.objects.count() == 2
    assert not IssuedDocument.objects.filter(template=reports.REPORT).exists()
