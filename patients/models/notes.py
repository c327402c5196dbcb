"""The clinical note: written in versions, signed once, added to afterwards and never changed.

A signed note's row is kept by a trigger that no session can silence; its versions, signatures and addenda are
only ever inserted: no right to change them is granted (docs/adr/0241).
"""

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Facility
from facilities.roles import Grade
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, ChangingRecord, HospitalRecord, Record
from patients.identifiers import refuse_aadhaar
from patients.models.encounter import Encounter
from patients.models.person import Patient
from patients.sections import sound_layout
from patients.states import OPEN_NOTES, NoteStatus


class NoteKind(models.TextChoices):
    """What a note is written at."""

    CONSULTATION = "consultation", _("consultation")
    ADMISSION = "admission", _("admission note")
    PROGRESS = "progress", _("progress note")
    OPERATION = "operation", _("operation note")
    OPINION = "opinion", _("opinion")
    DISCHARGE = "discharge", _("discharge summary")


class SignatureKind(models.TextChoices):
    SIGNED = "signed", _("signed")
    COUNTERSIGNED = "countersigned", _("countersigned")


class NoteTemplate(Record):
    """The sections of a kind of note in some departments. It never changes: another version follows it."""

    sync = "down"
    may_change = ("retired_at",)
    code = models.CharField(_("code"), max_length=16)
    version = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=12, choices=NoteKind)
    # Codes of departments; none: for every department that has no template of its own.
    departments = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    name = models.CharField(_("name"), max_length=80)
    name_hi = models.CharField(_("name in Hindi"), max_length=80)
    layout = models.JSONField(validators=[sound_layout])
    made_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="note_template_version_is_one", fields=["code", "version"]),
            models.UniqueConstraint(
                name="note_template_is_current_once", fields=["code"], condition=Q(retired_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name_hi if get_language() == "hi" else self.name


@tracked(only_replaced=True, kept_elsewhere=["sections"])
class ClinicalNote(ChangingRecord):
    """What a doctor found, thought and planned at one encounter."""

    opens_with_chart = True
    may_change = (
        "status",
        "sections",
        "version",
        "saved_by",
        "saved_at",
        "diagnoses",
        "signed_by",
        "signed_at",
        "digest",
        "needs_countersign",
    )
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="notes", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="notes", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    template = models.ForeignKey(NoteTemplate, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=12, choices=NoteKind)
    status = models.CharField(_("status"), max_length=10, choices=NoteStatus, default=NoteStatus.DRAFT)
    sections = models.JSONField(default=dict)
    # How often it was saved with another text; a window says which one it goes out from.
    version = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    begun_at = models.DateTimeField(_("begun"))
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    saved_at = models.DateTimeField(_("saved"))
    # The diagnoses as they were when it was signed.
    diagnoses = models.JSONField(default=list)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    signed_at = models.DateTimeField(_("signed"), null=True)
    digest = models.CharField(max_length=64, blank=True)
    needs_countersign = models.BooleanField(default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="signed_note_says_by_whom_and_when",
                condition=Q(
                    status=NoteStatus.SIGNED,
                    signed_by__isnull=False,
                    signed_at__isnull=False,
                    digest__regex=r"^[0-9a-f]{64}$",
                )
                | (~Q(status=NoteStatus.SIGNED) & Q(signed_by=None, signed_at=None, digest="")),
            ),
            models.UniqueConstraint(
                name="author_has_one_open_note",
                fields=["encounter", "author", "kind"],
                condition=Q(status__in=OPEN_NOTES),
                violation_error_message=_("You are writing this note already."),
            ),
        ]
        indexes = [
            models.Index(name="note_of_patient", fields=["patient", "-begun_at"]),
            models.Index(name="note_of_encounter", fields=["encounter"]),
            models.Index(name="note_here", fields=["facility", "-begun_at"]),
            models.Index(
                name="note_awaits_signature",
                fields=["facility", "saved_at"],
                condition=Q(status=NoteStatus.AWAITING),
            ),
            models.Index(
                name="note_of_a_resident",
                fields=["facility", "signed_at"],
                condition=Q(needs_countersign=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.begun_at:%d-%m-%Y}"

    @property
    def is_open(self) -> bool:
        """Whether it is still written on."""
        return self.status in OPEN_NOTES

    def layout(self) -> list[dict[str, Any]]:
        """The sections that its template asks for."""
        layout: list[dict[str, Any]] = self.template.layout
        return layout


class NoteVersion(HospitalRecord):
    """The whole text of a note as it was saved once: what a closed browser or a lost window leaves behind."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.ForeignKey(ClinicalNote, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    sections = models.JSONField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    saved_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="note_version_is_numbered_once", fields=["note", "number"]),
        ]

    def __str__(self) -> str:
        return str(self.number)


class NoteSignature(HospitalRecord):
    """Somebody's signature under the text of a note, as that person was posted then."""

    opens_with_chart = True
    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.ForeignKey(
        ClinicalNote, on_delete=models.PROTECT, related_name="signatures", db_index=False
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=13, choices=SignatureKind)
    digest = models.CharField(max_length=64)
    grade = models.CharField(max_length=12, choices=Grade, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    signed_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="note_is_signed_once_each_way",
                fields=["note", "kind"],
                violation_error_message=_("This note is signed already."),
            ),
            models.CheckConstraint(name="intern_signs_no_note", condition=~Q(grade=Grade.INTERN)),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class NoteAddendum(HospitalRecord):
    """What was added to a signed note, and why: the note itself stays as it was."""

    opens_with_chart = True
    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.ForeignKey(ClinicalNote, on_delete=models.PROTECT, related_name="addenda", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()
    reason = models.CharField(_("reason"), max_length=200, blank=True, validators=[refuse_aadhaar])
    text = models.TextField(_("addendum"), max_length=4000, blank=True, validators=[refuse_aadhaar])
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    written_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="note_addendum_is_numbered_once", fields=["note", "number"]),
            models.CheckConstraint(
                name="addendum_says_why",
                condition=~Q(reason=""),
                violation_error_message=_("Say why something is added."),
            ),
            models.CheckConstraint(
                name="addendum_says_something",
                condition=~Q(text=""),
                violation_error_message=_("Write what is added."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
