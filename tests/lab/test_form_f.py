"""Form F: signed before, finished after, listed by the month; and nothing that names the child's sex."""

import re
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from facilities.roles import Role
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.pdf import bytes_of, may_open
from lab.forms import FindingsForm, FormFForm, FormFResultForm
from lab.models import FormF, FormFResult
from lab.queries.form_f import FORM, due_on
from lab.services import Findings, examine, finish_form_f, sign_form_f, write_findings
from lab.states import OrderStatus
from lab.unborn import names_sex
from tests.factories.constraints import rule_broken_by
from tests.factories.facilities import make_person
from tests.factories.lab import order

NAMING = re.compile(r"sex|gender|male|foet|fet(us|al)|boy|girl", re.IGNORECASE)
BOTH = "form_f_names_both_registrations"
HOSTILE = '=HYPERLINK("x")'


@pytest.fixture
def scan(encounter, bose, tests):
    (one,) = order(encounter, bose, tests["USGOB"], urgent=True)
    return one


def details(**changes):
    return {
        "centre_registration": "JH/RAN/2019/123",
        "living_sons": 0,
        "living_daughters": 1,
        "ages_of_daughters": "2 years",
        "relative_name": "Ramesh Mahto",
        "address": "Bundu, Ranchi",
        "referred_by": "Dr Bose, RIMS Ranchi",
        "weeks": 22,
        "indications": [2, 14],
        "declared_on": timezone.localdate(),
        **changes,
    }


def sign(scan, actor, *, key=None, **changes):
    return sign_form_f(
        order=scan, details=details(**changes), request_key=key or uuid4(), actor=actor, at=timezone.now()
    )


def finish(scan, actor, **changes):
    today = timezone.localdate()
    said = {"examined_on": today, "result": "22 weeks", "conveyed_to": "the patient", "conveyed_on": today}
    return finish_form_f(
        order=scan, details=said | changes, request_key=uuid4(), actor=actor, at=timezone.now()
    )


def tell(scan, actor, findings, impression="Single live intrauterine pregnancy of 22 weeks."):
    return write_findings(
        order=scan,
        told=Findings(findings, impression, {}),
        request_key=uuid4(),
        actor=actor,
        at=timezone.now(),
    )


# ── The order of things ──


def test_signed_examined_told_finished(scan, roy):
    form = sign(scan, roy)
    assert (form.version, form.registration) == (1, "JMC-0815")

    examine(order=scan, request_key=uuid4(), actor=roy, at=timezone.now())
    tell(scan, roy, "Placenta: anterior\nLiquor: seen")
    finish(scan, roy)

    scan.refresh_from_db()
    assert scan.status == OrderStatus.RESULTED
    papers = IssuedDocument.objects.filter(about_id=form.pk, template=FORM).order_by("issued_at")
    assert [bool(one.context["done"]) for one in papers] == [False, True]
    assert bytes_of(papers[0]).startswith(b"%PDF")


def test_a_mistake_is_a_second_version_that_says_why(scan, roy):
    sign(scan, roy)

    with pytest.raises(Refusal, match="Say why the form is put right"):
        sign(scan, roy, weeks=23)
    again = sign(scan, roy, weeks=23, why_corrected="weeks miscounted")

    assert (again.version, FormF.objects.count()) == (2, 2)


def test_sent_twice_it_is_signed_once(scan, roy):
    key = uuid4()
    assert sign(scan, roy, key=key) == sign(scan, roy, key=key)
    assert FormF.objects.count() == 1


def test_what_is_signed_stays(scan, roy, as_application):
    form = sign(scan, roy)
    for act in (lambda: FormF.objects.update(weeks=9), lambda: form.delete()):
        with pytest.raises(Exception, match=r"permission denied|append_only"), transaction.atomic():
            act()


def test_refusals(scan, roy, tara, encounter, bose, tests):
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(Refusal, match="council registration number"):
        sign(scan, tara)
    with pytest.raises(Refusal, match="This day lies ahead"):
        sign(scan, roy, declared_on=tomorrow)
    (xray,) = order(encounter, bose, tests["XRCH"])
    with pytest.raises(Refusal, match="needs no Form F"):
        sign(xray, roy)
    sign(scan, roy)
    with pytest.raises(Refusal, match="was not made yet"):
        finish(scan, roy)


def test_every_rule_is_broken_once(scan, roy):
    base = {
        "facility": scan.facility,
        "order": scan,
        "patient": scan.patient,
        "performed_by": roy,
        "registration": "JMC-0815",
        "signed_at": timezone.now(),
        **details(),
    }

    def make(**changes):
        return FormF.objects.create(**base | changes)

    make()
    broken = {
        rule_broken_by(make): "form_f_version_is_given_once",
        rule_broken_by(make, version=2): "corrected_form_f_says_why",
        rule_broken_by(make, version=3, why_corrected="x", weeks=None): "form_f_says_how_far_she_is",
        rule_broken_by(make, version=3, why_corrected="x", indications=[]): "form_f_has_an_indication",
        rule_broken_by(make, version=3, why_corrected="x", referred_by=""): "form_f_says_who_referred",
        rule_broken_by(
            make, version=3, why_corrected="x", registration=""
        ): "form_f_names_both_registrations",
    }
    assert {name: name for name in broken} == broken
    day = timezone.localdate()
    result = {
        "facility": scan.facility,
        "order": scan,
        "examined_on": day,
        "result": "seen",
        "conveyed_to": "her",
        "conveyed_on": day,
        "recorded_by": roy,
        "recorded_at": timezone.now(),
    }
    for changes, name in (
        ({"result": ""}, "form_f_result_is_conveyed_to_somebody"),
        ({"conveyed_on": day - timedelta(days=1)}, "form_f_result_is_conveyed_after_it_is_found"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            FormFResult.objects.create(**result | changes)


# ── Nothing names it ──


@pytest.mark.parametrize(
    "text",
    [
        "male foetus",
        "Female child",
        "It is a b o y",
        "fetal s e x seen",
        "g1rl",
        "लड़का है",
        "लड़की",
        "बेटी होगी",
        "लिंग",
        "ladki hai",
        "beta hoga",
        "JAI MATA DI",
        "46 XY",
        "♂",
        "external genitalia seen",
        "m.a.l.e",
    ],
)
def test_a_report_that_names_it_is_refused(scan, roy, text):
    sign(scan, roy)

    with pytest.raises(Refusal, match="the law forbids to tell the child's sex"):
        tell(scan, roy, f"Liquor: seen. {text}")
    with pytest.raises(Refusal, match="the law forbids"):
        tell(scan, roy, "Liquor: seen", impression=text)
    assert not scan.lines.exists()


@pytest.mark.parametrize(
    "text",
    [
        "beta hCG 1200, single live intrauterine pregnancy",
        "BPD 8.2 cm, FL 6.1 cm, HC 29 cm, EFW 2.1 kg +/- 300 g",
        "Cervix 3.2 cm; internal os closed; the placenta is anterior, others seen",
        "वजन ठीक, धड़कन 140",
    ],
)
def test_what_says_nothing_of_it_passes(text):
    assert names_sex(text) == ""


def test_the_form_itself_takes_no_such_word(scan, roy):
    with pytest.raises(Refusal, match="the law forbids"):
        sign(scan, roy, referral_says="wants a boy")
    sign(scan, roy)
    examine(order=scan, request_key=uuid4(), actor=roy, at=timezone.now())
    for field in ("result", "conveyed_to", "mtp_indication"):
        with pytest.raises(Refusal, match="the law forbids"):
            finish(scan, roy, **{field: "female"})


def test_no_table_of_the_laboratory_and_no_form_has_a_field_for_it(db):
    fields = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("lab").get_models()
        for field in model._meta.get_fields()
    }
    named = {one for one in fields if NAMING.search(one)}
    # For whom a reference range is: of the patient.
    assert {one for one in named if not one.startswith("ReferenceRange")} == set()
    for form in (FindingsForm, FormFForm, FormFResultForm):
        assert not [name for name in form.base_fields if "sex" in name or "gender" in name]


def test_the_declarations_alone_speak_of_it_on_paper(scan, roy):
    paper = IssuedDocument.objects.get(about_id=sign(scan, roy).pk)
    said = get_template(FORM).render({"paper": paper, **paper.frozen()})

    assert len(re.findall(r"foetus", said)) == 2
    assert "do not want to know the sex of my foetus" in said


# ── The pages and the month ──


def test_the_page_signs_prints_and_finishes(client, scan, roy):
    client.force_login(roy)
    page = reverse("lab:form_f_new", args=[scan.pk])
    known = client.get(page).text
    assert "Bose, RIMS Ranchi" in known
    assert 'name="why_corrected"' not in known

    typed = {**details(), "declared_on": f"{timezone.localdate():%d-%m-%Y}", "request_key": uuid4()}
    answer = client.post(page, typed | {"indications": []})
    assert answer.status_code == 422
    assert "Ramesh Mahto" in answer.text
    answer = client.post(page, typed)
    assert answer.status_code == 303, answer.text
    shown = client.get(reverse("lab:form_f_detail", args=[scan.pk])).text
    assert "JMC-0815" in shown

    form = FormF.objects.get()
    press, print_it = {"request_key": uuid4()}, reverse("lab:form_f_paper_new", args=[form.pk])
    printed = client.post(print_it, press, headers={"X-Fetch": "1"})
    assert client.get(printed.json()["url"]).status_code == 200
    assert client.post(print_it, press, headers={"X-Fetch": "1"}).json() == printed.json()
    assert IssuedDocument.objects.filter(about_id=form.pk, copy__gt=0).count() == 1
    examine(order=scan, request_key=uuid4(), actor=roy, at=timezone.now())
    today = f"{timezone.localdate():%d-%m-%Y}"
    told = {"examined_on": today, "result": "22 weeks", "conveyed_to": "patient", "conveyed_on": today}
    answer = client.post(reverse("lab:form_f_detail", args=[scan.pk]), told | {"request_key": uuid4()})
    assert answer.status_code == 303
    assert "22 weeks" in client.get(reverse("lab:form_f_detail", args=[scan.pk])).text


def test_the_month_is_listed_due_by_the_fifth_and_leaves_as_a_sheet(client, scan, roy):
    sign(scan, roy, relative_name=HOSTILE)
    client.force_login(roy)
    month = timezone.localdate().replace(day=1)

    page = client.get(reverse("lab:form_f_list")).text
    assert "1 form is not finished" in page
    assert due_on(month).day == 5
    sheet = client.get(reverse("lab:form_f_list"), {"as": "xlsx"})
    rows = list(load_workbook(BytesIO(sheet.content)).active.iter_rows())
    assert len(rows) == 2
    assert "f" not in {cell.data_type for cell in rows[1]}
    assert HOSTILE in [cell.value for cell in rows[1]]
    assert AuditEntry.objects.filter(name="lab.forms_f_exported", detail__count=1).exists()


def test_a_pathologist_reads_no_form(client, scan, roy, pal):
    form = sign(scan, roy)
    paper = IssuedDocument.objects.get(about_id=form.pk)
    client.force_login(pal)

    for name in ("form_f_new", "form_f_detail"):
        assert client.get(reverse(f"lab:{name}", args=[scan.pk])).status_code == 404
    assert scan.slip_number not in client.get(reverse("lab:form_f_list")).text
    assert client.get(reverse("lab:form_f_list")).context["rows"] == []
    assert client.post(reverse("lab:form_f_paper_new", args=[form.pk])).status_code == 404
    assert not may_open(pal, paper)
    assert may_open(roy, paper)


def test_other_hospitals_forms_are_not_there(client, scan, roy, sgml):
    form = sign(scan, roy)
    client.force_login(make_person("Uma", Role.RADIOLOGIST, sgml))

    assert client.get(reverse("lab:form_f_detail", args=[scan.pk])).status_code == 404
    assert client.post(reverse("lab:form_f_paper_new", args=[form.pk])).status_code == 404
    assert "No Form F in this month" in client.get(reverse("lab:form_f_list")).text
