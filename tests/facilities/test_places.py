"""Administration of places: put right by those they belong to, one at a time, with what was kept."""

from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from facilities.models import Department, Facility, Room, Unit
from facilities.queries import one_person_suffices
from facilities.roles import Role
from facilities.services import (
    add_department,
    add_facility,
    add_room,
    add_unit,
    edit_department,
    edit_facility,
    edit_room,
    edit_unit,
    place_department,
    set_small_facility,
)
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.history import changes_of
from hmis.kernel.models import AuditEntry
from hmis.kernel.numbering import Series, next_number
from tests.conftest import NOON
from tests.factories.facilities import make_department, make_person, make_unit
from tests.factories.parallel import all_at_once

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def alok(rims):
    """The administrator of RIMS."""
    return make_person("Alok", Role.FACILITY_ADMIN, rims)


@pytest.fixture
def rose(sgml):
    """The administrator of SGML."""
    return make_person("Rose", Role.FACILITY_ADMIN, sgml)


def edit(facility, actor, rev=None, **details):
    rev = facility.rev if rev is None else rev
    return edit_facility(facility=facility, details=details, rev=rev, actor=actor, at=NOON)


# ── Hospitals ──


def test_a_new_fee_holds_and_the_history_says_from_what_to_what(rims, alok):
    saved = edit(rims, alok, opd_fee=Decimal("10.00"))

    assert saved.opd_fee == Decimal("10.00")
    newest = changes_of(saved)[0]
    assert (newest.by, newest.fields) == ("Alok", [("OPD fee", "₹5.00", "₹10.00")])
    assert AuditEntry.objects.get().detail == {"fields": ["opd_fee"]}


def test_saving_what_stands_there_already_is_no_fact(rims, alok):
    edit(rims, alok, name=rims.name)

    assert not AuditEntry.objects.exists()


def test_who_saves_second_is_told_of_the_first(rims, alok):
    edit(rims, alok, opd_fee=Decimal("10.00"))

    with pytest.raises(Refusal, match="Somebody else changed this meanwhile"):
        edit(rims, alok, rev=rims.rev, opd_fee=Decimal("20.00"))


@pytest.mark.django_db(transaction=True)
def test_ten_who_save_at_once_are_one_who_saved_and_nine_who_are_told(rims, alok):
    acts = [partial(edit, rims, alok, opd_fee=Decimal(n)) for n in range(10, 20)]

    outcomes = [type(one) for one in all_at_once(acts)]

    assert (outcomes.count(Facility), outcomes.count(Refusal)) == (1, 9)


def test_the_code_may_change_until_a_number_is_out(rims, alok):
    assert edit(rims, alok, code="RIMR").code == "RIMR"
    rims.refresh_from_db()
    next_number(rims, Series.RECEIPT, at=NOON)

    with pytest.raises(Refusal, match="the code cannot change"):
        edit(rims, alok, code="RIMX")


def test_the_database_itself_keeps_a_code_with_numbers(rims):
    next_number(rims, Series.RECEIPT, at=NOON)

    with pytest.raises(IntegrityError, match="are out"), transaction.atomic():
        Facility.objects.filter(pk=rims.pk).update(code="RIMX")


def test_another_hospitals_code_is_refused_in_words(rims, sgml, alok):
    with pytest.raises(Refusal, match="Another hospital has this code"):
        edit(rims, alok, code="SGML")


def test_a_hospital_sent_twice_is_one(ranchi, indu):
    details = {"code": "NEWH", "name": "New", "name_hi": "नया", "kind": "chc", "district": ranchi}
    key = uuid4()
    made = [add_facility(details=details, request_key=key, actor=indu, at=NOON) for _ in range(2)]

    assert made[0] == made[1]
    assert Facility.objects.filter(code="NEWH").count() == 1


# ── Small-facility mode ──


def test_the_mode_is_off_until_the_district_or_state_switches_it_on(sgml, hari):
    assert not one_person_suffices(sgml)
    set_small_facility(facility=sgml, small=True, actor=hari, at=NOON)

    assert one_person_suffices(sgml)
    newest = changes_of(sgml)[0]
    assert (newest.by, newest.fields) == ("Hari", [("small-facility mode", "no", "yes")])


def test_switched_on_twice_it_is_one_fact(sgml, hari):
    for _ in range(2):
        set_small_facility(facility=sgml, small=True, actor=hari, at=NOON)

    assert AuditEntry.objects.filter(name="facilities.small_facility_set").count() == 1


def test_who_is_bound_by_the_rules_does_not_lift_them(rims, alok, client):
    client.force_login(alok)

    answer = client.post(reverse("facilities:small_facility_new", args=[rims.pk]), {"small": "1"})

    assert answer.status_code == 403
    assert not one_person_suffices(rims)


def test_the_district_switches_it_on_its_page(sgml, hari, alok, rims, client):
    def page(user, hospital):
        client.force_login(user)
        return client.get(reverse("facilities:facility_edit", args=[hospital.pk])).text

    assert 'name="small" value="1"' in page(hari, sgml)
    assert 'name="small"' not in page(alok, rims)


def test_another_districts_administrator_does_not_either(rims, hari, client):
    client.force_login(hari)

    answer = client.post(reverse("facilities:small_facility_new", args=[rims.pk]), {"small": "1"})

    assert answer.status_code == 404


@pytest.mark.usefixtures("reads_anew")
def test_the_bar_of_that_hospital_says_it(sgml, hari, rose, client):
    set_small_facility(facility=sgml, small=True, actor=hari, at=NOON)
    client.force_login(rose)

    assert "Small facility" in client.get(reverse("facilities:person_list")).text


# ── Departments, units, rooms ──


def test_a_new_department_comes_after_the_others_and_its_code_once(rims, med, alok):
    details = {"code": "ORTH", "name": "Bones", "name_hi": "हड्डी"}
    Department.objects.filter(pk=med.pk).update(position=4)
    made = add_department(facility=rims, details=details, request_key=uuid4(), actor=alok, at=NOON)

    assert (made.position, made.is_active, made.fee()) == (5, True, Decimal("5.00"))
    with pytest.raises(Refusal, match="department with this code already"):
        add_department(facility=rims, details=details, request_key=uuid4(), actor=alok, at=NOON)


def test_one_key_with_other_contents_is_refused(rims, alok):
    key = uuid4()
    first = {"code": "ORTH", "name": "Bones", "name_hi": "हड्डी"}
    add_department(facility=rims, details=first, request_key=key, actor=alok, at=NOON)

    with pytest.raises(KeyReused):
        add_department(facility=rims, details=first | {"code": "EYE"}, request_key=key, actor=alok, at=NOON)


def test_a_department_is_closed_and_opened_and_priced(med, alok):
    details = {"is_active": False, "opd_fee": Decimal("0.00"), "opd_validity_days": 7}
    closed = edit_department(department=med, details=details, rev=med.rev, actor=alok, at=NOON)

    assert (closed.is_active, closed.fee(), closed.validity_days()) == (False, Decimal("0.00"), 7)
    said = {label: now for label, _was, now in changes_of(closed)[0].fields}
    assert said == {"open": "no", "OPD fee": "₹0.00", "slip valid for days": "7"}


def order(facility):
    return [one.code for one in facility.departments.order_by("position", "name")]


@pytest.fixture
def three(rims, med):
    return [med, make_department(rims, "ORTH"), make_department(rims, "EYE")]


def test_a_department_is_put_where_it_is_wanted_and_twice_is_once(rims, three, alok):
    for _ in range(2):
        place_department(department=three[2], place=1, actor=alok, at=NOON)

    assert order(rims)[0] == "EYE"
    assert sorted(one.position for one in rims.departments.all()) == [1, 2, 3]
    assert AuditEntry.objects.filter(name="facilities.department_placed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_who_order_at_once_leave_each_department_in_its_own_place(rims, three, alok):
    moves = [(three[n % 3], 1 + n % 2) for n in range(12)]
    outcomes = all_at_once(
        [partial(place_department, department=one, place=at, actor=alok, at=NOON) for one, at in moves]
    )

    assert set(outcomes) == {None}
    assert sorted(one.position for one in rims.departments.all()) == [1, 2, 3]


def test_a_unit_has_its_days_room_and_doctor(med, alok, bose):
    room = Room.objects.create(facility=med.facility, number="101")
    details = {"name": "Unit 1", "name_hi": "यूनिट 1", "clinic_days": [0, 2], "room": room, "doctor": bose}
    made = add_unit(department=med, details=details, request_key=uuid4(), actor=alok, at=NOON)
    changed = edit_unit(
        unit=made, details={"clinic_days": [1, 3, 5], "doctor": None}, rev=0, actor=alok, at=NOON
    )

    assert changed.days_said() == "Tue, Thu, Sat"
    said = {label: (was, now) for label, was, now in changes_of(changed)[0].fields}
    assert said == {"clinic days": ("Mon, Wed", "Tue, Thu, Sat"), "doctor": ("Bose", "—")}


def test_a_unit_takes_no_room_and_no_doctor_of_another_hospital(unit, sgml, esha, alok):
    theirs = Room.objects.create(facility=sgml, number="1")
    for details, said in (({"room": theirs}, "room is not in"), ({"doctor": esha}, "has no posting at")):
        with pytest.raises(Refusal, match=said):
            edit_unit(unit=unit, details=details, rev=unit.rev, actor=alok, at=NOON)


def test_a_rooms_number_is_its_own(rims, alok):
    first = add_room(facility=rims, details={"number": "7"}, request_key=uuid4(), actor=alok, at=NOON)
    other = add_room(facility=rims, details={"number": "8"}, request_key=uuid4(), actor=alok, at=NOON)

    with pytest.raises(Refusal, match="room with this number already"):
        edit_room(room=other, details={"number": "7"}, rev=0, actor=alok, at=NOON)
    assert edit_room(room=first, details={"number": "7A"}, rev=0, actor=alok, at=NOON).number == "7A"


# ── On the screen ──


@pytest.fixture
def at_desk(client, alok):
    client.force_login(alok)
    return client


def test_a_facility_administrator_goes_straight_to_the_own_hospital(at_desk, rims):
    answer = at_desk.get(reverse("facilities:facility_list"))

    assert answer.url == reverse("facilities:facility_edit", args=[rims.pk])


def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(at_desk, rims, med):
    sent = {"code": "med", "name": HOSTILE, "name_hi": "=1+1", "request_key": uuid4()}
    answer = at_desk.post(reverse("facilities:department_new", args=[rims.pk]), sent)

    assert answer.status_code == 422
    assert answer.context["form"].errors["code"] == ["The hospital has a department with this code already."]
    assert "&lt;img src=x" in answer.text
    assert "=1+1" in answer.text
    assert "<img" not in answer.text


def test_the_form_alone_comes_back_to_htmx(at_desk, rims):
    path = reverse("facilities:department_new", args=[rims.pk])
    answer = at_desk.post(path, {"request_key": uuid4()}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert answer.text.lstrip().startswith("<form")


def test_saving_says_when_it_holds(at_desk, rims):
    sent = {"code": "RIMS", "name": "R", "name_hi": "र", "opd_fee": "7", "opd_validity_days": "10"}
    path = reverse("facilities:facility_edit", args=[rims.pk])
    answer = at_desk.post(
        path, sent | {"receipt_paper": "a5", "rev": rims.rev, "request_key": uuid4()}, follow=True
    )

    assert "within a few seconds" in answer.text
    assert Facility.objects.get(pk=rims.pk).opd_fee == Decimal("7.00")


def test_a_strangers_room_in_a_hidden_field_is_no_choice(at_desk, unit, sgml, bose):
    theirs = Room.objects.create(facility=sgml, number="1")
    sent = {"name": "U", "name_hi": "यू", "room": theirs.pk, "rev": unit.rev, "request_key": uuid4()}
    answer = at_desk.post(reverse("facilities:unit_edit", args=[unit.pk]), sent)

    assert answer.status_code == 422
    assert "room" in answer.context["form"].errors


def test_only_the_state_moves_a_hospital_to_another_district(at_desk, rims, gumla):
    sent = {"code": "RIMS", "name": "R", "name_hi": "र", "opd_fee": "7", "opd_validity_days": "10"}
    at_desk.post(
        reverse("facilities:facility_edit", args=[rims.pk]),
        sent | {"receipt_paper": "a5", "rev": 0, "request_key": uuid4(), "district": gumla.pk, "kind": "phc"},
    )

    rims.refresh_from_db()
    assert (rims.name, rims.district.name, rims.kind) == ("R", "Ranchi", "medical_college")


PAGES = ("facility_edit", "department_list", "room_list")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_no_more_for_many_rows_than_for_few(
    at_desk, rims, med, name, django_assert_max_num_queries
):
    for n in range(12):
        make_unit(make_department(rims, f"D{chr(65 + n)}"))
    path = reverse(f"facilities:{name}", args=[rims.pk])
    at_desk.get(path)

    with django_assert_max_num_queries(16):
        assert at_desk.get(path).status_code == 200


def test_a_district_sees_its_own_hospitals_only(client, hari, rims, sgml):
    client.force_login(hari)
    page = client.get(reverse("facilities:facility_list"))

    assert "SGML" in page.text
    assert "RIMS Ranchi" not in page.text


def test_closed_units_give_no_token(unit, alok):
    edit_unit(unit=unit, details={"is_active": False}, rev=unit.rev, actor=alok, at=NOON)

    assert not Unit.objects.get(pk=unit.pk).sits_on(NOON.date())


def test_a_wrong_gstin_or_upi_address_is_refused_at_its_field_and_right_ones_are_kept(at_desk, rims):
    sent = {"code": "RIMS", "name": "R", "name_hi": "र", "opd_fee": "7", "opd_validity_days": "10"}
    sent |= {"receipt_paper": "a4", "rev": rims.rev, "gstin": "20aaagr0000a1", "upi_address": "rims@sbi"}
    path = reverse("facilities:facility_edit", args=[rims.pk])
    refused = at_desk.post(path, sent | {"request_key": uuid4()})
    assert "A GSTIN has 15 letters and digits" in refused.text
    assert "rims@sbi" in refused.text

    at_desk.post(path, sent | {"gstin": "20aaagr0000a1z5", "request_key": uuid4()})
    rims.refresh_from_db()
    assert (rims.gstin, rims.upi_address, rims.receipt_paper) == ("20AAAGR0000A1Z5", "rims@sbi", "a4")
