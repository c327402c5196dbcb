"""The facilities of the state on their way into the HFR: listed, taken on step by step, called through."""

from datetime import timedelta
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from facilities.models import Facility
from facilities.roles import Role
from hmis.kernel import scope
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from reports import queries, services, tasks
from reports.models import RegistryEntry
from reports.queries.registries import DUE_LATE, DUE_SOON, NO_DAY, OPEN
from reports.services.registries import way
from reports.states import Ownership, RegistryKind, RegistryStatus
from tests.factories.facilities import make_facility, make_person
from tests.factories.parallel import all_at_once
from tests.factories.registries import make_entry

HOSTILE = '"><img src=x onerror=alert(1)>'
DETAILS = {
    "name": "Sewa Sadan Nursing Home",
    "kind": RegistryKind.NURSING_HOME,
    "ownership": Ownership.PRIVATE,
    "hfr_id": "",
}


def add(district, actor, *, key=None, confirm_new=False, **changes):
    return services.add_entry(
        details=DETAILS | {"district": district} | changes,
        confirm_new=confirm_new,
        request_key=key or uuid4(),
        actor=actor,
        at=timezone.now(),
    )


def take(entry, to, actor, *, hfr_id="", remarks="", rev=None):
    entry.refresh_from_db()
    return services.move_entry(
        entry=entry,
        to=to,
        hfr_id=hfr_id,
        remarks=remarks,
        rev=entry.rev if rev is None else rev,
        actor=actor,
        at=timezone.now(),
    )


def listed(user, **wanted):
    return list(queries.entries(user, queries.RegistryFilter(**wanted), timezone.localdate()))


# ── On the list ──


def test_a_private_facility_is_listed_by_its_districts_office(hari, gumla):
    entry = add(gumla, hari, due_on=timezone.localdate(), owner="Civil Surgeon")

    assert (entry.status, entry.place, str(entry)) == (
        RegistryStatus.NOT_STARTED,
        gumla,
        "Sewa Sadan Nursing Home",
    )
    assert AuditEntry.objects.get(name="reports.registry_entry_added").about_id == entry.pk
    assert "Sewa" not in str(AuditEntry.objects.get(name="reports.registry_entry_added").detail)


def test_with_an_hfr_id_it_has_been_applied_for(hari, gumla):
    entry = add(gumla, hari, hfr_id="IN2010000077")

    assert (entry.status, entry.number) == (RegistryStatus.APPLIED, "IN2010000077")


def test_the_same_click_twice_is_one_line(hari, gumla):
    key = uuid4()

    assert add(gumla, hari, key=key) == add(gumla, hari, key=key)
    assert RegistryEntry.objects.count() == 1


def test_another_district_is_beyond_reach(hari, ranchi):
    with pytest.raises(Refusal, match="outside your area"):
        add(ranchi, hari)


def test_what_looks_like_a_double_is_asked_once(hari, gumla):
    first = add(gumla, hari)

    with pytest.raises(Refusal, match="Sewa Sadan Nursing Home") as refused:
        add(gumla, hari, name="Seva Sadan Nursing Home Pvt Ltd")
    assert refused.value.field == "confirm_new"
    other = add(gumla, hari, name="Seva Sadan Nursing Home Pvt Ltd", confirm_new=True)
    assert other.pk != first.pk


def test_the_same_name_in_another_district_is_another_facility(indu, ranchi, gumla):
    add(gumla, indu)

    assert add(ranchi, indu)


def test_an_hfr_id_is_one_facilitys(indu, ranchi, rims):
    add(ranchi, indu, hfr_id="IN2010000077")
    Facility.objects.filter(pk=rims.pk).update(hfr_id="IN2010000001")

    for taken, whose in (("IN2010000077", "Sewa Sadan"), ("IN2010000001", "RIMS")):
        with pytest.raises(Refusal, match=whose):
            add(ranchi, indu, name="Orchid", hfr_id=taken)


@pytest.mark.django_db(transaction=True)
def test_ten_offices_cannot_give_one_hfr_id_to_two(indu, ranchi):
    named = [
        partial(add, ranchi, indu, name=f"{'abcdefghij'[n] * 8}", hfr_id="IN2010000077") for n in range(10)
    ]

    outcomes = all_at_once(named)

    assert sum(isinstance(one, RegistryEntry) for one in outcomes) == 1
    assert sum(isinstance(one, Refusal) for one in outcomes) == 9


# ── Step by step ──


def test_a_facility_is_taken_from_nothing_to_verified(hari, gumla):
    entry = add(gumla, hari)

    take(entry, RegistryStatus.APPLIED, hari)
    with pytest.raises(Refusal, match="has an HFR ID"):
        take(entry, RegistryStatus.VERIFIED, hari)
    verified = take(entry, RegistryStatus.VERIFIED, hari, hfr_id="IN2010000077")

    assert (verified.status, verified.number) == (RegistryStatus.VERIFIED, "IN2010000077")
    steps = AuditEntry.objects.filter(name="reports.registry_entry_moved").order_by("pk")
    assert [one.detail["to"] for one in steps] == ["applied", "verified"]


def test_what_was_sent_back_says_why(hari, gumla):
    entry = add(gumla, hari)
    take(entry, RegistryStatus.APPLIED, hari)

    with pytest.raises(Refusal, match="Say why"):
        take(entry, RegistryStatus.RETURNED, hari)
    assert take(entry, RegistryStatus.RETURNED, hari, remarks="Photo of the board is missing")


def test_a_step_that_there_is_none_of_is_refused(hari, gumla):
    with pytest.raises(Refusal, match="cannot become"):
        take(add(gumla, hari), RegistryStatus.VERIFIED, hari, hfr_id="IN2010000077")


def test_two_who_look_at_one_line_do_not_overwrite_each_other(hari, gumla):
    entry = add(gumla, hari)
    opened = entry.rev
    take(entry, RegistryStatus.APPLIED, hari)

    with pytest.raises(Refusal, match="meanwhile"):
        take(entry, RegistryStatus.STRUCK, hari, remarks="closed", rev=opened)
    with pytest.raises(Refusal, match="meanwhile"):
        services.edit_entry(entry=entry, details={"owner": "X"}, rev=opened, actor=hari, at=timezone.now())


@pytest.mark.parametrize(
    ("was", "to", "steps"),
    [
        ("not_started", "verified", ["applied", "verified"]),
        ("not_started", "not_started", []),
        ("verified", "applied", ["returned", "applied"]),
        ("struck", "returned", ["not_started", "applied", "returned"]),
    ],
)
def test_a_sheet_takes_the_shortest_way(was, to, steps):
    assert way(was, to) == steps


# ── The hospitals of ours ──


def test_every_hospital_of_ours_is_entered_once(indu, rims, sgml):
    assert services.enter_hospitals(actor=indu, at=timezone.now()) == 2
    assert services.enter_hospitals(actor=indu, at=timezone.now()) == 0
    assert {one.facility for one in RegistryEntry.objects.all()} == {rims, sgml}


def test_a_line_that_was_there_before_the_hospital_becomes_its_own(indu, ranchi):
    before = add(
        ranchi, indu, name="CHC Kanke", kind=RegistryKind.CHC, hfr_id="IN2010000077", owner="BPM Kanke"
    )
    kanke = make_facility("KANK", ranchi, name="C.H.C. Kanke", kind="chc")

    services.enter_hospitals(actor=indu, at=timezone.now())

    (entry,) = RegistryEntry.objects.all()
    kanke.refresh_from_db()
    assert (entry.pk, entry.facility, entry.owner, entry.name) == (before.pk, kanke, "BPM Kanke", "")
    assert kanke.hfr_id == entry.number == "IN2010000077"


def test_a_hospital_that_is_opened_is_on_the_list_at_once(rims, sgml):
    with scope.within(scope.at_hospitals(None)):
        tasks.enter_hospital(rims.pk)

    assert RegistryEntry.objects.filter(facility=rims).exists()


def test_hospitals_that_came_by_a_file_are_on_the_list_within_the_hour(rims, sgml):
    assert settings.CELERY_BEAT_SCHEDULE["hospitals"]["task"] == "reports.enter_hospitals"
    with scope.within(scope.NOBODY):
        assert tasks.enter_hospitals() == 2


def test_the_hfr_id_of_a_hospital_stands_on_its_own_row_alone(hari, sgml):
    entry = make_entry(facility=sgml)
    take(entry, RegistryStatus.APPLIED, hari)
    take(entry, RegistryStatus.VERIFIED, hari, hfr_id="IN2010000002")

    sgml.refresh_from_db()
    entry = RegistryEntry.objects.get()
    assert (sgml.hfr_id, entry.hfr_id, entry.number) == ("IN2010000002", "", "IN2010000002")


def test_what_a_hospital_says_of_itself_is_not_changed_on_the_list(hari, sgml):
    entry = make_entry(facility=sgml)
    services.edit_entry(
        entry=entry,
        details={"name": "Another", "phone": "0000000", "owner": "CS Gumla"},
        rev=0,
        actor=hari,
        at=timezone.now(),
    )

    entry.refresh_from_db()
    assert (str(entry), entry.owner, entry.phone) == (str(sgml), "CS Gumla", "")


def test_one_id_at_two_facilities_is_found_whoever_wrote_it(rims, sgml, ranchi):
    make_entry(facility=rims)
    make_entry(facility=sgml, status="verified")
    make_entry(ranchi, hfr_id="IN2010000001")
    Facility.objects.filter(pk=rims.pk).update(hfr_id="IN2010000001")

    assert [str(one) for one in queries.hfr_faults()] == [
        "The HFR ID IN2010000001 is that of RIMS and of another facility.",
        "SGML is verified in the HFR and has no HFR ID.",
    ]
    Facility.objects.filter(pk=rims.pk).update(hfr_id="")
    Facility.objects.filter(pk=sgml.pk).update(hfr_id="IN2010000002")
    assert list(queries.hfr_faults()) == []


# ── Who sees what, and what is late ──


def test_each_sees_what_lies_within_reach(ranchi, gumla, rims, sgml, hari, indu):
    ours, theirs = make_entry(ranchi), make_entry(gumla)
    rims_line, sgml_line = make_entry(facility=rims), make_entry(facility=sgml)
    alok = make_person("Alok", Role.FACILITY_ADMIN, rims)

    assert set(listed(indu)) == {ours, theirs, rims_line, sgml_line}
    assert set(listed(hari)) == {theirs, sgml_line}
    assert set(listed(alok)) == {rims_line}


def test_what_is_late_stands_first_then_what_falls_due_within_a_week(hari, gumla):
    today = timezone.localdate()
    later = make_entry(gumla, due_on=today + timedelta(days=8))
    soon = make_entry(gumla, due_on=today + timedelta(days=7))
    late = make_entry(gumla, due_on=today - timedelta(days=1))
    never = make_entry(gumla)
    done = make_entry(gumla, due_on=today - timedelta(days=9), status="verified", hfr_id="IN2010000005")

    assert listed(hari) == [late, soon, later, never, done]
    assert listed(hari, due=OPEN) == [late, soon, later, never]
    assert listed(hari, due=DUE_LATE) == [late]
    assert listed(hari, due=DUE_SOON) == [soon]
    assert listed(hari, due=NO_DAY) == [never]
    assert not done.is_late(today)
    assert late.is_late(today)


def test_what_is_struck_off_counts_nowhere(hari, gumla):
    struck = make_entry(gumla, status="struck", remarks="closed in 2024")
    verified = make_entry(gumla, status="verified", hfr_id="IN2010000005")
    whole, (only,) = queries.hfr_coverage(hari, timezone.localdate())

    assert listed(hari) == [verified]
    assert listed(hari, status="struck") == [struck]
    assert (whole.all, whole.verified, whole.share) == (only.all, only.verified, only.share) == (1, 1, 100)


def test_the_list_is_narrowed(indu, ranchi, gumla, rims):
    private = make_entry(ranchi, name="Orchid", hfr_id="IN2010000005")
    make_entry(gumla)
    ours = make_entry(facility=rims)

    assert listed(indu, q="orch") == [private]
    assert listed(indu, q="in 2010000005") == [private]
    assert set(listed(indu, district=ranchi)) == {private, ours}
    assert listed(indu, district=ranchi, ownership="government") == [ours]
    assert listed(indu, kind="medical_college") == [ours]
    assert listed(indu, status="applied") == []


# ── The pages ──


@pytest.fixture
def office(client, hari):
    client.force_login(hari)
    return client


def test_the_page_shows_what_needs_a_call_and_never_runs_a_name(office, gumla):
    make_entry(gumla, name=HOSTILE, due_on=timezone.localdate() - timedelta(days=1), phone="06524-222")
    page = office.get(reverse("reports:registry_list"))

    assert page.status_code == 200
    assert "<img" not in page.text
    assert "tel:06524-222" in page.text
    assert "1 late" in page.text


def test_a_facility_is_added_and_taken_on_by_the_pages(office, gumla):
    sent = {
        "name": "Orchid Clinic",
        "kind": "clinic",
        "district": gumla.pk,
        "due_on": "01-12-2026",
        "request_key": uuid4(),
    }
    refused = office.post(reverse("reports:registry_new"), sent)
    made = office.post(reverse("reports:registry_new"), sent | {"ownership": "private"})
    entry = RegistryEntry.objects.get()
    step = reverse("reports:registry_move_new", args=[entry.pk])
    wrong = office.post(step, {"move-to": "applied", "rev": 99, "move-request_key": uuid4()})
    moved = office.post(step, {"move-to": "applied", "rev": entry.rev, "move-request_key": uuid4()})

    assert (refused.status_code, made.status_code) == (422, 303)
    assert "Write government or private" in refused.text
    assert (wrong.status_code, moved.status_code) == (422, 303)
    entry.refresh_from_db()
    assert (entry.status, f"{entry.due_on:%Y-%m-%d}") == ("applied", "2026-12-01")


def test_a_double_is_asked_on_the_form_and_taken_with_the_box(office, gumla):
    make_entry(gumla, name="Orchid Clinic")
    sent = {
        "name": "Orchid Clinics",
        "kind": "clinic",
        "ownership": "private",
        "district": gumla.pk,
        "request_key": uuid4(),
    }
    asked = office.post(reverse("reports:registry_new"), sent)
    taken = office.post(reverse("reports:registry_new"), sent | {"confirm_new": "on"})

    assert asked.status_code == 422
    assert 'type="checkbox" name="confirm_new"' in asked.text
    assert taken.status_code == 303


def test_a_line_is_put_right_by_its_page(office, gumla, sgml):
    entry = make_entry(facility=sgml)
    path = reverse("reports:registry_edit", args=[entry.pk])
    page = office.get(path)
    saved = office.post(path, {"owner": "CS Gumla", "rev": entry.rev, "request_key": uuid4()})

    assert 'name="phone"' not in page.text
    assert saved.status_code == 303
    assert "CS Gumla" in office.get(reverse("reports:registry_detail", args=[entry.pk])).text


def test_the_hospitals_of_the_district_are_entered_by_one_button(office, sgml, rims):
    page = office.get(reverse("reports:registry_list"))
    answer = office.post(reverse("reports:registry_entering_new"))

    assert "1 hospital that works in this system" in page.text
    assert answer.status_code == 303
    assert [one.facility for one in RegistryEntry.objects.all()] == [sgml]


@pytest.mark.parametrize("form", ["xlsx", "csv", "pdf"])
def test_the_call_list_leaves_the_house_audited_and_runs_no_formula(office, gumla, form):
    make_entry(gumla, name="=cmd|'/c calc'!A1", remarks="@x")
    answer = office.get(reverse("reports:registry_list"), {"as": form})
    content = answer.getvalue()

    assert answer.status_code == 200
    fact = AuditEntry.objects.get(name="reports.registry_exported")
    assert (fact.detail["what"], fact.detail["form"], fact.detail["rows"]) == ("hfr", form, 1)
    if form == "csv":
        assert ",'=cmd" in content.decode()
    elif form == "xlsx":
        cells = [cell for row in load_workbook(BytesIO(content)).active.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    else:
        assert content.startswith(b"%PDF")


def test_another_kind_of_file_is_not_there(office):
    assert office.get(reverse("reports:registry_list"), {"as": "exe"}).status_code == 404


def test_a_hospitals_administrator_reads_and_writes_not(client, sgml):
    client.force_login(make_person("Alok", Role.FACILITY_ADMIN, sgml))
    entry = make_entry(facility=sgml)

    assert client.get(reverse("reports:registry_detail", args=[entry.pk])).status_code == 200
    assert client.get(reverse("reports:registry_edit", args=[entry.pk])).status_code == 403
