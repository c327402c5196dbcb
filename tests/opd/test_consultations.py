"""A consultation: begun, kept as a draft, signed once; the patient comes again free of charge."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import InternalError, transaction
from django.utils import timezone

from facilities.roles import Grade
from hmis.kernel import facts
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from opd.models import ClinicDay, Consultation
from opd.queries import followed
from opd.services import (
    ComeAgain,
    Visit,
    begin_token,
    register_visit,
    save_consultation,
    sign_consultation,
    start_consultation,
    submit_consultation,
)
from opd.states import ConsultationStatus, TokenStatus
from patients.models import ClinicalNote, NoteVersion
from patients.services import NoteConflict, Writing, discard_note, sign_note
from patients.states import NoteStatus
from tests.factories.facilities import make_doctor, make_unit
from tests.factories.notes import TEXT, make_graded, make_templates
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.parallel import all_at_once

OTHER = {"complaints": [{"text": "cough"}]}


@pytest.fixture
def token(unit):
    make_templates()
    clinic = make_clinic_day(unit, held_on=timezone.localdate())
    return make_token(clinic, status=TokenStatus.CALLED, senior_since=timezone.now() - timedelta(hours=1))


def start(token, doctor, *, key=None):
    return start_consultation(token=token, request_key=key or uuid4(), actor=doctor, at=timezone.now())


def text(consultation, sections=TEXT, *, base=None):
    return Writing(consultation.note.version if base is None else base, sections)


def write(service, consultation, doctor, writing=None, *, on=None, was=None, key=None):
    return service(
        consultation=consultation,
        writing=writing or text(consultation),
        come_again=ComeAgain(on, was),
        request_key=key or uuid4(),
        actor=doctor,
        at=timezone.now(),
    )


save, sign = partial(write, save_consultation), partial(write, sign_consultation)
submit = partial(write, submit_consultation)


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def test_whoever_was_called_is_with_the_doctor_and_a_note_is_begun(token, bose):
    consultation = start(token, bose)

    token.refresh_from_db()
    assert token.status == TokenStatus.IN_CONSULTATION
    assert (consultation.status, consultation.note.author) == (ConsultationStatus.DRAFT, bose)
    assert consultation.note.template.code == "GENERAL"
    assert AuditEntry.objects.get(name="opd.consultation_started").patient_id == token.patient_id


@pytest.mark.parametrize("status", [TokenStatus.WAITING, TokenStatus.SKIPPED])
def test_who_is_chosen_past_the_order_counts_as_called(token, bose, status):
    token.status = status
    token.save()
    start(token, bose)

    token.refresh_from_db()
    assert (token.status, token.called_by) == (TokenStatus.IN_CONSULTATION, bose)
    assert token.called_at


def test_who_is_at_tests_is_written_about_where_they_are(token, bose):
    token.status = TokenStatus.SENT_FOR_TESTS
    token.save()
    assert start(token, bose).is_open
    token.refresh_from_db()
    assert token.status == TokenStatus.SENT_FOR_TESTS


def test_who_was_done_today_is_in_the_room_again_and_the_signature_lets_them_go(token, bose):
    token.status, token.done_at = TokenStatus.DONE, timezone.now()
    token.save()
    consultation = start(token, bose)
    token.refresh_from_db()
    assert (token.status, token.done_at) == (TokenStatus.IN_CONSULTATION, None)

    sign(consultation, bose)
    token.refresh_from_db()
    assert token.status == TokenStatus.DONE


def test_who_was_done_on_another_day_is_written_about_and_nothing_else(token, bose):
    token.status = TokenStatus.DONE
    token.save()
    ClinicDay.objects.update(held_on=in_days(-1))
    assert start(token, bose).is_open
    token.refresh_from_db()
    assert token.status == TokenStatus.DONE
    with pytest.raises(Refusal, match="This day is over"):
        begin_token(token=token, actor=bose, at=timezone.now())


def test_who_was_done_and_waits_here_again_is_written_about_and_keeps_the_newer_token(token, bose, med):
    token.status, token.done_at = TokenStatus.DONE, timezone.now()
    token.save()
    newer = make_token(make_clinic_day(make_unit(med, "Unit 2"), token.clinic_day.held_on), token.patient)

    assert start(token, bose).is_open
    token.refresh_from_db()
    newer.refresh_from_db()
    assert (token.status, newer.status) == (TokenStatus.DONE, TokenStatus.WAITING)


@pytest.mark.parametrize("status", [TokenStatus.MOVED, TokenStatus.LEFT, TokenStatus.CANCELLED])
def test_who_is_gone_is_not_consulted(token, bose, status):
    token.status = status
    token.save()
    with pytest.raises(Refusal, match="not in this queue any more"):
        start(token, bose)
    assert not Consultation.objects.exists()


def test_started_twice_it_is_the_same_and_each_doctor_has_their_own(token, bose, rims):
    key = uuid4()
    first, again, later = start(token, bose, key=key), start(token, bose, key=key), start(token, bose)
    other = start(token, make_doctor("Horo", rims))

    assert first == again == later != other
    assert ClinicalNote.objects.count() == 2


def test_a_note_that_was_thrown_away_is_begun_anew(token, bose):
    first = start(token, bose)
    discard_note(note=first.note, base=0, request_key=uuid4(), actor=bose, at=timezone.now())
    again = start(token, bose)

    assert again == first
    assert again.note != first.note


def test_a_draft_is_saved_in_versions_and_the_day_beside_it(token, bose):
    consultation = save(start(token, bose), bose, on=in_days(5))
    consultation = save(consultation, bose, text(consultation, OTHER), on=in_days(5), was=in_days(5))

    assert (consultation.note.version, consultation.follow_up_on) == (2, in_days(5))
    assert NoteVersion.objects.count() == 2


def test_two_windows_never_overwrite_each_other(token, bose):
    consultation = start(token, bose)
    save(consultation, bose, text(consultation, base=0), on=in_days(5))

    with pytest.raises(NoteConflict, match="another window") as met:
        save(consultation, bose, text(consultation, OTHER, base=0))
    assert (met.value.note.sections, met.value.sections) == (TEXT, OTHER)
    with pytest.raises(NoteConflict):
        save(consultation, bose, text(consultation, base=1), on=in_days(9))
    consultation.refresh_from_db()
    assert consultation.follow_up_on == in_days(5)
    # A window that did not touch the day leaves it as it stands.
    assert save(consultation, bose, text(consultation, OTHER, base=1)).follow_up_on == in_days(5)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_day_that_is_past_or_too_far_is_refused_at_its_box(token, bose, days):
    consultation = start(token, bose)
    with pytest.raises(Refusal, match="can be from tomorrow") as refused:
        sign(consultation, bose, on=in_days(days))
    assert refused.value.field == "follow_up"
    assert ClinicalNote.objects.get().status == NoteStatus.DRAFT


def test_signed_the_patient_may_go_and_nothing_of_it_changes(token, bose, as_application):
    consultation = sign(start(token, bose), bose, on=in_days(5))

    token.refresh_from_db()
    assert (consultation.status, consultation.note.status) == (ConsultationStatus.SIGNED, NoteStatus.SIGNED)
    assert (token.status, token.done_at) == (TokenStatus.DONE, consultation.signed_at)
    paper = IssuedDocument.objects.get(about_id=consultation.note_id)
    assert paper.context["come_again"] == in_days(5).isoformat()
    assert AuditEntry.objects.get(name="opd.consultation_signed").detail == {"follow_up": True}
    for change in {"follow_up_on": None}, {"status": "draft", "signed_at": None}:
        with pytest.raises(InternalError, match="signed_stays"), transaction.atomic():
            Consultation.objects.update(**change)


def test_signed_twice_it_is_signed_once(token, bose):
    consultation, key = start(token, bose), uuid4()
    first, again = (sign(consultation, bose, key=key, on=in_days(5)) for _ in range(2))

    assert first == again
    assert IssuedDocument.objects.filter(about_id=consultation.note_id).count() == 1
    with pytest.raises(KeyReused):
        sign(consultation, bose, text(consultation, OTHER), key=key)
    with pytest.raises(Refusal, match="signed already"):
        sign(first, bose)


@pytest.mark.django_db(transaction=True)
def test_the_same_enter_five_times_is_one_signature(token, bose):
    consultation, key = start(token, bose), uuid4()
    outcomes = all_at_once([partial(sign, consultation, bose, key=key)] * 5)

    assert {type(one) for one in outcomes} == {Consultation}, outcomes
    assert AuditEntry.objects.filter(name="opd.consultation_signed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_doctors_at_once_have_a_consultation_each(token, bose, rims):
    doctors = [bose, make_doctor("Horo", rims), bose, make_doctor("Tudu", rims)]
    outcomes = all_at_once([partial(start, token, one) for one in doctors])

    assert {type(one) for one in outcomes} == {Consultation}, outcomes
    assert Consultation.objects.count() == ClinicalNote.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_windows_that_save_at_once_both_keep_their_text(token, bose):
    consultation = start(token, bose)
    outcomes = all_at_once(
        [partial(save, consultation, bose, text(consultation, one, base=0)) for one in (TEXT, OTHER)]
    )

    assert {type(one) for one in outcomes} == {Consultation, NoteConflict}, outcomes
    assert NoteVersion.objects.count() == 1


def test_an_interns_consultation_waits_and_a_doctor_signs_it(token, bose, rims):
    intern = make_graded("Intern", rims, Grade.INTERN)
    consultation = start(token, intern)
    with pytest.raises(Refusal, match="waits for a doctor's signature"):
        sign(consultation, intern)
    waiting = submit(consultation, intern, on=in_days(3))

    token.refresh_from_db()
    assert (waiting.note.status, token.status) == (NoteStatus.AWAITING, TokenStatus.IN_CONSULTATION)
    signed = sign(waiting, bose, on=in_days(3), was=in_days(3))
    assert (signed.doctor, signed.note.signed_by, signed.status) == (intern, bose, ConsultationStatus.SIGNED)


def test_a_residents_consultation_is_signed_and_asks_for_a_countersignature(token, rims):
    resident = make_graded("Resident", rims, Grade.RESIDENT)
    assert sign(start(token, resident), resident).note.needs_countersign


def test_somebody_elses_draft_is_theirs(token, bose, rims):
    consultation = start(token, bose)
    for service in save, sign:
        with pytest.raises(Refusal, match="Somebody else is writing this note"):
            service(consultation, make_doctor("Horo", rims))


def test_an_empty_note_is_not_signed_and_the_patient_stays(token, bose):
    with pytest.raises(Refusal, match="Nothing is written"):
        sign(start(token, bose), bose, Writing(0, {}), on=in_days(2))
    token.refresh_from_db()
    assert token.status == TokenStatus.IN_CONSULTATION


@pytest.mark.django_db(transaction=True)
def test_a_note_that_is_signed_by_the_api_ends_its_consultation(token, bose):
    consultation = save(start(token, bose), bose, on=in_days(4))
    sign_note(
        note=consultation.note,
        writing=text(consultation),
        request_key=uuid4(),
        actor=bose,
        at=timezone.now(),
    )
    facts.sweep()

    consultation.refresh_from_db()
    token.refresh_from_db()
    assert (consultation.status, token.status) == (ConsultationStatus.SIGNED, TokenStatus.DONE)


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_it_is_signed_all_the_same(token, bose, absent_broker):
    assert sign(start(token, bose), bose).status == ConsultationStatus.SIGNED


# ── Coming again ──


def come(patient, department, clerk):
    return register_visit(
        patient=patient,
        visit=Visit(department=department),
        request_key=uuid4(),
        actor=clerk,
        at=timezone.now(),
    )


@pytest.fixture
def paid(asha, med, unit, kavita):
    make_templates()
    return come(asha, med, kavita)


def test_the_slip_holds_until_the_day_to_come_again_however_far(paid, asha, med, bose):
    assert followed(asha, med, in_days(40)) is None
    sign(start(paid.token, bose), bose, on=in_days(40))

    assert followed(asha, med, in_days(40)) == paid.encounter
    assert followed(asha, med, in_days(41)) is None


def test_a_day_within_the_slip_shortens_nothing(paid, asha, med, bose):
    sign(start(paid.token, bose), bose, on=in_days(2))
    assert followed(asha, med, in_days(15)) == paid.encounter


def test_at_the_free_visit_the_next_one_is_free_too(paid, asha, med, bose, kavita):
    sign(start(paid.token, bose), bose, on=in_days(5))
    again = come(asha, med, kavita)
    assert (again.encounter.follows, again.invoice.total) == (paid.encounter, 0)

    sign(start(again.token, bose), bose, on=in_days(60))
    assert followed(asha, med, in_days(60)) == paid.encounter
