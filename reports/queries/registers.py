"""The registers that offices ask for and that no lower app keeps: the OPD register.

As the registers of the wards it is a question (docs/adr/0380): its lines are the visits themselves.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.queries import Days
from hmis.kernel.templatetags.ui import when
from ipd.queries import Register, lines_of, said
from opd.models import QueueToken
from opd.permissions import VIEW_QUEUE
from opd.queries import OF_THE_OPD
from opd.states import TokenStatus
from patients.models import ClinicalNote, Condition, Encounter
from patients.models.conditions import NOT_REFUTED
from patients.permissions import VIEW_PATIENT
from patients.states import EncounterStatus, NoteStatus

# HIV and what tells of it is for those who treat (HIV and AIDS (Prevention and Control) Act, 2017, s. 8).
CONFIDENTIAL = ("B20", "B21", "B22", "B23", "B24", "F02.4", "O98.7", "R75", "Z11.4", "Z20.6", "Z21", "Z71.7")
# Lines that are read from the database and sent on at once.
CHUNK = 500


def signed_conditions() -> QuerySet[Condition]:
    """Diagnoses that hold and stand at an encounter with a signed note; the main one first."""
    signed = ClinicalNote.objects.filter(encounter=OuterRef("encounter"), status=NoteStatus.SIGNED)
    return Condition.objects.filter(NOT_REFUTED, Exists(signed)).order_by("-is_main", "pk")


def _visits(user: Any) -> QuerySet[Encounter]:
    tokens = QueueToken.objects.exclude(status=TokenStatus.MOVED).select_related("clinic_day__unit")
    put: list[Any] = [
        Prefetch("tokens", tokens.order_by("pk"), to_attr="places"),
        Prefetch("conditions", signed_conditions(), to_attr="signed"),
    ]
    return (
        Encounter.objects.visible_to(user)
        .filter(OF_THE_OPD)
        .select_related("patient__district", "department", "facility")
        .prefetch_related(*put)
    )


def _visit(one: Any) -> list[Any]:
    patient, token = one.patient, one.places[-1] if one.places else None
    age, hidden = patient.age_on(timezone.localdate(one.started_at)), getattr(patient, "is_withheld", False)
    return [
        when(one.started_at),
        token.number if token else "",
        patient.uhid_shown,
        patient.listed_name,
        f"{patient.get_sex_display()} · {age}" if age else patient.get_sex_display(),
        "" if hidden else patient.place,
        str(one.department),
        str(token.clinic_day.unit) if token else "",
        _("old") if one.follows_id else _("new"),
        "" if hidden else "; ".join(_code(condition) for condition in one.signed),
        _("cancelled") if one.status == EncounterStatus.CANCELLED else "",
    ]


def _code(condition: Condition) -> str:
    return str(_("withheld")) if condition.code.startswith(CONFIDENTIAL) else str(condition)


OPD = Register(
    "opd",
    _("OPD register"),
    (
        _("Came"),
        _("Token"),
        _("UHID"),
        _("Name"),
        _("Sex · age"),
        _("Place"),
        _("Department"),
        _("Unit"),
        _("New or old"),
        _("Diagnosis (ICD-10)"),
        "",
    ),
    _visits,
    "started_at",
    _visit,
    lambda one: [one.patient],
    "started_at",
    (
        (VIEW_QUEUE, "opd:registration_detail", lambda one: one.pk if one.places else None),
        (VIEW_PATIENT, "patients:patient_detail", lambda one: one.patient_id),
    ),
)


def streamed(register: Register, user: Any, days: Days) -> Iterator[list[Any]]:
    """What its lines say, read through a cursor of the server: of many lines only CHUNK are held."""
    lines = lines_of(register, user, days).iterator(chunk_size=CHUNK)
    while some := list(islice(lines, CHUNK)):
        yield from said(register, some)


def exceeds(register: Register, user: Any, days: Days, most: int) -> bool:
    """Whether it has more lines than this; looks no further."""
    lines = lines_of(register, user, days).order_by().prefetch_related(None).values("pk")
    return len(lines[: most + 1]) > most
