"""What is counted, hospital by hospital and day by day: the list of measures, to be read aloud.

A measure names its rows once. From that one line come the cell that is counted anew when a fact touches it,
the nightly recount of all cells, and the proof that both agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    CharField,
    Count,
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Model,
    OuterRef,
    Q,
    Sum,
    TextChoices,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Floor, Least, LPad
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Exemption, Payment, Refund
from billing.states import PaymentMode
from ipd.models import Admission, Death, WardCensus
from ipd.states import AdmissionStatus, DischargeType, Source
from lab.models import DiagnosticReport, ServiceRequest
from lab.states import OrderStatus
from opd.models import CasualtyArrival, Consultation, QueueToken
from opd.queries import OF_THE_OPD
from opd.states import ConsultationStatus, TokenStatus, Triage
from patients.codes import code_of
from patients.models import (
    AbhaStatus,
    ClinicalNote,
    Condition,
    Encounter,
    MedicationDispense,
    MedicationRequest,
    NoPhone,
    NoteKind,
    Patient,
)
from patients.states import ConditionStatus, DispenseOutcome, EncounterStatus, MedicationStatus, NoteStatus

# Waiting times are kept in steps of so many minutes, turnaround in hours; what is longer stands in the last.
WAIT_STEP, LONGEST_WAIT = 5, 240
LONGEST_TURNAROUND = 72
CELL = 40  # characters of a part


# Each is itself: two measures of the same rows are two.
@dataclass(frozen=True, eq=False)
class Measure:
    """One measure: the rows that count, the day they count on, and what a fact touches of them.

    `when` is the path of the moment (or the date) of a row; it never changes, else yesterday's cell would be
    forgotten. `touched`: what a fact may be about, and the path from a row to it. `part` tells rows apart.
    """

    key: str
    label: Any
    model: type[Model]
    when: str
    touched: Mapping[str, str]
    only: Q = field(default_factory=Q)
    part: Combinable | None = None
    value: Aggregate = field(default_factory=lambda: Count("pk"))
    is_money: bool = False
    # What was found or given: its list names nobody.
    is_clinical: bool = False
    # What befell people: from outside the hospital small numbers of it are masked.
    is_sensitive: bool = False
    # What its parts are called, where they are words of ours.
    words: Callable[[str], Any] = str

    def say(self, part: str) -> Any:
        """A part in the reader's words."""
        return self.words(part) if part else ""

    @property
    def whom(self) -> str:
        """The path from a row to its patient; empty: it is one, or about nobody."""
        return WHOM.get(self.model, "patient")

    @property
    def counts_dates(self) -> bool:
        """Whether `when` is a date, and no moment."""
        found: Any = self.model
        for name in self.when.split("__"):
            one = found._meta.get_field(name)
            found = one.related_model or found
        return type(one) is DateField


def _steps(since: str, until: str, seconds: int, most: int, width: int) -> Combinable:
    """How long it took, in whole steps, as text of one width: 000, 005 … 240."""
    took = ExpressionWrapper(F(until) - F(since), output_field=DurationField())
    elapsed = Func(took, function="EXTRACT", template="EXTRACT(EPOCH FROM %(expressions)s)")
    whole = Cast(Floor(Cast(elapsed, IntegerField()) / Value(seconds)), IntegerField())
    return LPad(Cast(Least(whole, Value(most)), CharField()), width, Value("0"))


def _of(choices: type[TextChoices]) -> Callable[[str], Any]:
    return lambda part: choices(part).label if part in choices.values else part


def _minutes(part: str) -> Any:
    least = int(part) * WAIT_STEP
    if least >= LONGEST_WAIT:
        return _("%(minutes)s min. and more") % {"minutes": least}
    return _("%(least)s–%(most)s min.") % {"least": least, "most": least + WAIT_STEP - 1}


def _hours(part: str) -> Any:
    if int(part) >= LONGEST_TURNAROUND:
        return _("%(hours)s h and more") % {"hours": int(part)}
    return _("in the hour after %(hours)s h") % {"hours": int(part)}


def _reached(part: str) -> Any:
    return _("mobile on file") if part == "phone" else _of(NoPhone)(part)


def _diagnosis(part: str) -> Any:
    known = code_of(part)
    if known is None:
        return part
    words = known.title_hi if get_language() == "hi" and known.title_hi else known.title
    return f"{part} {words}"


# Rows that lead to their patient by another way than `patient`.
WHOM: dict[type[Model], str] = {
    CasualtyArrival: "encounter__patient",
    Consultation: "encounter__patient",
    Exemption: "charge_item__patient",
    Patient: "",
    Payment: "invoice__patient",
    Refund: "payment__invoice__patient",
    WardCensus: "",
}
ENCOUNTER = "patients.encounter"
NOTE = "patients.clinicalnote"
STANDS = ~Q(status=EncounterStatus.CANCELLED)
CAME = STANDS & OF_THE_OPD
# Whatever is done to a token may cancel its visit.
OF_A_VISIT = {ENCOUNTER: "pk", "opd.queuetoken": "tokens"}
# Whoever is admitted or comes to casualty has a contact too.
OF_A_CONTACT = OF_A_VISIT | {"ipd.admission": "admission", "opd.casualtyarrival": "casualty_arrival"}
PRESCRIBED = MedicationRequest.objects.filter(
    encounter=OuterRef("pk"), status__in=[MedicationStatus.ACTIVE, MedicationStatus.STOPPED]
)
SUMMARISED = ClinicalNote.objects.filter(
    encounter=OuterRef("encounter"), kind=NoteKind.DISCHARGE, status=NoteStatus.SIGNED
)
GONE = Q(status=AdmissionStatus.DISCHARGED)
NAMESAKE = Patient.objects.filter(
    phone=OuterRef("phone"), name_words=OuterRef("name_words"), facility=OuterRef("facility")
).exclude(pk=OuterRef("pk"))

ALL = (
    # ── OPD and casualty ──
    Measure("visits", _("OPD visits"), Encounter, "started_at", OF_A_VISIT, CAME, F("department__code")),
    Measure("new_visits", _("new OPD visits"), Encounter, "started_at", OF_A_VISIT, CAME & Q(follows=None)),
    Measure(
        "arrivals",
        _("casualty"),
        CasualtyArrival,
        "arrived_at",
        {"opd.casualtyarrival": "pk", ENCOUNTER: "encounter"},
        ~Q(encounter__status=EncounterStatus.CANCELLED),
        F("triage"),
        words=_of(Triage),
    ),
    Measure(
        "tokens",
        _("tokens by what became of them"),
        QueueToken,
        "clinic_day__held_on",
        {"opd.queuetoken": "pk", "opd.clinicday": "clinic_day", ENCOUNTER: "encounter"},
        part=F("status"),
        words=_of(TokenStatus),
    ),
    Measure(
        "waits",
        _("minutes until called"),
        QueueToken,
        "clinic_day__held_on",
        {"opd.queuetoken": "pk", "opd.clinicday": "clinic_day", ENCOUNTER: "encounter"},
        Q(called_at__gte=F("senior_since")),
        _steps("senior_since", "called_at", 60 * WAIT_STEP, LONGEST_WAIT // WAIT_STEP, 3),
        words=_minutes,
    ),
    Measure(
        "consultations",
        _("consultations signed"),
        Consultation,
        "started_at",
        {"opd.consultation": "pk", NOTE: "note"},
        Q(status=ConsultationStatus.SIGNED),
    ),
    Measure(
        "prescribed",
        _("visits with an e-prescription"),
        Encounter,
        "started_at",
        OF_A_VISIT | {NOTE: "notes", "patients.medicationrequest": "medicines"},
        Q(CAME, Exists(PRESCRIBED)),
        is_clinical=True,
    ),
    # ── Wards ──
    Measure(
        "admissions",
        _("admissions"),
        Admission,
        "admitted_at",
        {"ipd.admission": "pk"},
        ~Q(status=AdmissionStatus.CANCELLED),
        F("source"),
        words=_of(Source),
    ),
    Measure(
        "discharges",
        _("discharges"),
        Admission,
        "discharged_at",
        {"ipd.admission": "pk"},
        GONE,
        F("discharge_type"),
        words=_of(DischargeType),
        is_sensitive=True,
    ),
    Measure(
        "summaries",
        _("discharges with a signed summary"),
        Admission,
        "discharged_at",
        {"ipd.admission": "pk", NOTE: "encounter__notes"},
        Q(GONE, Exists(SUMMARISED)),
    ),
    Measure(
        "deaths",
        _("deaths"),
        Death,
        "died_at",
        {"ipd.death": "pk", "patients.deathnotice": "notice"},
        Q(notice__withdrawn_at=None),
        is_sensitive=True,
    ),
    Measure("lain", _("in beds at midnight"), WardCensus, "day", {}, value=Sum(F("in_beds") + F("in_extra"))),
    Measure("beds", _("beds"), WardCensus, "day", {}, value=Sum("beds")),
    # ── Laboratory and pharmacy ──
    Measure(
        "tests",
        _("tests ordered"),
        ServiceRequest,
        "ordered_on",
        {"lab.servicerequest": "pk", ENCOUNTER: "encounter"},
        ~Q(status=OrderStatus.CANCELLED),
    ),
    Measure(
        "turnaround",
        _("hours from order to report"),
        DiagnosticReport,
        "authorised_at",
        {"lab.diagnosticreport": "pk", "lab.servicerequest": "order"},
        Q(version=1, authorised_at__gte=F("order__ordered_at")),
        _steps("order__ordered_at", "authorised_at", 3600, LONGEST_TURNAROUND, 2),
        words=_hours,
    ),
    Measure(
        "dispensed",
        _("medicines at the counter"),
        MedicationDispense,
        "given_at",
        {"patients.medicationdispense": "pk"},
        Q(corrected_by=None),
        F("outcome"),
        is_clinical=True,
        words=_of(DispenseOutcome),
    ),
    # ── Money: what came in, went back and was let off ──
    Measure(
        "collected",
        pgettext_lazy("money", "collected"),
        Payment,
        "received_at",
        {"billing.payment": "pk", "billing.invoice": "invoice", ENCOUNTER: "invoice__encounter"},
        ~Q(mode=PaymentMode.DEPOSIT),
        F("mode"),
        Sum("amount"),
        is_money=True,
        words=_of(PaymentMode),
    ),
    Measure(
        "refunded",
        _("given back"),
        Refund,
        "paid_back_at",
        {"billing.refund": "pk"},
        ~Q(mode=PaymentMode.DEPOSIT),
        F("mode"),
        Sum("amount"),
        is_money=True,
        words=_of(PaymentMode),
    ),
    Measure(
        "exempted",
        _("let off"),
        Exemption,
        "granted_at",
        {
            ENCOUNTER: "charge_item__encounter",
            "billing.invoice": "charge_item__invoice_line__invoice",
            "lab.servicerequest": "charge_item__orders",
        },
        value=Sum("amount"),
        is_money=True,
    ),
    # ── Who comes, with what, and how it is written down ──
    Measure(
        "diagnoses",
        _("diagnoses"),
        Condition,
        "recorded_on",
        {"patients.condition": "pk", NOTE: "encounter__notes"},
        ~Q(status=ConditionStatus.REFUTED),
        F("code"),
        is_clinical=True,
        words=_diagnosis,
        is_sensitive=True,
    ),
    Measure(
        "abha",
        _("visits by how it stands with the ABHA"),
        Encounter,
        "started_at",
        OF_A_CONTACT | {"patients.patient": "patient", "patients.patientidentifier": "patient__identifiers"},
        STANDS,
        F("patient__abha_status"),
        words=_of(AbhaStatus),
    ),
    Measure(
        "phones",
        _("visits by how the patient is reached"),
        Encounter,
        "started_at",
        OF_A_CONTACT | {"patients.patient": "patient"},
        STANDS,
        Case(When(~Q(patient__phone=""), then=Value("phone")), default=F("patient__no_phone_reason")),
        words=_reached,
    ),
    Measure(
        "notes",
        _("notes by whether they are signed"),
        ClinicalNote,
        "begun_at",
        {NOTE: "pk"},
        ~Q(status=NoteStatus.DISCARDED),
        F("status"),
        is_clinical=True,
        words=_of(NoteStatus),
    ),
)
# Whoever is registered may make a double of somebody of years ago, and no fact of theirs tells: these are
# counted each night only.
NIGHTLY = (
    Measure(
        "doubles",
        _("likely duplicates"),
        Patient,
        "registered_at",
        {},
        ~Q(phone="") & Q(Exists(NAMESAKE)),
    ),
)
MEASURES = {one.key: one for one in (*ALL, *NIGHTLY)}
TOUCHING = sorted({label for one in ALL for label in one.touched} | {"facilities.facility"})


def part_of(measure: Measure) -> Combinable:
    """The expression that tells the rows of a measure apart, as text that fits a cell."""
    if measure.part is None:
        return Value("")
    return Coalesce(Cast(measure.part, CharField(max_length=CELL)), Value(""))
