from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

NOTE_ACTS = ("begun", "countersigned", "discarded", "returned", "signed", "submitted", "viewed")
CONTENT_ACTS = ("approval_withdrawn", "content_approved", "formulary_exported", "formulary_imported")


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = _("Patients")

    def ready(self) -> None:
        from hmis.kernel import facts
        from patients import states, tasks  # noqa: F401
        from patients.models.medication import ContentKind
        from patients.models.notes import NoteKind
        from patients.models.person import AbhaStatus, IdentifierKind
        from patients.prescribing.alerts import Rule
        from patients.queries import KINDS

        facts.explain(
            {
                "abha": AbhaStatus,
                "by": lambda code: KINDS.get(code, code),
                "opening": states.Opening,
                "urgency": states.Urgency,
                "patients.alert_overridden rule": Rule,
                "patients.card_printed reason": states.CardReason,
                "patients.certificate_issued kind": states.CertificateKind,
                "patients.medicine_dispensed outcome": states.DispenseOutcome,
                "patients.patients_searched kind": lambda code: KINDS.get(code, code),
                "patients.rule_set code": Rule,
                "patients.identifier_added kind": IdentifierKind,
                "patients.identifier_ended kind": IdentifierKind,
                **{f"patients.note_{done} kind": NoteKind for done in NOTE_ACTS},
                **{f"patients.{done} kind": ContentKind for done in CONTENT_ACTS},
            }
        )
