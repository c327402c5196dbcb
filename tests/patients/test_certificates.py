"""Certificates: numbered without a gap, frozen on paper, confirmed to whoever scans them, never edited."""

from datetime import timedelta
from functools import partial
from io import BytesIO
from random import Random
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from facilities.roles import Grade, Role
from hmis.kernel import facts, pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument, NumberSeries
from patients.models import CaseKind, Certificate
from patients.queries import certificate_faults, genuine_certificate
from patients.services import CaseDetails, cancel_certificate, open_case
from patients.states import CertificateKind, CertificateStatus
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.constraints import again, rule_broken_by
from tests.factories.facilities import make_person
from tests.factories.looking import says
from tests.factories.notes import make_condition, make_graded
from tests.factories.outcomes import certifying, check_key_of, make_certificate
from tests.factories.parallel import all_at_once, rolled_back
from tests.factories.patients import make_encounter, make_patient

TODAY = NOON.date()
FIT = {"kind": CertificateKind.FITNESS, "fit_for": "work"}


@pytest.fixture
def bose(bose):
    return certifying(bose)


@pytest.fixture
def encounter(asha, med):
    return make_encounter(asha, med, at=NOON)


def cancel(certificate, doctor, why="wrong person", *, key=None):
    return cancel_certificate(
        certificate=certificate, why=why, request_key=key or uuid4(), actor=doctor, at=NOON
    )


def test_sick_and_fit_share_the_years_series(encounter, bose):
    sick = make_certificate(encounter, bose, at=NOON, days=5)
    fit = make_certificate(encounter, bose, at=NOON, ends=sick, **FIT)
    later = make_certificate(encounter, bose, at=NOON + timedelta(days=300))

    numbers = [sick.number, fit.number, later.number]
    assert numbers == ["RIMS/T26/0000001", "RIMS/T26/0000002", "RIMS/T27/0000001"]
    assert (sick.days, sick.to_on, fit.days) == (5, TODAY + timedelta(days=4), 0)
    assert list(certificate_faults()) == []


def test_a_number_that_is_on_nothing_is_named(encounter, bose):
    given = make_certificate(encounter, bose, at=NOON)
    NumberSeries.objects.filter(series="T").update(last=2)
    again(given, number="RIMS/T26/0000009")

    told = sorted(map(str, certificate_faults()))
    assert told == [
        "The number RIMS/T26/0000002 was given and is on nothing.",
        "The number RIMS/T26/0000009 was never given.",
    ]


def test_a_fitness_certificate_needs_no_sick_one(encounter, bose):
    assert make_certificate(encounter, bose, at=NOON, **FIT).ends is None


# ── What is refused ──


@walked(
    ("said", "sentence", "field"),
    [
        ({"to_on": None}, "until which day", "to_on"),
        ({"days": 0}, "before the first", "to_on"),
        ({"days": 181}, "At most 180 days", "to_on"),
        ({"from_on": TODAY + timedelta(days=31)}, "too far ahead", "from_on"),
        ({"from_on": TODAY - timedelta(days=4)}, "more than 3 days ago", "backdated_why"),
        ({**FIT, "fit_for": ""}, "fit for", "fit_for"),
        ({**FIT, "from_on": TODAY - timedelta(days=4)}, "more than 3 days ago", "backdated_why"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(encounter, bose, said, sentence, field):
    with pytest.raises(Refusal, match=sentence) as refused:
        make_certificate(encounter, bose, at=NOON, **said)

    assert refused.value.field == field
    assert not Certificate.objects.exists()
    assert not NumberSeries.objects.filter(series="T").exists()


def test_the_edges_of_what_is_allowed(encounter, bose):
    for from_on in TODAY - timedelta(days=3), TODAY + timedelta(days=30):
        make_certificate(encounter, bose, at=NOON, from_on=from_on, days=180)
    assert Certificate.objects.count() == 2


def test_an_earlier_beginning_needs_its_reason_and_keeps_it(encounter, bose):
    earlier = TODAY - timedelta(days=10)
    given = make_certificate(encounter, bose, at=NOON, from_on=earlier, backdated_why="was in bed at home")

    assert given.backdated_why == "was in bed at home"


def test_the_hospital_may_allow_more_or_fewer_days(encounter, bose, settings):
    settings.CERTIFICATE_BACKDATED_DAYS = 0
    with pytest.raises(Refusal, match="more than 0 days"):
        make_certificate(encounter, bose, at=NOON, from_on=TODAY - timedelta(days=1))


def test_an_intern_gives_none_and_takes_none_back(encounter, bose, rims):
    intern = certifying(make_graded("Ira", rims, Grade.INTERN))
    given = make_certificate(encounter, bose, at=NOON)

    with pytest.raises(Refusal, match="intern"):
        make_certificate(encounter, intern, at=NOON, days=9)
    with pytest.raises(Refusal, match="intern"):
        cancel(given, intern)
    resident = certifying(make_graded("Ravi", rims, Grade.RESIDENT))
    assert make_certificate(encounter, resident, at=NOON, days=9)


def test_a_doctor_without_a_council_number_gives_none(encounter, rims):
    nobody = make_person("Nobody", Role.DOCTOR, rims)

    with pytest.raises(Refusal, match="council registration number"):
        make_certificate(encounter, nobody, at=NOON)


def test_a_cancelled_encounter_certifies_nothing(asha, med, bose):
    gone = make_encounter(asha, med, at=NOON, status="cancelled")

    with pytest.raises(Refusal, match="was cancelled"):
        make_certificate(gone, bose, at=NOON)


def test_the_same_again_is_refused_with_its_number_until_it_is_cancelled(encounter, bose):
    first = make_certificate(encounter, bose, at=NOON)

    with pytest.raises(Refusal, match=first.number):
        make_certificate(encounter, bose, at=NOON)
    cancel(first, bose)
    assert make_certificate(encounter, bose, at=NOON).number == "RIMS/T26/0000002"


def test_only_a_standing_sick_certificate_of_this_patient_is_ended(encounter, bose, rims, med):
    strange = make_certificate(make_encounter(make_patient(rims, "Birsa Munda"), med, at=NOON), bose, at=NOON)
    fit = make_certificate(encounter, bose, at=NOON, **FIT)
    gone = cancel(make_certificate(encounter, bose, at=NOON), bose)

    for wrong in strange, fit, gone:
        with pytest.raises(Refusal, match="no sick certificate"):
            make_certificate(encounter, bose, at=NOON, ends=wrong, **FIT | {"fit_for": "school"})


def test_sent_twice_it_is_one_certificate(encounter, bose):
    key = uuid4()
    first, second = (make_certificate(encounter, bose, at=NOON, key=key) for _ in range(2))

    assert first == second
    assert (Certificate.objects.count(), IssuedDocument.objects.count()) == (1, 1)
    with pytest.raises(KeyReused):
        make_certificate(encounter, bose, at=NOON, key=key, days=9)


def test_the_facts_say_neither_who_nor_what(encounter, bose):
    cancel(make_certificate(encounter, bose, at=NOON, diagnosis="A15 tuberculosis"), bose, "said too much")

    told = str(list(AuditEntry.objects.values_list("name", "detail")))
    assert "patients.certificate_issued" in told
    assert "patients.certificate_cancelled" in told
    for secret in "Asha", "tuberculosis", "said too much":
        assert secret not in told


# ── Many at once ──


@pytest.mark.django_db(transaction=True)
def test_twenty_doctors_at_once_with_losses_leave_no_gap(rims, med, bose):
    """Five in a hundred are lost before their commit: no number goes with them."""
    lucky = Random(5)
    people = [make_encounter(make_patient(rims, f"Patient {n}"), med, at=NOON) for n in range(20)]

    def morning(encounter):
        for n in range(5):
            one = partial(make_certificate, encounter, bose, at=NOON, days=n + 1)
            if lucky.random() < 0.05 or (encounter == people[0] and n == 0):
                rolled_back(one)
            one()

    outcomes = all_at_once([partial(morning, one) for one in people])

    assert outcomes == [None] * 20
    numbers = sorted(Certificate.objects.values_list("number", flat=True))
    assert numbers == [f"RIMS/T26/{n:07d}" for n in range(1, 101)]
    assert list(certificate_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_two_windows_give_the_same_certificate_once(encounter, bose):
    outcomes = all_at_once([partial(make_certificate, encounter, bose, at=NOON)] * 2)

    assert {type(one) for one in outcomes} == {Certificate, Refusal}
    assert NumberSeries.objects.get(series="T").last == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_click_ten_times_is_one_certificate(encounter, bose):
    outcomes = all_at_once([partial(make_certificate, encounter, bose, at=NOON, key=uuid4())] * 10)

    assert set(outcomes) == {Certificate.objects.get()}


@pytest.mark.django_db(transaction=True)
def test_two_cancel_once(encounter, bose):
    given = make_certificate(encounter, bose, at=NOON)
    outcomes = all_at_once([partial(cancel, given, bose)] * 2)

    assert {type(one) for one in outcomes} == {Certificate, Refusal}
    assert AuditEntry.objects.filter(name="patients.certificate_cancelled").count() == 1


# ── What the database refuses ──


BREAKS = [
    ("certificate_number_is_given_once", {}),
    ("certificate_has_a_number", {"number": ""}),
    ("certificate_says_for_which_days", {"number": "x", "to_on": None}),
    ("certificate_says_for_which_days", {"number": "x", "kind": "fitness"}),
    ("rest_ends_after_it_begins", {"number": "x", "to_on": TODAY - timedelta(days=1)}),
    ("cancelled_certificate_says_who_and_why", {"number": "x", "status": "cancelled"}),
]


@walked(("rule", "changes"), BREAKS)
def test_each_rule_of_the_table_refuses(encounter, bose, rule, changes):
    given = make_certificate(encounter, bose, at=NOON)

    assert rule_broken_by(again, given, **changes) == rule


@pytest.mark.parametrize("changes", [{"number": "RIMS/T26/0000007"}, {"to_on": TODAY + timedelta(days=90)}])
def test_what_was_given_is_never_edited(encounter, bose, changes):
    given = make_certificate(encounter, bose, at=NOON)

    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        Certificate.objects.filter(pk=given.pk).update(**changes)
    with pytest.raises(InternalError, match="Cannot delete"), transaction.atomic():
        given.delete()


# ── The paper ──


def words_of(paper):
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf.bytes_of(paper))).pages)


def test_the_paper_is_one_page_with_doctor_number_and_days(encounter, bose):
    given = make_certificate(encounter, bose, at=NOON, days=5)
    paper = IssuedDocument.objects.get(about_id=given.pk)
    (page,) = PdfReader(BytesIO(pdf.bytes_of(paper))).pages
    text = page.extract_text()

    assert (round(page.mediabox.width), round(page.mediabox.height)) == (420, 595)  # A5
    for said in given.number, "ASHA DEVI", "Bose", "JHMC/2019/00421", "22-07-2026", "26-07-2026":
        assert said in text
    assert paper.number == given.number
    assert "I10" not in text


def test_a_diagnosis_stands_on_it_only_where_the_patient_agrees(encounter, bose):
    make_condition(encounter, bose)
    silent = make_certificate(encounter, bose, at=NOON)
    told = make_certificate(encounter, bose, at=NOON, days=4, diagnosis="I10 hypertension")

    papers = {one.about_id: one for one in IssuedDocument.objects.filter(template__contains="certificate")}
    assert not says("I10", str(papers[silent.pk].context))
    assert "I10 hypertension" in words_of(papers[told.pk])


def test_the_longest_and_hostile_words_stay_on_one_page_as_text(rims, med, bose):
    name = '"><img src=x onerror=alert(1)>'
    encounter = make_encounter(make_patient(rims, name, name_hi="=1+1"), med, at=NOON)
    given = make_certificate(encounter, bose, at=NOON, diagnosis="</b><script>" + "क्षय रोग " * 20)

    paper = IssuedDocument.objects.get(about_id=given.pk)
    pages = PdfReader(BytesIO(pdf.bytes_of(paper))).pages
    assert len(pages) == 1
    assert "ONERROR=ALERT(1)" in pages[0].extract_text().replace(" ", "").replace("\n", "").upper()


def test_a_duplicate_is_counted_and_opens_the_same_page(client, encounter, bose):
    given = make_certificate(encounter, bose)
    client.force_login(bose)
    paper = IssuedDocument.objects.get(about_id=given.pk)
    for _ in range(2):
        client.post(reverse("paper_copy_new", args=[paper.pk]))

    copies = IssuedDocument.objects.filter(original=paper).order_by("copy")
    assert [one.copy for one in copies] == [1, 2]
    assert "DUPLICATE 2" in words_of(copies[1])
    assert copies[1].frozen()["check_url"] == paper.context["check_url"]


# ── The public page ──


def checked(client, certificate):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client.get(reverse("certificate_check", args=[check_key_of(certificate)]))


def test_anybody_who_scans_it_sees_number_kind_days_and_hospital(client, encounter, bose):
    given = make_certificate(encounter, bose, at=NOON, days=5, diagnosis="I10 hypertension")
    page = checked(client, given)

    assert (page.status_code, page.headers["Cache-Control"]) == (
        200,
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )
    for said in "Genuine", given.number, "Sick certificate", "5 days", "RIMS Ranchi":
        assert said in page.text
    for secret in "Asha", "आशा", given.patient.uhid, given.patient.uhid_shown, "Bose", "I10":
        assert not says(secret, page.text)


def test_a_fitness_certificate_says_no_word_of_what_was_typed(client, encounter, bose):
    given = make_certificate(encounter, bose, at=NOON, **FIT | {"fit_for": "work of Asha Devi"})

    assert "Asha" not in checked(client, given).text


def test_a_cancelled_one_is_said_to_be_cancelled(client, encounter, bose):
    given = make_certificate(encounter, bose, at=NOON)
    cancel(given, bose, "given to the wrong person")
    page = checked(client, given)

    assert "Cancelled by the hospital" in page.text
    assert "Genuine" not in page.text
    assert "wrong person" not in page.text


def test_the_code_on_the_paper_opens_that_page(client, encounter, bose):
    given = make_certificate(encounter, bose, at=NOON)
    url = IssuedDocument.objects.get(about_id=given.pk).context["check_url"]

    assert given.number in client.get(urlsplit(url).path).text


def test_no_receipt_and_no_empty_key_is_taken_for_a_certificate(encounter, bose):
    make_certificate(encounter, bose, at=NOON)

    assert genuine_certificate("") is None
    other = IssuedDocument.objects.create(
        template="billing/documents/receipt.html",
        about="billing.payment",
        about_id=uuid4(),
        check_key="r" * 24,
        context={},
        issued_at=NOON,
    )
    assert genuine_certificate(other.check_key) is None


# ── Pages ──


def new_at(encounter, kind=""):
    return reverse("patients:certificate_new", args=[encounter.pk]) + (f"?kind={kind}" if kind else "")


def sick_form(**said):
    return {"from_on": f"{timezone.localdate():%d-%m-%Y}", "days": "3", "request_key": uuid4()} | said


def test_a_doctor_types_the_days_and_the_paper_prints_itself(client, encounter, bose):
    make_condition(encounter, bose, is_main=True)
    client.force_login(bose)
    assert "I10" in client.get(new_at(encounter)).text
    answer = client.post(new_at(encounter), sick_form(days="5", diagnosis="I10 said"), follow=True)

    given = Certificate.objects.get()
    assert (given.days, given.diagnosis) == (5, "")  # nobody agreed
    paper = IssuedDocument.objects.get(about_id=given.pk)
    assert f"p={paper.pk}" in answer.text
    assert given.number in answer.text


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(client, encounter, bose):
    client.force_login(bose)
    wrong = [
        (sick_form(days=""), "for how many days"),
        (sick_form(to_on="01-01-2030"), "3 days end on"),
        (sick_form(agrees="on"), "diagnosis that is to be named"),
        (sick_form(from_on="01-01-2020"), "more than 3 days ago"),
        (sick_form(agrees="on", diagnosis="234123412346"), "Aadhaar"),
    ]
    for form, sentence in wrong:
        answer = client.post(new_at(encounter), form | {"backdated_why": ""})
        assert (answer.status_code, sentence in answer.text) == (422, True), sentence
        assert str(form["request_key"]) in answer.text
    assert not Certificate.objects.exists()


def test_by_htmx_the_form_comes_alone(client, encounter, bose):
    client.force_login(bose)
    alone = client.get(new_at(encounter), headers={"HX-Request": "true"})
    wrong = client.post(new_at(encounter), sick_form(days=""), headers={"HX-Request": "true"})
    done = client.post(new_at(encounter), sick_form(), headers={"HX-Request": "true"})

    assert alone.text.lstrip().startswith("<form")
    assert (wrong.status_code, wrong.text.lstrip().startswith("<form")) == (422, True)
    assert (done.status_code, "outcomes" in done.headers["HX-Redirect"]) == (204, True)


def test_a_fitness_certificate_by_its_page(client, encounter, bose):
    sick = make_certificate(encounter, bose)
    client.force_login(bose)
    form = {
        "fit_for": "school",
        "from_on": f"{timezone.localdate():%d-%m-%Y}",
        "ends": sick.pk,
        "request_key": uuid4(),
    }
    assert sick.number in client.get(new_at(encounter, "fitness")).text
    client.post(new_at(encounter, "fitness"), form)

    given = Certificate.objects.get(kind="fitness")
    assert (given.fit_for, given.ends) == ("school", sick)


def test_an_intern_is_told_before_anything_is_typed(client, encounter, rims):
    client.force_login(certifying(make_graded("Ira", rims, Grade.INTERN)))
    page = client.get(new_at(encounter))

    assert "An intern cannot give certificates" in page.text
    assert 'name="days"' not in page.text


def test_the_register_lists_a_period_and_withholds_whom_it_must(client, encounter, bose, rims, med, kavita):
    child = make_patient(rims, "Small Child", birth_date=TODAY - timedelta(days=3000))
    case = make_encounter(child, med, at=NOON)
    details = CaseDetails(CaseKind.ASSAULT)
    open_case(encounter=case, details=details, request_key=uuid4(), actor=bose, at=NOON)
    first, other = (make_certificate(one, bose, at=NOON) for one in (encounter, case))
    old = make_certificate(encounter, bose, at=NOON - timedelta(days=40))
    client.force_login(make_person("Marcus", Role.RECORDS_OFFICER, rims))
    page = client.get(reverse("patients:certificate_list"), {"begins": "01-07-2026", "ends": "31-07-2026"})

    assert first.number in page.text
    assert other.number in page.text
    assert old.number not in page.text
    assert "Asha Devi" in page.text
    assert "Small Child" not in page.text
    wrong = client.get(reverse("patients:certificate_list"), {"begins": "02-07-2026", "ends": "01-07-2026"})
    assert "before the first" in wrong.text


def test_the_register_goes_on_after_a_page(client, encounter, bose, monkeypatch):
    monkeypatch.setattr("patients.views.outcomes.A_PAGE", 2)
    given = [make_certificate(encounter, bose, days=n) for n in range(1, 6)]
    client.force_login(bose)
    seen, url = [], reverse("patients:certificate_list")
    for _ in range(3):
        page = client.get(url)
        seen += [row.number for row in page.context["rows"]]
        url = reverse("patients:certificate_list") + page.context["following"]

    assert seen == [one.number for one in reversed(given)]
    assert page.context["following"] == ""
    assert client.get(reverse("patients:certificate_list"), {"before": "nonsense"}).status_code == 200


def test_a_certificate_is_cancelled_by_its_page_with_a_reason(client, encounter, bose):
    given = make_certificate(encounter, bose)
    client.force_login(bose)
    url = reverse("patients:certificate_cancellation_new", args=[given.pk])
    assert given.number in client.get(url).text
    assert client.post(url, {"why": "", "request_key": uuid4()}).status_code == 422
    key = uuid4()
    for _ in range(2):
        page = client.post(url, {"why": "wrong days", "request_key": key}, follow=True)
        assert "wrong days" in page.text

    given.refresh_from_db()
    assert (given.status, given.cancelled_by) == (CertificateStatus.CANCELLED, bose)
    again_cancelled = client.post(url, {"why": "once more", "request_key": uuid4()})
    assert "cannot become" in again_cancelled.text


def test_a_reason_is_asked_by_the_service_too(encounter, bose):
    with pytest.raises(Refusal, match="Say why"):
        cancel(make_certificate(encounter, bose, at=NOON), bose, "")


def test_what_is_printed_and_listed_is_prepared_and_no_other_hospitals(client, encounter, bose, esha):
    given = make_certificate(encounter, bose)
    facts.sweep()
    client.force_login(certifying(esha))

    assert given.number not in client.get(reverse("patients:certificate_list")).text
    assert client.get(new_at(encounter)).status_code == 404
    assert client.post(new_at(encounter), sick_form()).status_code == 404
