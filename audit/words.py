"""Every fact in words: what sort of thing was done, and a sentence that follows the person's name.

One table to read aloud. A fact without its words is red in `tests/audit/test_words.py`.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What sort of thing was done."""

    SAW = "saw", _("saw")
    SEARCHED = "searched", _("searched")
    CHANGED = "changed", _("wrote or changed")
    PRINTED = "printed", _("printed")
    EXPORTED = "exported", _("exported")
    GLASS = "glass", _("opened from outside")
    DOOR = "door", _("came or went")
    REFUSED = "refused", _("was refused")


TONES = {
    Kind.GLASS: "warn",
    Kind.REFUSED: "bad",
    Kind.EXPORTED: "hold",
    Kind.PRINTED: "hold",
    Kind.CHANGED: "live",
}


@dataclass(frozen=True)
class Fact:
    """A fact's sort, and its sentence."""

    kind: Kind
    sentence: Any


FACTS: dict[str, Fact] = {
    # The audit itself: whoever looks into it is seen too.
    "audit.entries_viewed": Fact(Kind.SAW, _("looked into the audit")),
    "audit.entry_viewed": Fact(Kind.SAW, _("opened an audit entry")),
    "audit.entries_exported": Fact(Kind.EXPORTED, _("exported the audit")),
    "audit.glass_viewed": Fact(Kind.SAW, _("looked at the break-glass list")),
    "audit.glass_reviewed": Fact(Kind.CHANGED, _("reviewed an opening from outside")),
    "audit.patient_searched": Fact(Kind.SEARCHED, _("looked for a patient's audit by UHID")),
    "audit.seal_printed": Fact(Kind.PRINTED, _("printed a seal")),
    "audit.seals_exported": Fact(Kind.EXPORTED, _("exported the lines of the seals")),
    "audit.seals_proved": Fact(Kind.SAW, _("proved all seals")),
    "billing.invoice_viewed": Fact(Kind.SAW, _("opened a bill")),
    "billing.payment_taken": Fact(Kind.CHANGED, _("took a payment")),
    "facilities.login_refused": Fact(Kind.REFUSED, _("somebody gave this name and was not let in")),
    "facilities.person_logged_in": Fact(Kind.DOOR, _("logged in")),
    "facilities.person_logged_out": Fact(Kind.DOOR, _("logged out")),
    "facilities.posting_taken": Fact(Kind.DOOR, _("took up another posting")),
    "facilities.screen_locked": Fact(Kind.DOOR, _("locked the screen")),
    "facilities.screen_unlocked": Fact(Kind.DOOR, _("unlocked the screen")),
    "facilities.unlock_refused": Fact(Kind.REFUSED, _("a wrong password was typed at the locked screen")),
    "kernel.access_refused": Fact(Kind.REFUSED, _("tried what the role does not include")),
    "kernel.paper_copied": Fact(Kind.PRINTED, _("made a copy of a paper")),
    "kernel.paper_opened": Fact(Kind.PRINTED, _("opened a paper to print it")),
    # Orders of tests: no fact names a test.
    "lab.tests_ordered": Fact(Kind.CHANGED, _("ordered tests")),
    "lab.order_cancelled": Fact(Kind.CHANGED, _("took the order of a test back")),
    "lab.order_charged": Fact(Kind.CHANGED, _("charged a test that had no price before")),
    "lab.priority_changed": Fact(Kind.CHANGED, _("changed how urgent a test is")),
    "lab.slip_printed": Fact(Kind.PRINTED, _("printed a slip of tests")),
    "lab.control_level_set": Fact(Kind.CHANGED, _("took a lot of controls into use")),
    "lab.controls_entered": Fact(Kind.CHANGED, _("entered controls")),
    "lab.control_answered": Fact(Kind.CHANGED, _("said what was done about a control")),
    "lab.figures_exported": Fact(Kind.EXPORTED, _("took figures of the laboratory out")),
    "lab.notifiable_viewed": Fact(Kind.SAW, _("looked at the list of notifiable results")),
    "lab.notifiable_exported": Fact(Kind.EXPORTED, _("took the list of notifiable results out")),
    "lab.order_examined": Fact(Kind.CHANGED, _("noted that an examination was made")),
    "lab.findings_written": Fact(Kind.CHANGED, _("wrote the report of an examination")),
    "lab.form_f_signed": Fact(Kind.CHANGED, _("signed a Form F")),
    "lab.form_f_finished": Fact(Kind.CHANGED, _("finished a Form F after the examination")),
    "lab.form_f_printed": Fact(Kind.PRINTED, _("printed a Form F")),
    "lab.forms_f_exported": Fact(Kind.EXPORTED, _("exported the Form F list of a month")),
    "lab.results_viewed": Fact(Kind.SAW, _("looked at the results of a patient")),
    "lab.report_viewed": Fact(Kind.SAW, _("looked at a report")),
    "lab.report_printed": Fact(Kind.PRINTED, _("printed a report")),
    "lab.reports_handed_out": Fact(Kind.PRINTED, _("handed reports out at the counter")),
    "lab.hand_out_refused": Fact(Kind.REFUSED, _("gave wrong digits for reports at the counter")),
    "lab.orders_viewed": Fact(Kind.SAW, _("looked at the tests of a patient")),
    "lab.orders_searched": Fact(Kind.SEARCHED, _("looked for the tests of a patient")),
    "lab.specimens_collected": Fact(Kind.CHANGED, _("collected specimens")),
    "lab.labels_printed": Fact(Kind.PRINTED, _("printed the label of a specimen once more")),
    "lab.specimen_received": Fact(Kind.CHANGED, _("received a specimen in the laboratory")),
    "lab.specimen_rejected": Fact(Kind.CHANGED, _("rejected a specimen")),
    "lab.test_added_on": Fact(Kind.CHANGED, _("added a test to a specimen")),
    "lab.results_entered": Fact(Kind.CHANGED, _("entered results")),
    "lab.results_verified": Fact(Kind.CHANGED, _("verified results")),
    "lab.report_authorised": Fact(Kind.CHANGED, _("authorised a report")),
    "lab.report_reopened": Fact(Kind.CHANGED, _("opened an authorised report to amend it")),
    "lab.result_sent_back": Fact(Kind.CHANGED, _("sent a result back to be measured once more")),
    "lab.result_held": Fact(Kind.CHANGED, _("held a result")),
    "lab.result_released": Fact(Kind.CHANGED, _("released a held result")),
    "lab.result_commented": Fact(Kind.CHANGED, _("commented on a result")),
    "lab.critical_acknowledged": Fact(Kind.CHANGED, _("answered for a critical value")),
    "lab.critical_escalated": Fact(Kind.CHANGED, _("a critical value went one step higher")),
    "lab.analyser_added": Fact(Kind.CHANGED, _("added an analyser")),
    "lab.analyser_edited": Fact(Kind.CHANGED, _("changed how an analyser is known")),
    "lab.analyser_code_set": Fact(Kind.CHANGED, _("said what a code of an analyser means")),
    "lab.analyser_code_removed": Fact(Kind.CHANGED, _("removed a code of an analyser")),
    "lab.analyser_message_taken": Fact(Kind.CHANGED, _("took the results of an analyser")),
    "lab.tray_result_entered": Fact(Kind.CHANGED, _("entered a result of the analysers' tray")),
    "lab.tray_result_discarded": Fact(Kind.CHANGED, _("put a result of the analysers' tray away")),
    "opd.consultation_started": Fact(Kind.CHANGED, _("began a consultation")),
    "opd.consultation_signed": Fact(Kind.CHANGED, _("signed a consultation")),
    "opd.patient_opened": Fact(Kind.SAW, _("opened a patient's page in the doctor's room")),
    "opd.registration_viewed": Fact(Kind.SAW, _("opened a registration")),
    "opd.token_called": Fact(Kind.CHANGED, _("called a token")),
    "opd.token_done": Fact(Kind.CHANGED, _("finished a token")),
    "opd.token_moved": Fact(Kind.CHANGED, _("sent a token to another unit")),
    "opd.token_skipped": Fact(Kind.CHANGED, _("skipped a token")),
    "opd.visit_registered": Fact(Kind.CHANGED, _("registered a visit")),
    "patients.duplicates_offered": Fact(Kind.SEARCHED, _("was shown likely duplicates")),
    "patients.glass_broken": Fact(Kind.GLASS, _("broke the glass and opened the chart")),
    "patients.addendum_written": Fact(Kind.CHANGED, _("added to a signed note")),
    "patients.condition_recorded": Fact(Kind.CHANGED, _("wrote a diagnosis")),
    "patients.condition_judged": Fact(Kind.CHANGED, _("said how sure a diagnosis is")),
    "patients.condition_kept": Fact(Kind.CHANGED, _("put the details of a diagnosis right")),
    "patients.note_begun": Fact(Kind.CHANGED, _("began a note")),
    "patients.note_countersigned": Fact(Kind.CHANGED, _("countersigned a note")),
    "patients.note_discarded": Fact(Kind.CHANGED, _("threw a draft of a note away")),
    "patients.note_returned": Fact(Kind.CHANGED, _("took a note back from those waiting for a signature")),
    "patients.note_signed": Fact(Kind.CHANGED, _("signed a note")),
    "patients.note_submitted": Fact(Kind.CHANGED, _("sent a note to be signed")),
    "patients.chart_viewed": Fact(Kind.SAW, _("read a chart")),
    "patients.note_viewed": Fact(Kind.SAW, _("read a note")),
    "opd.patient_referred": Fact(Kind.CHANGED, _("referred a patient to another department")),
    "patients.patient_referred": Fact(Kind.CHANGED, _("wrote a letter to another hospital")),
    "patients.referral_withdrawn": Fact(Kind.CHANGED, _("withdrew a referral")),
    "patients.admission_requested": Fact(Kind.CHANGED, _("requested an admission")),
    "patients.admission_accepted": Fact(Kind.CHANGED, _("accepted a request to admit")),
    "patients.admission_request_cancelled": Fact(Kind.CHANGED, _("cancelled a request to admit")),
    "patients.certificate_issued": Fact(Kind.CHANGED, _("gave a certificate")),
    "patients.certificate_cancelled": Fact(Kind.CHANGED, _("cancelled a certificate")),
    "patients.outcomes_viewed": Fact(Kind.SAW, _("looked at how a consultation ended")),
    "patients.medicine_written": Fact(Kind.CHANGED, _("wrote a medicine")),
    "patients.medicine_removed": Fact(Kind.CHANGED, _("took a medicine off before signing")),
    "patients.medicine_prescribed": Fact(Kind.CHANGED, _("prescribed a medicine")),
    "patients.medicine_stopped": Fact(Kind.CHANGED, _("stopped a medicine")),
    "patients.medicine_dispensed": Fact(Kind.CHANGED, _("answered for a medicine at the counter")),
    "patients.alert_overridden": Fact(Kind.CHANGED, _("gave a medicine in spite of an alert")),
    "patients.medicine_set_kept": Fact(Kind.CHANGED, _("kept medicines as a set")),
    "patients.medicine_set_retired": Fact(Kind.CHANGED, _("threw a set of medicines away")),
    "patients.prescriptions_viewed": Fact(Kind.SAW, _("read what is prescribed")),
    "patients.schedule_register_exported": Fact(Kind.EXPORTED, _("took out the register of Schedule H1")),
    "patients.patient_edited": Fact(Kind.CHANGED, _("put a patient's details right")),
    "patients.patient_found_by_identifier": Fact(
        Kind.GLASS, _("opened a patient of another hospital by an exact number")
    ),
    "patients.patient_registered": Fact(Kind.CHANGED, _("registered a patient")),
    "patients.patient_viewed": Fact(Kind.SAW, _("opened a patient's page")),
    "patients.patients_searched": Fact(Kind.SEARCHED, _("searched for patients")),
    "billing.invoice_cancelled": Fact(Kind.CHANGED, _("cancelled a bill")),
    "billing.payment_refunded": Fact(Kind.CHANGED, _("paid money back")),
    "billing.invoice_issued": Fact(Kind.CHANGED, _("issued a bill")),
    "billing.invoice_credited": Fact(Kind.CHANGED, _("took something back from a bill")),
    "billing.bill_made": Fact(Kind.PRINTED, _("made a bill as a paper")),
    "billing.services_charged": Fact(Kind.CHANGED, _("charged services of the tariff")),
    "billing.charge_reversed": Fact(Kind.CHANGED, _("took back a charge")),
    "billing.deposit_opened": Fact(Kind.CHANGED, _("opened a deposit")),
    "billing.refund_asked": Fact(Kind.CHANGED, _("asked for money back")),
    "billing.refund_approved": Fact(Kind.CHANGED, _("approved a refund")),
    "billing.refund_declined": Fact(Kind.CHANGED, _("declined a refund")),
    "billing.refund_withdrawn": Fact(Kind.CHANGED, _("withdrew what was asked back")),
    "billing.bills_searched": Fact(Kind.SEARCHED, _("looked for bills")),
    "billing.account_viewed": Fact(Kind.SAW, _("opened the account of a visit")),
    "billing.shift_opened": Fact(Kind.CHANGED, _("opened a shift")),
    "billing.shift_closed": Fact(Kind.CHANGED, _("closed a shift")),
    "billing.shift_accepted": Fact(Kind.CHANGED, _("accepted a shift")),
    "billing.challan_recorded": Fact(Kind.CHANGED, _("recorded a challan")),
    "billing.collections_exported": Fact(Kind.EXPORTED, _("took out a report of collections")),
    "billing.settlement_uploaded": Fact(Kind.SAW, _("looked through a file of the bank")),
    "billing.settlement_applied": Fact(Kind.CHANGED, _("took in a file of the bank")),
    "billing.settlement_line_matched": Fact(Kind.CHANGED, _("matched a UTR of the bank")),
    "billing.cheque_cleared": Fact(Kind.CHANGED, _("wrote down that a cheque was honoured")),
    "billing.cheque_bounced": Fact(Kind.CHANGED, _("wrote down that a cheque was returned")),
    "billing.scheme_added": Fact(Kind.CHANGED, _("added an exemption")),
    "billing.scheme_edited": Fact(Kind.CHANGED, _("changed an exemption")),
    "billing.service_added": Fact(Kind.CHANGED, _("added a service to the tariff")),
    "billing.service_edited": Fact(Kind.CHANGED, _("changed a service of the tariff")),
    "billing.price_set": Fact(Kind.CHANGED, _("set a price")),
    "billing.price_ended": Fact(Kind.CHANGED, _("ended a price")),
    "patients.formulary_changed": Fact(Kind.CHANGED, _("said whether a medicine is listed or there")),
    "patients.formulary_exported": Fact(Kind.EXPORTED, _("took out medicines as a sheet")),
    "patients.formulary_imported": Fact(Kind.CHANGED, _("took over medicines from a sheet")),
    "patients.content_approved": Fact(Kind.CHANGED, _("approved rows on medicines")),
    "patients.approval_withdrawn": Fact(Kind.CHANGED, _("took an approval back")),
    "patients.rule_set": Fact(Kind.CHANGED, _("retired a rule of prescribing or brought it back")),
    "billing.tariff_imported": Fact(Kind.CHANGED, _("took over prices from a sheet")),
    "billing.tariff_exported": Fact(Kind.EXPORTED, _("exported the tariff")),
    "billing.cover_granted": Fact(Kind.CHANGED, _("granted a scheme for a visit")),
    "billing.cover_enhanced": Fact(Kind.CHANGED, _("wrote down a payer's higher approval")),
    "billing.cover_ended": Fact(Kind.CHANGED, _("ended a scheme for a visit")),
    "billing.covers_viewed": Fact(Kind.SAW, _("opened the schemes of a visit")),
    "billing.claim_submitted": Fact(Kind.CHANGED, _("sent a claim to a scheme")),
    "billing.claim_queried": Fact(Kind.CHANGED, _("noted what a scheme asks of a claim")),
    "billing.claim_approved": Fact(Kind.CHANGED, _("noted a claim as approved")),
    "billing.claim_rejected": Fact(Kind.CHANGED, _("noted a claim as rejected")),
    "billing.claim_settled": Fact(Kind.CHANGED, _("noted a claim as paid")),
    "billing.claim_viewed": Fact(Kind.SAW, _("opened a claim")),
    "billing.claims_exported": Fact(Kind.EXPORTED, _("exported the claims register")),
    "billing.dues_viewed": Fact(Kind.SAW, _("looked at what is owed")),
    "facilities.department_added": Fact(Kind.CHANGED, _("added a department")),
    "facilities.department_edited": Fact(Kind.CHANGED, _("changed a department")),
    "facilities.department_placed": Fact(Kind.CHANGED, _("changed the order of departments")),
    "facilities.facility_added": Fact(Kind.CHANGED, _("added a hospital")),
    "facilities.facility_edited": Fact(Kind.CHANGED, _("changed a hospital's details")),
    "facilities.own_sessions_ended": Fact(Kind.DOOR, _("ended the own other logins")),
    "facilities.password_chosen": Fact(Kind.DOOR, _("chose a new password")),
    "facilities.password_reset": Fact(Kind.CHANGED, _("gave somebody a new password")),
    "facilities.passwords_given": Fact(Kind.EXPORTED, _("took the sheet of first passwords")),
    "facilities.person_added": Fact(Kind.CHANGED, _("added a staff member")),
    "facilities.person_disabled": Fact(Kind.CHANGED, _("shut a login")),
    "facilities.person_edited": Fact(Kind.CHANGED, _("changed a staff member's details")),
    "facilities.person_enabled": Fact(Kind.CHANGED, _("opened a login again")),
    "facilities.posting_added": Fact(Kind.CHANGED, _("gave a duty")),
    "facilities.posting_changed": Fact(Kind.CHANGED, _("changed or ended a duty")),
    "facilities.room_added": Fact(Kind.CHANGED, _("added a room")),
    "facilities.room_edited": Fact(Kind.CHANGED, _("changed a room")),
    "facilities.session_ended": Fact(Kind.CHANGED, _("ended somebody's login")),
    "facilities.small_facility_set": Fact(Kind.CHANGED, _("switched the small-facility mode")),
    "facilities.staff_imported": Fact(Kind.CHANGED, _("took over a sheet of staff")),
    "facilities.staff_sheet_uploaded": Fact(Kind.CHANGED, _("uploaded a sheet of staff")),
    "facilities.unit_added": Fact(Kind.CHANGED, _("added a unit")),
    "facilities.unit_edited": Fact(Kind.CHANGED, _("changed a unit")),
    "opd.casualty_bed_given": Fact(Kind.CHANGED, _("gave an observation bed")),
    "opd.casualty_left": Fact(Kind.CHANGED, _("saw a patient off from casualty")),
    "opd.casualty_named": Fact(Kind.CHANGED, _("named an unknown patient")),
    "opd.casualty_registered": Fact(Kind.CHANGED, _("registered a patient in casualty")),
    "opd.casualty_triaged": Fact(Kind.CHANGED, _("changed a triage colour")),
    "opd.clinic_closed": Fact(Kind.CHANGED, _("closed a queue")),
    "opd.clinic_opened": Fact(Kind.CHANGED, _("opened a queue again")),
    "opd.display_edited": Fact(Kind.CHANGED, _("changed a hall's screen")),
    "opd.display_key_renewed": Fact(Kind.CHANGED, _("renewed the address of a screen")),
    "opd.display_made": Fact(Kind.CHANGED, _("made a hall's screen")),
    "opd.display_revoked": Fact(Kind.CHANGED, _("switched off a hall's screen")),
    "opd.downtime_sheets_printed": Fact(Kind.PRINTED, _("printed sheets for down-time")),
    "opd.clinic_day_ended": Fact(Kind.CHANGED, _("ended a day's queue")),
    "opd.visits_finished": Fact(Kind.CHANGED, _("finished visits whose slip no longer holds")),
    "opd.token_begun": Fact(Kind.CHANGED, _("took a patient into the room")),
    "opd.token_sent_for_tests": Fact(Kind.CHANGED, _("sent a patient for tests")),
    "opd.token_returned": Fact(Kind.CHANGED, _("took a patient back into the queue")),
    "opd.token_left": Fact(Kind.CHANGED, _("wrote down that a patient left the queue")),
    "patients.encounter_viewed": Fact(Kind.SAW, _("opened a visit")),
    "opd.token_brought_back": Fact(Kind.CHANGED, _("brought a token back")),
    "opd.token_cancelled": Fact(Kind.CHANGED, _("cancelled a token")),
    "patients.medico_legal_case_corrected": Fact(
        Kind.CHANGED, _("put the kind of a medico-legal case right")
    ),
    "patients.medico_legal_case_opened": Fact(Kind.CHANGED, _("marked a medico-legal case")),
    "patients.newborn_registered": Fact(Kind.CHANGED, _("registered a newborn")),
    "patients.vitals_recorded": Fact(Kind.CHANGED, _("wrote down vital signs")),
    "patients.vitals_viewed": Fact(Kind.SAW, _("looked at vital signs")),
    "patients.observation_marked_wrong": Fact(Kind.CHANGED, _("marked a vital sign as wrong")),
    "patients.allergy_recorded": Fact(Kind.CHANGED, _("wrote down an allergy")),
    "patients.allergies_viewed": Fact(Kind.SAW, _("looked at allergies")),
    "patients.no_allergy_stated": Fact(Kind.CHANGED, _("asked for allergies: none known")),
    "patients.allergy_refuted": Fact(Kind.CHANGED, _("refuted an allergy")),
    "patients.police_informed": Fact(Kind.CHANGED, _("wrote down that the police were told")),
    "patients.card_printed": Fact(Kind.PRINTED, _("printed a patient's card")),
    "patients.labels_printed": Fact(Kind.PRINTED, _("printed a patient's labels")),
    "patients.identifier_added": Fact(Kind.CHANGED, _("added another number of a patient")),
    "patients.identifier_ended": Fact(Kind.CHANGED, _("ended a number of a patient")),
}
CHART_OPENED = "patients.glass_broken"
GLASS = sorted(name for name, fact in FACTS.items() if fact.kind == Kind.GLASS)

# What a fact's detail holds, in words; what is not here is shown as it is written.
LABELS: dict[str, Any] = {
    "address": _("from the address"),
    "alone": _("alone"),
    "amount": _("amount"),
    "begins": _("from"),
    "count": _("how many"),
    "difference": _("difference"),
    "ends": _("until"),
    "matched": _("matched"),
    "report": _("report"),
    "shifts": _("shifts"),
    "broken": _("not as sealed"),
    "by": _("found by"),
    "copy": _("copy"),
    "cover": _("scheme granted"),
    "decided_at": _("decided"),
    "department": _("department"),
    "facility": _("hospital"),
    "fields": _("fields"),
    "follow_up": _("follow-up"),
    "form": _("form"),
    "found": _("found"),
    "from": _("from"),
    "how": _("how it is known"),
    "left": _("left"),
    "seen": _("seen"),
    "times_called": _("times called"),
    "visits": _("visits"),
    "was": _("before"),
    "is_billed": _("on a bill"),
    "kind": _("searched by"),
    "kinds": _("kind"),
    "mode": _("paid by"),
    "number": _("token"),
    "permission": _("permission"),
    "person": _("person"),
    "priority": _("how urgent"),
    "reason": _("reason"),
    "role": _("role"),
    "rows": _("rows"),
    "faults": _("faults"),
    "sha256": _("SHA-256"),
    "uncharged": _("without a price"),
    "until": _("until"),
    "urgent": _("urgent"),
    "verdict": _("verdict"),
    "why": _("why"),
}
WHY: dict[str, Any] = {
    "no_posting": _("no posting today"),
    "password": _("wrong password"),
    "too_many": _("too many tries"),
}


# Fields of tracked rows whose model gives them no words.
FIELDS: dict[str, Any] = {
    "approved_by": _("approved by"),
    "bed": _("bed"),
    "birth_precision": _("how much of the birth date is known"),
    "block": _("block"),
    "cancelled_by": _("cancelled by"),
    "charge_item": _("charge"),
    "cover": _("scheme granted"),
    "decided_at": _("decided"),
    "department": _("department"),
    "district": _("district"),
    "doctor": _("doctor"),
    "encounter": _("visit"),
    "ended_at": _("ended"),
    "entered_by": _("entered by"),
    "facility": _("hospital"),
    "follows": _("follow-up"),
    "given_by": _("given by"),
    "invoice": _("bill"),
    "left_at": _("left at"),
    "marked_by": _("marked by"),
    "members": _("results that it gives"),
    "opened_at": _("opened"),
    "ordered_on": _("day of the order"),
    "patient": _("patient"),
    "position": _("place in the list"),
    "probably_same_as": _("probably the same as"),
    "registered_at": _("registered"),
    "repeat": _("once more that day"),
    "requester": _("ordered by"),
    "room": _("room"),
    "scheme": _("scheme"),
    "settled_at": _("paid by the scheme"),
    "state": _("state"),
    "submitted_at": _("sent"),
    "test": _("test"),
    "triaged_by": _("triage by"),
    "user": _("person"),
    "ward": _("ward"),
    "words": _("what it is also called"),
}


def field_words(field: Any) -> str:
    """What a field of a row is called on the screen."""
    return str(FIELDS.get(field.name, field.verbose_name))


def kind_of(name: str) -> Kind:
    """The sort of a fact; one that has no words yet is a change, so that it is never passed over."""
    return FACTS[name].kind if name in FACTS else Kind.CHANGED


def names_of(kind: str) -> list[str]:
    """The facts of this sort."""
    return [name for name, fact in FACTS.items() if fact.kind == kind]


def sentence(name: str) -> str:
    """What was done, to be read after the person's name."""
    return str(FACTS[name].sentence) if name in FACTS else name
