"""What a hospital says of its medicines: listed, at the counter, approved, retired; and sheets of it."""

import csv
from functools import partial
from io import StringIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from facilities.roles import Grade, Role
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from patients.models import (
    MEDICINES,
    AlertRule,
    ContentApproval,
    ContentKind,
    FormularyItem,
    Interaction,
    Medication,
)
from patients.prescribing.alerts import Rule
from patients.queries.formulary import formulary_at
from patients.services import (
    SheetLook,
    approve_content,
    import_sheet,
    say_of_medicine,
    set_rule,
    withdraw_approval,
)
from patients.services.content import note_edition
from patients.services.formulary_sheets import CHANGE, ERROR, LIST, NEW, SAME, named_rows, unsealed
from tests.conftest import NOON
from tests.factories.facilities import make_doctor, make_person
from tests.factories.formulary import make_formulary, medication
from tests.factories.notes import make_graded
from tests.factories.parallel import all_at_once

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(autouse=True)
def _formulary(rims):
    make_formulary(rims)


@pytest.fixture
def anita(rims):
    return make_person("Anita", Role.PHARMACIST, rims)


@pytest.fixture
def paracetamol():
    return medication("Paracetamol", strength="500 mg", form="Tablet")


def say(facility, row, actor, **said):
    return say_of_medicine(facility=facility, medication=row, said=said, actor=actor, at=NOON)


def approve(facility, rows, actor, key=None):
    return approve_content(
        facility=facility,
        kind=rows[0].kind,
        digests={row.pk: row.digest() for row in rows},
        request_key=key or uuid4(),
        actor=actor,
        at=NOON,
    )


# ── Listed, and at the counter ──


def test_what_is_said_of_a_medicine_stands_in_the_list_and_in_the_audit(rims, anita, paracetamol):
    say(rims, paracetamol, anita, is_available=True)
    say(rims, paracetamol, anita, is_listed=False)

    held = formulary_at(rims.pk).by_id[paracetamol.pk]
    assert (held.listed, held.available) == (False, True)
    assert AuditEntry.objects.filter(name="patients.formulary_changed").count() == 2
    assert FormularyItem.objects.get().history_events.count() == 2


def test_said_twice_it_changes_nothing(rims, anita, paracetamol):
    say(rims, paracetamol, anita, is_available=False)
    say(rims, paracetamol, anita, is_available=False)

    assert AuditEntry.objects.filter(name="patients.formulary_changed").count() == 1
    assert formulary_at(rims.pk).by_id[paracetamol.pk].available is False


def test_a_medicine_that_the_state_withdrew_is_not_listed(rims, anita, paracetamol):
    paracetamol.is_withdrawn = True
    paracetamol.save()

    with pytest.raises(Refusal, match="no longer in the state's list"):
        say(rims, paracetamol, anita, is_listed=True)


@pytest.mark.django_db(transaction=True)
def test_two_counters_at_once_make_one_row(rims, anita, paracetamol):
    said = [partial(say, rims, paracetamol, anita, is_available=bool(n % 2)) for n in range(8)]

    outcomes = all_at_once(said)

    assert {type(one) for one in outcomes} == {FormularyItem}
    assert FormularyItem.objects.count() == 1


# ── Approval ──


def test_a_consultant_approves_and_the_row_says_by_whom(rims, bose, paracetamol):
    assert approve(rims, [paracetamol], bose) == 1

    assert formulary_at(rims.pk).by_id[paracetamol.pk].approved
    assert ContentApproval.objects.get().approved_by == bose


@pytest.mark.parametrize("grade", [Grade.RESIDENT, Grade.INTERN])
def test_who_is_in_training_approves_nothing(rims, paracetamol, grade):
    with pytest.raises(Refusal, match="A consultant approves"):
        approve(rims, [paracetamol], make_graded("Young", rims, grade))


def test_what_changed_since_it_was_seen_is_not_approved(rims, bose):
    rows = list(Interaction.objects.all()[:3])
    seen = {row.pk: row.digest() for row in rows}
    Interaction.objects.filter(pk=rows[0].pk).update(severity="monitor", effect="another")

    with pytest.raises(Refusal, match="Look at it once more"):
        approve_content(
            facility=rims,
            kind=ContentKind.INTERACTION,
            digests=seen,
            request_key=uuid4(),
            actor=bose,
            at=NOON,
        )
    assert not ContentApproval.objects.exists()


def test_sent_twice_it_counts_once_and_another_body_is_refused(rims, bose):
    key, rows = uuid4(), list(Interaction.objects.all()[:3])

    assert approve(rims, rows, bose, key) == approve(rims, rows, bose, key) == 3
    with pytest.raises(KeyReused):
        approve(rims, rows[:1], bose, key)
    assert approve(rims, rows, bose) == 0  # another form, the same rows: nothing is approved twice


@pytest.mark.django_db(transaction=True)
def test_two_consultants_at_once_approve_each_row_once(rims, bose):
    rows, other = list(Interaction.objects.all()[:5]), make_doctor("Other", rims)

    outcomes = all_at_once([partial(approve, rims, rows, who) for who in (bose, other) * 3])

    assert sorted(outcomes) == [0, 0, 0, 0, 0, 5]
    assert ContentApproval.objects.count() == 5


def test_an_approval_taken_back_leaves_the_row_unapproved(rims, bose, paracetamol):
    approve(rims, [paracetamol], bose)
    approval = ContentApproval.objects.get()

    withdraw_approval(approval=approval, actor=bose, at=NOON)
    withdraw_approval(approval=approval, actor=bose, at=NOON)

    assert not formulary_at(rims.pk).by_id[paracetamol.pk].approved
    assert AuditEntry.objects.filter(name="patients.approval_withdrawn").count() == 1
    assert approve(rims, [paracetamol], bose) == 1


# ── Rules ──


def retire(rims, actor, *, reason="noisy", version=0, is_retired=True):
    return set_rule(
        facility=rims,
        code=Rule.INTERACTION,
        is_retired=is_retired,
        reason=reason,
        version=version,
        actor=actor,
        at=NOON,
    )


def test_a_rule_is_retired_for_a_reason_and_brought_back(rims, sgml, bose):
    rule = retire(rims, bose)
    assert formulary_at(rims.pk).retired == {Rule.INTERACTION}
    assert formulary_at(sgml.pk).retired == frozenset()

    retire(rims, bose, reason="asked again", version=rule.rev + 1, is_retired=False)
    assert formulary_at(rims.pk).retired == frozenset()
    assert AlertRule.objects.get().history_events.count() == 2


def test_a_rule_is_not_retired_without_a_reason_or_over_somebody_elses_word(rims, bose):
    with pytest.raises(Refusal, match="Say why"):
        retire(rims, bose, reason="  ")
    retire(rims, bose)
    with pytest.raises(Refusal, match="Somebody else changed"):
        retire(rims, bose)
    with pytest.raises(Refusal, match="A consultant approves"):
        retire(rims, make_graded("Young", rims, Grade.INTERN), version=1)


# ── Sheets ──


def look(text, facility, kind=LIST):
    return SheetLook(kind, named_rows(kind, text.encode()), facility)


HEAD = "generic_name,strength,form,route,listed,available\n"
PARA = "Paracetamol,500 mg,Tablet,oral"


def take(seen, actor, key=None):
    return import_sheet(
        kind=seen.kind,
        facility=seen.facility,
        sealed=seen.sealed(),
        request_key=key or uuid4(),
        actor=actor,
        at=NOON,
    )


def test_each_row_of_a_list_is_a_change_the_same_or_wrong(rims):
    seen = look(
        f"{HEAD}{PARA},no,yes\n{PARA},yes,\nParacetamol,650 mg,Tablet,oral,yes,\n"
        "Nosuch,1 mg,Tablet,oral,yes,\nIbuprofen,400 mg,Tablet,oral,perhaps,\n",
        rims,
    )

    assert [row.kind for row in seen.rows] == [CHANGE, ERROR, SAME, ERROR, ERROR]
    assert seen.rows[0].changes == [("listed", "yes", "no"), ("available", "", "yes")]
    assert seen.right == 1


def test_what_was_looked_through_is_taken_over_once(rims, anita, paracetamol):
    seen, key = look(f"{HEAD}{PARA},no,yes\n", rims), uuid4()

    assert take(seen, anita, key) == take(seen, anita, key) == 1
    held = formulary_at(rims.pk).by_id[paracetamol.pk]
    assert (held.listed, held.available) == (False, True)
    fact = AuditEntry.objects.get(name="patients.formulary_imported")
    assert fact.detail["changed"] == 1


def test_a_look_is_shown_anew_when_the_list_changed_meanwhile(rims, anita, paracetamol):
    seen = look(f"{HEAD}{PARA},no,\n", rims)
    say(rims, paracetamol, anita, is_available=False)

    with pytest.raises(Refusal, match="changed meanwhile"):
        take(seen, anita)
    assert formulary_at(rims.pk).by_id[paracetamol.pk].listed


def test_a_look_holds_for_its_own_hospital_and_kind_only(rims, sgml):
    sealed = look(f"{HEAD}{PARA},no,\n", rims).sealed()

    for kind, facility in ((LIST, sgml), (ContentKind.MEDICATION, rims)):
        with pytest.raises(Refusal, match="is out of date"):
            unsealed(sealed, kind, facility)


def test_the_list_that_goes_out_comes_back_without_a_change(rims, anita, client):
    client.force_login(anita)
    answer = client.get(reverse("patients:formulary_export"), {"as": "csv"})
    sheet = b"".join(answer.streaming_content)

    seen = SheetLook(LIST, named_rows(LIST, sheet), rims)

    assert {row.kind for row in seen.rows} == {SAME}
    assert len(seen.rows) == 815
    assert AuditEntry.objects.filter(name="patients.formulary_exported").exists()


@pytest.mark.parametrize("kind", MEDICINES)
def test_content_that_goes_out_comes_back_without_a_change(indu, client, kind):
    client.force_login(indu)
    answer = client.get(reverse("patients:content_export", args=[kind]), {"as": "csv"})

    seen = SheetLook(kind, named_rows(kind, b"".join(answer.streaming_content)), None)

    wrong = [(row.title, row.changes, row.errors) for row in seen.rows if row.kind != SAME]
    assert not wrong, wrong[:3]


def test_a_changed_row_of_content_falls_out_of_every_approval_and_stays_put_right(rims, bose, indu):
    row = Interaction.objects.get(a="warfarin", b="NSAIDs")
    approve(rims, [row], bose)
    head = "a,b,severity,effect,what_to_do,source,edition_or_date\n"
    seen = look(
        f"{head}warfarin,NSAIDs,contraindicated,Bleeding,Avoid,A committee,2026\n"
        "warfarin,garlic,serious,Bleeding,Avoid,A committee,2026\n"
        "warfarin,aspirin,serious,Bleeding,Avoid,,2026\n",
        None,
        ContentKind.INTERACTION,
    )
    assert [one.kind for one in seen.rows] == [CHANGE, ERROR, ERROR]

    assert take(seen, indu) == 1

    row.refresh_from_db()
    assert (row.severity, row.is_put_right) == ("contraindicated", True)
    held = {one.id: one for one in formulary_at(rims.pk).interactions}[row.pk]
    assert (held.effect, held.approved) == ("Bleeding", False)


def test_a_new_row_of_content_names_a_source(indu, rims):
    head = "ingredient,class,source,edition_or_date\n"
    seen = look(f"{head}Lumateperone,,WHO ATC,2026\nX,,,\n", None, ContentKind.INGREDIENT)

    assert [one.kind for one in seen.rows] == [NEW, ERROR]
    take(seen, indu)
    assert "Lumateperone" in formulary_at(rims.pk).substances


# ── Pages ──


def test_a_medicine_is_found_in_both_scripts_and_by_what_is_said_of_it(rims, anita, paracetamol, client):
    client.force_login(anita)
    say(rims, paracetamol, anita, is_available=False)

    def names(**asked):
        page = client.get(reverse("patients:formulary_list"), asked).context["page"]
        return {one.generic_name for one in page.object_list}

    assert names(q="पैरासिटामोल") == names(q="parace") == {"Paracetamol"}
    assert names(only="missing") == {"Paracetamol"}
    assert names(only="reserve")
    assert names(q=HOSTILE) == set()


def test_one_press_says_it_and_shows_the_row_alone(rims, anita, paracetamol, client):
    client.force_login(anita)
    path = reverse("patients:formulary_item_edit", args=[paracetamol.pk])

    answer = client.post(path, {"available": "yes"}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer.content.decode().count("<tr") == 1
    assert formulary_at(rims.pk).by_id[paracetamol.pk].available is True
    plain = client.post(path, {"listed": "no", "kept": "q=para"})
    assert (plain.status_code, plain["Location"].endswith("?q=para")) == (303, True)


def test_a_filtered_many_are_seen_once_more_and_approved_by_one_word(rims, bose, client):
    client.force_login(bose)
    path = reverse("patients:content_approval_new", args=["interaction"])
    page = client.get(path, {"q": "warfarin"})
    rows = page.context["rows"]
    assert len(rows) > 10
    seen = [f"{one.row.pk}:{one.digest}" for one in rows]

    answer = client.post(path, {"seen": seen, "q": "warfarin", "request_key": uuid4()})

    assert answer.status_code == 303
    approved = {one.a + one.b for one in formulary_at(rims.pk).interactions if one.approved}
    assert len(approved) == len(rows)
    assert all("warfarin" in one for one in approved)


def test_rows_that_changed_are_shown_anew_with_the_sentence(rims, bose, client):
    client.force_login(bose)
    row = Interaction.objects.first()

    answer = client.post(
        reverse("patients:content_approval_new", args=["interaction"]),
        {"seen": [f"{row.pk}:old"], "row": row.pk, "request_key": uuid4()},
    )

    assert answer.status_code == 422
    assert "Look at it once more" in answer.content.decode()


def test_an_approval_of_another_hospital_is_not_there(rims, sgml, esha, bose, paracetamol, client):
    approve(rims, [paracetamol], bose)
    client.force_login(esha)

    path = reverse("patients:approval_withdrawal_new", args=[ContentApproval.objects.get().pk])

    assert client.post(path).status_code == 404
    assert ContentApproval.objects.get().withdrawn_at is None


def test_a_sheet_is_looked_through_and_confirmed_on_the_page(rims, anita, paracetamol, client):
    client.force_login(anita)
    sheet = SimpleUploadedFile("list.csv", f"{HEAD}{PARA},no,yes\n{HOSTILE},,,,,\n".encode())

    page = client.post(reverse("patients:formulary_import_new"), {"file": sheet})

    assert "<img" not in page.content.decode()
    assert page.context["look"].counts == {CHANGE: 1, ERROR: 1}
    sealed = page.context["sealed"]
    answer = client.post(
        reverse("patients:formulary_import_confirmation_new"), {"sealed": sealed, "request_key": uuid4()}
    )
    assert answer.status_code == 303
    assert not formulary_at(rims.pk).by_id[paracetamol.pk].listed
    forged = client.post(reverse("patients:formulary_import_confirmation_new"), {"sealed": sealed[:-3]})
    assert forged.status_code == 422


def test_no_cell_that_leaves_runs_as_a_formula(rims, indu, client):
    Medication.objects.filter(generic_name="Zolpidem").update(name_hi="=1+1")
    note_edition(ContentKind.MEDICATION, at=NOON)
    client.force_login(indu)

    answer = client.get(reverse("patients:content_export", args=["medication"]), {"as": "csv"})
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    assert {row["name_hi"] for row in rows if row["generic_name"] == "Zolpidem"} == {"'=1+1"}


def test_the_detail_says_what_is_not_known(rims, bose, client):
    client.force_login(bose)
    warfarin = medication("Warfarin")

    page = client.get(reverse("patients:medication_detail", args=[warfarin.pk])).content.decode()

    assert "Not known here: no source of the list" in page
    assert "not yet approved here" in page
    assert "warfarin + NSAIDs" in page


def test_a_rule_is_retired_on_its_page(rims, bose, client):
    client.force_login(bose)
    path = reverse("patients:alert_rule_edit", args=["interaction"])

    refused = client.post(path, {"becomes": "retired", "version": "0", "reason": ""})
    done = client.post(path, {"becomes": "retired", "version": "0", "reason": HOSTILE})

    assert (refused.status_code, done.status_code) == (422, 303)
    assert formulary_at(rims.pk).retired == {"interaction"}
    page = client.get(reverse("patients:alert_rule_list")).content.decode()
    assert "<img" not in page
    assert client.get(reverse("patients:alert_rule_edit", args=["nosuch"])).status_code == 404
