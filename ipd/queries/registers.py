"""The registers of the wards: each a question to rows that carry their own number (docs/adr/0380).

A register has no table of its own: its lines are the admissions, births and deaths themselves, and the number
that each was given last in its act is what has no gap. Names are withheld as lists withhold them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.queries import Days
from hmis.kernel.templatetags.ui import on_day, when
from ipd.models import Admission, CareTeam, Death, Procedure
from ipd.states import AdmissionStatus
from patients.models import BedStay, Birth, MedicoLegalCase
from patients.permissions import VIEW_CASES, VIEW_CHART, VIEW_PATIENT
from patients.queries import withhold_names

REPORTED_WITHIN = timedelta(days=21)


@dataclass(frozen=True)
class Page:
    """A page by its name, and what it shows by its id."""

    name: str
    id: Any


@dataclass(frozen=True)
class Register:
    """One register: its lines of some days, their columns, and what each says in them."""

    code: str
    title: Any
    heads: Sequence[Any]
    rows: Callable[[Any], QuerySet[Any]]
    # The moment by which a line belongs to a day.
    when: str
    line: Callable[[Any], list[Any]]
    # Whom a line names.
    people: Callable[[Any], list[Any]]
    # Which column holds the number, for the paper.
    number: str = "number"
    # What stands behind a line: (permission, page, its id), the nearest first.
    behind: Sequence[tuple[str, str, Callable[[Any], Any]]] = ()

    def opens(self, line: Any, user: Any) -> Page | None:
        """The nearest page behind a line that this person may open."""
        for permission, name, key in self.behind:
            if user.may(permission) and (found := key(line)):
                return Page(name, found)
        return None


def lines_of(register: Register, user: Any, days: Days) -> QuerySet[Any]:
    """Its lines of these days, the first number first."""
    begins, ends = days.moments
    within = {f"{register.when}__gte": begins, f"{register.when}__lt": ends}
    return register.rows(user).filter(**within).order_by("facility", register.number, "pk")


def said(register: Register, lines: Sequence[Any]) -> list[list[Any]]:
    """What these lines say, names withheld where they must be."""
    withhold_names([person for one in lines for person in register.people(one)])
    return [register.line(one) for one in lines]


def said_with_heads(
    register: Register, lines: Sequence[Any], user: Any
) -> list[tuple[Page | None, list[tuple[Any, Any]]]]:
    """What each line opens, and its cells beside the heads of their columns: a phone has no row of heads."""
    told = [list(zip(register.heads, cells, strict=True)) for cells in said(register, lines)]
    return [(register.opens(one, user), cells) for one, cells in zip(lines, told, strict=True)]


def _person(patient: Any, at: datetime) -> list[Any]:
    """Who it is, and how old they were then: a register does not grow older."""
    age = patient.age_on(timezone.localdate(at))
    about = f"{patient.get_sex_display()} · {age}" if age else patient.get_sex_display()
    return [patient.uhid_shown, patient.listed_name, about]


PERSON = (_("UHID"), _("Name"), _("Sex · age"))
# Who reads no charts has the patient's page.
PATIENT = (VIEW_PATIENT, "patients:patient_detail", lambda one: one.patient_id)


# ── Admission and discharge ──


def _inpatients(user: Any) -> QuerySet[Admission]:
    teams = CareTeam.objects.select_related("department", "consultant").order_by("began_at", "pk")
    stays = BedStay.objects.select_related("bed__room__ward").order_by("began_at", "pk")
    put: list[Any] = [
        Prefetch("care_teams", teams, to_attr="teams"),
        Prefetch("encounter__bed_stays", stays, to_attr="stays"),
    ]
    return (
        Admission.objects.visible_to(user)
        .select_related("patient__district", "facility", "encounter")
        .prefetch_related(*put)
    )


def _ward(admission: Any, place: int) -> str:
    stays = admission.encounter.stays
    ward = stays[place].bed.room.ward if stays else None
    return str(ward or "")


def _admission(one: Any) -> list[Any]:
    team = one.teams[0] if one.teams else None
    return [
        one.number,
        when(one.admitted_at),
        *_person(one.patient, one.admitted_at),
        one.patient.place,
        one.get_source_display(),
        str(team.department) if team else "",
        str(team.consultant or "") if team else "",
        _ward(one, 0),
        _("cancelled") if one.status == AdmissionStatus.CANCELLED else "",
    ]


def _discharge(one: Any) -> list[Any]:
    team = one.teams[-1] if one.teams else None
    days = max((timezone.localdate(one.left_at) - timezone.localdate(one.admitted_at)).days, 1)
    return [
        one.discharge_number,
        when(one.discharged_at),
        one.number,
        *_person(one.patient, one.discharged_at),
        when(one.admitted_at),
        days,
        str(team.department) if team else "",
        _ward(one, -1),
        one.get_discharge_type_display(),
        one.referred_to,
    ]


# ── Birth, death, operation, medico-legal case ──


def _births(user: Any) -> QuerySet[Birth]:
    linked = ("baby", "mother__district", "facility", "registrar_report", "registered_by")
    return Birth.objects.visible_to(user).select_related(*linked)


def _birth(one: Any) -> list[Any]:
    report = reported(one)
    return [
        one.number or "—",
        when(one.born_at),
        one.baby.uhid_shown,
        one.baby.get_sex_display(),
        one.weight_grams or "",
        one.mother.uhid_shown,
        one.mother.listed_name,
        one.mother.place,
        str(one.registered_by),
        on_day(report.reported_on) if report else "",
        report.registration_number if report else "",
    ]


def _deaths(user: Any) -> QuerySet[Death]:
    people = ("patient__district", "certified_by")
    linked = (*people, "facility", "registrar_report", "encounter__department", "notice")
    return Death.objects.visible_to(user).select_related(*linked)


def _death(one: Any) -> list[Any]:
    report = reported(one)
    return [
        one.number,
        when(one.died_at),
        *_person(one.patient, one.died_at),
        one.patient.place,
        str(one.encounter.department),
        one.immediate_cause,
        one.get_manner_display(),
        str(one.certified_by),
        when(one.handed_at) if one.handed_at else "",
        on_day(report.reported_on) if report else "",
        "" if one.is_standing() else _("cancelled"),
    ]


def _operations(user: Any) -> QuerySet[Procedure]:
    linked = ("patient", "facility", "performed_by", "admission")
    return Procedure.objects.visible_to(user).filter(is_operation=True).select_related(*linked)


def _operation(one: Any) -> list[Any]:
    return [
        one.number,
        when(one.began_at),
        *_person(one.patient, one.began_at),
        one.admission.number,
        f"{one.name} ({one.get_side_display()})" if one.side else one.name,
        str(one.performed_by),
        one.get_anaesthesia_display(),
        one.anaesthetist,
        one.place,
    ]


def _cases(user: Any) -> QuerySet[MedicoLegalCase]:
    linked = ("patient", "facility", "marked_by")
    return MedicoLegalCase.objects.visible_to(user).select_related(*linked).prefetch_related("intimations")


def _case(one: Any) -> list[Any]:
    told = sorted(one.intimations.all(), key=lambda row: row.informed_at)
    return [
        one.number,
        when(one.marked_at),
        *_person(one.patient, one.marked_at),
        one.get_kind_display(),
        one.brought_by,
        str(one.marked_by),
        "; ".join(f"{row.station} · {when(row.informed_at)}" for row in told),
    ]


REGISTERS = {
    one.code: one
    for one in (
        Register(
            "admissions",
            _("Admission register"),
            (
                _("IPD number"),
                _("Admitted"),
                *PERSON,
                _("Place"),
                _("Came from"),
                _("Department"),
                _("Doctor"),
                _("Ward"),
                "",
            ),
            _inpatients,
            "admitted_at",
            _admission,
            lambda one: [one.patient],
            behind=((VIEW_CHART, "ipd:admission_detail", lambda one: one.pk), PATIENT),
        ),
        Register(
            "discharges",
            _("Discharge register"),
            (
                _("Discharge number"),
                _("Discharged"),
                _("IPD number"),
                *PERSON,
                _("Admitted"),
                _("Days"),
                _("Department"),
                _("Ward"),
                _("How"),
                _("Referred to"),
            ),
            lambda user: _inpatients(user).filter(status=AdmissionStatus.DISCHARGED),
            "discharged_at",
            _discharge,
            lambda one: [one.patient],
            "discharge_number",
            behind=((VIEW_CHART, "ipd:admission_detail", lambda one: one.pk), PATIENT),
        ),
        Register(
            "births",
            _("Birth register"),
            (
                _("Birth number"),
                _("Born"),
                _("UHID of the child"),
                _("Sex"),
                _("Weight (g)"),
                _("UHID of the mother"),
                _("Mother"),
                _("Place"),
                _("Registered by"),
                _("Registrar told"),
                _("Registrar's number"),
            ),
            _births,
            "born_at",
            _birth,
            lambda one: [one.mother, one.baby],
            behind=((VIEW_PATIENT, "patients:patient_detail", lambda one: one.baby_id),),
        ),
        Register(
            "deaths",
            _("Death register"),
            (
                _("Death number"),
                _("Died"),
                *PERSON,
                _("Place"),
                _("Department"),
                _("Immediate cause"),
                _("Manner"),
                _("Certified by"),
                _("Body handed over"),
                _("Registrar told"),
                "",
            ),
            _deaths,
            "died_at",
            _death,
            lambda one: [one.patient],
            behind=(("ipd.view_registers", "ipd:death_detail", lambda one: one.pk),),
        ),
        Register(
            "operations",
            _("Operation register"),
            (
                _("Operation number"),
                _("Begun"),
                *PERSON,
                _("IPD number"),
                _("Operation"),
                _("Surgeon"),
                _("Anaesthesia"),
                _("Anaesthetist"),
                _("Theatre"),
            ),
            _operations,
            "began_at",
            _operation,
            lambda one: [one.patient],
            behind=((VIEW_CHART, "ipd:admission_detail", lambda one: one.admission_id), PATIENT),
        ),
        Register(
            "cases",
            _("Medico-legal register"),
            (
                _("MLC number"),
                _("Marked"),
                *PERSON,
                _("Kind of case"),
                _("Brought by"),
                _("Marked by"),
                _("Police informed"),
            ),
            _cases,
            "marked_at",
            _case,
            lambda one: [one.patient],
            behind=((VIEW_CASES, "patients:case_detail", lambda one: one.pk), PATIENT),
        ),
    )
}


# ── What the registrar must be told ──


def reported(row: Any) -> Any:
    """What the registrar was told of a birth or a death; None: nothing yet."""
    return getattr(row, "registrar_report", None)


@dataclass(frozen=True)
class Due:
    """A birth or a death that the registrar was not told of."""

    kind: str  # "birth" or "death"
    row: Any
    at: Any
    due_on: date
    is_late: bool

    @property
    def patient(self) -> Any:
        """Whom it is about: of a birth the mother, whose name the office asks for."""
        return self.row.mother if self.kind == "birth" else self.row.patient


MOST_DUE = 300


def due_at_registrar(user: Any, today: date) -> list[Due]:
    """Births and deaths that the registrar does not know of yet, the first due first (21 days, domain.md)."""
    untold = Q(registrar_report=None)
    births = _births(user).filter(untold).exclude(number="").order_by("born_at", "pk")[:MOST_DUE]
    deaths = _deaths(user).filter(untold, notice__withdrawn_at=None).order_by("died_at", "pk")[:MOST_DUE]
    found = [_due("birth", one, one.born_at, today) for one in births]
    found += [_due("death", one, one.died_at, today) for one in deaths]
    withhold_names([one.patient for one in found])
    return sorted(found, key=lambda one: (one.due_on, one.at))


def _due(kind: str, row: Any, at: Any, today: date) -> Due:
    due_on = timezone.localdate(at) + REPORTED_WITHIN
    return Due(kind, row, at, due_on, due_on < today)


def births_here(user: Any) -> QuerySet[Birth]:
    """The births at the hospitals within reach."""
    return _births(user).annotate(at=F("born_at"))
