"""What the pages of every sheet share: the template, what each row would do, and what was left out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from facilities.forms import Asked
from facilities.services.imports import CHANGE, ERROR, NEW, Column
from facilities.views.asking import R, asked_of
from hmis.kernel import exports, sheets

PAGE = 100


def uploaded(form: Asked, prepare: Callable[..., R], *, actor: Any) -> R | None:
    """What `prepare` kept of an uploaded sheet, to be looked through; None where the form says why not."""
    return asked_of(
        form,
        lambda: prepare(
            content=sheets.content_of(form.cleaned_data["file"]),
            filename=form.cleaned_data["file"].name,
            request_key=form.cleaned_data["request_key"],
            actor=actor,
            at=timezone.now(),
        ),
    )


def template_sheet(request: HttpRequest, rows: Any, name: str) -> HttpResponseBase:
    """The sheet to fill in, its columns explained in Hindi; `?as=csv` for the plain kind.

    `rows` gives the head and what each column means, in the language of the moment.
    """
    with translation.override("hi"):
        head, said = rows()
    # What begins with # is passed over when the sheet comes back.
    return as_asked(request, [head, [f"# {said[0]}", *said[1:]]], name, remarks=1)


def looked_through(
    request: HttpRequest,
    look: Any,
    kinds: Mapping[str, Any],
    columns: Sequence[Column],
    *,
    on_one_page: str = "",
) -> dict[str, Any]:
    """What a page shows of the rows of one kind (`?kind=`, else the first that there are), page by page.

    `look` has the `counts` of each kind and its rows (`of_kind`); `kinds` names them. The rows of the kind
    `on_one_page` are not parted: each has a box that belongs to the form of the confirmation.
    """
    first = next((kind for kind in kinds if look.counts[kind]), NEW)
    asked = request.GET.get("kind", "")
    kind = asked if asked in kinds else first
    rows = Paginator(look.of_kind(kind), sheets.MOST_ROWS if kind == on_one_page else PAGE)
    page = rows.get_page(request.GET.get("page"))
    for row in page.object_list:
        row.said_errors, row.said_changes = in_words(row.errors, columns), in_words(row.changes, columns)
    return {
        "counts": look.counts,
        "kind": kind,
        "kinds": [
            {"url": f"?kind={one}", "label": f"{label} {look.counts[one]}", "current": one == kind}
            for one, label in kinds.items()
        ],
        "page": page,
        "previous_url": f"?kind={kind}&page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?kind={kind}&page={page.number + 1}" if page.has_next() else "",
        "page_label": f"{page.number} / {page.paginator.num_pages}",
        "right": look.counts[NEW] + look.counts[CHANGE],
    }


def was_left_out(held: Any, columns: Sequence[Column]) -> list[tuple[int, list[Any]]]:
    """(row, what is wrong in which column) of a sheet that was taken over, the first page of them."""
    return [(one["row"], in_words(one["errors"], columns)) for one in held.outcome["left_out"][:PAGE]]


def in_words(columned: Iterable[Any], columns: Sequence[Column]) -> list[Any]:
    """(column, …) with the columns' names in words."""
    labels = {column.name: str(column.label) for column in columns}
    return [(labels.get(column, column), *rest) for column, *rest in columned]


def left_out_sheet(request: HttpRequest, held: Any, look: Any, columns: Sequence[Column]) -> HttpResponseBase:
    """The rows that were not taken, with one more column that says why: put right, send again.

    `look` makes the look at a sheet that is not confirmed yet.
    """
    if held.confirmed_at:
        wrong = {int(one["row"]): one["errors"] for one in held.outcome["left_out"]}
    else:
        wrong = {row.number: row.errors for row in look(held, request.user).of_kind(ERROR)}
    names = [column.name for column in columns]
    rows = [[*names, _("what is wrong")]]
    for text in held.rows:
        if errors := wrong.get(int(text["row"])):
            said = "; ".join(f"{column}: {sentence}" for column, sentence in errors)
            rows.append([*(text.get(name, "").removeprefix(sheets.FORMULA_MARK) for name in names), said])
    return as_asked(request, rows, "left-out")


def as_asked(request: HttpRequest, rows: Any, name: str, *, remarks: int = 0) -> HttpResponseBase:
    """The rows as a workbook; `?as=csv` for the plain kind."""
    if request.GET.get("as") == exports.CSV:
        head, *below = rows
        return exports.as_csv(name, head, below)
    return exports.as_form(name, rows, remarks=remarks)
