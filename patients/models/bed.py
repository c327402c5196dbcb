"""Who lies where: one bed holds one patient, one patient lies in one bed of a hospital, says the database."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.identifiers import refuse_aadhaar
from patients.models.encounter import Encounter
from patients.models.person import Patient


class _Lain(Func):
    """From the one moment to before the other: whoever comes when another leaves overlaps with nobody."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


LAIN = _Lain(F("began_at"), F("ended_at"))


@tracked()
class BedStay(ChangingRecord):
    """A patient's time in one bed. It ends when the patient leaves it, not when somebody orders it."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    bed = models.ForeignKey(Bed, on_delete=models.PROTECT, related_name="stays")
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="bed_stays")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    began_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Why the patient was moved here; none: it was the first bed.
    why = models.CharField(
        _("why"), max_length=160, blank=True, default="", db_default="", validators=[refuse_aadhaar]
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="bed_has_one_occupant",
                fields=["bed"],
                condition=Q(ended_at=None),
                violation_error_message=_("Somebody lies in this bed already. Choose another one."),
            ),
            # Of one hospital: a bed elsewhere that was not left in time stops nobody here, where nobody sees
            # that stay or ends it. `manage.py verify` tells who lies in two.
            models.UniqueConstraint(
                name="patient_lies_in_one_bed",
                fields=["patient", "facility"],
                condition=Q(ended_at=None),
                violation_error_message=_("This patient lies in another bed. Free that one first."),
            ),
            models.CheckConstraint(
                name="bed_stay_ends_after_it_begins",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
            ),
            # What holds of now holds of every moment before: the last word on histories (the bed's row is
            # locked first, so that nobody meets these).
            ExclusionConstraint(
                name="bed_had_one_occupant_at_a_time",
                index_type="gist",
                expressions=[("bed", RangeOperators.EQUAL), (LAIN, RangeOperators.OVERLAPS)],
                violation_error_message=_("Somebody lay in this bed at that time."),
            ),
            ExclusionConstraint(
                name="patient_lay_in_one_bed_at_a_time",
                index_type="gist",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("facility", RangeOperators.EQUAL),
                    (LAIN, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The patient lay in another bed at that time."),
            ),
        ]
        indexes = [
            models.Index(name="bed_stays_here", fields=["facility", "began_at"]),
        ]

    def __str__(self) -> str:
        return str(self.bed)


class BedReservation(ChangingRecord):
    """A bed kept for somebody who is on the way: a patient, or whom a telephone call has told of."""

    may_change = ("ended_at", "ended_by")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    bed = models.ForeignKey(Bed, on_delete=models.PROTECT, related_name="reservations")
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    for_whom = models.CharField(_("for whom"), max_length=120, blank=True, validators=[refuse_aadhaar])
    # Afterwards the bed is free again by itself.
    until = models.DateTimeField(_("until"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="bed_is_kept_for_one",
                fields=["bed"],
                condition=Q(ended_at=None),
                violation_error_message=_("This bed is kept for somebody already."),
            ),
            models.CheckConstraint(
                name="bed_is_kept_for_somebody",
                condition=Q(patient__isnull=False) | ~Q(for_whom=""),
                violation_error_message=_("For whom is it kept? Write a name, or from where they come."),
            ),
            models.CheckConstraint(
                name="bed_is_kept_for_a_while",
                condition=Q(until__gt=F("made_at")),
                violation_error_message=_("Until when is it kept? This time is over."),
            ),
        ]

    def __str__(self) -> str:
        return self.for_whom
