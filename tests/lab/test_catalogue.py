"""The catalogue: what its files say, its pages, whose approval counts, and all that is said of a test."""

import csv
import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation

from facilities.roles import Role
from hmis.kernel.models import AuditEntry
from lab import choices, tubes, words
from lab.content import KINDS
from lab.models import LAB_CONTENT, AnalyteDefinition, ReferenceRange, TestDefinition
from lab.queries import analytes_of, approved_here
from patients.models import ContentApproval, ContentKind
from patients.services import SheetLook
from patients.services.content import FILES, new_row, read_row
from patients.services.formulary_sheets import ERROR, SAME, named_rows
from tests.factories.facilities import make_person

HOSTILE = '"><img src=x onerror=alert(1)>'
HINDI = re.compile(r"[\u0900-\u097f]")


def rows_of(kind):
    with FILES[kind].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def anjali(rims):
    """A radiologist at RIMS."""
    return make_person("Anjali", Role.RADIOLOGIST, rims)


# ── The files ──


@pytest.mark.parametrize("kind", KINDS)
def test_each_row_names_its_source_and_reads_without_an_error(kind):
    readings = [read_row(kind, row, ingredients=()) for row in rows_of(kind)]

    assert not [(one.key, one.errors) for one in readings if one.errors]
    assert len({one.key for one in readings}) == len(readings)


def test_what_a_test_gives_is_a_row_and_so_is_what_a_limit_is_of():
    analytes = {row["code"] for row in rows_of(ContentKind.ANALYTE)}
    given = {
        code for row in rows_of(ContentKind.LAB_TEST) for code in row["panel_members"].split("|") if code
    }

    assert given <= analytes
    for kind in (ContentKind.REFERENCE_RANGE, ContentKind.CRITICAL_LIMIT, ContentKind.DELTA_LIMIT):
        assert {row["analyte_code"] for row in rows_of(kind)} <= analytes | {"*"}


def test_every_analyte_and_every_choice_has_its_hindi():
    analytes = rows_of(ContentKind.ANALYTE)

    assert all(HINDI.search(row["name_hi"]) for row in analytes)
    words = {word for row in analytes for word in row["choices"].split("|") if word}
    germs_groups_grades = {word for word in words if re.fullmatch(r"[ABO]{1,2}|P\. \w+|[1-4]\+|1:\d+", word)}
    assert words - germs_groups_grades <= set(choices.HINDI)
    assert set(choices.HINDI) <= words
    assert len(set(choices.HINDI.values())) == len(choices.HINDI)  # typed, each means one of them
    assert choices.in_hindi("P. vivax") == "P. vivax"


@pytest.mark.parametrize(("language", "said"), [("hi", "नेगेटिव"), ("en", "negative")])
def test_a_chosen_result_is_said_in_the_readers_language(language, said):
    with translation.override(language):
        assert choices.shown("negative") == said
        assert choices.shown("12.4") == "12.4"


def test_every_specimen_tube_and_volume_of_the_list_has_its_hindi():
    said = {
        row[name] for row in rows_of(ContentKind.LAB_TEST) for name in ("specimen", "container", "volume")
    }

    left = {word for one in said for word in re.findall("[A-Za-z]+", tubes.in_hindi(one))}
    assert left == {"EDTA", "ESR", "CSF", "VTM"}
    assert tubes.in_hindi("EDTA lavender 4 mL + plain red 2 mL") == (
        "बैंगनी EDTA ट्यूब 4 मि.ली. + सादी लाल ट्यूब 2 मि.ली."
    )
    for strange in ("", HOSTILE, "2 mL of blood", "blood 2 pints"):
        assert tubes.in_hindi(strange) == strange


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_says_the_same_from_the_file_and_from_the_database(tests, kind):
    read = {
        row.key: row.fields for row in (read_row(kind, one, ingredients=()) for one in rows_of(kind)[:20])
    }

    for held in LAB_CONTENT[kind]._default_manager.filter(key__in=read):
        assert new_row(kind, held.key, read[held.key]).digest() == held.digest()


def test_a_row_that_cannot_be_is_told_column_by_column():
    source = {"source": "a book"}
    cases = {
        ContentKind.LAB_TEST: (
            {"code": "glu", "section": "x", "loinc_code": "7"},
            {"code", "section", "loinc_code"},
        ),
        ContentKind.ANALYTE: ({"code": "X", "value_type": "choice", "choices": "one"}, {"choices"}),
        ContentKind.REFERENCE_RANGE: (
            {"analyte_code": "HB", "age_from_days": "9", "age_to_days": "9", "low": "5", "high": "x"},
            {"age_to_days", "high"},
        ),
        ContentKind.CRITICAL_LIMIT: ({"analyte_code": "HB", "population": "adult"}, {"low"}),
    }
    for kind, (row, wrong) in cases.items():
        errors = read_row(kind, row | source, ingredients=()).errors
        assert wrong <= {column for column, _sentence in errors}, kind


def test_loaded_again_words_services_and_what_was_put_right_stay(tests, monkeypatch, tmp_path):
    TestDefinition.objects.filter(code="CBC").update(name="Blood picture", is_put_right=True, words=["x"])
    gone = FILES[ContentKind.LAB_TEST].read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "tests.csv").write_text("".join(one for one in gone if not one.startswith("ESR,")), "utf-8")
    monkeypatch.setitem(FILES, ContentKind.LAB_TEST, tmp_path / "tests.csv")

    call_command("load_tests", verbosity=0)

    cbc = TestDefinition.objects.get(code="CBC")
    assert (cbc.name, cbc.words) == ("Blood picture", ["x"])
    assert TestDefinition.objects.get(code="ESR").is_withdrawn
    assert TestDefinition.objects.in_force().count() == 159


# ── Approval ──


def seen(row):
    return f"{row.pk}:{row.digest()}"


def approve(client, kind, *rows):
    return client.post(
        reverse("lab:content_approval_new", args=[kind]),
        {"request_key": uuid4(), "seen": [seen(row) for row in rows]},
    )


def test_a_pathologists_approval_counts_at_that_hospital_until_the_row_changes(
    client, farhana, tests, rims, sgml, indu
):
    client.force_login(farhana)
    assert approve(client, "lab_test", tests["CBC"]).status_code == 303

    assert approved_here(rims, ContentKind.LAB_TEST) == {tests["CBC"].pk}
    assert approved_here(rims.pk, ContentKind.LAB_TEST) == {tests["CBC"].pk}
    assert not approved_here(sgml, ContentKind.LAB_TEST)
    assert not approved_here(None, ContentKind.LAB_TEST)
    assert client.get(reverse("lab:test_list")).text.count("not yet approved here") == len(tests) - 1
    approval = ContentApproval.objects.get()
    back = client.post(reverse("lab:approval_withdrawal_new", args=[approval.pk]))
    assert back.status_code == 303
    assert not approved_here(rims, ContentKind.LAB_TEST)


def test_a_radiologist_approves_imaging_and_nothing_else(client, farhana, anjali, tests, rims):
    client.force_login(anjali)
    refused = approve(client, "lab_test", tests["CBC"])
    assert refused.status_code == 422
    assert "Somebody else approves this row" in refused.text
    assert approve(client, "lab_test", tests["XRCH"]).status_code == 303
    client.force_login(farhana)
    assert approve(client, "lab_test", tests["USGAB"]).status_code == 422
    approval = ContentApproval.objects.get()
    client.post(reverse("lab:approval_withdrawal_new", args=[approval.pk]))

    assert approved_here(rims, ContentKind.LAB_TEST) == {tests["XRCH"].pk}


def test_approval_refuses_all_others(client, bose, rajesh, anjali, tests, rims):
    row = AnalyteDefinition.objects.get(code="HB")
    for person in (bose, rajesh, make_person("Lata", Role.FACILITY_ADMIN, rims)):
        client.force_login(person)
        assert approve(client, "analyte", row).status_code == 403
    client.force_login(bose)
    # A doctor approves medicines, and finds no laboratory there.
    address = reverse("patients:content_approval_new", args=["analyte"])
    assert client.post(address, {"request_key": uuid4(), "seen": [seen(row)]}).status_code == 404
    client.force_login(anjali)
    assert client.get(reverse("lab:content_approval_new", args=["medication"])).status_code == 404
    assert not ContentApproval.objects.exists()


def test_all_that_a_filter_shows_is_approved_after_a_second_look(client, farhana, tests, rims):
    client.force_login(farhana)
    listing = client.get(reverse("lab:content_list", args=["critical_limit"]), {"q": "HB"}).text
    assert "Approve all that are shown" in listing
    asked = client.get(reverse("lab:content_approval_new", args=["critical_limit"]), {"q": "PLT"}).text

    rows = re.findall(r'name="seen" value="([^"]+)"', asked)
    sent = client.post(
        reverse("lab:content_approval_new", args=["critical_limit"]),
        {"request_key": uuid4(), "seen": rows},
    )
    assert sent.status_code == 303
    assert len(approved_here(rims, ContentKind.CRITICAL_LIMIT)) == len(rows) > 0


# ── Pages and sheets ──


@pytest.mark.parametrize("kind", KINDS)
def test_content_that_goes_out_comes_back_without_a_change(indu, client, tests, kind):
    client.force_login(indu)
    assert client.get(reverse("lab:catalogue_list")).status_code == 200
    shown = client.get(reverse("lab:content_list", args=[kind]))
    assert "LOINC is copyright Regenstrief" in shown.text
    answer = client.get(reverse("lab:content_export", args=[kind]), {"as": "csv"})

    look = SheetLook(kind, named_rows(kind, b"".join(answer.streaming_content)), None)

    wrong = [(row.title, row.changes, row.errors) for row in look.rows if row.kind != SAME]
    assert not wrong, wrong[:3]
    assert AuditEntry.objects.filter(name="patients.formulary_exported").exists()


def test_the_state_puts_a_range_right_after_a_look(indu, client, tests, farhana, rims):
    row = ReferenceRange.objects.filter(analyte_code="HB", sex="male").last()
    client.force_login(farhana)
    approve(client, "reference_range", row)
    assert client.get(reverse("lab:content_import_new", args=["reference_range"])).status_code == 403
    client.force_login(indu)
    columns = ("analyte_code", "sex", "age_from_days", "pregnancy", "valid_from", "age_to_days")
    head = ",".join((*columns, "low", "high", "text_range", "valid_till", "source")) + "\n"
    line = f"HB,male,{row.age_from_days},{row.pregnancy},,{row.age_to_days},12.5,17.5,,,a local study\n"
    said = (head + line + "HB,male,x,,,,,,,,\n").encode()
    sheet = SimpleUploadedFile("ranges.csv", said, "text/csv")
    look = client.post(reverse("lab:content_import_new", args=["reference_range"]), {"file": sheet})
    sealed = re.search(r'name="sealed" value="([^"]+)"', look.text)[1]
    assert "Import 1 row" in look.text

    done = client.post(
        reverse("lab:content_import_confirmation_new", args=["reference_range"]),
        {"sealed": sealed, "request_key": uuid4()},
    )

    assert (done.status_code, done.url) == (303, reverse("lab:content_list", args=["reference_range"]))
    row.refresh_from_db()
    assert (str(row.low), row.is_put_right) == ("12.5000", True)
    assert not approved_here(rims, ContentKind.REFERENCE_RANGE)
    assert SheetLook("reference_range", named_rows("reference_range", said), None).counts[ERROR] == 1


def test_a_test_says_all_of_itself(client, farhana, tests, rims):
    client.force_login(farhana)
    approve(client, "analyte", AnalyteDefinition.objects.get(code="HB"))

    shown = client.get(reverse("lab:test_detail", args=[tests["CBC"].pk])).text
    for said in ("EDTA", "718-7", "LOINC is copyright", "not yet approved here", "approved here", "g/dL"):
        assert said in shown, said
    assert "below 6.6 · above 19.9" in shown
    assert "± 20 %" in shown
    smear = client.get(reverse("lab:test_detail", args=[tests["MPS"].pk])).text
    assert "not seen · P. vivax" in smear
    with translation.override("hi"):
        (mps,) = analytes_of(tests["MPS"], rims.pk)
        assert mps.words[0] == "नहीं दिखा"
    assert client.get(reverse("lab:test_detail", args=[uuid4()])).status_code == 404


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ((0, 54750), "every age"),
        ((6570, 54750), "18 years and over"),
        ((0, 30), "0–29 days"),
        ((0, 1), "0 days"),
        ((180, 730), "180–729 days"),
        ((1825, 4380), "5–11 years"),
        ((365, 730), "1 year"),
        ((30, 4380), "30 days to under 12 years"),
    ],
)
def test_an_age_is_said_as_people_say_it(span, said):
    assert words.age_span(*span) == said


def test_limits_are_said_as_people_say_them(tests):
    fib = analytes_of(tests["FIB"], None)[0] if "FIB" in tests else None
    assert fib is None or any(one.value == "60 or less" for one in fib.told)
    assert words.between(None, None) == ""
