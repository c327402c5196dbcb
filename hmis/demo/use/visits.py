"""The OPD of a hospital's year: who comes on a day, waits, is seen; what is written, prescribed and given."""

from bisect import bisect
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from math import log

from billing.states import InvoiceKind
from facilities.roles import Role
from hmis.demo.use import illnesses
from hmis.demo.use.book import DAY, Book, midnight
from hmis.demo.use.illnesses import Illness, consultation_text, drawn_at
from hmis.demo.use.laboratory import order_tests
from hmis.demo.use.money import Charge, Relief, Till
from hmis.demo.use.notes import diagnose, prescribe, write_note
from hmis.demo.use.people import GROWN_UP, Contact, Desk, Known
from hmis.demo.use.places import Sitting, year_of
from hmis.demo.use.ways import OUTBREAK, OUTBREAK_DAYS, OUTBREAK_SHARE
from hmis.kernel.ids import uuid7
from opd.models import CasualtyArrival, ClinicDay, Consultation, QueueToken
from opd.states import (
    SENIOR_AGE,
    BroughtBy,
    ConsultationStatus,
    Lane,
    Outcome,
    TokenStatus,
    Triage,
    lane_rank,
)
from patients.models import Encounter, EncounterClass, NoteKind
from patients.states import EncounterStatus

# Minutes after midnight: when they come, most of them in the first hours; when whoever still waits has left.
FIRST_COMES, MOST_COME, LAST_COMES, DAY_OVER = 525, 600, 800, 1080
LONGEST_WAIT, SPREAD = 230, 0.45
SHARES = {
    "MED": 28,
    "OBG": 13,
    "PAED": 13,
    "ORTH": 10,
    "EYE": 6,
    "SURG": 7,
    "ENT": 5,
    "SKIN": 6,
    "DENT": 4,
    "PSY": 1,
    "CHEST": 3,
    "NCD": 5,
    "IMM": 5,
    "AYUSH": 2,
}
COME_AGAIN, TO_THE_SAME, LEAVE, CASUALTY, TESTED = 0.36, 0.85, 0.04, 0.06, 0.4
# Nobody goes from these to a ward.
SENDS_NOBODY = ("DENT", "IMM", "AYUSH")
HOW_URGENT = (Triage.RED, Triage.YELLOW, Triage.GREEN), (1, 3, 5)
HOW_CASUALTY_ENDS = (Outcome.SENT_HOME, Outcome.ADMITTED, Outcome.REFERRED, Outcome.LAMA), (58, 30, 10, 2)


@dataclass(frozen=True)
class Turn:
    """How far somebody's wait has come: when they were called, done with, or had left."""

    status: TokenStatus
    called_at: datetime | None = None
    done_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True)
class Admitted:
    """Somebody whom a doctor sends to a ward."""

    who: Known
    from_id: str
    from_casualty: bool
    at: datetime


class Opd:
    """The OPD and casualty of one hospital, day after day."""

    def __init__(self, book: Book, desk: Desk, till: Till) -> None:
        self.book, self.desk, self.till = book, desk, till
        self.admitted: list[Admitted] = []
        self.day = date.min
        # The queues of this day, and the last number of each.
        self.queues: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.sitting: list[Sitting] = []
        self.shares: list[float] = []
        self.seen: list[Known] = []
        ways = book.hospital.ways
        # Of those seen a note is written of most; whoever gets a prescription has one that is signed.
        self.writes = min(0.97, ways.prescribes * 1.15 + 0.12)
        self.given = min(1.0, ways.prescribes / (self.writes * ways.signs * (1 - LEAVE)))
        self.middle = log(ways.wait)

    def hold(self, day: date, count: int) -> int:
        """A day on which so many come, of today only those who have come by now; how many that was.

        Nobody, where this day is written already, or no unit sits that has not held it.
        """
        book = self.book
        self.day, self.seen = day, []
        begins = midnight(day)
        self.till.open_day(begins, year_of(day))
        self.sitting = [
            one for one in book.hospital.sittings if day.weekday() in one.days and day not in one.held
        ]
        if not self.sitting or day in book.hospital.written:
            return 0
        self.queues, self.numbers = {}, {}
        self.shares = list(accumulate(SHARES.get(one.code, 1) for one in self.sitting))
        minutes = sorted(book.dice.triangular(FIRST_COMES, LAST_COMES, MOST_COME) for _one in range(count))
        arrivals = [begins + timedelta(seconds=round(minute * 60)) for minute in minutes]
        came = [at for at in arrivals if at < book.now]
        for at in came:
            self._comes(at)
        self._close(begins)
        self.till.close_day(is_over=day < book.today)
        self.desk.remember(self.seen)
        return len(came)

    def _close(self, begins: datetime) -> None:
        """The rows of the queues, each with its last number; those of a day that is over have ended."""
        is_over = self.day < self.book.today
        for one in self.sitting:
            if one.id in self.numbers:
                self.book.tables[ClinicDay].add(
                    id=self._queue(one),
                    facility_id=self.book.hospital.id,
                    unit_id=one.id,
                    held_on=self.day,
                    last_number=self.numbers[one.id],
                    ended_at=begins + DAY if is_over else None,
                )

    def _queue(self, unit: Sitting) -> str:
        return self.queues.setdefault(unit.id, str(uuid7()))

    # ── One visit ──

    def _comes(self, at: datetime) -> None:
        dice, desk = self.book.dice, self.desk
        if self.book.hospital.emergency_id and dice.random() < CASUALTY:
            self._in_casualty(desk.newcomer(at), at)
            return
        again = bool(desk.known) and dice.random() < COME_AGAIN
        who = desk.known.pop(dice.randrange(len(desk.known))) if again else desk.newcomer(at)
        unit = self._unit_for(who)
        self._visit(who, unit, at)

    def _unit_for(self, who: Known) -> Sitting:
        """Children to Paediatrics, women to Obstetrics, whoever was here before mostly to the same unit."""
        dice = self.book.dice
        if who.unit in self.sitting and dice.random() < TO_THE_SAME:
            unit: Sitting = who.unit
            return unit
        for _try in range(8):
            unit = self.sitting[bisect(self.shares, dice.random() * self.shares[-1])]
            if unit.code == "OBG" and not who.may_bear:
                continue
            if unit.code in ("PAED", "IMM") and who.years >= GROWN_UP:
                continue
            if who.years < GROWN_UP and unit.code in ("MED", "NCD", "PSY"):
                continue
            return unit
        return self.sitting[0]

    def _visit(self, who: Known, unit: Sitting, at: datetime) -> None:
        turn = self._turn(at)
        contact = self._register(who, unit, at, turn)
        token_id = self._token(contact, unit, at, turn)
        self.seen.append(who)
        if turn.called_at and turn.done_at:
            if self.book.dice.random() < self.writes:
                self._consult(contact, unit, token_id, turn.called_at, turn.done_at)
            if unit.code not in SENDS_NOBODY and self.book.dice.random() < self.book.hospital.ways.admits:
                self._admit(who, contact.id, turn.done_at, from_casualty=False)

    def _turn(self, at: datetime) -> Turn:
        """When it is the turn of somebody who came at this moment, as far as that has come to pass."""
        dice, now = self.book.dice, self.book.now
        minutes = min(LONGEST_WAIT, dice.lognormvariate(self.middle, SPREAD))
        called_at = at + timedelta(seconds=round(60 * minutes))
        done_at = called_at + timedelta(seconds=dice.randrange(180, 560))
        if dice.random() < LEAVE:
            over = midnight(self.day) + timedelta(minutes=DAY_OVER)
            return Turn(TokenStatus.LEFT, left_at=over) if over <= now else Turn(TokenStatus.WAITING)
        if called_at > now:
            return Turn(TokenStatus.WAITING)
        if done_at > now:
            return Turn(TokenStatus.IN_CONSULTATION, called_at)
        return Turn(TokenStatus.DONE, called_at, done_at)

    def _register(self, who: Known, unit: Sitting, at: datetime, turn: Turn) -> Contact:
        """The encounter with its bill: free of charge while the last slip holds."""
        book = self.book
        follows = who.root_id if who.unit == unit and self.day <= who.valid_till else ""
        valid_till = who.valid_till if follows else self.day + timedelta(days=unit.valid_days)
        ended_at = turn.left_at or midnight(valid_till + DAY)
        holds = ended_at > book.now
        key = book.tables[Encounter].add(
            facility_id=book.hospital.id,
            patient_id=who.id,
            encounter_class=EncounterClass.AMBULATORY.value,
            status=(EncounterStatus.IN_PROGRESS if holds else EncounterStatus.FINISHED).value,
            department_id=unit.department_id,
            follows_id=follows or None,
            valid_till=valid_till,
            started_at=at,
            ended_at=None if holds else ended_at,
        )
        contact = Contact(who, key, unit.department_id, unit.doctor_id)
        book.tell(
            "opd.visit_registered",
            "patients.encounter",
            key,
            who.id,
            by=book.by(Role.CLERK),
            at=at,
            department=unit.code,
            follow_up=bool(follows),
        )
        relief = _follow_up(who.root_on) if follows else self.till.relief_for(who)
        if not unit.fee and not relief:
            relief = Relief("no fee in this department", "इस विभाग में पर्ची मुफ़्त")
        self.till.bill(contact, [_fee(unit, key)], relief, kind=InvoiceKind.OPD, at=at)
        if not follows:
            who.root_id, who.root_on, who.valid_till = key, self.day, valid_till
        who.unit = unit
        return contact

    def _token(self, contact: Contact, unit: Sitting, at: datetime, turn: Turn) -> str:
        book, who = self.book, contact.who
        number = self.numbers[unit.id] = self.numbers.get(unit.id, 0) + 1
        lane = Lane.ELDERLY if who.years >= SENIOR_AGE else Lane.NORMAL
        key = book.tables[QueueToken].add(
            facility_id=book.hospital.id,
            clinic_day_id=self._queue(unit),
            encounter_id=contact.id,
            patient_id=who.id,
            number=number,
            status=turn.status.value,
            lane=lane.value,
            lane_rank=lane_rank(lane),
            senior_since=at,
            called_at=turn.called_at,
            called_by_id=unit.doctor_id if turn.called_at else None,
            times_called=1 if turn.called_at else 0,
            done_at=turn.done_at,
            step_at=turn.left_at or turn.done_at or turn.called_at,
        )
        if turn.called_at:
            called = {"by": unit.doctor_id, "at": turn.called_at}
            book.tell("opd.token_called", "opd.queuetoken", key, who.id, **called)
        return key

    def _illness(self, unit: Sitting) -> Illness:
        book = self.book
        late = self.day > book.today - timedelta(days=OUTBREAK_DAYS)
        goes_round = late and book.hospital.facility.code == OUTBREAK and unit.code in ("MED", "PAED")
        if goes_round and book.dice.random() < OUTBREAK_SHARE:
            return illnesses.OUTBREAK
        return drawn_at(unit.code, self.day.month, book.dice)

    # ── What the doctor writes ──

    def _consult(self, contact: Contact, unit: Sitting, token_id: str, at: datetime, until: datetime) -> None:
        book, dice = self.book, self.book.dice
        illness = self._illness(unit)
        is_signed = dice.random() < book.hospital.ways.signs
        note_id = write_note(
            book,
            contact,
            NoteKind.CONSULTATION,
            unit.template_id,
            consultation_text(illness, dice.choice(illnesses.DURATIONS)),
            begun_at=at,
            saved_at=until,
            is_signed=is_signed,
        )
        book.tables[Consultation].add(
            facility_id=book.hospital.id,
            encounter_id=contact.id,
            token_id=token_id,
            note_id=note_id,
            doctor_id=unit.doctor_id,
            status=(ConsultationStatus.SIGNED if is_signed else ConsultationStatus.DRAFT).value,
            started_at=at,
            signed_at=until if is_signed else None,
        )
        if not is_signed:
            return
        diagnose(book, contact, illness.code, at=until)
        if dice.random() < self.given:
            prescribe(book, contact, note_id, illness, at=until)
        if illness.tests and dice.random() < TESTED:
            order_tests(book, self.till, contact, illness.tests, at=until)

    # ── Casualty, and who is sent to a ward ──

    def _in_casualty(self, who: Known, at: datetime) -> None:
        book, dice = self.book, self.book.dice
        left_at = at + timedelta(minutes=dice.randrange(40, 300))
        stays = left_at > book.now
        outcome = dice.choices(*HOW_CASUALTY_ENDS)[0]
        key = book.tables[Encounter].add(
            facility_id=book.hospital.id,
            patient_id=who.id,
            encounter_class=EncounterClass.EMERGENCY.value,
            status=(EncounterStatus.IN_PROGRESS if stays else EncounterStatus.FINISHED).value,
            department_id=book.hospital.emergency_id,
            started_at=at,
            ended_at=None if stays else left_at,
        )
        triage = dice.choices(*HOW_URGENT)[0]
        book.tables[CasualtyArrival].add(
            facility_id=book.hospital.id,
            encounter_id=key,
            patient_id=who.id,
            arrived_at=at,
            triage=triage.value,
            triaged_by_id=book.by(Role.NURSE),
            brought_by=dice.choice((BroughtBy.RELATIVE, BroughtBy.AMBULANCE_108, BroughtBy.SELF)).value,
            outcome="" if stays else outcome.value,
            left_at=None if stays else left_at,
        )
        if outcome == Outcome.ADMITTED and not stays:
            self._admit(who, key, left_at, from_casualty=True)

    def _admit(self, who: Known, encounter_id: str, at: datetime, *, from_casualty: bool) -> None:
        """Who lies in a ward does not come to the OPD meanwhile."""
        self.admitted.append(Admitted(who, encounter_id, from_casualty, at))
        if who in self.seen[-1:]:
            self.seen.pop()


def _fee(unit: Sitting, encounter_id: str) -> Charge:
    return Charge(
        "patients.encounter",
        encounter_id,
        f"OPD-{unit.code}",
        f"OPD registration ({unit.name})",
        f"ओपीडी पर्ची ({unit.name_hi})",
        unit.fee,
    )


def _follow_up(day: date) -> Relief:
    return Relief(f"follow-up of {day:%d-%m-%Y}", f"{day:%d-%m-%Y} की पर्ची का दोबारा आना")
