"""Administration by keyboard: a new colleague's first morning, a login shut, a sheet of 1,500."""

import re
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import expect

from facilities.models import Posting, StaffImport, User
from facilities.roles import Role
from tests.facilities.test_imports import HEAD, many
from tests.factories.billing import make_scheme
from tests.factories.facilities import PASSWORD, make_person, make_sheet

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=alert(1)>'
OWN = "three words together"


@pytest.fixture
def alok(rims):
    """The administrator of RIMS."""
    return make_person("Alok", Role.FACILITY_ADMIN, rims)


def test_a_new_colleague_is_added_comes_in_and_chooses_a_password(sit, alok, med, unit):
    desk = sit(alok).open("facilities:person_list")
    desk.press("F4")
    expect(desk.field("Name in English")).to_be_focused()
    desk.type("Mina Kujur")
    desk.press("Tab", "Tab")
    desk.type("mina.rims")
    desk.field("Role").select_option("clerk")
    desk.field("Counter").fill("4")
    desk.press("Enter")
    paper = desk.page.locator("#one-time").inner_text()
    assert re.fullmatch(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", paper)

    door = sit().open("login")
    door.type("mina.rims")
    door.press("Tab")
    door.type(paper)
    door.press("Enter")
    door.arrives_at("password_new")  # the door has a field of the same name
    expect(door.page.locator("#id_password")).to_be_focused()
    door.go("/patients/").arrives_at("password_new")
    door.page.locator("#id_password").fill(OWN)
    door.page.locator("#id_again").fill(OWN)
    door.press("Enter")
    door.arrives_at("opd:registration_new")
    expect(door.page.locator("#q")).to_be_focused()
    desk.page.reload()
    assert paper not in desk.page.content()
    assert not User.objects.get(username="mina.rims").must_choose_password


def test_a_login_is_shut_while_its_person_is_at_work_elsewhere(sit, alok, kavita, unit):
    counter = sit(kavita).open("opd:registration_new")
    counter.forgive("status of 401", "Error Code 401", "status of 422")
    counter.press("F4")
    counter.type("Birsa")
    desk = sit(alok).open("facilities:person_detail", kavita.pk)
    desk.page.get_by_role("link", name="Shut the login").click()
    desk.field("Reason").select_option("misuse")
    desk.page.get_by_role("button", name=re.compile("Shut the login")).click()
    expect(desk.page.get_by_text("every session of this person has ended")).to_be_visible()

    counter.page.locator("#q").fill("Asha Devi")
    counter.page.locator("#lock-password").fill(PASSWORD)
    counter.press("Enter")
    expect(counter.page.locator("#lock-error")).to_have_text("This is not the password. Try again.")
    expect(counter.page.locator("main")).to_be_hidden()
    counter.page.get_by_role("button", name="I am another person").click()
    expect(counter.page.locator("#id_username")).to_be_visible()
    expect(counter.page).to_have_url(re.compile("/login/"))


def test_a_session_is_ended_from_the_list(sit, alok, kavita, unit):
    counter = sit(kavita).open("opd:clinicday_list")
    desk = sit(alok).open("facilities:session_list")
    desk.page.get_by_role("button", name="End: Kavita").click()
    expect(desk.page.get_by_text("The session has ended.")).to_be_visible()

    counter.page.reload()
    expect(counter.page).to_have_url(re.compile("/login/"))


def test_1500_rows_with_three_wrong_ones(sit, alok, med, tmp_path):
    sheet = tmp_path / "staff.csv"
    sheet.write_text(HEAD + many(1500, wrong=(7, 700, 1499)), encoding="utf-8-sig")
    desk = sit(alok).open("facilities:import_new")
    with desk.page.expect_file_chooser() as chooser:
        desk.page.get_by_text("Choose a file").click()
    chooser.value.set_files(sheet)
    expect(desk.page.locator("output")).to_have_text("staff.csv")
    desk.page.get_by_role("button", name=re.compile("Look through")).click()
    expect(desk.page.get_by_text("3 rows are wrong and are left out.")).to_be_visible(timeout=60_000)
    expect(desk.page.get_by_text("There is no such role.")).to_have_count(3)
    assert not Posting.objects.filter(role="nurse").exists()

    desk.press("Enter")
    expect(desk.page.get_by_role("button", name=re.compile("Download the passwords"))).to_be_visible(
        timeout=60_000
    )
    assert Posting.objects.filter(role="nurse").count() == 1497
    with desk.page.expect_download(timeout=60_000) as fetched:
        desk.page.get_by_role("button", name=re.compile("Download the passwords")).click(timeout=60_000)
    passwords = load_workbook(BytesIO(fetched.value.path().read_bytes())).active
    assert passwords.max_row == 1498
    assert StaffImport.objects.get().passwords_given_at
    desk.page.reload()
    expect(desk.page.get_by_text("1497 people have not logged in yet.")).to_be_visible()


def test_the_list_of_staff_follows_what_is_typed(sit, alok, dev, clara):
    desk = sit(alok).open("facilities:person_list")
    desk.page.locator("#id_q").press_sequentially("cla")
    expect(desk.page.get_by_role("link", name="Dev")).to_have_count(0)
    expect(desk.page.get_by_role("link", name="Clara")).to_be_visible()


def test_a_refused_form_keeps_what_was_typed_and_puts_the_cursor_there(sit, alok, rims, med):
    desk = sit(alok).open("facilities:department_new", rims.pk)
    desk.forgive("status of 422", "Error Code 422")
    desk.type("med")
    desk.press("Tab")
    desk.type("Second")
    desk.press("Tab")
    desk.type("दूसरा")
    desk.press("Enter")
    expect(desk.page.get_by_text("department with this code already")).to_be_visible()
    expect(desk.page.locator("#id_code")).to_be_focused()
    expect(desk.page.locator("#id_name_hi")).to_have_value("दूसरा")


def test_a_department_is_moved_without_scripts(sit, alok, departments):
    desk = sit(alok, java_script_enabled=False).open("facilities:department_list", departments[0].facility_id)
    desk.page.get_by_role("button", name="Down: Medicine").click()

    expect(desk.page.locator("[data-row]").nth(1)).to_contain_text("Medicine")
    departments[0].refresh_from_db()
    assert departments[0].position == 2


@pytest.fixture
def worst(rims, med, unit, alok):
    """Everything of the administration bears the worst of names."""
    for row in (rims, med, unit):
        type(row).objects.filter(pk=row.pk).update(name=HOSTILE, name_hi="=1+1")
    nurse = make_person("Worst", Role.NURSE, rims)
    User.objects.filter(pk=nurse.pk).update(name=HOSTILE, name_hi="=1+1")
    rows = [
        {"username": HOSTILE, "name": HOSTILE, "role": HOSTILE},
        {"username": "ok.rims", "name": "=1+1", "role": "nurse"},
    ]
    sheet = make_sheet(rims, alok, *rows)
    StaffImport.objects.update(filename=HOSTILE)
    scheme = make_scheme(name=HOSTILE, name_hi=HOSTILE, proof=HOSTILE)
    names = [
        ("facility_edit", rims.pk),
        ("department_list", rims.pk),
        ("department_new", rims.pk),
        ("department_edit", med.pk),
        ("unit_edit", unit.pk),
        ("room_list", rims.pk),
        ("room_edit", unit.room_id),
        ("person_list",),
        ("person_new",),
        ("person_detail", nurse.pk),
        ("person_edit", nurse.pk),
        ("posting_new", nurse.pk),
        ("posting_edit", nurse.posting.pk),
        ("password_reset_new", nurse.pk),
        ("disablement_new", nurse.pk),
        ("session_list",),
        ("import_new",),
        ("import_detail", sheet.pk),
    ]
    paths = [reverse(f"facilities:{name}", args=args) for name, *args in names]
    paths += [reverse(name) for name in ("billing:scheme_list", "own_session_list", "password_new")]
    return paths, scheme


def test_every_page_is_calm_narrow_and_accessible_with_the_worst_names(faults_of, alok, worst):
    assert faults_of(alok, worst[0]) == []


def test_the_states_own_pages_are_too(faults_of, indu, worst):
    names = ("facilities:facility_list",), ("facilities:facility_new",), ("billing:scheme_edit", worst[1].pk)

    assert faults_of(indu, [reverse(name, args=args) for name, *args in names]) == []
