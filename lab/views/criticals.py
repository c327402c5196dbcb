"""Critical values on the screens of those whom they concern, until one of them has read it back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from facilities.models import Bed
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.said import page_said
from lab import permissions, queries, services
from lab.forms import AcknowledgementForm
from lab.models import CriticalAcknowledgement, ResultLine
from patients.queries import withhold_names

A_PAGE = 50
SHOWN_SINCE = timedelta(days=2)
A_CALL = timedelta(minutes=10)


@dataclass
class Call:
    """All that waits of one patient, told in one telephone call; `form` and `errors` where it was refused."""

    lines: list[ResultLine]
    key: UUID | str = field(default_factory=uuid4)
    bed: Bed | None = None
    told_to: str = ""
    action: str = ""
    errors: list[str] = field(default_factory=list)
    is_unnamed: bool = False

    @property
    def first(self) -> ResultLine:
        return self.lines[0]

    @property
    def told_box(self) -> str:
        return f"told-{self.first.pk}"

    def could_tell_at(self, at: datetime) -> bool:
        """Whether all that waits was critical by then: a call of then has told nobody of what came later."""
        return all(one.critical_at and one.critical_at <= at for one in self.lines)

    def begins_at(self, *, tells: bool) -> str:
        """The box that has the cursor: what is wrong, else the first that is empty."""
        if self.is_unnamed or (tells and not self.told_to and not self.errors):
            return self.told_box
        return next((one.box for one in self.lines if one.is_wrong), self.first.box)


@requires(permissions.ANSWER_CRITICALS)
@require_GET
def critical_list(request: HttpRequest) -> HttpResponseBase:
    """What waits for an answer, patient by patient, and who answered lately; ?before= an answer: earlier."""
    return _page(request)


def _page(request: HttpRequest, *, refused: AcknowledgementForm | None = None) -> HttpResponseBase:
    """The page that is asked for, or the one on which the patient stands whose answers were refused."""
    now = timezone.now()
    waiting = queries.criticals_of(request.user)
    number = page_said(request)
    failed = next(iter(refused.lines.values())).patient_id if refused else None
    if failed:
        number = queries.calls_before(waiting, failed) // A_PAGE + 1
    page = Paginator(queries.calls_of(waiting), A_PAGE).get_page(number)
    calls = _calls(request, waiting, [one["patient"] for one in page], now)
    if refused and failed in calls:
        _say_refused(calls[failed], refused)
    answered, earlier, newest = _answered(request, page.number, now)
    withhold_names([*(one.first.patient for one in calls.values()), *(one.line.patient for one in answered)])
    tells = services.tells(request.user)
    focused = (calls.get(failed) if failed else None) or next(iter(calls.values()), None)
    context = {
        "page": page,
        "calls": list(calls.values()),
        "count": waiting.count(),
        "previous_url": f"?page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?page={page.number + 1}" if page.has_next() else "",
        "place": f"{page.number} / {page.paginator.num_pages}",
        "enough": services.ENOUGH,
        "answered": answered,
        "earlier": earlier,
        "newest": newest,
        "gone": _errors_of(refused) if refused and failed not in calls else [],
        "focus": focused.begins_at(tells=tells) if focused else "",
        "tells": tells,
    }
    return render(request, "lab/critical_list.html", context, status=422 if refused else 200)


def _calls(
    request: HttpRequest, waiting: QuerySet[ResultLine], patients: list[UUID], now: datetime
) -> dict[UUID, Call]:
    """{patient: the call about them}, in this order. One of the last minutes goes on, with who was told."""
    calls = {patient_id: Call([]) for patient_id in patients}
    for line in waiting.filter(patient__in=patients):
        line.box, line.typed, line.is_wrong = services.box_of(line), "", False
        line.beginning_is_enough = services.beginning_is_enough(line.value)
        calls[line.patient_id].lines.append(line)
    calls = {patient_id: call for patient_id, call in calls.items() if call.lines}
    beds = queries.beds_of(one.first.order.encounter_id for one in calls.values())
    told = queries.answered_since(request.user, now - A_CALL).filter(recorded_by=request.user.pk)
    for answer in reversed(told.filter(line__patient__in=patients).exclude(told_to="")):
        call = calls.get(answer.line.patient_id)
        if call and call.could_tell_at(answer.at):
            call.told_to, call.action = answer.told_to, answer.action
    for call in calls.values():
        call.bed = beds.get(call.first.order.encounter_id)
    return calls


def _say_refused(call: Call, form: AcknowledgementForm) -> None:
    """Put what was typed, and what is wrong with it, back into the call."""
    call.key, call.errors = form["request_key"].value() or call.key, _errors_of(form)
    call.told_to, call.action = form["told_to"].value() or "", form["action"].value() or ""
    call.is_unnamed = "told_to" in form.errors
    for line in call.lines:
        if line.box in form.fields:
            line.typed, line.is_wrong = form[line.box].value() or "", line.box in form.errors


def _errors_of(form: AcknowledgementForm) -> list[str]:
    """What is wrong, each with the value that it is about."""
    said = []
    for name, errors in form.errors.items():
        about = f"{form.lines[name].analyte}: " if name in form.lines else ""
        said += [f"{about}{error}" for error in errors]
    return said


def _answered(
    request: HttpRequest, number: int, now: datetime
) -> tuple[list[CriticalAcknowledgement], str, str]:
    """(a page of the answers of the last days, the address of the one after it, that of the first one)."""
    rows = queries.answered_since(request.user, now - SHOWN_SINCE)
    here = {"page": number} if number > 1 else {}
    try:
        last = rows.filter(pk=UUID(request.GET["before"])).first() if "before" in request.GET else None
    except ValueError:
        last = None
    if last:
        rows = rows.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    found = list(rows[: A_PAGE + 1])
    more = urlencode(here | {"before": found[A_PAGE - 1].pk}) if len(found) > A_PAGE else ""
    return found[:A_PAGE], more and f"?{more}#answered", f"?{urlencode(here)}#answered" if last else ""


@requires(permissions.ANSWER_CRITICALS)
@require_POST
def acknowledgement_new(request: HttpRequest, critical_id: UUID) -> HttpResponseBase:
    """Values of this one's patient were read back, by the person here or by whom the laboratory has told."""
    visible = queries.results_visible_to(request.user)
    line = get_object_or_404(visible, pk=critical_id)
    form = AcknowledgementForm(request.POST, lines=_read_back(request, visible, line))
    if form.is_valid():
        try:
            services.acknowledge_criticals(
                heard=form.heard(),
                told_to=form.cleaned_data["told_to"],
                action=form.cleaned_data["action"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Answer saved with the time."))
            number = page_said(request)
            return go(request, "lab:critical_list", query={"page": number} if number > 1 else None)
    return _page(request, refused=form)


def _read_back(request: HttpRequest, visible: QuerySet[ResultLine], line: ResultLine) -> list[ResultLine]:
    """The values of the call that was sent: this one, and others of the same patient. Nobody else's."""
    try:
        ids = {line.pk, *map(UUID, request.POST.getlist("lines"))}
    except ValueError as error:
        raise Http404 from error
    found = list(visible.filter(pk__in=ids, patient=line.patient_id).order_by("critical_at", "pk"))
    if len(found) != len(ids):
        raise Http404
    return found


@requires(permissions.ANSWER_CRITICALS)
@require_GET
def critical_alarm(request: HttpRequest) -> HttpResponseBase:
    """The red bar above every page of those whom a critical value concerns; empty where none waits.

    It counts them all and tells of the newest, so that what lies there for weeks hides none of today.
    """
    waiting = queries.criticals_of(request.user)
    count = waiting.count()
    newest = waiting.last() if count else None
    withhold_names([newest.patient] if newest else [])
    url = reverse("lab:critical_list")
    if newest and count > A_PAGE and (page := queries.calls_before(waiting, newest.patient_id) // A_PAGE):
        url += f"?page={page + 1}"
    return render(request, "lab/_alarm.html", {"count": count, "newest": newest, "url": url})
