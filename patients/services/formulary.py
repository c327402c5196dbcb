"""What a hospital lists, has at the counter, approves, and which rules it retires."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from facilities.roles import Grade
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.edits import refuse_changed, take_over, version_shown
from hmis.kernel.errors import Refusal, refusing
from patients.models import CONTENT, AlertRule, ContentApproval, FormularyItem, Medication
from patients.prescribing.alerts import Rule
from patients.queries.formulary import listed_by_level

CHANGED = _("Somebody else changed this meanwhile. Look at it once more before you approve.")
IN_TRAINING: tuple[str, ...] = (Grade.INTERN, Grade.RESIDENT)


# ── The list and the counter ──


def lock_list(facility: Facility) -> None:
    """One at a time changes a hospital's list: two counters never make the same row."""
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)


@act
def say_of_medicine(
    *, facility: Facility, medication: Medication, said: Mapping[str, Any], actor: Any, at: datetime
) -> FormularyItem:
    """Say whether a hospital's list has a medicine (`is_listed`), or its counter (`is_available`).

    What is said is a state, so that saying it twice changes nothing. Refuses what the state has withdrawn.
    """
    if medication.is_withdrawn:
        raise Refusal(_("This medicine is no longer in the state's list."))
    lock_list(facility)
    item, changed = put_item(facility, medication, said)
    if changed:
        facts.record(
            "patients.formulary_changed",
            about=item,
            actor=actor,
            at=at,
            facility_id=facility.pk,
            medication=medication.pk,
            **{name: getattr(item, name) for name in changed},
        )
    return item


def put_item(
    facility: Facility, medication: Medication, said: Mapping[str, Any]
) -> tuple[FormularyItem, list[str]]:
    """The row as it is said, written; and what of it changed. The list is locked."""
    held = FormularyItem.objects.filter(facility=facility, medication=medication).first()
    item = held or FormularyItem(
        facility=facility,
        medication=medication,
        is_listed=listed_by_level(medication.nlem_level, facility.kind),
        is_available=None,
    )
    changed = take_over(item, said)
    if changed:
        with refusing(FormularyItem):
            item.save(update_fields=changed if held else None, force_insert=held is None)
    return item, changed


# ── Approval ──


def refuse_unfit_approver(actor: Any) -> None:
    """Only who signs alone says that a row is right."""
    if actor.posting.grade in IN_TRAINING:
        raise Refusal(_("A consultant approves; residents and interns do not."))


@act
def approve_content(
    *,
    facility: Facility,
    kind: str,
    digests: Mapping[UUID, str],
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> int:
    """Approve rows as they were seen: {row: what it said}; how many are new. What is approved stays so.

    Refuses all of it when one of the rows says something else by now.
    """
    body = [facility.pk, kind, sorted((str(row), said) for row, said in digests.items())]
    approval_id, seen = requests.claim(request_key, "patients.approve_content", actor=actor, body=body)
    if seen:
        return len(digests)
    refuse_unfit_approver(actor)
    lock_list(facility)
    rows = CONTENT[kind]._default_manager.filter(pk__in=digests, is_withdrawn=False)
    as_they_are = {row.pk: row.digest() for row in rows}
    refuse_changed(as_they_are, dict(digests), CHANGED)
    approved = ContentApproval.objects.filter(facility=facility, row_id__in=digests, withdrawn_at=None)
    held = set(approved.values_list("row_id", "digest"))
    new = [
        ContentApproval(
            facility=facility,
            kind=kind,
            row_id=row,
            digest=digest,
            approved_by=actor,
            approved_at=at,
        )
        for row, digest in as_they_are.items()
        if (row, digest) not in held
    ]
    facts.record(
        "patients.content_approved",
        about=facility,
        actor=actor,
        at=at,
        facility_id=facility.pk,
        fact_id=approval_id,
        new=new,
        kind=kind,
        rows=len(new),
    )
    return len(new)


@act
def withdraw_approval(*, approval: ContentApproval, actor: Any, at: datetime) -> ContentApproval:
    """Take an approval back: the row counts as not approved again. Taken back twice, it changes nothing."""
    refuse_unfit_approver(actor)
    held = lock(ContentApproval, approval.pk)
    if held.withdrawn_at is None:
        held.withdrawn_by, held.withdrawn_at = actor, at
        held.save(update_fields=["withdrawn_by", "withdrawn_at"])
        facts.record("patients.approval_withdrawn", about=held, actor=actor, at=at, kind=held.kind)
    return held


# ── Rules ──


@act
def set_rule(
    *, facility: Facility, code: str, is_retired: bool, reason: str, version: int, actor: Any, at: datetime
) -> AlertRule:
    """Retire a rule at a hospital, or bring it back, for a reason. Refuses when somebody did so meanwhile."""
    refuse_unfit_approver(actor)
    if code not in Rule.values:
        raise Refusal(_("There is no such rule."))
    if not reason.strip():
        raise Refusal(_("Say why."), field="reason")
    lock_list(facility)
    rule = AlertRule.objects.filter(facility=facility, code=code).first()
    refuse_changed(version_shown(rule), version)
    rule = rule or AlertRule(facility=facility, code=code)
    is_new = rule._state.adding
    rule.is_retired, rule.reason = is_retired, reason.strip()
    with refusing(AlertRule):
        rule.save(update_fields=None if is_new else ["is_retired", "reason"], force_insert=is_new)
    facts.record("patients.rule_set", about=rule, actor=actor, at=at, code=code, is_retired=is_retired)
    return rule


# ── Seen and taken out ──


@act
def note_formulary_export(*, facility: Facility | None, kind: str, actor: Any, at: datetime) -> None:
    """Write down that the list, or a kind of content, left as a sheet."""
    facts.record("patients.formulary_exported", about=facility or actor, actor=actor, at=at, kind=kind)
