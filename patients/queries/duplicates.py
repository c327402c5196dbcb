"""Who on file may be the person at the counter."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from facilities.models import Span
from facilities.roles import Reach
from hmis.kernel.composed import Composed
from hmis.kernel.prepared import prepared
from patients.matching import SIMILAR_AGE_YEARS, Match, Person, compare
from patients.models import Patient
from patients.names import name_words
from patients.queries.finding import MOST, bearers_written, bearing_abha
from patients.queries.merging import in_their_place, with_successor

COMPARED = {
    "name": _("name"),
    "phone": _("mobile"),
    "guardian": _("guardian"),
    "age": _("age"),
    "village": _("village"),
    "abha": _("ABHA"),
}


@dataclass(frozen=True)
class Candidate:
    """Somebody on file who may be the person at the counter, and what says so."""

    patient: Patient
    match: Match

    def shown(self) -> list[tuple[str, str]]:
        """(field's name, "same" | "similar") of what matched: no score, the reasons."""
        verdicts = [(label, str(getattr(self.match, name))) for name, label in COMPARED.items()]
        return [(str(label), verdict) for label, verdict in verdicts if verdict in {"same", "similar"}]


# What is compared of somebody on file, after who it is and since when.
PERSONAL = ("name", "name_hi", "sex", "birth_date", "phone", "guardian_name", "village", "district_id")
Held = tuple[Any, ...]
NAMED = "SELECT id, registered_at, {columns} FROM patients_patient WHERE id = ANY(ARRAY({bearers}))"


def likely_duplicates(new: Person, user: Any, *, at_home: bool = True) -> list[Candidate]:
    """Those of this hospital whom the person described may be, the surest first.

    At home is looked, if at all, only where neither number nor name has told.
    """
    matches = _compared(new, _near(new, user))
    if new.abha:
        here = Patient.objects.visible_to(user).values("pk")
        matches |= _with_abha(new, bearing_abha(new.abha).filter(pk__in=here))
    if at_home and new.has_home and not any(one.strong for one in matches.values()):
        matches |= _compared(new, _at_home(new, user))
    likely = [key for key, match in matches.items() if match.likely]
    shown = sorted(likely, key=lambda key: matches[key].strong, reverse=True)[:5]
    return _offered(shown, matches, user) if shown else []


def strangers_with_abha(new: Person, user: Any) -> list[Candidate]:
    """Those of other hospitals who bear the person's ABHA: whoever shows them writes it down."""
    here = Patient.objects.visible_to(user).values("pk")
    matches = _with_abha(new, bearing_abha(new.abha).exclude(pk__in=here))
    return _offered(list(matches), matches, user)


def _offered(keys: list[UUID], matches: dict[UUID, Match], user: Any) -> list[Candidate]:
    """Whose records go on for these, nobody twice: the first of them says why."""
    linked = Patient.objects.select_related("district").filter(pk__in=keys)
    held = in_their_place(with_successor(linked, user), lambda kept: kept.select_related("district"))
    offered: dict[UUID, Candidate] = {}
    for key in keys:
        if key in held:
            offered.setdefault(held[key].pk, Candidate(held[key], matches[key]))
    return list(offered.values())


def _with_abha(new: Person, bearers: QuerySet[Patient]) -> dict[UUID, Match]:
    return {one.pk: compare(new, replace(person_of(one), abha=new.abha)) for one in bearers}


def _compared(new: Person, near: Iterable[Held]) -> dict[UUID, Match]:
    return {key: compare(new, _person(*known)) for key, _since, *known in near}


def _near(new: Person, user: Any) -> list[Held]:
    """The newest twenty of the same phone, and the newest twenty of the same name; the newest of all first.

    Mostly none of them is meant: no model is made of them, and both are asked for in one journey.
    """
    span, words, parts = user.posting.span, name_words(new.name, new.name_hi), []
    if new.phone:
        parts.append(_of_phone.written(span.place_id, new.phone, reach=span.reach))
    if words:
        bearers, values = bearers_written([[word] for word in words], user, most=MOST)
        parts.append((NAMED.format(columns=", ".join(PERSONAL), bearers=bearers), values))
    if not parts:
        return []
    written = " UNION ALL ".join(f"({text})" for text, _values in parts)
    with connection.cursor() as cursor:
        cursor.execute(prepared(written, "near"), [value for _text, values in parts for value in values])
        return sorted(set(cursor.fetchall()), key=lambda one: one[1], reverse=True)


# Of one village, sex and about one age, so many older and so many younger ones are held against the guardian:
# in most villages these are all, in a large quarter of a town those nearest in age.
AT_HOME = 100
OF_HOME = """
    SELECT id, registered_at, {columns} FROM (
        (SELECT id, registered_at, {columns} FROM patients_patient
         WHERE {home} AND birth_date < %s AND birth_date >= %s ORDER BY birth_date DESC LIMIT {most})
        UNION ALL
        (SELECT id, registered_at, {columns} FROM patients_patient
         WHERE {home} AND birth_date >= %s AND birth_date < %s ORDER BY birth_date LIMIT {most})
    ) AS near WHERE guardian_name %% %s
"""
HOME = "facility_id = %s AND village <> '' AND upper(village) = upper(%s) AND sex = %s"


def _at_home(new: Person, user: Any) -> list[Held]:
    """Those registered here of the same village and sex, about as old, with a guardian of about this name."""
    year = new.birth_year or 0
    home = [user.posting.facility_id, new.village, new.sex]
    first, last = date(year - SIMILAR_AGE_YEARS, 1, 1), date(year + SIMILAR_AGE_YEARS + 1, 1, 1)
    middle = date(year, 7, 1)
    written = OF_HOME.format(columns=", ".join(PERSONAL), home=HOME, most=AT_HOME)
    with connection.cursor() as cursor:
        asked = [*home, middle, first, *home, middle, last, new.guardian_name]
        cursor.execute(prepared(written, "of_home"), asked)
        return cursor.fetchall()


@Composed
def _of_phone(place_id: UUID, phone: str, *, reach: Reach) -> QuerySet[Patient, Held]:
    # The index has those with a phone: planned once for all values, the statement has to say so.
    alike = Patient.objects.visible_to(Span(reach, place_id)).filter(phone=phone).exclude(phone="")
    return alike.order_by("-registered_at").values_list("pk", "registered_at", *PERSONAL)[:MOST]


def person_of(patient: Patient) -> Person:
    """What matching compares of somebody on file."""
    return _person(*(getattr(patient, name) for name in PERSONAL))


def _person(
    name: str,
    name_hi: str,
    sex: str,
    born: date | None,
    phone: str,
    guardian_name: str,
    village: str,
    district_id: UUID | None,
) -> Person:
    return Person(
        name=name,
        name_hi=name_hi,
        sex=sex,
        birth_year=born.year if born else None,
        phone=phone,
        guardian_name=guardian_name,
        village=village,
        district=str(district_id or ""),
        abha="",
    )
