"""A free place as it is chosen, ward by ward."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, Facility, Ward
from facilities.states import BedStatus

BESIDE = "beside"


def uuid_or_none(said: str | None) -> UUID | None:
    """The key that an address names; None where it is none."""
    try:
        return UUID(said) if said else None
    except ValueError:
        return None


def bed_said(bed: Bed) -> str:
    """A place as it is chosen: room, number, what it is where it is no bed, and what stands in its way."""
    ward = bed.room.ward
    parts = [part for part in (ward.code if ward else "", bed.room.number, bed.number) if part]
    if bed.kind != "bed":
        parts.append(str(bed.get_kind_display()))
    if bed.status == BedStatus.CLEANING:
        parts.append(str(_("being cleaned")))
    if bed.is_kept:  # type: ignore[attr-defined]
        parts.append(str(_("kept for somebody")))
    return " · ".join(parts)


def beds_by_ward(beds: Iterable[Bed]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Free places as the groups of a choice, in the order in which they come."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for bed in beds:
        groups.setdefault(ward_said(bed.room.ward), []).append((str(bed.pk), bed_said(bed)))
    return list(groups.items())


def ward_said(ward: Ward | None) -> str:
    """A ward as it is chosen: D1 · Medicine, women."""
    return " · ".join(part for part in (ward.code, str(ward)) if part) if ward else "—"


class BedChoice(forms.ChoiceField):
    """A free place of the hospital, ward by ward; cleans to the bed, or to None for `beside`.

    A bed that is no longer offered goes to the act all the same: the same form sent again has taken it
    itself, and of another's the act says who lies there.
    """

    def offer(self, facility: Facility, beds: Sequence[Bed], *, beside: bool = False) -> None:
        """These places are free; a newborn may lie beside its mother."""
        self.facility, self.beds = facility, {str(bed.pk): bed for bed in beds}
        first: list[Any] = [(BESIDE, _("in a cradle beside the mother"))] if beside else []
        self.choices = [*first, *beds_by_ward(beds)]

    def valid_value(self, value: Any) -> bool:
        return super().valid_value(value) or self._bed(value) is not None

    def clean(self, value: Any) -> Bed | None:
        return self._bed(super().clean(value))

    def _bed(self, said: Any) -> Bed | None:
        key = uuid_or_none(said)
        if key is None or said in self.beds:
            return self.beds.get(said)
        linked = Bed.objects.select_related("room__ward__department")
        return linked.filter(pk=key, facility=self.facility, room__ward__isnull=False).first()
