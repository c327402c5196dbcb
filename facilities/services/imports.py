"""Staff by the sheet: looked through row by row, written in one act once it is confirmed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from facilities import permissions, queries
from facilities.models import Department, Facility, Posting, StaffImport, User
from facilities.roles import ROLES, Reach, Role
from facilities.services.people import FIRST_PASSWORD_HOLDS, end_given_password
from hmis.kernel import facts, requests, sheets
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.passwords import kept, one_time_password


@dataclass(frozen=True)
class Column:
    """A column of the sheet: its name in the head, whether it must be filled, and what goes there."""

    name: str
    is_needed: bool
    label: Any
    explanation: Any


COLUMNS = (
    Column(
        "username",
        True,
        gettext_lazy("user name"),
        gettext_lazy("Small letters a–z, digits, dot, hyphen. One person, one name: sunita.rims"),
    ),
    Column("name", True, gettext_lazy("name"), gettext_lazy("The whole name in Latin letters")),
    Column("name_hi", False, gettext_lazy("name in Hindi"), gettext_lazy("The same name in Devanagari")),
    Column("role", True, gettext_lazy("role"), gettext_lazy("One of: %(roles)s")),
    Column(
        "facility",
        False,
        gettext_lazy("hospital"),
        gettext_lazy("The hospital's code: RIMS. Empty: your own"),
    ),
    Column("department", False, gettext_lazy("department"), gettext_lazy("The department's code: MED")),
    Column("counter", False, gettext_lazy("counter"), gettext_lazy("Counter or desk, if there is one: 3")),
    Column("hpr_id", False, gettext_lazy("HPR ID"), gettext_lazy("14 digits, for doctors and nurses")),
    Column(
        "council_number",
        False,
        gettext_lazy("council registration number"),
        gettext_lazy("Registration with the medical or nursing council"),
    ),
    Column("starts_on", False, gettext_lazy("from"), gettext_lazy("First day: 01-12-2026. Empty: today")),
    Column("ends_on", False, gettext_lazy("until"), gettext_lazy("Last day. Empty: until further notice")),
)
PERSONAL = ("name", "name_hi", "hpr_id", "council_number")
OF_POSTING = ("department", "counter", "starts_on", "ends_on")
NEW, CHANGE, SAME, ERROR = "new", "change", "same", "error"
IMPORT_KEPT = timedelta(days=30)


def template_rows() -> list[list[str]]:
    """The head of the sheet, and what each column means in the reader's language."""
    said = [f"{column.label}{' *' if column.is_needed else ''}: {column.explanation}" for column in COLUMNS]
    roles = ", ".join(role.value for role in Role if ROLES[role].reach == Reach.FACILITY)
    explained = [text % {"roles": roles} if "%(roles)s" in text else text for text in said]
    return [[column.name for column in COLUMNS], explained]


# ── Reading ──


@act
def prepare_import(
    *, content: bytes, filename: str, request_key: UUID, actor: User, at: datetime
) -> StaffImport:
    """Keep an uploaded sheet, to be looked through. Refuses what is no sheet or lacks a column."""
    rows = named_rows(sheets.read(content))
    body = [filename, rows]
    import_id, seen = requests.claim(request_key, "facilities.prepare_import", actor=actor, body=body)
    if seen:
        return StaffImport.objects.get(pk=import_id)
    StaffImport.objects.filter(confirmed_at=None, uploaded_at__lt=at - IMPORT_KEPT).delete()
    held = StaffImport(
        id=import_id,
        facility=actor.posting.facility if actor.posting else None,
        filename=filename[-120:],
        rows=rows,
        uploaded_by=actor,
        uploaded_at=at,
    )
    facts.record(
        "facilities.staff_sheet_uploaded", about=held, actor=actor, at=at, new=[held], rows=len(rows)
    )
    return held


def named_rows(rows: sheets.Rows, columns: Sequence[Column] = COLUMNS) -> list[dict[str, str]]:
    """Each row as {column: text} with its `row` number. Refuses a head that lacks a needed column."""
    if len(rows) < 2:
        raise Refusal(gettext_lazy("The sheet has no rows below its head."), field="file")
    known = _known_heads(columns)
    heads = [known.get(head.strip(" *").casefold(), "") for head in rows[0][1]]
    missing = [column.name for column in columns if column.is_needed and column.name not in heads]
    if missing:
        raise Refusal(
            gettext_lazy("These columns are missing in the first row: %(missing)s. Start from the template."),
            field="file",
            missing=", ".join(missing),
        )
    return [
        {"row": str(line), **{head: cell for head, cell in zip(heads, cells, strict=False) if head and cell}}
        for line, cells in rows[1:]
    ]


def _known_heads(columns: Sequence[Column]) -> dict[str, str]:
    heads = {column.name: column.name for column in columns}
    for language in ("hi", "en"):
        with override(language):
            heads |= {str(column.label).casefold(): column.name for column in columns}
    return heads


# ── Looking through ──


@dataclass
class Row:
    """One row as it would be taken over: new, a change, the same, or wrong and why."""

    number: int
    text: dict[str, str]
    kind: str = NEW
    errors: list[tuple[str, str]] = field(default_factory=list)  # (column, sentence)
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # (column, from, to)
    person: User | None = None
    posting: Posting | None = None
    personal: dict[str, str] = field(default_factory=dict)
    duty: dict[str, Any] = field(default_factory=dict)
    # The two lists above with their columns in words, where a page has put them.
    said_errors: list[Any] = field(default_factory=list)
    said_changes: list[Any] = field(default_factory=list)

    def refuse(self, column: str, sentence: str) -> None:
        self.kind = ERROR
        self.errors.append((column, sentence))


class Look:
    """A sheet beside what the database holds now, in few queries whatever its length."""

    def __init__(self, held: StaffImport, actor: User) -> None:
        self.held, self.actor = held, actor
        self.today = timezone.localdate()
        self.facilities = {one.code: one for one in Facility.objects.visible_to(actor)}
        texts = held.rows
        self.people = self._people([str(one.get("username", "")).lower() for one in texts])
        self.departments = {
            (one.facility_id, one.code): one
            for one in Department.objects.filter(facility__in=self.facilities.values())
        }
        self.hpr_owners = dict(
            User.objects.filter(hpr_id__in=[one["hpr_id"] for one in texts if one.get("hpr_id")]).values_list(
                "hpr_id", "username"
            )
        )
        self.words = _role_words()
        self.rows = self._rows(texts)

    def _people(self, usernames: Iterable[str]) -> dict[str, User]:
        """Those on file, each with `lasting`: the postings that run or are to come."""
        people = {one.username: one for one in User.objects.filter(username__in=set(usernames))}
        self.lasting: dict[UUID, list[Posting]] = {one.pk: [] for one in people.values()}
        lasting = Posting.objects.filter(user__in=people.values()).exclude(ends_on__lt=self.today)
        for posting in lasting.select_related("facility", "department"):
            self.lasting[posting.user_id].append(posting)
        known = User.objects.filter(pk__in=[one.pk for one in people.values()])
        self.in_care = set(permissions.in_care_of(self.actor, known).values_list("pk", flat=True))
        self.known_here = set(queries.staff_visible_to(self.actor, known).values_list("pk", flat=True))
        return people

    def _rows(self, texts: list[dict[str, str]]) -> list[Row]:
        rows = [Row(int(text["row"]), text) for text in texts]
        for row in rows:
            self._read(row)
        self._refuse_twice(rows)
        for row in rows:
            if row.kind != ERROR:
                self._compare(row)
        return rows

    @cached_property
    def counts(self) -> dict[str, int]:
        counted = Counter(row.kind for row in self.rows)
        return {kind: counted[kind] for kind in (NEW, CHANGE, SAME, ERROR)}

    def of_kind(self, *kinds: str) -> list[Row]:
        return [row for row in self.rows if row.kind in kinds]

    # ── One row ──

    def _read(self, row: Row) -> None:
        for column in COLUMNS:
            cell = row.text.get(column.name, "")
            if sheets.is_formula(cell):
                row.refuse(column.name, _("There is a formula in this cell. Paste its value."))
            elif column.is_needed and not cell:
                row.refuse(column.name, _("This must be filled in."))
        if row.kind == ERROR:
            return
        username = row.text["username"].lower()
        row.personal = {name: row.text.get(name, "") for name in PERSONAL} | {"username": username}
        row.duty = self._duty(row)
        self._check_person(row)

    def _duty(self, row: Row) -> dict[str, Any]:
        role = self.words.get(row.text["role"].casefold())
        if role is None:
            row.refuse("role", _("There is no such role. The template lists them."))
        elif ROLES[role].reach != Reach.FACILITY:
            row.refuse("role", _("Roles for a district or the state are given on the person's page."))
        elif not permissions.may_give(self.actor, role):
            row.refuse("role", _("This role reaches further than yours: you cannot give it."))
        facility = self._facility(row)
        code = row.text.get("department", "").upper()
        department = self.departments.get((facility.pk, code)) if facility and code else None
        if facility and code and department is None:
            row.refuse("department", _("The hospital has no department with this code."))
        starts_on = self._day(row, "starts_on") or self.today
        ends_on = self._day(row, "ends_on")
        if ends_on and ends_on < starts_on:
            row.refuse("ends_on", _("A posting ends after it starts."))
        counter = row.text.get("counter", "")
        if len(counter) > 20:
            row.refuse("counter", _("At most %(most)s letters.") % {"most": 20})
        return {
            "role": role,
            "facility": facility,
            "department": department,
            "counter": counter,
            "starts_on": starts_on,
            "ends_on": ends_on,
        }

    def _facility(self, row: Row) -> Facility | None:
        code = row.text.get("facility", "").upper()
        if not code and self.actor.posting and self.actor.posting.facility_id:
            code = self.actor.posting.facility_code
        facility = self.facilities.get(code)
        if facility is None:
            sentence = _("No hospital of yours has this code.") if code else _("This must be filled in.")
            row.refuse("facility", sentence)
        return facility

    def _day(self, row: Row, column: str) -> date | None:
        text = row.text.get(column, "")
        if not text:
            return None
        day = day_of(text)
        if day is None or not 1950 <= day.year <= 2100:
            row.refuse(column, _("Write the day as 01-12-2026."))
            return None
        return day

    def _check_person(self, row: Row) -> None:
        described = User(**row.personal)
        try:
            described.clean_fields(exclude=["password", "id", "rev", "origin_node", "language"])
        except ValidationError as error:
            for column, sentences in error.message_dict.items():
                row.refuse(column, " ".join(sentences))
        hpr_id = row.personal["hpr_id"]
        if hpr_id and not (len(hpr_id) == 14 and hpr_id.isascii() and hpr_id.isdigit() and hpr_id[0] != "0"):
            row.refuse("hpr_id", _("An HPR ID has 14 digits and does not begin with 0."))
        elif hpr_id and self.hpr_owners.get(hpr_id, row.personal["username"]) != row.personal["username"]:
            row.refuse("hpr_id", _("Somebody else has this HPR ID."))

    def _refuse_twice(self, rows: list[Row]) -> None:
        """Within the sheet: one duty once, one person with one name, one HPR ID for one person."""
        first: dict[Any, Row] = {}
        for row in rows:
            if row.kind == ERROR:
                continue
            same_duty = first.setdefault(
                ("duty", row.personal["username"], row.duty["role"], row.duty["facility"].pk), row
            )
            same_person = first.setdefault(("person", row.personal["username"]), row)
            hpr_id = row.personal["hpr_id"]
            same_hpr = first.setdefault(("hpr", hpr_id), row) if hpr_id else row
            said = {"row": same_person.number}
            if same_duty is not row:
                row.refuse(
                    "role", _("Row %(row)s says this person and duty already.") % {"row": same_duty.number}
                )
            elif same_person.personal != row.personal:
                row.refuse("name", _("Row %(row)s describes this user name otherwise.") % said)
            elif same_hpr.personal["username"] != row.personal["username"]:
                row.refuse(
                    "hpr_id", _("Row %(row)s gives this HPR ID to somebody else.") % {"row": same_hpr.number}
                )

    # ── Beside what is on file ──

    def _compare(self, row: Row) -> None:
        row.person = self.people.get(row.personal["username"])
        if row.person is None:
            return None
        if row.person.pk not in self.known_here:
            return row.refuse("username", _("Somebody outside your area has this user name. Choose another."))
        lasting = self.lasting[row.person.pk]
        row.posting = next(
            (
                one
                for one in lasting
                if one.role == row.duty["role"] and one.facility_id == row.duty["facility"].pk
            ),
            None,
        )
        self._compare_person(row, row.person)
        self._compare_duty(row)
        if row.kind != ERROR and row.posting:
            row.kind = CHANGE if row.changes else SAME
        if row.kind != SAME and row.person.pk == self.actor.pk:
            row.refuse("username", _("Nobody changes their own login or duties. Ask another administrator."))
        return None

    def _compare_person(self, row: Row, person: User) -> None:
        """An empty cell leaves what is on file."""
        for name in PERSONAL:
            now, wanted = getattr(person, name), row.personal[name]
            if wanted and wanted != now:
                row.changes.append((name, now, wanted))
        if row.changes and person.pk not in self.in_care:
            said = _("This person also works outside your area: you can only add a duty.")
            row.refuse(row.changes[0][0], said)

    def _compare_duty(self, row: Row) -> None:
        if row.posting is None:
            return
        for name in OF_POSTING:
            if not row.text.get(name):
                row.duty[name] = getattr(row.posting, name)
                continue
            now, wanted = getattr(row.posting, name), row.duty[name]
            if now != wanted:
                row.changes.append((name, _shown(now), _shown(wanted)))


def _shown(value: Any) -> str:
    return f"{value:%d-%m-%Y}" if isinstance(value, date) else "" if value is None else str(value)


def _role_words() -> dict[str, str]:
    """A role by its code, or by its name in either language."""
    words = {role.value: role.value for role in Role}
    for language in ("hi", "en"):
        with translation.override(language):
            words |= {str(role.label).casefold(): role.value for role in Role}
    return words


def day_of(text: str) -> date | None:
    """01-12-2026, 01/12/2026, 01.12.2026 or 2026-12-01."""
    try:
        iso = parse_date(text)
    except ValueError:
        return None
    if iso:
        return iso
    for mark in "-/.":
        try:
            return datetime.strptime(text, f"%d{mark}%m{mark}%Y").date()
        except ValueError:
            continue
    return None


# ── Taking over ──

# Two sheets are taken over one after the other, so that the second sees what the first has written.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('facilities.staff_import'))"


@act
def confirm_import(*, held: StaffImport, actor: User, at: datetime) -> StaffImport:
    """Take over all rows that are right, in one act; those that are wrong are left out and listed.

    Confirmed twice, also by two people at once, it counts once. The sheet is looked through once more
    first: what changed since it was shown is seen.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    held = StaffImport.objects.select_for_update(of=("self",)).get(pk=held.pk)
    if held.confirmed_at:
        return held
    look = Look(held, actor)
    if not look.of_kind(NEW, CHANGE):
        raise Refusal(gettext_lazy("There is nothing to import in this sheet."))
    with refusing(User, Posting):
        added = _write_people(look)
        ended = _end_given_passwords(look, at)
        _write_postings(look)
    held.confirmed_at = at
    held.outcome = {
        "counts": look.counts,
        "added": [str(person.pk) for person in added],
        "ended": [str(person.pk) for person in ended],
        "left_out": [{"row": row.number, "errors": row.errors} for row in look.of_kind(ERROR)],
    }
    held.save(update_fields=["confirmed_at", "outcome"])
    facts.record(
        "facilities.staff_imported", about=held, actor=actor, at=at, people=len(added), counts=look.counts
    )
    return held


def _write_people(look: Look) -> list[User]:
    """New people without a password yet, and changed names and registrations."""
    new: dict[str, User] = {}
    changed: dict[UUID, User] = {}
    for row in look.of_kind(NEW, CHANGE):
        if row.person is None:
            username = row.personal["username"]
            row.person = new.setdefault(username, User(**row.personal, password=make_password(None)))
            continue
        for name in PERSONAL:
            if row.personal[name] and row.personal[name] != getattr(row.person, name):
                setattr(row.person, name, row.personal[name])
                changed[row.person.pk] = row.person
    people = list(new.values())
    User.objects.bulk_create(people, batch_size=1000)
    User.objects.bulk_update(changed.values(), PERSONAL, batch_size=500)
    return people


def _end_given_passwords(look: Look, at: datetime) -> list[User]:
    """Whose unused one-time password ended, because the sheet gives them a duty at a place new to them."""
    duties: dict[UUID, list[Posting]] = {}
    for row in look.of_kind(NEW):
        if row.person and row.person.pk in look.lasting:
            duties.setdefault(row.person.pk, []).append(Posting(**row.duty))
    people = User.objects.filter(pk__in=duties).order_by("pk").select_for_update(of=("self",))
    return [one for one in people if end_given_password(one, *duties[one.pk], at=at)]


def _write_postings(look: Look) -> None:
    new, changed = [], []
    for row in look.of_kind(NEW, CHANGE):
        if row.posting is None:
            new.append(Posting(user=row.person, **row.duty))
        elif any(column in OF_POSTING for column, _was, _now in row.changes):
            for name in OF_POSTING:
                setattr(row.posting, name, row.duty[name])
            changed.append(row.posting)
    Posting.objects.bulk_create(new, batch_size=1000)
    Posting.objects.bulk_update(changed, OF_POSTING, batch_size=500)


@act
def give_passwords(
    *, held: StaffImport, again: bool, request_key: UUID, actor: User, at: datetime
) -> list[tuple[User, str]]:
    """A password for one use for each person whom this sheet added and who has not come yet.

    Given once: afterwards only `again`, to those who still have not come, and the earlier ones end. The
    same key gets the same passwords, so that a broken download can be repeated at once.
    """
    seed, seen = requests.claim(request_key, "facilities.give_passwords", actor=actor, body=[held.pk, again])
    held = StaffImport.objects.select_for_update(of=("self",)).get(pk=held.pk)
    added = User.objects.filter(pk__in=held.outcome.get("added", []), is_active=True)
    waiting_here = permissions.in_care_of(actor, added.filter(last_login=None))
    people = list(waiting_here.order_by("name", "username").select_for_update(of=("self",)))
    made = [one_time_password(seed, person.pk) for person in people]
    if seen:
        return [pair for pair in zip(people, made, strict=True) if pair[0].check_password(pair[1])]
    if held.confirmed_at is None:
        raise Refusal(gettext_lazy("Import the sheet first."))
    if held.passwords_given_at and not again:
        raise Refusal(
            gettext_lazy("The passwords were given out already. Give new ones to those who have not come.")
        )
    waiting = [(person, one) for person, one in zip(people, made, strict=True) if _has_chosen_none(person)]
    for (person, _password), encoded in zip(waiting, kept(one for _person, one in waiting), strict=True):
        person.password, person.one_time_until = encoded, at + FIRST_PASSWORD_HOLDS
    User.objects.bulk_update(
        [one for one, _password in waiting], ["password", "one_time_until"], batch_size=500
    )
    held.passwords_given_at, held.passwords_given_to = at, actor
    held.save(update_fields=["passwords_given_at", "passwords_given_to"])
    facts.record("facilities.passwords_given", about=held, actor=actor, at=at, people=len(waiting))
    return waiting


def _has_chosen_none(person: User) -> bool:
    return person.must_choose_password or not person.has_usable_password()
