"""Wards, rooms and beds put up and put right, and what a day in them costs."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import ChargeItemDefinition
from billing.states import ServiceKind
from facilities.models import Bed, Ward
from facilities.states import WardKind
from hmis.kernel.errors import Refusal
from hmis.kernel.history import changes_of
from ipd import queries, services
from ipd.models import DayTariff, InpatientSetting
from ipd.services import DayPrice
from ipd.states import BedDayRule
from tests.conftest import NOON
from tests.factories.ipd import beds_in

pytestmark = pytest.mark.django_db
WARD = {
    "code": "d1",
    "name": "Medicine, women",
    "name_hi": "मेडिसिन, महिला",
    "kind": "general",
    "takes": "women",
    "position": 1,
    "charged_as": "kind",
    "is_active": "on",
}


def address(name, *args):
    return reverse(f"ipd:{name}", args=args)


def lines():
    """Lines of the tariff that are charged by the day, and one that is not."""
    return {
        code: ChargeItemDefinition.objects.create(code=code, name=code, name_hi=code, kind=kind)
        for code, kind in (
            ("BED-GEN", ServiceKind.BED_DAY),
            ("BED-ICU", ServiceKind.BED_DAY),
            ("CBC", ServiceKind.LABORATORY),
        )
    }


@pytest.fixture
def admin(client, hema):
    client.force_login(hema)
    return client


def change(ward, actor, *, price=None, rev=None, **details):
    held = Ward.objects.get(pk=ward.pk)
    return services.change_ward(
        ward=held,
        details=details,
        price=price,
        rev=held.rev if rev is None else rev,
        actor=actor,
        at=NOON,
    )


def test_a_ward_is_opened_with_rooms_and_ten_beds_from_one(admin, rims):
    made = admin.post(address("ward_new"), WARD | {"request_key": uuid4()})
    ward = Ward.objects.get(facility=rims)
    assert (made.status_code, made["Location"]) == (303, address("ward_edit", ward.pk))
    assert (ward.code, ward.takes) == ("D1", "women")

    room = admin.post(address("room_new", ward.pk), {"number": "D1-101", "request_key": uuid4()})
    beds = admin.post(room["Location"], {"kind": "bed", "count": 10, "first": 1, "request_key": uuid4()})

    assert (room.status_code, beds.status_code) == (303, 303)
    assert [one.number for one in beds_in(ward)] == [str(n) for n in range(1, 11)]
    page = admin.get(address("ward_edit", ward.pk)).content.decode()
    assert "D1-101" in page
    assert "D1" in admin.get(address("ward_list")).content.decode()
    assert 'value="11"' in admin.get(room["Location"]).content.decode()


def test_a_code_is_given_once_and_what_was_typed_stays(admin, ward):
    twice = admin.post(address("ward_new"), WARD | {"code": ward.code, "request_key": uuid4()})

    assert twice.status_code == 422
    page = twice.content.decode()
    assert "The hospital has a ward with this code already." in page
    assert "Medicine, women" in page


def test_the_highest_age_is_not_below_the_lowest(admin, ward):
    answer = admin.post(address("ward_new"), WARD | {"youngest": 14, "oldest": 12, "request_key": uuid4()})
    assert answer.status_code == 422
    assert "The highest age is not below the lowest." in answer.content.decode()


def test_the_history_keeps_what_a_ward_was(admin, ward):
    form = WARD | {"code": ward.code, "takes": "men", "rev": ward.rev, "request_key": uuid4()}

    assert admin.post(address("ward_edit", ward.pk), form).status_code == 303

    assert any("men" in str(one.fields) for one in changes_of(Ward.objects.get(pk=ward.pk)))


def test_two_who_change_a_ward_do_not_overwrite_each_other(ward, hema):
    rev = ward.rev
    change(ward, hema, storey="1st floor")
    with pytest.raises(Refusal, match="Somebody else changed this"):
        change(ward, hema, storey="2nd floor", rev=rev)


def test_a_ward_in_which_somebody_lies_is_not_closed(ward, admitted, hema):
    with pytest.raises(Refusal, match="Somebody lies in this ward"):
        change(ward, hema, is_active=False)


def test_a_ward_belongs_to_a_department_of_its_hospital(ward, hema, sgml_med):
    with pytest.raises(Refusal, match="no such department"):
        change(ward, hema, department=sgml_med)


# ── What a day costs ──


def test_a_day_is_charged_by_the_kind_until_a_line_is_chosen_and_again(ward, hema):
    known = lines()
    change(ward, hema, price=DayPrice())
    assert queries.price_of(ward) is None

    change(ward, hema, price=DayPrice(True, known["BED-ICU"], "intensive"))
    assert queries.price_of(ward).definition == known["BED-ICU"]
    change(ward, hema, price=DayPrice(True, None))
    assert queries.price_of(ward).definition is None
    change(ward, hema, price=DayPrice())

    held = DayTariff.objects.get(ward=ward)
    assert (held.definition, held.ward_class) == (known["BED-GEN"], "general")
    assert [one.charged_as for one in queries.wards_with_beds(hema)] == ["BED-GEN"]


def test_what_is_not_charged_by_the_day_is_refused(ward, hema):
    with pytest.raises(Refusal, match="charged by the day"):
        change(ward, hema, price=DayPrice(True, lines()["CBC"]))


def test_the_form_shows_the_line_that_is_set(admin, ward, hema):
    lines()
    form = WARD | {"code": ward.code, "charged_as": "BED-ICU", "rev": ward.rev, "request_key": uuid4()}
    assert admin.post(address("ward_edit", ward.pk), form).status_code == 303

    page = admin.get(address("ward_edit", ward.pk)).content.decode()

    assert '<option value="BED-ICU" selected>' in page


# ── Places put right ──


def test_a_bed_is_renamed_put_away_and_put_up_again(admin, ward):
    bed = beds_in(ward)[0]
    form = {"number": "7A", "kind": "bed", "rev": bed.rev, "request_key": uuid4()}

    assert admin.post(address("bed_edit", bed.pk), form).status_code == 303
    assert admin.post(address("bed_removal_new", bed.pk)).status_code == 303
    bed.refresh_from_db()
    assert (bed.number, bed.is_active) == ("7A", False)
    assert "put away" in admin.get(address("ward_edit", ward.pk)).content.decode()
    assert admin.post(address("bed_removal_new", bed.pk), {"back": "1"}).status_code == 303
    assert Bed.objects.get(pk=bed.pk).is_active


def test_a_bed_that_somebody_lies_in_is_not_put_away(admin, admitted):
    answer = admin.post(address("bed_removal_new", admitted.stay.bed_id))

    assert answer.status_code == 422
    assert "Somebody lies in this bed" in answer.content.decode()


def test_another_hospitals_places_are_not_there(admin, sgml_ward):
    bed, room = beds_in(sgml_ward)[0], sgml_ward.rooms.get()
    for name, row in (
        ("ward_edit", sgml_ward),
        ("room_new", sgml_ward),
        ("bed_new", room),
        ("bed_edit", bed),
    ):
        assert admin.get(address(name, row.pk)).status_code == 404, name
    assert admin.post(address("bed_removal_new", bed.pk)).status_code == 404
    assert sgml_ward.name not in admin.get(address("ward_list")).content.decode()


def test_a_nurse_manages_no_wards(client, clara, ward):
    client.force_login(clara)
    assert client.get(address("ward_list")).status_code == 403


# ── How bed-days are counted ──


def test_how_bed_days_are_counted_is_set_by_the_hospital(admin, rims):
    page = admin.get(address("inpatient_setting_edit"))
    assert page.status_code == 200
    form = {"bed_day_rule": "hours", "cleans_beds": "on", "rev": 0, "request_key": uuid4()}

    assert admin.post(address("inpatient_setting_edit"), form).status_code == 303
    stale = admin.post(address("inpatient_setting_edit"), form)

    held = InpatientSetting.objects.get(facility=rims)
    assert (held.bed_day_rule, held.charges_leave, held.cleans_beds) == (BedDayRule.HOURS, False, True)
    assert stale.status_code == 422
    again = form | {"bed_day_rule": "calendar", "rev": held.rev + 1}
    assert admin.post(address("inpatient_setting_edit"), again).status_code == 303


def test_every_kind_of_ward_can_be_opened(hema, rims):
    for kind in WardKind:
        details = {"code": kind.value[:8].upper(), "name": kind.value, "name_hi": kind.value, "kind": kind}
        services.open_ward(facility=rims, details=details, request_key=uuid4(), actor=hema, at=timezone.now())
    assert Ward.objects.count() == len(WardKind)
    assert sorted(Ward.objects.values_list("position", flat=True)) == list(range(1, len(WardKind) + 1))
