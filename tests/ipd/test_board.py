"""The bed board: who lies where, live and cheap, in as few reads at 1,500 beds as at five; names withheld."""

import gzip
import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from facilities.models import Bed, BedKind, Room
from facilities.roles import ROLES, Reach, Role
from facilities.states import BedStatus, WardTakes
from hmis.kernel.ids import uuid7
from ipd import queries, services
from ipd.models import EarlyWarning, WarningAnswer
from ipd.permissions import VIEW_BOARD
from ipd.states import Response, Risk
from patients.models import BedStay, CaseKind, Encounter
from patients.services import CaseDetails
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in, make_ward
from tests.factories.patients import make_patient

pytestmark = pytest.mark.django_db
HOSTILE = '"><img src=x onerror=alert(1)>'
HTMX = {"HX-Request": "true", "HX-Target": "ward-board"}


def address(name, *args, **query):
    return reverse(f"ipd:{name}", args=args, query=query or None)


def score(admission, value=7, *, risk=Risk.HIGH, at=None, escalates=True, next_in=timedelta(minutes=30)):
    """A NEWS2 score as the vital signs of a round have it."""
    at = at or timezone.now()
    return EarlyWarning.objects.create(
        facility=admission.facility,
        admission=admission,
        patient=admission.patient,
        taken_together=uuid7(),
        taken_at=at,
        score=value,
        points={},
        risk=risk,
        escalates=escalates,
        next_due_at=at + next_in,
    )


@pytest.fixture
def nurse(client, clara):
    client.force_login(clara)
    return client


def look(client, ward, **query):
    return client.get(address("ward_detail", ward.pk, **query)).content.decode()


def fill(ward, beds, actor, *, lying):
    """So many more beds in a ward, in rooms of ten, and patients in them: written past the services."""
    facility = ward.facility
    rooms = [Room(facility=facility, ward=ward, number=f"{ward.code}{n}") for n in range(beds // 10)]
    Room.objects.bulk_create(rooms)
    put_up = Bed.objects.bulk_create(
        Bed(facility=facility, room=room, number=str(n)) for room in rooms for n in range(10)
    )
    people = [make_patient(facility) for _ in range(lying)]
    contacts = Encounter.objects.bulk_create(
        Encounter(
            facility=facility,
            patient=one,
            department=ward.department,
            encounter_class="inpatient",
            started_at=timezone.now(),
        )
        for one in people
    )
    BedStay.objects.bulk_create(
        BedStay(
            facility=facility,
            bed=bed,
            encounter=contact,
            patient=contact.patient,
            began_at=timezone.now(),
            given_by=actor,
        )
        for bed, contact in zip(put_up, contacts, strict=False)
    )


# ── One ward ──


def test_a_tile_says_who_lies_there_since_when(nurse, ward, asha, clara):
    admit(asha, beds_in(ward)[0], clara, at=timezone.now() - timedelta(days=2))

    page = look(nurse, ward)

    assert asha.name in page
    assert "day 3" in page
    assert "occupied 1" in page
    assert "free 3" in page


def test_every_state_of_a_bed_is_said_in_words(nurse, ward, clara):
    beds, now = beds_in(ward), timezone.now()
    services.start_cleaning(bed=beds[0], actor=clara, at=now)
    services.take_out_of_service(bed=beds[1], why="oxygen line", actor=clara, at=now)
    services.reserve_bed(bed=beds[2], for_whom="from Bero", request_key=uuid4(), actor=clara, at=now)

    page = look(nurse, ward)

    for words in ("cleaning 1", "shut 1", "kept 1", "free 1", "oxygen line", "from Bero"):
        assert words in page, words


def test_a_mattress_on_the_floor_is_a_place_and_counted_apart(nurse, ward, asha, clara):
    (floor,) = (one for one in beds_in(ward) if one.kind == BedKind.FLOOR)
    admit(asha, floor, clara)

    page = look(nurse, ward)

    assert re.search(r"on floors and trolleys <b>1</b>", page)
    assert re.search(r"Beds <b>4</b>", page)


def test_score_lateness_and_what_nobody_has_answered_stand_on_the_tile(nurse, ward, admission, clara):
    score(admission, 3, risk=Risk.LOW, escalates=False, at=timezone.now() - timedelta(hours=6))
    asked = score(admission, at=timezone.now() - timedelta(hours=1))

    page = look(nurse, ward)

    assert "call the doctor" in page
    assert "measure: 30 min late" in page
    assert '<span class="visually-hidden">NEWS2 </span>7' in page

    WarningAnswer.objects.create(
        facility=admission.facility,
        warning=asked,
        patient=admission.patient,
        response=Response.SEEN,
        answered_by=clara,
        answered_at=timezone.now(),
    )
    assert "call the doctor" not in look(nurse, ward)


def test_who_needs_somebody_first_stands_first(nurse, ward, rims, clara):
    two = [
        admit(make_patient(rims, name=name), bed, clara).admission
        for name, bed in zip("AB", beds_in(ward), strict=False)
    ]
    score(two[0], 5, risk=Risk.MEDIUM, escalates=False)
    score(two[1], 9)

    board = queries.board_of(ward, timezone.now())

    assert [tile.patient.name for tile in board.to_attend()] == ["B", "A"]


def test_leave_case_and_a_discharge_that_is_begun_are_marked(nurse, ward, asha, clara, bose):
    done = admit(asha, beds_in(ward)[0], clara, case=CaseDetails(kind=CaseKind.ASSAULT))
    services.begin_leave(
        admission=done.admission,
        why="puja",
        due_at=timezone.now() + timedelta(hours=5),
        keeps_bed=True,
        request_key=uuid4(),
        actor=bose,
        at=timezone.now(),
    )

    page = look(nurse, ward)

    assert "on leave" in page
    assert "MLC" in page


def test_a_survivor_is_not_named_on_the_board(nurse, ward, asha, clara):
    admit(asha, beds_in(ward)[0], clara, case=CaseDetails(kind=CaseKind.SEXUAL_ASSAULT))

    page = look(nurse, ward, bed=beds_in(ward)[0].pk)

    assert asha.name not in page
    assert "name withheld" in page


def test_hostile_words_are_words(nurse, med, rims, clara):
    ward = make_ward(med, name=HOSTILE, code='"><b>')
    bed = beds_in(ward)
    admit(make_patient(rims, name=HOSTILE), bed[0], clara)
    services.reserve_bed(bed=bed[1], for_whom=HOSTILE, request_key=uuid4(), actor=clara, at=timezone.now())

    for page in (look(nurse, ward, bed=bed[0].pk), look(nurse, ward, bed=bed[1].pk)):
        assert "<img src=x" not in page
    assert "<img src=x" not in nurse.get(address("board")).content.decode()


def test_another_hospitals_ward_is_not_there(nurse, sgml_ward):
    assert nurse.get(address("ward_detail", sgml_ward.pk)).status_code == 404
    assert sgml_ward.name not in nurse.get(address("board")).content.decode()


# ── Live ──


def test_while_nothing_moves_the_answer_is_empty_and_then_it_is_the_board(
    nurse, ward, asha, clara, time_machine
):
    time_machine.move_to(timezone.now().replace(second=10), tick=False)
    seal = queries.seal_of(ward, timezone.now())
    again = address("ward_detail", ward.pk, seal=seal)
    assert nurse.get(again, headers=HTMX).status_code == 204

    admit(asha, beds_in(ward)[0], clara)

    moved = nurse.get(again, headers=HTMX)
    assert moved.status_code == 200
    assert asha.name in moved.content.decode()
    assert "<html" not in moved.content.decode()


@pytest.mark.parametrize("what", ["state", "kept", "leave", "score", "away"])
def test_whatever_moves_breaks_the_seal(what, ward, admission, clara, time_machine):
    time_machine.move_to(timezone.now().replace(second=10), tick=False)
    now, bed = timezone.now(), beds_in(ward)[1]
    before = queries.seal_of(ward, now)

    if what == "state":
        services.start_cleaning(bed=bed, actor=clara, at=now)
    elif what == "kept":
        services.reserve_bed(bed=bed, for_whom="x", request_key=uuid4(), actor=clara, at=now)
    elif what == "leave":
        services.begin_leave(
            admission=admission,
            why="puja",
            due_at=now + timedelta(hours=2),
            keeps_bed=True,
            request_key=uuid4(),
            actor=clara,
            at=now,
        )
    elif what == "score":
        score(admission)
    else:
        services.put_bed_away(bed=bed, actor=clara, at=now)

    assert queries.seal_of(ward, now) != before
    assert queries.seal_of(ward, now) == queries.seal_of(ward, now)


def test_a_board_that_looks_again_keeps_no_session_alive(nurse, ward):
    nurse.get(address("ward_detail", ward.pk))
    seen = nurse.session.get("seen")
    nurse.get(address("ward_detail", ward.pk), headers=HTMX | {"X-Polling": "1"})
    assert nurse.session.get("seen") == seen


def test_the_panel_alone_says_what_can_be_done_with_a_bed(nurse, ward, admitted):
    panel = {"HX-Request": "true", "HX-Target": "picked"}
    beds = beds_in(ward)
    taken = nurse.get(address("ward_detail", ward.pk, bed=beds[0].pk), headers=panel).content.decode()
    empty = nurse.get(address("ward_detail", ward.pk, bed=beds[1].pk), headers=panel).content.decode()

    assert address("transfer_new", admitted.admission.pk) in taken
    assert address("bed_status_new", beds[1].pk) in empty
    assert "ward-board" not in taken


ON_BOARDS = [
    role for role in Role if VIEW_BOARD in ROLES[role].permissions and ROLES[role].reach == Reach.FACILITY
]
LEADS = re.compile(r'(?:href|data-[a-z]+-to)="(/(?:ipd|billing)/[^"#]+)')


@pytest.mark.parametrize("role", ON_BOARDS)
def test_nobody_is_led_to_a_page_that_turns_them_away(client, rims, ward, admitted, role):
    client.force_login(make_person("Walker", role, rims))
    empty, taken = (address("ward_detail", ward.pk, bed=bed.pk) for bed in reversed(beds_in(ward)[:2]))
    pages = [client.get(page).content.decode() for page in (taken, empty, address("admission_list"))]
    lists = "".join(page[page.index("<main") : page.index("</main>")] for page in pages if "<main" in page)
    ways = {unescape(way) for way in LEADS.findall(lists) if "/boards/" not in way}

    assert ways
    # Some only take what is sent; who may not send is turned away before that is said.
    assert {client.get(way).status_code for way in ways} <= {200, 303, 405}


# ── All wards ──


def test_all_wards_with_their_counts(nurse, ward, med, admitted, clara):
    other = make_ward(med, code="ICU7", takes=WardTakes.WOMEN)
    services.start_cleaning(bed=beds_in(other)[0], actor=clara, at=timezone.now())

    first, second = queries.fills(queries.wards_here(clara), timezone.now())

    assert (first.beds, first.taken, first.free, first.extra) == (4, 1, 3, 1)
    assert (second.free, second.cleaning, second.in_extra) == (3, 1, 0)


def test_a_code_or_a_name_leads_straight_to_the_ward(nurse, ward, med):
    other = make_ward(med, code="ICU7", name="Intensive Care")

    for words in ("icu7", "intens"):
        answer = nurse.get(address("board", words=words))
        assert (answer.status_code, answer["Location"]) == (303, address("ward_detail", other.pk)), words
    assert nurse.get(address("board", words="nowhere")).status_code == 200


def test_the_page_of_all_wards_is_quiet_while_nothing_moves(nurse, ward, asha, clara):
    seal = queries.fills_seal(queries.fills(queries.wards_here(clara), timezone.now()))
    live = {"HX-Request": "true", "HX-Target": "wards"}
    assert nurse.get(address("board", seal=seal), headers=live).status_code == 204

    admit(asha, beds_in(ward)[0], clara)

    assert nurse.get(address("board", seal=seal), headers=live).status_code == 200


def test_fifteen_hundred_beds_take_no_more_reads_than_five(nurse, ward, med, admitted, clara):
    with CaptureQueriesContext(connection) as few:
        nurse.get(address("board"))
        nurse.get(address("ward_detail", ward.pk))
    for _ in range(24):
        fill(make_ward(med, beds=0, floor=0), 60, clara, lying=1)
    full = make_ward(med, beds=0, floor=0)
    fill(full, 60, clara, lying=55)

    with CaptureQueriesContext(connection) as many:
        board = nurse.get(address("board"))
        one = nurse.get(address("ward_detail", full.pk))

    assert Bed.objects.count() >= 1500
    assert len(many) <= len(few)
    assert len(many) <= 2 * 20
    assert len(gzip.compress(board.content)) < 100 * 1024
    assert len(gzip.compress(one.content)) < 100 * 1024
    assert one.content.decode().count("data-tile=") == 60


# ── From the board ──


def test_a_bed_is_cleaned_from_the_board_and_back_to_it(nurse, ward):
    bed = beds_in(ward)[0]

    answer = nurse.post(address("bed_status_new", bed.pk), {"to": "cleaning"})

    assert (answer.status_code, answer["Location"]) == (303, address("ward_detail", ward.pk, bed=bed.pk))
    bed.refresh_from_db()
    assert bed.status == BedStatus.CLEANING


def test_a_refusal_is_said_with_the_bed_as_it_stands(nurse, ward, admitted):
    bed = beds_in(ward)[1]
    taken = nurse.post(address("bed_status_new", admitted.stay.bed_id), {"to": "cleaning"})
    wordless = nurse.post(address("bed_status_new", bed.pk), {"to": "out_of_service", "why": ""})
    strange = nurse.post(address("bed_status_new", bed.pk), {"to": "gone"})

    assert (taken.status_code, wordless.status_code, strange.status_code) == (422, 422, 422)
    assert "Somebody lies in this bed" in taken.content.decode()
    assert "Say why it is out of service." in wordless.content.decode()


def test_a_bed_is_kept_and_released(nurse, ward, asha):
    bed = beds_in(ward)[0]
    form = {"for_whom": "", "uhid": asha.uhid_shown, "hours": "4", "request_key": uuid4()}

    assert nurse.post(address("reservation_new", bed.pk), form).status_code == 303
    assert nurse.get(address("reservation_new", bed.pk)).status_code == 200
    again = nurse.post(address("reservation_new", bed.pk), form | {"request_key": uuid4()})
    assert again.status_code == 422
    assert f"kept for {asha.name}" in again.content.decode()
    assert nurse.post(address("release_new", bed.pk)).status_code == 303
    assert nurse.post(address("release_new", bed.pk)).status_code == 422


def test_nobody_is_kept_a_bed_by_a_number_that_is_none(nurse, ward):
    bed = beds_in(ward)[0]
    answer = nurse.post(
        address("reservation_new", bed.pk),
        {"for_whom": "x", "uhid": "9431100007", "hours": "2", "request_key": uuid4()},
    )
    assert answer.status_code == 422
    assert "Nobody on file has this UHID." in answer.content.decode()


def test_a_place_is_added_with_one_enter(nurse, ward):
    page = nurse.get(address("place_new", ward.pk)).content.decode()
    assert "floor mattress" in page
    room = ward.rooms.get()

    answer = nurse.post(
        address("place_new", ward.pk), {"kind": "floor", "room": room.pk, "request_key": uuid4()}
    )

    assert answer.status_code == 303
    assert beds_in(ward)[-1].number == "F1"


# ── Transfers ──


def test_the_patient_is_moved_within_the_ward_by_one_enter(nurse, ward, admission):
    to = beds_in(ward)[1]
    page = nurse.get(address("transfer_new", admission.pk, bed=to.pk)).content.decode()
    assert re.search(rf'value="{to.pk}" checked', page)

    answer = nurse.post(
        address("transfer_new", admission.pk), {"bed": to.pk, "why": "", "request_key": uuid4()}
    )

    assert (answer.status_code, answer["Location"]) == (303, address("ward_detail", ward.pk, bed=to.pk))
    assert queries.stay_now(admission).bed == to


def test_another_ward_is_asked_why_and_shown_by_its_code(nurse, ward, med, admission):
    other = make_ward(med, code="ICU7")
    to = beds_in(other)[0]
    page = nurse.get(address("transfer_new", admission.pk, words="icu7")).content.decode()
    assert str(to.pk) in page

    form = {"bed": to.pk, "why": "", "request_key": uuid4(), "ward": other.pk}
    refused = nurse.post(address("transfer_new", admission.pk), form)
    assert refused.status_code == 422
    assert "Say why the patient goes to another ward." in refused.content.decode()
    assert str(to.pk) in refused.content.decode()

    assert nurse.post(address("transfer_new", admission.pk), form | {"why": "ventilator"}).status_code == 303


def test_a_bed_for_others_asks_once_and_keeps_what_was_typed(nurse, med, admission):
    to = beds_in(make_ward(med, takes=WardTakes.MEN))[0]
    form = {"bed": to.pk, "why": "no other bed", "request_key": uuid4()}

    asked = nurse.post(address("transfer_new", admission.pk), form)

    assert asked.status_code == 422
    assert "This ward takes men." in asked.content.decode()
    assert "no other bed" in asked.content.decode()
    assert nurse.post(address("transfer_new", admission.pk), form | {"confirm_bed": "on"}).status_code == 303


def test_a_bed_that_was_taken_meanwhile_is_told(nurse, ward, admission, rims, clara):
    to = beds_in(ward)[1]
    admit(make_patient(rims, name="Babita"), to, clara)

    answer = nurse.post(address("transfer_new", admission.pk), {"bed": to.pk, "request_key": uuid4()})

    assert answer.status_code == 422
    assert "Somebody lies in this bed already" in answer.content.decode()


def test_another_hospitals_bed_and_inpatient_are_not_there(
    nurse, client, ward, sgml_ward, admission, gopal, esha
):
    bed = beds_in(sgml_ward)[0]
    answer = nurse.post(address("transfer_new", admission.pk), {"bed": bed.pk, "request_key": uuid4()})
    assert answer.status_code == 422
    for name in ("bed_status_new", "release_new", "reservation_new"):
        assert nurse.post(address(name, bed.pk), {"to": "cleaning"}).status_code == 404, name
    assert nurse.get(address("place_new", sgml_ward.pk)).status_code == 404
    client.force_login(esha)
    assert client.get(address("transfer_new", admission.pk)).status_code == 404


# ── Births ──


@pytest.mark.parametrize(
    ("kind", "sex", "leads"),
    [
        ("maternity", "female", True),
        ("labour", "female", True),
        ("general", "female", False),
        ("labour", "male", False),
    ],
)
def test_from_the_bed_of_a_mother_to_her_babys_registration(nurse, med, rims, clara, kind, sex, leads):
    ward = make_ward(med, kind=kind)
    who = make_patient(rims, sex=sex)
    bed = beds_in(ward)[0]
    held = admit(who, bed, clara, confirm_bed=True).admission
    link = reverse("patients:newborn_new", args=[who.pk])

    assert (link in nurse.get(address("ward_detail", ward.pk), {"bed": bed.pk}).text) == leads
    page = nurse.get(address("admission_detail", held.pk)).text
    assert (link in page) == (sex == "female")
