"""A ward as a sister keeps it on a slate: who lies where, who is out, who goes; and each patient's way."""

from dataclasses import dataclass, field
from typing import Any


class No(Exception):
    """The slate says no."""


@dataclass(eq=False)
class Lying:
    """One inpatient on the slate."""

    patient: Any
    row: Any = None
    bed: Any = None
    way: list[Any] = field(default_factory=list)  # (bed, from, until)
    is_out: bool = False
    kept: bool = False
    is_going: bool = False
    is_gone: bool = False
    has_left: bool = False
    left_at: Any = None
    teams: int = 1

    @property
    def is_here(self) -> bool:
        return not self.is_gone


class Slate:
    """Beds and who lies in them."""

    def __init__(self, beds: list[Any]) -> None:
        self.beds = dict.fromkeys(beds)
        self.cleaning: set[Any] = set()
        self.people: list[Lying] = []

    def of(self, patient: Any) -> Lying | None:
        return next((one for one in self.people if one.patient == patient and one.is_here), None)

    def refuse(self, bed: Any, confirm: bool) -> None:
        if self.beds[bed]:
            raise No
        if bed in self.cleaning and not confirm:
            raise No

    def lay(self, one: Lying, bed: Any, at: Any) -> None:
        self.cleaning.discard(bed)
        self.beds[bed], one.bed = one, bed
        one.way.append([bed, at, None])

    def lift(self, one: Lying, at: Any) -> None:
        if one.bed is None:
            return
        self.beds[one.bed] = None
        self.cleaning.add(one.bed)
        one.way[-1][2], one.bed = at, None

    def admit(self, patient: Any, bed: Any, at: Any, *, confirm: bool) -> Lying:
        if self.of(patient):
            raise No
        self.refuse(bed, confirm)
        one = Lying(patient)
        self.people.append(one)
        self.lay(one, bed, at)
        return one

    def transfer(self, one: Lying, bed: Any, at: Any, *, confirm: bool) -> Lying:
        if one.is_gone or one.bed is None or one.bed == bed:
            raise No
        self.refuse(bed, confirm)
        self.lift(one, at)
        self.lay(one, bed, at)
        return one

    def go_out(self, one: Lying, at: Any, *, keeps: bool) -> Lying:
        if one.is_gone or one.is_out or one.is_going:
            raise No
        one.is_out, one.kept = True, keeps
        if not keeps:
            self.lift(one, at)
        return one

    def come_back(self, one: Lying, bed: Any, at: Any, *, confirm: bool) -> Lying:
        if one.is_gone or not one.is_out:
            raise No
        if one.bed is None:
            if bed is None:
                raise No
            self.refuse(bed, confirm)
            self.lay(one, bed, at)
        one.is_out = False
        return one

    def begin_to_go(self, one: Lying) -> Lying:
        if one.is_gone or one.is_going:
            raise No
        one.is_going = True
        return one

    def stay_after_all(self, one: Lying, bed: Any, at: Any, *, confirm: bool) -> Lying:
        if one.is_gone or not one.is_going:
            raise No
        if one.has_left:
            if bed is None:
                raise No
            self.refuse(bed, confirm)
            was, _since, until = one.way[-1]
            lain = [end for other in self.people for place, _since, end in other.way if place == bed]
            never_left = was == bed and until == one.left_at and max(lain) == until
            self.lay(one, bed, until if never_left else at)
        one.is_going = one.has_left = False
        return one

    def leave_bed(self, one: Lying, at: Any) -> Lying:
        if one.has_left:
            return one
        if one.is_gone or not one.is_going:
            raise No
        self.lift(one, at)
        one.has_left, one.is_out, one.left_at = True, False, at
        return one

    def complete(self, one: Lying) -> Lying:
        if one.is_gone or not one.has_left:
            raise No
        one.is_gone = True
        return one

    def take_back(self, one: Lying, at: Any) -> Lying:
        if one.is_gone or one.is_going:
            raise No
        bed = one.bed
        self.lift(one, at)
        self.cleaning.discard(bed)  # nobody has really lain there
        one.is_gone = one.has_left = True
        return one
