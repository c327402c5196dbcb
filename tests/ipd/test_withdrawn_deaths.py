"""A death that was certified on the wrong chart is taken back by another doctor: the patient lives."""

from datetime import timedelta
from functools import partial
from importlib import import_module
from io import BytesIO
from threading import Event
from time import sleep
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from facilities.roles import Grade, Role
from hmis.kernel import facts, pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.verifying import rules
from ipd import queries
from ipd.models import Admission, Death
from ipd.services import Taker, hand_over_body, report_to_registrar
from ipd.states import AdmissionStatus, DischargeItem, DischargeType, MannerOfDeath
from opd.models import CasualtyArrival
from opd.services import Visit, change_triage, register_visit, see_off
from opd.states import Outcome, Triage
from patients.models import DeathNotice, Patient
from patients.queries import death_on_file
from patients.services import Wish, open_encounter, request_admission, withdraw_death
from tests.api.conftest import caller
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in, complete, die, leave, pass_over
from tests.factories.notes import make_graded
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_death_notice, make_encounter, make_patient

__all__ = ["caller"]
pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=5)
DAYS = {"begins": "2026-07-22", "ends": "2026-07-22"}
WHY = "certified on the chart of the next bed"


@pytest.fixture
def sen(rims):
    """Another doctor."""
    return make_person("Sen", Role.DOCTOR, rims)


@pytest.fixture
def admission(asha, ward, clara):
    return admit(asha, beds_in(ward)[0], clara, at=NOON).admission


@pytest.fixture
def death(admission, bose):
    return die(admission.encounter, bose, died_at=LATER, at=LATER)


def take_back(death, actor, why=WHY, *, key=None, **said):
    return withdraw_death(
        notice=getattr(death, "notice", death),
        why=why,
        request_key=key or uuid4(),
        actor=actor,
        at=LATER + timedelta(hours=1),
        **said,
    )


def page_of(death):
    return reverse("patients:death_withdrawal_new", args=[death.notice_id])


# ── Taking back ──


def test_the_stay_goes_on_and_the_patient_lives(death, asha, sen):
    assert death_on_file(asha).died_at == LATER

    take_back(death, sen)
    for _told_again in range(2):
        facts.sweep()

    assert death_on_file(asha) is None
    held = Admission.objects.get()
    assert (held.status, held.discharge_type, held.initiated_by) == (AdmissionStatus.ADMITTED, "", None)
    assert AuditEntry.objects.get(name="patients.death_withdrawn").detail == {"alone": False}
    assert AuditEntry.objects.get(name="ipd.discharge_recalled").actor is None


def test_who_dies_later_in_the_same_stay_has_a_number_of_their_own(death, admission, bose, sen):
    take_back(death, sen)
    facts.sweep()

    again = die(admission.encounter, bose, died_at=LATER, at=LATER + timedelta(hours=2))

    assert [one.number[-1] for one in Death.objects.order_by("number")] == ["1", "2"]
    assert queries.death_of(admission.encounter_id) == again
    assert not [str(fault) for rule in rules() if rule.name.startswith("ipd.") for fault in rule.faults()]


def test_who_has_left_the_bed_is_admitted_afresh(death, admission, asha, ward, clara, bose, sen):
    pass_over(Admission.objects.get(), bose, DischargeItem.SUMMARY, "follows")
    leave(Admission.objects.get(), clara, at=LATER)
    take_back(death, sen)
    facts.sweep()

    held = Admission.objects.get()
    assert (held.status, held.discharge_type) == (
        AdmissionStatus.DISCHARGE_INITIATED,
        DischargeType.WITHDRAWN,
    )
    complete(held, clara, at=LATER + timedelta(hours=2))
    assert admit(asha, beds_in(ward)[1], clara, at=LATER + timedelta(hours=3)).admission.number


def test_a_stay_that_was_over_says_no_longer_that_the_patient_died(client, death, clara, bose, sen):
    pass_over(Admission.objects.get(), bose, DischargeItem.SUMMARY, "follows")
    leave(Admission.objects.get(), clara, at=LATER)
    complete(Admission.objects.get(), clara, at=LATER)
    take_back(death, sen)
    for _told_again in range(2):
        facts.sweep()

    held = Admission.objects.get()
    assert (held.status, held.discharge_type) == (AdmissionStatus.DISCHARGED, DischargeType.WITHDRAWN)
    assert AuditEntry.objects.get(name="ipd.discharge_put_right").detail == {"kind": "withdrawn"}
    client.force_login(sen)
    page = client.get(reverse("ipd:discharge_detail", args=[held.pk])).text
    for said in "which was taken back", death.number, WHY, "Sen":
        assert said in page
    register = client.get(reverse("ipd:register_detail", args=["discharges"]), DAYS).text
    assert held.discharge_number in register
    assert "which was taken back" in register


@pytest.mark.parametrize("has_heard", [True, False])
def test_a_certificate_that_was_wrong_is_written_anew_after_the_gate(
    client, death, clara, bose, sen, has_heard
):
    pass_over(Admission.objects.get(), bose, DischargeItem.SUMMARY, "follows")
    leave(Admission.objects.get(), clara, at=LATER)
    over = complete(Admission.objects.get(), clara, at=LATER)
    take_back(death, sen)
    if has_heard:
        facts.sweep()
        client.force_login(bose)
        page = client.get(reverse("ipd:discharge_detail", args=[over.pk])).text
        assert reverse("ipd:death_new", args=[over.pk]) in page
    with pytest.raises(Refusal, match="after the patient had left"):
        die(over.encounter, bose, died_at=LATER + timedelta(minutes=1), at=LATER + timedelta(hours=2))

    again = die(over.encounter, bose, died_at=LATER, at=LATER + timedelta(hours=2), immediate_cause="Stroke")
    facts.sweep()

    held = Admission.objects.get()
    assert (held.status, held.discharge_type) == (AdmissionStatus.DISCHARGED, DischargeType.DIED)
    assert (held.left_at, held.discharge_number) == (over.left_at, over.discharge_number)
    assert queries.death_of(held.encounter_id) == again
    assert IssuedDocument.objects.get(about_id=again.pk).context["ipd_number"] == held.number
    day = timezone.localdate(LATER)
    assert queries.figures_of(held.facility, day, day).died == 1
    assert not [str(fault) for rule in rules() if rule.name.startswith("ipd.") for fault in rule.faults()]


def test_who_came_again_did_not_die_in_the_stay_before(death, asha, ward, clara, bose, sen):
    pass_over(Admission.objects.get(), bose, DischargeItem.SUMMARY, "follows")
    leave(Admission.objects.get(), clara, at=LATER)
    over = complete(Admission.objects.get(), clara, at=LATER)
    take_back(death, sen)
    lies = admit(asha, beds_in(ward)[1], clara, at=LATER + timedelta(hours=2)).admission

    with pytest.raises(Refusal, match="where they were last"):
        die(over.encounter, bose, died_at=LATER, at=LATER + timedelta(hours=3))
    hour = LATER + timedelta(hours=3)
    assert die(lies.encounter, bose, died_at=hour, at=hour).encounter == lies.encounter


def test_by_another_doctor_with_a_reason_and_once(death, bose, sen, clara, rims):
    with pytest.raises(Refusal, match="Another doctor takes back"):
        take_back(death, bose)
    for nobody in (clara, make_graded("Ira", rims, Grade.INTERN)):
        with pytest.raises(Refusal, match="Only a doctor can take a death back"):
            take_back(death, nobody)
    with pytest.raises(Refusal, match="Say why"):
        take_back(death, sen, "")
    key = uuid4()
    assert take_back(death, sen, key=key).withdrawn_by == take_back(death, sen, key=key).withdrawn_by == sen
    with pytest.raises(KeyReused):
        take_back(death, sen, "otherwise", key=key)
    with pytest.raises(Refusal, match="taken back already"):
        take_back(death, sen)
    assert AuditEntry.objects.filter(name="patients.death_withdrawn").count() == 1


def test_in_a_small_facility_one_doctor_does_both_with_a_note(death, bose, rims):
    rims.small_facility = True
    rims.save()

    with pytest.raises(Refusal, match="Say why you do both"):
        take_back(death, bose)
    assert take_back(death, bose, alone_note="nobody else on duty").alone_note == "nobody else on duty"
    assert AuditEntry.objects.get(name="patients.death_withdrawn").detail == {"alone": True}


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_takes_it_back(death, sen, rims):
    das = make_person("Das", Role.DOCTOR, rims)

    outcomes = all_at_once([partial(take_back, death, one) for one in (sen, das)])

    assert sorted(type(one).__name__ for one in outcomes) == ["DeathNotice", "Refusal"]


def test_nothing_more_is_done_with_what_was_taken_back(death, sen, clara):
    take_back(death, sen)

    with pytest.raises(Refusal, match="is not valid"):
        hand_over_body(
            death=death, taker=Taker("Ravi", "son", "card"), request_key=uuid4(), actor=clara, at=LATER
        )
    with pytest.raises(Refusal, match="is not valid"):
        report_to_registrar(
            death=death, reported_on=timezone.localdate(LATER), request_key=uuid4(), actor=sen, at=LATER
        )


# ── Nothing begins for the dead ──


def test_no_desk_begins_anything_for_the_dead(death, asha, ward, unit, emer, encounter, bose, clara, kavita):
    leave(Admission.objects.get(), clara, at=LATER)
    pass_over(Admission.objects.get(), bose, DischargeItem.SUMMARY, "follows")
    complete(Admission.objects.get(), clara, at=LATER)
    wish = Wish(ward.department, "fever", "sepsis")
    ways = [
        lambda: admit(asha, beds_in(ward)[1], clara, at=LATER),
        lambda: come(emer, clara, at=LATER, who=asha),
        lambda: register_visit(
            patient=asha, visit=Visit(unit.department), request_key=uuid4(), actor=kavita, at=LATER
        ),
        lambda: request_admission(encounter=encounter, wish=wish, request_key=uuid4(), actor=bose, at=LATER),
    ]
    for way in ways:
        with pytest.raises(Refusal, match="The death of this patient is on file"):
            way()


def test_taken_back_every_desk_is_open_again(death, asha, emer, clara, sen):
    take_back(death, sen)
    facts.sweep()

    assert come(emer, clara, at=LATER + timedelta(hours=2), who=asha).arrival.patient == asha


def test_who_is_dead_at_one_hospital_is_dead_at_every_other(death, asha, sgml_med, esha):
    with pytest.raises(Refusal, match="another doctor there takes it back"):
        open_encounter(
            patient=asha,
            facility=sgml_med.facility,
            encounter_class="ambulatory",
            department=sgml_med,
            at=LATER,
            encounter_id=uuid4(),
        )


def test_who_was_brought_dead_or_died_in_casualty_is_dead_on_file(emer, clara, ward):
    dead = come(emer, clara, at=NOON, triage=Triage.BLACK, declared_dead_now=True).arrival
    died = come(emer, clara, at=NOON).arrival
    see_off(arrival=died, outcome=Outcome.DIED, actor=clara, at=LATER)

    assert {one.died_at for one in DeathNotice.objects.standing()} == {NOON, LATER}
    for one in (dead, died):
        with pytest.raises(Refusal, match="is on file"):
            admit(Patient.objects.get(pk=one.patient_id), beds_in(ward)[0], clara, at=LATER)


def test_what_casualty_wrote_on_the_wrong_chart_is_taken_back_too(emer, clara, ward, bose):
    arrival = come(emer, clara, at=NOON).arrival
    see_off(arrival=arrival, outcome=Outcome.DIED, actor=clara, at=LATER)
    patient = Patient.objects.get(pk=arrival.patient_id)

    take_back(death_on_file(patient), bose)

    assert admit(patient, beds_in(ward)[0], clara, at=LATER + timedelta(hours=1)).admission


def test_a_contact_that_ended_in_a_withdrawn_death_is_not_ended_again(emer, beds, clara, bose, sen):
    here = come(emer, clara, at=NOON, bed=beds[0])
    death = die(here.arrival.encounter, bose, died_at=LATER, at=LATER)
    take_back(death, sen)
    facts.sweep()

    here.arrival.refresh_from_db()
    assert here.arrival.left_at is None


@pytest.fixture
def brought(emer, clara):
    """Somebody who was brought dead, by mistake."""
    return come(emer, clara, at=NOON, triage=Triage.BLACK, declared_dead_now=True).arrival


def taken_back(arrival, actor):
    take_back(death_on_file(arrival.patient), actor)
    for _told_again in range(2):
        facts.sweep()


def test_who_was_brought_dead_by_mistake_is_treated_in_casualty_as_the_living(client, brought, bose, clara):
    taken_back(brought, bose)

    held = CasualtyArrival.objects.get()
    assert (held.declared_dead_at, held.triage, held.left_at) == (None, Triage.BLACK, None)
    assert [one.declared_dead_at for one in held.history_events.order_by("pgh_id")] == [NOON, None]
    assert AuditEntry.objects.get(name="opd.casualty_found_alive").actor is None
    client.force_login(clara)
    page = client.get(reverse("opd:casualty_detail", args=[held.pk])).text
    assert reverse("opd:triage_new", args=[held.pk]) in page
    assert 'value="sent_home"' in page
    change_triage(arrival=held, triage=Triage.YELLOW, actor=clara, at=LATER)
    assert see_off(arrival=held, outcome=Outcome.SENT_HOME, actor=clara, at=LATER, confirm=True).left_at


def test_who_was_taken_back_before_casualty_heard_of_it_is_put_right(brought, bose, clara, emer, rims):
    steps = import_module("opd.migrations.0004_the_living_in_casualty")
    others = [make_patient(rims, name) for name in ("Dead Devi", "Gone Devi")]
    dead, gone = (
        come(emer, clara, who=one, at=NOON, triage=Triage.BLACK, declared_dead_now=True).arrival
        for one in others
    )
    see_off(arrival=gone, outcome=Outcome.MORTUARY, actor=clara, at=LATER)
    for one in (brought, gone):
        take_back(death_on_file(one.patient), bose)

    for _twice in range(2):
        with connection.cursor() as cursor:
            cursor.execute(steps.PUT_RIGHT)
            cursor.execute("SELECT set_config('hmis.reach', 'all', true)")  # it leaves the walls standing

    held = dict(CasualtyArrival.objects.values_list("pk", "declared_dead_at"))
    assert held == {brought.pk: None, dead.pk: NOON, gone.pk: NOON}


def test_who_was_brought_dead_by_mistake_is_admitted(brought, bose, clara, ward):
    taken_back(brought, bose)

    admit(brought.patient, beds_in(ward)[0], clara, at=LATER, came_from=brought.encounter)
    facts.sweep()

    assert CasualtyArrival.objects.get().outcome == Outcome.ADMITTED


def test_whose_body_has_left_stays_as_it_was(brought, bose, clara):
    see_off(arrival=brought, outcome=Outcome.MORTUARY, actor=clara, at=LATER)

    taken_back(brought, bose)

    held = CasualtyArrival.objects.get()
    assert (held.declared_dead_at, held.outcome) == (NOON, Outcome.MORTUARY)


# ── Another death than the one on file ──


def dead_elsewhere(patient, doctor, department):
    """Written down at another hospital, on the wrong chart."""
    make_death_notice(make_encounter(patient, department, at=NOON), doctor, died_at=NOON)


def test_who_certifies_reads_where_the_wrong_death_stands(admission, asha, bose, esha, sgml_med):
    dead_elsewhere(asha, esha, sgml_med)

    with pytest.raises(Refusal, match=f"is on file: .*{sgml_med.facility}"):
        die(admission.encounter, bose, died_at=LATER, at=LATER)


def test_who_sees_off_the_dead_reads_where_the_wrong_death_stands(client, emer, clara, esha, sgml_med):
    arrival = come(emer, clara, at=NOON).arrival
    dead_elsewhere(arrival.patient, esha, sgml_med)

    with pytest.raises(Refusal, match=f"{sgml_med.facility}.*anyway") as asked:
        see_off(arrival=arrival, outcome=Outcome.DIED, actor=clara, at=LATER)
    assert asked.value.field == "confirm"
    client.force_login(clara)
    page = client.post(reverse("opd:departure_new", args=[arrival.pk]), {"outcome": "died"}).text
    assert "Another death of this patient is on file" in page
    assert "Yes, has died" in page
    see_off(arrival=arrival, outcome=Outcome.DIED, actor=clara, at=LATER, confirm=True)
    assert DeathNotice.objects.standing().get().facility == sgml_med.facility


# ── Taken back at the very moment ──


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["hand over", "tell the registrar"])
def test_what_is_being_taken_back_is_waited_for(death, sen, clara, what):
    began = Event()

    def taking_back():
        with transaction.atomic():
            take_back(death, sen)
            began.set()
            sleep(0.5)

    def meanwhile():
        began.wait(10)
        said = {"death": death, "request_key": uuid4(), "actor": clara, "at": LATER}
        if what == "hand over":
            return hand_over_body(taker=Taker("Ravi", "son", "card"), **said)
        return report_to_registrar(reported_on=timezone.localdate(LATER), **said)

    _done, outcome = all_at_once([taking_back, meanwhile])

    assert isinstance(outcome, Refusal)
    assert "is not valid" in str(outcome)


# ── Pages and papers ──


@pytest.fixture
def stranger(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def test_the_paper_is_recognised_as_withdrawn_and_printed_no_more(stranger, death, sen, asha):
    paper = IssuedDocument.objects.get(about_id=death.pk)
    check = reverse("death_check", args=[paper.check_key])
    assert paper.context["check_url"].endswith(check)
    before = stranger.get(check)
    assert (before.status_code, "Genuine" in before.text) == (200, True)

    take_back(death, sen)

    after = stranger.get(check).text
    assert "Cancelled by the hospital" in after
    assert death.number in after
    for secret in (asha.name, "Septic", WHY):
        assert secret not in before.text
        assert secret not in after
    assert stranger.get(reverse("death_check", args=["x" * 24])).status_code == 404
    stranger.force_login(sen)
    assert stranger.get(reverse("paper_detail", args=[paper.pk])).status_code == 403


def test_the_longest_certificate_is_one_page_with_its_code(admission, bose):
    said = "सेप्टिक शॉक और श्वसन विफलता " * 12
    long = {f"{name}_cause": said[:200] for name in ("immediate", "antecedent", "underlying")}
    long |= {"other_conditions": said[:300], "how_injured": said[:200], "manner": MannerOfDeath.ACCIDENT}
    death = die(admission.encounter, bose, died_at=LATER, at=LATER, goes_to_post_mortem=True, **long)

    paper = pdf.render(IssuedDocument.objects.get(about_id=death.pk))

    assert len(PdfReader(BytesIO(paper)).pages) == 1


def test_the_pages_lead_another_doctor_to_it_and_say_what_was_done(client, death, asha, sen, clara):
    client.force_login(sen)
    for page in (
        reverse("ipd:death_detail", args=[death.pk]),
        reverse("patients:patient_detail", args=[asha.pk]),
        reverse("opd:casualty_new") + f"?patient={asha.pk}",
        reverse("ipd:admission_new") + f"?patient={asha.pk}",
    ):
        assert page_of(death) in client.get(page).text, page
    assert "admit the patient again" in client.get(page_of(death)).text

    hostile = "<script>alert(1)</script>"
    empty = client.post(page_of(death), {"request_key": uuid4(), "why": ""})
    assert empty.status_code == 422
    sent = client.post(page_of(death), {"request_key": uuid4(), "why": hostile})

    assert sent["Location"] == reverse("patients:patient_detail", args=[asha.pk])
    assert "is on file" not in client.get(sent["Location"]).text
    page = client.get(reverse("ipd:death_detail", args=[death.pk])).text
    assert "Cancelled: this death was taken back" in page
    assert "&lt;script&gt;" in page
    assert hostile not in page
    assert "Hand over" not in page


def test_the_registers_keep_its_number_as_cancelled(client, death, sen):
    take_back(death, sen)
    client.force_login(sen)

    page = client.get(reverse("ipd:register_detail", args=["deaths"]), DAYS).text

    assert death.number in page
    assert "cancelled" in page
    assert queries.due_at_registrar(sen, timezone.localdate(LATER)) == []


def test_figures_count_no_death_that_was_taken_back(death, bose, clara, sen, rims):
    leave(Admission.objects.get(), clara, at=LATER)
    day = timezone.localdate(LATER)
    assert queries.figures_of(rims, day, day).died == 1

    take_back(death, sen)

    for _before_and_after_the_ward_hears in range(2):
        assert queries.figures_of(rims, day, day).died == 0
        (counts,) = (one for one in queries.census_of(rims.pk, day).values() if one["left"])
        assert (counts["left"], counts["died"]) == (1, 0)
        facts.sweep()


def test_by_the_api_it_is_the_same_act(caller, death, bose, sen, esha):
    there, key = f"/api/v1/deaths/{death.pk}/withdrawals/", {"Idempotency-Key": str(uuid4())}

    assert caller(bose).post(there, {"why": WHY}, format="json").status_code == 422
    assert caller(esha).post(there, {"why": WHY}, format="json").status_code == 404
    first, again = (caller(sen).post(there, {"why": WHY}, format="json", headers=key) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201), again.content
    assert first.json() == again.json()
    assert first.json()["withdrawn_at"]


def test_neither_another_hospital_nor_another_role(client, death, sgml, clara):
    there = make_person("Vani", Role.DOCTOR, sgml)

    for who, status in ((there, 404), (clara, 403)):
        client.force_login(who)
        assert client.get(page_of(death)).status_code == status
        assert client.post(page_of(death), {"request_key": uuid4(), "why": WHY}).status_code == status
    assert DeathNotice.objects.standing().exists()


def test_the_clerk_reads_it_before_the_slip(client, death, asha, unit, kavita, encounter):
    client.force_login(kavita)

    page = client.get(reverse("opd:registration_new"), {"patient": asha.pk}).text

    assert "The death of this patient is on file" in page
    assert page_of(death) not in page
    make_encounter(asha, encounter.department)  # what is there already goes on
