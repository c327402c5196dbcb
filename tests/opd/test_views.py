"""The front desk's pages, as the server answers them: what is shown, what is refused and where."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.forms.money import PaymentForm
from facilities.roles import Role
from hmis.kernel.models import AuditEntry, IssuedDocument
from opd.models import QueueToken
from opd.views import slips
from patients.models import CaseKind, Patient
from tests.factories.billing import make_scheme
from tests.factories.cases import walked
from tests.factories.facilities import make_department, make_person, make_unit
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.patients import make_encounter, make_patient
from tests.patients.test_legal import mark

DESK = reverse("opd:registration_new")


@pytest.fixture
def desk(client, kavita, unit):
    client.force_login(kavita)
    return client


def somebody(**changes):
    person = {"name": "Birsa Munda", "sex": "male", "age": "40", "age_unit": "years", "phone": "9431155555"}
    return person | {"department": "med", "mode": "cash", "request_key": uuid4()} | changes


def test_a_new_patient_is_saved_and_shown_with_token_and_receipt(desk):
    page = desk.post(DESK, somebody(), headers={"HX-Request": "true"})

    made = page.context["last"]
    assert page.status_code == 200
    assert (made.encounter.patient.name, made.token.number) == ("Birsa Munda", 1)
    assert made.payment.receipt_number in page.text
    assert made.encounter.print_url.replace("&", "&amp;") in page.text


def test_without_scripts_the_slip_has_a_page_of_its_own(desk):
    answer = desk.post(DESK, somebody())

    assert answer.status_code == 303
    assert desk.get(answer["Location"]).context["made"].token.number == 1


@walked(
    ("wrong", "field", "sentence"),
    [
        ({"age": "abc"}, "age", "Write the age as a number"),
        ({"age": "31-12-2999", "age_unit": "date"}, "age", "still to come"),
        ({"age": "31-02-1990", "age_unit": "date"}, "age", "no such day: 31-02-1990"),
        ({"age": "1-13-1990"}, "age", "no such day: 1-13-1990"),
        ({"age": "1-1-1850"}, "age", "Nobody is that old"),
        ({"age": "200"}, "age", "Nobody is that old"),
        ({"age": "999999", "age_unit": "days"}, "age", "Nobody is that old"),
        ({"age": "99999", "age_unit": "days"}, "age", "Nobody is that old"),
        ({"phone": ""}, "phone", "say why there is none"),
        ({"abha": "2345 6789 0124"}, "abha", "Aadhaar"),
        ({"abha": "12345"}, "abha", "14 digits"),
        ({"department": "xx"}, "department", "No department matches"),
        ({"mode": "upi", "reference": "12"}, "reference", "12-digit UTR"),
        ({"mode": "card"}, "reference", "card, cheque and draft their number"),
        ({"mode": "deposit"}, "mode", "not one of the available choices"),
        ({"mode": "bank"}, "mode", "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(desk, wrong, field, sentence):
    page = desk.post(DESK, somebody(village="Kanke", **wrong), headers={"HX-Request": "true"})

    said = {**page.context["person_form"].errors, **page.context["visit_form"].errors}
    assert page.status_code == 422
    assert sentence in str(said[field]), said
    assert page.context["error"] == ""
    assert re.search(rf'<(input|select)[^>]* name="{field}"[^>]* aria-invalid="true"', page.text)
    assert page.context["person_form"]["village"].value() == "Kanke"
    assert not QueueToken.objects.exists()


def test_a_utr_that_has_a_receipt_is_said_at_its_field(desk):
    upi = {"mode": "upi", "reference": "412345678901"}
    assert desk.post(DESK, somebody(**upi)).status_code == 303

    page = desk.post(DESK, somebody(name="Etwa Oraon", phone="9431177777", **upi))

    assert page.context["visit_form"].errors == {"reference": ["This UTR already has a receipt."]}
    assert page.context["error"] == ""


def test_the_desk_offers_the_ways_of_the_cashiers_counter_and_not_yet_paid(desk):
    offered = desk.get(DESK).context["visit_form"].fields["mode"].choices

    assert offered[:-1] == PaymentForm.base_fields["mode"].choices
    assert offered[-1][0] == ""


def test_a_likely_duplicate_stands_beside_the_form_until_the_clerk_answers(desk, rims):
    make_patient(rims, "Birsa Munda", "बिरसा मुंडा", sex="male", phone="9431155555", birth_date="1986-01-01")

    page = desk.post(DESK, somebody(), headers={"HX-Request": "true"})
    assert (page.status_code, len(page.context["candidates"])) == (422, 1)
    assert Patient.objects.count() == 1

    shown = " ".join(str(one.patient.pk) for one in page.context["candidates"])
    assert desk.post(DESK, somebody(confirm_new=shown)).status_code == 303
    assert Patient.objects.count() == 2


PRESSED = {"HX-Request": "true"}
NEW = re.compile(r'name="confirm_new" value="([^"]*)"[^>]*?( checked)?(?: aria[^>]*)?>')


def answer(page):
    """(what the box "this person is new" stands for, whether it is ticked)."""
    value, ticked = NEW.search(page.text).groups()
    return value, bool(ticked)


@pytest.fixture
def birsa(rims):
    """Somebody on file whom the next patient is very like."""
    details = {"sex": "male", "phone": "9431155555", "birth_date": "1986-01-01"}
    return make_patient(rims, "Birsa Munda", "बिरसा मुंडा", **details)


def test_a_likely_duplicate_says_beside_the_person_that_nothing_was_saved(desk, birsa):
    page = desk.post(DESK, somebody(), headers=PRESSED)

    panel = page.text.split('id="same"')[1].split("</section>")[0]
    assert "Not saved." in panel
    assert 'aria-invalid="true" aria-describedby="duplicate"' in panel
    assert page.context["error"] == ""
    assert answer(page) == (str(birsa.pk), False)


@pytest.mark.usefixtures("birsa")
@walked(
    "wrong",
    [
        {"scheme": "BPL"},
        {"mode": "upi", "reference": "12"},
        {"age": "abc"},
        {"department": "xx"},
        {"sex": ""},
    ],
)
def test_that_somebody_is_new_is_asked_once_whatever_else_is_wrong(desk, wrong):
    make_scheme()
    asked, _ticked = answer(desk.post(DESK, somebody(), headers=PRESSED))

    page = desk.post(DESK, somebody(confirm_new=asked, **wrong), headers=PRESSED)

    assert page.status_code == 422
    assert answer(page) == (asked, True)
    assert page.context["duplicate"] == ""
    assert desk.post(DESK, somebody(confirm_new=asked), headers=PRESSED).status_code == 200
    assert Patient.objects.count() == 2


def test_the_answer_holds_only_for_whom_it_was_given(desk, birsa):
    told = {"confirm_new": uuid4()}

    live = desk.post(reverse("opd:duplicate_list"), somebody(**told))
    assert answer(live) == (str(birsa.pk), False)
    live = desk.post(reverse("opd:duplicate_list"), somebody(confirm_new=birsa.pk))
    assert answer(live) == (str(birsa.pk), True)


@pytest.mark.parametrize("said", ["on", "01900000-0000-7000-8000-000000000000", "\x00", '"><script>'])
def test_that_somebody_is_new_is_said_of_those_who_were_shown(desk, birsa, said):
    page = desk.post(DESK, somebody(confirm_new=said), headers=PRESSED)

    assert (page.status_code, answer(page)) == (422, (str(birsa.pk), False))
    assert Patient.objects.get() == birsa


def test_who_came_on_file_after_the_answer_is_asked_about(desk, birsa, rims):
    asked, _ticked = answer(desk.post(DESK, somebody(), headers=PRESSED))
    since = {"sex": "male", "phone": "9431155555", "birth_date": "1986-01-01"}
    other = make_patient(rims, "Birsa Munda", "बिरसा मुंडा", **since)

    page = desk.post(DESK, somebody(confirm_new=asked), headers=PRESSED)

    value, ticked = answer(page)
    assert (page.status_code, set(value.split()), ticked) == (422, {str(birsa.pk), str(other.pk)}, False)
    assert "Not saved." in page.text
    assert desk.post(DESK, somebody(confirm_new=value), headers=PRESSED).status_code == 200
    assert Patient.objects.count() == 3


FILLS = re.compile(r'data-fill="#id_department" data-value="([^"]*)"')
TYPED = re.compile(r'id="id_department"[^>]* value="([^"]*)"')


def test_a_name_of_two_departments_is_filled_in_as_its_code(desk, rims, asha, med):
    other = make_department(rims, "MEDB", name=med.name, name_hi=med.name_hi)
    make_unit(other)
    make_encounter(asha, other)
    page = desk.get(DESK, {"patient": asha.pk}).text

    assert FILLS.findall(page) == ["MED", "MEDB"]
    assert TYPED.findall(page) == ["MEDB"]
    sent = {"patient": asha.pk, "department": "MEDB", "mode": "cash", "request_key": uuid4()}
    assert desk.post(DESK, sent, headers=PRESSED).context["last"].encounter.department == other
    both = desk.post(reverse("opd:estimate_new"), {"department": med.name})
    assert [both.context["department"], *both.context["others"]] == [med, other]


def test_a_department_is_asked_for_by_the_longest_name(desk, rims):
    name = "Physical Medicine and Rehabilitation " * 4 + "in the Old Block"
    make_unit(make_department(rims, "PMR", name=name[:160], name_hi="पुनर्वास केंद्र " * 10))

    assert FILLS.findall(desk.get(DESK).text)[-1] == name[:160]
    assert desk.post(DESK, somebody(department=name[:160])).status_code == 303


AGAIN = re.compile(r'name="confirm_again" value="([^"]*)"[^>]*?>')


def test_todays_token_is_shown_and_another_one_is_given_only_when_asked_for(desk, asha):
    sent = {"patient": asha.pk, "department": "MED", "mode": "cash"}
    first = desk.post(DESK, sent | {"request_key": uuid4()}, headers=PRESSED).context["last"]
    name = first.encounter.department

    taken_up = desk.get(DESK, {"patient": asha.pk}, headers=PRESSED)
    assert f'value="{name}"' in taken_up.text
    assert "token 1 is there already" in taken_up.text
    copy = reverse("opd:registration_copy_new", args=[first.encounter.pk])
    assert f'data-reprint-url="{copy}"' in taken_up.text

    key = uuid4()
    refused = desk.post(DESK, sent | {"request_key": key}, headers=PRESSED)
    box = AGAIN.search(refused.text)
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in box[0]
    assert QueueToken.objects.count() == 1
    wrong = sent | {"request_key": key, "confirm_again": box[1], "unit": uuid4()}
    assert " checked" in AGAIN.search(desk.post(DESK, wrong, headers=PRESSED).text)[0]
    desk.post(DESK, sent | {"request_key": key, "confirm_again": box[1]}, headers=PRESSED)
    assert QueueToken.objects.count() == 2


def test_a_new_patient_and_another_department_are_asked_nothing_of_a_token(desk, asha, rims, unit):
    make_token(make_clinic_day(unit, timezone.localdate()), asha)
    surgery = make_department(rims, "SUR")
    make_unit(surgery, "Unit 1")

    estimate = reverse("opd:estimate_new")
    assert "already" not in desk.post(estimate, {"department": "MED"}).text
    assert "already" not in desk.post(estimate, {"department": "SUR", "patient": asha.pk}).text
    assert "already" in desk.post(estimate, {"department": "MED", "patient": asha.pk}).text


def chosen(page, name):
    """The value that stands chosen in a select of the page."""
    (select,) = re.findall(rf'<select[^>]* name="{name}".*?</select>', page.text, re.DOTALL)
    return re.search(r'<option value="([^"]*)" selected', select)[1]


def years_ago(years):
    return timezone.localdate().replace(month=1, day=1) - timedelta(days=round(365.25 * years))


@pytest.mark.parametrize(
    ("details", "lane"),
    [
        ({"birth_date": years_ago(60)}, "elderly"),
        ({"birth_date": years_ago(58)}, "normal"),
        ({"birth_date": None}, "normal"),
        ({"category": "senior", "birth_date": None}, "elderly"),
        ({"category": "disabled", "birth_date": years_ago(70)}, "disabled"),
    ],
)
def test_whoever_comes_again_stands_in_the_lane_of_their_age_or_category(desk, rims, details, lane):
    page = desk.get(DESK, {"patient": make_patient(rims, **details).pk}, headers=PRESSED)

    assert chosen(page, "lane") == lane
    assert page.text.count("Chosen by age and category") == (lane != "normal")
    assert ('id="way-in" role="status"></b>' in page.text) == (lane == "normal")


def test_an_exemption_of_the_category_is_chosen_where_it_is_granted(desk, rims):
    poor = make_patient(rims, category="bpl")
    make_scheme("STAFF", is_active=False)
    staff = make_patient(rims, category="staff")
    assert chosen(desk.get(DESK, {"patient": poor.pk}, headers=PRESSED), "scheme") == ""
    make_scheme()

    assert chosen(desk.get(DESK, {"patient": poor.pk}, headers=PRESSED), "scheme") == "BPL"
    assert chosen(desk.get(DESK, {"patient": staff.pk}, headers=PRESSED), "scheme") == ""


def test_what_the_clerk_chose_stays_whatever_would_follow(desk, rims):
    make_scheme()
    old = make_patient(rims, category="bpl", birth_date=years_ago(70))
    sent = {"patient": old.pk, "department": "MED", "mode": "cash", "request_key": uuid4()}

    refused = desk.post(DESK, sent | {"lane": "normal", "mode": "upi", "reference": "1"}, headers=PRESSED)
    assert (chosen(refused, "lane"), chosen(refused, "scheme")) == ("normal", "")
    made = desk.post(DESK, sent | {"lane": "normal", "scheme": ""}, headers=PRESSED).context["last"]
    assert (made.token.lane, made.payment is None) == ("normal", False)


@walked(
    ("typed", "lane", "scheme"),
    [
        ({"age": "60"}, "elderly", ""),
        ({"age": "59"}, "normal", ""),
        ({"age": "720", "age_unit": "months"}, "elderly", ""),
        ({"age": "01-01-1950"}, "elderly", ""),
        ({"age": "1950"}, "elderly", ""),
        ({"age": "abc"}, "normal", ""),
        ({"age": "30", "category": "bpl"}, "normal", "BPL"),
        ({"age": "30", "category": "<b>"}, "normal", ""),
        ({}, "normal", ""),
    ],
)
def test_while_somebody_new_is_typed_lane_and_exemption_follow(desk, typed, lane, scheme):
    make_scheme()
    live = desk.post(reverse("opd:duplicate_list"), {"name": "Birsa Munda"} | typed)

    assert f'data-lane="{lane}" data-scheme="{scheme}" hx-swap-oob="true"' in live.text


def test_an_empty_sex_is_marked_and_has_its_sentence(desk):
    page = desk.post(DESK, somebody(sex=""), headers=PRESSED)

    assert re.search(
        r'<fieldset id="id_sex"[^>]* aria-invalid="true" aria-describedby="id_sex-error"', page.text
    )
    assert 'id="id_sex-error"' in page.text


def test_a_free_slip_is_free_and_cancelled_without_a_fee_that_goes_back(desk, asha, med):
    make_encounter(asha, med, at=timezone.now(), valid_till=timezone.localdate())
    sent = {"patient": asha.pk, "department": "MED", "mode": "cash", "request_key": uuid4()}

    page = desk.get(desk.post(DESK, sent)["Location"]).text

    assert "Free" in page
    assert "₹0.00" not in page
    assert "Cancel the slip" in page
    assert "fee back" not in page


def test_details_put_right_are_on_the_slip_that_is_printed_again(desk, asha):
    sent = {"patient": asha.pk, "department": "MED", "mode": "cash", "request_key": uuid4()}
    made = desk.post(DESK, sent, headers=PRESSED).context["last"]
    Patient.objects.filter(pk=asha.pk).update(name="Asha Kumari")

    url = reverse("opd:registration_copy_new", args=[made.encounter.pk])
    assert desk.post(url, headers={"X-Fetch": "1"}).status_code == 201

    slips = IssuedDocument.objects.filter(template="opd/documents/slip.html").order_by("issued_at")
    assert [one.context["name"] for one in slips] == ["Asha Devi", "Asha Kumari"]


@pytest.mark.parametrize("typed", ["2345 6789 0124", "{nothing"])
def test_what_was_not_searched_is_called_nothing_and_counts_nobody(desk, typed):
    page = desk.post(reverse("opd:search_new"), {"q": typed}, headers=PRESSED).text

    assert "0 found" not in page


def test_an_exact_number_takes_the_patient_up_and_a_name_lists(desk, asha):
    search = reverse("opd:search_new")

    taken_up = desk.post(search, {"q": asha.uhid}, headers={"HX-Request": "true"})
    assert (taken_up["HX-Retarget"], taken_up.context["patient"]) == ("#main", asha)
    listed = desk.post(search, {"q": "asha"}, headers={"HX-Request": "true"})
    assert "HX-Retarget" not in listed
    assert listed.context["found"].patients == [asha]


def test_somebody_taken_up_is_registered_without_being_asked_anew(desk, asha):
    sent = {"patient": asha.pk, "department": "MED", "mode": "cash", "request_key": uuid4()}

    assert desk.post(DESK, sent).status_code == 303
    assert QueueToken.objects.get().patient == asha


@pytest.mark.parametrize("chosen", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_a_patient_who_is_not_there_is_not_found(desk, chosen):
    assert desk.get(DESK, {"patient": chosen}).status_code == 404


def test_the_estimate_follows_scheme_and_unit(desk, med, unit):
    make_scheme()
    other = make_unit(med, "Unit 2")
    ask = reverse("opd:estimate_new")

    plain = desk.post(ask, {"department": "MED"})
    assert (str(plain.context["fee"]), len(plain.context["units"])) == ("5.00", 2)
    assert desk.post(ask, {"department": "MED", "scheme": "BPL"}).context["fee"] == 0
    asked = desk.post(ask, {"department": "MED", "unit": other.pk}).context["units"]
    assert [one for one, _ in asked] == [other, unit]
    assert desk.post(ask, {"department": "zz"}).context["department"] is None


def test_printing_again_makes_a_counted_duplicate_of_slip_and_receipt(desk):
    desk.post(DESK, somebody())
    again = reverse("opd:registration_copy_new", args=[QueueToken.objects.get().encounter_id])

    assert desk.post(again, headers={"X-Fetch": "1"}).status_code == 201
    assert desk.post(again).status_code == 302
    assert sorted(IssuedDocument.objects.exclude(copy=0).values_list("copy", flat=True)) == [1, 1, 2, 2]


def test_a_press_that_is_sent_twice_makes_one_duplicate_of_each(desk):
    desk.post(DESK, somebody())
    again = reverse("opd:registration_copy_new", args=[QueueToken.objects.get().encounter_id])
    press = {"request_key": uuid4()}

    first, second = (desk.post(again, press, headers={"X-Fetch": "1"}) for _ in range(2))

    assert first.json() == second.json()
    assert list(IssuedDocument.objects.exclude(copy=0).values_list("copy", flat=True)) == [1, 1]


def test_todays_slips_page_on_to_the_first_of_the_day(desk, unit, monkeypatch):
    monkeypatch.setattr(slips, "A_PAGE", 2)
    day, begun = make_clinic_day(unit, timezone.localdate()), timezone.now()
    tokens = [make_token(day, senior_since=begun - timedelta(milliseconds=n // 2)) for n in range(5)]
    seen, address = [], reverse("opd:registration_list")
    for _page in range(3):
        page = desk.get(address)
        seen += [token.pk for token in page.context["tokens"]]
        assert page.context["count"] == 5
        address = reverse("opd:registration_list") + page.context["following"]

    assert sorted(seen) == sorted(token.pk for token in tokens)
    assert [token.encounter.started_at for token in page.context["tokens"]] == [
        begun - timedelta(milliseconds=2)
    ]
    assert page.context["following"] == ""


SLIPS = reverse("opd:registration_list")


def found(client, typed):
    """The tokens of the list that a search leaves."""
    return client.post(SLIPS, {"q": typed}).context["tokens"]


@pytest.fixture
def two_slips(rims, unit):
    """Slips of today of Birsa, number 7, and of somebody else, number 8."""
    day = make_clinic_day(unit, timezone.localdate(), last_number=6)
    who = [
        make_patient(rims, "Birsa Munda", "बिरसा मुंडा", phone="9431155555"),
        make_patient(rims, "Lakshmi Devi", "लक्ष्मी देवी", phone="9431166666"),
    ]
    return [make_token(day, one, senior_since=timezone.now()) for one in who]


def test_a_slip_is_found_by_token_name_mobile_and_uhid(desk, two_slips):
    birsa, lakshmi = two_slips
    uhid = birsa.patient.uhid

    for typed in ("7", "birsa", "बिरसा", "Birsha Mundaa", "94311 55555", uhid, birsa.patient.uhid_shown):
        assert found(desk, typed) == [birsa], typed
    assert found(desk, "लक्ष्मी") == [lakshmi]
    for typed in ("9", "Sunita", "9431100009", "%", "'; DROP TABLE", "1" * 600, "<b>"):
        assert found(desk, typed) == [], typed
    assert AuditEntry.objects.filter(name="opd.slips_searched", detail={"found": 1}).count() == 8
    assert "birsa" not in str(list(AuditEntry.objects.values_list("detail", flat=True))).lower()


def test_what_was_searched_stands_in_the_box_and_nothing_lists_the_day(desk, two_slips):
    hostile = '"><script>x</script>'
    page = desk.post(SLIPS, {"q": hostile})
    assert "No slip of today fits this." in page.text
    assert hostile not in page.text
    assert "&quot;&gt;&lt;script&gt;" in page.text
    assert desk.post(SLIPS, {"q": "  "})["Location"] == SLIPS


def test_a_search_finds_nobody_of_yesterday_and_of_another_hospital(
    desk, client, two_slips, gopal, unit, asha
):
    yesterday = timezone.now() - timedelta(days=1)
    make_token(make_clinic_day(unit, timezone.localdate(yesterday)), asha, senior_since=yesterday)

    assert found(desk, asha.uhid) == []
    client.force_login(gopal)
    assert found(client, "birsa") == []


def test_a_search_by_name_does_not_say_whom_the_list_withholds(desk, two_slips, clara):
    birsa = two_slips[0]
    mark(birsa.encounter, clara, CaseKind.SEXUAL_ASSAULT)

    assert found(desk, "birsa") == found(desk, "9431155555") == []
    (shown,) = found(desk, "7")
    assert shown.patient.is_withheld
    assert found(desk, birsa.patient.uhid) == [birsa]


def test_who_may_not_see_the_queue_searches_no_slips(client, rims):
    client.force_login(make_person("Mohan", Role.CASHIER, rims))

    assert client.post(SLIPS, {"q": "7"}).status_code == 403


@pytest.mark.parametrize("asked", ["x", "0197f0f0-0000-7000-8000-000000000000"])
def test_a_page_after_a_slip_that_is_not_there_is_the_first_page(desk, asked):
    assert desk.get(reverse("opd:registration_list"), {"before": asked}).status_code == 303


def test_a_nurse_prints_the_slip_and_not_the_receipt_beside_it(desk, client, clara):
    desk.post(DESK, somebody())
    token = QueueToken.objects.get()
    client.force_login(clara)
    made = client.get(reverse("opd:registration_detail", args=[token.encounter_id])).context["made"]

    assert f"p={made.slip.pk}" in made.encounter.print_url
    assert f"p={made.receipt.pk}" not in made.encounter.print_url
    both = reverse("paper_list") + f"?p={made.slip.pk}&p={made.receipt.pk}"
    assert client.get(both).status_code == 403


def test_the_name_in_the_other_script_and_a_doubtful_abha_are_said_while_typing(desk):
    page = desk.post(reverse("opd:duplicate_list"), {"name": "बिरसा मुंडा", "abha": "91-2345-6789-0123"})

    assert "Birsa Munda" in page.text
    assert "does not fit" in page.text


def test_a_call_without_its_key_asks_to_open_the_page_again(client, clara, unit):
    client.force_login(clara)
    answer = client.post(reverse("opd:call_new", args=[make_clinic_day(unit).pk]), {})

    assert answer.status_code == 422
    assert "Open the page again" in answer.text
