"""The registry of professionals: each writes the own ID, an administrator confirms, the district calls."""

from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from facilities import services as places
from facilities.models import User
from facilities.roles import Role
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from reports import queries
from reports.queries.hpr import CONFIRMED, MISSING, UNCONFIRMED
from tests.factories.facilities import make_doctor, make_nurse, make_person, post

NUMBER, ADDRESS = "71991234567890", "clara.k@hpr.abdm"


@pytest.fixture
def alok(rims):
    return make_person("Alok", Role.FACILITY_ADMIN, rims)


def state(person, hpr_id=NUMBER, hpr_address=""):
    return places.state_own_hpr(hpr_id=hpr_id, hpr_address=hpr_address, actor=person, at=timezone.now())


def confirm(person, actor, said=None):
    person.refresh_from_db()
    return places.confirm_hpr(
        person=person, said=person.hpr_said if said is None else said, actor=actor, at=timezone.now()
    )


# ── The own ID ──


@pytest.mark.parametrize(("number", "address"), [(NUMBER, ""), ("", ADDRESS), (NUMBER, "c.k@dr.abdm")])
def test_a_number_or_an_address_is_enough(clara, number, address):
    held = state(clara, number, address)

    assert (held.hpr_id, held.hpr_address) == (number, address)
    assert AuditEntry.objects.filter(name="facilities.hpr_id_stated", actor=clara).count() == 1


@pytest.mark.parametrize(
    ("number", "address"),
    [("123", ""), ("01991234567890", ""), ("", "clara@abdm"), ("", "c@hpr.abdm"), ("", "x y@hpr.abdm")],
)
def test_what_has_not_the_form_is_refused(clara, number, address):
    with pytest.raises(Refusal, match="An HPR"):
        state(clara, number, address)


def test_somebody_elses_id_is_refused(clara, bose):
    state(clara, NUMBER, ADDRESS)

    for number, address in ((NUMBER, ""), ("", ADDRESS)):
        with pytest.raises(Refusal, match="Somebody else"):
            state(bose, number, address)


def test_an_administrator_confirms_it_and_it_is_written_who_and_when(clara, alok):
    state(clara)
    held = confirm(clara, alok)

    assert (held.hpr_confirmed_by, bool(held.hpr_confirmed_at)) == (alok, True)
    confirm(clara, alok)
    assert AuditEntry.objects.filter(name="facilities.hpr_id_confirmed").count() == 1


@pytest.mark.parametrize("changes", [{"hpr_id": "71991234567891"}, {"hpr_address": ADDRESS}, {"hpr_id": ""}])
def test_another_id_waits_to_be_confirmed_again_whoever_writes_it(clara, alok, changes):
    state(clara)
    confirm(clara, alok)

    User.objects.filter(pk=clara.pk).update(**changes)

    clara.refresh_from_db()
    assert (clara.hpr_confirmed_by, clara.hpr_confirmed_at) == (None, None)


def test_what_changes_besides_leaves_the_confirmation(clara, alok):
    state(clara)
    confirm(clara, alok)
    User.objects.filter(pk=clara.pk).update(name="Clara Kerketta", hpr_id=NUMBER)

    clara.refresh_from_db()
    assert clara.hpr_confirmed_by == alok


def test_nobody_confirms_the_own_id(alok):
    state(alok)

    with pytest.raises(Refusal, match="Nobody confirms their own"):
        confirm(alok, alok)


def test_somebody_who_works_elsewhere_is_not_confirmed_here(clara, sgml):
    state(clara)

    with pytest.raises(Refusal, match="in your area"):
        confirm(clara, make_person("Sita", Role.FACILITY_ADMIN, sgml))


def test_an_id_that_has_changed_since_it_was_shown_is_not_confirmed(clara, alok):
    state(clara)

    with pytest.raises(Refusal, match="changed meanwhile"):
        confirm(clara, alok, said="71991234567000")


def test_where_there_is_no_id_none_is_confirmed(clara, alok):
    with pytest.raises(Refusal, match="no HPR ID"):
        confirm(clara, alok)


# ── Coverage ──


def coverage(user, **asked):
    return queries.hpr_coverage(user, timezone.localdate(), **asked)


def test_coverage_is_counted_by_district_hospital_and_cadre(
    rims, sgml, ranchi, indu, hari, alok, clara, bose
):
    make_nurse("Nila", rims)
    make_doctor("Far", sgml)
    state(clara)
    confirm(clara, alok)
    state(bose, "", "bose@dr.abdm")

    whole, parts = coverage(indu)
    assert (whole.whole.posted, whole.whole.with_id, whole.whole.confirmed, whole.whole.share) == (
        4,
        2,
        1,
        50,
    )
    assert {str(one.place): (one.whole.with_id, one.whole.posted) for one in parts} == {
        "Ranchi": (2, 3),
        "Gumla": (0, 1),
    }
    _whole, (at_rims,) = coverage(indu, district=ranchi)
    doctors, nurses, *_others = (people for _cadre, people in at_rims.cells)
    assert (at_rims.place, doctors.share, nurses.share) == (rims, 100, 50)
    assert coverage(hari)[0].whole.posted == 1
    assert coverage(alok)[0].whole.posted == 3


def test_who_works_at_two_hospitals_counts_once_in_the_district_and_at_each(rims, ranchi, indu, bose):
    from tests.factories.facilities import make_facility

    second = make_facility("SAD", ranchi)
    post(bose, Role.DOCTOR, facility=second)

    whole, parts = coverage(indu, district=ranchi)
    assert whole.whole.posted == 1
    assert [one.whole.posted for one in parts] == [1, 1]


def test_whoever_needs_none_is_not_counted(rims, alok, kavita, dev):
    assert coverage(alok)[0].whole.posted == 0
    assert coverage(alok)[0].whole.share is None


def people(user, **wanted):
    found = queries.professionals(user, queries.HprFilter(**wanted), timezone.localdate())
    return [one.user for one in found]


def test_the_list_holds_who_must_be_called(rims, sgml, alok, hari, indu, clara, bose):
    far = make_doctor("Far", sgml)
    state(clara)
    state(bose, "", "bose@dr.abdm")
    confirm(bose, alok)

    assert people(indu) == [far]
    assert people(alok) == []
    assert people(hari, state=MISSING) == [far]
    assert people(alok, state=UNCONFIRMED) == [clara]
    assert people(alok, state=CONFIRMED) == [bose]
    assert set(people(indu, state="all")) == {far, clara, bose}
    assert people(indu, state="all", role="nurse") == [clara]
    assert people(indu, state="all", facility=sgml) == [far]


# ── The pages ──


def test_one_writes_the_own_id_however_it_is_grouped(client, clara):
    client.force_login(clara)
    path = reverse("reports:hpr_own")
    wrong = client.post(path, {"hpr_id": "123", "hpr_address": "", "request_key": uuid4()})
    saved = client.post(
        path, {"hpr_id": "71-9912-3456-7890", "hpr_address": " Clara.K@HPR.abdm", "request_key": uuid4()}
    )
    page = client.get(path)

    assert (wrong.status_code, saved.status_code) == (422, 303)
    assert 'value="123"' in wrong.text
    clara.refresh_from_db()
    assert (clara.hpr_id, clara.hpr_address) == (NUMBER, ADDRESS)
    assert "has not confirmed" in page.text


def test_an_administrator_confirms_on_the_list(client, alok, clara):
    state(clara)
    client.force_login(alok)
    listed = client.get(reverse("reports:hpr_list"), {"state": UNCONFIRMED})
    path = reverse("reports:hpr_confirmation_new", args=[clara.pk])
    stale = client.post(path, {"said": "another"}, follow=True)
    done = client.post(path, {"said": NUMBER}, follow=True)

    assert path in listed.text
    assert "changed meanwhile" in stale.text
    assert "Confirmed." in done.text
    clara.refresh_from_db()
    assert clara.hpr_confirmed_by == alok


@pytest.mark.parametrize("form", ["xlsx", "csv", "pdf"])
def test_the_list_is_called_through_on_paper_and_the_leaving_is_written_down(client, hari, sgml, form):
    make_doctor("=SUM(1)", sgml)
    client.force_login(hari)
    answer = client.get(reverse("reports:hpr_list"), {"as": form})
    content = answer.getvalue()

    assert AuditEntry.objects.get(name="reports.registry_exported").detail["what"] == "hpr"
    if form == "csv":
        assert ",'=SUM" in content.decode()
    elif form == "xlsx":
        assert "=SUM(1)" in {cell.value for row in load_workbook(BytesIO(content)).active for cell in row}
    else:
        assert content.startswith(b"%PDF")


def test_a_stranger_is_not_there_to_be_confirmed(client, alok, sgml):
    client.force_login(alok)
    stranger = make_nurse("Far", sgml)

    answer = client.post(reverse("reports:hpr_confirmation_new", args=[stranger.pk]), {"said": ""})
    assert answer.status_code == 404
