"""What becomes of somebody in casualty: another colour, a bed, a name, and leaving."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse

from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from opd.models import CasualtyArrival
from opd.queries import in_casualty
from opd.services import cancel_arrival, change_triage, give_bed, name_patient, see_off
from opd.states import Outcome, Triage
from patients.models import BedStay, CaseKind, Encounter
from patients.queries import free_beds, history_of
from patients.services import CaseDetails, edit_patient
from patients.states import EncounterStatus
from tests.conftest import NOON
from tests.factories.billing import make_charge
from tests.factories.casualty import come
from tests.factories.facilities import make_nurse
from tests.factories.ipd import admit, beds_in, make_ward
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient

LATER = NOON + timedelta(hours=2)
NAMED = {"name": "Birsa Munda", "name_hi": "बिरसा मुंडा", "sex": "male"}


@pytest.fixture
def arrival(emer, kavita):
    return come(emer, kavita, at=NOON).arrival


def lay(arrival, bed, clara, *, key=None, at=LATER):
    return give_bed(arrival=arrival, bed=bed, request_key=key or uuid4(), actor=clara, at=at)


def leave(arrival, clara, outcome=Outcome.SENT_HOME, *, confirm=True):
    return see_off(arrival=arrival, outcome=outcome, actor=clara, at=LATER, confirm=confirm)


def name(arrival, actor, **changes):
    details = {"details": NAMED, "rev": arrival.patient.rev, "actor": actor, "at": LATER}
    return name_patient(arrival=arrival, **details | changes)


# ── Colour ──


def test_another_colour_is_kept_beside_the_first(arrival, clara):
    change_triage(arrival=arrival, triage=Triage.YELLOW, actor=clara, at=LATER)

    held = CasualtyArrival.objects.get()
    assert (held.triage, held.triaged_by) == ("yellow", clara)
    assert list(held.history_events.order_by("pgh_id").values_list("triage", flat=True)) == ["red", "yellow"]


def test_the_dead_stay_black(emer, kavita):
    dead = come(emer, kavita, at=NOON, triage=Triage.BLACK, declared_dead_at=NOON).arrival

    with pytest.raises(Refusal, match="has the colour black"):
        change_triage(arrival=dead, triage=Triage.RED, actor=kavita, at=LATER)


# ── Bed ──


def test_a_bed_is_taken_until_the_patient_leaves_it(arrival, beds, emer, rims, clara):
    lay(arrival, beds[0], clara)
    assert list(free_beds(rims, emer)) == [beds[1]]
    leave(arrival, clara)

    stay = BedStay.objects.get()
    assert (stay.began_at, stay.ended_at, stay.given_by) == (LATER, LATER, clara)
    assert list(free_beds(rims, emer)) == beds


def test_another_bed_leaves_no_gap_and_no_overlap(arrival, beds, clara):
    lay(arrival, beds[0], clara, at=NOON)
    lay(arrival, beds[1], clara)

    first, second = BedStay.objects.order_by("began_at")
    assert (first.bed, first.ended_at, second.bed, second.ended_at) == (beds[0], LATER, beds[1], None)
    assert second.began_at == first.ended_at


def test_who_waited_for_the_one_before_ends_no_bed_before_it_began(arrival, beds, clara):
    """The moments of acts are taken before they wait for each other."""
    lay(arrival, beds[0], clara, at=LATER + timedelta(seconds=1))
    lay(arrival, beds[1], clara, at=LATER)
    leave(arrival, clara)

    first, second = BedStay.objects.order_by("pk")
    assert first.began_at == first.ended_at == second.began_at == second.ended_at


def test_who_was_admitted_meanwhile_keeps_the_wards_bed(arrival, beds, med, bose, clara):
    """Casualty hears of an admission after its act: whoever leaves by it leaves no bed of the ward."""
    lay(arrival, beds[0], clara)
    bed = beds_in(make_ward(med, floor=0))[0]
    stay = admit(arrival.patient, bed, clara, consultant=bose).stay

    leave(arrival, clara, Outcome.ADMITTED)
    stay.refresh_from_db()
    assert stay.ended_at is None


def test_a_taken_bed_is_refused_and_the_old_one_kept(arrival, beds, emer, clara, kavita):
    lay(arrival, beds[0], clara)
    come(emer, kavita, at=NOON, bed=beds[1])

    with pytest.raises(Refusal, match="Somebody lies in this bed") as caught:
        lay(arrival, beds[1], clara)
    assert caught.value.field == "bed"
    assert BedStay.objects.get(encounter=arrival.encounter).ended_at is None


def test_the_same_bed_sent_twice_counts_once(arrival, beds, clara):
    key = uuid4()
    assert lay(arrival, beds[0], clara, key=key) == lay(arrival, beds[0], clara, key=key)

    assert BedStay.objects.count() == 1
    with pytest.raises(KeyReused):
        lay(arrival, beds[1], clara, key=key)


def test_the_dead_need_no_bed(emer, beds, kavita):
    dead = come(emer, kavita, at=NOON, triage=Triage.BLACK, declared_dead_at=NOON).arrival

    with pytest.raises(Refusal, match="needs no bed"):
        lay(dead, beds[0], kavita)


# ── Leaving ──


def test_leaving_ends_the_contact(arrival, clara):
    held = leave(arrival, clara, Outcome.ADMITTED)

    held.encounter.refresh_from_db()
    assert (held.outcome, held.left_at) == ("admitted", LATER)
    assert (held.encounter.status, held.encounter.ended_at) == (EncounterStatus.FINISHED, LATER)
    assert list(held.encounter.history_events.order_by("pgh_id").values_list("status", "ended_at")) == [
        ("in_progress", None),
        ("finished", LATER),
    ]
    assert not in_casualty(clara).exists()


@pytest.mark.parametrize("act", [leave, partial(lay, bed=None)])
def test_who_has_left_is_left_alone(arrival, beds, clara, act):
    leave(arrival, clara)

    more = {} if act is leave else {"bed": beds[0]}
    with pytest.raises(Refusal, match="has left casualty"):
        act(arrival, clara=clara, **more)
    with pytest.raises(Refusal, match="has left casualty"):
        change_triage(arrival=arrival, triage=Triage.GREEN, actor=clara, at=LATER)


def test_the_living_do_not_go_to_the_mortuary_nor_the_dead_home(emer, arrival, kavita):
    dead = come(emer, kavita, at=NOON, triage=Triage.BLACK, declared_dead_at=NOON).arrival

    for who, outcome in (arrival, Outcome.MORTUARY), (dead, Outcome.SENT_HOME):
        with pytest.raises(Refusal, match="goes to the mortuary"):
            leave(who, kavita, outcome)
    assert leave(dead, kavita, Outcome.MORTUARY).left_at


# ── A name ──


def test_the_name_comes_later_and_the_history_keeps_the_stand_in(arrival, kavita):
    stand_in = arrival.patient.name
    name(arrival, kavita)

    patient = type(arrival.patient).objects.get(pk=arrival.patient_id)
    assert (patient.name, patient.is_unknown, patient.uhid) == ("Birsa Munda", False, arrival.patient.uhid)
    changed = {label: (before, now) for label, before, now in history_of(patient)[0].fields}
    assert changed["name"] == (stand_in, "Birsa Munda")
    assert changed["not yet named"] == ("yes", "no")


def test_a_name_given_on_the_patients_own_page_is_a_name_too(arrival, kavita):
    patient = arrival.patient
    edit_patient(patient=patient, details={"village": "Bero"}, rev=0, actor=kavita, at=LATER)
    patient.refresh_from_db()
    assert patient.is_unknown

    edit_patient(patient=patient, details=NAMED, rev=patient.rev, actor=kavita, at=LATER)
    patient.refresh_from_db()
    assert not patient.is_unknown
    with pytest.raises(Refusal, match="has a name already"):
        name(arrival, kavita)


def test_who_is_on_file_already_is_said_to_be_probably_the_same(arrival, rims, kavita):
    earlier = make_patient(rims, "Birsa Munda", "बिरसा मुंडा", sex="male")
    held = name(arrival, kavita, probably_same_as=earlier)

    assert held.probably_same_as == earlier
    fact = AuditEntry.objects.get(name="opd.casualty_named")
    assert fact.detail["probably_same_as"] == str(earlier.pk)


def test_nobody_is_the_same_as_themselves(arrival, kavita):
    with pytest.raises(Refusal, match="same entry") as caught:
        name(arrival, kavita, probably_same_as=arrival.patient)
    assert caught.value.field == "same_as"


# ── At once ──


@pytest.mark.django_db(transaction=True)
def test_many_give_beds_to_many_and_nobody_lies_in_two_or_on_another(rims, emer, beds, kavita):
    people = [come(emer, kavita, at=NOON).arrival for _ in range(4)]
    nurses = [make_nurse(f"n{n}", rims) for n in range(12)]

    outcomes = all_at_once(
        [partial(lay, people[n % 4], beds[n % 2], nurse) for n, nurse in enumerate(nurses)]
        + [partial(leave, people[0], kavita)]
    )
    assert {type(one) for one in outcomes} <= {BedStay, CasualtyArrival, Refusal}
    lying = list(BedStay.objects.filter(ended_at=None))
    assert len({stay.bed_id for stay in lying}) == len({stay.patient_id for stay in lying}) == len(lying)


@pytest.mark.django_db(transaction=True)
def test_two_who_see_one_patient_off_do_it_once(rims, emer, beds, kavita):
    arrival = come(emer, kavita, at=NOON, bed=beds[0]).arrival
    nurses = [make_nurse(f"n{n}", rims) for n in range(6)]

    outcomes = all_at_once([partial(leave, arrival, nurse) for nurse in nurses])
    assert sum(isinstance(one, CasualtyArrival) for one in outcomes) == 1
    assert {str(one) for one in outcomes if isinstance(one, Refusal)} == {"This patient has left casualty."}


@pytest.mark.django_db(transaction=True)
def test_two_who_name_one_patient_name_them_once(emer, kavita, clara):
    arrival = come(emer, kavita, at=NOON).arrival
    rev = arrival.patient.rev

    outcomes = all_at_once([partial(name, arrival, who, rev=rev) for who in (kavita, clara)])
    assert sum(isinstance(one, Refusal) for one in outcomes) == 1


@pytest.mark.parametrize("triage", [Triage.RED, Triage.GREEN])
def test_who_is_red_or_unknown_is_not_sent_home_by_a_slip(emer, kavita, clara, triage):
    arrival = come(emer, kavita, at=NOON, triage=triage).arrival
    with pytest.raises(Refusal, match="anyway"):
        leave(arrival, clara, confirm=False)
    arrival.refresh_from_db()
    assert arrival.left_at is None
    assert leave(arrival, clara).left_at == LATER


# ── Entered by mistake ──


def cancel(arrival, actor, why="the next patient", *, key=None):
    return cancel_arrival(arrival=arrival, why=why, request_key=key or uuid4(), actor=actor, at=LATER)


def test_an_entry_by_mistake_is_taken_back_and_counts_nowhere(client, arrival, beds, clara):
    stay, key = lay(arrival, beds[0], clara), uuid4()

    held, _again = (cancel(arrival, clara, key=key) for _twice in range(2))

    assert (held.outcome, held.left_at, held.cancelled_by) == (Outcome.CANCELLED, LATER, clara)
    stay.refresh_from_db()
    assert stay.ended_at == LATER
    assert Encounter.objects.get().status == EncounterStatus.CANCELLED
    client.force_login(clara)
    page = client.get(reverse("opd:casualty_detail", args=[arrival.pk])).text
    assert "entered by mistake" in page
    assert "the next patient" in page


def test_what_hangs_on_an_entry_keeps_it(emer, arrival, clara, kavita):
    with pytest.raises(Refusal, match="Say why"):
        cancel(arrival, clara, "")
    make_charge(arrival.encounter, "10.00")
    legal = come(emer, kavita, at=NOON, case=CaseDetails(CaseKind.ROAD_ACCIDENT)).arrival
    for one, words in (arrival, "written, ordered or charged"), (legal, "its line stays"):
        with pytest.raises(Refusal, match=words):
            cancel(one, clara)
    leave(arrival, clara)
    with pytest.raises(Refusal, match="has left"):
        cancel(arrival, clara)


def test_whoever_was_admitted_keeps_the_entry(arrival, ward, clara):
    admit(arrival.patient, beds_in(ward)[0], clara, at=LATER)
    with pytest.raises(Refusal, match="written, ordered or charged"):
        cancel(arrival, clara)
