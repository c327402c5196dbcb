"""The list: by patient, person, hospital, day and kind; and one entry with what it changed."""

import re
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from audit import queries
from audit.queries import Place
from billing.services import take_payment
from billing.states import PaymentMode
from hmis.kernel.models import AuditEntry
from patients.services import edit_patient
from tests.conftest import NOON
from tests.factories.audit import make_entry
from tests.factories.cases import walked
from tests.factories.facilities import make_clerk
from tests.factories.ipd import beds_in, make_ward
from tests.factories.patients import make_patient

LIST = "audit:entry_list"
SAW, CHANGED = "patients.patient_viewed", "patients.patient_edited"
HOSTILE = '"><img src=x onerror=alert(1)>'


def shown(client, **asked):
    """The ids of the entries on the page, but for one's own looking."""
    answer = client.get(reverse(LIST), asked)
    assert answer.status_code == 200
    own = {
        str(pk) for pk in AuditEntry.objects.filter(name__startswith="audit.").values_list("pk", flat=True)
    }
    return [one for one in ids_on(answer) if one not in own]


def ids_on(answer):
    return re.findall(r"/audit/entries/([0-9a-f-]{36})/\"", answer.text)


def ids(*entries):
    return [str(entry.pk) for entry in entries]


# ── Who may see what ──


def test_the_auditor_sees_every_hospital_and_what_belongs_to_none(auditor, dev, farid, prem):
    own, other, above = (make_entry(SAW, one) for one in (dev, farid, prem))

    assert shown(auditor) == ids(above, other, own)


def test_an_administrator_sees_the_own_hospital_only(admin, dev, farid, prem):
    own = make_entry(SAW, dev)
    other, above = make_entry(SAW, farid), make_entry(SAW, prem)

    assert shown(admin) == ids(own)
    for entry in (other, above):
        assert admin.get(reverse("audit:entry_detail", args=[entry.pk])).status_code == 404


def test_another_hospital_cannot_be_asked_for(admin, sgml):
    assert admin.get(reverse(LIST), {"facility": sgml.pk}).status_code == 422


def test_a_patient_or_person_from_elsewhere_is_not_there(admin, sgml, farid):
    stranger = make_patient(sgml)

    assert admin.get(reverse(LIST), {"patient": stranger.pk}).status_code == 404
    assert admin.get(reverse(LIST), {"person": farid.pk}).status_code == 404


def test_looking_into_the_audit_is_an_entry_itself(auditor, prem, asha, dev):
    make_entry(SAW, dev, patient_id=asha.pk)
    auditor.get(reverse(LIST), {"patient": asha.pk, "person": dev.pk, "kind": "saw", "begins": "2026-07-01"})

    entry = AuditEntry.objects.get(name="audit.entries_viewed")
    assert (entry.actor, entry.patient_id, entry.facility_id) == (prem, asha.pk, None)
    assert entry.detail == {"person": str(dev.pk), "kinds": "saw", "from": "2026-07-01"}
    assert "Asha" not in str(entry.detail)


# ── The filter ──


def test_it_is_filtered_by_patient_person_hospital_and_kind(auditor, asha, dev, kavita, farid):
    saw = make_entry(SAW, dev, patient_id=asha.pk)
    changed = make_entry(CHANGED, kavita, patient_id=asha.pk)
    elsewhere = make_entry(SAW, farid)

    assert shown(auditor, patient=asha.pk) == ids(changed, saw)
    assert shown(auditor, person=dev.pk) == ids(saw)
    assert shown(auditor, facility=farid.posting.facility_id) == ids(elsewhere)
    assert shown(auditor, kind="changed") == ids(changed)
    assert shown(auditor, kind="saw", patient=asha.pk) == ids(saw)


@pytest.mark.parametrize(
    ("begins", "ends", "found"),
    [
        ("2026-07-22", "2026-07-22", 2),
        ("2026-07-23", "", 1),
        ("", "2026-07-21", 1),
        ("2026-07-21", "2026-07-23", 4),
    ],
)
def test_a_day_is_an_indian_day(auditor, dev, begins, ends, found):
    india = ZoneInfo("Asia/Kolkata")
    for moment in ((21, 23, 59, 59), (22, 0, 0, 0), (22, 23, 59, 59), (23, 0, 0, 0)):
        day, *clock = moment
        make_entry(SAW, dev, at=datetime(2026, 7, day, *clock, tzinfo=india))

    assert len(shown(auditor, begins=begins, ends=ends)) == found


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"begins": "31-31-2026"}, "valid date"),
        ({"begins": "22-07-2026", "ends": "21-07-2026"}, "The last day is before the first."),
        ({"kind": "everything"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(auditor, asked, said):
    answer = auditor.get(reverse(LIST), asked)

    assert answer.status_code == 422
    assert said in answer.text
    assert next(iter(asked.values())) in answer.text or "kind" in asked


def test_the_page_of_fifty_is_followed_by_the_rest_without_a_gap_or_a_double(auditor, dev):
    # All of one moment: only the ids tell them apart.
    made = [make_entry(SAW, dev, at=NOON) for _ in range(120)]
    seen, url = [], reverse(LIST) + "?kind=saw"
    for _page in range(3):
        answer = auditor.get(url)
        seen += [one for one in ids_on(answer) if one in set(ids(*made))]
        following = re.search(r'rel="next" href="([^"]+)"', answer.text)
        url = following[1].replace("&amp;", "&") if following else ""

    assert seen == ids(*reversed(made))


@pytest.mark.parametrize(
    "after", ["", "x", "2026-07-22_x", "2026-07-22T12:00:00_01a21466-cac9-73ee-b17f-fc13313a3cd9", "_"]
)
def test_a_place_that_is_none_is_not_there(auditor, after):
    assert auditor.get(reverse(LIST), {"after": after}).status_code == 404


def test_a_place_is_read_as_it_is_written():
    place = Place(NOON, uuid4())

    assert Place.read(str(place)) == place


def test_a_page_takes_as_many_questions_for_fifty_rows_as_for_one(
    auditor, prem, rims, dev, django_assert_max_num_queries
):
    people = [dev, *(make_clerk(f"Clerk{n}", rims) for n in range(12))]
    for number in range(60):
        patient = make_patient(rims, name=f"Patient {number}") if number < 15 else None
        person = people[number % len(people)]
        detail = {"person": str(person.pk), "facility": str(rims.pk), "fields": ["name"]}
        make_entry(SAW, person, patient_id=patient and patient.pk, detail=detail)
    with django_assert_max_num_queries(18):
        answer = auditor.get(reverse(LIST))
    assert len(ids_on(answer)) == 50


# ── Whom one looks for: typed, never in an address ──


def search(client, **typed):
    return client.post(reverse("audit:search_new"), typed)


def test_a_patient_is_found_by_uhid_and_the_address_holds_an_id_only(auditor, prem, asha):
    answer = search(auditor, uhid=asha.uhid_shown, kind="saw")

    assert answer.status_code == 302
    assert answer.url == f"{reverse(LIST)}?patient={asha.pk}&kind=saw"
    entry = AuditEntry.objects.get(name="audit.patient_searched")
    assert (entry.patient_id, entry.actor) == (asha.pk, prem)
    assert "Asha" in auditor.get(answer.url).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Asha", "Write the whole UHID"),
        ("9431100001", "Write the whole UHID"),
        ("12100001233", "mistyped"),
        ("=1+1", "Write the whole UHID"),
    ],
)
def test_nothing_but_a_uhid_finds_a_patient(auditor, asha, typed, said):
    answer = search(auditor, uhid=typed, begins="2026-07-01")

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="01-07-2026"' in answer.text  # nothing typed is lost
    assert not AuditEntry.objects.filter(name="audit.patient_searched").exists()


def test_an_administrator_finds_the_own_patients_and_those_whom_own_people_opened(admin, sgml, kavita):
    stranger = make_patient(sgml)
    assert search(admin, uhid=stranger.uhid).status_code == 422

    make_entry("patients.patient_found_by_identifier", kavita, patient_id=stranger.pk)
    assert search(admin, uhid=stranger.uhid).status_code == 302


def test_a_person_is_found_by_user_name_or_by_a_part_of_the_name(auditor, dev):
    for typed in (dev.username, dev.username.upper(), "de"):
        assert search(auditor, who=typed).url == f"{reverse(LIST)}?person={dev.pk}"


def test_several_people_are_offered_to_choose_from(auditor, rims, dev):
    twin = make_clerk("Devi", rims)
    answer = search(auditor, who="dev", kind="saw")

    for one in (dev, twin):
        assert f"{reverse(LIST)}?person={one.pk}&amp;kind=saw" in answer.text


def test_nobody_is_said_to_be_nobody(auditor, admin, farid):
    assert "No such staff member" in search(auditor, who="Nobody").text
    assert "No such staff member" in search(admin, who=farid.username).text


def test_the_worst_name_is_only_a_name(auditor, rims, dev):
    patient = make_patient(rims, name=HOSTILE, name_hi=HOSTILE)
    make_entry(SAW, dev, patient_id=patient.pk, detail={"reason": HOSTILE})
    page = auditor.get(reverse(LIST), {"patient": patient.pk}).text

    assert "<img" not in page
    assert "&lt;img" in page


# ── One entry ──


def detail(client, entry):
    return client.get(reverse("audit:entry_detail", args=[entry.pk]))


def test_an_entry_shows_what_was_changed_before_and_after(auditor, asha, kavita):
    now = timezone.now()
    edit_patient(patient=asha, details={"village": HOSTILE}, rev=asha.rev, actor=kavita, at=now)
    page = detail(auditor, AuditEntry.objects.get(name=CHANGED)).text

    assert "<s>—</s>" in page
    assert "<b>&quot;&gt;&lt;img src=x onerror=alert(1)&gt;</b>" in page
    assert "<img" not in page


def test_what_a_change_changed_is_said_in_words(asha, kavita):
    edit_patient(
        patient=asha,
        details={"village": "Kanke", "category": "bpl", "district": None},
        rev=asha.rev,
        actor=kavita,
        at=timezone.now(),
    )
    changed = {label: (before, after) for label, before, after in queries.change_of(AuditEntry.objects.get())}

    assert changed == {
        "village or mohalla": ("—", "Kanke"),
        "category": ("general", "BPL"),
        "district": ("Ranchi", "—"),
    }


def test_somebody_elses_change_of_the_same_minute_is_not_taken_for_this_one(asha, kavita, dev):
    edit_patient(patient=asha, details={"village": "A"}, rev=asha.rev, actor=kavita, at=timezone.now())
    asha.refresh_from_db()
    edit_patient(patient=asha, details={"village": "B"}, rev=asha.rev, actor=dev, at=timezone.now())
    first, second = AuditEntry.objects.order_by("at")

    assert queries.change_of(first) == [("village or mohalla", "—", "A")]
    assert queries.change_of(second) == [("village or mohalla", "A", "B")]


@pytest.mark.parametrize("about", ["patients.nothing", "x", "kernel.auditentry", "opd.queuetoken"])
def test_what_keeps_no_history_shows_no_change(dev, about):
    assert queries.change_of(make_entry(CHANGED, dev, about=about)) == []


def test_an_administrator_sees_no_change_of_a_patient_from_elsewhere(admin, sgml, kavita):
    stranger = make_patient(sgml, name="Somebody Else")
    entry = make_entry(
        CHANGED, kavita, about="patients.patient", about_id=stranger.pk, patient_id=stranger.pk
    )
    page = detail(admin, entry).text

    assert stranger.uhid_shown in page
    assert "Somebody" not in page
    assert reverse("patients:patient_detail", args=[stranger.pk]) not in page


def test_an_entry_opens_what_it_is_about_for_who_may_see_it(auditor, admin, asha, invoice, dev):
    payment = take_payment(
        invoice=invoice,
        amount=invoice.total,
        mode=PaymentMode.CASH,
        request_key=uuid4(),
        actor=dev,
        at=timezone.now(),
    )
    paid = AuditEntry.objects.get(about_id=payment.pk)
    seen = make_entry(SAW, dev, about="patients.patient", about_id=asha.pk, patient_id=asha.pk)
    person = make_entry("facilities.person_logged_in", dev)
    for client in (auditor, admin):
        assert reverse("billing:invoice_detail", args=[invoice.pk]) in detail(client, paid).text
        assert reverse("patients:patient_detail", args=[asha.pk]) in detail(client, seen).text
        assert f"?person={dev.pk}" in detail(client, person).text


def test_a_paper_is_opened_by_who_may_print_and_else_leads_to_the_patient(auditor, admin, asha, dev):
    entry = make_entry(
        "kernel.paper_opened", dev, about="kernel.issueddocument", about_id=uuid4(), patient_id=asha.pk
    )
    for client in (auditor, admin):
        assert reverse("patients:patient_detail", args=[asha.pk]) in detail(client, entry).text


def test_opening_an_entry_is_an_entry_and_takes_few_questions(
    auditor, prem, asha, kavita, django_assert_max_num_queries
):
    edit_patient(
        patient=asha,
        details={"village": "K", "category": "bpl", "district": None, "pincode": "834006"},
        rev=asha.rev,
        actor=kavita,
        at=timezone.now(),
    )
    entry = AuditEntry.objects.get()
    with django_assert_max_num_queries(20):
        detail(auditor, entry)
    seen = AuditEntry.objects.get(name="audit.entry_viewed")
    assert (seen.about_id, seen.patient_id, seen.actor) == (entry.pk, asha.pk, prem)


def test_details_are_said_in_words(dev, rims):
    said = {
        "amount": "684250.00",
        "mode": "cash",
        "by": "uhid",
        "fields": ["village", "district"],
        "follow_up": True,
        "why": "password",
        "person": str(dev.pk),
        "empty": "",
        "unheard": "as it is",
    }
    (line,) = queries.lines(
        [make_entry("facilities.login_refused", dev, about="patients.patient", detail=said)]
    )

    assert dict(line.details) == {
        "amount": "₹6,84,250.00",
        "paid by": "cash",
        "found by": "UHID",
        "fields": "village or mohalla, district",
        "follow-up": "yes",
        "why": "wrong password",
        "person": "Dev",
        "unheard": "as it is",
    }


# ── What a detail says ──


@pytest.fixture
def said(auditor, prem, dev):
    """(fact, its detail) → the line of the list, in Hindi."""
    prem.language = "hi"
    prem.save(update_fields=["language"])

    def read(name, **detail):
        make_entry(name, dev, detail=detail)
        page = auditor.get(reverse(LIST), {"person": dev.pk}).text
        return " ".join(re.findall(r"<small class=\"soft\">([^<]*)</small></td>", page)[0].split())

    return read


@walked(
    ("name", "detail", "line"),
    [
        ("patients.medicine_dispensed", {"outcome": "not_available"}, "नतीजा: नहीं है"),
        ("opd.casualty_left", {"outcome": "sent_home"}, "नतीजा: घर भेजे गए"),
        ("facilities.login_refused", {"why": "too_many"}, "क्यों: बहुत बार कोशिश"),
        ("lab.tray_result_entered", {"why": "no_code"}, "क्यों: यह कोड मशीन की सूची में नहीं है"),
        ("ipd.day_counted", {"day": "2026-07-22", "wards": 7}, "दिन: 22-07-2026 · वार्ड: 7"),
        ("billing.price_set", {"code": "XRAY", "price": "120.00"}, "कोड: XRAY · रेट: ₹120.00"),
        ("lab.critical_acknowledged", {"by_phone": True, "waited": 720}, "इंतज़ार: 12 मि. · फ़ोन पर बताया: हाँ"),
        ("facilities.staff_imported", {"counts": {"new": 3, "same": 0}}, "पंक्तियाँ: नया: 3, वैसा ही: 0"),
        ("reports.report_asked", {"asked": {"month": "2026-11"}}, "क्या माँगा: माह: 2026-11"),
    ],
)
def test_a_detail_is_said_in_words(said, name, detail, line):
    assert said(name, **detail) == line


def test_what_the_role_does_not_include_is_said_in_words(dev):
    entry = make_entry("kernel.access_refused", dev, detail={"permission": "opd.print_slip"})
    (line,) = queries.lines([entry])

    assert line.details == [("permission", "printing OPD slips")]


def test_beds_and_patients_of_a_detail_are_named_and_other_ids_are_left_to_the_entry(said, med, asha):
    bed = beds_in(make_ward(med))[0]
    paper = str(uuid4())

    assert said("ipd.patient_admitted", bed=str(bed.pk), paper=paper) == f"बेड: {bed}"
    assert said("patients.newborn_registered", mother=str(asha.pk)) == f"माता: {asha.uhid_shown}"


@pytest.mark.parametrize(("about", "words"), [("facilities.room", "room"), ("lab.resultline", "as a number")])
def test_the_fields_of_a_changed_row_have_that_rows_words(dev, about, words):
    entry = make_entry("facilities.room_edited", dev, about=about, detail={"fields": ["number"]})
    (line,) = queries.lines([entry])

    assert [value for _label, value in line.details] == [words]
