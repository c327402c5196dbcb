"""The auditor's screens: entries, what one of them changed, broken glass, exports, seals."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audit import permissions, queries, services
from audit.forms import ExportForm, FilterForm, ReviewForm
from audit.queries import Line, Place, Wanted
from audit.states import Verdict
from audit.words import GLASS
from billing.models import Invoice, Payment
from billing.permissions import VIEW_INVOICE
from hmis.kernel import pdf, seals
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.exports import CSV, as_csv, as_xlsx
from hmis.kernel.htmx import go
from hmis.kernel.models import AuditEntry, AuditSeal
from hmis.kernel.permissions import PRINT_PAPER
from hmis.kernel.views import as_pdf, papers_of
from opd.models import QueueToken
from opd.permissions import VIEW_QUEUE
from patients.models import Patient
from patients.permissions import VIEW_PATIENT

MOST_EXPORTED = 50_000
ROWS_READ = 2_000
LONGEST_CHAIN_SHOWN = 400

# ── The list ──


@requires(permissions.VIEW_ENTRIES)
@require_GET
def entry_list(request: HttpRequest) -> HttpResponseBase:
    """Who did what: by patient, person, hospital, day and kind."""
    return _listed(request, "audit:entry_list", queries.entries, services.note_entries)


@requires(permissions.REVIEW_GLASS)
@require_GET
def glass_list(request: HttpRequest) -> HttpResponseBase:
    """Who opened a patient from outside, why, and who has looked at it."""
    return _listed(request, "audit:glass_list", queries.glass, services.note_glass)


def _listed(request: HttpRequest, name: str, found: Any, note: Any) -> HttpResponse:
    form = FilterForm(request.GET, user=request.user)
    if not form.is_valid():
        return _page(request, name, form, status=422)
    wanted = form.wanted()
    patient, person = _of(request, wanted)
    held, rest = queries.page(found(request.user, wanted), _place(request))
    lines = queries.lines(held)
    # Afterwards, so that one's own looking is not the first thing one sees.
    note(wanted=wanted, actor=request.user, at=timezone.now())
    context = {
        "lines": lines,
        "patient": patient,
        "person": person,
        "next_url": _address(name, wanted, after=rest) if rest else "",
        "previous_url": _address(name, wanted) if "after" in request.GET else "",
    }
    return _page(request, name, form, wanted, **context)


def _page(
    request: HttpRequest, name: str, form: Any, wanted: Wanted | None = None, **context: Any
) -> HttpResponse:
    wanted = wanted or Wanted()
    shared = {
        "form": form,
        "here": name,
        "tabs": tabs(request, name),
        "days": _days(name, wanted),
        "asked": wanted,
        "without_patient": _address(name, replace(wanted, patient=None)),
        "without_person": _address(name, replace(wanted, person=None)),
        "may_export": request.user.may(permissions.EXPORT_ENTRIES),
    }
    status = context.pop("status", 200)
    return render(request, f"{name.replace(':', '/')}.html", shared | context, status=status)


def _of(request: HttpRequest, wanted: Wanted) -> tuple[Any, Any]:
    """The patient and the person of the filter; 404 for one whom this person's audit does not know."""
    patient = queries.patient_seen(wanted.patient, request.user) if wanted.patient else None
    person = queries.person_seen(wanted.person, request.user) if wanted.person else None
    if (wanted.patient and not patient) or (wanted.person and not person):
        raise Http404
    return patient, person


def _place(request: HttpRequest) -> Place | None:
    try:
        return Place.read(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        raise Http404 from None


def _address(name: str, wanted: Wanted, **more: Any) -> str:
    asked = {key: value for key, value in vars(wanted).items() if value} | more
    return f"{reverse(name)}?{urlencode(asked)}" if asked else reverse(name)


def _days(name: str, wanted: Wanted) -> list[dict[str, Any]]:
    """The stretches of days that are asked for most, each an address of its own."""
    today = timezone.localdate()

    def since(days: int) -> tuple[date, date]:
        return today - timedelta(days=days), today

    yesterday = today - timedelta(days=1)
    asked = [
        (_("all days"), (None, None)),
        (_("today"), (today, today)),
        (_("yesterday"), (yesterday, yesterday)),
        (_("7 days"), since(6)),
        (_("30 days"), since(29)),
    ]
    return [
        {
            "label": label,
            "url": _address(name, replace(wanted, begins=begins, ends=ends)),
            "current": (wanted.begins, wanted.ends) == (begins, ends),
        }
        for label, (begins, ends) in asked
    ]


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The screens of the audit that this person may open."""
    pages = [
        (permissions.VIEW_ENTRIES, "audit:entry_list", _("Entries")),
        (permissions.REVIEW_GLASS, "audit:glass_list", _("Opened from outside")),
        (permissions.VIEW_SEALS, "audit:seal_list", _("Seals")),
    ]
    return [
        {"url": reverse(name), "label": label, "current": name == current, "alarm": _alarm(name, request)}
        for permission, name, label in pages
        if request.user.may(permission)
    ]


def _alarm(name: str, request: HttpRequest) -> int:
    """How many charts opened in an emergency wait for a review, at the tab where that is done."""
    return queries.charts_to_review(request.user) if name == "audit:glass_list" else 0


@requires(permissions.VIEW_ENTRIES)
@require_POST
def search_new(request: HttpRequest) -> HttpResponseBase:
    """The filter as it is typed. UHID and name are turned into ids, so that neither stands in an address."""
    name = "audit:glass_list" if "glass" in request.POST else "audit:entry_list"
    form = FilterForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, name, form, status=422)
    wanted, at = form.wanted(), timezone.now()
    try:
        if form.cleaned_data["uhid"]:
            patient = services.find_patient(uhid=form.cleaned_data["uhid"], actor=request.user, at=at)
            wanted = replace(wanted, patient=patient.pk)
        people = _people(request, form)
    except Refusal as refusal:
        form.add_error(refusal.field, str(refusal))
        return _page(request, name, form, wanted, status=422)
    if len(people) > 1:
        choices = [(one, _address(name, replace(wanted, person=one.pk))) for one in people]
        return _page(request, name, form, wanted, choices=choices)
    return redirect(_address(name, replace(wanted, person=people[0].pk) if people else wanted))


def _people(request: HttpRequest, form: FilterForm) -> list[Any]:
    text = form.cleaned_data["who"]
    return services.find_person(text=text, actor=request.user) if text else []


# ── One entry ──


@requires(permissions.VIEW_ENTRIES)
@require_GET
def entry_detail(request: HttpRequest, entry_id: UUID) -> HttpResponseBase:
    """One entry: all that it says, what it changed, the way to what it is about."""
    entry = _entry(request, entry_id)
    services.note_entry(entry=entry, actor=request.user, at=timezone.now())
    return _shown(request, entry)


def _entry(request: HttpRequest, entry_id: UUID) -> AuditEntry:
    return get_object_or_404(AuditEntry.objects.filter(queries.reached_by(request.user)), pk=entry_id)


def _shown(request: HttpRequest, entry: AuditEntry, form: ReviewForm | None = None) -> HttpResponse:
    (line,) = queries.lines([entry])
    may_see = entry.patient_id is None or _may_see_patient(request, entry.patient_id)
    own = entry.actor_id == request.user.pk
    reviewable = entry.name in GLASS and request.user.may(permissions.REVIEW_GLASS) and not own
    context = {
        "line": line,
        "entry": entry,
        "may_see": may_see,
        "changes": queries.change_of(entry) if may_see else [],
        "opens": opens(request, entry),
        "tabs": tabs(request, ""),
        "own_glass": own and entry.name in GLASS,
        "form": (form or ReviewForm(initial={"request_key": uuid4()})) if reviewable else None,
    }
    return render(request, "audit/entry_detail.html", context, status=422 if form else 200)


def _may_see_patient(request: HttpRequest, patient_id: UUID) -> bool:
    may = request.user.may(VIEW_PATIENT)
    return may and Patient.objects.visible_to(request.user).filter(pk=patient_id).exists()


def opens(request: HttpRequest, entry: AuditEntry) -> str:
    """The address of what the entry is about, else of its patient, if this person may see it; else ""."""
    permission, found = OPENED.get(entry.about, ("", None))
    address = found(request.user, entry.about_id) if found and request.user.may(permission) else ""
    if not address and entry.patient_id and request.user.may(VIEW_PATIENT):
        return _patient(request.user, entry.patient_id)
    return str(address)


def _patient(user: Any, pk: UUID) -> str:
    seen = Patient.objects.visible_to(user).filter(pk=pk).exists()
    return reverse("patients:patient_detail", args=[pk]) if seen else ""


def _invoice(user: Any, pk: UUID) -> str:
    seen = Invoice.objects.visible_to(user).filter(pk=pk).exists()
    return reverse("billing:invoice_detail", args=[pk]) if seen else ""


def _payment(user: Any, pk: UUID) -> str:
    payment = Payment.objects.visible_to(user).filter(pk=pk).first()
    return _invoice(user, payment.invoice_id) if payment else ""


def _registration(user: Any, pk: UUID) -> str:
    seen = QueueToken.objects.visible_to(user).filter(encounter_id=pk).exists()
    return reverse("opd:registration_detail", args=[pk]) if seen else ""


def _token(user: Any, pk: UUID) -> str:
    token = QueueToken.objects.visible_to(user).filter(pk=pk).first()
    return _registration(user, token.encounter_id) if token else ""


def _paper(user: Any, pk: UUID) -> str:
    paper = papers_of(user).defer("pdf", "context").filter(pk=pk).first()
    return reverse("paper_detail", args=[pk]) if paper and pdf.may_open(user, paper) else ""


def _person(user: Any, pk: UUID) -> str:
    return _address("audit:entry_list", Wanted(person=pk)) if queries.person_seen(pk, user) else ""


def _other_entry(user: Any, pk: UUID) -> str:
    seen = AuditEntry.objects.filter(queries.reached_by(user), pk=pk).exists()
    return reverse("audit:entry_detail", args=[pk]) if seen else ""


# What an entry is about: the permission that its page needs, and where it is for somebody who may see it.
OPENED: dict[str, tuple[str, Any]] = {
    "patients.patient": (VIEW_PATIENT, _patient),
    "patients.encounter": (VIEW_QUEUE, _registration),
    "billing.invoice": (VIEW_INVOICE, _invoice),
    "billing.payment": (VIEW_INVOICE, _payment),
    "opd.queuetoken": (VIEW_QUEUE, _token),
    "kernel.issueddocument": (PRINT_PAPER, _paper),
    "kernel.auditentry": (permissions.VIEW_ENTRIES, _other_entry),
    "facilities.user": (permissions.VIEW_ENTRIES, _person),
}


@requires(permissions.REVIEW_GLASS)
@require_POST
def review_new(request: HttpRequest, entry_id: UUID) -> HttpResponseBase:
    """Say what one found of an opening from outside."""
    entry = _entry(request, entry_id)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _shown(request, entry, form)
    verdict = Verdict(form.cleaned_data.pop("verdict"))
    try:
        services.review_glass(
            entry=entry, verdict=verdict, actor=request.user, at=timezone.now(), **form.cleaned_data
        )
    except Refusal as refusal:
        form.add_error(refusal.field, str(refusal))
    except ValidationError as error:
        form.add_error("note", sentences(error))
    else:
        return go(request, "audit:entry_detail", entry.pk)
    return _shown(request, entry, form)


# ── Out of the house ──


@requires(permissions.EXPORT_ENTRIES)
@require_POST
def export_new(request: HttpRequest) -> HttpResponseBase:
    """The filtered entries as CSV or XLSX; how many and by which filter is an entry of its own."""
    form = ExportForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, "audit:entry_list", form, status=422)
    wanted, kind = form.wanted(), form.cleaned_data["form"]
    _of(request, wanted)
    now = timezone.now()
    # What comes while the file is sent stands in the next one, and so does this very export.
    found = queries.entries(request.user, wanted).filter(at__lt=now)
    rows = found[: MOST_EXPORTED + 1].count()
    if rows > MOST_EXPORTED:
        most = {"most": f"{MOST_EXPORTED:,}"}
        form.add_error(None, _("These are more than %(most)s entries. Choose fewer days.") % most)
        return _page(request, "audit:entry_list", form, wanted, status=422)
    services.note_export(wanted=wanted, form=kind, rows=rows, actor=request.user, at=now)
    sheet = as_csv if kind == CSV else as_xlsx
    return sheet(f"audit-{timezone.localdate():%Y-%m-%d}", _head(), _rows(found, get_language()))


def _head() -> list[str]:
    heads = _("When"), _("User name"), _("Name"), _("Hospital"), _("Kind"), _("What was done"), _("UHID")
    return [*heads, _("Details"), _("Entry")]


def _rows(found: Any, language: str) -> Iterator[list[str]]:
    """Line by line in the person's language, also after the request is over and the file is still sent."""
    batch: list[AuditEntry] = []
    for entry in found.iterator(chunk_size=ROWS_READ):
        batch.append(entry)
        if len(batch) == ROWS_READ:
            yield from _written(batch, language)
            batch = []
    yield from _written(batch, language)


def _written(batch: list[AuditEntry], language: str) -> list[list[str]]:
    with translation.override(language):
        return [_cells(line) for line in queries.lines(batch)]


def _cells(line: Line) -> list[str]:
    person, entry = line.person, line.entry
    return [
        f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}",
        person.username if person else "",
        str(person or ""),
        line.facility.code if line.facility else "",
        str(line.kind.label),
        line.sentence,
        line.patient.uhid if line.patient else "",
        "; ".join(f"{label}: {value}" for label, value in line.details),
        str(entry.pk),
    ]


# ── Seals ──


@requires(permissions.VIEW_SEALS)
@require_GET
def seal_list(request: HttpRequest) -> HttpResponseBase:
    """The newest seals of a chain, whether they hold, and each day's last one to be noted down outside."""
    nodes = queries.nodes() or list(settings.HMIS_NODES[:1])
    node, before = _number(request, "node") or nodes[0], _number(request, "before")
    if node not in nodes:
        raise Http404
    found, more = queries.newest_seals(before, node)
    last = seals.last_seal(node)
    context = {
        "found": found,
        "node": node,
        "nodes": nodes if len(nodes) > 1 else [],
        "last": last,
        "line": seals.line_of(last) if last else "",
        "closing": [(one, seals.line_of(one)) for one in queries.closing_seals(node)],
        "proof": queries.last_proof(),
        "tabs": tabs(request, "audit:seal_list"),
        "next_url": f"?{urlencode({'node': node, 'before': found[-1].seal.number})}" if more else "",
        "previous_url": f"?{urlencode({'node': node})}" if before else "",
    }
    return render(request, "audit/seal_list.html", context)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Http404
    return int(text) if text else None


@requires(permissions.VIEW_SEALS)
@require_POST
def noted_seal_new(request: HttpRequest) -> HttpResponseBase:
    """Whether a line that was noted down outside still stands in the chain."""
    line = request.POST.get("line", "").strip()[:200]
    faults = [str(one) for one in seals.noted_faults(line)]
    context = {"noted": line, "faults": faults, "tabs": tabs(request, "audit:seal_list")}
    return render(request, "audit/noted_seal.html", context, status=422 if faults else 200)


@requires(permissions.VIEW_SEALS)
@require_GET
def seal_paper(request: HttpRequest, seal_id: UUID) -> HttpResponseBase:
    """A seal's line on paper, with its QR code: kept outside, it proves what the database alone cannot."""
    seal = get_object_or_404(AuditSeal.objects.defer("ids", "digests"), pk=seal_id)
    services.note_seal_printed(seal=seal, actor=request.user, at=timezone.now())
    line = seals.line_of(seal)
    with translation.override("en"):
        context = {"seal": seal, "line": line, "groups": _in_groups(seal.hash), "printed_by": request.user}
        markup = render_to_string("audit/documents/seal.html", context)
    return as_pdf(pdf.pressed(markup))


def _in_groups(text: str) -> list[str]:
    return [text[place : place + 8] for place in range(0, len(text), 8)]


@requires(permissions.VIEW_SEALS)
@require_POST
def seal_export_new(request: HttpRequest) -> HttpResponseBase:
    """Each day's last seal as a line of text, to be kept outside."""
    lines = [
        seals.line_of(one)
        for node in queries.nodes()
        for one in queries.closing_seals(node, LONGEST_CHAIN_SHOWN)
    ]
    services.note_seals_exported(rows=len(lines), actor=request.user, at=timezone.now())
    response = HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="seals-{timezone.localdate():%Y-%m-%d}.txt"'
    response["Cache-Control"] = "private, no-store"
    return response
