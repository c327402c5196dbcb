"""The OPD's day: who sits when, who waits for whom, what the hall is shown of it; and casualty."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility, Unit
from facilities.models.places import Named
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, ChangingRecord, HospitalRecord
from opd.states import (
    TOKEN_MOVES,
    BroughtBy,
    CloseReason,
    ConsultationStatus,
    Lane,
    LeftHow,
    Outcome,
    TokenStatus,
    Triage,
)
from patients.identifiers import refuse_aadhaar
from patients.models import ClinicalNote, Encounter, Patient


class ClinicDay(ChangingRecord):
    """One unit's OPD of one day. Its row counts the tokens, so that two clerks never give the same one."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="clinic_days_held", db_index=False)
    held_on = models.DateField(_("day"))
    last_number = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    closed_because = models.CharField(
        _("reason"), max_length=16, choices=CloseReason, blank=True, default="", db_default=""
    )
    closed_note = models.CharField(max_length=160, blank=True, default="", db_default="")
    # When the night found nobody in it any more; until then it is looked at each hour.
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="unit_has_one_clinic_a_day", fields=["unit", "held_on"]),
            models.CheckConstraint(
                name="closed_clinic_says_who_and_why",
                condition=Q(closed_at=None, closed_by=None, closed_because="", closed_note="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(closed_because=""),
                violation_error_message=_("Say why."),
            ),
        ]
        indexes = [
            models.Index(name="clinic_days_here", fields=["facility", "held_on"]),
            models.Index(name="clinic_days_not_ended", fields=["held_on"], condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.held_on:%d-%m-%Y}"

    @property
    def closed_why(self) -> str:
        """Why it was closed, in words; another reason in those of whoever closed it."""
        return self.closed_note or str(CloseReason(self.closed_because).label)


class QueueToken(ChangingRecord):
    """A patient's place in the queue of one unit on one day."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    clinic_day = models.ForeignKey(ClinicDay, on_delete=models.PROTECT, related_name="tokens", db_index=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="tokens")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField(_("token"))
    status = models.CharField(_("status"), max_length=16, choices=TokenStatus, default=TokenStatus.WAITING)
    lane = models.CharField(_("lane"), max_length=16, choices=Lane, default=Lane.NORMAL)
    lane_rank = models.PositiveSmallIntegerField(default=2)
    # A token moved from another unit keeps the time of the first one.
    senior_since = models.DateTimeField()
    moved_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Moved by the closing of its first queue, by nobody's choice: brought back if that was a mistake.
    carried_over = models.BooleanField(default=False, db_default=False)
    called_at = models.DateTimeField(null=True, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    times_called = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    # When it came to be what it is now; empty while it waits as it did from the beginning.
    step_at = models.DateTimeField(null=True, blank=True)

    # Where a query has put it (opd.queries.with_last_steps): which tests, how it is known that they left.
    last_step: "TokenStep | None"

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="token_is_given_once_a_day", fields=["clinic_day", "number"]),
            models.UniqueConstraint(
                name="encounter_waits_in_one_queue",
                fields=["encounter"],
                condition=~Q(status__in=[TokenStatus.MOVED, TokenStatus.CANCELLED]),
                violation_error_message=_("This patient already waits in a queue."),
            ),
            models.CheckConstraint(name="token_starts_at_one", condition=Q(number__gte=1)),
        ]
        indexes = [
            models.Index(name="queue_in_order", fields=["clinic_day", "status", "lane_rank", "senior_since"])
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def may_move(self) -> bool:
        """Whether the patient can still be sent on to another unit."""
        return TokenStatus.MOVED in TOKEN_MOVES.get(TokenStatus(self.status), ())

    @property
    def may_leave(self) -> bool:
        """Whether the patient can have left."""
        return TokenStatus.LEFT in TOKEN_MOVES.get(TokenStatus(self.status), ())

    @property
    def may_be_cancelled(self) -> bool:
        """Whether nobody called the patient, who has not been sent on either: the slip can be taken back."""
        may = TokenStatus.CANCELLED in TOKEN_MOVES.get(TokenStatus(self.status), ())
        return may and self.called_at is None

    @property
    def status_since(self) -> datetime:
        """Since when it is what it is now: called, at tests, or waiting."""
        return self.step_at or self.senior_since


class TokenStep(HospitalRecord):
    """One step of a token: what it was, since when, and what it became. Written once, by the move."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    clinic_day = models.ForeignKey(ClinicDay, on_delete=models.PROTECT, related_name="steps", db_index=False)
    token = models.ForeignKey(QueueToken, on_delete=models.PROTECT, related_name="steps", db_index=False)
    was = models.CharField(max_length=16, choices=TokenStatus)
    now = models.CharField(max_length=16, choices=TokenStatus)
    since = models.DateTimeField()
    at = models.DateTimeField()
    # Whether it began with the registration: the first wait.
    is_first = models.BooleanField()
    # Nobody, where the day's end did it.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    tests = models.CharField(_("tests"), max_length=120, blank=True, validators=[refuse_aadhaar])
    left_how = models.CharField(_("how it is known"), max_length=12, choices=LeftHow, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(name="step_takes_no_time_back", condition=Q(at__gte=F("since"))),
            models.CheckConstraint(
                name="leaving_says_how_it_is_known",
                condition=Q(now=TokenStatus.LEFT) & ~Q(left_how="")
                | ~Q(now=TokenStatus.LEFT) & Q(left_how=""),
                violation_error_message=_("Say how it is known that they left."),
            ),
            models.CheckConstraint(
                name="tests_are_named_when_sent",
                condition=Q(tests="") | Q(now=TokenStatus.SENT_FOR_TESTS),
            ),
        ]
        indexes = [models.Index(name="steps_of_a_day", fields=["clinic_day", "token"])]

    def __str__(self) -> str:
        return f"{self.was} → {self.now}"


@tracked(only_replaced=True)
class Consultation(ChangingRecord):
    """A patient before one doctor: from the first word until the signature. What is written is its note."""

    may_change = ("status", "note", "signed_at", "follow_up_on")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="consultations", db_index=False
    )
    token = models.ForeignKey(QueueToken, on_delete=models.PROTECT, related_name="consultations")
    note = models.OneToOneField(ClinicalNote, on_delete=models.PROTECT, related_name="consultation")
    doctor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.CharField(
        _("status"), max_length=8, choices=ConsultationStatus, default=ConsultationStatus.DRAFT
    )
    started_at = models.DateTimeField(_("started"))
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    # When the patient is to come again; until then the slip holds, so that coming costs nothing.
    follow_up_on = models.DateField(_("come again on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="signed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status=ConsultationStatus.SIGNED.value),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="doctor_consults_once_an_encounter",
                fields=["encounter", "doctor"],
                violation_error_message=_("You are writing this consultation already."),
            ),
            models.CheckConstraint(
                name="signed_consultation_says_when",
                condition=Q(status=ConsultationStatus.DRAFT, signed_at=None)
                | Q(
                    status=ConsultationStatus.SIGNED,
                    signed_at__isnull=False,
                    signed_at__gte=F("started_at"),
                ),
            ),
        ]
        indexes = [models.Index(name="consultation_of_doctor", fields=["doctor", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.get_status_display()} · {self.started_at:%d-%m-%Y}"

    @property
    def is_open(self) -> bool:
        """Whether it is still written on."""
        return self.status == ConsultationStatus.DRAFT


ALREADY_HERE = _("This patient is in casualty already. Open that entry, or say there that they have left.")


@tracked()
class CasualtyArrival(ChangingRecord):
    """How somebody came to casualty, how urgent it is, and how it ended. The encounter is an emergency."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.OneToOneField(Encounter, on_delete=models.PROTECT, related_name="casualty_arrival")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField(_("came"))
    triage = models.CharField(_("triage"), max_length=6, choices=Triage)
    triaged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    brought_by = models.CharField(_("brought by"), max_length=16, choices=BroughtBy)
    escort_name = models.CharField(
        _("name of who brought"), max_length=120, blank=True, validators=[refuse_aadhaar]
    )
    escort_phone = models.CharField(_("mobile of who brought"), max_length=10, blank=True)
    escort_from = models.CharField(
        _("police station, vehicle or place"), max_length=120, blank=True, validators=[refuse_aadhaar]
    )
    complaint = models.CharField(_("complaint"), max_length=160, blank=True, validators=[refuse_aadhaar])
    # Brought dead: when a doctor said so. Nobody waits, and nothing is charged.
    declared_dead_at = models.DateTimeField(_("declared dead"), null=True, blank=True)
    # Whom on file a person without a name probably is; joining the two is the records officer's.
    probably_same_as = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    outcome = models.CharField(_("left"), max_length=12, choices=Outcome, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    # Of an entry that was a mistake.
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    cancelled_why = models.CharField(
        _("why cancelled"),
        max_length=160,
        blank=True,
        default="",
        db_default="",
        validators=[refuse_aadhaar],
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="patient_is_once_in_casualty",
                fields=["facility", "patient"],
                condition=Q(left_at=None),
                violation_error_message=ALREADY_HERE,
            ),
            models.CheckConstraint(
                name="casualty_escort_phone_is_a_mobile",
                condition=Q(escort_phone="") | Q(escort_phone__regex=r"^[6-9][0-9]{9}$"),
                violation_error_message=_("A mobile number has 10 digits and begins with 6, 7, 8 or 9."),
            ),
            models.CheckConstraint(
                name="police_who_bring_name_their_station",
                condition=~Q(brought_by=BroughtBy.POLICE) | ~Q(escort_from=""),
                violation_error_message=_("The police brought this patient: write their station."),
            ),
            models.CheckConstraint(
                name="brought_dead_is_black",
                condition=Q(declared_dead_at=None) | Q(triage=Triage.BLACK),
                violation_error_message=_("Whoever is brought dead has the colour black."),
            ),
            models.CheckConstraint(
                name="nobody_is_declared_dead_tomorrow",
                condition=Q(declared_dead_at=None) | Q(declared_dead_at__lte=F("arrived_at")),
                violation_error_message=_("The time of the declaration lies ahead. Look at the clock again."),
            ),
            models.CheckConstraint(
                name="casualty_is_left_in_some_way",
                # Each part says that there is a time: a comparison with none would pass.
                condition=Q(outcome="", left_at=None)
                | (~Q(outcome="") & Q(left_at__isnull=False, left_at__gte=F("arrived_at"))),
            ),
            models.CheckConstraint(
                name="cancelled_arrival_says_who_and_why",
                condition=Q(outcome=Outcome.CANCELLED, cancelled_by__isnull=False) & ~Q(cancelled_why="")
                | ~Q(outcome=Outcome.CANCELLED) & Q(cancelled_by=None, cancelled_why=""),
                violation_error_message=_("Say why."),
            ),
            models.CheckConstraint(
                name="only_the_dead_go_to_the_mortuary",
                condition=Q(outcome="")
                | (Q(declared_dead_at=None) & ~Q(outcome=Outcome.MORTUARY))
                | (Q(declared_dead_at__isnull=False) & Q(outcome=Outcome.MORTUARY)),
                violation_error_message=_("Who was brought dead goes to the mortuary, and nobody else does."),
            ),
        ]
        indexes = [models.Index(name="casualty_here", fields=["facility", "-arrived_at"])]

    def __str__(self) -> str:
        return f"{self.get_triage_display()}"


class Display(Named, ChangingRecord):
    """A screen in a hall that shows whom its rooms call. Its address holds a key; there is no login."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    # In the order of the tiles. No name of a patient is ever shown.
    unit_ids = ArrayField(models.UUIDField(), verbose_name=_("rooms"), size=12)
    # The key itself is known to the screen alone.
    key_hash = models.CharField(max_length=64, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    key_given_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    # The units of its tiles, where a query has put them (opd.queries.displays_of).
    rooms: list[Unit]
    # Whether it was seen once, and not for long (opd.queries.displays_of).
    is_silent: bool

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(name="display_key_opens_one_display", fields=["key_hash"]),
            models.UniqueConstraint(
                name="display_name_is_unique_here",
                fields=["facility", "name"],
                condition=Q(revoked_at=None),
                violation_error_message=_("Another screen has this name."),
            ),
            models.CheckConstraint(
                name="display_shows_a_room",
                condition=Q(unit_ids__len__gte=1),
                violation_error_message=_("Choose at least one room."),
            ),
            models.CheckConstraint(
                name="display_is_revoked_by_somebody",
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]
