"""Tables: each has a name of the glossary, and says who writes it and how it travels."""

from django.apps import apps
from django.db.models import CheckConstraint, F, Q

from hmis.kernel.history import HistoryEvent
from hmis.kernel.models import ChangingRecord, HospitalRecord, Record
from tests.factories.cases import of_each

# One name each, in code, tables, screens and tests. LoginSession: a browser in which somebody is signed in.
# StaffImport: a sheet of postings, looked through before it is taken over.
GLOSSARY = {
    "kernel": "AuditEntry AuditSeal Delivery RequestKey NumberSeries IssuedDocument Throttle LoginSession"
    # What the hourly round last found of a rule.
    " RuleCheck"
    # How far a reader of the facts has read (docs/adr/0385).
    " FactReading",
    "facilities": "State District Block Village Facility Department Unit User Posting Ward Room Bed"
    " StaffImport",
    "patients": "Patient PatientIdentifier RelatedPerson Encounter Condition AllergyIntolerance Observation"
    " ClinicalNote Medication MedicationRequest MergeRecord NameWord"
    # A hospital's patients by each word of their names, newest first (docs/adr/0016).
    " KnownName"
    # A note's texts as they were saved, its signatures, what was added; the sections it has (docs/adr/0241).
    " NoteVersion NoteSignature NoteAddendum NoteTemplate"
    # What opd and ipd both need, and neither may take from the other (docs/adr/0111).
    " BedStay Birth MedicoLegalCase PoliceIntimation"
    # How a consultation ends, in OPD and ward alike (docs/adr/0270, 0271).
    " Referral AdmissionRequest Certificate"
    # That somebody is dead, for every desk (docs/adr/0406).
    " DeathNotice"
    # What is known of medicines, with its sources; which edition of it was loaded (docs/adr/0300).
    " Ingredient Interaction DoseLimit MedicineSetLine ContentEdition"
    # What a hospital lists, approves, and which rules it has retired.
    " FormularyItem ContentApproval AlertRule"
    # Alerts and their answers, what the counter gave, medicines kept as a set (docs/adr/0330).
    " DetectedIssue MedicationDispense MedicineSet MedicationHold BedReservation",
    # How somebody came to casualty: the encounter itself is the same for every ward.
    # Display: a hall's screen has a key of its own, which is given, renewed and revoked by somebody.
    # TokenStep: how long each step of a token took, for the waiting times (docs/adr/0250).
    "opd": "ClinicDay QueueToken TokenStep Consultation CasualtyArrival Display",
    "lab": "ServiceRequest TestDefinition AnalyteDefinition ReferenceRange Specimen ResultLine"
    " DiagnosticReport QualityControlRun Analyser"
    # Limits that the hospital approves; who answered for a critical value, and that nobody did in time.
    " CriticalLimit DeltaLimit CriticalAcknowledgement CriticalEscalation LaboratorySetting"
    # Controls, their lots and what was done about one (docs/adr/0340, 0341).
    " ControlLevel RunAnswer"
    # What a code of an analyser means; what it sent, as it came; a value of it that waits for a person.
    " AnalyserCode AnalyserMessage UnmatchedResult"
    # Form F of the PC-PNDT Act, before and after an obstetric ultrasound (docs/adr/0363).
    " FormF FormFResult",
    "billing": "ChargeItemDefinition Scheme Exemption ChargeItem Invoice InvoiceLine CreditNote Payment"
    " DepositAccount Refund Shift LedgerEntry"
    # Prices and taxes of the tariff; who was granted a scheme, and what it is asked to pay (docs/adr/0175).
    " TariffPrice TaxRule SchemeCover Claim"
    # What ends a charge or a line of a bill, and what is asked back by one and approved by another.
    " ChargeReversal CreditNoteLine RefundRequest"
    # The bank's word, and cash paid in at the treasury.
    " Clearance Bounce Settlement SettlementLine TreasuryDeposit",
    # Who answers, on leave or not; scores and what was done about them, opinions (docs/adr/0370, 0375); what
    # holds a discharge up, deaths and what the registrar was told; what is counted (docs/adr/0379–0383).
    "ipd": "CareTeam Leave InpatientSetting Procedure Opinion EarlyWarning WarningAnswer"
    " DischargeStep Death RegistrarReport WardCensus BedDay DayTariff"
    " Admission NursingChartEntry MedicationAdministration DischargeSummary RegisterEntry",
    "reports": "DailyFigure ReportRun RegistryEntry RolloutStep"
    # When a hospital is open, what is expected of it, what it uses, how its link holds (docs/adr/0393–0395).
    " RolloutSetting ModuleExpectation ModuleUse LinkHour"
    # A sheet of facilities, looked through before it is taken over (docs/adr/0390).
    " RegistryImport"
    # What triggers keep of the days, so that a month is some rows (docs/adr/0401).
    " WeeklyFigure",
    "audit": "GlassReview",
    "abdm": "AbhaLink CareContext ConsentArtefact GatewayMessage",
}
# Their changes follow from rows of their own (payments, the rendering), so that no revision orders them.
CHANGES_FOLLOW = {
    "Invoice",
    "IssuedDocument",
    # Counted from rows, and again whenever they change (docs/adr/0386).
    "DailyFigure",
    # What a scheme granted later lets off, once (docs/adr/0426).
    "ChargeItem",
    # A number that was typed wrong: each of before is a version (docs/adr/0427).
    "Payment",
    # An end, or a number, that is written once.
    "Refund",
    "SchemeCover",
    "Settlement",
    "SettlementLine",
    # Nothing changes: the right is only for its lock.
    "DepositAccount",
}
# What changes and leaves no version of how it was (hmis.kernel.history.tracked), and why none is missed.
NO_HISTORY = {
    # Of this machine.
    "Delivery": "Who has still to be told of a fact: the row goes when it is done.",
    "FactReading": "How far a reader has come; read again, nothing is lost.",
    "NumberSeries": "A counter: each number that it gave stands on what bears it.",
    "RuleCheck": "What the last round found of a rule, asked anew each hour.",
    "Throttle": "Tries of a minute.",
    "LoginSession": "Coming in and going out are facts.",
    "StaffImport": "A sheet before it is confirmed; what came of it is postings, which are tracked.",
    "RegistryImport": "A sheet before it is confirmed; what came of it is entries, which are tracked.",
    "ReportRun": "How far a report is; who asked for it is a fact, and it can be made again.",
    "NameWord": "A word of a dictionary.",
    # Loaded from the state's lists: the files and their editions are the history.
    "State": "Loaded from the Local Government Directory.",
    "District": "Loaded from the Local Government Directory.",
    "Block": "Loaded from the Local Government Directory.",
    "Village": "Loaded from the Local Government Directory.",
    "ContentEdition": "Which file was loaded, and how many rows of it.",
    "NoteTemplate": "It never changes: another version follows, and the day is written on the one before.",
    # Counted from rows that have a history of their own.
    "WardCensus": "Counted from the stays, and again whenever asked.",
    "DailyFigure": "Counted from rows, and again whenever they change.",
    "WeeklyFigure": "The sum of the days, kept by triggers.",
    "ModuleUse": "Counted from the audit each night.",
    "LinkHour": "Measurements of the link, added up for an hour; no person is told apart.",
    # Each step is a row or a fact of its own.
    "ClinicDay": "The counter of a queue, at each registration; closing a day is a fact that says why.",
    "QueueToken": "Each of its steps is a TokenStep, which nobody changes.",
    "IssuedDocument": "Its bytes are written once, from a context that a trigger keeps.",
    "DepositAccount": "Nothing changes: the right is only for its lock, and a trigger refuses the rest.",
    "BedDay": "The charge that it is given later names the day, and is never changed.",
    "AnalyserMessage": "What came stays as it came; what was done with it is result lines and the tray.",
    "UnmatchedResult": "A value waits for a person: entered, it is a tracked result line; put away, a fact.",
    # Neither a patient's record nor money.
    "BedReservation": "A bed kept for some hours, ended by the row's own name and time; both are facts.",
    "MedicineSet": "A doctor's shorthand: what is prescribed by it stands in the lines.",
    "Display": "A hall's screen, seen every minute; its key given, renewed and revoked are facts.",
    "ModuleExpectation": "How much use is expected of a hospital; who set it is a fact.",
}

MODELS = [
    model
    for model in apps.get_models()
    if model._meta.app_label in GLOSSARY and not issubclass(model, HistoryEvent)
]


SENT_UP = [model for model in MODELS if model.sync == "up"]


def test_every_table_is_in_the_glossary():
    for model in MODELS:
        assert model.__name__ in GLOSSARY[model._meta.app_label].split()


def test_every_table_has_a_key_that_no_other_hospital_can_give():
    for model in MODELS:
        assert issubclass(model, Record), model
        assert model._meta.pk.get_internal_type() == "UUIDField", model


def test_every_table_says_how_it_travels():
    for model in MODELS:
        assert model.sync in {"up", "down", "local"}, model
        assert (model.sync == "up") == issubclass(model, HospitalRecord), model


def test_what_a_hospital_changes_counts_its_revisions():
    for model in SENT_UP:
        changes = model.may_change != () and model.__name__ not in CHANGES_FOLLOW

        assert issubclass(model, ChangingRecord) == changes, model
        if changes:
            assert "bump_rev" in {trigger.name for trigger in model._meta.triggers}, model


def test_what_may_change_keeps_how_it_was_or_says_why_not():
    kept = {event.pgh_tracked_model for event in apps.get_models() if issubclass(event, HistoryEvent)}
    changing = {model for model in MODELS if model.may_change != ()}

    assert {model.__name__ for model in changing - kept} == set(NO_HISTORY)


def test_what_a_hospital_writes_knows_its_hospital():
    for model in SENT_UP:
        fields = {field.attname for field in model._meta.concrete_fields}

        # A seal covers all hospitals of its node.
        assert "facility_id" in fields or model.__name__ in {"Facility", "User", "AuditSeal"}, model


def test_every_table_says_what_it_is_in_the_ward():
    for model in MODELS:
        assert model.__doc__, model
        assert not model.__doc__.startswith(f"{model.__name__}("), model


def test_no_rule_between_two_hospitals_rows_can_be_put_off():
    for model in MODELS:
        for rule in model._meta.constraints:
            assert not getattr(rule, "deferrable", None), rule.name


def test_every_rule_has_a_name_of_its_own():
    names = [rule.name for model in MODELS for rule in model._meta.constraints]

    assert len(names) == len(set(names))


def test_a_history_event_has_a_key_without_a_counter():
    events = [model for model in apps.get_models() if issubclass(model, HistoryEvent)]

    assert events
    assert {event._meta.pk.get_internal_type() for event in events} == {"UUIDField"}


def leaves(condition):
    for child in condition.children:
        yield from leaves(child) if isinstance(child, Q) else [child]


def comparisons():
    """(model, rule, its leaves) of each check that compares two columns."""
    for model in MODELS:
        for rule in model._meta.constraints:
            if isinstance(rule, CheckConstraint) and isinstance(rule.condition, Q):
                said = list(leaves(rule.condition))
                if any(isinstance(value, F) for _name, value in said):
                    yield model, rule, said


@of_each(comparisons())
def test_a_comparison_with_nothing_does_not_pass_unseen(model, rule, said):
    """PostgreSQL lets pass what it cannot tell: a rule says of each column whether it may be empty."""
    compared = {
        part for name, value in said if isinstance(value, F) for part in (name.split("__")[0], value.name)
    }
    may_be_empty = {name for name in compared if model._meta.get_field(name).null}
    spoken_of = {name.split("__")[0] for name, value in said if value is None or name.endswith("__isnull")}

    assert may_be_empty <= spoken_of
