"""The laboratory's pages: scan, look, Enter; nothing typed is lost; nobody's from another hospital."""

import gzip
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from facilities.models import Facility, Room
from hmis.kernel.ids import uuid7
from hmis.kernel.rows import write
from lab.models import (
    CriticalAcknowledgement,
    DiagnosticReport,
    LaboratorySetting,
    ResultLine,
    ServiceRequest,
    Specimen,
)
from lab.services import box_of
from lab.services.criticals import is_read_back
from lab.states import OrderStatus, Uncharged
from patients.models import Patient
from patients.services import next_uhid
from tests.factories.ipd import admit, beds_in, make_ward
from tests.factories.lab import (
    authorise,
    collect,
    enter,
    make_pathologist,
    make_technician,
    order,
    received,
    reported,
    verify,
)
from tests.factories.patients import make_encounter, make_patient

HOSTILE = '"><img src=x onerror=alert(1)>'


def address(name, *args):
    return reverse(f"lab:{name}", args=args)


def sheet_of(one, **values):
    """What the boxes of one order send."""
    revs = dict(ResultLine.objects.filter(order=one).values_list("analyte__code", "rev"))
    return {f"v-{code}": value for code, value in values.items()} | {
        f"r-{code}": revs.get(code, "") for code in values
    }


@pytest.fixture
def tsh(encounter, bose, rajesh, tests):
    return received(encounter, bose, rajesh, tests["TSH"], at=timezone.now())[0]


# ── Collection ──


def test_a_scan_of_slip_or_uhid_opens_the_patients_tubes(client, encounter, bose, rajesh, tests, asha):
    (cbc,) = order(encounter, bose, tests["CBC"], urgent=True)
    client.force_login(rajesh)
    page = client.get(address("collection_list"))
    assert asha.name in page.content.decode()
    for words in (asha.uhid, cbc.slip_number, cbc.slip_number.lower()):
        found = client.post(address("collection_list"), {"words": words})
        assert found["Location"] == address("collection_new", encounter.pk)
    for words in ("nothing", "RIMS/S26/9999999", HOSTILE):
        lost = client.post(address("collection_list"), {"words": words})
        assert lost.status_code == 422
        assert HOSTILE not in lost.content.decode()


def test_a_hindi_page_names_tubes_and_results_in_hindi(
    client, encounter, bose, clara, rajesh, farhana, tests
):
    report = reported(encounter, bose, rajesh, farhana, tests["CBC"], HB="9.4")
    again = order(encounter, bose, tests["CBC"], urgent=True, again=True)
    get_user_model().objects.update(language="hi")
    client.force_login(clara)
    to_take = client.get(address("collection_new", encounter.pk)).text
    assert "ख़ून" in to_take
    assert "बैंगनी EDTA ट्यूब 2 मि.ली." in to_take
    there = [encounter.patient_id]
    assert "हीमोग्लोबिन" in client.get(address("result_list", *there)).text
    of_it = client.get(address("report_detail", *there, report.pk)).text
    assert "हीमोग्लोबिन" in of_it
    assert "<dd>ख़ून " in of_it
    collect(encounter, again, rajesh)
    client.force_login(rajesh)
    assert "बैंगनी EDTA ट्यूब" in client.get(address("reception_list")).text
    assert "बैंगनी EDTA ट्यूब" in client.get(reverse("lab:test_list")).text


@pytest.fixture
def hindi(client, bose, rajesh):
    """The doctor and the technician read Hindi."""
    get_user_model().objects.update(language="hi")
    for who in (bose, rajesh):
        who.refresh_from_db()
    return client


def test_a_hindi_page_says_chosen_results_in_hindi_and_keeps_them_in_english(
    hindi, encounter, bose, rajesh, farhana, tests, asha
):
    report = reported(encounter, bose, rajesh, farhana, tests["HBSAG"], HBSAG="reactive")
    hindi.force_login(rajesh)
    assert '<b class="num">रिएक्टिव</b>' in hindi.get(address("result_detail", report.order_id)).text
    hindi.force_login(bose)
    for name, args in (
        ("result_list", [asha.pk]),
        ("result_summary", [asha.pk]),
        ("report_detail", [asha.pk, report.pk]),
    ):
        page = hindi.get(address(name, *args)).text
        assert "रिएक्टिव" in page, name
        assert ">reactive<" not in page, name
    assert report.content["lines"][0]["value"] == ResultLine.objects.get().value == "reactive"


def test_a_hindi_box_offers_hindi_words_and_takes_them(hindi, encounter, bose, rajesh, tests):
    (one,) = received(encounter, bose, rajesh, tests["HBSAG"], at=timezone.now())
    hindi.force_login(rajesh)
    page = hindi.get(address("worklist"), {"section": "serology"}).text
    assert '<option value="रिएक्टिव" label="रिएक्टिव · reactive"></option>' in page

    hindi.post(address("result_new", one.pk), sheet_of(one, HBSAG="रिएक्टिव"))

    assert ResultLine.objects.get().value == "reactive"
    assert 'value="रिएक्टिव"' in hindi.get(address("worklist"), {"section": "serology"}).text
    wrong = hindi.post(address("result_new", one.pk), sheet_of(one, HBSAG="शायद"))
    assert "नॉन-रिएक्टिव, रिएक्टिव" in wrong.text


def test_a_hindi_page_tells_a_critical_word_in_hindi_and_hears_either(hindi, encounter, bose, rajesh, tests):
    (one,) = received(encounter, bose, rajesh, tests["CBNAAT"], at=timezone.now())
    enter(one, rajesh, MTB="detected low")
    ResultLine.objects.update(flag="AA", critical_at=timezone.now())
    hindi.force_login(bose)
    for name in ("critical_list", "critical_alarm"):
        assert " कम मात्रा में मिला " in hindi.get(address(name)).text
    assert is_read_back("detected low", "कम मात्रा में मिला")
    assert is_read_back("detected low", "Detected low")
    assert not is_read_back("detected low", "मिला")


def test_collected_by_one_key_its_labels_print(client, encounter, bose, rajesh, tests):
    cbc, lft = order(encounter, bose, tests["CBC"], tests["LFT"], urgent=True)
    client.force_login(rajesh)
    page = client.get(address("collection_new", encounter.pk)).content.decode()
    assert page.count('type="checkbox"') == page.count(" checked") == 2

    body = {"request_key": str(uuid4()), "orders": [str(cbc.pk), str(lft.pk)], "pregnancy": ""}
    sent = client.post(address("collection_new", encounter.pk), body)
    again = client.post(address("collection_new", encounter.pk), body)

    assert sent["Location"] == again["Location"]
    assert Specimen.objects.count() == 2
    assert "data-print-url" in client.get(sent["Location"]).content.decode()


def test_what_is_not_paid_is_not_ticked_and_is_refused(client, encounter, bose, rajesh, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])
    client.force_login(rajesh)
    page = client.get(address("collection_new", encounter.pk)).content.decode()
    assert " checked" not in page

    sent = client.post(
        address("collection_new", encounter.pk), {"request_key": str(uuid4()), "orders": [str(cbc.pk)]}
    )

    assert sent.status_code == 422
    assert "not paid yet" in sent.content.decode()


def test_the_ward_round_goes_by_beds(client, encounter, bose, clara, tests):
    type(encounter).objects.filter(pk=encounter.pk).update(encounter_class="emergency")
    order(encounter, bose, tests["CBC"], urgent=True)
    client.force_login(clara)

    page = client.get(address("collection_list"), {"by": "ward"}).content.decode()

    assert "Medicine" in page


@pytest.fixture
def lying(med, bose):
    """Asha's neighbour in the second bed of room 211: (encounter, ward)."""
    ward = make_ward(med, beds=2, floor=0)
    Room.objects.filter(ward=ward).update(number="211")
    bed = beds_in(ward)[1]
    return admit(make_patient(med.facility, "Sunil"), bed, bose).admission.encounter, ward


def test_a_bed_is_named_with_its_room_wherever_the_laboratory_goes(client, lying, bose, clara, roy, tests):
    encounter, ward = lying
    order(encounter, bose, tests["CBC"], tests["XRCH"], urgent=True)
    client.force_login(clara)
    assert "<b>211-2</b>" in client.get(address("collection_list"), {"by": "ward"}).text
    assert f"{ward} · 211-2" in client.get(address("collection_new", encounter.pk)).text
    client.force_login(roy)
    assert f"{ward} · 211-2" in client.get(reverse("lab:examination_list")).text


def test_a_critical_value_says_where_the_patient_lies(client, lying, bose, rajesh, tests):
    encounter, ward = lying
    (one,) = received(encounter, bose, rajesh, tests["NA"])
    enter(one, rajesh, NA="101")
    client.force_login(rajesh)

    assert f"{ward} · 211-2" in client.get(address("critical_list")).text


def answered(*heard, **said):
    """What is sent of a call in which these (line, value) were read back."""
    lines = [str(line.pk) for line, _value in heard]
    read_back = {box_of(line): value for line, value in heard}
    return {"request_key": str(uuid4()), "lines": lines} | read_back | said


def there_of(line):
    return address("acknowledgement_new", line.pk)


def box(page, line):
    """The tag of the box of a value."""
    return page[page.index(f'id="{box_of(line)}"') :].split(">")[0]


@pytest.fixture
def salts(lying, bose, rajesh, tests):
    """Sodium and potassium of one patient, both critical."""
    (one,) = received(lying[0], bose, rajesh, tests["ELEC"])
    enter(one, rajesh, NA="101", K="8.0")
    return [one.lines.get(analyte__code=code) for code in ("NA", "K")]


def test_one_form_answers_all_that_waits_of_a_patient(client, salts, rajesh):
    client.force_login(rajesh)
    sodium, potassium = salts
    page = client.get(address("critical_list")).text
    assert page.count("Heard and read back") == page.count('name="told_to"') == 1
    there = there_of(sodium)
    said = {"told_to": "Sister Clara", "action": "seen at once"}

    wrong = client.post(there, answered((sodium, "110"), (potassium, "8.0"), **said))

    assert wrong.status_code == 422
    assert 'value="seen at once"' in wrong.text
    assert 'value="Sister Clara"' in wrong.text
    assert "autofocus" in box(wrong.text, sodium)
    assert 'value="8.0"' in box(wrong.text, potassium)
    assert wrong.text.count("autofocus") == wrong.text.count('aria-invalid="true"') == 1
    body = answered((sodium, "101"), (potassium, "8.0"), **said)
    assert [client.post(there, body).status_code for _ in range(2)] == [303, 303]
    assert CriticalAcknowledgement.objects.filter(told_to="Sister Clara").count() == 2
    assert "No critical value waits" in client.get(address("critical_list")).text


@pytest.mark.parametrize("said", [{}, {"told_to": ""}, {"told_to": "  "}])
def test_enter_past_the_empty_box_of_who_was_told_answers_nothing(client, salts, rajesh, said):
    client.force_login(rajesh)
    sodium, potassium = salts
    body = answered((sodium, "101"), (potassium, "8.0"), **said)

    sent = client.post(there_of(sodium), body)

    assert sent.status_code == 422
    assert "Write who was told" in sent.text
    assert 'aria-invalid="true"' in (told := sent.text[sent.text.index('name="told_to"') :].split(">")[0])
    assert "autofocus" in told
    assert 'value="101"' in box(sent.text, sodium)
    assert not CriticalAcknowledgement.objects.exists()
    assert client.post(there_of(sodium), body | {"told_to": "Sister Clara"}).status_code == 303


def test_who_was_told_is_not_said_of_a_value_that_became_critical_after_the_call(client, salts, rajesh):
    client.force_login(rajesh)
    sodium, potassium = salts
    said = {"told_to": "Sister Clara", "action": "seen at once"}
    client.post(there_of(sodium), answered((sodium, "101"), (potassium, "8.0"), **said))
    assert CriticalAcknowledgement.objects.count() == 2

    enter(potassium.order, rajesh, K="8.4")

    page = client.get(address("critical_list")).text
    assert "8.4" in page
    form = page[page.index('name="told_to"') : page.index('id="answered"')]
    assert "Sister Clara" not in form
    assert "seen at once" not in form


def test_an_empty_box_answers_nothing_and_the_call_goes_on(client, salts, rajesh):
    client.force_login(rajesh)
    sodium, potassium = salts
    there = there_of(sodium)
    said = {"told_to": "Sister Clara", "action": "seen at once"}
    nothing = client.post(there, answered((sodium, ""), (potassium, ""), **said))
    assert nothing.status_code == 422
    assert "Write the value as it was read back." in nothing.text

    client.post(there, answered((sodium, "101"), (potassium, ""), **said))

    assert [one.line for one in CriticalAcknowledgement.objects.all()] == [sodium]
    page = client.get(address("critical_list")).text
    assert page.count('value="Sister Clara"') == page.count('value="seen at once"') == 1
    assert "autofocus" in box(page, potassium)


def test_no_value_of_another_patient_is_answered_with_a_call(client, salts, encounter, bose, rajesh, tests):
    (one,) = received(encounter, bose, rajesh, tests["ELEC"])
    enter(one, rajesh, K="7.1")
    client.force_login(rajesh)
    there = there_of(salts[0])

    assert client.post(there, answered((salts[0], "101"), (one.lines.get(), "7.1"))).status_code == 404
    assert client.post(there, answered((salts[0], "101"), lines=[HOSTILE])).status_code == 404
    assert not CriticalAcknowledgement.objects.exists()


def test_a_ward_round_goes_on_where_it_was_and_prints_again(client, lying, bose, clara, tests):
    encounter, _ward = lying
    (cbc,) = order(encounter, bose, tests["CBC"], urgent=True)
    client.force_login(clara)
    there = f"{address('collection_new', encounter.pk)}?by=ward"
    assert there in client.get(address("collection_list"), {"by": "ward"}).text
    page = client.get(there).text
    assert f'action="{there}"' in page
    assert f'href="{address("collection_list")}?by=ward"' in page

    sent = client.post(there, {"request_key": str(uuid4()), "orders": [str(cbc.pk)]})

    assert sent["Location"].startswith(f"{address('collection_list')}?by=ward&labels=")
    after = client.get(sent["Location"]).text
    assert address("label_new", Specimen.objects.get().pk) in after
    found = client.post(f"{address('collection_list')}?by=ward", {"words": encounter.patient.uhid})
    assert found.status_code == 422  # nothing is left to collect


# ── Receiving ──


def test_each_scan_receives_a_tube(client, encounter, bose, rajesh, tests):
    orders = order(encounter, bose, tests["CBC"], urgent=True)
    (specimen,) = collect(encounter, orders, rajesh)
    client.force_login(rajesh)
    assert specimen.accession_number in client.get(address("reception_list")).content.decode()

    sent = client.post(address("reception_list"), {"words": specimen.accession_number.lower()})

    assert sent.status_code == 200
    assert ServiceRequest.objects.get().status == OrderStatus.RECEIVED
    lost = client.post(address("reception_list"), {"words": "Y269999999"})
    assert lost.status_code == 422


def test_a_rejection_says_why_and_the_ward_sees_it(client, tsh, rajesh, clara):
    client.force_login(rajesh)
    at = address("rejection_new", tsh.specimen_id)
    key = str(uuid4())
    assert client.post(at, {"reason": "other", "request_key": key}).status_code == 422
    assert client.post(at, {"reason": "haemolysed", "request_key": key}).status_code == 303
    client.force_login(clara)
    assert "haemolysed" in client.get(address("recollection_list")).content.decode()


# ── The grid ──


def test_values_are_saved_flagged_and_verified(client, tsh, rajesh):
    client.force_login(rajesh)
    assert 'name="v-TSH"' in client.get(address("worklist")).content.decode()

    sent = client.post(
        address("result_new", tsh.pk),
        sheet_of(tsh, TSH="7.2") | {"verify": "1"},
        headers={"HX-Request": "true"},
    )

    assert sent.status_code == 200
    assert ">H<" in sent.content.decode()
    tsh.refresh_from_db()
    assert (tsh.status, tsh.verified_by) == (OrderStatus.VERIFIED, rajesh)


def test_what_is_refused_stays_in_its_box(client, tsh, rajesh):
    client.force_login(rajesh)

    sent = client.post(
        address("result_new", tsh.pk), sheet_of(tsh, TSH=HOSTILE), headers={"HX-Request": "true"}
    )

    page = sent.content.decode()
    assert sent.status_code == 422
    assert 'aria-invalid="true"' in page
    assert "&quot;&gt;&lt;img src=x" in page
    assert HOSTILE not in page


def test_a_thousandfold_count_is_taken_only_for_the_value_that_was_answered(
    client, encounter, bose, rajesh, tests
):
    (plt,) = received(encounter, bose, rajesh, tests["PLT"])
    client.force_login(rajesh)

    def send(value, **said):
        body = sheet_of(plt, PLT=value) | {"verify": "1"} | said
        return client.post(address("result_new", plt.pk), body, headers={"HX-Request": "true"})

    asked = send("15000")
    page = asked.content.decode()
    assert asked.status_code == 422
    assert "Did you mean 15 ×10³/µL?" in page
    assert 'name="sure-PLT" value="15000"' in page
    # A tick that was given for another value answers nothing.
    assert send("16000", **{"sure-PLT": "15000"}).status_code == 422
    assert send(HOSTILE, **{"sure-PLT": HOSTILE}).status_code == 422
    assert not ResultLine.objects.filter(order=plt)

    taken = send("15000", **{"sure-PLT": "15000"})
    assert taken.status_code == 200
    assert "asked, confirmed" in taken.content.decode()
    plt.refresh_from_db()
    assert plt.status == OrderStatus.VERIFIED


def test_missing_values_are_asked_before_it_is_verified(client, encounter, bose, rajesh, tests):
    (lft,) = received(encounter, bose, rajesh, tests["LFT"])
    client.force_login(rajesh)
    body = sheet_of(lft, TBIL="1.0") | {"verify": "1"}

    asked = client.post(address("result_new", lft.pk), body, headers={"HX-Request": "true"})
    assert asked.status_code == 422
    assert 'name="is_partial"' in asked.content.decode()
    body = sheet_of(lft, TBIL="1.0") | {"verify": "1", "is_partial": "on"}
    assert client.post(address("result_new", lft.pk), body, headers={"HX-Request": "true"}).status_code == 200


def test_a_scan_shows_one_tube(client, encounter, bose, rajesh, tests):
    _one, two = received(encounter, bose, rajesh, tests["TSH"], tests["CBC"])
    client.force_login(rajesh)

    page = client.get(address("worklist"), {"number": two.specimen.accession_number}).content.decode()

    assert 'name="v-HB"' in page
    assert 'name="v-TSH"' not in page


def alike(row, **changes):
    """A new row that says the same but for this."""
    said = {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}
    return type(row)(**said | {"id": uuid7()} | changes)


def of_another(one, n):
    """The same order of another patient, received n minutes earlier."""
    patient = alike(one.patient, uhid=next_uhid(), name=f"Patient {n}")
    encounter = alike(one.encounter, patient_id=patient.pk)
    theirs = {"patient_id": patient.pk, "encounter_id": encounter.pk}
    taken = one.specimen.collected_at - timedelta(minutes=n)
    tube = alike(one.specimen, **theirs, accession_number=f"Y26{n:07d}", collected_at=taken)
    uncharged = {"charge_item_id": None, "uncharged": Uncharged.NO_PRICE}
    return patient, encounter, tube, alike(one, **theirs, specimen_id=tube.pk, **uncharged)


def test_five_hundred_rows_are_one_page_of_few_questions(
    client, encounter, bose, rajesh, tests, django_assert_max_num_queries
):
    (one,) = received(encounter, bose, rajesh, tests["CBC"], at=timezone.now())
    for rows in zip(*(of_another(one, n) for n in range(100, 149)), strict=True):
        write(*rows)
    client.force_login(rajesh)
    client.get(address("worklist"))

    with django_assert_max_num_queries(20):
        page = client.get(address("worklist"), {"section": "haematology"})

    assert page.content.decode().count('name="v-') == 500
    assert len(gzip.compress(page.content)) < 100_000


# ── One order ──


def test_held_released_commented_and_one_more_test(client, tsh, rajesh, tests):
    enter(tsh, rajesh, TSH="7.2")
    client.force_login(rajesh)
    at = address("result_detail", tsh.pk)

    def act(what, **said):
        body = {f"{what}-{name}": value for name, value in said.items()} | {"what": what}
        body[f"{what}-request_key"] = str(uuid4())
        return client.post(at, body)

    assert act("hold", reason="other").status_code == 422
    assert act("hold", reason="clinical").status_code == 303
    assert "does not fit the patient" in client.get(at).content.decode()
    assert act("release").status_code == 303
    assert act("comment", comment="Repeat in four weeks", base="").status_code == 303
    assert 'name="comment-base" value="Repeat in four weeks"' in client.get(at).content.decode()
    late = act("comment", comment="Fasting", base="")
    assert late.status_code == 422
    assert "Fasting" in late.content.decode()
    assert act("add_on", test="FT4").status_code in (303, 422)
    assert act("add_on", test="no such thing").status_code == 422
    assert act("nothing").status_code == 422
    tsh.refresh_from_db()
    assert (tsh.comment, tsh.held_at) == ("Repeat in four weeks", None)


# ── The pathologist ──


def test_enter_authorises_and_the_next_one_stands_there(client, tsh, rajesh, farhana):
    enter(tsh, rajesh, TSH="7.2")
    verify(tsh, rajesh)
    client.force_login(farhana)
    there = client.get(address("authorisation_list"))
    assert there["Location"] == address("authorisation_new", tsh.pk)
    page = client.get(there["Location"])
    seen = page.context["sheet"]["seal"]

    key = str(uuid4())
    sent = client.post(there["Location"], {"seen": seen, "request_key": key})
    again = client.post(there["Location"], {"seen": seen, "request_key": key})

    assert sent.status_code == again.status_code == 303
    assert DiagnosticReport.objects.count() == 1
    assert "Nothing waits" in client.get(address("authorisation_list")).content.decode()


def test_a_pathologist_is_warned_beside_verify_and_led_out_afterwards(client, tsh, rajesh, farhana, rims):
    enter(tsh, rajesh, TSH="7.2")
    sheet, at = address("result_detail", tsh.pk), address("authorisation_new", tsh.pk)
    client.force_login(rajesh)
    assert "cannot authorise" not in client.get(sheet).text
    client.force_login(farhana)
    assert "The person who verifies cannot authorise, and nobody else here can" in client.get(sheet).text
    make_pathologist(rims, "Imran")
    assert "The person who verifies cannot authorise: Imran will" in client.get(sheet).text
    verify(tsh, farhana)

    page = client.get(at).text
    assert "You verified this. Imran authorises it" in page
    assert 'autofocus data-key="Ctrl+Enter"' not in page
    # It is not put before her, and waits for him.
    assert client.get(address("authorisation_list")).status_code == 200
    client.force_login(get_user_model().objects.get(name="Imran"))
    assert client.get(address("authorisation_list"))["Location"] == at
    assert 'autofocus data-key="Ctrl+Enter"' in client.get(at).text


def test_of_several_who_may_authorise_one_does(client, tsh, rajesh, farhana, rims):
    enter(tsh, rajesh, TSH="7.2")
    for name in ("Imran", "Zoya"):
        make_pathologist(rims, name)
    client.force_login(farhana)
    sheet = client.get(address("result_detail", tsh.pk)).text
    assert "The person who verifies cannot authorise: one of these will: Imran, Zoya." in sheet
    verify(tsh, farhana)

    page = client.get(address("authorisation_new", tsh.pk)).text
    assert "You verified this. One of these authorises it: Imran, Zoya." in page


def test_alone_in_a_small_facility_it_asks_why(client, tsh, farhana, rims):
    Facility.objects.filter(pk=rims.pk).update(small_facility=True)
    enter(tsh, farhana, TSH="7.2")
    verify(tsh, farhana)
    client.force_login(farhana)
    at = address("authorisation_new", tsh.pk)
    seen = client.get(at).context["sheet"]["seal"]
    assert client.post(at, {"seen": seen, "request_key": str(uuid4())}).status_code == 422
    said = {"seen": seen, "request_key": str(uuid4()), "alone_note": "night duty"}
    assert client.post(at, said).status_code == 303


def test_amended_from_its_page_the_versions_say_what_changed(client, tsh, rajesh, farhana):
    enter(tsh, rajesh, TSH="7.2")
    verify(tsh, rajesh)
    authorise(tsh, farhana)
    at = address("result_detail", tsh.pk)
    body = {"what": "repeat", "repeat-reason": "wrong tube", "repeat-request_key": str(uuid4())}
    client.force_login(rajesh)
    assert client.post(at, body).status_code == 422
    client.force_login(farhana)
    assert client.post(at, body).status_code == 303
    enter(tsh, rajesh, TSH="2.7")
    verify(tsh, rajesh)
    authorise(tsh, farhana)
    page = client.get(at).content.decode()
    assert "wrong tube" in page
    assert "<s>7.20</s>" in page
    assert "replaced" in page


# ── Critical values ──


def test_the_bar_stands_above_the_doctors_pages_until_it_is_read_back(
    client, encounter, bose, rajesh, tests, asha
):
    Patient.objects.filter(pk=asha.pk).update(name=HOSTILE)
    (one,) = received(encounter, bose, rajesh, tests["ELEC"], at=timezone.now())
    enter(one, rajesh, K="7.1")
    line = ResultLine.objects.get(analyte__code="K")
    client.force_login(bose)
    bar = client.get(address("critical_alarm")).content.decode()
    assert "7.1" in bar
    assert "not verified yet" in bar
    assert HOSTILE not in bar
    at = address("acknowledgement_new", line.pk)
    wrong = client.post(at, answered((line, "1.7")))
    assert wrong.status_code == 422
    assert 'value="1.7"' in wrong.content.decode()
    assert client.post(at, answered((line, "7.1"))).status_code == 303
    assert not client.get(address("critical_alarm")).content.strip()
    assert CriticalAcknowledgement.objects.get().acknowledged_by == bose
    assert "Bose" in client.get(address("critical_list")).content.decode()


@pytest.fixture
def three_criticals(encounter, bose, rajesh, tests, rims):
    """A value of each of three patients that nobody has answered, the oldest first."""
    now, lines = timezone.now(), []
    others = [make_encounter(make_patient(rims, name), encounter.department) for name in ("Lal", "Mina")]
    for contact, hours, value in zip((encounter, *others), (9, 2, 1), ("7.1", "7.2", "7.3"), strict=True):
        (one,) = received(contact, bose, rajesh, tests["ELEC"], at=now - timedelta(hours=hours))
        enter(one, rajesh, at=now - timedelta(hours=hours), K=value)
        lines.append(one.lines.get(analyte__code="K"))
    return lines


def waiting_on(page):
    return [line.value for one in page.context["calls"] for line in one.lines]


def test_however_many_wait_their_number_is_said_and_the_oldest_stand_first(
    client, three_criticals, bose, rajesh, tests, monkeypatch
):
    monkeypatch.setattr("lab.views.criticals.A_PAGE", 2)
    client.force_login(bose)
    first = client.get(address("critical_list"))
    assert waiting_on(first) == ["7.1", "7.2"]
    assert '<span class="soft">3</span>' in first.content.decode()
    assert 'rel="next" href="?page=2"' in first.content.decode()
    second = client.get(address("critical_list"), {"page": "2"})
    assert waiting_on(second) == ["7.3"]
    # The bar tells of the newest, and leads to its page.
    bar = client.get(address("critical_alarm")).content.decode()
    assert f'href="{address("critical_list")}?page=2"' in bar
    assert ">3</span>" in bar
    assert "7.3" in bar
    for hostile in ("0", "-1", "9" * 30, HOSTILE):
        assert client.get(address("critical_list"), {"page": hostile}).status_code == 200
    # Another value of the one who waits longest stands with the first: the bar leads there.
    (one,) = received(three_criticals[0].order.encounter, bose, rajesh, tests["PLT"])
    enter(one, rajesh, PLT="20")
    assert waiting_on(client.get(address("critical_list"))) == ["7.1", "20", "7.2"]
    assert f'href="{address("critical_list")}"' in client.get(address("critical_alarm")).text


def test_whoever_answers_on_a_later_page_stays_there(client, three_criticals, bose, monkeypatch):
    monkeypatch.setattr("lab.views.criticals.A_PAGE", 1)
    client.force_login(bose)
    _oldest, middle, newest = three_criticals
    at = f"{address('acknowledgement_new', middle.pk)}?page=2"
    assert f'action="{at}"' in client.get(address("critical_list"), {"page": 2}).content.decode()
    # Sent from a page that has moved meanwhile, too, what was typed stands beside its value.
    for sent_from in (at, address("acknowledgement_new", middle.pk)):
        wrong = client.post(sent_from, answered((middle, "2.7")))
        assert wrong.status_code == 422
        assert waiting_on(wrong) == [middle.value]
        assert 'value="2.7"' in wrong.content.decode()
    right = client.post(at, answered((middle, "7.2")))
    assert (right.status_code, right["Location"]) == (303, f"{address('critical_list')}?page=2")
    assert waiting_on(client.get(right["Location"])) == [newest.value]


def test_who_comes_second_is_told_though_the_value_waits_no_more(client, three_criticals, bose, clara):
    line = three_criticals[0]
    for person, status in ((clara, 303), (bose, 422)):
        client.force_login(person)
        sent = client.post(address("acknowledgement_new", line.pk), answered((line, "7.1")))
        assert sent.status_code == status
    assert "Potassium: Somebody else has answered this meanwhile." in sent.content.decode()


def test_answers_are_paged_the_newest_first(client, three_criticals, bose, monkeypatch):
    monkeypatch.setattr("lab.views.criticals.A_PAGE", 2)
    client.force_login(bose)
    for line in three_criticals:
        client.post(address("acknowledgement_new", line.pk), answered((line, line.value)))
    first = client.get(address("critical_list"))
    assert [one.value for one in first.context["answered"]] == ["7.3", "7.2"]
    assert f'rel="next" href="{first.context["earlier"]}"' in first.text

    second = client.get(address("critical_list") + first.context["earlier"])

    assert [one.value for one in second.context["answered"]] == ["7.1"]
    assert 'rel="prev" href="?#answered"' in second.text
    for hostile in ("0", HOSTILE, str(uuid4())):
        shown = client.get(address("critical_list"), {"before": hostile})
        assert [one.value for one in shown.context["answered"]] == ["7.3", "7.2"]


def test_of_a_long_text_the_page_says_that_its_beginning_is_enough(client, three_criticals, bose):
    client.force_login(bose)
    enough = "The first 20 letters are enough."
    assert enough not in client.get(address("critical_list")).content.decode()
    # Twenty letters and no more are read back whole.
    line = three_criticals[0]
    for value, said in (("Growth of Klebsiella sp", 0), ("Growth of Klebsiella spp", 1)):
        ResultLine.objects.filter(pk=line.pk).update(value=value)
        assert client.get(address("critical_list")).content.decode().count(enough) == said


def test_a_stranger_meets_nothing(client, tsh, rajesh, sgml, encounter):
    enter(tsh, rajesh, TSH="7.2")
    line = ResultLine.objects.get()
    client.force_login(make_technician(sgml, "Vinod"))
    for name, pk in (
        ("result_detail", tsh.pk),
        ("rejection_new", tsh.specimen_id),
        ("collection_new", encounter.pk),
    ):
        assert client.get(address(name, pk)).status_code == 404
    for name, pk in (
        ("result_new", tsh.pk),
        ("label_new", tsh.specimen_id),
        ("acknowledgement_new", line.pk),
    ):
        assert client.post(address(name, pk), {}).status_code == 404
    assert client.post(address("reception_list"), {"words": tsh.specimen.accession_number}).status_code == 422
    client.force_login(make_pathologist(sgml, "Manoj"))
    assert client.get(address("authorisation_new", tsh.pk)).status_code == 404


# ── What the laboratory asks ──


def test_the_laboratory_says_what_it_asks_and_nobody_overwrites_it_unseen(client, farhana, rims):
    client.force_login(farhana)
    at = address("laboratory_edit")
    said = {"version": "0", "critical_minutes": "15", "isi": "1.10", "request_key": str(uuid4())}
    assert client.post(at, said | {"critical_minutes": "2"}).status_code == 422
    assert client.post(at, said).status_code == client.post(at, said).status_code == 303
    held = LaboratorySetting.objects.get()
    assert (held.critical_minutes, str(held.isi), held.pays_first, held.rev) == (15, "1.10", False, 0)
    stale = client.post(at, said | {"critical_minutes": "20"})
    assert stale.status_code == 422
    assert "meanwhile" in stale.content.decode()
    assert client.post(at, said | {"critical_minutes": "20", "version": "1"}).status_code == 303
