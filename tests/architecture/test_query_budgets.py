"""Every page that lists keeps to its number of SQL queries, however many rows it shows.

The numbers stand in query_budgets.json. A new page gets its line there; twenty is the most for any.
"""

import json
from datetime import date
from pathlib import Path
from string import ascii_uppercase
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from billing.models import ChargeItemDefinition, Claim, RefundRequest, Scheme, Settlement, Shift
from billing.services import Offer
from billing.states import PaymentMode
from facilities.models import Bed, Department, Facility, Room
from facilities.roles import Grade, Role
from hmis.kernel import recent, scope
from hmis.kernel.models import AuditEntry
from ipd.models import Admission
from lab.models import Analyser, ControlLevel, QualityControlRun, TestDefinition, UnmatchedResult
from lab.services import cancel_order, receive_specimens, reject_specimen
from lab.states import CancelReason, RejectReason
from opd.models import CasualtyArrival, ClinicDay
from opd.services import Visit, register_visit
from patients.models import (
    AllergyIntolerance,
    CaseKind,
    Certificate,
    ContentApproval,
    Interaction,
    MedicineSet,
    MedicoLegalCase,
    Sex,
)
from patients.queries import content
from patients.services import CaseDetails, Newborn, Writing, register_newborns, submit_note
from patients.states import EncounterStatus
from tests.architecture.test_access import ACCESS
from tests.factories.analysers import make_waiting
from tests.factories.audit import make_seal
from tests.factories.billing import make_invoice, make_scheme
from tests.factories.casualty import come, make_emergency
from tests.factories.chart import make_allergy, make_observation
from tests.factories.facilities import (
    make_clerk,
    make_department,
    make_district,
    make_doctor,
    make_facility,
    make_nurse,
    make_person,
    make_sheet,
    make_unit,
)
from tests.factories.formulary import make_approval, make_formulary, medication
from tests.factories.ipd import admit, beds_in, begin_discharge, die, make_operation, make_ward
from tests.factories.lab import (
    collect,
    enter,
    make_control_level,
    make_technician,
    make_test,
    order,
    run_controls,
    verify,
)
from tests.factories.notes import TEXT, make_condition, make_graded, make_note, make_templates
from tests.factories.opd import begin_consultation, make_display, make_token
from tests.factories.outcomes import certifying, make_admission_request, make_certificate, make_letter
from tests.factories.patients import make_encounter, make_merge, make_patient
from tests.factories.prescribing import answer_all, give, make_issue, make_line, make_set, sign
from tests.factories.registries import make_entry, make_registry_import
from tests.factories.reports import make_run
from tests.factories.results import make_bare_report, make_form_f, order_scan
from tests.factories.rollout import make_expectation, make_hour, make_setting, make_step, make_use
from tests.factories.rounds import ILL, ask, measure
from tests.factories.sessions import signed_in
from tests.factories.shifts import give_in_advance, keep_money
from tests.factories.tariffs import (
    make_claim,
    make_cover,
    make_definition,
    make_exempted,
    make_payer,
    make_price,
)

# Measured together, once: each page before and after the lists have grown.
pytestmark = pytest.mark.xdist_group("budgets")

BUDGETS = json.loads(Path(__file__).with_name("query_budgets.json").read_text())
# What a search asks is sent, so that no name and no diagnosis stands in an address.
SENT = {
    "billing:bill_list": {"words": "5"},
    "lab:offer_list": {"words": "sugar"},
    "opd:search_new": {"q": "munda"},
    "patients:code_list": {"q": "sugar"},
    "patients:medicine_list": {"line": "para 500 1-1-1 5d"},
    "patients:patient_list": {"q": "munda"},
}
OF_ENCOUNTERS = (
    "opd:referral_new",
    "patients:admission_request_new",
    "patients:certificate_new",
    "patients:letter_new",
    "patients:outcome_list",
    "lab:offer_list",
    "lab:order_new",
)
# Papers and the public page show one thing; a list of blocks is one query by its nature.
NO_LISTS = {
    "paper_list",
    "paper_detail",
    "patients:block_list",
    "patients:allergen_list",
    "opd:duplicate_list",
    "ipd:duplicate_list",
}
# Leads to the first that waits, whose page has the list.
NO_LISTS |= {"lab:authorisation_list"}


# Whose page it is, where it is not the clerk's.
READERS = {
    **{
        f"ipd:{start}": lambda rims: make_doctor("Sahay", rims)
        for start in ("discharge_", "death_", "register_", "summary_")
    },
    **{
        start: lambda rims: make_person("Rekha", Role.RECORDS_OFFICER, rims)
        for start in ("ipd:registrar_", "ipd:census_", "ipd:figure_", "patients:double_", "patients:merge_")
    },
    "opd:waiting_": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims),
    **{
        f"lab:{start}": lambda rims: make_person("Roy", Role.RADIOLOGIST, rims)
        for start in ("examination_", "form_f_")
    },
    "opd:vitals_": lambda rims: make_nurse("Nila", rims),
    "audit:": lambda rims: make_person("Prem", Role.AUDITOR, rims.district.state),
    "facilities:facility_list": lambda rims: make_person("Rani", Role.STATE_ADMIN, rims.district.state),
    "facilities:": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims),
    **{
        f"billing:{start}": lambda rims: make_person("Poonam", Role.BILLING_SUPERVISOR, rims)
        for start in (
            "shift_",
            "challan",
            "daybook",
            "collection",
            "unseen",
            "settlement",
            "cheque",
            "ledger",
        )
    },
    **{
        f"reports:{start}": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims)
        for start in ("review_", "number_", "outcome_", "figure_", "quality_")
    },
    **{
        f"reports:{start}": lambda rims: make_person("Ritu", Role.STATE_ADMIN, rims.district.state)
        for start in ("rollout", "link")
    },
    **dict.fromkeys(
        ("reports:register_", "reports:form_p", "reports:run_"),
        lambda rims: make_person("Rekha", Role.RECORDS_OFFICER, rims),
    ),
    **{
        f"reports:{start}": lambda rims: make_person("Indu", Role.STATE_ADMIN, rims.district.state)
        for start in ("registry_", "hpr_", "abha_")
    },
    "reports:": lambda rims: make_person("Poonam", Role.BILLING_SUPERVISOR, rims),
    "billing:scheme": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims),
    "billing:tariff": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims),
    "billing:cover_approval": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims),
    "billing:claim": lambda rims: make_person("Sonu", Role.BILLING_SUPERVISOR, rims),
    "billing:due": lambda rims: make_person("Sonu", Role.BILLING_SUPERVISOR, rims),
    "billing:patient_due": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims),
    **{
        start: lambda rims: make_person("Bose", Role.DOCTOR, rims)
        for start in (
            "patients:chart",
            "patients:medicine_list",
            "patients:alert_list",
            "patients:vital",
            "patients:code",
            "patients:note",
            "opd:room",
            "opd:token",
            "opd:signature",
            "ipd:admission_detail",
            "ipd:inpatient",
            "ipd:opinion",
            "ipd:vitals",
            "ipd:warning",
            "lab:offer",
            "lab:order_new",
            "lab:result_list",
            "lab:report_",
        )
    },
    **{
        f"patients:{start}": lambda rims: make_person("Anita", Role.PHARMACIST, rims)
        for start in ("prescription", "shortage", "h1")
    },
    **{
        f"lab:{start}": lambda rims: make_person("Rajesh", Role.LAB_TECHNICIAN, rims)
        for start in ("reception", "recollection", "rejection", "result", "worklist", "collection")
    },
    "lab:authorisation": lambda rims: make_person("Farhana", Role.PATHOLOGIST, rims),
    "lab:critical": lambda rims: make_person("Farhana", Role.PATHOLOGIST, rims),
    "patients:formulary": lambda rims: make_person("Anita", Role.PHARMACIST, rims),
    "patients:medication": lambda rims: make_person("Anita", Role.PHARMACIST, rims),
    "patients:content": lambda rims: make_person("Bose", Role.DOCTOR, rims),
    "patients:alert": lambda rims: make_person("Bose", Role.DOCTOR, rims),
    "patients:outcome": lambda rims: make_person("Bose", Role.DOCTOR, rims),
    "patients:letter": lambda rims: make_person("Bose", Role.DOCTOR, rims),
    "patients:admission_request_new": lambda rims: make_person("Bose", Role.DOCTOR, rims),
    "patients:certificate": lambda rims: make_person("Bose", Role.DOCTOR, rims),
    "opd:referral_new": lambda rims: make_person("Bose", Role.DOCTOR, rims),
    **{
        f"lab:{start}": lambda rims: make_person("Farhana", Role.PATHOLOGIST, rims)
        for start in ("content", "catalogue", "control", "figure", "notifiable")
    },
    "lab:analyser": lambda rims: make_person("Farhana", Role.PATHOLOGIST, rims),
    "lab:tray": lambda rims: make_person("Rajesh", Role.LAB_TECHNICIAN, rims),
    **{f"ipd:{start}": lambda rims: make_nurse("Nila", rims) for start in ("ward_detail", "transfer")},
    "ipd:": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims),
    "opd:display": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims),
    "opd:downtime": lambda rims: make_person("Lata", Role.FACILITY_ADMIN, rims),
}


class Place:
    """A hospital whose lists grow: each registration adds one line to every list."""

    def __init__(self):
        self.rims = make_facility("RIMS", make_district("Ranchi", 364))
        self.med, self.emer = make_department(self.rims, "MED"), make_emergency(self.rims)
        self.unit = make_unit(self.med)
        self.kavita, self.clara = make_clerk("Kavita", self.rims), make_nurse("Clara", self.rims)
        self.bose = certifying(make_person("Author", Role.DOCTOR, self.rims))
        self.scheme, self.service = make_payer(), make_definition()
        self.readers = {start: signed_in(who(self.rims)) for start, who in READERS.items()}
        self.clerk = signed_in(self.kavita)
        self.rajesh = make_technician(self.rims)
        self.ward = make_ward(self.med)
        self.first = self.register()
        make_token(ClinicDay.objects.get(unit=self.unit))  # waits to be measured from the beginning
        make_display([self.unit], self.kavita)
        make_seal()
        self.named = self.ids()

    def register(self, patient=None):
        """A registration of this patient or somebody new, a case, a colleague; what money brings with it."""
        make_price(make_definition(f"S{ChargeItemDefinition.objects.count()}"), self.rims)
        make_price(
            self.service,
            self.rims,
            valid_from=date(2020, 1, 1),
            valid_to=date(2020, 1, 1),
            scheme=make_scheme(f"SCHEME{Scheme.objects.count()}"),
        )
        self.make_leaving()
        self.roll_out()
        made = self.come_again(patient)
        make_cover(made.encounter, self.kavita, self.scheme, ended_at=timezone.now())
        make_cover(made.encounter, self.kavita, self.scheme)
        make_exempted(made.encounter, self.kavita, self.scheme)
        make_claim(made.encounter, self.kavita, self.scheme)
        make_invoice(made.encounter, self.kavita)
        make_entry(self.rims.district)
        return made

    def come_again(self, patient):
        make_nurse("Nurse", self.rims)
        make_department(self.rims, "D" + ascii_uppercase[Department.objects.count()])
        case = CaseDetails(CaseKind.ASSAULT)
        come(self.emer, self.kavita, at=timezone.now(), case=case)
        visit = register_visit(
            patient=patient or make_patient(self.rims, "Budhni Munda", "", phone="9431100001"),
            visit=Visit(department=self.med, offer=Offer(PaymentMode.CASH)),
            request_key=uuid4(),
            actor=self.kavita,
            at=timezone.now(),
            confirm_again=True,
        )
        keep_money(visit.encounter)
        self.go_home()
        self.lie()
        # Of one patient: the others wait to be measured.
        measured = getattr(self, "first", visit).encounter
        make_observation(measured, self.clara)
        self.write(visit)
        self.make_rounds()
        make_letter(measured, self.bose)
        make_certificate(measured, self.bose, days=1 + Certificate.objects.count())
        make_admission_request(visit.encounter, self.bose)
        make_allergy(measured, self.clara, f"fish {AllergyIntolerance.objects.count()}")
        self.order(measured)
        self.work(measured)
        self.report = make_bare_report(measured, self.bose, self.clara)
        self.scan = order_scan(measured, self.bose)
        make_form_f(self.scan, self.bose)
        return visit

    def go_home(self):
        """Somebody more whose visit is over, with money in the deposit."""
        now, gone = timezone.now(), make_patient(self.rims, "Gone Home", "", phone="9431100008")
        over = make_encounter(gone, self.med, status=EncounterStatus.FINISHED, ended_at=now)
        give_in_advance(over, self.kavita)
        make_merge(make_patient(self.rims, "Gone Home Twice"), gone, self.kavita)

    def make_rounds(self):
        """One inpatient more with a score that waits; the first is measured, written about, asked about."""
        self.measured_ward = getattr(self, "measured_ward", None) or make_ward(self.med, beds=12)
        bed = next(one for one in beds_in(self.measured_ward) if not one.stays.filter(ended_at=None).exists())
        lying = admit(make_patient(self.rims, f"Inpatient {bed.number}"), bed, self.clara).admission
        self.inpatient = getattr(self, "inpatient", lying)
        for one in {self.inpatient.pk: self.inpatient, lying.pk: lying}.values():
            measure(one, self.clara, ILL)
        newest = Department.objects.filter(facility=self.rims).exclude(pk=self.med.pk).order_by("-pk")[0]
        ask(self.inpatient, newest, self.bose)
        self.ward_note = make_note(self.inpatient.encounter, self.bose, template="PROGRESS", sections=None)

    def roll_out(self):
        """A hospital more in the district that is to use the system; an hour more of a link."""
        number = Facility.objects.count()
        other = make_facility(f"X{ascii_uppercase[number]}", self.rims.district)
        make_step(other)
        make_use(other, timezone.localdate())
        make_expectation(other)
        make_setting(other)
        make_hour(self.rims, timezone.localdate(), number)

    def lie(self):
        """Somebody more in a bed of the ward, in a room of their own; a ward more."""
        inpatient = make_patient(self.rims, "Etwari Devi", "", phone="9431100009")
        room = Room.objects.create(facility=self.rims, ward=self.ward, number=f"I{Room.objects.count()}")
        bed = Bed.objects.create(facility=self.rims, room=room, number="1")
        self.lain = admit(inpatient, bed, self.clara)
        make_ward(self.med)

    def order(self, encounter):
        """A test that is new in the list, priced and ordered, and one that was taken back; a control."""
        level = make_control_level(self.rims, self.bose, analyser=f"A{ControlLevel.objects.count()}")
        self.level = getattr(self, "level", level)
        for one in {self.level.pk: self.level, level.pk: level}.values():
            run_controls(self.bose, (one, "160"))
        code = f"T{TestDefinition.objects.count()}"
        tests = [make_test(f"{code}{kind}", words=["sugar"], service=self.service) for kind in "AB"]
        made = order(encounter, self.bose, *tests)
        make_waiting(self.rims)
        cancel_order(
            order=made[1],
            reason=CancelReason.MISTAKE,
            request_key=uuid4(),
            actor=self.bose,
            at=timezone.now(),
        )

    def work(self, encounter):
        """In each list of the laboratory one line more: waiting, on its way, critical, verified, rejected."""
        tests = [
            make_test(
                f"L{TestDefinition.objects.count()}{kind}", members=["HB", "PLT"], specimen=f"blood {kind}"
            )
            for kind in "ABCDE"
        ]
        _waits, *taken = order(encounter, self.bose, *tests, urgent=True)
        specimens = collect(encounter, taken, self.rajesh)
        at_hand = [one for one in specimens if one.specimen != "blood B"]
        receive_specimens(specimens=at_hand, actor=self.rajesh, at=timezone.now())
        entered, verified = (one for one in taken if one.test.code[-1] in "CD")
        for one in (entered, verified):
            one.refresh_from_db()
            enter(one, self.rajesh, HB="5.1", PLT="200")
        verify(verified, self.rajesh)
        reject_specimen(
            specimen=next(one for one in specimens if one.specimen == "blood E"),
            reason=RejectReason.CLOTTED,
            request_key=uuid4(),
            actor=self.rajesh,
            at=timezone.now(),
        )
        self.entered, self.verified = entered, verified

    def make_leaving(self):
        """Somebody more whose discharge is begun, with a summary, an operation and a child; a death more."""
        beds, now = beds_in(make_ward(self.med)), timezone.now()
        going, dying = (
            admit(make_patient(self.rims, f"{name} {Admission.objects.count()}"), bed, self.clara).admission
            for name, bed in (("Going", beds[0]), ("Dying", beds[1]))
        )
        begin_discharge(going, self.bose)
        make_operation(going, self.bose, at=now)
        newborn = Newborn(Sex.FEMALE, now)
        register_newborns(
            mother=going.patient, babies=[newborn], request_key=uuid4(), actor=self.clara, at=now
        )
        self.death = die(dying.encounter, self.bose, died_at=dying.admitted_at)
        self.leaving = getattr(self, "leaving", going)

    def write(self, visit):
        """A resident's signed note and an intern's that waits, of somebody who is seen now."""
        make_templates()
        make_formulary(self.rims)
        waiting = Interaction.objects.exclude(pk__in=ContentApproval.objects.values("row_id")).first()
        make_approval(waiting, self.bose)
        resident = make_graded("Resident", self.rims, Grade.RESIDENT)
        intern = make_graded("Intern", self.rims, Grade.INTERN)
        made = begin_consultation(visit.token, intern)
        submit_note(
            note=made.note, writing=Writing(0, TEXT), request_key=uuid4(), actor=intern, at=timezone.now()
        )
        make_condition(visit.encounter, resident, "I10")
        self.prescribe(visit.encounter, resident)

    def prescribe(self, encounter, resident):
        """A signed note with a medicine that was given, one that was not there, and one of Schedule H1."""
        self.note = make_note(encounter, resident)
        make_allergy(encounter, self.clara, f"dust {AllergyIntolerance.objects.count()}")
        texts = ("para 500 1-1-1 5d", "amlodipine 5 od 30d", "cefixime 200 bd 5d")
        lines = [make_line(self.note, resident, text) for text in texts]
        make_issue(lines[0], answer="kept", reason="seen", answered_by=resident, answered_at=timezone.now())
        make_set(self.note, resident, f"Set {MedicineSet.objects.count()}")
        answer_all(self.note, resident)
        sign(self.note, resident)
        for line, outcome in zip(lines, ("given", "not_available", "given"), strict=True):
            give(line, self.bose, outcome)

    def ids(self):
        """What stands in a page's address."""
        made = self.first
        return {
            "audit:entry_detail": AuditEntry.objects.filter(name="opd.visit_registered").first().pk,
            "billing:account_detail": made.encounter.pk,
            "billing:invoice_detail": made.invoice.pk,
            "billing:refund_detail": RefundRequest.objects.first().pk,
            "billing:settlement_detail": Settlement.objects.first().pk,
            "billing:shift_detail": Shift.objects.filter(status="closed").first().pk,
            "billing:tariff_detail": ChargeItemDefinition.objects.get(code="XRAY").pk,
            "billing:encounter_cover_detail": made.encounter.pk,
            "billing:claim_detail": Claim.objects.first().pk,
            "billing:patient_due_detail": made.encounter.patient_id,
            "facilities:department_list": self.rims.pk,
            "facilities:import_detail": make_sheet(self.rims, self.kavita).pk,
            "facilities:person_detail": self.clara.pk,
            "facilities:room_list": self.rims.pk,
            "ipd:admission_detail": self.inpatient.pk,
            "ipd:vitals_new": self.inpatient.pk,
            "ipd:ward_detail": self.ward.pk,
            "ipd:ward_edit": self.ward.pk,
            "ipd:transfer_new": self.lain.admission.pk,
            "lab:authorisation_new": self.verified.pk,
            "lab:collection_new": made.encounter.pk,
            "lab:rejection_new": self.entered.specimen_id,
            "lab:result_detail": self.entered.pk,
            "lab:analyser_detail": Analyser.objects.first().pk,
            "lab:analyser_edit": Analyser.objects.first().pk,
            "lab:tray_detail": UnmatchedResult.objects.first().pk,
            "opd:carried_slip_list": made.token.clinic_day_id,
            "opd:casualty_detail": CasualtyArrival.objects.first().pk,
            "opd:clinicday_detail": made.token.clinic_day_id,
            "opd:move_new": made.token.pk,
            "opd:vitals_new": made.token.pk,
            "opd:registration_detail": made.encounter.pk,
            "opd:token_detail": made.token.pk,
            "patients:note_detail": self.note.pk,
            "patients:prescription_detail": self.note.pk,
            "patients:medication_detail": medication("Paracetamol").pk,
            "lab:content_list": "analyte",
            "lab:content_approval_new": "analyte",
            "lab:control_detail": self.level.pk,
            "lab:control_answer_new": QualityControlRun.objects.filter(is_rejected=True).first().pk,
            "ipd:discharge_detail": self.leaving.pk,
            "ipd:death_detail": self.death.pk,
            "ipd:register_detail": "admissions",
            "reports:register_detail": "opd",
            "reports:figure_detail": "visits",
            "reports:run_new": "idsp_p_xlsx",
            "reports:run_detail": make_run(self.rims).pk,
            "lab:test_detail": TestDefinition.objects.first().pk,
            "patients:content_list": "interaction",
            "patients:content_approval_new": "interaction",
            **dict.fromkeys(OF_ENCOUNTERS, made.encounter.pk),
            "lab:result_list": made.encounter.patient_id,
            "lab:report_detail": (made.encounter.patient_id, self.report.pk),
            "lab:form_f_detail": self.scan.pk,
            "reports:rollout_detail": self.rims.pk,
            "reports:link_detail": self.rims.pk,
            "patients:case_detail": MedicoLegalCase.objects.first().pk,
            "patients:chart_detail": made.encounter.patient_id,
            "patients:vital_detail": (made.encounter.patient_id, "pulse"),
            "patients:patient_detail": made.encounter.patient_id,
            "patients:double_list": made.encounter.patient_id,
            "patients:patient_edit": made.encounter.patient_id,
            "reports:registry_detail": make_entry(self.rims.district).pk,
            "reports:registry_import_detail": make_registry_import(self.rims.district).pk,
        }

    def queries(self, name, expected):
        """The number of queries of a page, once what a process remembers for seconds is remembered.

        Was it as `expected` at once, or nothing more is remembered since, then asking again would say nothing
        more.
        """
        remembered = how_much_is_remembered()
        asked = self.open(name)
        if asked == expected or how_much_is_remembered() == remembered:
            return asked
        return min(asked, self.open(name))

    def open(self, name):
        readers = (one for start, one in self.readers.items() if name.startswith(start))
        client = next(readers, self.clerk)
        said = self.named.get(name, ())
        path = reverse(name, args=said if isinstance(said, tuple) else [said])
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(path, SENT[name]) if name in SENT else client.get(path)
        assert answer.status_code == 200, name
        return len(asked)


def how_much_is_remembered():
    """By this process: a store that is forgotten here is met below, where a page asks less with more rows."""
    return sum(map(len, [*recent._everything, content._stated]))


def area_of(name):
    """The app whose page this is."""
    return name.partition(":")[0]


@pytest.fixture(scope="module")
def measured(request, django_db_setup, django_db_blocker):
    """{page that is asked for: its queries with one line in each list, its queries with three}."""
    asked = {one.callspec.params["area"] for one in request.session.items if "measured" in one.fixturenames}
    # In this order: what one opens, the next may list.
    pages = [name for name in BUDGETS if area_of(name) in asked]
    everywhere = scope.within(scope.everywhere())
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"), everywhere:
        place = Place()
        few = {name: place.queries(name, BUDGETS[name]) for name in pages}
        place.register()
        place.register(place.first.encounter.patient)
        many = {name: place.queries(name, few[name]) for name in pages}
        transaction.set_rollback(True)
    return {name: (few[name], many[name]) for name in pages}


def test_every_page_that_lists_has_a_budget():
    lists = {name for name in ACCESS if name.endswith(("_list", "_detail")) and not name.startswith("api-")}

    assert lists - NO_LISTS <= set(BUDGETS), "Give each its line in query_budgets.json."
    assert max(BUDGETS.values()) <= 20


@pytest.mark.django_db
@pytest.mark.parametrize("area", sorted(set(map(area_of, BUDGETS))))
def test_a_page_asks_no_more_however_many_rows_it_shows(measured, area):
    pages = [(name, *measured[name], budget) for name, budget in BUDGETS.items() if area_of(name) == area]

    assert [(name, many, budget) for name, _few, many, budget in pages if many > budget] == []
    assert [(name, few, many) for name, few, many, _budget in pages if many != few] == []
