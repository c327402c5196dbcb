"""Those who come without a name: the unconscious and abandoned, and newborns with their mother."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import District
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.numbering import Series, next_block
from hmis.kernel.rows import write
from patients import queries
from patients.ages import BirthSaid
from patients.models import (
    Birth,
    BirthPrecision,
    Category,
    GuardianRelation,
    NoPhone,
    Patient,
    RelatedPerson,
    Sex,
)
from patients.models.newborn import CORRECTED
from patients.names import is_devanagari
from patients.queries.merging import same_person
from patients.services.people import ConfirmNew, add_patient, claimed, edit_patient, next_uhid

# Their last four digits are on the slip and the wrist: two unknown men of one accident are told apart.
STAND_INS = {
    Sex.MALE: ("Unknown male", "अज्ञात पुरुष"),
    Sex.FEMALE: ("Unknown female", "अज्ञात महिला"),
}
NOBODY_KNOWS = ("Unknown person", "अज्ञात व्यक्ति")
NEWBORN_FOR, ONE_DELIVERY = timedelta(days=28), timedelta(days=2)
MOST_AT_ONCE = 6


@dataclass(frozen=True)
class Unknown:
    """What can be seen of somebody who cannot say who they are."""

    sex: Sex
    birth: BirthSaid | None = None

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.sex, *(vars(self.birth).values() if self.birth else ())]


def add_unknown(*, unknown: Unknown, actor: Any, at: datetime) -> tuple[Patient, Sequence[models.Model]]:
    """As `add_patient`, of somebody without a name: it says the end of the UHID, as a mark."""
    uhid = next_uhid()
    name, name_hi = STAND_INS.get(unknown.sex, NOBODY_KNOWS)
    details = {
        "name": f"{name} {uhid[-4:]}",
        "name_hi": f"{name_hi} {uhid[-4:]}",
        "sex": unknown.sex,
        "birth": unknown.birth,
        "birth_precision": BirthPrecision.YEAR,
        "no_phone_reason": NoPhone.NOT_ASKED,
        "is_unknown": True,
    }
    return add_patient(details=details, actor=actor, at=at, confirm_new=True, uhid=uhid)


def named(
    *,
    name: str,
    sex: str,
    birth: BirthSaid | None,
    phone: str,
    no_phone_reason: str,
    village: str,
    district: District | None,
) -> dict[str, Any]:
    """The details of somebody new of whom casualty knows little: what is not said is not made up.

    Neither a number nor why there is none: nobody asked.
    """
    names = {"name": "", "name_hi": name} if is_devanagari(name) else {"name": name, "name_hi": ""}
    return names | {
        "sex": sex,
        "birth": birth,
        "birth_precision": BirthPrecision.YEAR,
        "phone": phone,
        "no_phone_reason": "" if phone else no_phone_reason or NoPhone.NOT_ASKED,
        "village": village,
        "district": district,
    }


Who = Patient | Unknown | Mapping[str, Any]


def said_of(who: Who) -> Any:
    """What a request key stands for, of whoever comes."""
    if isinstance(who, Patient):
        return who.pk
    return who.claimed() if isinstance(who, Unknown) else claimed(who)


def patient_of(who: Who, *, actor: Any, at: datetime, confirm_new: ConfirmNew) -> Patient:
    """The part of an act that takes somebody on file, somebody nobody knows, or the details of somebody new.

    Refuses a likely duplicate of somebody new unless `confirm_new`.
    """
    if isinstance(who, Patient):
        return who
    if isinstance(who, Unknown):
        patient, rows = add_unknown(unknown=who, actor=actor, at=at)
    else:
        patient, rows = add_patient(details=who, actor=actor, at=at, confirm_new=confirm_new)
    write(*rows)
    return patient


@dataclass(frozen=True)
class Newborn:
    """A child just born: its sex, when, and its weight where there was a balance."""

    sex: Sex
    born_at: datetime
    weight_grams: int | None = None


@act
def register_newborns(
    *,
    mother: Patient,
    babies: Sequence[Newborn],
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_another: bool = False,
) -> list[Birth]:
    """Give each child of one delivery a UHID of its own, "Baby of …", linked to its mother.

    Refuses a father, a child that is no newborn any more, and, unless `confirm_another`, a second
    registration of what is probably the same delivery.
    """
    body = [mother.pk, [(baby.sex, baby.born_at, baby.weight_grams) for baby in babies]]
    delivery, seen = requests.claim(request_key, "patients.register_newborns", actor=actor, body=body)
    if seen:
        return queries.delivered(delivery)
    # Two nurses at two desks: the second sees what the first has written, on whatever record of the mother.
    hers = Patient.objects.locked().select_related("district", "block")
    mother = {one.pk: one for one in hers.filter(pk__in=same_person(mother.pk))}[mother.pk]
    _refuse_impossible(mother, babies, at)
    earlier = queries.births_about(mother, babies[0].born_at, within=ONE_DELIVERY)
    if earlier and not confirm_another:
        raise Refusal(
            _(
                "A baby of this mother, born at %(at)s, is registered already. "
                "Say that this is another one, or leave it."
            ),
            field="confirm_another",
            at=f"{timezone.localtime(earlier[-1].born_at):%H:%M}",
        )
    last = earlier[-1].place if earlier else 0
    is_only = len(babies) == 1 and not earlier
    born = [
        _bear(mother, baby, last + n, delivery=delivery, is_only=is_only, actor=actor, at=at)
        for n, baby in enumerate(babies, start=1)
    ]
    # From here on the facility's other births wait.
    numbers = next_block(born[0][0].facility, Series.BIRTH, len(born), at=at)
    for (birth, rows), number in zip(born, numbers, strict=True):
        birth.number = number
        facts.record(
            "patients.newborn_registered",
            about=birth,
            actor=actor,
            at=at,
            patient_id=birth.baby_id,
            new=[*rows, birth],
            mother=mother.pk,
        )
    return [birth for birth, _rows in born]


@act
def correct_birth(
    *, birth: Birth, newborn: Newborn, why: str, rev: int, request_key: UUID, actor: Any, at: datetime
) -> Birth:
    """Put a slip of the pen right: the hour, the weight or the sex. The register follows at once, and the row
    as it was is kept.

    Refuses what gives no reason or changes nothing, what somebody else changed meanwhile (`rev`), and an hour
    at which this child was not born.
    """
    body = [birth.pk, newborn.sex, newborn.born_at, newborn.weight_grams, why]
    seen = requests.was_sent(request_key, "patients.correct_birth", actor=actor, body=body)
    held = lock(Birth, birth.pk, "baby")
    if seen:
        return held
    if held.rev != rev:
        raise Refusal(_("Somebody else changed this birth meanwhile. Look again before you save."))
    if newborn == Newborn(Sex(held.baby.sex), held.born_at, held.weight_grams):
        raise Refusal(_("Nothing is put right: all stands like this already."))
    if not why:
        raise Refusal(_("Say why."), field="why")
    _refuse_hour(held, newborn.born_at)
    child = {"sex": newborn.sex, "birth_date": timezone.localdate(newborn.born_at)}
    if child != {name: getattr(held.baby, name) for name in child}:
        edit_patient(patient=held.baby, details=child, rev=held.baby.rev, actor=actor, at=at)
    held.born_at, held.weight_grams, held.why_corrected = newborn.born_at, newborn.weight_grams, why
    held.clean_fields(exclude=["facility", "baby", "mother", "registered_by"])
    with refusing(Birth):
        held.save(update_fields=CORRECTED)
    facts.record("patients.birth_corrected", about=held, actor=actor, at=at, patient_id=held.baby_id)
    held.refresh_from_db()
    return held


def _refuse_hour(held: Birth, born_at: datetime) -> None:
    if born_at < held.registered_at - NEWBORN_FOR:
        raise Refusal(_("Born more than 28 days before it was registered: that cannot be."), field="born_at")
    death = queries.death_on_file(held.baby)
    if death and death.died_at < born_at:
        raise Refusal(_("This child died before that hour."), field="born_at")


def _refuse_impossible(mother: Patient, babies: Sequence[Newborn], at: datetime) -> None:
    if not 1 <= len(babies) <= MOST_AT_ONCE:
        raise Refusal(_("Write at least one baby, and at most %(most)s."), most=MOST_AT_ONCE)
    if mother.sex == Sex.MALE:
        raise Refusal(_("A baby is linked to its mother. This patient is a man."))
    for baby in babies:
        if baby.born_at < at - NEWBORN_FOR:
            raise Refusal(_("Born more than 28 days ago: register this child as a patient."), field="born_on")


def _bear(
    mother: Patient,
    baby: Newborn,
    place: int,
    *,
    delivery: UUID,
    is_only: bool,
    actor: Any,
    at: datetime,
) -> tuple[Birth, Sequence[models.Model]]:
    """A child and its birth, not yet written."""
    name, name_hi = ("Baby", "शिशु") if is_only else (f"Baby {place}", f"शिशु {place}")
    child, rows = add_patient(
        details=_inherited(mother)
        | {
            "name": f"{name} of {mother.name}"[:120],
            "name_hi": f"{mother.name_hi or mother.name} का {name_hi}"[:120],
            "sex": baby.sex,
            "birth_date": timezone.localdate(baby.born_at),
            "birth_precision": BirthPrecision.DAY,
        },
        actor=actor,
        at=at,
        confirm_new=True,
        related=[RelatedPerson(relative=mother, name=mother.name, relation=GuardianRelation.MOTHER)],
    )
    birth = Birth(
        facility=child.facility,
        baby=child,
        mother=mother,
        delivery=delivery,
        place=place,
        born_at=baby.born_at,
        weight_grams=baby.weight_grams,
        registered_by=actor,
        registered_at=at,
    )
    return birth, rows


def _inherited(mother: Patient) -> dict[str, Any]:
    """What a newborn has of its mother: phone, place, category."""
    same = ("address", "village", "block_name", "block", "district", "pincode", "phone", "no_phone_reason")
    own = Category.BPL if mother.category == Category.BPL else Category.GENERAL
    return {name: getattr(mother, name) for name in same} | {
        "guardian_name": mother.name_hi or mother.name,
        "guardian_relation": GuardianRelation.MOTHER,
        "category": own,
    }
