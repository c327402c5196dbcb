"""Instruments that send their results by themselves: how each is known, what it sent, what found no place."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from hmis.kernel.units import unit_shown
from lab.choices import shown
from lab.models.orders import ServiceRequest
from lab.states import (
    DiscardReason,
    MessageStatus,
    Section,
    TrayStatus,
    WhyInTray,
    WireProtocol,
)
from patients.identifiers import refuse_aadhaar

SPOKEN_OF = RegexValidator(r"\A[\x20-\x7e]*\Z", _("Letters and digits as the analyser sends them."))


@tracked()
class Analyser(ChangingRecord):
    """One instrument of a hospital. Whoever sends is known by name (MSH-3, H-5), address or port.

    Where two would fit, none does: its messages are refused until one of them says more.
    """

    may_change = ("name", "section", "protocol", "sender", "address", "port", "is_active")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(_("name"), max_length=60)
    section = models.CharField(_("section"), max_length=20, choices=Section)
    protocol = models.CharField(_("speaks"), max_length=4, choices=WireProtocol)
    sender = models.CharField(_("calls itself"), max_length=60, blank=True, validators=[SPOKEN_OF])
    address = models.GenericIPAddressField(_("sends from the address"), null=True, blank=True)
    port = models.PositiveIntegerField(_("sends to the port"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                name="analyser_name_is_unique_here",
                fields=["facility", "name"],
                violation_error_message=_("Another analyser has this name."),
            ),
            models.UniqueConstraint(
                name="analyser_is_told_from_others",
                fields=["protocol", "sender", "address", "port"],
                condition=Q(is_active=True),
                nulls_distinct=False,
                violation_error_message=_(
                    "Another analyser is known by the same name, address and port. Give one of them more."
                ),
            ),
            models.CheckConstraint(
                name="analyser_is_known_by_something",
                condition=~Q(sender="") | Q(address__isnull=False) | Q(port__isnull=False),
                violation_error_message=_("How is it known? By its name, address or port."),
            ),
            models.CheckConstraint(
                name="analyser_port_is_a_port",
                condition=Q(port=None) | Q(port__gte=1024, port__lte=65535),
                violation_error_message=_("A port is a number from 1024 to 65535."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class AnalyserCode(ChangingRecord):
    """What one code of an analyser means here. Without a result of ours it is left out, knowingly.

    With several, it is the one that was ordered: glucose is glucose to an instrument, fasting or not.
    """

    may_change = ("analyte_codes", "unit", "factor", "is_active")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    analyser = models.ForeignKey(Analyser, on_delete=models.PROTECT, related_name="codes", db_index=False)
    code = models.CharField(_("code of the analyser"), max_length=40)
    analyte_codes = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    # As the analyser writes it; empty: as the result's own. Another one goes to the tray.
    unit = models.CharField(_("unit of the analyser"), max_length=24, blank=True)
    # Its number times this is ours.
    factor = models.DecimalField(_("factor"), max_digits=16, decimal_places=8, null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                name="analyser_code_means_one_thing",
                fields=["analyser", "code"],
                condition=Q(is_active=True),
                violation_error_message=_("This code is in the list already."),
            ),
            models.CheckConstraint(
                name="analyser_code_is_not_empty",
                condition=~Q(code=""),
                violation_error_message=_("Write the code as the analyser sends it."),
            ),
            models.CheckConstraint(
                name="analyser_factor_is_positive",
                condition=Q(factor=None) | Q(factor__gt=0),
                violation_error_message=_("A factor is more than nothing."),
            ),
            models.CheckConstraint(
                name="left_out_code_has_no_factor",
                condition=Q(analyte_codes__len__gt=0) | Q(factor=None, unit=""),
                violation_error_message=_("What is left out has neither unit nor factor."),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class AnalyserMessage(ChangingRecord):
    """What an analyser sent at once, kept before it was acknowledged. The same bytes again count once."""

    may_change = (
        "status",
        "error",
        "samples",
        "entered_count",
        "tray_count",
        "processed_at",
        "times_received",
        "last_received_at",
    )
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    analyser = models.ForeignKey(Analyser, on_delete=models.PROTECT, related_name="messages", db_index=False)
    # Without what framed it on the line.
    raw = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    control_id = models.CharField(_("its number"), max_length=64, blank=True)
    address = models.GenericIPAddressField(_("sent from"), null=True)
    received_at = models.DateTimeField(_("received"))
    last_received_at = models.DateTimeField()
    times_received = models.PositiveIntegerField(default=1)
    status = models.CharField(_("state"), max_length=8, choices=MessageStatus, default=MessageStatus.STORED)
    # For whoever sets the analyser up, in English as the log has it.
    error = models.CharField(_("what is wrong"), max_length=200, blank=True)
    samples = ArrayField(models.CharField(max_length=40), default=list)
    entered_count = models.PositiveIntegerField(_("entered"), default=0)
    tray_count = models.PositiveIntegerField(_("in the tray"), default=0)
    processed_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="analyser_message_counts_once", fields=["analyser", "sha256"]),
            models.CheckConstraint(
                name="unreadable_message_says_why",
                condition=Q(status=MessageStatus.REFUSED) & ~Q(error="")
                | ~Q(status=MessageStatus.REFUSED) & Q(error=""),
            ),
            models.CheckConstraint(
                name="message_was_looked_at_some_time",
                condition=Q(status=MessageStatus.STORED, processed_at=None)
                | ~Q(status=MessageStatus.STORED) & Q(processed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="message_of_analyser", fields=["analyser", "-received_at"]),
            # Few: those that came in this moment.
            models.Index(
                name="message_to_look_at", fields=["received_at"], condition=Q(status=MessageStatus.STORED)
            ),
        ]

    def __str__(self) -> str:
        return self.control_id or self.sha256[:12]


class UnmatchedResult(ChangingRecord):
    """One value in the tray: why it was not entered, and what a person did about it."""

    may_change = (
        "status",
        "why",
        "words",
        "answered_by",
        "answered_at",
        "order",
        "discard_reason",
        "discard_note",
    )
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    message = models.ForeignKey(
        AnalyserMessage, on_delete=models.PROTECT, related_name="unmatched", db_index=False
    )
    # Its place in the message.
    position = models.PositiveSmallIntegerField()
    accession_number = models.CharField(_("number of the tube"), max_length=40, blank=True)
    code = models.CharField(_("code of the analyser"), max_length=40, blank=True)
    value = models.CharField(_("result"), max_length=240, blank=True)
    unit = models.CharField(_("unit"), max_length=24, blank=True)
    flag = models.CharField(_("flag"), max_length=16, blank=True)
    measured_at = models.DateTimeField(_("measured"), null=True)
    received_at = models.DateTimeField(_("received"))
    why = models.CharField(_("why"), max_length=12, choices=WhyInTray)
    words = models.CharField(max_length=200, blank=True)
    status = models.CharField(_("state"), max_length=9, choices=TrayStatus, default=TrayStatus.WAITING)
    # Nobody: it was entered by itself when the tube was received, or the list put right.
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)
    order = models.ForeignKey(
        ServiceRequest, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    discard_reason = models.CharField(_("why put away"), max_length=12, choices=DiscardReason, blank=True)
    discard_note = models.CharField(_("in words"), max_length=120, blank=True, validators=[refuse_aadhaar])

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="tray_holds_a_value_once", fields=["message", "position"]),
            models.CheckConstraint(
                name="waiting_value_is_not_answered",
                condition=Q(status=TrayStatus.WAITING, answered_at=None, answered_by=None)
                | ~Q(status=TrayStatus.WAITING) & Q(answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="assigned_value_has_an_order",
                condition=Q(status=TrayStatus.ASSIGNED, order__isnull=False)
                | ~Q(status=TrayStatus.ASSIGNED) & Q(order=None),
            ),
            models.CheckConstraint(
                name="discarded_value_says_by_whom_and_why",
                condition=Q(status=TrayStatus.DISCARDED, answered_by__isnull=False) & ~Q(discard_reason="")
                | ~Q(status=TrayStatus.DISCARDED) & Q(discard_reason="", discard_note=""),
            ),
            models.CheckConstraint(
                name="other_discard_is_said_in_words",
                condition=~Q(discard_reason=DiscardReason.OTHER) | ~Q(discard_note=""),
                violation_error_message=_("Say why in words."),
            ),
        ]
        indexes = [
            models.Index(
                name="tray_waiting",
                fields=["facility", "received_at"],
                condition=Q(status=TrayStatus.WAITING),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def shown_words(self) -> str:
        """What stands beside `why`, as people write it: the unit of the list, the value that stands there."""
        return unit_shown(self.words) if self.why == WhyInTray.OTHER_UNIT else shown(self.words)
