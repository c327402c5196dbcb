"""The Hindi is whole: nothing untranslated, nothing out of date, no English left on a page."""

import re
import shutil
import subprocess
from datetime import timedelta
from functools import partial
from gettext import GNUTranslations
from html.parser import HTMLParser
from io import BytesIO
from uuid import uuid4

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice
from facilities.roles import Role
from hmis.kernel.models import AuditEntry
from ipd import services as beds_of
from ipd.queries import REGISTERS
from ipd.services import count_missing_days
from patients.models import Category, IdentifierKind, Patient, Sex
from patients.services import Unknown, edit_patient, find_patients
from reports.services import ask_report
from tests.factories.audit import make_seal
from tests.factories.billing import make_invoice, make_scheme
from tests.factories.chart import make_allergy
from tests.factories.facilities import (
    PASSWORD,
    make_department,
    make_person,
    make_sheet,
    make_state,
    make_unit,
)
from tests.factories.ipd import admit, beds_in, begin_discharge, die, draft, make_ward
from tests.factories.notes import make_condition, make_signed_note, make_templates
from tests.factories.opd import begin_consultation, make_clinic_day, make_token
from tests.factories.patients import give_identifier, make_encounter, make_patient

LOCALE = project.BASE_DIR / "locale"
PO = LOCALE / "hi" / "LC_MESSAGES" / "django.po"
NOT_SOURCES = shutil.ignore_patterns(".*", "var", "static", "tests", "locale", "docs", "migrations")

# ── The catalogue ──


def run(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


def compiled(content):
    return GNUTranslations(BytesIO(content))._catalog


@pytest.mark.parametrize("wanting", ["--untranslated", "--only-fuzzy", "--only-obsolete"])
def test_no_sentence_is_without_its_hindi(wanting):
    assert run("msgattrib", wanting, PO).decode() == ""


def test_the_catalogue_is_what_make_messages_would_write(tmp_path, monkeypatch, settings):
    sources = tmp_path / "sources"
    shutil.copytree(project.BASE_DIR, sources, ignore=NOT_SOURCES)
    shutil.copytree(LOCALE, sources / "locale")
    monkeypatch.chdir(sources)
    settings.LOCALE_PATHS = [sources / "locale"]

    call_command("makemessages", "-l", "hi", "--no-wrap", "--no-location", verbosity=0)

    fresh = sources / PO.relative_to(project.BASE_DIR)
    assert entries(fresh) - entries(PO) == set()
    assert entries(PO) - entries(fresh) == set()


def entries(catalogue):
    """Its entries without the head, whose date is of no interest."""
    return set(catalogue.read_text().strip().split("\n\n")[1:])


def test_what_is_compiled_is_what_is_written():
    assert compiled(PO.with_suffix(".mo").read_bytes()) == compiled(run("msgfmt", "-o", "-", PO))


def test_every_placeholder_is_kept():
    filled = partial(re.findall, r"%\(\w+\)[a-z]")
    for source, hindi in compiled(PO.with_suffix(".mo").read_bytes()).items():
        english = source[0] if isinstance(source, tuple) else source
        assert sorted(filled(hindi)) == sorted(filled(english)), english


# Words of another style, beside each the one that screens say.
ONE_WORD = {
    "दस्तख़त": "हस्ताक्षर",
    "तकनीशियन": "टेक्नीशियन",
    "प्रमाण-पत्र": "प्रमाण पत्र",
    "ओ.पी.डी.": "ओपीडी",
    "नकद": "नक़द",
    "अनुसूची": "शेड्यूल",
    "फ़ॉर्म पी": "फ़ॉर्म P",
    "संभावित बीमारी": "संभावित निदान",
    "जांच": "जाँच",
    "दवाई": "दवा",
}


def test_one_thing_has_one_word():
    said = compiled(PO.with_suffix(".mo").read_bytes()).values()
    assert [one for one in said for other in ONE_WORD if other in one] == []


# ── The pages ──

# Said in Latin letters on a Hindi page too.
LATIN = {"ABHA", "BPL", "CR", "HFR", "HMIS", "HPR", "ID", "MRD", "PM-JAY", "RIMS", "UHID", "UPI", "UTR"}
LATIN |= {
    "QR",
    "Code",
    "CSV",
    "XLSX",
    "MED",
    "SGML",
}  # kinds of files, codes of places
LATIN |= {"IPD", "LAMA", "DOR", "MLC", "PDF", "I", "II", "g", "OPD"}  # the ward's own
LATIN |= {"ICU", "HDU", "PICU", "SNCU", "NICU", "BED-GEN"}
BOTH_SCRIPTS = {"Sunita", "Devi", "Birsa", "Munda"}  # a patient's name stands there in each
SHOWN = {"aria-label", "placeholder", "title", "alt"} | {
    f"data-{name}" for name in ("key-label", "next-part", "move", "choose")
}
CODE = re.compile(r"\S*[0-9@/]\S*")  # numbers of every kind, name@abdm


class Visible(HTMLParser):
    """What a person sees or hears of a page, but for keys and what is marked as English."""

    SILENT = {"script", "style", "kbd"}
    EMPTY = {"input", "meta", "link", "br", "img", "hr", "path", "circle"}

    def __init__(self, page):
        super().__init__()
        self.closing, self.words = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        hidden = tag in self.SILENT or given.get("lang") == "en" or any(self.closing[-1:])
        if not hidden:
            shown = SHOWN | set(given) - {"id"} if given.get("id") == "words" else SHOWN
            self.words += [given[name] for name in shown & set(given) if given[name]]
        if tag not in self.EMPTY:
            self.closing.append(hidden)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.EMPTY:
            self.closing.pop()

    def handle_endtag(self, tag):
        if tag not in self.EMPTY:
            self.closing.pop()

    def handle_data(self, data):
        if not any(self.closing[-1:]):
            self.words.append(data)


def english_left(page):
    """Words of Latin letters that are no name of a number, a code or a document."""
    text = CODE.sub(" ", " ".join(Visible(page).words))
    return sorted(set(re.findall(r"[A-Za-z][A-Za-z-]+", text)) - LATIN - BOTH_SCRIPTS)


@pytest.fixture
def ward(rims, med):
    """A morning at RIMS whose people, places and patients all have Hindi names."""
    make_department(rims, "SURG", name="Surgery", name_hi="सर्जरी")
    make_scheme()
    unit = make_unit(med, name_hi="यूनिट I", doctor=hindi("Tirkey", Role.DOCTOR, rims))
    return make_clinic_day(unit, timezone.localdate())


def hindi(name, role, place):
    return make_person(name, role, place, language="hi", name_hi="मीना तिर्की")


@pytest.fixture
def sunita(rims):
    """A patient of whom everything is known."""
    patient = make_patient(
        rims,
        "Sunita Devi",
        "सुनीता देवी",
        guardian_relation="husband",
        guardian_name="राजेश महतो",
        village="तिरिल बस्ती",
        block_name="काँके",
        category=Category.BPL,
    )
    give_identifier(patient, IdentifierKind.ABHA_NUMBER, "91123456789015")
    return patient


def register(client, patient, **changes):
    fields = {"patient": patient.pk, "department": "MED", "mode": "cash", "request_key": uuid4()}
    return client.post(reverse("opd:registration_new"), fields | changes, headers={"HX-Request": "true"})


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def walk(client, *addresses, known=frozenset()):
    for name, *args in addresses:
        response = client.get(reverse(name, args=args))
        assert response.status_code == 200, name
        assert set(english_left(response.content.decode())) <= known, name


def test_no_english_at_the_clerks(rims, ward, sunita):
    anita = hindi("Anita", Role.CLERK, rims)
    client = signed_in(anita)
    made = register(client, sunita)
    encounter = sunita.encounters.get()
    invoice = Invoice.objects.get()
    unpaid = make_invoice(encounter, anita)

    assert made.status_code == 200
    assert english_left(made.content.decode()) == []
    walk(
        client,
        ["opd:registration_new"],
        ["opd:registration_list"],
        ["opd:registration_detail", encounter.pk],
        ["opd:clinicday_list"],
        ["opd:clinicday_detail", ward.pk],
        ["patients:patient_list"],
        ["patients:patient_detail", sunita.pk],
        ["patients:patient_edit", sunita.pk],
        ["billing:invoice_detail", invoice.pk],
        ["billing:payment_new", unpaid.pk],
        ["posting_choice"],
    )


def test_no_english_at_the_doctors(rims, ward, sunita):
    client = signed_in(hindi("Lakra", Role.DOCTOR, rims))
    for patient in (sunita, make_patient(rims, "Birsa Munda", "बिरसा मुंडा")):
        make_token(ward, patient)
    client.post(reverse("opd:call_new", args=[ward.pk]), {"request_key": uuid4()})

    walk(client, ["opd:clinicday_list"], ["opd:clinicday_detail", ward.pk])


def test_no_english_in_the_rest_of_a_tokens_way(rims, ward, sunita):
    client = signed_in(hindi("Lakra", Role.DOCTOR, rims))
    birsa = make_patient(rims, "Birsa Munda", "बिरसा मुंडा")
    token, other, gone = (make_token(ward, one) for one in (sunita, birsa, birsa))

    def press(name, one, **sent):
        return client.post(reverse(f"opd:{name}", args=[one.pk]), sent)

    press("entry_new", other)
    press("tests_new", other, tests="सीबीसी", request_key=uuid4())
    press("token_departure_new", gone, how="said_so")
    refusals = [
        press("tests_new", token, tests="x", request_key=uuid4()),
        press("token_departure_new", token, how="not_there"),
        client.get(reverse("opd:waiting_list"), {"day": "x"}),
    ]
    for refusal in refusals:
        assert refusal.status_code == 422
        assert set(english_left(refusal.content.decode())) <= {"x"}
    press("entry_new", token)
    walk(
        client,
        ["opd:clinicday_detail", ward.pk],
        ["opd:tests_new", token.pk],
        ["opd:token_departure_new", other.pk],
        ["opd:waiting_list"],
    )


def test_no_english_in_the_doctors_room(rims, ward, sunita):
    make_templates()
    lakra, guria = (hindi(name, Role.DOCTOR, rims) for name in ("Lakra", "Guria"))
    ward.unit.doctor = lakra
    ward.unit.save()
    token = make_token(ward, sunita)
    make_allergy(token.encounter, lakra, "पेनिसिलिन")
    client = signed_in(lakra)
    pages = (["opd:room_detail"], ["opd:token_detail", token.pk], ["opd:signature_list"])
    typed = {"fever", "d", "ICD", "I", "sugar", "A", "SpO", "BP", "Alt"}
    walk(client, *pages, known=typed)
    begun = begin_consultation(token, lakra)
    walk(client, *pages, known=typed)
    said = {"version": 0, "request_key": uuid4(), "complaints": "बुखार 4 दिन", "follow_up": "?"}
    refused = client.post(reverse("opd:signature_new", args=[begun.pk]), said)
    assert set(english_left(refused.content.decode())) <= typed
    client.post(reverse("opd:signature_new", args=[begun.pk]), said | {"follow_up": "5 दिन"})
    notes = (["patients:note_detail", begun.note_id], ["patients:addendum_new", begun.note_id])
    walk(client, *pages, *notes, known=typed)
    walk(signed_in(guria), *pages, known=typed)


def test_no_english_on_the_bed_board(rims, med, sunita):
    """A ward with a bed in each state; and what its administrator sees of it."""
    place = make_ward(med, beds=5, name_hi="मेडिसिन वार्ड, महिला", code="D१")
    nurse = hindi("Toppo", Role.NURSE, rims)
    beds, now = beds_in(place), timezone.now()
    inpatient = admit(sunita, beds[0], nurse).admission
    beds_of.start_cleaning(bed=beds[1], actor=nurse, at=now)
    beds_of.take_out_of_service(bed=beds[2], why="ऑक्सीजन", actor=nurse, at=now)
    beds_of.reserve_bed(bed=beds[3], for_whom="बेड़ो से", request_key=uuid4(), actor=nurse, at=now)
    walk(
        signed_in(nurse),
        ["ipd:board"],
        ["ipd:ward_detail", place.pk],
        ["ipd:transfer_new", inpatient.pk],
        ["ipd:reservation_new", beds[4].pk],
        ["ipd:place_new", place.pk],
        ["ipd:bed_search"],
    )
    walk(
        signed_in(hindi("Prasad", Role.FACILITY_ADMIN, rims)),
        ["ipd:ward_list"],
        ["ipd:ward_new"],
        ["ipd:ward_edit", place.pk],
        ["ipd:room_new", place.pk],
        ["ipd:bed_new", beds[0].room_id],
        ["ipd:bed_edit", beds[0].pk],
        ["ipd:inpatient_setting_edit"],
    )


def test_no_english_at_the_administrators(rims, ward):
    admin = hindi("Prasad", Role.FACILITY_ADMIN, rims)
    client = signed_in(admin)
    unit, nurse = ward.unit, hindi("Toppo", Role.NURSE, rims)
    signed_in(nurse)
    sheet = make_sheet(
        rims, admin, {"username": "ok.rims", "name": "मीना", "role": "nurse"}, {"name": "मीना"}
    )
    of_hospital = ("facility_edit", "department_list", "department_new", "room_list")
    of_person = ("person_detail", "person_edit", "posting_new", "password_reset_new", "disablement_new")
    pages = [
        *((f"facilities:{name}", rims.pk) for name in of_hospital),
        *((f"facilities:{name}", nurse.pk) for name in of_person),
        ("facilities:department_edit", unit.department_id),
        ("facilities:unit_new", unit.department_id),
        ("facilities:unit_edit", unit.pk),
        ("facilities:room_edit", unit.room_id),
        ("facilities:person_list",),
        ("facilities:person_new",),
        ("facilities:posting_edit", nurse.posting.pk),
        ("facilities:session_list",),
        ("facilities:import_new",),
        ("facilities:import_detail", sheet.pk),
        ("billing:scheme_list",),
        ("own_session_list",),
        ("password_new",),
    ]
    # Codes that people type: of roles, departments and files, and the two examples beside them.
    typed = {role for value in Role.values for role in value.split("_")} | {
        "MED",
        "SURG",
        "CSV",
        "XLSX",
        "MB",
    }
    typed |= {"sunita", "rims", "a", "z", "IN", "ok"}
    for name, *args in pages:
        page = client.get(reverse(name, args=args))
        assert page.status_code == 200, name
        assert set(english_left(page.content.decode())) - typed == set(), name


def test_no_english_where_administration_refuses(rims, ward):
    client = signed_in(hindi("Prasad", Role.FACILITY_ADMIN, rims))
    wrong = {"hfr_id": "12", "phone": "abc", "opd_fee": "-1", "code": "1"}
    answers = [
        client.post(reverse("facilities:facility_edit", args=[rims.pk]), wrong),
        client.post(reverse("facilities:person_new"), {"username": "A B", "starts_on": "x", "hpr_id": "1"}),
        client.post(reverse("password_new"), {"present": "x", "password": "short", "again": "other"}),
        client.post(reverse("facilities:import_new"), {}),
    ]

    for answer in answers:
        assert answer.status_code == 422
        left = set(english_left(answer.content.decode()))
        assert left - {"sunita", "rims", "a", "z", "IN", "MED", "CSV", "XLSX"} - set(Role.values) <= {
            part for value in Role.values for part in value.split("_")
        }


def test_no_english_at_the_auditors(rims, ward, sunita, sgml):
    clerk = hindi("Anita", Role.CLERK, rims)
    register(signed_in(clerk), sunita)
    edit_patient(patient=sunita, details={"village": "काँके"}, rev=sunita.rev, actor=clerk, at=timezone.now())
    stranger = hindi("Gita", Role.CLERK, sgml)
    find_patients(text=sunita.uhid, actor=stranger, at=timezone.now())
    make_seal()
    client = signed_in(hindi("Prem", Role.AUDITOR, make_state()))
    entries = [["audit:entry_detail", one.pk] for one in AuditEntry.objects.all()]

    assert len(entries) > 4
    walk(client, ["audit:entry_list"], ["audit:glass_list"], ["audit:seal_list"], *entries)
    refused = [
        client.post(reverse("audit:search_new"), {"uhid": "1", "who": "nobody", "begins": "x"}),
        client.post(reverse("audit:search_new"), {"uhid": "1"}),
        client.get(reverse("audit:entry_list"), {"begins": "2026-07-22", "ends": "2026-07-21"}),
        client.post(reverse("audit:noted_seal_new"), {"line": "1"}),
    ]
    glass = AuditEntry.objects.get(name="patients.patient_found_by_identifier")
    refused.append(client.post(reverse("audit:review_new", args=[glass.pk]), {"note": ""}))
    for answer in refused:
        assert answer.status_code == 422
        assert english_left(answer.content.decode()) == []


def test_no_english_at_the_door(client, rims):
    person = hindi("Anita", Role.CLERK, rims)
    wrong = client.post(reverse("login"), {"username": person.username, "password": "wrong"})
    empty = client.post(reverse("login"), {})
    missing = client.get("/nothing-here/")

    for refused in (client.get(reverse("login")), wrong, empty, missing):
        assert english_left(refused.content.decode()) == []
    client.post(reverse("login"), {"username": person.username, "password": PASSWORD})
    client.post(reverse("lock"))
    walk(client, ["unlock"])


@pytest.mark.parametrize("typed", ["Sunita Devi", "सुनीता", "9431100001", "234567890124", "nobody", ""])
def test_no_english_in_what_a_search_says(rims, ward, sunita, typed):
    client = signed_in(hindi("Anita", Role.CLERK, rims))

    found = client.post(reverse("opd:search_new"), {"q": typed}, headers={"HX-Request": "true"})

    assert english_left(found.content.decode()) == []


def test_no_english_in_what_a_form_refuses(rims, ward, sunita):
    client = signed_in(hindi("Anita", Role.CLERK, rims))
    nothing = client.post(reverse("opd:registration_new"), {"department": "MED"})
    wrong = {"name": "1234", "age": "300", "phone": "123", "abha": "12", "pincode": "1", "sex": "x"}
    person = client.post(reverse("opd:registration_new"), wrong | {"department": "??", "mode": "9"})
    upi = register(client, sunita, mode="upi", reference="1")

    assert Patient.objects.count() == 1
    for refused in (nothing, person, upi):
        assert refused.status_code == 422
        assert english_left(refused.content.decode()) == []


def test_no_english_when_somebody_leaves(rims, med, sunita):
    """A discharge, its summary, a death; registers, the registrar, the census and the figures."""
    beds = beds_in(make_ward(med, name_hi="मेडिसिन वार्ड"))
    nurse, doctor = hindi("Toppo", Role.NURSE, rims), hindi("Bose", Role.DOCTOR, rims)
    before = timezone.now() - timedelta(days=2)
    going = admit(sunita, beds[0], nurse, at=before).admission
    staying = admit(Unknown(Sex.MALE), beds[1], nurse, at=before).admission
    dying = admit(Unknown(Sex.FEMALE), beds[2], nurse, at=before).admission
    begin_discharge(going, doctor)
    death = die(dying.encounter, doctor, died_at=timezone.now(), immediate_cause="सेप्सिस")
    count_missing_days(facility=rims, at=timezone.now())
    walk(
        signed_in(doctor),
        ["ipd:discharge_list"],
        ["ipd:discharge_detail", going.pk],
        ["ipd:discharge_new", staying.pk],
        ["ipd:summary_edit", draft(going, doctor).pk],
        ["ipd:death_new", staying.pk],
        ["ipd:death_detail", death.pk],
        known={"Unknown", "male", "female"},  # a stand-in stands there in both scripts
    )
    walk(
        signed_in(hindi("Kujur", Role.RECORDS_OFFICER, rims)),
        ["ipd:register_list"],
        *(["ipd:register_detail", code] for code in REGISTERS),
        ["ipd:registrar_list"],
        ["ipd:census_list"],
        ["ipd:figure_list"],
    )


def test_no_english_in_registers_and_reports(rims, med, sunita):
    """The OPD register, form P at the hospital and in the district, a report that waits."""
    doctor, officer = hindi("Bose", Role.DOCTOR, rims), hindi("Kujur", Role.RECORDS_OFFICER, rims)
    encounter = make_encounter(sunita, med, at=timezone.now())
    make_condition(encounter, doctor, "B54")
    make_signed_note(encounter, doctor)
    form_p = signed_in(officer).get(reverse("reports:form_p_detail"), {"line": "5"})
    assert english_left(form_p.content.decode()) == []
    asked = {"begins": "2026-07-01", "ends": "2026-07-31"}
    run = ask_report(
        kind="opd_register_csv", asked=asked, request_key=uuid4(), actor=officer, at=timezone.now()
    )
    walk(
        signed_in(officer),
        ["reports:register_list"],
        ["reports:register_detail", "opd"],
        ["reports:run_list"],
        ["reports:run_new", "opd_register_csv"],
        ["reports:run_detail", run.pk],
    )
    walk(signed_in(hindi("Oraon", Role.DISTRICT_ADMIN, rims.district)), ["reports:form_p_detail"])
