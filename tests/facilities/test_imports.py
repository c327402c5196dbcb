"""Staff by the sheet: looked through row by row, taken over once, its passwords given once."""

from functools import partial
from io import BytesIO
from time import monotonic
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from facilities.models import Posting, StaffImport, User
from facilities.roles import Role
from facilities.services import confirm_import, give_passwords, prepare_import
from facilities.services.imports import CHANGE, ERROR, NEW, SAME, Look
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from tests.factories.cases import walked
from tests.factories.facilities import make_nurse, make_person, make_sheet, post
from tests.factories.parallel import all_at_once

HEAD = "username,name,name_hi,role,facility,department,counter,hpr_id,council_number,starts_on,ends_on\n"


@pytest.fixture
def alok(rims):
    """The administrator of RIMS."""
    return make_person("Alok", Role.FACILITY_ADMIN, rims)


def upload(actor, text, **changes):
    details = {"filename": "staff.csv", "request_key": uuid4()}
    content = (HEAD + text).encode() if isinstance(text, str) else text
    return prepare_import(content=content, actor=actor, at=timezone.now(), **details | changes)


def confirm(held, actor):
    return confirm_import(held=held, actor=actor, at=timezone.now())


def passwords(held, actor, *, again=False, key=None):
    return give_passwords(held=held, again=again, request_key=key or uuid4(), actor=actor, at=timezone.now())


def looked(actor, text):
    return Look(upload(actor, text), actor)


def wrong(actor, row):
    """What is said of one wrong row: {column: sentence}."""
    (only,) = looked(actor, row).rows
    assert only.kind == ERROR
    return dict(only.errors)


def many(count, wrong=()):
    lines = [f"nurse{n}.rims,Nurse {n},नर्स {n},nurse,RIMS,MED,,,,01-07-2026," for n in range(count)]
    for n in wrong:
        lines[n] = lines[n].replace(",nurse,", ",surgeon,")
    return "\n".join(lines)


# ── Looking through ──


def test_nothing_is_written_before_it_is_confirmed(alok, rims, med):
    look = looked(alok, many(3))

    assert look.counts == {NEW: 3, CHANGE: 0, SAME: 0, ERROR: 0}
    assert not User.objects.filter(username__startswith="nurse").exists()


@walked(
    ("row", "column", "sentence"),
    [
        (",Mina,,nurse,,,,,,,", "username", "must be filled in"),
        ("mina,,,nurse,,,,,,,", "name", "must be filled in"),
        ("mi,Mina,,nurse,,,,,,,", "username", "at least three"),
        ("mina,Mina,,surgeon,,,,,,,", "role", "no such role"),
        ("mina,Mina,,state_admin,,,,,,,", "role", "on the person's page"),
        ("mina,Mina,,nurse,SGML,,,,,,", "facility", "No hospital of yours"),
        ("mina,Mina,,nurse,,EYE,,,,,", "department", "no department with this code"),
        ("mina,Mina,,nurse,,,a counter with a long name,,,,", "counter", "At most 20"),
        ("mina,Mina,,nurse,,,,123,,,", "hpr_id", "14 digits"),
        ("mina,Mina,,nurse,,,,७१९९१२३४५६७८९०,,,", "hpr_id", "14 digits"),
        ("mina,Mina,,nurse,,,,,,31-02-2026,", "starts_on", "Write the day as"),
        ("mina,Mina,,nurse,,,,,,2026-02-31,", "starts_on", "Write the day as"),
        ("mina,Mina,,nurse,,,,,,01-07-2026,01-06-2026", "ends_on", "ends after it starts"),
    ],
)
def test_a_wrong_cell_is_said_at_its_column(alok, med, row, column, sentence):
    assert sentence in wrong(alok, row)[column]


def test_the_hpr_id_of_somebody_on_file_is_refused(alok, clara):
    User.objects.filter(pk=clara.pk).update(hpr_id="71991234567890")

    assert "Somebody else has" in wrong(alok, "mina,Mina,,nurse,,,,71991234567890,,,")["hpr_id"]


def test_a_role_is_understood_by_its_code_and_its_name_in_either_language(alok):
    rows = [f"mina{n},Mina,,{said},,,,,,," for n, said in enumerate(["nurse", "Nurse", "नर्स"])]

    assert {row.duty["role"] for row in looked(alok, "\n".join(rows)).rows} == {"nurse"}


def test_days_are_understood_as_people_write_them(alok):
    written = ["01-12-2026", "01/12/2026", "01.12.2026", "2026-12-01"]
    rows = [f"mina{n},Mina,,nurse,,,,,,{day}," for n, day in enumerate(written)]

    assert {str(row.duty["starts_on"]) for row in looked(alok, "\n".join(rows)).rows} == {"2026-12-01"}


@pytest.mark.parametrize(
    ("second", "column", "sentence"),
    [
        ("mina,Mina,,nurse,,,,,,,", "role", "Row 2 says this person and duty already"),
        ("mina,Another,,clerk,,,,,,,", "name", "Row 2 describes this user name otherwise"),
        ("rita,Rita,,nurse,,,,71991234567890,,,", "hpr_id", "Row 2 gives this HPR ID to somebody else"),
    ],
)
def test_rows_of_one_sheet_do_not_speak_against_each_other(alok, second, column, sentence):
    hpr = "71991234567890" if column == "hpr_id" else ""
    rows = looked(alok, f"mina,Mina,,nurse,,,,{hpr},,,\n{second}").rows

    assert [row.kind for row in rows] == [NEW, ERROR]
    assert sentence in dict(rows[1].errors)[column]


def test_one_person_may_have_two_duties(alok):
    held = upload(alok, "mina,Mina,,nurse,,,,,,,\nmina,Mina,,clerk,,,,,,,")
    confirm(held, alok)

    assert sorted(Posting.objects.filter(user__username="mina").values_list("role", flat=True)) == [
        "clerk",
        "nurse",
    ]


def test_a_formula_is_refused_where_it_stands(alok):
    from tests.kernel.test_sheets import book

    content = book(["username", "name", "role"], ["mina", "=1+1", "nurse"])
    look = Look(upload(alok, content), alok)

    assert "There is a formula" in dict(look.rows[0].errors)["name"]


def test_beside_what_is_on_file_a_row_is_the_same_a_change_or_new(rims, med, alok, dev, clara):
    rows = [
        f"{dev.username},Dev,,cashier,RIMS,,,,,,",
        f"{clara.username},Clara,क्लारा,nurse,RIMS,MED,4,,,,",
        f"{dev.username},Dev,,clerk,RIMS,,,,,,",
    ]
    same, change, more = looked(alok, "\n".join(rows)).rows

    assert (same.kind, change.kind, more.kind) == (SAME, CHANGE, NEW)
    assert change.changes == [
        ("name_hi", "", "क्लारा"),
        ("department", "", "Medicine"),
        ("counter", "", "4"),
    ]


def test_somebody_of_another_hospital_is_not_touched(alok, farid):
    assert "outside your area" in wrong(alok, f"{farid.username},Farid,,cashier,,,,,,,")["username"]


def test_who_also_works_elsewhere_gets_a_duty_and_no_other_name(alok, bose, sgml):
    post(bose, Role.DOCTOR, facility=sgml)
    renamed, only_duty = (
        looked(alok, f"{bose.username},{name},,nurse,,,,,,,").rows[0] for name in ("Boss", "Bose")
    )

    assert "you can only add a duty" in dict(renamed.errors)["name"]
    assert only_duty.kind == NEW


def test_nobody_gives_themselves_a_duty_by_the_sheet(alok):
    assert "Nobody changes their own" in wrong(alok, f"{alok.username},Alok,,cashier,,,,,,,")["username"]
    assert looked(alok, f"{alok.username},Alok,,facility_admin,,,,,,,").rows[0].kind == SAME


# ── What is no sheet ──


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"username,name,role\n", "no rows"),
        (b"", "no rows"),
        (b"username,name\nmina,Mina\n", "missing in the first row: role"),
    ],
)
def test_a_sheet_without_rows_or_columns_is_refused(alok, content, sentence):
    with pytest.raises(Refusal, match=sentence):
        upload(alok, content)
    assert not StaffImport.objects.exists()


def test_the_template_itself_can_be_filled_in_and_sent(client, alok):
    client.force_login(alok)
    path = reverse("facilities:import_template")
    sheet = load_workbook(BytesIO(client.get(path).content))
    sheet.active.append(["mina", "Mina", "मीना", "nurse"])
    file = BytesIO()
    sheet.save(file)
    csv = b"".join(client.get(path, {"as": "csv"})) + "mina,Mina,मीना,nurse\n".encode()

    for content in (file.getvalue(), csv):
        assert Look(upload(alok, content), alok).counts[NEW] == 1
    assert "नाम" in csv.decode("utf-8-sig")


# ── Taking over ──


def test_1500_rows_are_taken_over_in_seconds_and_three_are_left_out(alok, rims, med):
    held = upload(alok, many(1500, wrong=(7, 700, 1499)))
    began = monotonic()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        done = confirm(held, alok)

    assert monotonic() - began < 20
    assert len(asked) < 40
    assert done.outcome["counts"] == {"new": 1497, "change": 0, "same": 0, "error": 3}
    assert [one["row"] for one in done.outcome["left_out"]] == [9, 702, 1501]
    assert User.objects.filter(username__startswith="nurse").count() == 1497
    assert Posting.objects.filter(role="nurse", department=med).count() == 1497
    assert AuditEntry.objects.filter(name="facilities.staff_imported").count() == 1
    began = monotonic()
    given = passwords(done, alok)
    assert monotonic() - began < 20
    assert len({password for _person, password in given}) == 1497


def test_the_same_sheet_again_is_all_the_same(alok, med):
    confirm(upload(alok, many(5)), alok)
    again = upload(alok, many(5))

    assert Look(again, alok).counts == {NEW: 0, CHANGE: 0, SAME: 5, ERROR: 0}
    with pytest.raises(Refusal, match="nothing to import"):
        confirm(again, alok)


def test_an_upload_sent_twice_is_one(alok, med):
    key = uuid4()
    held = {upload(alok, many(2), request_key=key) for _ in range(2)}

    assert len(held) == StaffImport.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_confirmed_by_ten_at_once_it_counts_once(alok, med):
    held = upload(alok, many(20))
    outcomes = all_at_once([partial(confirm, held, alok)] * 10)

    assert set(outcomes) == {held}
    assert User.objects.filter(username__startswith="nurse").count() == 20
    assert AuditEntry.objects.filter(name="facilities.staff_imported").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_administrators_with_the_same_sheet_add_everybody_once(rims, alok, med):
    second = make_person("Second", Role.FACILITY_ADMIN, rims)
    sheets = [(upload(one, many(30)), one) for one in (alok, second)]
    outcomes = all_at_once([partial(confirm, held, one) for held, one in sheets])

    assert sorted(type(one).__name__ for one in outcomes) == ["Refusal", "StaffImport"]
    assert Posting.objects.filter(role="nurse").count() == 30


def test_names_and_duties_are_changed_and_an_empty_cell_leaves_what_is(alok, med, clara):
    clara.name_hi = "क्लारा"
    clara.save()
    confirm(upload(alok, f"{clara.username},Clara Toppo,,nurse,,MED,4,,,,"), alok)

    clara.refresh_from_db()
    posting = clara.postings.get()
    assert (clara.name, clara.name_hi) == ("Clara Toppo", "क्लारा")
    assert (posting.department, posting.counter, posting.starts_on.year) == (med, "4", 2020)


# ── Passwords ──


@pytest.fixture
def three(alok, med):
    return confirm(upload(alok, many(3)), alok)


def test_a_password_opens_and_is_kept_nowhere(client, three, alok):
    given = passwords(three, alok)
    person, password = given[0]

    assert client.post("/login/", {"username": person.username, "password": password}).status_code == 302
    assert client.get("/").url == "/password/"
    three.refresh_from_db()
    assert password not in str(three.__dict__)


def test_before_the_sheet_is_taken_over_there_are_no_passwords(alok, med):
    held = upload(alok, many(3))

    with pytest.raises(Refusal, match="Import the sheet first"):
        passwords(held, alok)


def test_before_the_sheet_is_fetched_nobody_comes_in(three):
    assert not any(one.has_usable_password() for one in User.objects.filter(username__startswith="nurse"))


def test_the_sheet_is_given_once(three, alok):
    key = uuid4()
    first = passwords(three, alok, key=key)

    assert passwords(three, alok, key=key) == first  # the same click once more
    with pytest.raises(Refusal, match="given out already"):
        passwords(three, alok)


def test_those_who_have_not_come_get_new_ones_and_the_old_are_worthless(client, three, alok):
    (came, her_own), *rest = passwords(three, alok)
    client.post("/login/", {"username": came.username, "password": her_own})
    again = passwords(three, alok, again=True)

    assert [person for person, _one in again] == [person for person, _one in rest]
    for (person, new), (_same, old) in zip(again, rest, strict=True):
        person.refresh_from_db()
        assert (person.check_password(new), person.check_password(old)) == (True, False)


def test_who_works_above_by_now_gets_none_from_here(three, alok, indu):
    risen = User.objects.get(username="nurse0.rims")
    Posting.objects.create(
        user=risen, role=Role.STATE_ADMIN, state=indu.posting.state, starts_on=timezone.localdate()
    )

    assert "nurse0.rims" not in {person.username for person, _one in passwords(three, alok)}


def test_a_duty_at_another_place_ends_the_password_of_who_has_not_come(client, three, alok, indu, sgml):
    given = {person.username: one for person, one in passwords(three, alok)}
    held = upload(indu, "nurse0.rims,Nurse 0,,nurse,SGML,,,,,,\nnurse1.rims,Nurse 1,,clerk,RIMS,,,,,,")
    confirm(held, indu)

    opens = {
        one.username: one.check_password(given[one.username])
        for one in User.objects.filter(username__in=given)
    }
    assert opens == {"nurse0.rims": False, "nurse1.rims": True, "nurse2.rims": True}
    client.force_login(indu)
    page = client.get(reverse("facilities:import_detail", args=[held.pk]))
    assert [one.username for one in page.context["ended"]] == ["nurse0.rims"]
    assert "Give them new ones." in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_who_fetch_at_once_are_one_who_gets_it(three, alok):
    outcomes = all_at_once([partial(passwords, three, alok) for _ in range(5)])

    assert sum(isinstance(one, list) for one in outcomes) == 1
    assert sum(isinstance(one, Refusal) for one in outcomes) == 4


# ── On the screen ──


@pytest.fixture
def at_desk(client, alok):
    client.force_login(alok)
    return client


def test_from_the_upload_to_the_sheet_of_passwords(at_desk, rims, med):
    file = SimpleUploadedFile(
        "कर्मी.csv", (HEAD + many(2, wrong=(1,)) + '\n"=1+1.x","=cmd()",,nurse').encode()
    )
    sent = at_desk.post(reverse("facilities:import_new"), {"file": file, "request_key": uuid4()})
    page = at_desk.get(sent.url)
    assert page.context["counts"] == {NEW: 1, CHANGE: 0, SAME: 0, ERROR: 2}
    assert "There is no such role" in page.text

    held = StaffImport.objects.get()
    left = load_workbook(
        BytesIO(at_desk.get(reverse("facilities:import_left_out", args=[held.pk])).content)
    ).active
    assert left["A3"].value == "'=1+1.x"
    done = at_desk.post(reverse("facilities:import_confirmation_new", args=[held.pk]), follow=True)
    fetched = at_desk.post(
        reverse("facilities:import_password_new", args=[held.pk]),
        {"request_key": done.context["request_key"]},
    )
    sheet = load_workbook(BytesIO(fetched.content)).active
    assert (sheet["C2"].value, sheet.max_row) == ("nurse0.rims", 2)
    assert User.objects.get(username="nurse0.rims").check_password(sheet["D2"].value)
    second = at_desk.post(
        reverse("facilities:import_password_new", args=[held.pk]), {"request_key": uuid4()}, follow=True
    )
    assert "given out already" in second.text


def test_what_is_no_sheet_is_said_at_the_file(at_desk):
    file = SimpleUploadedFile("a.xlsx", b"PK no")
    answer = at_desk.post(reverse("facilities:import_new"), {"file": file, "request_key": uuid4()})

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == ["This XLSX cannot be read. Save it again and send it."]


def test_a_colleagues_sheet_is_there_and_a_strangers_is_not(at_desk, rims, sgml, indu):
    colleague = make_person("Second", Role.FACILITY_ADMIN, rims)
    stranger = make_person("Rose", Role.FACILITY_ADMIN, sgml)
    for facility, owner, status in ((rims, colleague, 200), (sgml, stranger, 404)):
        held = make_sheet(facility, owner)
        assert at_desk.get(reverse("facilities:import_detail", args=[held.pk])).status_code == status


def test_looking_through_1500_rows_asks_few_questions(at_desk, rims, med, django_assert_max_num_queries):
    rows = [{"username": f"n{n}.rims", "name": f"N {n}", "role": "nurse"} for n in range(1500)]
    held = make_sheet(rims, make_nurse("Clara", rims), *rows)
    path = reverse("facilities:import_detail", args=[held.pk])

    with django_assert_max_num_queries(20):
        page = at_desk.get(path)
    assert page.context["page"].paginator.num_pages == 15
    assert len(page.content) < 120_000
