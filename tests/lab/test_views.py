"""The pages of orders: one happy way and the refusals of each."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import ChargeItem
from facilities.roles import Role
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.pdf import bytes_of
from lab.models import ServiceRequest
from lab.states import OrderStatus, Priority
from patients.models import CaseKind
from tests.factories.facilities import make_person
from tests.factories.lab import order
from tests.factories.looking import this_year
from tests.factories.patients import make_encounter, make_patient

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def page(encounter):
    return reverse("lab:order_new", args=[encounter.pk])


@pytest.fixture
def doctors(client, bose):
    client.force_login(bose)
    return client


@pytest.fixture
def clerks(client, kavita):
    client.force_login(kavita)
    return client


def send(client, page, words="", *, hx=True, **more):
    headers = {"HX-Request": "true"} if hx else {}
    return client.post(page, {"words": words, "request_key": uuid4(), **more}, headers=headers)


def ordered():
    return [(one.test.code, one.priority) for one in ServiceRequest.objects.order_by("pk")]


def test_what_is_typed_as_on_a_slip_is_ordered_at_once(doctors, page, tests):
    answer = send(doctors, page, "CBC, Chest X-ray PA, rbs!")

    assert answer.status_code == 200
    assert ordered() == [("CBC", "routine"), ("XRCH", "routine"), ("GLU_R", "urgent")]
    assert "Complete blood count" in answer.text
    assert answer.text.count("₹60.00 to pay") == 3
    assert re.search(r'id="tests-words"[^>]*value=""[^>]*autofocus', answer.text)


def test_a_panel_that_comes_into_another_page_takes_no_cursor(clerks, page, tests):
    assert re.search(r'id="order-doctor"[^>]*autofocus', clerks.get(page).text)

    part = page.replace("/new/", "/edit/")
    assert "autofocus" not in clerks.post(part, headers={"HX-Request": "true"}).text


def test_the_test_that_is_chosen_stands_for_the_last_words(doctors, page, tests):
    send(doctors, page, "cbc, sug!", test="GLU_F")

    assert ordered() == [("CBC", "routine"), ("GLU_F", "urgent")]


def test_urgent_holds_for_all_that_is_typed(doctors, page, tests):
    send(doctors, page, "cbc, lft", urgent="1", note="pallor")

    assert {one.priority for one in ServiceRequest.objects.all()} == {Priority.URGENT}
    assert {one.note for one in ServiceRequest.objects.all()} == {"pallor"}


def test_what_is_not_sure_is_asked_and_nothing_typed_is_lost(doctors, page, tests):
    answer = send(doctors, page, "fluid, cbc!", note="swollen")

    assert answer.status_code == 422
    assert "Which test is “fluid”?" in answer.text
    assert 'value="cbc!, fluid"' in answer.text
    assert 'value="swollen"' in answer.text
    assert 'value="PLEUR"' in answer.text
    assert not ServiceRequest.objects.exists()


def test_a_second_time_today_is_asked_and_confirmed_by_a_button(doctors, page, tests):
    send(doctors, page, "cbc")
    answer = send(doctors, page, "lft, cbc!")

    assert answer.status_code == 422
    assert "ordered already today" in answer.text
    assert 'value="LFT, CBC!"' in answer.text
    assert re.search(r'name="again" value="1" autofocus', answer.text)
    assert send(doctors, page, "LFT, CBC!", again="1").status_code == 200
    assert ordered() == [("CBC", "routine"), ("LFT", "routine"), ("CBC", "urgent")]


def test_nothing_typed_is_said(doctors, page, tests):
    answer = send(doctors, page, "")

    assert answer.status_code == 422
    assert "Which test? Write its name." in answer.text


def test_what_has_no_price_is_ordered_and_the_page_says_so(doctors, page, tests):
    answer = send(doctors, page, "tsh")

    assert answer.status_code == 200
    assert "no price set at this hospital" in answer.text
    assert not ChargeItem.objects.exists()


def test_without_a_script_the_page_comes_back_and_the_way_leads_home(doctors, page, encounter, tests):
    back = reverse("opd:room_detail")
    answer = send(doctors, page, "cbc", hx=False, next=back)
    assert (answer.status_code, answer.url) == (303, back)
    elsewhere = send(doctors, page, "lft", hx=False, next="https://evil.example/")
    assert elsewhere.url == page

    refused = send(doctors, page, "fluid", hx=False, next=back)
    assert refused.status_code == 422
    assert "<html" in refused.text
    assert f'value="{back}"' in refused.text


def test_sent_twice_it_is_ordered_once(doctors, page, tests):
    key = uuid4()
    for _twice in range(2):
        assert send(doctors, page, "cbc", request_key=key).status_code == 200
    assert ordered() == [("CBC", "routine")]


def test_a_broken_form_keeps_what_was_typed(doctors, page, tests):
    answer = send(doctors, page, "cbc", request_key="no key")
    assert answer.status_code == 422
    assert 'value="cbc"' in answer.text
    long = send(doctors, page, "cbc", note="x" * 201)
    assert long.status_code == 422
    assert not ServiceRequest.objects.exists()


def test_hostile_words_are_shown_and_do_nothing(doctors, page, encounter, tests):
    answer = send(doctors, page, HOSTILE, note=HOSTILE)

    assert answer.status_code == 422
    assert "<img" not in answer.text
    send(doctors, page, "cbc", note=HOSTILE)
    assert "<img" not in doctors.get(page).text


def test_at_the_counter_the_paper_names_its_doctor(clerks, page, tests):
    answer = send(clerks, page, "cbc")
    assert answer.status_code == 422
    assert "Write the name on the paper" in answer.text
    assert re.search(r'name="requester_name"[^>]*aria-invalid', answer.text)

    send(clerks, page, "CBC", requester_name=HOSTILE)
    made = ServiceRequest.objects.get()
    assert (made.requester_name, made.entered_by.name) == (HOSTILE, "Kavita")


def test_offers_say_what_they_cost_and_whats_in_a_panel(doctors, encounter, tests):
    offers = reverse("lab:offer_list", args=[encounter.pk])

    found = doctors.post(offers, {"words": "x, cbc"}).text
    assert found.index("Complete blood count") < found.index("with differential")
    assert "₹60.00" in found
    assert "HB, RBC, PCV" in found
    assert "no price here" in found
    assert "No test matches this" in doctors.post(offers, {"words": "zzzz"}).text


@pytest.mark.usefixtures("reads_anew")
def test_what_one_orders_most_is_offered_first(doctors, bose, clara, encounter, med, rims, tests):
    offers = reverse("lab:offer_list", args=[encounter.pk])
    assert "The tests you order most will appear here" in doctors.post(offers).text
    for _twice in range(2):
        order(make_encounter(make_patient(rims), med), bose, tests["USGKUB"])
    order(encounter, bose, tests["LFT"])
    order(make_encounter(make_patient(rims), med), clara, tests["MRI"], requester_name="Dr. Roy")

    found = re.findall(r'name="test" value="(\w+)"', doctors.post(offers).text)
    assert found == ["USGKUB", "LFT"]
    ultra = re.findall(r'name="test" value="(\w+)"', doctors.post(offers, {"words": "ultra"}).text)
    assert ultra[0] == "USGKUB"


# ── Taking back, urgent, charging later ──


def test_an_order_is_taken_back_with_its_reason(doctors, encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])
    cancel = reverse("lab:cancellation_new", args=[cbc.pk])

    asked = doctors.get(cancel, headers={"HX-Request": "true"}).text
    assert "ordered by mistake" in asked
    assert "<html" not in asked
    refused = doctors.post(
        cancel, {"reason": "other", "request_key": uuid4()}, headers={"HX-Request": "true"}
    )
    assert (refused.status_code, refused["HX-Retarget"]) == (422, "#order-cancel")
    assert "Say why in words" in refused.text
    done = doctors.post(cancel, {"reason": "mistake", "request_key": uuid4()}, headers={"HX-Request": "true"})
    assert done.status_code == 200
    assert "Taken back:" in done.text
    cbc.refresh_from_db()
    assert cbc.status == OrderStatus.CANCELLED


def test_taking_back_without_a_script(doctors, encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])
    cancel = reverse("lab:cancellation_new", args=[cbc.pk])

    assert "<html" in doctors.get(cancel).text
    done = doctors.post(cancel, {"reason": "not_needed", "request_key": uuid4()})
    assert (done.status_code, done.url) == (303, reverse("lab:order_new", args=[encounter.pk]))
    again = doctors.post(cancel, {"reason": "not_needed", "request_key": uuid4()})
    assert again.status_code == 422


def test_urgent_by_one_press(doctors, encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])
    urgency = reverse("lab:priority_new", args=[cbc.pk])

    for priority in "urgent", "routine":
        assert doctors.post(urgency, {"priority": priority}).status_code == 303
        cbc.refresh_from_db()
        assert cbc.priority == priority
    ServiceRequest.objects.filter(pk=cbc.pk).update(status=OrderStatus.COLLECTED)
    refused = doctors.post(urgency, {"priority": "urgent"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "collected already" in refused.text


def test_a_clerk_charges_what_got_its_price_later(clerks, encounter, bose, tests, rims):
    from tests.factories.tariffs import make_price

    (tsh,) = order(encounter, bose, tests["TSH"])
    assert "charge it now" in clerks.get(reverse("lab:order_list")).text
    charge = reverse("lab:charge_new", args=[tsh.pk])
    assert "no price here yet" in clerks.post(charge, follow=True).text
    make_price(tests["TSH"].service, rims, "150.00")

    assert "is charged now" in clerks.post(charge, follow=True).text
    assert ChargeItem.objects.get().net == Decimal("150.00")


# ── The list ──


def test_the_list_of_a_day_by_section_and_state(clerks, encounter, bose, tests, client):
    order(encounter, bose, tests["CBC"], tests["XRCH"])
    order(encounter, bose, tests["LFT"], urgent=True)
    found = clerks.get(reverse("lab:order_list")).text

    assert found.index("Liver function") < found.index("Complete blood count")
    imaging = clerks.get(reverse("lab:order_list"), {"section": "imaging"}).text
    assert "X-ray chest" in imaging
    assert "Liver function" not in imaging
    collected = clerks.get(reverse("lab:order_list"), {"status": "collected"}).text
    assert "Nothing was ordered on this day" in collected
    assert "Nothing was ordered" in clerks.get(reverse("lab:order_list"), {"day": "2020-01-01"}).text
    assert clerks.get(reverse("lab:order_list"), {"day": "x", "section": "y", "page": "z"}).status_code == 200


def test_a_scan_of_uhid_or_slip_finds_the_patients_orders(clerks, encounter, bose, asha, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])
    listing = reverse("lab:order_list")

    for words in asha.uhid, asha.uhid_shown, cbc.slip_number, cbc.slip_number.lower():
        found = clerks.post(listing, {"words": words}).text
        assert "Complete blood count" in found, words
        assert reverse("lab:order_new", args=[encounter.pk]) in found
    assert AuditEntry.objects.filter(name="lab.orders_searched", patient_id=asha.pk).count() == 4
    for words in "99999999999", "RIMS/S26/9999999", HOSTILE, "Asha":
        found = clerks.post(listing, {"words": words})
        assert "No patient here has this UHID" in found.text
        assert "<img" not in found.text


def test_a_list_withholds_the_name_that_it_must(clerks, encounter, bose, clara, tests):
    from patients.services import CaseDetails, open_case

    open_case(
        encounter=encounter,
        details=CaseDetails(CaseKind.SEXUAL_ASSAULT),
        request_key=uuid4(),
        actor=clara,
        at=timezone.now(),
    )
    order(encounter, bose, tests["CBC"])

    assert "Asha Devi" not in clerks.get(reverse("lab:order_list")).text


def test_a_stranger_finds_nothing(client, gopal, esha, encounter, bose, tests, sgml):
    (cbc,) = order(encounter, bose, tests["CBC"])
    for person in gopal, esha:
        client.force_login(person)
        for name, key in (
            ("lab:order_new", encounter.pk),
            ("lab:cancellation_new", cbc.pk),
        ):
            assert client.get(reverse(name, args=[key])).status_code == 404
        for name, key in (
            ("lab:order_new", encounter.pk),
            ("lab:order_edit", encounter.pk),
            ("lab:offer_list", encounter.pk),
            ("lab:cancellation_new", cbc.pk),
            ("lab:priority_new", cbc.pk),
            ("lab:slip_new", encounter.pk),
        ):
            assert client.post(reverse(name, args=[key])).status_code == 404
        assert "Complete blood count" not in client.get(reverse("lab:order_list")).text
        found = client.post(reverse("lab:order_list"), {"words": cbc.slip_number})
        assert "No patient here has this UHID" in found.text
    cbc.refresh_from_db()
    assert cbc.status == OrderStatus.ORDERED


def test_the_laboratory_looks_and_orders_nothing(client, encounter, bose, rims, page, tests):
    order(encounter, bose, tests["CBC"])
    for role in Role.PATHOLOGIST, Role.RADIOLOGIST, Role.CASHIER:
        client.force_login(make_person(role.title(), role, rims))
        assert "Complete blood count" in client.get(reverse("lab:order_list")).text
        assert client.get(page).status_code == 403


def test_the_catalogue_shows_codes_and_whose_they_are(clerks, tests):
    found = clerks.get(reverse("lab:test_list")).text

    assert "58410-2" in found
    assert "LOINC is copyright Regenstrief Institute" in found
    assert found.count("not yet approved here") == len(tests)
    assert "Urine routine" in clerks.get(reverse("lab:test_list"), {"words": "पेशाब"}).text
    assert "No test matches" in clerks.get(reverse("lab:test_list"), {"words": HOSTILE}).text


# ── The slip ──


def test_the_slip_says_where_and_what_to_pay(doctors, encounter, bose, tests):
    order(encounter, bose, tests["CBC"], tests["XRCH"], urgent=True)
    order(encounter, bose, tests["TSH"], note=HOSTILE)
    print_it = reverse("lab:slip_new", args=[encounter.pk])

    first = doctors.post(print_it, headers={"X-Fetch": "1"})
    assert first.status_code == 201
    slip = IssuedDocument.objects.get()
    assert slip.number == f"RIMS/S{this_year()}/0000001"
    assert slip.context["to_pay"] == "120.00"
    assert not slip.context["all_approved"]
    assert [one["name"] for one in slip.context["groups"]] == ["haematology", "biochemistry", "imaging"]
    assert slip.context["groups"][2]["where"] == "X-ray room"
    assert doctors.get(first.json()["url"]).status_code == 200
    assert bytes_of(slip).startswith(b"%PDF")


def test_printed_again_it_is_a_duplicate_until_something_changes(doctors, encounter, bose, tests):
    order(encounter, bose, tests["CBC"])
    print_it = reverse("lab:slip_new", args=[encounter.pk])
    for _thrice in range(2):
        doctors.post(print_it, headers={"X-Fetch": "1"})
    assert sorted(IssuedDocument.objects.values_list("copy", flat=True)) == [0, 1]

    order(encounter, bose, tests["LFT"])
    doctors.post(print_it, headers={"X-Fetch": "1"})
    assert sorted(IssuedDocument.objects.values_list("copy", flat=True)) == [0, 0, 1]


def test_a_slip_is_printed_once_for_each_press(doctors, encounter, bose, tests):
    order(encounter, bose, tests["CBC"])
    print_it = reverse("lab:slip_new", args=[encounter.pk])

    def press(key):
        return doctors.post(print_it, {"request_key": key}, headers={"X-Fetch": "1"}).json()

    for copies in [0], [0, 1]:
        key = uuid4()
        assert press(key) == press(key)
        assert sorted(IssuedDocument.objects.values_list("copy", flat=True)) == copies


def test_no_slip_of_nothing(doctors, encounter, tests):
    print_it = reverse("lab:slip_new", args=[encounter.pk])

    assert doctors.post(print_it, headers={"X-Fetch": "1"}).status_code == 422
    assert "Nothing is ordered." in doctors.post(print_it, follow=True).text
