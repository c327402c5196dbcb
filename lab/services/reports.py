"""Reports are read, printed, and handed out at a counter to whom they belong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, pdf, requests, throttling
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from lab.documents.reports import issue_report, report_words, says_the_same
from lab.models import DiagnosticReport, ServiceRequest, Specimen
from lab.queries import confidential, reports
from lab.states import Proof
from patients import services as patients
from patients.models import Patient
from patients.queries import bearer_here

# What only a copy says anew: that a version was replaced since, and when it was printed.
OF_A_COPY = ("sections", "is_replaced", "at")
# Wrong digits for one patient, and by one person, within the time of `LOGIN_WINDOW_SECONDS`.
GUESSES_OF_A_PATIENT, GUESSES_OF_A_PERSON = 5, 20


# ── Looking ──


@act
def note_results_seen(*, patient: Patient, actor: Any, at: datetime) -> None:
    """Write down that somebody read a patient's results."""
    facts.record("lab.results_viewed", about=patient, actor=actor, at=at, patient_id=patient.pk)


@act
def note_report_seen(*, report: DiagnosticReport, actor: Any, at: datetime) -> None:
    """Write down that somebody read one report."""
    facts.record(
        "lab.report_viewed",
        about=report,
        actor=actor,
        at=at,
        patient_id=report.patient_id,
        version=report.version,
    )


# ── Printing ──


@act
def print_reports(
    *, report: DiagnosticReport, whole: bool = False, request_key: UUID, actor: Any, at: datetime
) -> IssuedDocument:
    """The paper of a report, or (`whole`) of all that is authorised of its slip and this person may read.

    A confidential test is printed by itself alone: the sheet of the others is shown about.
    The same again is a DUPLICATE; one that was replaced since says so on its copy. Refuses whom its results
    are not for, and what is being amended or was withdrawn.
    """
    body = [report.pk, whole]
    paper_id, seen = requests.claim(request_key, "lab.print_reports", actor=actor, body=body)
    if seen:
        return IssuedDocument.objects.get(pk=paper_id)
    patients.lock_encounter(report.order.encounter)
    if not confidential.may_read(actor, report.order, at):
        raise Refusal(_("These results are for those who treat the patient."))
    if not report.is_valid():
        raise Refusal(_("This report is %(standing)s: it cannot be printed."), standing=report.standing.label)
    printed = [report]
    if whole and confidential.is_named_openly(report.order.test):
        of_slip = reports.reports_of_slip(report.order.slip_number, report.facility_id)
        read = confidential.readable(of_slip, actor, report.patient_id, at)
        printed = [one for one in read if confidential.is_named_openly(one.order.test)] or printed
    paper, is_new = _paper_of(printed, paper_id, actor=actor, at=at)
    facts.record(
        "lab.report_printed",
        about=report,
        actor=actor,
        at=at,
        patient_id=report.patient_id,
        new=[paper] if is_new else [],
        count=len(printed),
        version=report.version,
        copy=paper.copy,
    )
    return paper


def _paper_of(
    printed: Sequence[DiagnosticReport], paper_id: UUID, *, actor: Any, at: datetime
) -> tuple[IssuedDocument, bool]:
    """(the paper, whether its row is still to be written): the original, or a copy of it."""
    first = printed[0]
    codes = {
        line["code"] for one in printed for line in one.content["lines"] if line["value_type"] == "number"
    }
    trends = reports.trends_of(
        first.patient_id,
        codes,
        until=max(reports.taken_at(one) for one in printed),
        facility_id=first.facility_id,
        without=_hidden_from(printed),
    )
    newest = dict(
        DiagnosticReport.objects.filter(order__in={one.order_id for one in printed})
        .values_list("order")
        .annotate(last=Max("version"))
    )
    versions = [f"{one.order_id}/{one.version}" for one in printed]
    before = _printed_before(first, versions)
    if before is None:
        paper = issue_report(printed, trends=trends, newest=newest, actor=actor, at=at)
        paper.pk = paper_id
        return paper, True
    words = report_words(printed, trends=trends, newest=newest, check_key=before.check_key, at=at)
    anew = {} if says_the_same(before, words) else {name: words[name] for name in OF_A_COPY}
    return pdf.reprint(before, actor=actor, at=at, copy_id=paper_id, context=anew), False


def _hidden_from(printed: Sequence[DiagnosticReport]) -> set[UUID]:
    """Confidential orders that are not on this paper themselves: their values enter no trend of it."""
    of_patient = ServiceRequest.objects.filter(patient=printed[0].patient_id)
    hidden = of_patient.filter(confidential.confidential()).values_list("pk", flat=True)
    return set(hidden) - {one.order_id for one in printed}


def _printed_before(first: DiagnosticReport, versions: list[str]) -> IssuedDocument | None:
    originals = pdf.originals(first.pk).filter(template=reports.REPORT)
    newest_first = originals.order_by("-issued_at", "-pk")
    return next((one for one in newest_first if one.context["versions"] == versions), None)


# ── At the counter ──


@dataclass(frozen=True)
class Handing:
    """What the counter asks for: what was scanned, by what it is known whose it is, and the digits."""

    words: str
    proof: Proof
    digits: str = ""


@dataclass(frozen=True)
class ToHandOut:
    """Whose reports these are, and what may go over the counter of each slip."""

    patient: Patient
    slips: dict[str, list[DiagnosticReport]]

    @property
    def ready(self) -> set[str]:
        """The slips of which something may be given."""
        return {number for number, held in self.slips.items() if any(one.is_valid() for one in held)}


def find_to_hand_out(*, asked: Handing, actor: Any, at: datetime) -> ToHandOut:
    """The reports that the counter may give to whoever stands there (docs/adr/0361).

    The paper slip is its own proof; without it the last four digits of the phone on file are asked. Refuses
    what is not known, wrong digits, and after some of them everything for a while. Confidential reports are
    not among them, and nothing says that there are any.
    """
    patient, slip = _whose(asked.words, actor)
    if asked.proof == Proof.SLIP and not slip:
        raise Refusal(_("Scan the slip itself, or ask for the digits of the phone."), field="words")
    if asked.proof == Proof.PHONE:
        _refuse_wrong_digits(patient, asked.digits, actor=actor, at=at)
    if patient is None:
        raise Refusal(_("Nothing here has this number."), field="words")
    held = reports.slips_to_hand_out(reports.to_hand_out(patient, actor.posting.facility_id, at))
    if slip:
        held = {number: of_it for number, of_it in held.items() if number == slip}
    return ToHandOut(patient, held)


def _whose(words: str, actor: Any) -> tuple[Patient | None, str]:
    """(patient, slip) of a slip's number, an accession number or a UHID at this hospital."""
    number = "".join(words.split()).upper()
    orders = ServiceRequest.objects.visible_to(actor).select_related("patient")
    if "/S" in number:
        order = orders.filter(slip_number=number).first()
        return (order.patient, number) if order else (None, number)
    specimen = Specimen.objects.visible_to(actor).filter(accession_number=number).select_related("patient")
    if found := specimen.first():
        return found.patient, ""
    return bearer_here(words, actor), ""


def _refuse_wrong_digits(patient: Patient | None, digits: str, *, actor: Any, at: datetime) -> None:
    """Four digits have ten thousand faces: guessing ends early, for a patient and for a person."""
    window = settings.LOGIN_WINDOW_SECONDS
    buckets = [("handing_out", str(actor.pk), GUESSES_OF_A_PERSON)]
    if patient:
        buckets.append(("handing_out_of", str(patient.pk), GUESSES_OF_A_PATIENT))
    if any(throttling.count(name, of, window=window, weight=0) >= most for name, of, most in buckets):
        raise Refusal(
            _("Too many wrong digits. Only with the slip, for a quarter of an hour."), field="digits"
        )
    if patient and len(digits) == 4 and patient.phone[-4:] == digits:
        return
    for name, of, _most in buckets:
        throttling.count(name, of, window=window)
    _note_refused(patient, actor=actor, at=at)
    raise Refusal(_("These are not the last digits of the phone on file."), field="digits")


@act
def _note_refused(patient: Patient | None, *, actor: Any, at: datetime) -> None:
    facts.record(
        "lab.hand_out_refused",
        about=patient or actor,
        actor=actor,
        at=at,
        patient_id=patient.pk if patient else None,
    )


@act
def hand_out(*, asked: Handing, slip: str, request_key: UUID, actor: Any, at: datetime) -> IssuedDocument:
    """Print one slip's reports for whoever has shown that they are theirs; by what, the audit keeps.

    `asked` was looked through by `find_to_hand_out`, whose answer has this slip. Refuses what is not ready.
    """
    body = [slip, asked.proof]
    paper_id, seen = requests.claim(request_key, "lab.hand_out", actor=actor, body=body)
    if seen:
        return IssuedDocument.objects.get(pk=paper_id)
    held = reports.reports_of_slip(slip, actor.posting.facility_id)
    printed = list(confidential.open_results(held, "order"))
    if not printed:
        raise Refusal(_("Nothing of this slip is ready to be handed out."))
    first = printed[0]
    patients.lock_encounter(first.order.encounter)
    paper, is_new = _paper_of(printed, paper_id, actor=actor, at=at)
    facts.record(
        "lab.reports_handed_out",
        about=first,
        actor=actor,
        at=at,
        patient_id=first.patient_id,
        new=[paper] if is_new else [],
        proof=str(asked.proof),
        count=len(printed),
        copy=paper.copy,
    )
    return paper
