"""Reads of places and people."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from facilities.models import (
    Block,
    Department,
    District,
    Facility,
    Posting,
    Room,
    StaffImport,
    Unit,
    User,
    Ward,
)
from facilities.roles import Role
from hmis.kernel.models import LoginSession
from hmis.kernel.numbering import Series
from hmis.kernel.recent import recent
from hmis.kernel.verifying import Fault, rows_of


@recent
def districts() -> list[District]:
    """Every district, by name."""
    return list(District.objects.all())


@recent
def facilities_by_name() -> list[Facility]:
    """Every hospital, by name."""
    return sorted(Facility.objects.all(), key=lambda one: one.name)


def districts_near(district_id: object) -> list[District]:
    """All districts by name, the hospital's own first: most patients come from it."""
    return sorted(districts(), key=lambda one: (one.pk != district_id, one.name))


def district_by_lgd(code: int) -> District | None:
    """The district with this code of the Local Government Directory."""
    return next((one for one in districts() if one.lgd_code == code), None)


def blocks_of(code: str) -> QuerySet[Block]:
    """The blocks of the district with this LGD code; none for anything that is no code."""
    return Block.objects.filter(district__lgd_code=code) if code.isdecimal() else Block.objects.none()


# District names as other registers spell them, by their letters alone.
SPELLED = {
    "eastsinghbum": "eastsinghbhum",
    "purbisinghbhum": "eastsinghbhum",
    "purbisinghbum": "eastsinghbhum",
    "westsinghbum": "westsinghbhum",
    "pashchimisinghbhum": "westsinghbhum",
    "paschimisinghbhum": "westsinghbhum",
    "pashchimsinghbhum": "westsinghbhum",
    "saraikelakharsawan": "seraikelakharsawan",
    "saraikela": "seraikelakharsawan",
    "seraikela": "seraikelakharsawan",
    "hazaribag": "hazaribagh",
    "kodarma": "koderma",
    "palamau": "palamu",
    "pakaur": "pakur",
    "sahebganj": "sahibganj",
}


def district_named(name: str) -> District | None:
    """The district of this name in either language, however other registers spell it."""
    wanted = _letters(name)
    wanted = SPELLED.get(wanted, wanted)
    if not wanted:
        return None
    return next((one for one in districts() if wanted in {_letters(one.name), _letters(one.name_hi)}), None)


def _letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if not sign.isspace() and sign not in "-.,'")


def block_named(name: str, district: District | None) -> Block | None:
    """The district's block of this name in either language, once the directory has been imported."""
    if district is None or not name:
        return None
    return _blocks_named().get((district.pk, name.casefold()))


@recent
def _blocks_named() -> dict[tuple[UUID, str], Block]:
    """{(district, name in either language, in small letters): block}; of two of one name the first."""
    found: dict[tuple[UUID, str], Block] = {}
    for block in Block.objects.order_by("name", "pk"):
        for name in filter(None, (block.name, block.name_hi)):
            found.setdefault((block.district_id, name.casefold()), block)
    return found


def one_person_suffices(facility: Facility) -> bool:
    """Whether the hospital is so small that two-person rules ask one person and a reason.

    Read anew each time: a rule of safety does not lean on what a process remembers.
    """
    return Facility.objects.filter(pk=facility.pk, small_facility=True).exists()


# ── For administrators ──


def facilities_of(user: Any) -> QuerySet[Facility]:
    """The hospitals within reach, each with how many work there and how many departments are open."""
    today = timezone.localdate()
    here = Posting.objects.current(today).filter(facility=OuterRef("pk")).order_by().values("facility")
    open_here = Department.objects.filter(facility=OuterRef("pk"), is_active=True).order_by()
    visible = Facility.objects.visible_to(user).select_related("district")
    return visible.annotate(
        staff=Subquery(here.annotate(n=Count("user", distinct=True)).values("n")),
        open_departments=Subquery(open_here.values("facility").annotate(n=Count("pk")).values("n")),
    )


def departments_of(facility: Facility) -> list[Department]:
    """All departments in the counter's order, closed ones too, each with its units."""
    units = Unit.objects.select_related("room", "doctor").order_by("name")
    return list(
        facility.departments.select_related("facility")
        .prefetch_related(Prefetch("units", units))
        .order_by("position", "name")
    )


def rooms_of(facility: Facility) -> QuerySet[Room]:
    """The rooms, each with the units that sit there."""
    units = Unit.objects.filter(is_active=True).select_related("department")
    return facility.rooms.select_related("ward").prefetch_related(Prefetch("units", units)).order_by("number")


def has_wards(posting: Posting) -> bool:
    """Whether the department that somebody is posted to has an open ward."""
    department = posting.department_id
    return department is not None and Ward.objects.filter(department=department, is_active=True).exists()


def doctors_of(facility: Facility) -> QuerySet[User]:
    """Whoever works there as a doctor today."""
    return people_of(facility, Role.DOCTOR)


def people_of(facility: Facility, role: Role) -> QuerySet[User]:
    """Whoever works there in this role today."""
    postings = Posting.objects.current(timezone.localdate()).filter(facility=facility, role=role)
    return User.objects.filter(pk__in=postings.values("user_id"), is_active=True).order_by("name")


def told_apart(people: Iterable[User], facility: Facility) -> list[User]:
    """These people of a hospital for a choice, each with `told`, the name that it shows.

    Namesakes have their department there beside it, and where that tells nothing the number of the council,
    the HPR ID or the user name.
    """
    listed = list(people)
    names = Counter(map(str, listed))
    namesakes = [one for one in listed if names[str(one)] > 1]
    works_in: dict[UUID, str] = {}
    if namesakes:
        postings = Posting.objects.current(timezone.localdate()).filter(facility=facility, user__in=namesakes)
        for one in postings.exclude(department=None).select_related("department").order_by("pk"):
            works_in[one.user_id] = str(one.department)
    told = Counter((str(one), works_in.get(one.pk)) for one in namesakes)
    for person in listed:
        said = [str(person)]
        if names[str(person)] > 1:
            department = works_in.get(person.pk)
            is_told = department and told[str(person), department] == 1
            number = person.council_number or person.hpr_said or person.username
            said += [one for one in (department, "" if is_told else number) if one]
        person.told = " · ".join(said)
    return listed


def staff_visible_to(user: Any, people: QuerySet[User] | None = None) -> QuerySet[User]:
    """People who work, or have worked, within reach."""
    postings = Posting.objects.visible_to(user).filter(user=OuterRef("pk"))
    return (User.objects.all() if people is None else people).filter(Exists(postings))


NEVER_CAME, NO_HPR_ID, SHUT, LEFT = "never", "no_hpr", "shut", "left"
NEEDS_HPR_ID = (Role.DOCTOR, Role.NURSE, Role.PATHOLOGIST, Role.RADIOLOGIST)


@dataclass(frozen=True)
class StaffFilter:
    """What a list of staff is narrowed to."""

    q: str = ""
    facility: Facility | None = None
    role: str = ""
    department: Department | None = None
    state: str = ""


def staff(user: Any, wanted: StaffFilter) -> QuerySet[User]:
    """Staff within reach who fit, by name, each with `duties`: the postings within reach that last."""
    reached = Posting.objects.visible_to(user)
    lasting = reached.exclude(ends_on__lt=timezone.localdate())
    duties = reached if wanted.state == LEFT else lasting
    people = User.objects.filter(Exists(_fitting(duties, wanted).filter(user=OuterRef("pk"))))
    if wanted.q:
        people = people.filter(
            Q(name__icontains=wanted.q) | Q(name_hi__icontains=wanted.q) | Q(username__istartswith=wanted.q)
        )
    if wanted.state == NEVER_CAME:
        people = people.filter(last_login=None, is_active=True)
    elif wanted.state == NO_HPR_ID:
        people = people.filter(hpr_id="", hpr_address="")
    elif wanted.state == SHUT:
        people = people.filter(is_active=False)
    elif wanted.state == LEFT:
        people = people.exclude(Exists(lasting.filter(user=OuterRef("pk"))))
    linked = duties.select_related("facility", "department", "district", "state").order_by("starts_on")
    return people.prefetch_related(Prefetch("postings", linked, to_attr="duties")).order_by(
        "name", "username"
    )


def _fitting(duties: QuerySet[Posting], wanted: StaffFilter) -> QuerySet[Posting]:
    asked = {"facility": wanted.facility, "role": wanted.role, "department": wanted.department}
    duties = duties.filter(**{name: value for name, value in asked.items() if value})
    return duties.filter(role__in=NEEDS_HPR_ID) if wanted.state == NO_HPR_ID else duties


def postings_of(person: User, user: Any) -> list[Posting]:
    """A person's postings within reach, those that last first."""
    linked = Posting.objects.visible_to(user).select_related("facility", "department", "district", "state")
    return list(linked.filter(user=person).order_by(F("ends_on").desc(nulls_first=True), "-starts_on"))


def sessions_visible_to(user: Any) -> QuerySet[LoginSession]:
    """Who is logged in within reach: by the posting they work in, else by one they hold today."""
    today = timezone.localdate()
    here = Posting.objects.visible_to(user).current(today)
    theirs = Posting.objects.current(today).filter(pk=OuterRef("posting_id"), user=OuterRef("user_id"))
    living = LoginSession.objects.living(timezone.now()).filter(user__is_active=True)
    return living.filter(
        Q(posting_id__in=here.values("pk")) | Q(~Exists(theirs), user_id__in=here.values("user_id"))
    )


@dataclass(frozen=True)
class Presence:
    """Somebody who is logged in: who, as what and where, since when, on what."""

    session: LoginSession
    person: User
    posting: Posting | None

    @property
    def last_seen(self) -> datetime | None:
        return self.session.seen_at or self.session.began_at


def presences(sessions: QuerySet[LoginSession]) -> list[Presence]:
    """The sessions with their people and postings, who was seen last first; two reads for all."""
    linked = sessions.defer("session_data").select_related("user")
    found = list(linked.order_by(F("seen_at").desc(nulls_last=True), "-pk"))
    held = Posting.objects.current(timezone.localdate()).filter(user__in={one.user_id for one in found})
    postings: dict[UUID, Posting] = {}
    first: dict[UUID, Posting] = {}
    for posting in held.select_related("facility", "department", "district", "state").order_by("pk"):
        postings[posting.pk] = posting
        first.setdefault(posting.user_id, posting)
    return [
        Presence(one, one.user, postings.get(one.posting_id or one.pk) or first.get(one.user.pk))
        for one in found
        if one.user is not None
    ]


def tokens_visible_to(user: Any) -> QuerySet[AuthToken]:
    """What programs call the API with in the name of those who work within reach, oldest first."""
    here = Posting.objects.visible_to(user).current(timezone.localdate())
    return living_tokens().filter(user__is_active=True, user__in=here.values("user_id"))


def living_tokens() -> QuerySet[AuthToken]:
    """What programs may still call the API with, oldest first, with whose name it is."""
    living = AuthToken.objects.filter(expiry__gt=timezone.now())
    return living.select_related("user").order_by("created")


def imports_of(user: Any) -> QuerySet[StaffImport]:
    """The sheets of late, newest first, without their rows."""
    linked = StaffImport.objects.visible_to(user).select_related("uploaded_by", "facility")
    return linked.defer("rows").order_by("-uploaded_at")


NUMBERED = """
    WITH given AS (
        SELECT facility_id, split_part({column}, '/', 2) AS series,
               split_part({column}, '/', 3)::int AS number
        FROM {table} WHERE {column} LIKE '%%/' || %s || '__/%%'
    ), counted AS (
        SELECT facility_id, series || right(financial_year::text, 2) AS series,
               generate_series(1, last) AS number
        FROM kernel_numberseries WHERE series = %s
    )
    SELECT facility.code || '/' || series || '/' || lpad(number::text, 7, '0'), given.facility_id IS NULL
    FROM given FULL JOIN counted USING (facility_id, series, number)
    JOIN facilities_facility facility ON facility.id = facility_id
    WHERE given.facility_id IS NULL OR counted.facility_id IS NULL ORDER BY 1
"""


def misnumbered(table: str, column: str, series: Series) -> Iterator[Fault]:
    """Numbers of a series that were given and have no row, and rows whose number was never given."""
    question = NUMBERED.format(table=table, column=column)
    for row, is_missing in rows_of(question, [series.value, series.value]):
        if is_missing:
            yield Fault(_("The number %(row)s was given and is on nothing."), row=row)
        else:
            yield Fault(_("The number %(row)s was never given."), row=row)
