"""The base of every table, and the kernel's own: audit, deliveries, keys, numbers, sessions, papers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hmis.kernel.ids import uuid7
from hmis.kernel.made import filled

# A session may silence a trigger (`pgtrigger.ignore`): what must never change is also not granted
# to the application's role (`may_change`, grants.py).
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)

BUMP_REV = pgtrigger.Trigger(
    name="bump_rev",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func="NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;",
)


def this_node() -> int:
    """The number of the node that writes: the first three digits of the UHIDs it issues."""
    return int(settings.HMIS_NODES[0])


class Record(models.Model):
    """The base of every table of ours: a UUIDv7 key that no other hospital can also give."""

    # "up": the hospital writes, the state reads; "down": reference data; "local": counters, sessions.
    sync: ClassVar[str] = "local"
    # Columns that the application's role may UPDATE: None for all, () for none.
    may_change: ClassVar[tuple[str, ...] | None] = None
    # Why rows that bear a hospital are no hospital's own; all others stand behind the second wall (walls.py).
    read_everywhere: ClassVar[str] = ""
    # Whether who has opened a patient's chart reads these rows from whatever hospital (walls.py).
    opens_with_chart: ClassVar[bool] = False
    # Whether whoever works at any hospital reads these rows; only its own hospital writes them.
    known_to_all: ClassVar[bool] = False
    # A word of a dictionary: whoever writes it again changes nothing (`rows.write`).
    listed_once: ClassVar[bool] = False
    # {constraint: field}: where on a form its words stand (`errors.refusing`).
    rule_fields: ClassVar[Mapping[str, str]] = {}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True

    def __init__(self, *values: Any, **given: Any) -> None:
        if not filled(self, values, given):
            super().__init__(*values, **given)


class HospitalRecord(Record):
    """What a hospital writes and the state reads: it remembers the node that wrote it."""

    sync = "up"
    origin_node = models.PositiveSmallIntegerField(default=this_node, editable=False)

    class Meta:
        abstract = True


class ChangingRecord(HospitalRecord):
    """A hospital's row that may change: `rev` orders the changes, never a clock."""

    rev = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        abstract = True
        triggers = [BUMP_REV]


class AuditEntry(HospitalRecord):
    """Who did, saw, printed or exported what, for which patient, where and when. Written once.

    Its table has one column more, `xid`: the transaction that wrote the row, set by the database (seals.py).
    """

    may_change = ()
    name = models.CharField(max_length=64)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    facility_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    about = models.CharField(max_length=64)
    about_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=36, blank=True)

    class Meta:
        triggers = [APPEND_ONLY]
        indexes = [
            models.Index(name="audit_of_facility", fields=["facility_id", "at"]),
            models.Index(name="audit_of_patient", fields=["patient_id", "at"]),
            models.Index(name="audit_of_person", fields=["actor", "at"]),
            models.Index(name="audit_of_kind", fields=["name", "at"]),
            models.Index(name="audit_of_all", fields=["at"]),
        ]

    def __str__(self) -> str:
        return self.name


class AuditSeal(HospitalRecord):
    """A batch of audit rows under one hash, which also covers the seal before it. Written once.

    `digests` holds 32 bytes for each of `ids`, in their order; `seen` is the snapshot that the batch was
    read in: whatever was not visible in it belongs to a later seal.
    """

    may_change = ()
    number = models.PositiveBigIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    sealed_at = models.DateTimeField()
    row_count = models.PositiveIntegerField()
    ids = ArrayField(models.UUIDField())
    digests = models.BinaryField()
    seen = models.TextField()
    # The database server that `seen` speaks of: after a move to another one its numbers mean nothing.
    server = models.CharField(max_length=20)
    hash = models.CharField(max_length=64)

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="seal_number_is_given_once", fields=["origin_node", "number"]),
            models.UniqueConstraint(name="seal_is_followed_by_one", fields=["origin_node", "previous"]),
            models.CheckConstraint(
                name="first_seal_alone_follows_none",
                condition=Q(number=1, previous="") | Q(number__gt=1, previous__regex=r"^[0-9a-f]{64}$"),
            ),
        ]
        indexes = [models.Index(name="seal_by_time", fields=["sealed_at"])]

    def __str__(self) -> str:
        return f"{self.origin_node}/{self.number}"


class Delivery(Record):
    """One listener that has not yet been told of one fact. Its row goes when it has."""

    fact = models.ForeignKey(AuditEntry, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    listener = models.CharField(max_length=128)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(name="delivery_due", fields=["due_at"])]

    def __str__(self) -> str:
        return self.listener


class FactReading(Record):
    """How far a reader of the facts has read: the snapshot of its last look, and the server it means."""

    reader = models.CharField(max_length=64)
    seen = models.TextField(blank=True)
    server = models.CharField(max_length=20, blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="reader_of_facts_reads_once", fields=["reader"])]

    def __str__(self) -> str:
        return self.reader


class RequestKey(Record):
    """A creating request, remembered: sent twice, it counts once and is answered alike."""

    may_change = ()
    read_everywhere = "A key counts once in the whole state, wherever it is sent from."
    key = models.UUIDField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    facility_id = models.UUIDField(null=True)
    act = models.CharField(max_length=64)
    body_hash = models.CharField(max_length=64)
    answer = models.UUIDField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="request_key_is_used_once", fields=["key"])]
        indexes = [models.Index(name="request_key_age", fields=["at"])]

    def __str__(self) -> str:
        return self.act


class NumberSeries(Record):
    """The last number given of one gapless series, at one facility, in one financial year."""

    facility_id = models.UUIDField()
    series = models.CharField(max_length=2)
    financial_year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="series_is_one_row", fields=["facility_id", "series", "financial_year"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series}{self.financial_year % 100:02d}"


class Throttle(Record):
    """How often something was tried since its window began. Its table is unlogged: a crash forgets it."""

    bucket = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="throttle_is_one_row", fields=["bucket"])]

    def __str__(self) -> str:
        return f"{self.count}"


class RuleCheck(Record):
    """What `verifying` last found of a rule: in all hospitals together, and in each that breaks it."""

    rule = models.CharField(max_length=64)
    facility_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    broken_since = models.DateTimeField(null=True)
    faults = models.PositiveIntegerField(default=0)
    # The first faults, as `Fault.told` gives them.
    examples = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="rule_is_checked_once_a_hospital",
                fields=["rule", "facility_id"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="broken_rule_says_since_when",
                condition=Q(faults=0, broken_since=None) | Q(faults__gt=0, broken_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.rule


class LoginSessionQuerySet(models.QuerySet["LoginSession"]):
    """Logins, living and ended."""

    def living(self, at: datetime) -> Self:
        """Those that are not over."""
        return self.filter(expire_date__gt=at)

    def end(self, at: datetime) -> int:
        """End those that live; how many. A row stays for a day: it says whose a form is that comes late."""
        return self.living(at).update(expire_date=at, session_data="")


class LoginSession(Record):
    """One browser in which somebody is signed in, until they leave, are made to, or twelve hours are over."""

    session_key = models.CharField(max_length=40)
    session_data = models.TextField()
    expire_date = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="login_sessions"
    )
    posting_id = models.UUIDField(null=True)
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=45, blank=True)

    objects = LoginSessionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="session_key_is_unique", fields=["session_key"])]
        indexes = [models.Index(name="session_ends", fields=["expire_date"])]

    def __str__(self) -> str:
        return self.device


class IssuedDocument(HospitalRecord):
    """A paper: its context frozen in the act, its first bytes kept and hashed. Copy 0 is the ORIGINAL."""

    may_change = ("pdf", "sha256", "template_version", "rendered_at")
    facility_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    about = models.CharField(max_length=64)
    about_id = models.UUIDField()
    template = models.CharField(max_length=100)
    number = models.CharField(max_length=32, blank=True)
    context = models.JSONField()
    original = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="copies", db_index=False
    )
    copy = models.PositiveSmallIntegerField(default=0)
    check_key = models.CharField(max_length=32, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    issued_at = models.DateTimeField()
    pdf = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    template_version = models.CharField(max_length=16, blank=True)
    rendered_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="first_bytes_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__pdf__isnull=False),
            ),
            pgtrigger.Protect(
                name="context_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "context", "number", "copy", "template", "about_id", "check_key"
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="paper_copy_is_numbered_once",
                fields=["original", "copy"],
                violation_error_message=_("This copy was already printed. Print again."),
            ),
            models.CheckConstraint(
                name="paper_copy_has_an_original",
                condition=Q(original__isnull=True, copy=0) | Q(original__isnull=False, copy__gt=0),
            ),
            models.UniqueConstraint(
                name="paper_check_key_is_unique", fields=["check_key"], condition=~Q(check_key="")
            ),
        ]
        indexes = [models.Index(F("about_id"), F("copy"), name="paper_of")]

    def __str__(self) -> str:
        return self.number or self.template

    def frozen(self) -> dict[str, Any]:
        """What the template shows, as it was when the paper was issued."""
        original = self.original.context if self.original else {}
        return {**original, **self.context, "number": self.number, "copy": self.copy}
