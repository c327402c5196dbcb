"""Clinical notes: nothing typed is lost, nothing signed changes."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from facilities.roles import Grade
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from patients.models import ClinicalNote, NoteAddendum, NoteSignature, NoteTemplate, NoteVersion
from patients.queries import (
    last_signed_note,
    note_faults,
    notes_awaiting,
    notes_here,
    notes_to_countersign,
    templates_for,
)
from patients.services import (
    NoteConflict,
    Writing,
    add_addendum,
    begin_note,
    cancel_encounter,
    countersign_note,
    discard_note,
    print_note,
    repeat_last_note,
    return_note,
    save_note,
    sign_note,
    submit_note,
)
from patients.states import NoteStatus
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.facilities import make_department, make_doctor
from tests.factories.notes import (
    TEXT,
    make_condition,
    make_graded,
    make_note,
    make_signed_note,
    make_templates,
)
from tests.factories.parallel import all_at_once, rolled_back
from tests.factories.patients import make_encounter, make_patient

HOSTILE = '"><img src=x onerror=alert(1)> =1+1'
LATER = NOON + timedelta(hours=1)


def said(text):
    """A note whose plan says this."""
    return {"plan": {"advice": text}}


def save(note, actor, sections, *, base=None, key=None, at=LATER):
    writing = Writing(note.version if base is None else base, sections)
    return save_note(note=note, writing=writing, request_key=key or uuid4(), actor=actor, at=at)


def sign(note, actor, sections=TEXT, *, base=None, key=None, at=LATER):
    writing = Writing(note.version if base is None else base, sections)
    return sign_note(note=note, writing=writing, request_key=key or uuid4(), actor=actor, at=at)


def submit(note, actor, sections=TEXT):
    writing = Writing(note.version, sections)
    return submit_note(note=note, writing=writing, request_key=uuid4(), actor=actor, at=LATER)


def begin(encounter, actor, *, key=None, template="GENERAL", **more):
    template = make_templates()[template]
    key = key or uuid4()
    return begin_note(encounter=encounter, template=template, request_key=key, actor=actor, at=NOON, **more)


def act(service, note, actor, **more):
    return service(note=note, request_key=uuid4(), actor=actor, at=LATER, **more)


@pytest.fixture
def resident(rims, med):
    return make_graded("Ravi", rims, Grade.RESIDENT, med)


@pytest.fixture
def intern(rims, med):
    return make_graded("Indira", rims, Grade.INTERN, med)


# ── Begun and saved ──


def test_a_note_begun_again_is_the_same_note(encounter, bose):
    first = begin(encounter, bose)

    assert begin(encounter, bose) == first
    assert (first.status, first.version, first.author) == (NoteStatus.DRAFT, 0, bose)


def test_every_saving_is_a_version_that_stays(encounter, bose):
    note = make_note(encounter, bose, sections=said("one"))
    save(note, bose, said("two"), base=1)

    note.refresh_from_db()
    assert (note.version, note.sections, note.saved_at) == (2, said("two"), LATER)
    kept = note.versions.order_by("number").values_list("number", "sections", "saved_by")
    assert list(kept) == [(1, said("one"), bose.pk), (2, said("two"), bose.pk)]


def test_the_same_text_again_is_no_version(encounter, bose):
    note = make_note(encounter, bose)

    assert save(note, bose, TEXT).version == 1
    assert NoteVersion.objects.count() == 1


def test_a_saving_sent_twice_is_one(encounter, bose):
    note, key = make_note(encounter, bose, sections={}), uuid4()
    for _ in range(2):
        saved = save(note, bose, TEXT, key=key)

    assert (saved.version, NoteVersion.objects.count()) == (1, 1)
    with pytest.raises(KeyReused):
        save(note, bose, said("other"), key=key)


def test_a_window_that_lags_behind_is_told_both_texts(encounter, bose):
    note = make_note(encounter, bose, sections={})
    save(note, bose, said("of the first window"), base=0)

    with pytest.raises(NoteConflict, match="version 1") as told:
        save(note, bose, said("of the second window"), base=0)
    assert told.value.note.sections == said("of the first window")
    assert told.value.sections == said("of the second window")
    note.refresh_from_db()
    assert note.sections == said("of the first window")


@pytest.mark.parametrize("act_of", [sign, save])
def test_neither_signing_nor_saving_passes_over_another_window(encounter, bose, act_of):
    note = make_note(encounter, bose, sections=said("newer"))

    with pytest.raises(NoteConflict):
        act_of(note, bose, said("older"), base=0)
    note.refresh_from_db()
    assert (note.status, note.sections) == (NoteStatus.DRAFT, said("newer"))


@walked(
    ("sections", "sentence"),
    [
        ([], "in sections"),
        ({"horoscope": {}}, "no such section"),
        ({"plan": {"horoscope": "x"}}, "no such field"),
        ({"plan": "x"}, "no such field"),
        ({"plan": {"advice": 1}}, "right form"),
        ({"plan": {"advice": "a\x00b"}}, "right form"),
        ({"plan": {"advice": "a" * 4001}}, "4000"),
        ({"plan": {"advice": "Aadhaar 2345 6789 0124"}}, "Aadhaar"),
        ({"complaints": {}}, "as a list"),
        ({"complaints": [{"text": "a"}] * 21}, "at most twenty"),
        ({"complaints": [{"word": "a"}]}, "has its words"),
        ({"complaints": [{"duration": 3, "unit": "day"}]}, "which complaint"),
        ({"complaints": [{"text": "a", "duration": 0, "unit": "day"}]}, "from 1 to 999"),
        ({"complaints": [{"text": "a", "duration": True, "unit": "day"}]}, "from 1 to 999"),
        ({"complaints": [{"text": "a", "duration": 3}]}, "hours, days"),
    ],
)
def test_what_does_not_fit_the_template_is_refused(encounter, bose, sections, sentence):
    note = make_note(encounter, bose, sections={})

    with pytest.raises(ValidationError, match=sentence):
        save(note, bose, sections)
    assert not NoteVersion.objects.exists()


def test_choices_and_checks_are_what_the_template_says(encounter, bose):
    note = begin(encounter, bose, template="PAEDS")

    with pytest.raises(ValidationError, match="one of the choices"):
        save(note, bose, {"history": {"immunisation": "perhaps"}})
    assert save(note, bose, {"history": {"immunisation": "partial"}}).version == 1


def test_what_is_empty_is_not_kept(encounter, bose):
    note = make_note(encounter, bose, sections={})
    empty = {"complaints": [{"text": " "}], "history": {"present": ""}, "plan": {"advice": " water "}}

    assert save(note, bose, empty).sections == {"plan": {"advice": "water"}}


def test_hostile_text_is_kept_as_text(encounter, bose):
    note = make_signed_note(encounter, bose, sections=said(HOSTILE))

    assert note.sections == said(HOSTILE)
    paper = IssuedDocument.objects.get(about_id=note.pk)
    assert paper.context["sections"][0]["lines"][0]["text"] == HOSTILE


def test_somebody_elses_draft_is_theirs(encounter, rims, bose):
    note, other = make_note(encounter, bose), make_doctor("Other", rims)

    with pytest.raises(Refusal, match="Somebody else is writing"):
        save(note, other, said("mine"))
    with pytest.raises(Refusal, match="Somebody else is writing"):
        sign(note, other)
    with pytest.raises(Refusal, match="Only its author"):
        act(discard_note, note, other, base=1)
    assert not notes_here(other).exists()
    assert list(notes_here(bose)) == [note]


def test_a_cancelled_encounter_takes_no_note(encounter, bose):
    cancel_encounter(encounter=encounter, at=NOON)

    with pytest.raises(Refusal, match="was cancelled"):
        begin(encounter, bose)


def test_a_retired_template_begins_no_note(encounter, bose):
    make_templates()
    NoteTemplate.objects.filter(code="GENERAL").update(retired_at=NOON)
    template = NoteTemplate.objects.get(code="GENERAL")

    with pytest.raises(Refusal, match="no longer in use"):
        begin_note(encounter=encounter, template=template, request_key=uuid4(), actor=bose, at=NOON)


def test_a_draft_thrown_away_takes_no_more(encounter, bose):
    note = make_note(encounter, bose)
    with pytest.raises(NoteConflict):
        act(discard_note, note, bose, base=0)
    act(discard_note, note, bose, base=1)

    with pytest.raises(Refusal, match="thrown away"):
        save(note, bose, said("more"))
    assert NoteVersion.objects.count() == 1
    assert begin(encounter, bose) != note


# ── As last time ──


def test_as_last_time_fills_a_new_draft_with_ones_own_last_note(encounter, rims, med, bose):
    other = make_doctor("Other", rims)
    make_signed_note(encounter, bose, sections=said("mine"), at=NOON)
    make_signed_note(encounter, other, sections=said("theirs"), at=LATER)
    again = make_encounter(encounter.patient, med)

    note = begin(again, bose, as_last_time=True)
    assert (note.sections, note.version, note.status) == (said("mine"), 1, NoteStatus.DRAFT)


def test_without_a_note_of_ones_own_it_is_the_departments(encounter, rims, med, bose):
    make_signed_note(encounter, bose, sections=said("of the department"))
    again = make_encounter(encounter.patient, med)

    assert begin(again, make_doctor("Other", rims), as_last_time=True).sections == said("of the department")


def test_as_last_time_overwrites_nothing(encounter, med, bose):
    make_signed_note(encounter, bose, sections=TEXT)
    note = make_note(make_encounter(encounter.patient, med), bose, sections=said("typed"))

    filled = act(repeat_last_note, note, bose, base=1)
    assert filled.sections == TEXT | {"plan": {"advice": "typed"}}
    assert [one.number for one in note.versions.order_by("number")] == [1, 2]
    with pytest.raises(NoteConflict):
        act(repeat_last_note, note, bose, base=1)


def test_another_template_takes_over_what_it_asks_for_too(encounter, med, bose):
    make_signed_note(encounter, bose, sections=TEXT | {"history": {"present": "cough", "habits": "none"}})

    note = begin(make_encounter(encounter.patient, med), bose, template="PAEDS", as_last_time=True)
    assert note.sections["history"] == {"present": "cough"}


def test_neither_another_patient_nor_another_department_nor_a_draft_is_last_time(encounter, rims, med, bose):
    eye = make_department(rims, "EYE")
    make_signed_note(make_encounter(make_patient(rims, "Birsa Munda"), med), bose)
    make_signed_note(make_encounter(encounter.patient, eye), make_doctor("Other", rims))
    note = make_note(encounter, bose, sections={})

    assert last_signed_note(note, bose) is None
    with pytest.raises(Refusal, match="has signed a note"):
        act(repeat_last_note, note, bose, base=0)


# ── Signed ──


def test_signing_keeps_text_diagnoses_signer_and_paper(encounter, bose):
    make_condition(encounter, bose, "I10", is_main=True)
    note = sign(make_note(encounter, bose, sections={}), bose)

    note.refresh_from_db()
    assert (note.status, note.sections, note.version) == (NoteStatus.SIGNED, TEXT, 1)
    assert (note.signed_by, note.signed_at, note.needs_countersign) == (bose, LATER, False)
    assert [one["code"] for one in note.diagnoses] == ["I10"]
    assert note.signatures.get().digest == note.digest
    paper = IssuedDocument.objects.get(about_id=note.pk)
    assert paper.context["diagnoses"][0]["title"] == "Essential (primary) hypertension"
    assert paper.context["sections"][0]["lines"] == [{"text": "fever · 3 दिन (3 days)"}]


def test_signed_twice_by_one_key_is_signed_once(encounter, bose):
    note, key = make_note(encounter, bose), uuid4()

    assert sign(note, bose, key=key) == sign(note, bose, key=key)
    assert NoteSignature.objects.count() == 1
    with pytest.raises(Refusal, match="signed already"):
        sign(note, bose)


def test_an_empty_note_is_not_signed(encounter, bose):
    with pytest.raises(Refusal, match="Nothing is written"):
        sign(make_note(encounter, bose, sections={}), bose, {})
    assert not NoteSignature.objects.exists()


def test_after_the_signature_nothing_is_written_in_it(encounter, bose):
    note = make_signed_note(encounter, bose)

    for attempt in (
        lambda: save(note, bose, said("other")),
        lambda: act(discard_note, note, bose, base=1),
        lambda: submit(note, bose, said("other")),
        lambda: act(repeat_last_note, note, bose, base=1),
    ):
        with pytest.raises(Refusal):
            attempt()
    note.refresh_from_db()
    assert (note.status, note.sections) == (NoteStatus.SIGNED, TEXT)


ATTACKS = {
    "text": "UPDATE patients_clinicalnote SET sections = '{}' WHERE id = %s",
    "status": "UPDATE patients_clinicalnote SET status = 'draft', signed_by_id = NULL, signed_at = NULL,"
    " digest = '' WHERE id = %s",
    "diagnoses": "UPDATE patients_clinicalnote SET diagnoses = '[]' WHERE id = %s",
    "author": "UPDATE patients_clinicalnote SET author_id = saved_by_id WHERE id = %s",
    "patient": "UPDATE patients_clinicalnote SET patient_id = patient_id WHERE id = %s",
    "gone": "DELETE FROM patients_clinicalnote WHERE id = %s",
    "version": "UPDATE patients_noteversion SET sections = '{}' WHERE note_id = %s",
    "version gone": "DELETE FROM patients_noteversion WHERE note_id = %s",
    "signature": "UPDATE patients_notesignature SET digest = '' WHERE note_id = %s",
    "signature gone": "DELETE FROM patients_notesignature WHERE note_id = %s",
    "addendum": "UPDATE patients_noteaddendum SET text = 'x' WHERE note_id = %s",
    "trigger": "ALTER TABLE patients_clinicalnote DISABLE TRIGGER ALL; SELECT %s",
    "function": "DROP FUNCTION patients_note_stays() CASCADE; SELECT %s",
    "replica": "SET session_replication_role = replica; SELECT %s",
    "one more version": "INSERT INTO patients_noteversion"
    " (id, origin_node, facility_id, note_id, number, sections, saved_by_id, saved_at)"
    " SELECT uuidv7(), origin_node, facility_id, id, 2, '{}', author_id, now()"
    " FROM patients_clinicalnote WHERE id = %s",
}


@pytest.fixture
def signed(encounter, bose, as_application):
    """A signed note with an addendum, written by the application's role."""
    note = make_signed_note(encounter, bose)
    act(add_addendum, note, bose, reason="forgotten", text="ECG is normal")
    return note


@walked("attack", ATTACKS)
def test_no_sql_of_the_applications_role_changes_a_signed_note(signed, attack):
    with connection.cursor() as cursor:
        # Even with every trigger silenced that a session can silence.
        for table in ("clinicalnote", "noteversion", "notesignature", "noteaddendum"):
            cursor.execute(
                "SELECT set_config('pgtrigger.ignore', %s, true)",
                [
                    f"{{patients_{table}:bump_rev,patients_{table}:never_deleted,patients_{table}:append_only}}"
                ],
            )
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(ATTACKS[attack], [signed.pk])
    held = ClinicalNote.objects.get(pk=signed.pk)
    assert (held.sections, held.status, held.version) == (TEXT, NoteStatus.SIGNED, 1)
    assert list(note_faults()) == []


def test_a_draft_may_be_written_by_the_applications_role(encounter, bose, as_application):
    """The attacks fail because of the signature, and not because nothing works."""
    assert save(make_note(encounter, bose), bose, said("more")).version == 2


def test_a_text_that_is_not_the_signed_one_is_found(encounter, bose):
    note = make_signed_note(encounter, bose)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE patients_clinicalnote DISABLE TRIGGER note_stays_as_signed")
        cursor.execute("UPDATE patients_clinicalnote SET sections = '{}' WHERE id = %s", [note.pk])
        cursor.execute("ALTER TABLE patients_clinicalnote ENABLE TRIGGER note_stays_as_signed")

    (fault,) = note_faults()
    assert str(note.pk) in str(fault)


# ── Interns, residents, consultants ──


def test_an_interns_note_waits_for_a_doctors_signature(encounter, rims, intern, resident, bose):
    note = make_note(encounter, intern)
    with pytest.raises(Refusal, match="waits for a doctor's signature"):
        sign(note, intern)
    submit(note, intern)

    assert list(notes_awaiting(bose)) == [note]
    with pytest.raises(Refusal, match="already"):
        submit(note, intern)
    with pytest.raises(Refusal, match="waits for a doctor's signature"):
        sign(note, make_graded("Second", rims, Grade.INTERN))
    signed = sign(note, resident, said("put right by the resident"))
    assert (signed.author, signed.signed_by) == (intern, resident)
    assert signed.needs_countersign
    assert [one.saved_by for one in note.versions.order_by("number")] == [intern, resident]
    assert not notes_awaiting(bose).exists()


def test_a_note_that_waits_goes_back(encounter, rims, intern, bose):
    note = make_note(encounter, intern)
    with pytest.raises(Refusal, match="does not wait"):
        act(return_note, note, intern)
    submit(note, intern)
    with pytest.raises(Refusal, match="waits for a doctor's signature"):
        act(return_note, note, make_graded("Second", rims, Grade.INTERN))

    assert act(return_note, note, bose).status == NoteStatus.DRAFT
    assert save(note, intern, said("better"), base=1).version == 2


def test_an_empty_note_is_not_sent_for_signing(encounter, intern):
    with pytest.raises(Refusal, match="Nothing is written"):
        submit(make_note(encounter, intern, sections={}), intern, {})


def test_a_consultant_countersigns_what_a_resident_signed(encounter, rims, resident, intern, bose):
    note = make_signed_note(encounter, resident)
    assert list(notes_to_countersign(bose)) == [note]
    for nobody in resident, intern:
        with pytest.raises(Refusal, match="A consultant countersigns"):
            act(countersign_note, note, nobody)

    act(countersign_note, note, bose)
    assert not notes_to_countersign(bose).exists()
    assert [one.signed_by for one in note.signatures.order_by("pk")] == [resident, bose]
    with pytest.raises(Refusal, match="signed already"):
        act(countersign_note, note, make_doctor("Second", rims))
    newest = IssuedDocument.objects.filter(about_id=note.pk).latest("pk")
    assert len(newest.context["signatures"]) == 2
    assert not newest.context["awaits_countersign"]


def test_nobody_countersigns_a_draft_or_their_own_or_what_needs_none(encounter, rims, bose):
    note = make_note(encounter, bose)
    with pytest.raises(Refusal, match="Only a signed note"):
        act(countersign_note, note, bose)
    sign(note, bose)
    with pytest.raises(Refusal, match="their own"):
        act(countersign_note, note, bose)
    with pytest.raises(Refusal, match="needs no countersignature"):
        act(countersign_note, note, make_doctor("Second", rims))


# ── Addenda, papers ──


def test_an_addendum_stands_beside_the_note(encounter, bose):
    note = make_signed_note(encounter, bose)
    act(add_addendum, note, bose, reason="report came", text="Hb 6.2")
    act(add_addendum, note, bose, reason="corrected", text="Hb 6.4")

    assert [one.number for one in note.addenda.order_by("number")] == [1, 2]
    note.refresh_from_db()
    assert note.sections == TEXT
    newest = IssuedDocument.objects.filter(about_id=note.pk).latest("pk")
    assert [one["text"] for one in newest.context["addenda"]] == ["Hb 6.2", "Hb 6.4"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reason": " "}, "Say why"),
        ({"text": " "}, "what is added"),
        ({"text": "2345 6789 0124"}, "Aadhaar"),
        ({"reason": "2345 6789 0124"}, "Aadhaar"),
    ],
)
def test_an_addendum_that_cannot_be_is_refused(encounter, bose, given, sentence):
    note = make_signed_note(encounter, bose)

    with pytest.raises((Refusal, ValidationError), match=sentence):
        act(add_addendum, note, bose, **{"reason": "late", "text": "more"} | given)
    assert not NoteAddendum.objects.exists()


def test_only_a_signed_note_is_added_to_and_no_intern_adds(encounter, bose, intern):
    note = make_note(encounter, bose)
    with pytest.raises(Refusal, match="Write in the note itself"):
        act(add_addendum, note, bose, reason="late", text="more")
    sign(note, bose)
    with pytest.raises(Refusal, match="waits for a doctor's signature"):
        act(add_addendum, note, intern, reason="late", text="more")


def test_an_addendum_sent_twice_is_one(encounter, bose):
    note, key = make_signed_note(encounter, bose), uuid4()
    given = {"reason": "late", "text": "more", "request_key": key, "actor": bose, "at": LATER}

    assert add_addendum(note=note, **given) == add_addendum(note=note, **given)
    assert NoteAddendum.objects.count() == 1


def test_a_note_is_printed_on_either_size_and_stays_one_paper(encounter, bose):
    draft = make_note(encounter, bose)
    with pytest.raises(Refusal, match="Only a signed note"):
        print_note(note=draft, size="a4", actor=bose, at=LATER)
    note = sign(draft, bose)

    papers = {size: print_note(note=note, size=size, actor=bose, at=LATER) for size in ("a4", "a5")}
    assert papers["a4"].context == papers["a5"].context
    assert print_note(note=note, size="a5", actor=bose, at=LATER) == papers["a5"]
    act(add_addendum, note, bose, reason="late", text="more")
    assert print_note(note=note, size="a5", actor=bose, at=LATER) != papers["a5"]


# ── Others, at once, and lost ──


def test_another_hospital_sees_no_note(encounter, bose, esha):
    make_signed_note(encounter, bose)

    assert notes_here(bose).count() == 1
    assert not notes_here(esha).exists()


def test_the_facts_say_nothing_of_what_is_written(encounter, bose):
    note = make_signed_note(encounter, bose)
    act(add_addendum, note, bose, reason="report came", text="Hb 6.2")

    told = str(list(AuditEntry.objects.values_list("name", "detail")))
    assert "patients.note_signed" in told
    for secret in "fever", "paracetamol", "Hb", "report came", "Asha":
        assert secret not in told


def test_a_saving_that_is_lost_before_its_commit_leaves_the_draft_and_may_be_sent_again(encounter, bose):
    note, key = make_note(encounter, bose, sections=said("kept")), uuid4()
    rolled_back(lambda: save(note, bose, said("lost"), key=key, base=1))

    note.refresh_from_db()
    assert (note.version, note.sections) == (1, said("kept"))
    assert save(note, bose, said("lost"), key=key, base=1).version == 2


def test_a_signature_that_is_lost_before_its_commit_leaves_a_draft(encounter, bose):
    note = make_note(encounter, bose)
    rolled_back(lambda: sign(note, bose))

    note.refresh_from_db()
    assert note.status == NoteStatus.DRAFT
    assert not NoteSignature.objects.exists()
    assert not IssuedDocument.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_windows_at_once_one_saves_and_the_others_are_told(encounter, bose):
    note = make_note(encounter, bose, sections={})

    texts = [said(f"window {n}") for n in range(8)]
    outcomes = all_at_once([partial(save, note, bose, text, base=0) for text in texts])
    conflicts = [one for one in outcomes if isinstance(one, NoteConflict)]
    (saved,) = (one for one in outcomes if isinstance(one, ClinicalNote))
    assert len(conflicts) == 7
    assert {str(one.note.sections) for one in conflicts} == {str(saved.sections)}
    assert NoteVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_windows_that_begin_at_once_begin_one_note(encounter, bose):
    make_templates()

    outcomes = all_at_once([partial(begin, encounter, bose) for _ in range(6)])

    assert set(outcomes) == {ClinicalNote.objects.get()}


@pytest.mark.django_db(transaction=True)
def test_of_many_signatures_at_once_one_stands(encounter, rims, intern):
    doctors = [make_doctor(f"d{n}", rims) for n in range(6)]
    note = make_note(encounter, intern)
    submit(note, intern)

    outcomes = all_at_once([partial(sign, note, one) for one in doctors])
    assert sum(isinstance(one, Refusal) for one in outcomes) == 5
    assert NoteSignature.objects.count() == IssuedDocument.objects.count() == 1


# ── Templates ──


def test_a_department_finds_its_own_template_first(rims, med):
    make_templates()

    assert [one.code for one in templates_for(make_department(rims, "PAED"))] == ["PAEDS", "GENERAL"]
    assert [one.code for one in templates_for(med)] == ["GENERAL"]
    assert [one.code for one in templates_for(med, "progress")] == ["PROGRESS"]


def test_templates_are_loaded_once_and_an_edited_one_is_left_alone(db):
    before = make_templates()
    call_command("load_note_templates", verbosity=0)

    assert make_templates() == before
    assert len(before) == NoteTemplate.objects.count() > 10


@pytest.mark.parametrize(
    "layout",
    [
        [],
        "x",
        [{"code": "plan"}],
        [{"code": "plan", "name": "Plan", "name_hi": "योजना", "fields": []}],
        [{"code": "magic", "name": "Magic", "name_hi": "जादू", "fields": []}],
        [
            {
                "code": "plan",
                "name": "Plan",
                "name_hi": "योजना",
                "fields": [{"code": "a", "name": "A", "name_hi": "अ", "kind": "wheel"}],
            }
        ],
    ],
)
def test_a_template_without_the_form_of_a_note_is_refused(layout):
    template = NoteTemplate(
        code="X", version=1, kind="consultation", name="X", name_hi="X", layout=layout, departments=[]
    )
    with pytest.raises(ValidationError):
        template.clean_fields()
