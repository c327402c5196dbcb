"""The technician's grid: values entered order by order, flagged at once, verified with one key."""

import re
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.queries import one_person_suffices
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from lab import permissions, queries, reporting, services
from lab.forms import AddOnForm, CommentForm, HoldForm, RepeatForm
from lab.formulas import FORMULAS
from lab.models import ResultLine, ServiceRequest
from lab.queries import confidential
from lab.services import Asking, Entry
from lab.states import IN_HAND, HoldReason, OrderStatus, Section
from patients.queries import withhold_names

TO_ENTER = (OrderStatus.RECEIVED, OrderStatus.RESULTED)
# A page of the grid: some 500 rows.
A_PAGE = 60
REV = re.compile(r"[0-9]{1,9}")
MOST_ROWS = 500


@requires(permissions.ENTER_RESULTS)
@require_GET
def worklist(request: HttpRequest) -> HttpResponseBase:
    """What a section has to measure: urgent first, a box for each result; a scan goes to its boxes."""
    section = request.GET.get("section", "")
    counts = queries.counts_of(request.user)
    own = [one for one in Section if (one == Section.IMAGING) == confidential.is_of_imaging(request.user)]
    if section not in own:
        section = _busiest(counts)
    number = request.GET.get("number", "").strip().upper()
    found = queries.in_hand(request.user, statuses=TO_ENTER, section="" if number else section)
    if number:
        found = found.filter(specimen__accession_number=number)
    orders = _within(list(found[:A_PAGE]))
    context = {
        "section": section,
        "sections": [
            (one, sum(counts.get(one.value, {}).get(status, 0) for status in TO_ENTER)) for one in own
        ],
        "sheets": sheets_of(request, orders),
        "number": number,
        "waiting": sum(counts.get(section, {}).get(status, 0) for status in TO_ENTER),
    }
    return render(request, "lab/worklist.html", context)


def _busiest(counts: dict[str, dict[str, int]]) -> str:
    busy = {name: sum(said.get(status, 0) for status in TO_ENTER) for name, said in counts.items()}
    return max(busy, key=lambda name: busy[name], default=Section.HAEMATOLOGY)


def _within(orders: list[ServiceRequest]) -> list[ServiceRequest]:
    """As many orders as make a page of the grid."""
    kept: list[ServiceRequest] = []
    rows = 0
    for order in orders:
        rows += len(order.test.members)
        if kept and rows > MOST_ROWS:
            break
        kept.append(order)
    return kept


def sheets_of(
    request: HttpRequest,
    orders: Sequence[ServiceRequest],
    *,
    refused: Any = None,
    typed: Any = None,
    asked: Collection[tuple[UUID, str]] = (),
) -> list[dict[str, Any]]:
    """Each order with its rows: analyte, value, range of this patient, last value; three reads for all.

    `refused`, `typed` and `asked` are what became of what was sent.
    """
    withhold_names(order.patient for order in orders)
    if not orders:
        return []
    analytes = queries.analytes_at(orders[0].facility_id)
    warning = _warning(request) if any(one.status in TO_ENTER for one in orders) else ""
    before = queries.last_of_patients(
        [one.patient_id for one in orders], {code for one in orders for code in one.test.members}, orders
    )
    return [
        {
            "order": order,
            "seal": reporting.seal_of(order, list(order.lines.all())),
            "rows": _rows(order, analytes, before, refused or {}, typed or {}, asked),
            "is_open": order.status in TO_ENTER,
            "warning": "" if order.test.is_imaging else warning,
        }
        for order in orders
    ]


def _warning(request: HttpRequest) -> str:
    """What stands beside "verify" for whoever could authorise: who has done the one does not do the other."""
    user = request.user
    if not user.may(permissions.AUTHORISE_REPORTS) or one_person_suffices(user.posting.facility):
        return ""
    if others := queries.others_who_authorise(user):
        said = ngettext(
            "The person who verifies cannot authorise: %(names)s will.",
            "The person who verifies cannot authorise: one of these will: %(names)s.",
            len(others),
        )
        return said % {"names": ", ".join(others)}
    return _("The person who verifies cannot authorise, and nobody else here can: leave it to a technician.")


def _rows(
    order: ServiceRequest,
    analytes: Any,
    before: Any,
    refused: Any,
    typed: Any,
    asked: Collection[tuple[UUID, str]],
) -> list[dict[str, Any]]:
    lines = {line.analyte.code: line for line in order.lines.all()}
    subject = services.subject_of(order)
    rows = []
    for analyte in analytes.of(order.test.members):
        code = analyte.row.code
        line: ResultLine | None = lines.get(code)
        rows.append(
            {
                "analyte": analyte.row,
                "line": line,
                "rev": line.rev if line else "",
                "value": typed.get(code, line.value if line else ""),
                "error": refused.get((order.pk, code), ""),
                "is_asked": (order.pk, code) in asked,
                "is_calculated": code in FORMULAS,
                "band": services.band_of(analyte, subject),
                "before": before.get((order.patient_id, analyte.row.pk)),
            }
        )
    return rows


def _order(request: HttpRequest, order_id: UUID) -> ServiceRequest:
    found = queries.order_at_work(order_id, request.user)
    if found is None:
        raise Http404
    return found


@requires(permissions.ENTER_RESULTS)
@require_POST
def result_new(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """Save the values of one order; with `verify` say too that they are as measured."""
    order = _order(request, order_id)
    entries, typed = _entries(order, request.POST)
    done = services.enter_results(entries=entries, actor=request.user, at=timezone.now())
    refused = dict(done.refused)
    error = ""
    if request.POST.get("verify") and not refused and request.user.may(permissions.VERIFY_RESULTS):
        error = _verified(request, order)
    order = _order(request, order_id)
    wrong = {code: value for code, value in typed.items() if (order.pk, code) in refused}
    (sheet,) = sheets_of(request, [order], refused=refused, typed=wrong, asked=done.asked)
    status = 422 if refused or error else 200
    if not request.headers.get("HX-Request") and status == 200:
        return go(request, "lab:worklist", query={"section": order.test.section})
    context = {"sheet": sheet, "error": error, "was_saved": True}
    page = "lab/_sheet.html" if request.headers.get("HX-Request") else "lab/sheet.html"
    return render(request, page, context, status=status)


def _entries(order: ServiceRequest, said: QueryDict) -> tuple[list[Entry], dict[str, str]]:
    """What was sent for this order; a box that was not sent is not touched."""
    entries: list[Entry] = []
    typed: dict[str, str] = {}
    for code in order.test.members:
        if f"v-{code}" in said:
            rev = said.get(f"r-{code}", "")
            value = typed[code] = said.get(f"v-{code}", "")[:4000]
            seen = int(rev) if REV.fullmatch(rev) else None
            # The tick bears the value that was asked about: it answers for no other.
            is_sure = bool(value) and said.get(f"sure-{code}") == value
            entries.append(Entry(order.pk, code, value, seen, is_confirmed=is_sure))
    return entries, typed


def _verified(request: HttpRequest, order: ServiceRequest) -> str:
    try:
        services.verify_results(
            order=order,
            seen=reporting.seal_of(order, queries.lines_of(order)),
            is_partial=request.POST.get("is_partial") == "on",
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        return str(refusal)
    return ""


# ── One order, and what else can be done with it ──


@requires(permissions.ENTER_RESULTS)
@require_http_methods(["GET", "POST"])
def result_detail(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """One order in the laboratory: held, sent back, commented, one test more, its versions."""
    order = _order(request, order_id)
    forms = {
        "hold": HoldForm(prefix="hold"),
        "repeat": RepeatForm(prefix="repeat"),
        "reject": RepeatForm(prefix="reject"),
        "comment": CommentForm(prefix="comment", initial={"comment": order.comment, "base": order.comment}),
        "add_on": AddOnForm(prefix="add_on"),
    }
    if request.method == "POST":
        what = request.POST.get("what", "")
        if what in ACTS:
            form = forms.get(what)
            bound = type(form)(request.POST, prefix=what) if form is not None else None
            if bound is not None:
                forms[what] = bound
            if bound is None or bound.is_valid():
                try:
                    ACTS[what](request, order, bound.cleaned_data if bound else {})
                except Refusal as refusal:
                    if bound is not None:
                        bound.say(refusal)
                else:
                    return go(request, "lab:result_detail", order.pk)
    (sheet,) = sheets_of(request, [order])
    context = {
        "sheet": sheet,
        "order": order,
        "forms": forms,
        "reports": list(order.reports.select_related("verified_by", "authorised_by").order_by("-version")),
        "may_hold": order.status in (OrderStatus.RESULTED, OrderStatus.VERIFIED),
        "may_comment": order.status in (*TO_ENTER, OrderStatus.VERIFIED),
        "may_repeat": order.status == OrderStatus.VERIFIED,
        "may_amend": order.status == OrderStatus.AUTHORISED
        and request.user.may(permissions.AUTHORISE_REPORTS),
        "may_reject_examination": order.test.is_imaging and order.status in IN_HAND,
    }
    return render(request, "lab/result_detail.html", context, status=422 if request.method == "POST" else 200)


def _hold(request: HttpRequest, order: ServiceRequest, said: dict[str, Any]) -> None:
    services.hold_result(
        order=order,
        reason=HoldReason(said["reason"]),
        note=said["note"],
        actor=request.user,
        at=timezone.now(),
    )


def _release(request: HttpRequest, order: ServiceRequest, _said: dict[str, Any]) -> None:
    services.release_result(order=order, actor=request.user, at=timezone.now())


def _repeat(request: HttpRequest, order: ServiceRequest, said: dict[str, Any]) -> None:
    if order.status == OrderStatus.AUTHORISED and not request.user.may(permissions.AUTHORISE_REPORTS):
        raise Refusal(_("Only those who authorise reports can open them."))
    again = services.reopen_report if order.status == OrderStatus.AUTHORISED else services.repeat_result
    again(
        order=order,
        reason=said["reason"],
        request_key=said["request_key"],
        actor=request.user,
        at=timezone.now(),
    )


def _reject(request: HttpRequest, order: ServiceRequest, said: dict[str, Any]) -> None:
    services.reject_examination(
        order=order,
        reason=said["reason"],
        request_key=said["request_key"],
        actor=request.user,
        at=timezone.now(),
    )


def _comment(request: HttpRequest, order: ServiceRequest, said: dict[str, Any]) -> None:
    services.comment_on_result(
        order=order, comment=said["comment"], base=said["base"], actor=request.user, at=timezone.now()
    )


def _add_on(request: HttpRequest, order: ServiceRequest, said: dict[str, Any]) -> None:
    if order.specimen is None:
        raise Refusal(_("There is no specimen for it."), field="test")
    found = [one for one in queries.tests_in_use() if one.code == said["test"].strip().upper()]
    if not found:
        catalogue = queries.catalogue_of(queries.tests_in_use())
        meant = catalogue.search(said["test"], most=2)
        found = [one for one in queries.tests_in_use() if meant and one.code == meant[0][0]]
    if not found:
        raise Refusal(_("No test matches this. Write it in another way."), field="test")
    services.add_on_test(
        specimen=order.specimen,
        test=found[0],
        asking=Asking(requester_name=order.ordered_by, consent=said["consent"]),
        request_key=said["request_key"],
        actor=request.user,
        at=timezone.now(),
    )


ACTS = {
    "hold": _hold,
    "release": _release,
    "repeat": _repeat,
    "reject": _reject,
    "comment": _comment,
    "add_on": _add_on,
}
