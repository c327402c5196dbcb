"""The pages of clinical content: rows and their approval, sheets out and in. One set for every app's kinds.

An app says in a `Shelf` which kinds are its own and who may do what; its views ask for the permission.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.models import Facility
from hmis.kernel import exports
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from patients import permissions, services
from patients.forms.formulary import ContentFilter, SheetForm
from patients.models import CONTENT, Content, ContentApproval, ContentKind
from patients.queries.content import ContentRow, content_of
from patients.services.content import key_columns
from patients.services.formulary import IN_TRAINING
from patients.services.formulary_sheets import (
    CHANGE,
    ERROR,
    LIST,
    NEW,
    SAME,
    content_rows,
    heads,
    named_rows,
    unsealed,
)

PAGE = 50
ROWS_A_PAGE = 100
MOST_AT_ONCE = 1000
KINDS = {
    ERROR: gettext_lazy("wrong"),
    NEW: gettext_lazy("new"),
    CHANGE: gettext_lazy("changed"),
    SAME: gettext_lazy("the same"),
}
ADDRESSES = (
    "content_list",
    "content_export",
    "content_import_new",
    "content_import_confirmation_new",
    "content_approval_new",
    "approval_withdrawal_new",
)
Mine = Callable[[Content], bool]


def _everything(_user: Any) -> Mine:
    return lambda _row: True


@dataclass(frozen=True)
class Shelf:
    """Whose pages these are: the kinds, the app of their addresses, the layout, and who approves.

    `mine` says of a person which rows are theirs to approve, `notice` names a fragment below the rows; where
    the layout has no tab for each kind, the page has a chip for each (`has_chips`).
    """

    app: str
    kinds: Mapping[str, type[Content]]
    layout: str
    approve: str
    mine: Callable[[Any], Mine] = _everything
    notice: str = ""
    has_chips: bool = False

    def kind(self, kind: str) -> str:
        """This kind, if it stands here."""
        if kind not in self.kinds:
            raise Http404
        return kind

    @property
    def urls(self) -> dict[str, str]:
        return {name: f"{self.app}:{name}" for name in ADDRESSES}

    def of_pages(self) -> dict[str, Any]:
        """What each of its pages needs."""
        chips = [(kind, ContentKind(kind).label) for kind in self.kinds] if self.has_chips else []
        return {"layout": self.layout, "urls": self.urls, "notice": self.notice, "chips": chips}


def own(request: HttpRequest) -> Facility | None:
    """The hospital where the person works; none for the state."""
    facility: Facility | None = request.user.posting.facility
    return facility


def may(request: HttpRequest, shelf: Shelf) -> dict[str, bool]:
    """What the buttons of these pages ask."""
    return {
        "may_approve": request.user.may(shelf.approve) and request.user.posting.grade not in IN_TRAINING,
        "may_manage_content": request.user.may(permissions.MANAGE_CONTENT),
    }


def paged(request: HttpRequest, found: Any) -> dict[str, Any]:
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    said = {name: value for name, value in request.GET.items() if name != "page" and value}

    def turned(number: int) -> str:
        return f"?{urlencode(said | {'page': str(number)})}"

    return {
        "page": page,
        "kept": urlencode(said | ({"page": page.number} if page.number > 1 else {})),
        "previous_url": turned(page.number - 1) if page.has_previous() else "",
        "next_url": turned(page.number + 1) if page.has_next() else "",
    }


# ── Rows, and their approval ──


def show_rows(request: HttpRequest, shelf: Shelf, kind: str) -> HttpResponseBase:
    """The rows of a kind with their sources, and whether they are approved here."""
    form = ContentFilter(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = content_of(
        shelf.kind(kind),
        request.user.posting.facility_id,
        words=asked.get("q", ""),
        only=asked.get("only", ""),
        is_mine=shelf.mine(request.user),
    )
    context = {
        "kind": kind,
        "label": ContentKind(kind).label,
        "filter_form": form,
        "of": own(request),
        "waiting": sum(not row.approved_at for row in rows),
        "mine_waiting": sum(row.is_mine and not row.approved_at for row in rows),
        "request_key": uuid4(),
        **paged(request, rows),
        **may(request, shelf),
        **shelf.of_pages(),
    }
    return render(request, "patients/content_list.html", context)


def approve(request: HttpRequest, shelf: Shelf, kind: str) -> HttpResponseBase:
    """Approve one row, or all that a filter found: first they are shown once more, then one word counts."""
    asked = {
        "q": request.POST.get("q", request.GET.get("q", "")),
        "row": request.POST.get("row", request.GET.get("row", "")),
    }
    facility = own(request)
    if facility is None:
        raise Http404
    rows = _waiting(request, shelf, kind, facility, asked)
    said = ""
    if request.method == "POST":
        try:
            digests = _digests(request)
            _refuse_others(shelf, kind, digests, request.user)
            count = services.approve_content(
                facility=facility,
                kind=kind,
                digests=digests,
                request_key=key_of(request),
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            said = str(refusal)
        else:
            messages.success(request, _("%(count)s rows are approved.") % {"count": count})
            return go(request, shelf.urls["content_list"], kind, query=kept(request))
    context = {
        "kind": kind,
        "label": ContentKind(kind).label,
        "rows": rows,
        "q": asked["q"],
        "row_id": asked["row"],
        "request_key": uuid4(),
        "said": said,
        **shelf.of_pages(),
    }
    return render(request, "patients/content_approval_new.html", context, status=422 if said else 200)


def _waiting(
    request: HttpRequest, shelf: Shelf, kind: str, facility: Facility, asked: Mapping[str, str]
) -> list[ContentRow]:
    found = content_of(
        shelf.kind(kind),
        facility.pk,
        words=asked["q"],
        only="waiting",
        row_id=asked["row"],
        is_mine=shelf.mine(request.user),
    )
    return [row for row in found if row.is_mine][:MOST_AT_ONCE]


def _refuse_others(shelf: Shelf, kind: str, rows: Iterable[UUID], user: Any) -> None:
    mine = shelf.mine(user)
    if not all(mine(row) for row in CONTENT[kind]._default_manager.filter(pk__in=rows)):
        raise Refusal(_("Somebody else approves this row."))


def withdraw(request: HttpRequest, shelf: Shelf, approval_id: UUID) -> HttpResponseBase:
    """Take an approval back."""
    visible = ContentApproval.objects.visible_to(request.user).filter(kind__in=shelf.kinds)
    approval = get_object_or_404(visible, pk=approval_id)
    try:
        _refuse_others(shelf, approval.kind, [approval.row_id], request.user)
        services.withdraw_approval(approval=approval, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back: the row counts as not approved."))
    return go(request, shelf.urls["content_list"], approval.kind, query=kept(request))


def kept(request: HttpRequest) -> dict[str, str]:
    """The words and the page that a list was left with."""
    return QueryDict(request.POST.get("kept", "")).dict()


def _digests(request: HttpRequest) -> dict[UUID, str]:
    """{row: what it said when it was shown}; a word that is none is left out."""
    found = {}
    for word in request.POST.getlist("seen")[:MOST_AT_ONCE]:
        row, _colon, digest = word.partition(":")
        try:
            found[UUID(row)] = digest
        except ValueError:
            continue
    if not found:
        raise Refusal(_("There is nothing to approve."))
    return found


# ── Sheets ──


def export(request: HttpRequest, shelf: Shelf, kind: str) -> HttpResponseBase:
    """The state's rows of a kind as a sheet, each with its source."""
    return sheet_out(request, shelf.kind(kind), kind, lambda: content_rows(kind))


def sheet_out(
    request: HttpRequest, kind: str, name: str, rows: Callable[[], Iterable[list[Any]]]
) -> HttpResponseBase:
    """A sheet that may be sent back, with the fact that it was taken out."""
    services.note_formulary_export(facility=own(request), kind=kind, actor=request.user, at=timezone.now())
    made = exports.as_csv if request.GET.get("as") == exports.CSV else exports.as_xlsx
    return made(name, heads(kind), rows())


def take_sheet(request: HttpRequest, shelf: Shelf, kind: str) -> HttpResponseBase:
    """Ask for a sheet, and show what it would change; nothing is kept in between."""
    if "sealed" in request.POST:
        return _look_again(request, shelf, kind)
    form = SheetForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            look = services.SheetLook(kind, named_rows(kind, form.content()), own(request))
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return _show_look(request, shelf, look)
    return _ask_sheet(request, shelf, kind, form)


def _places(shelf: Shelf, kind: str) -> dict[str, str]:
    """Where a sheet of this kind is sent, confirmed, taken from, and what stands behind it."""
    args = [] if kind == LIST else [kind]
    name = "formulary" if kind == LIST else "content"
    return {
        "import_url": reverse(f"{shelf.app}:{name}_import_new", args=args),
        "confirm_url": reverse(f"{shelf.app}:{name}_import_confirmation_new", args=args),
        "export_url": reverse(f"{shelf.app}:{name}_export", args=args),
        "back": reverse(f"{shelf.app}:{name}_list", args=args),
    }


def _ask_sheet(
    request: HttpRequest, shelf: Shelf, kind: str, form: SheetForm, said: str = ""
) -> HttpResponseBase:
    needed = set(heads(LIST)[:4] if kind == LIST else [*key_columns(kind), "source"])
    context = {
        "form": form,
        "said": said,
        "is_list": kind == LIST,
        "columns": [(name, name in needed) for name in heads(kind)],
        **shelf.of_pages(),
        **_places(shelf, kind),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/formulary_import_new.html", context, status=status)


def _look_again(request: HttpRequest, shelf: Shelf, kind: str, said: str = "") -> HttpResponseBase:
    """The same sheet beside what is there now: another sort of rows, or another page of them."""
    facility = own(request)
    try:
        _version, texts = unsealed(request.POST.get("sealed", ""), kind, facility)
    except Refusal as refusal:
        return _ask_sheet(request, shelf, kind, SheetForm(), said=str(refusal))
    return _show_look(request, shelf, services.SheetLook(kind, texts, facility), said=said)


def _show_look(
    request: HttpRequest, shelf: Shelf, look: services.SheetLook, said: str = ""
) -> HttpResponseBase:
    asked = request.POST.get("kind", "")
    first = next((kind for kind in KINDS if look.counts[kind]), NEW)
    kind = asked if asked in KINDS else first
    context: dict[str, Any] = {
        "look": look,
        "sealed": look.sealed(),
        "request_key": uuid4(),
        "kind": kind,
        "kinds": [(one, label, look.counts[one]) for one, label in KINDS.items()],
        "page": Paginator(look.of_kind(kind), ROWS_A_PAGE).get_page(request.POST.get("page")),
        "said": said,
        "is_list": look.kind == LIST,
        **shelf.of_pages(),
        **_places(shelf, look.kind),
    }
    return render(request, "patients/formulary_look.html", context, status=422 if said else 200)


def take_over(request: HttpRequest, shelf: Shelf, kind: str) -> HttpResponseBase:
    """Write the rows that were looked through."""
    try:
        count = services.import_sheet(
            kind=kind,
            facility=own(request),
            sealed=request.POST.get("sealed", ""),
            request_key=key_of(request),
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        return _look_again(request, shelf, kind, said=str(refusal))
    messages.success(request, _("%(count)s rows are imported.") % {"count": count})
    return (
        go(request, f"{shelf.app}:formulary_list")
        if kind == LIST
        else go(request, shelf.urls["content_list"], kind)
    )
