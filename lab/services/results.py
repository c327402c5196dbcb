"""Results: entered, verified by one, authorised by another; held, repeated, amended in versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.queries import one_person_suffices
from facilities.roles import Role
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed, among
from hmis.kernel.edits import refuse_changed
from hmis.kernel.errors import Refusal, at_field, sentences
from hmis.kernel.rows import write
from hmis.kernel.templatetags.ui import clock
from hmis.kernel.transitions import move
from hmis.kernel.units import unit_shown
from lab import formulas, queries, ranges, reporting
from lab.choices import shown
from lab.models import AnalyteDefinition, DiagnosticReport, ResultLine, ServiceRequest
from lab.queries import confidential
from lab.queries.catalogue import Analyte, Analytes, analytes_at
from lab.ranges import Subject, Unreadable, Value
from lab.services.imaging import Findings, refuse_foetal_sex, refuse_others_work, tell
from lab.services.specimens import AFTER_VERIFYING, clear_verifying, do_anew, refuse_authorised
from lab.states import (
    CRITICAL_FLAGS,
    IN_HAND,
    ORDER_MOVES,
    Flag,
    HoldReason,
    OrderStatus,
    Pregnancy,
    ResultOrigin,
    ValueType,
)
from patients import services as patients
from patients.identifiers import refuse_aadhaar

MOST_AT_ONCE = 1000
CHANGED = (
    "value",
    "number",
    "unit",
    "flag",
    "low",
    "high",
    "text_range",
    "is_approved",
    "is_confirmed",
    "delta",
    "origin",
    "comment",
    "specimen",
    "effective_at",
    "entered_by",
    "entered_at",
    "critical_at",
)


@dataclass(frozen=True)
class Entry:
    """One value as it was typed or sent. `rev`: of the line as it was seen; None: there was none.

    `comment`: None leaves the one that stands. `is_confirmed`: whoever typed it was asked, and means it.
    """

    order_id: UUID
    analyte_code: str
    value: str
    rev: int | None = None
    comment: str | None = None
    is_confirmed: bool = False


@dataclass
class Entered:
    """What became of the entries: the lines that changed, and why the others were refused.

    Those in `asked` are taken once they are confirmed.
    """

    lines: list[ResultLine] = field(default_factory=list)
    refused: dict[tuple[UUID, str], str] = field(default_factory=dict)
    asked: set[tuple[UUID, str]] = field(default_factory=set)


class Doubtful(Refusal):
    """This number is hardly meant: whoever means it says so."""

    def __init__(self, value: Value, row: AnalyteDefinition, doubt: ranges.Doubt) -> None:
        said = {"value": value.as_typed, "unit": unit_shown(row.unit), "meant": doubt.meant}
        message = _("%(value)s %(unit)s: more than 100 times what is usual. Is it so?")
        if row.unit.startswith("10*"):
            message = _("%(value)s %(unit)s? Look at the unit once more.")
        if doubt.meant is not None:
            message = _("%(value)s %(unit)s? Did you mean %(meant)s %(unit)s?")
        super().__init__(message, field="is_confirmed", **said)


# ── Entering ──


@act
def enter_results(
    *,
    entries: Sequence[Entry],
    origin: ResultOrigin = ResultOrigin.TYPED,
    actor: Any,
    at: datetime,
) -> Entered:
    """Enter values of one order or of many; what depends on them is calculated, what did not change stays.

    Each entry stands for itself: one that is refused (no value of its kind, somebody else entered another
    meanwhile, not received yet, verified already) holds up no other. Entered twice, a value is entered once.
    What is typed and hardly meant (`ranges.doubt_about`) is taken once it is confirmed.
    """
    if len(entries) > MOST_AT_ONCE:
        raise Refusal(_("At most %(most)s results at once."), most=MOST_AT_ONCE)
    done = Entered()
    by_order: dict[UUID, list[Entry]] = {}
    for entry in entries:
        by_order.setdefault(entry.order_id, []).append(entry)
    held = _held_orders(list(by_order))
    # An analyser enters in nobody's name.
    orders = [one for one in held if actor is None or confidential.does_the_work(actor, one)]
    lines = _lines_of(orders)
    found = {order.pk for order in orders}
    for entry in entries:
        if entry.order_id not in found:
            done.refused[entry.order_id, entry.analyte_code] = str(_("There is no such order here."))
    sheets = [_Sheet(order, lines.get(order.pk, {}), origin=origin, actor=actor, at=at) for order in orders]
    for sheet in sheets:
        _put(sheet, by_order[sheet.order.pk], done)
        sheet.calculate()
    _say_deltas([line for sheet in sheets for line in sheet.changed.values()], orders)
    _write_sheets(sheets)
    for sheet in sheets:
        if sheet.changed:
            done.lines += sheet.changed.values()
            _record_entered(sheet, origin=origin, actor=actor, at=at)
    return done


@Composed
def _held_orders(ids: list[UUID]) -> QuerySet[ServiceRequest]:
    held = ServiceRequest.objects.locked().filter(pk__in=among(ids))
    return held.select_related("test", "patient", "specimen", "facility")


def _put(sheet: "_Sheet", entries: Sequence[Entry], done: Entered) -> None:
    """The entries of one order, each by itself."""
    for entry in entries:
        at = entry.order_id, entry.analyte_code
        try:
            sheet.put(entry)
        except Refusal as refusal:
            done.refused[at] = str(refusal)
            if isinstance(refusal, Doubtful):
                done.asked.add(at)


def _lines_of(orders: Sequence[ServiceRequest]) -> dict[UUID, dict[str, ResultLine]]:
    """{order: {analyte: line}} of these orders, which are locked: nobody writes their lines meanwhile."""
    found: dict[UUID, dict[str, ResultLine]] = {}
    for line in _lines_in([one.pk for one in orders]):
        found.setdefault(line.order_id, {})[line.analyte.code] = line
    return found


@Composed
def _lines_in(orders: list[UUID]) -> QuerySet[ResultLine]:
    return ResultLine.objects.filter(order__in=among(orders)).select_related("analyte", "entered_by")


class _Sheet:
    """One order while values are put into it."""

    def __init__(
        self,
        order: ServiceRequest,
        lines: dict[str, ResultLine],
        *,
        origin: ResultOrigin,
        actor: Any,
        at: datetime,
    ) -> None:
        self.order, self.lines, self.origin, self.actor, self.at = order, lines, origin, actor, at
        self.analytes: Analytes = analytes_at(order.facility_id)
        self.subject = subject_of(order)
        self.changed: dict[str, ResultLine] = {}
        self.new: list[ResultLine] = []

    def put(self, entry: Entry) -> None:
        """One value, if it may be put there. Raises Refusal."""
        self._refuse_closed()
        analyte = self.analytes.by_code.get(entry.analyte_code)
        if analyte is None or entry.analyte_code not in self.order.test.members:
            raise Refusal(_("%(code)s is no result of this test."), code=entry.analyte_code)
        line = self.lines.get(entry.analyte_code)
        value = read(entry.value, analyte.row) if entry.value.strip() else None
        comment = None if entry.comment is None else _fit(entry.comment)
        refuse_foetal_sex(self.order.test, value=entry.value, comment=comment or "")
        text = value.text if value else ""
        if line is not None and line.value == text and comment in (None, line.comment):
            return
        self._refuse_stale(entry, line)
        if line is None and value is None and not comment:
            return
        is_confirmed = self._is_confirmed(entry, analyte, value, line)
        self._set(analyte, value, self.origin, comment=comment, is_confirmed=is_confirmed)

    def _is_confirmed(
        self, entry: Entry, analyte: Analyte, value: Value | None, line: ResultLine | None
    ) -> bool:
        """Whether a value was asked about and is meant. Refuses one that is to be asked about."""
        if self.origin != ResultOrigin.TYPED or value is None:
            return False
        if line is not None and line.value == value.text:
            return line.is_confirmed
        row = analyte.row
        low, high = _usual(analyte, self.subject)
        doubt = ranges.doubt_about(value, unit=row.unit, low=low, high=high, decimals=row.decimals)
        if doubt and not entry.is_confirmed:
            raise Doubtful(value, row, doubt)
        return doubt is not None

    def _refuse_closed(self) -> None:
        status = self.order.status
        if status in (OrderStatus.RECEIVED, OrderStatus.RESULTED):
            return
        if status in (OrderStatus.VERIFIED, OrderStatus.AUTHORISED):
            raise Refusal(
                _("%(test)s is %(status)s already: it is opened first."),
                test=self.order.test,
                status=self.order.get_status_display(),
            )
        if status == OrderStatus.CANCELLED:
            raise Refusal(_("%(test)s was cancelled."), test=self.order.test)
        raise Refusal(_("%(test)s: the specimen was not received yet."), test=self.order.test)

    def _refuse_stale(self, entry: Entry, line: ResultLine | None) -> None:
        if (line.rev if line else None) == entry.rev or (line and not line.value and entry.rev is None):
            return
        if line is None:
            raise Refusal(_("Somebody else changed this meanwhile. Look once more."))
        raise Refusal(
            _("%(by)s entered %(value)s at %(time)s meanwhile. Look once more."),
            by=line.entered_by or line.get_origin_display(),
            value=shown(line.value) or "—",
            time=clock(line.entered_at),
        )

    def _set(
        self,
        analyte: Analyte,
        value: Value | None,
        origin: ResultOrigin,
        *,
        comment: str | None = None,
        is_confirmed: bool = False,
    ) -> None:
        code = analyte.row.code
        line = self.lines.get(code)
        if line is None:
            line = self.lines[code] = ResultLine(
                facility_id=self.order.facility_id,
                patient_id=self.order.patient_id,
                order=self.order,
                analyte=analyte.row,
            )
            self.new.append(line)
        was = line.value
        fill(line, analyte, value, self.subject)
        line.origin, line.specimen_id, line.is_confirmed = origin, self.order.specimen_id, is_confirmed
        line.effective_at = effective_at(self.order) or self.at
        line.entered_by, line.entered_at = self.actor, self.at
        if comment is not None:
            line.comment = comment
        if line.is_critical():
            line.critical_at = line.critical_at if line.critical_at and was == line.value else self.at
        else:
            line.critical_at = None
        self.changed[code] = line

    def calculate(self) -> None:
        """What follows from the values that changed; nothing else is calculated anew."""
        if not self.changed:
            return
        moved = set(self.changed)
        for code in self.order.test.members:
            formula = formulas.FORMULAS.get(code)
            analyte = self.analytes.by_code.get(code)
            line = self.lines.get(code)
            # One that was put in by hand stays; one whose box was emptied is calculated again.
            is_given = code in self.changed and line is not None and bool(line.value)
            if formula is None or analyte is None or is_given:
                continue
            is_ours = line is None or line.origin == ResultOrigin.CALCULATED or not line.value
            if not is_ours or not moved.intersection([code, *formula.needs]):
                continue
            found = formulas.calculate(code, self._numbers(), self.subject)
            value = None
            if found is not None:
                number = ranges.rounded(found, analyte.row.decimals)
                value = Value(str(number), number)
            if (value.text if value else "") != (line.value if line else ""):
                self._set(analyte, value, ResultOrigin.CALCULATED)

    def _numbers(self) -> Mapping[str, Decimal]:
        """The plain numbers of the order: "<0.01" is nothing to calculate with."""
        values = {
            code: line.number
            for code, line in self.lines.items()
            if line.number is not None and line.value[:1] not in "<>≤≥"
        }
        isi = queries.settings_of(self.order.facility_id).isi if "INR" in self.order.test.members else None
        return values | ({"ISI": isi} if isi else {})


def subject_of(order: ServiceRequest) -> Subject:
    """Whom the result is of: sex, and age and pregnancy when the specimen was taken."""
    patient, specimen = order.patient, order.specimen
    taken = effective_at(order)
    days = None
    if patient.birth_date and taken:
        days = max(0, (timezone.localdate(taken) - patient.birth_date).days)
    pregnancy = specimen.pregnancy if specimen else Pregnancy.ANY
    return Subject(patient.sex, days, pregnancy, timezone.localdate(taken) if taken else None)


def band_of(analyte: Analyte, subject: Subject) -> ranges.Band | None:
    """The range of this patient, to be shown beside the box."""
    return ranges.band_for(analyte.bands, subject)


def _usual(analyte: Analyte, subject: Subject) -> tuple[Decimal | None, Decimal | None]:
    """Where the range of this patient begins and ends; of unknown age, the widest that anybody's does."""
    band = band_of(analyte, subject)
    bands = [band] if band else analyte.bands
    lows = [one.low for one in bands if one.low is not None]
    highs = [one.high for one in bands if one.high is not None]
    return min(lows, default=None), max(highs, default=None)


def effective_at(order: ServiceRequest) -> datetime | None:
    """When the specimen was taken; of an examination, when it was ordered."""
    return order.specimen.collected_at if order.specimen else order.ordered_at


def read(text: str, row: AnalyteDefinition) -> Value:
    """A value of this analyte. Raises Refusal in words for the box."""
    kind = row.value_type
    try:
        refuse_aadhaar(text)
        return ranges.read_value(text, value_type=kind, decimals=row.decimals, choices=row.choices)
    except ValidationError as error:
        raise Refusal(sentences(error)) from error
    except Unreadable as error:
        if kind == ValueType.NUMBER:
            raise Refusal(_("%(name)s is a number: 7.2, <0.01."), name=row) from error
        raise Refusal(
            _("%(name)s is one of: %(choices)s."), name=row, choices=", ".join(map(shown, row.choices))
        ) from error


def _fit(comment: str) -> str:
    said = " ".join(comment.split())[:240]
    try:
        refuse_aadhaar(said)
    except ValidationError as error:
        raise Refusal(sentences(error)) from error
    return said


def fill(line: ResultLine, analyte: Analyte, value: Value | None, subject: Subject) -> None:
    """Put a value into a line with its flag and what it was held against; none: it is empty again."""
    row = analyte.row
    line.unit, line.delta = row.unit, ""
    if value is None:
        line.value, line.number, line.flag, line.is_confirmed = "", None, Flag.NONE, False
        line.low, line.high, line.text_range, line.is_approved = None, None, "", False
        return
    judged = ranges.judge(
        value,
        value_type=row.value_type,
        choices=row.choices,
        bands=analyte.bands,
        limits=analyte.limits,
        subject=subject,
    )
    line.value, line.number, line.flag = value.text, value.number, judged.flag
    line.low, line.high, line.text_range = judged.low, judged.high, judged.text
    line.is_approved = judged.is_approved


def _say_deltas(lines: Sequence[ResultLine], orders: Sequence[ServiceRequest]) -> None:
    """The change against the patient's last authorised result, where the hospital has a limit for it."""
    by_order = {order.pk: analytes_at(order.facility_id) for order in orders}
    asked = [
        line
        for line in lines
        if line.number is not None and by_order[line.order_id].by_code[line.analyte.code].deltas
    ]
    if not asked:
        return
    before = queries.last_results(asked)
    for line in asked:
        last = before.get((line.patient_id, line.analyte_id))
        if last and last.number is not None and line.number is not None:
            days = max(0, (line.effective_at - last.effective_at).days)
            deltas = by_order[line.order_id].by_code[line.analyte.code].deltas
            on = timezone.localdate(line.effective_at)
            rules = [one for one in deltas if ranges.holds(one.valid, on)]
            line.delta = ranges.delta_of(line.number, last.number, days, rules)


def _write_sheets(sheets: Sequence[_Sheet]) -> None:
    """All new lines in one journey, all changed ones in another."""
    write(*[line for sheet in sheets for line in sheet.new])
    new = {line.pk for sheet in sheets for line in sheet.new}
    old = [line for sheet in sheets for line in sheet.changed.values() if line.pk not in new]
    if old:
        ResultLine.objects.bulk_update(old, CHANGED, batch_size=500)
        revs = dict(ResultLine.objects.filter(pk__in=[one.pk for one in old]).values_list("pk", "rev"))
        for line in old:
            line.rev = revs[line.pk]


def _record_entered(sheet: _Sheet, *, origin: ResultOrigin, actor: Any, at: datetime) -> None:
    order = sheet.order
    if order.status == OrderStatus.RECEIVED and any(line.value for line in sheet.lines.values()):
        move(order, to=OrderStatus.RESULTED, allowed=ORDER_MOVES)
    critical = sum(line.flag in CRITICAL_FLAGS for line in sheet.changed.values())
    facts.record(
        "lab.results_entered",
        about=order,
        actor=actor,
        at=at,
        patient_id=order.patient_id,
        facility_id=order.facility_id,
        lines=len(sheet.changed),
        critical=critical,
        origin=origin,
    )


# ── Verifying and authorising ──


def _locked(order: ServiceRequest, actor: Any) -> ServiceRequest:
    """The order, locked. Refuses whose work it is not."""
    linked = ("test", "patient", "specimen", "facility", "verified_by", "requester", "encounter")
    held = lock(ServiceRequest, order.pk, *linked)
    refuse_others_work(held, actor)
    return held


def _record(name: str, order: ServiceRequest, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=order, actor=actor, at=at, patient_id=order.patient_id, **detail)


@act
def verify_results(
    *,
    order: ServiceRequest,
    seen: str,
    is_partial: bool = False,
    request_key: UUID | None = None,
    actor: Any,
    at: datetime,
) -> ServiceRequest:
    """Say that an order's values are as measured. `seen` is what was on the screen (`reporting.seal_of`).

    Refuses what changed meanwhile, what has no value, and missing values unless that is meant (`is_partial`).
    Verified twice, it is verified once.
    """
    said = [order.pk, seen, is_partial]
    was_sent = requests.was_sent(request_key, "lab.verify_results", actor=actor, body=said)
    held = _locked(order, actor)
    if was_sent or (held.status == OrderStatus.VERIFIED and held.verified_by_id == actor.pk):
        return held
    lines = queries.lines_of(held)
    _refuse_changed(held, lines, seen)
    if held.status == OrderStatus.RECEIVED or not any(line.value for line in lines):
        raise Refusal(_("%(test)s has no result yet."), test=held.test)
    missing = [str(one) for one in queries.missing_of(held, lines)]
    if missing and not is_partial:
        raise Refusal(_("Without a result: %(names)s. Report without them?"), names=", ".join(missing))
    _verified(held, actor=actor, at=at)
    return held


def _verified(held: ServiceRequest, *, actor: Any, at: datetime) -> None:
    held.verified_by, held.verified_at = actor, at
    move(held, to=OrderStatus.VERIFIED, allowed=ORDER_MOVES, also=["verified_by", "verified_at"])
    _record("lab.results_verified", held, actor=actor, at=at)


def _refuse_changed(order: ServiceRequest, lines: Sequence[ResultLine], seen: str) -> None:
    refuse_changed(reporting.seal_of(order, lines), seen, _("A result changed meanwhile. Look once more."))


@act
def authorise_report(
    *,
    order: ServiceRequest,
    seen: str,
    alone_note: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> DiagnosticReport:
    """Authorise what another has verified: the report is frozen, and is on the chart at once.

    Refuses the person who verified it (imaging they may, and in small-facility mode with a note), what is
    held, what changed meanwhile, an analyte whose control is out, imaging by a pathologist, tests by a
    radiologist.
    """
    body = [order.pk, seen, alone_note]
    report_id, was_sent = requests.claim(request_key, "lab.authorise_report", actor=actor, body=body)
    if was_sent:
        return DiagnosticReport.objects.get(pk=report_id)
    _refuse_unfit(order, actor)
    held = _locked(order, actor)
    if held.status != OrderStatus.VERIFIED:
        raise Refusal(_("%(test)s is %(status)s."), test=held.test, status=held.get_status_display())
    if held.verified_by_id == actor.pk and not held.test.is_imaging:
        _refuse_alone(held, alone_note, actor)
    lines = queries.lines_of(held)
    _refuse_changed(held, lines, seen)
    return _authorised(held, lines, report_id, alone_note=alone_note, actor=actor, at=at)


@act
def sign_findings(
    *, order: ServiceRequest, told: Findings, request_key: UUID, actor: Any, at: datetime
) -> DiagnosticReport:
    """Write what an examination has shown and sign it: verified and authorised by the radiologist who says it
    (docs/adr/0407). Refuses what writing and authorising refuse.
    """
    body = [order.pk, told.said()]
    report_id, was_sent = requests.claim(request_key, "lab.sign_findings", actor=actor, body=body)
    if was_sent:
        return DiagnosticReport.objects.get(pk=report_id)
    _refuse_unfit(order, actor)
    patients.lock_encounters([order.encounter_id])  # what is asked back meanwhile is not examined
    held = _locked(order, actor)
    tell(held, told, actor=actor, at=at)
    _verified(held, actor=actor, at=at)
    return _authorised(held, queries.lines_of(held), report_id, alone_note="", actor=actor, at=at)


def _refuse_alone(held: ServiceRequest, alone_note: str, actor: Any) -> None:
    """Who verified a test authorises it in a small facility only, and says why."""
    if not one_person_suffices(held.facility):
        raise Refusal(
            _("You have verified this; another pathologist authorises it: %(names)s."),
            names=", ".join(queries.others_who_authorise(actor)) or _("nobody else is here"),
        )
    if not alone_note:
        raise Refusal(_("Say why you do both."), field="alone_note")


def _authorised(
    held: ServiceRequest,
    lines: Sequence[ResultLine],
    report_id: UUID,
    *,
    alone_note: str,
    actor: Any,
    at: datetime,
) -> DiagnosticReport:
    """The part of an act that freezes a verified order, which is locked, as its next report."""
    if held.held_at:
        raise Refusal(_("It is held: %(why)s. Release it first."), why=held.get_hold_reason_display())
    _refuse_controls(held, lines)
    alone = held.verified_by_id == actor.pk
    by_one = alone and held.test.is_imaging
    before = held.reports.order_by("-version").first()
    content = reporting.content_of(held, lines)
    report = DiagnosticReport(
        id=report_id,
        facility_id=held.facility_id,
        patient_id=held.patient_id,
        order=held,
        version=before.version + 1 if before else 1,
        content=content,
        changes=reporting.changes_of(before.content, content) if before else [],
        reason=held.reopen_reason if before else "",
        verified_by=held.verified_by,
        verified_at=held.verified_at or at,
        authorised_by=actor,
        authorised_at=at,
        alone_note=alone_note if alone and not by_one else "",
        is_signed_by_one=by_one,
    )
    write(report)
    held.authorised_at, held.reopen_reason, held.reopened_at = at, "", None
    also = ["authorised_at", "reopen_reason", "reopened_at"]
    move(held, to=OrderStatus.AUTHORISED, allowed=ORDER_MOVES, also=also)
    facts.record(
        "lab.report_authorised",
        about=report,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        version=report.version,
        alone=alone,
    )
    return report


def _refuse_unfit(order: ServiceRequest, actor: Any) -> None:
    """Imaging is the radiologist's, tests are the pathologist's."""
    role = Role.RADIOLOGIST if order.test.is_imaging else Role.PATHOLOGIST
    if actor.posting.role != role:
        raise Refusal(_("A %(role)s authorises this."), role=role.label)


def _refuse_controls(order: ServiceRequest, lines: Sequence[ResultLine]) -> None:
    blocked = queries.blocked_analytes(order.facility_id)
    names = [str(line.analyte) for line in lines if line.value and line.analyte.code in blocked]
    if names:
        raise Refusal(_("The control of %(names)s is out. Answer it first."), names=", ".join(names))


# ── Held, sent back, amended, commented ──


@act
def hold_result(
    *, order: ServiceRequest, reason: HoldReason, note: str = "", actor: Any, at: datetime
) -> ServiceRequest:
    """Keep a result from being authorised, with the reason. Held twice, the first reason stands."""
    held = _locked(order, actor)
    if held.status not in (OrderStatus.RESULTED, OrderStatus.VERIFIED):
        raise Refusal(_("%(test)s is %(status)s."), test=held.test, status=held.get_status_display())
    if held.held_at:
        return held
    if reason == HoldReason.OTHER and not note:
        raise Refusal(_("Say why in words."), field="note")
    held.held_by, held.held_at, held.hold_reason, held.hold_note = actor, at, reason, _fit(note)[:120]
    held.save(update_fields=["held_by", "held_at", "hold_reason", "hold_note"])
    _record("lab.result_held", held, actor=actor, at=at, reason=reason)
    return held


@act
def release_result(*, order: ServiceRequest, actor: Any, at: datetime) -> ServiceRequest:
    """What was held may be authorised again."""
    held = _locked(order, actor)
    if held.held_at:
        held.held_by = held.held_at = None
        held.hold_reason = held.hold_note = ""
        held.save(update_fields=["held_by", "held_at", "hold_reason", "hold_note"])
        _record("lab.result_released", held, actor=actor, at=at)
    return held


@act
def repeat_result(
    *, order: ServiceRequest, reason: str, request_key: UUID, actor: Any, at: datetime
) -> ServiceRequest:
    """Send a verified result back: it is to be measured once more. Its values stay until others come."""
    said = _fit(reason)[:160]
    seen = requests.was_sent(request_key, "lab.repeat_result", actor=actor, body=[order.pk, said])
    held = _locked(order, actor)
    if not seen:
        _reopen(held, said, when=OrderStatus.VERIFIED)
        _record("lab.result_sent_back", held, actor=actor, at=at)
    return held


@act
def reopen_report(
    *, order: ServiceRequest, reason: str, request_key: UUID, actor: Any, at: datetime
) -> ServiceRequest:
    """Open an authorised result to amend it. Its report stays, but is not to be used: the next version says
    what changed."""
    _refuse_unfit(order, actor)
    said = _fit(reason)[:160]
    seen = requests.was_sent(request_key, "lab.reopen_report", actor=actor, body=[order.pk, said])
    held = _locked(order, actor)
    if not seen:
        held.reopened_at = at
        _reopen(held, said, when=OrderStatus.AUTHORISED)
        _record("lab.report_reopened", held, actor=actor, at=at)
    return held


def _reopen(held: ServiceRequest, reason: str, *, when: OrderStatus) -> None:
    """A locked order takes values again, and says why. Refuses another state, and no reason."""
    if held.status != when:
        raise Refusal(_("%(test)s is %(status)s."), test=held.test, status=held.get_status_display())
    _say_why(held, reason)
    clear_verifying(held)
    held.authorised_at = None
    move(
        held,
        to=OrderStatus.RESULTED,
        allowed=ORDER_MOVES,
        also=[*AFTER_VERIFYING, "reopen_reason", "reopened_at", "authorised_at"],
    )


def _say_why(held: ServiceRequest, reason: str) -> None:
    """Keep why it is opened or made anew. Refuses no reason."""
    if not reason:
        raise Refusal(_("Say why."), field="reason")
    refuse_foetal_sex(held.test, reason=reason)
    held.reopen_reason = reason


@act
def reject_examination(
    *, order: ServiceRequest, reason: str, request_key: UUID, actor: Any, at: datetime
) -> ServiceRequest:
    """Imaging of somebody else, or of no use, is taken back as what came from a rejected specimen is: the
    order waits to be examined anew, or is cancelled, and then its report is withdrawn.

    Refuses what is no imaging, what was not examined, and what was authorised from it: that is amended.
    """
    said = _fit(reason)[:160]
    seen = requests.was_sent(request_key, "lab.reject_examination", actor=actor, body=[order.pk, said])
    held = _locked(order, actor)
    if seen:
        return held
    if not held.test.is_imaging:
        raise Refusal(_("%(test)s is not an imaging examination."), test=held.test)
    refuse_authorised([held])
    if held.status not in IN_HAND:
        raise Refusal(_("%(test)s is %(status)s."), test=held.test, status=held.get_status_display())
    _say_why(held, said)
    do_anew([held], also=["reopen_reason"])
    _record("lab.examination_rejected", held, actor=actor, at=at)
    return held


@act
def comment_on_result(
    *, order: ServiceRequest, comment: str, base: str, actor: Any, at: datetime
) -> ServiceRequest:
    """The laboratory's comment on the whole, printed below the results.

    `base` is the comment that it was written from. Refuses what is authorised, and where somebody else wrote
    another meanwhile.
    """
    held = _locked(order, actor)
    if held.status not in (OrderStatus.RECEIVED, OrderStatus.RESULTED, OrderStatus.VERIFIED):
        raise Refusal(_("%(test)s is %(status)s."), test=held.test, status=held.get_status_display())
    with at_field("comment"):
        refuse_aadhaar(comment)
    said = comment.strip()[:500]
    refuse_foetal_sex(held.test, comment=said)
    if held.comment != said:
        if held.comment.split() != base.split():  # a box sends its ends of lines otherwise
            raise Refusal(
                _("Meanwhile somebody else wrote: “%(comment)s”. Open it again."),
                field="comment",
                comment=held.comment or "—",
            )
        held.comment = said
        held.save(update_fields=["comment"])
        _record("lab.result_commented", held, actor=actor, at=at)
    return held
