"""The work on the national registries: every facility of the state, and the sheets it was read from."""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from facilities.models import District, Facility, FacilityKind, State
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord, Record
from reports.states import Ownership, RegistryKind, RegistryStatus

# Nobody need be called about these.
SETTLED = (RegistryStatus.VERIFIED, RegistryStatus.STRUCK)
# Somebody is reminded this long before the day.
REMINDED = timedelta(days=7)
LATE, SOON, LATER, DONE = 0, 1, 2, 3


class RegistryEntryQuerySet(ScopedQuerySet["RegistryEntry"]):
    """What one is called and where it lies comes from the hospital's own row where there is one."""

    def visible_to(self, user: Any) -> Self:
        """A hospital's people see its own entry; a district and the state all that lie there."""
        posting = getattr(user, "posting", None)
        if posting is None:
            return self.none()
        reached = posting.sees("facility")
        if posting.district_id:
            reached |= Q(district_id=posting.district_id)
        if posting.state_id:
            reached |= Q(district__state_id=posting.state_id)
        return self.filter(reached)

    def described(self) -> Self:
        """Each with `called`, `where_id` (its district), `what`, `whose` and `known_as`, its HFR ID or ""."""
        ours = Q(facility__isnull=False)
        private = Q(facility__kind=FacilityKind.PRIVATE)
        return self.select_related("facility__district", "district").annotate(
            called=Coalesce("facility__name", "name"),
            where_id=Coalesce("facility__district_id", "district_id"),
            what=Case(
                When(private, then=Value(RegistryKind.HOSPITAL.value)),
                When(ours, then=F("facility__kind")),
                default=F("kind"),
                output_field=models.CharField(),
            ),
            whose=Case(
                When(private, then=Value(Ownership.PRIVATE.value)),
                When(ours, then=Value(Ownership.GOVERNMENT.value)),
                default=F("ownership"),
                output_field=models.CharField(),
            ),
            known_as=Case(When(ours, then=F("facility__hfr_id")), default=F("hfr_id")),
        )

    def by_need(self, today: date) -> Self:
        """Late ones first, then those due within a week, last those settled; each with its `need`."""
        waiting = ~Q(status__in=SETTLED)
        need = Case(
            When(waiting & Q(due_on__lt=today), then=Value(LATE)),
            When(waiting & Q(due_on__lte=today + REMINDED), then=Value(SOON)),
            When(waiting, then=Value(LATER)),
            default=Value(DONE),
        )
        named = Coalesce("facility__district__name", "district__name")
        return self.annotate(need=need).order_by("need", "due_on", named, "called", "pk")


@tracked()
class RegistryEntry(ChangingRecord):
    """One facility of the state, government or private, on its way into the HFR.

    A hospital that works in this system is described by its own row alone, its HFR ID too: then nothing of
    that stands here.
    """

    facility = models.ForeignKey(
        Facility, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(_("name"), max_length=160, blank=True)
    name_hi = models.CharField(_("name in Hindi"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=24, choices=RegistryKind, blank=True)
    ownership = models.CharField(_("run by"), max_length=12, choices=Ownership, blank=True)
    district = models.ForeignKey(
        District,
        verbose_name=_("district"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    block = models.CharField(_("block"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(
        _("telephone"),
        max_length=15,
        blank=True,
        validators=[RegexValidator(r"^[0-9+() -]{6,15}\Z", _("A telephone number has digits, + and -."))],
    )
    hfr_id = models.CharField(_("HFR ID"), max_length=12, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=RegistryStatus, default=RegistryStatus.NOT_STARTED
    )
    status_at = models.DateTimeField(null=True, editable=False)
    owner = models.CharField(_("responsible officer"), max_length=120, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    remarks = models.CharField(_("remarks"), max_length=300, blank=True)

    objects = RegistryEntryQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="hospital_is_in_registry_once",
                fields=["facility"],
                violation_error_message=_("This hospital is on the list already."),
            ),
            models.CheckConstraint(
                name="registry_entry_is_of_ours_or_describes_itself",
                condition=Q(
                    facility__isnull=False,
                    name="",
                    name_hi="",
                    kind="",
                    ownership="",
                    district=None,
                    address="",
                    phone="",
                    hfr_id="",
                )
                | (Q(facility=None, district__isnull=False) & ~Q(name="") & ~Q(kind="") & ~Q(ownership="")),
                violation_error_message=_("Write the name, the kind, whose it is and the district."),
            ),
            models.UniqueConstraint(
                name="hfr_id_is_in_registry_once",
                fields=["hfr_id"],
                condition=~Q(hfr_id=""),
                violation_error_message=_("Another facility has this HFR ID."),
            ),
            models.CheckConstraint(
                name="registry_hfr_id_is_in_and_ten_digits",
                condition=Q(hfr_id="") | Q(hfr_id__regex=r"^IN[0-9]{10}$"),
                violation_error_message=_("An HFR ID is IN and ten digits."),
            ),
            models.CheckConstraint(
                name="verified_facility_has_an_hfr_id",
                condition=~Q(status=RegistryStatus.VERIFIED) | Q(facility__isnull=False) | ~Q(hfr_id=""),
                violation_error_message=_("Who is verified has an HFR ID: write it."),
            ),
            models.CheckConstraint(
                name="sent_back_or_struck_off_says_why",
                condition=~Q(status__in=[RegistryStatus.RETURNED, RegistryStatus.STRUCK]) | ~Q(remarks=""),
                violation_error_message=_("Say why in the remarks."),
            ),
        ]

    def __str__(self) -> str:
        if self.facility:
            return str(self.facility)
        return self.name_hi if get_language() == "hi" and self.name_hi else self.name

    def is_late(self, today: date) -> bool:
        """Whether its day has passed and somebody must still see to it."""
        return self.status not in SETTLED and self.due_on is not None and self.due_on < today

    @property
    def place(self) -> District:
        """The district that it lies in."""
        found = self.facility.district if self.facility else self.district
        assert found
        return found

    @property
    def number(self) -> str:
        """The HFR ID, or ""."""
        return self.facility.hfr_id if self.facility else self.hfr_id

    @property
    def telephone(self) -> str:
        return self.facility.phone if self.facility else self.phone

    @property
    def site(self) -> str:
        """The address."""
        return self.facility.address if self.facility else self.address

    @property
    def kind_label(self) -> str:
        return self.facility.get_kind_display() if self.facility else self.get_kind_display()

    @property
    def ownership_label(self) -> str:
        if self.facility is None:
            return self.get_ownership_display()
        is_private = self.facility.kind == FacilityKind.PRIVATE
        return str((Ownership.PRIVATE if is_private else Ownership.GOVERNMENT).label)


class RegistryImportQuerySet(models.QuerySet["RegistryImport"]):
    def visible_to(self, user: Any) -> Self:
        """One's own; a district's office its district's, the state's office all of the state."""
        posting = getattr(user, "posting", None)
        if posting is None:
            return self.none()
        reached = Q(uploaded_by=user)
        if posting.district_id:
            reached |= Q(district_id=posting.district_id)
        if posting.state_id:
            reached |= Q(state_id=posting.state_id) | Q(district__state_id=posting.state_id)
        return self.filter(reached)


class RegistryImport(Record):
    """A sheet of facilities as it was uploaded; nothing of it holds before it is confirmed."""

    # Whose office sent it.
    district = models.ForeignKey(District, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.ForeignKey(State, null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=120)
    rows = models.JSONField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    # What the confirmation came to: counts, and the rows left out.
    outcome = models.JSONField(default=dict)

    objects = RegistryImportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="registry_import_age", fields=["uploaded_at"])]

    def __str__(self) -> str:
        return self.filename
