"""Facilities by the sheet: looked through row by row, doubles found, taken over once."""

from functools import partial
from time import monotonic
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from facilities.models import Facility
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from reports import services
from reports.models import RegistryEntry, RegistryImport
from reports.services.registry_sheets import CHANGE, DOUBLE, ERROR, NEW, SAME, RegistryLook
from tests.factories.parallel import all_at_once
from tests.factories.registries import make_entry, make_registry_import

HEAD = "name,name_hi,kind,ownership,district,block,address,phone,hfr_id,status,owner,due_on,remarks\n"
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def office(client, hari):
    client.force_login(hari)
    return client


def upload(actor, text, **changes):
    details = {"filename": "facilities.csv", "request_key": uuid4()}
    content = (HEAD + text).encode() if isinstance(text, str) else text
    return services.prepare_registry_import(
        content=content, actor=actor, at=timezone.now(), **details | changes
    )


def looked(actor, text):
    return RegistryLook(upload(actor, text), actor)


def confirm(held, actor, *also):
    return services.confirm_registry_import(held=held, also=also, actor=actor, at=timezone.now())


def test_nothing_is_written_before_it_is_confirmed(hari, gumla):
    look = looked(hari, "Orchid,,clinic,private,Gumla,,,,,,,,\nLotus,,chc,,गुमला,,,,,,,,")

    assert look.counts == {NEW: 2, DOUBLE: 0, CHANGE: 0, SAME: 0, ERROR: 0}
    assert not RegistryEntry.objects.exists()


def test_what_is_confirmed_stands_where_the_sheet_says(hari, gumla):
    held = confirm(
        upload(
            hari,
            "Orchid,,clinic,private,Gumla,Bishunpur,,06524-222,IN2010000009,verified,CS,31-12-2026,\n"
            "Lotus,,nursing home,निजी,Gumla,,,,,returned,,,No photo\n"
            "Rose,,laboratory,private,Gumla,,,,in 2010 000010,,,,",
        ),
        hari,
    )

    orchid, lotus, rose = RegistryEntry.objects.order_by("pk")
    assert held.outcome["counts"][NEW] == 3
    assert (orchid.status, orchid.hfr_id, f"{orchid.due_on}") == ("verified", "IN2010000009", "2026-12-31")
    assert (lotus.status, lotus.ownership, lotus.remarks) == ("returned", "private", "No photo")
    assert (rose.status, rose.hfr_id) == ("applied", "IN2010000010")
    assert AuditEntry.objects.filter(name="reports.registry_sheet_taken_over").count() == 1


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        (",,clinic,private,Gumla,,,,,,,,", "name", "must be filled in"),
        ("Orchid,,,private,Gumla,,,,,,,,", "kind", "must be filled in"),
        ("Orchid,,spa,private,Gumla,,,,,,,,", "kind", "no such kind"),
        ("Orchid,,clinic,,Gumla,,,,,,,,", "ownership", "government or private"),
        ("Orchid,,clinic,trust,Gumla,,,,,,,,", "ownership", "government or private"),
        ("Orchid,,clinic,private,Patna,,,,,,,,", "district", "no such district"),
        ("Orchid,,clinic,private,Ranchi,,,,,,,,", "district", "outside your area"),
        ("Orchid,,clinic,private,Gumla,,,call us,,,,,", "phone", "digits"),
        ("Orchid,,clinic,private,Gumla,,,,IN123,,,,", "hfr_id", "IN and ten digits"),
        ("Orchid,,clinic,private,Gumla,,,,IN２０１００００００１,,,,", "hfr_id", "IN and ten digits"),
        ("Orchid,,clinic,private,Gumla,,,,,done,,,", "status", "no such status"),
        ("Orchid,,clinic,private,Gumla,,,,,verified,,,", "hfr_id", "has an HFR ID"),
        ("Orchid,,clinic,private,Gumla,,,,,struck,,,", "remarks", "Say why"),
        ("Orchid,,clinic,private,Gumla,,,,,,,31-02-2026,", "due_on", "Write the day"),
        (f"{'x' * 200},,clinic,private,Gumla,,,,,,,,", "name", "at most 160"),
    ],
)
def test_a_wrong_cell_is_said_at_its_column(hari, gumla, ranchi, row, column, sentence):
    (only,) = looked(hari, row).rows

    assert only.kind == ERROR
    assert sentence in dict(only.errors)[column]


def test_a_row_that_is_wrong_is_left_out_and_the_others_are_taken(hari, gumla):
    held = confirm(
        upload(hari, "Orchid,,clinic,private,Gumla,,,,,,,,\nLotus,,spa,private,Gumla,,,,,,,,"), hari
    )

    assert [one.name for one in RegistryEntry.objects.all()] == ["Orchid"]
    assert [one["row"] for one in held.outcome["left_out"]] == [3]


@pytest.mark.parametrize(
    ("second", "column", "sentence"),
    [
        ("ORCHID.,,clinic,private,Gumla,,,,,,,,", "name", "Row 2 names this facility already"),
        ("Lotus,,clinic,private,Gumla,,,,IN2010000009,,,,", "hfr_id", "Row 2 has this HFR ID"),
    ],
)
def test_a_facility_stands_once_in_a_sheet(hari, gumla, second, column, sentence):
    first, other = looked(hari, f"Orchid,,clinic,private,Gumla,,,,IN2010000009,,,,\n{second}").rows

    assert first.kind == NEW
    assert sentence in dict(other.errors)[column]


# ── Beside the list ──


def test_what_is_on_the_list_is_known_by_its_id_or_its_name(hari, gumla):
    make_entry(gumla, name="Orchid Clinic", kind="clinic", hfr_id="IN2010000009", owner="CS")
    make_entry(gumla, name="Lotus", kind="clinic")
    rows = looked(
        hari,
        "Orchid Clinics,,clinic,private,Gumla,,,,IN2010000009,,BPM,,\nLOTUS,,clinic,private,Gumla,,,,,,,,\n",
    ).rows

    assert [row.kind for row in rows] == [CHANGE, CHANGE]
    assert ("owner", "CS", "BPM") in rows[0].changes
    assert rows[1].changes == [("name", "Lotus", "LOTUS")]


def test_a_name_much_like_one_on_the_list_is_a_double_until_somebody_ticks_it(hari, gumla):
    known = make_entry(gumla, name="Sewa Sadan Nursing Home")
    held = upload(
        hari,
        "Seva Sadan Nursing Home Pvt Ltd,,nursing_home,private,Gumla,,,,,,,,\n"
        "Sewa Sadan Hospital,,hospital,private,Gumla,,,,,,,,\n"
        "Orchid,,clinic,private,Gumla,,,,,,,,",
    )
    look = RegistryLook(held, hari)
    confirm(held, hari, 3)

    assert [row.kind for row in look.rows] == [DOUBLE, DOUBLE, NEW]
    assert look.rows[0].alike == [known]
    names = set(RegistryEntry.objects.values_list("name", flat=True))
    assert names == {"Sewa Sadan Nursing Home", "Sewa Sadan Hospital", "Orchid"}
    held.refresh_from_db()
    assert [one["row"] for one in held.outcome["left_out"]] == [2]


def test_the_id_of_another_facility_is_refused(hari, gumla):
    make_entry(gumla, name="Orchid", hfr_id="IN2010000009")
    rows = looked(hari, "Lotus Eye Hospital,,clinic,private,Gumla,,,,IN2010000009,,,,").rows

    assert "the HFR ID of Orchid (Gumla)" in dict(rows[0].errors)["hfr_id"]


def test_a_facility_has_one_id(hari, gumla):
    make_entry(gumla, name="Orchid", hfr_id="IN2010000009")
    rows = looked(hari, "Orchid,,clinic,private,Gumla,,,,IN2010000010,,,,").rows

    assert "with the HFR ID IN2010000009" in dict(rows[0].errors)["hfr_id"]


def test_an_id_that_is_taken_beyond_reach_is_refused_without_saying_by_whom(hari, gumla, ranchi):
    make_entry(ranchi, name="Medica", hfr_id="IN2010000009")
    (row,) = looked(hari, "Orchid,,clinic,private,Gumla,,,,IN2010000009,,,,").rows

    assert dict(row.errors) == {"hfr_id": "Another facility has this HFR ID."}


def test_a_row_about_a_hospital_of_ours_changes_only_its_pursuit_and_its_id(hari, sgml):
    row = f"{sgml.name},,sadar_hospital,,Gumla,,Elsewhere,000000,IN2010000002,verified,CS Gumla,,"
    held = upload(hari, row)
    confirm(held, hari)

    sgml.refresh_from_db()
    (entry,) = RegistryEntry.objects.all()
    assert (entry.facility, entry.status, entry.owner, entry.address) == (sgml, "verified", "CS Gumla", "")
    assert (sgml.hfr_id, sgml.address) == ("IN2010000002", "")


def test_the_same_sheet_again_changes_nothing(hari, gumla):
    text = "Orchid,,clinic,private,Gumla,,,,IN2010000009,verified,CS,31-12-2026,"
    confirm(upload(hari, text), hari)
    again = upload(hari, text)

    assert RegistryLook(again, hari).counts[SAME] == 1
    with pytest.raises(Refusal, match="nothing to import"):
        confirm(again, hari)


# ── Once ──


def test_a_sheet_sent_twice_is_one(hari, gumla):
    key = uuid4()

    assert upload(hari, "Orchid,,clinic,private,Gumla,,,,,,,,", request_key=key) == upload(
        hari, "Orchid,,clinic,private,Gumla,,,,,,,,", request_key=key
    )


@pytest.mark.django_db(transaction=True)
def test_a_sheet_confirmed_by_ten_at_once_counts_once(hari, gumla):
    held = upload(hari, "Orchid,,clinic,private,Gumla,,,,,,,,")

    outcomes = all_at_once([partial(confirm, held, hari)] * 10)

    assert {type(one) for one in outcomes} == {RegistryImport}
    assert RegistryEntry.objects.count() == 1


@pytest.mark.slow
def test_five_thousand_rows_are_looked_through_in_few_queries(hari, gumla):
    rows = "\n".join(f"Clinic {n * 7919},,clinic,private,Gumla,,,,,,,," for n in range(4900))
    held = upload(hari, rows)
    confirm(held, hari)
    begun = monotonic()
    with CaptureQueriesContext(connection) as asked:
        look = RegistryLook(held, hari)

    assert look.counts[SAME] == 4900
    assert len(asked) < 10
    assert monotonic() - begun < 20


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04broken", b"\xff\xd8\xff", b"name,kind\nOrchid,clinic\n"]
)
def test_what_is_no_sheet_of_facilities_is_refused(hari, content):
    with pytest.raises(Refusal):
        upload(hari, content)


# ── The pages ──


def test_a_sheet_is_sent_looked_through_and_taken_over_by_the_pages(office, hari, gumla):
    make_entry(gumla, name="Sewa Sadan")
    text = (
        f'{HEAD}"{HOSTILE.replace(chr(34), chr(34) * 2)}",,clinic,private,Gumla,,,,,,,,\n'
        "=1+1,,clinic,private,Gumla,,,,,,,,\nSeva Sadan,,clinic,private,Gumla,,,,,,,,\n"
        "Orchid,,spa,private,Gumla,,,,,,,,"
    )
    file = SimpleUploadedFile("facilities.csv", text.encode())
    sent = office.post(reverse("reports:registry_import_new"), {"file": file, "request_key": uuid4()})
    held = RegistryImport.objects.get()
    pages = [
        office.get(reverse("reports:registry_import_detail", args=[held.pk]), {"kind": kind})
        for kind in (ERROR, DOUBLE, NEW, "")
    ]
    left_out = office.get(reverse("reports:registry_import_left_out", args=[held.pk]), {"as": "csv"})
    confirmed = office.post(
        reverse("reports:registry_import_confirmation_new", args=[held.pk]), {"also": ["4", "x"]}
    )
    done = office.get(reverse("reports:registry_import_detail", args=[held.pk]))

    assert (sent.status_code, confirmed.status_code, done.status_code) == (303, 303, 200)
    assert all(page.status_code == 200 and "<img" not in page.text for page in pages)
    assert 'name="also" value="4" form="take-over"' in pages[1].text
    assert "no such kind" in b"".join(left_out).decode()
    assert RegistryEntry.objects.filter(name="Seva Sadan").exists()


def test_the_template_comes_back_as_an_empty_sheet(office, hari):
    for form in "xlsx", "csv":
        content = b"".join(office.get(reverse("reports:registry_import_template"), {"as": form}))
        with pytest.raises(Refusal, match="no rows below"):
            upload(hari, content)


def test_a_sheet_of_another_district_is_not_there(office, ranchi, gumla):
    theirs = make_registry_import(ranchi)

    assert office.get(reverse("reports:registry_import_detail", args=[theirs.pk])).status_code == 404
    assert Facility.objects.count() == 0
