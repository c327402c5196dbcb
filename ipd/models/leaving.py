"""What a discharge waits for, deaths with the fields of Form 4, and what the registrar was told."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, ChangingRecord, HospitalRecord
from ipd.models.admission import NEVER_DELETED, Admission
from ipd.states import DischargeItem, MannerOfDeath
from patients.models import Birth, DeathNotice, Encounter, Patient
from patients.models.columns import person, words


class DischargeStep(HospitalRecord):
    """A point of the discharge's list that a person ticked off, or passed over with a reason.

    Whether the summary is signed, the dues are settled and the bed is left, the system sees by itself.
    """

    may_change = ()

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="discharge_steps")
    # Of which beginning: a discharge that is taken back and begun again asks anew.
    initiated_at = models.DateTimeField()
    item = models.CharField(_("what"), max_length=12, choices=DischargeItem)
    # Passed over: why. Empty: done.
    override_why = words(_("why it is passed over"), 200)
    done_by = person(_("by"))
    done_at = models.DateTimeField(_("at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="discharge_step_is_done_once",
                fields=["admission", "initiated_at", "item"],
                violation_error_message=_("This is ticked off already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_item_display())


class DeathQuerySet(ScopedQuerySet["Death"]):
    def standing(self) -> "DeathQuerySet":
        """Those whose certificate holds."""
        return self.filter(notice__withdrawn_at=None)


@tracked()
class Death(ChangingRecord):
    """A death in the hospital: a line of the death register, with the causes as Form 4 asks for them.

    Source: Form No. 4 (institutional), Registration of Births and Deaths Act 1969, section 10.
    """

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="deaths")
    # What every desk asks; taken back, the certificate does not hold and its number stays in the register.
    notice = models.OneToOneField(
        DeathNotice,
        null=True,
        on_delete=models.PROTECT,
        related_name="certificate",
        verbose_name=_("death on file"),
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("death number"), max_length=16, editable=False)
    died_at = models.DateTimeField(_("died"))
    # Part I: the immediate cause, what it was due to, and the underlying cause; each with its interval.
    immediate_cause = words(_("immediate cause"), 200)
    immediate_interval = words(_("interval (a)"), 40)
    antecedent_cause = words(_("due to"), 200)
    antecedent_interval = words(_("interval (b)"), 40)
    underlying_cause = words(_("underlying cause"), 200)
    underlying_interval = words(_("interval (c)"), 40)
    # Part II.
    other_conditions = words(_("other significant conditions"), 300)
    manner = models.CharField(
        _("manner of death"), max_length=12, choices=MannerOfDeath, default=MannerOfDeath.NATURAL
    )
    how_injured = words(_("how the injury occurred"), 200)
    # Null where nobody knows, and of men.
    was_pregnant = models.BooleanField(_("pregnant, or within six weeks of it"), null=True, blank=True)
    was_delivered = models.BooleanField(_("there was a delivery"), null=True, blank=True)
    goes_to_post_mortem = models.BooleanField(_("post-mortem examination"), default=False)
    certified_by = person(_("certified by"))
    certified_at = models.DateTimeField()
    # The body: to whom, on what proof, when.
    handed_to = words(_("body handed to"), 120)
    handed_relation = words(_("relation"), 40)
    handed_proof = words(_("proof of who that is"), 80)
    handed_phone = models.CharField(_("telephone"), max_length=15, blank=True)
    handed_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    handed_by = person(_("handed over by"), null=True, blank=True)

    objects = DeathQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [*ChangingRecord.Meta.triggers, NEVER_DELETED]
        constraints = [
            models.CheckConstraint(name="death_is_on_file", condition=Q(notice__isnull=False)),
            models.UniqueConstraint(name="death_number_is_given_once", fields=["number"]),
            models.CheckConstraint(name="death_has_a_number", condition=~Q(number="")),
            models.CheckConstraint(
                name="death_has_a_cause",
                condition=~Q(immediate_cause=""),
                violation_error_message=_("Write the immediate cause of death."),
            ),
            models.CheckConstraint(
                name="nobody_dies_tomorrow",
                condition=Q(died_at__lte=F("certified_at")),
                violation_error_message=_("The time of death lies ahead. Look at the clock again."),
            ),
            models.CheckConstraint(
                name="body_is_handed_to_somebody",
                condition=Q(handed_at=None, handed_by=None, handed_to="")
                | Q(handed_at__gte=F("died_at"), handed_by__isnull=False) & ~Q(handed_to=""),
                violation_error_message=_("Write to whom the body is handed over."),
            ),
        ]
        indexes = [models.Index(name="deaths_here", fields=["facility", "-died_at"])]

    def __str__(self) -> str:
        return self.number

    def is_standing(self) -> bool:
        """Whether the certificate holds: it was not taken back."""
        return self.notice is not None and self.notice.withdrawn_at is None


class RegistrarReport(HospitalRecord):
    """A birth or a death that the registrar was told of: when, and the number that came back."""

    may_change = ()

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    birth = models.OneToOneField(
        Birth, null=True, blank=True, on_delete=models.PROTECT, related_name="registrar_report"
    )
    death = models.OneToOneField(
        Death, null=True, blank=True, on_delete=models.PROTECT, related_name="registrar_report"
    )
    reported_on = models.DateField(_("reported on"))
    registration_number = words(_("number of the registrar"), 40)
    reported_by = person(_("reported by"))
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="registrar_is_told_of_one",
                condition=Q(birth__isnull=False, death=None) | Q(birth=None, death__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.reported_on)
