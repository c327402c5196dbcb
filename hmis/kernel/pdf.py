"""Papers: frozen in the act, rendered later, kept with their hash. The renderer may fetch nothing."""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.ids import uuid7
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.permissions import PRINT_PAPER
from hmis.kernel.verifying import Fault, holds, rows_of


@dataclass(frozen=True)
class Kind:
    """A kind of paper: who opens it, which page asks why it is copied, what a chart calls it."""

    opened_by: str
    copied_on: str = ""
    title: Any = ""
    # Another desk that opens it too; and what is asked of one paper besides: a confidential one.
    or_by: str = ""
    asks: Callable[[Any, IssuedDocument], bool] | None = None
    # Money hangs on it: the ORIGINAL is printed once, and looked at afterwards.
    once: bool = False


# By template. A paper whose kind nobody has named opens to nobody.
KINDS: dict[str, Kind] = {}

CHECK_KEY = re.compile(r"[A-Za-z0-9_-]{20,32}")
FIRST_PRINTING = timedelta(minutes=10)  # an answer may be lost, and paper run out
PRINT_CSS = settings.BASE_DIR / "static" / "css" / "print.css"


def name_kind(
    *templates: str,
    opened_by: str,
    copied_on: str = "",
    title: Any = "",
    or_by: str = "",
    asks: Callable[[Any, IssuedDocument], bool] | None = None,
    once: bool = False,
) -> None:
    """Say who may open the papers of these templates; each app does so where it writes them.

    `copied_on` names the patient's page that asks for the reason of a copy. What has no `title` is not listed
    in a chart. `or_by` is a second permission that opens it; `asks` may refuse a single paper to somebody.
    `once`: its ORIGINAL is printed once.
    """
    KINDS.update(dict.fromkeys(templates, Kind(opened_by, copied_on, title, or_by, asks, once)))


def title_of(paper: IssuedDocument) -> str:
    """What a chart calls a paper of this kind; "" where it does not list it."""
    kind = KINDS.get(paper.template)
    return str(kind.title) if kind else ""


def may_open(user: Any, paper: IssuedDocument) -> bool:
    """Whether this person's role opens papers of this kind."""
    kind = KINDS.get(paper.template)
    if kind is None or not user.may(PRINT_PAPER):
        return False
    if not user.may(kind.opened_by) and not (kind.or_by and user.may(kind.or_by)):
        return False
    return kind.asks is None or kind.asks(user, paper)


def issue(
    template: str,
    *,
    about: models.Model,
    facility_id: UUID,
    patient_id: UUID | None,
    context: dict[str, Any],
    actor: Any,
    at: Any,
    number: str = "",
    check_key: str = "",
) -> IssuedDocument:
    """What a paper says, as a new row for the act to write. Its context is JSON, never touched again."""
    return IssuedDocument(
        template=template,
        about=about._meta.label_lower,
        about_id=about.pk,
        facility_id=facility_id,
        patient_id=patient_id,
        number=number,
        context=context,
        check_key=check_key,
        issued_by=actor,
        issued_at=at,
    )


@cache
def in_both(choices: Any, value: str) -> tuple[str, str]:
    """(English, Hindi) of a choice: papers carry both."""
    return both(choices(value).label)


def both(words: Any) -> tuple[str, str]:
    """(English, Hindi) of a sentence that is translated when it is said."""
    with translation.override("en"):
        english = str(words)
    with translation.override("hi"):
        return english, str(words)


def new_check_key() -> str:
    """What a stranger with the paper in hand can ask with: 144 random bits, safe in a URL."""
    return secrets.token_urlsafe(18)


def keyed(check_key: str) -> models.QuerySet[IssuedDocument]:
    """The original that bears this key; none for a text that no paper can bear."""
    issued = IssuedDocument.objects.defer("pdf").filter(copy=0)
    fits = CHECK_KEY.fullmatch(check_key)
    return issued.filter(check_key=check_key) if fits else issued.none()


def originals(*about_ids: UUID) -> models.QuerySet[IssuedDocument]:
    """The originals that were issued about these rows, without their bytes."""
    return IssuedDocument.objects.defer("pdf").filter(about_id__in=about_ids, copy=0)


def original_of(about_id: UUID) -> IssuedDocument | None:
    """The first original that was issued about this row."""
    return originals(about_id).order_by("pk").first()


def by_row(papers: Iterable[IssuedDocument]) -> dict[UUID, IssuedDocument]:
    """{row: its paper}; of several the last."""
    return {paper.about_id: paper for paper in papers}


def bytes_of(paper: IssuedDocument) -> bytes:
    """The paper's PDF: the bytes kept, or rendered now and kept. Two who ask at once render once."""
    if paper.pdf is None:
        with transaction.atomic():
            paper = IssuedDocument.objects.select_for_update(of=("self",)).get(pk=paper.pk)
            if paper.pdf is None:
                _keep(paper)
    assert paper.pdf is not None
    return bytes(paper.pdf)


def was_printed(paper: IssuedDocument, *, at: datetime) -> bool:
    """Whether this is an ORIGINAL that is printed once and was opened before; a jam has its time."""
    kind = KINDS.get(paper.template)
    if paper.copy or not (kind and kind.once):
        return False
    opened = AuditEntry.objects.filter(
        name="kernel.paper_opened", about_id=paper.pk, at__lt=at - FIRST_PRINTING
    )
    return opened.filter(patient_id=paper.patient_id).exists()  # by its index


def joined(papers: Sequence[bytes]) -> bytes:
    """Several PDFs as one, so that one print job holds them; a single one as it is kept."""
    whole: bytes = papers[0] if len(papers) == 1 else _press().joined(papers)
    return whole


def prepare(*, about_id: UUID) -> None:
    """Render the originals of this act that are not rendered yet; one in the making is left alone."""
    waiting = originals(about_id).filter(pdf=None)
    for paper in waiting.select_for_update(of=("self",), skip_locked=True):
        _keep(paper)


def render(paper: IssuedDocument, *, seen: bool = False) -> bytes:
    """The frozen context through its template, as PDF. Papers are bilingual by themselves.

    `seen`: not to be given to anybody; it says so in the place of ORIGINAL.
    """
    with translation.override("en"):
        markup = get_template(paper.template).render({"paper": paper, **paper.frozen(), "seen": seen})
    return pressed(markup)


def pressed(markup: str) -> bytes:
    """Markup of ours as PDF, in the print style: for what is no paper of a hospital."""
    # The papers' fonts have no minus sign: without this, what went would look like what came.
    pdf: bytes = _press().pdf_of(markup.replace("−", "–"))
    return pdf


@transaction.atomic
def reprint(
    paper: IssuedDocument,
    *,
    actor: Any,
    at: Any,
    template: str | None = None,
    copy_id: UUID | None = None,
    context: dict[str, Any] | None = None,
) -> IssuedDocument:
    """DUPLICATE n over the same frozen context, a row of its own; `template` may name another size.

    `context` is what only the copy says, such as why it was asked for.
    """
    original = paper.original or paper
    original = IssuedDocument.objects.select_for_update(of=("self",)).get(pk=original.pk)
    copies = original.copies.aggregate(last=models.Max("copy"))["last"] or 0
    copy = IssuedDocument(
        id=copy_id or uuid7(),
        original=original,
        copy=copies + 1,
        context=context or {},
        issued_by=actor,
        issued_at=at,
        template=template or original.template,
        **{
            name: getattr(original, name)
            for name in ("facility_id", "patient_id", "about", "about_id", "number")
        },
    )
    facts.record(
        "kernel.paper_copied",
        about=copy,
        actor=actor,
        at=at,
        patient_id=copy.patient_id,
        new=[copy],
        copy=copy.copy,
    )
    return copy


@act
def print_again(
    *, papers: Sequence[IssuedDocument], request_key: UUID, actor: Any, at: Any
) -> list[IssuedDocument]:
    """A DUPLICATE of each of these papers, in one act. A press that is sent twice has one of each."""
    body = [paper.pk for paper in papers]
    first, seen = requests.claim(request_key, "kernel.print_again", actor=actor, body=body)
    ids = requests.following(first, len(papers))
    if seen:
        copies = IssuedDocument.objects.in_bulk(ids)
        return [copies[one] for one in ids]
    return [reprint(paper, actor=actor, at=at, copy_id=one) for paper, one in zip(papers, ids, strict=True)]


OTHER_BYTES = """
    SELECT id FROM kernel_issueddocument WHERE pdf IS NOT NULL AND encode(sha256(pdf), 'hex') <> sha256
"""
OTHERWISE_PRINTED = """
    SELECT DISTINCT paper.id FROM kernel_auditentry entry
    JOIN kernel_issueddocument paper ON paper.id = entry.about_id
    WHERE entry.name = 'kernel.paper_opened' AND entry.detail->>'sha256' <> paper.sha256
"""


# Reads every paper there is: once a night.
@holds(
    "kernel.papers_stay",
    _("Every paper's bytes are those that were kept, and those that were printed."),
    at_night=True,
)
def paper_faults() -> Iterator[Fault]:
    """Papers whose bytes do not fit their hash, or the hash that the audit holds of a printing."""
    for (row,) in rows_of(OTHER_BYTES):
        yield Fault(_("The bytes of paper %(row)s are not those that were kept."), row=row)
    for (row,) in rows_of(OTHERWISE_PRINTED):
        yield Fault(_("Paper %(row)s was printed with other bytes than are kept now."), row=row)


def _keep(paper: IssuedDocument) -> None:
    paper.pdf = render(paper)
    paper.sha256 = hashlib.sha256(paper.pdf).hexdigest()
    paper.template_version = _version(paper.template)
    paper.rendered_at = timezone.now()
    paper.save(update_fields=["pdf", "sha256", "template_version", "rendered_at"])


@cache
def _press() -> Any:
    """The rendering module, loaded by the first paper: its libraries would double the time of every start."""
    return import_module("hmis.kernel.rendering")


@cache
def _version(template: str) -> str:
    """Which state of the template and the print style made these bytes."""
    source = get_template(template).template.source  # type: ignore[attr-defined]
    return hashlib.sha256(source.encode() + PRINT_CSS.read_bytes()).hexdigest()[:16]
