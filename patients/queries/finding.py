"""Finding patients: by an exact number anywhere in the state, by name or phone where one works."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Right
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.models import AuditEntry
from hmis.kernel.prepared import prepared
from patients.identifiers import SearchTerm, search_kind
from patients.models import ABHA_KINDS, END_OF_PHONE, Encounter, IdentifierKind, Patient, PatientIdentifier
from patients.names import name_words
from patients.queries.merging import given_up, going_on, in_their_place, same_person, with_successor
from patients.scans import AbhaCard, abha_card

MOST = 20
KINDS = {
    "uhid": _("UHID"),
    "phone": _("mobile"),
    "abha_number": _("ABHA number"),
    "abha_address": _("ABHA address"),
    "identifier": _("old hospital number"),
    "name": _("name"),
}
SHORT_MOBILE = re.compile(r"[6-9][0-9]{8}")
NOT_SEARCHED = {"empty", "aadhaar", "mistyped_uhid", "unreadable"}
FOUND = "patients.patient_found_by_identifier"
# As long as one meeting at the counter lasts.
FOUND_FOR = timedelta(minutes=30)

# A misspelt word is looked up in the small dictionary, never in the names of ten million people.
ALIKE = """
    SELECT word FROM patients_nameword
    WHERE word = %s OR word LIKE %s OR word %% %s
    ORDER BY similarity(word, %s) DESC LIMIT 12
"""


def reachable_by(user: Any, patient_id: UUID | str, *, at: datetime | None = None) -> QuerySet[Patient]:
    """This patient, if visible here, or found by an exact identifier just now.

    Each part asks for the one person: a hospital's patients are never all read.
    """
    since = (at or timezone.now()) - FOUND_FOR
    found = AuditEntry.objects.filter(name=FOUND, actor=user, at__gte=since, patient_id=patient_id)
    visible = Patient.objects.visible_to(user).filter(pk=patient_id)
    either = Q(pk__in=visible.values("pk")) | Q(pk__in=found.values("patient_id"))
    return Patient.objects.filter(either, pk=patient_id)


def found_exactly(term: SearchTerm) -> QuerySet[Patient]:
    """Patients of the whole state who bear exactly this UHID, ABHA or old number."""
    if term.kind == "uhid":
        known = Patient.objects.filter(uhid=term.value)
        # An old number of eleven digits may fit by chance; a UHID of ours comes first.
        return known if known.exists() else bearing(term.value)
    if term.kind in {"abha_number", "abha_address", "identifier"}:
        return bearing(term.value, term.written)
    return bearing(term.written) if term.written else Patient.objects.none()


def bearing(*numbers: str) -> QuerySet[Patient]:
    """Patients of the whole state who bear one of these other numbers, however it is written."""
    borne = PatientIdentifier.objects.written(*numbers).filter(ended_at=None)
    return Patient.objects.filter(pk__in=borne.values("patient_id"))


def bearing_abha(abha: str) -> QuerySet[Patient]:
    """Patients of the whole state who bear this ABHA number or address."""
    borne = PatientIdentifier.objects.written(abha).filter(kind__in=ABHA_KINDS, ended_at=None)
    return Patient.objects.filter(pk__in=borne.values("patient_id"))


def words_alike(said: Iterable[str]) -> list[list[str]]:
    """For each word those of the dictionary that resemble it."""
    return [words_like(word) for word in said]


def words_like(word: str) -> list[str]:
    """The dictionary's words that sound like this one or begin with it, nearest first; itself at least."""
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, [word, f"{word}%", word, word])
        return [found for (found,) in cursor.fetchall()] or [word]


def with_last_visit(patients: QuerySet[Patient], user: Any) -> list[Patient]:
    """Twenty for a list, one more if there are more; each with its district and its last time here."""
    seen = Encounter.objects.visible_to(user).filter(patient=OuterRef("pk")).order_by("-started_at")
    listed = (
        with_successor(patients, user)
        .select_related("district")
        .annotate(
            last_seen_at=Subquery(seen.values("started_at")[:1]),
            last_department_id=Subquery(seen.values("department_id")[:1]),
            last_department=Subquery(seen.values("department__name")[:1]),
            last_department_hi=Subquery(seen.values("department__name_hi")[:1]),
        )
    )
    return list(listed[: MOST + 1])


def bearer_here(words: str, user: Any) -> Patient | None:
    """Whom this UHID means at this person's hospital: of joined records the one that goes on, if known."""
    term = search_kind(words)
    asked = Patient.objects.filter(uhid=term.value).first() if term.kind == "uhid" else None
    if asked is None:
        return None
    here = Patient.objects.visible_to(user).filter(pk__in=same_person(asked.pk))
    known = sorted(with_successor(here, user), key=lambda one: (bool(one.goes_on_as), one.pk != asked.pk))
    return known[0] if known else None


# An index holds each hospital's bearers of each word, newest first, with all words of their names. It is read
# for the rarest word asked for (whose 30th bearer lies furthest back) until enough are found. Of words that
# only resemble what was typed, so many bearers are looked through.
FAR, FEW, LOOKED_THROUGH = 30, 300, 5_000
BEARERS = """
    WITH here AS ({here}),
    rarest AS (
        SELECT words FROM (VALUES {asked}) AS asked (words)
        ORDER BY (
            SELECT max(since) FROM here, unnest(words) AS said, LATERAL (
                SELECT registered_at AS since FROM patients_knownname
                WHERE facility_id = place AND word = said ORDER BY registered_at DESC OFFSET {far} LIMIT 1
            ) AS far
        ) NULLS FIRST LIMIT 1
    )
    SELECT patient_id FROM (
        SELECT DISTINCT registered_at, patient_id FROM here, rarest, unnest(words) AS said, LATERAL (
            SELECT registered_at, patient_id FROM (
                SELECT registered_at, patient_id, name_words FROM patients_knownname
                WHERE facility_id = place AND word = said ORDER BY registered_at DESC LIMIT {through}
            ) AS newest
            WHERE {met} ORDER BY registered_at DESC LIMIT {most}
        ) AS met
    ) AS found ORDER BY registered_at DESC LIMIT {most}
"""


def bearers(words: list[list[str]], user: Any, *, most: int, through: int | None = None) -> list[UUID]:
    """The newest patients known at this person's hospital whose name has, of each list, one word at least.

    `through` of the newest bearers of a word are looked through: None for all of them.
    """
    written, values = bearers_written(words, user, most=most, through=through)
    with connection.cursor() as cursor:
        cursor.execute(prepared(written, "bearers"), values)
        return [patient_id for (patient_id,) in cursor.fetchall()]


def bearers_written(
    words: list[list[str]], user: Any, *, most: int, through: int | None = None
) -> tuple[str, list[Any]]:
    """The statement that finds them, and its values: alone, or as a part of another one."""
    places = _places(user)
    # Of one hospital PostgreSQL knows that it is one, whichever: it keeps the plan.
    one = len(places) == 1
    written = BEARERS.format(
        here="SELECT %s::uuid AS place" if one else "SELECT unnest(%s::uuid[]) AS place",
        asked=", ".join(["(%s::varchar[])"] * len(words)),
        met=" AND ".join(["name_words && %s::varchar[]"] * len(words)),
        far=FAR,
        through="ALL" if through is None else int(through),
        most=int(most),
    )
    return written, [places[0] if one else places, *words, *words]


def _places(user: Any) -> list[UUID]:
    """The hospitals whose patients this person sees."""
    if user.posting is None:
        return []
    if user.posting.facility_id:
        return [user.posting.facility_id]
    return list(Facility.objects.visible_to(user).values_list("pk", flat=True))


# Numbers that one person bears, and that are read to their last sign.
WHOLE = {"uhid", *ABHA_KINDS}


@dataclass(frozen=True)
class Found:
    """What the search box found: what was understood of the text, who, and who of them is not from here."""

    term: SearchTerm
    patients: list[Patient]
    elsewhere: list[Patient]
    # The ABHA card that was scanned, where it was one.
    card: AbhaCard | None = None
    more: bool = False
    # Why nothing was searched, said in the place of the list.
    refused: str = ""
    # The UHID that was typed, where its record is joined to the one that was found.
    given_up: str = ""

    @property
    def is_beyond(self) -> bool:
        """Whether it led out of this hospital: to another one's patient, or from a whole number to nobody.

        Old numbers are of any length: searched while they are typed, half of one leads to nobody often.
        """
        return bool(self.elsewhere) or (not self.patients and self.term.kind in WHOLE)

    @property
    def kind_label(self) -> str:
        """What the text was taken for, in words; "" where nothing was searched."""
        if self.term.kind in NOT_SEARCHED:
            return ""
        return str(KINDS.get(self.term.kind, KINDS["name"]))

    @property
    def only(self) -> Patient | None:
        """The one person whom a number of their own names; a phone is often a whole family's."""
        own = self.by_own_number and not self.term.torn
        return self.patients[0] if own and len(self.patients) == 1 else None

    @property
    def by_own_number(self) -> bool:
        """Whether a number was looked up that one person bears."""
        return self.term.kind in WHOLE

    @property
    def to_keep(self) -> bool:
        """Whether nobody bears what was scanned and it could be kept: an ABHA, or an old hospital number."""
        return not self.patients and (self.term.kind in ABHA_KINDS or bool(self.term.old_kind))

    @property
    def may_be_mobile(self) -> bool:
        """Whether this is a mobile number with a digit missing, rather than an old number of a hospital."""
        return self.term.kind == "identifier" and SHORT_MOBILE.fullmatch(self.term.digits) is not None

    @property
    def identifiers(self) -> dict[str, str]:
        """{kind: number} of what would be kept: of a card its number and its address."""
        if self.card:
            both = zip(ABHA_KINDS, (self.card.abha_number, self.card.abha_address), strict=True)
            return {str(kind): value for kind, value in both if value}
        return {self.term.old_kind or self.term.kind: self.term.value}

    @property
    def kept_as(self) -> str:
        """The kind of identifier as which it would be kept, in words."""
        return str(IdentifierKind(self.term.old_kind or self.term.kind).label) if self.to_keep else ""


def search(text: str, user: Any) -> Found:
    """Whoever the typed or scanned text means: by exact number in the whole state, else at this hospital."""
    term = search_kind(text)
    card = abha_card(text) if term.kind in ABHA_KINDS else None
    exactly = with_last_visit(going_on(found_exactly(term)), user)
    if not exactly:
        met = in_their_place(_nearest_first(term, user), partial(with_last_visit, user=user))
        nearest = list(dict.fromkeys(met.values()))
        return Found(term, nearest[:MOST], [], card, more=len(nearest) > MOST)
    if term.kind == "name":  # it was no name: somebody bears it as a number
        term = SearchTerm("identifier", term.written)
    here = set(
        Patient.objects.visible_to(user)
        .filter(pk__in=[one.pk for one in exactly])
        .values_list("pk", flat=True)
    )
    elsewhere = [one for one in exactly[:MOST] if one.pk not in here]
    return Found(term, exactly[:MOST], elsewhere, card, len(exactly) > MOST, given_up=given_up(term, exactly))


def identifiers_within_reach(user: Any) -> QuerySet[PatientIdentifier]:
    """The other numbers of those patients whom this person sees, whichever hospital wrote them down."""
    return PatientIdentifier.objects.filter(patient__in=Patient.objects.visible_to(user).values("pk"))


def _nearest_first(term: SearchTerm, user: Any) -> list[Patient]:
    """Whom a phone or a name means, the newest first; those whose name only resembles it come last."""
    visible = Patient.objects.visible_to(user)
    if term.kind == "phone":
        return with_last_visit(visible.filter(phone=term.value).order_by("-registered_at"), user)
    said = name_words(" ".join(term.words), "") if term.kind == "name" else []
    if not said:  # a percent sign alone is no name, and must not list everybody
        return []
    named = _named_with_phone(said, term.digits, user) if term.digits else _named(said, user)
    found = {one.pk: one for one in with_last_visit(visible.filter(pk__in=named), user)}
    return [found[pk] for pk in named if pk in found]


def namesakes(text: str, user: Any) -> list[UUID]:
    """Those at this person's hospital whose name the text may be, the newest first, some hundreds at most.

    Nobody where it is no name.
    """
    term = search_kind(text)
    said = name_words(" ".join(term.words), "") if term.kind == "name" else []
    if said and term.digits:
        return _named_with_phone(said, term.digits, user)
    return bearers(words_alike(said), user, most=FEW, through=LOOKED_THROUGH) if said else []


def _named(said: list[str], user: Any) -> list[UUID]:
    just_so = bearers([[word] for word in said], user, most=MOST + 1)
    if len(just_so) > MOST:
        return just_so
    most = MOST + 1 + len(just_so)
    resembling = bearers(words_alike(said), user, most=most, through=LOOKED_THROUGH)
    return list(dict.fromkeys(just_so + resembling))[: MOST + 1]


def _named_with_phone(said: list[str], digits: str, user: Any) -> list[UUID]:
    """The end of a phone is shared by so few that their names are looked at one by one."""
    ending = Patient.objects.visible_to(user).annotate(end=Right("phone", END_OF_PHONE))
    ending = ending.filter(end=digits[-END_OF_PHONE:], phone__endswith=digits)
    for alike in words_alike(said):
        ending = ending.filter(name_words__overlap=alike)
    found = list(ending.order_by("-registered_at").values_list("pk", "name_words")[: MOST + 1])
    return [pk for pk, words in sorted(found, key=lambda one: not set(said) <= set(one[1]))]
