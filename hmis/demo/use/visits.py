"""The OPD of a hospital's year: who comes on a day, waits, is seen; what is written, prescribed and given."""

from bisect import bisect
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from math import log
from typing import Any

from billing.states import InvoiceKind
from facilities.roles import Role
from hmis.demo.use import illnesses
from hmis.demo.use.book import DAY, Book, midnight
from hmis.demo.use.illnesses import Illness, consultation_text, drawn_at
from hmis.demo.use.laboratory import order_tests
from hmis.demo.use.money import Charge, Relief, Till
from hmis.demo.use.people import GROWN_UP, Desk, Known
from hmis.demo.use.places import Sitting, year_of
from hmis.demo.use.ways import OUTBREAK, OUTBREAK_DAYS, OUTBREAK_SHARE
from hmis.kernel.ids import uuid7
from opd.models import CasualtyArrival, ClinicDay, Consultation, QueueToken
from opd.states import BroughtBy, ConsultationStatus, Lane, Outcome, TokenStatus, Triage, lane_rank
from patients.models import (
    ClinicalNote,
    Condition,
    Encounter,
    EncounterClass,
    MedicationDispense,
    MedicationRequest,
    NoteKind,
    NoteSignature,
    NoteVersion,
    SignatureKind,
)
from patients.states import (
    ConditionStatus,
    DispenseOutcome,
    EncounterStatus,
    MedicationStatus,
    NoteStatus,
)

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
AT_THE_COUNTER, IN_PART = 0.85, 0.04
OLD = 60


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
        self.year = 0
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
        self.day, self.year, self.seen = day, year_of(day), []
        begins = midnight(day)
        self.till.open_day(begins, self.year)
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
        book, dice, here = self.book, self.book.dice, self.book.hospital.id
        follows = who.root_id if who.unit == unit and self.day <= who.valid_till else ""
        valid_till = who.valid_till if follows else self.day + timedelta(days=unit.valid_days)
        called_at = at + timedelta(
            seconds=round(60 * min(LONGEST_WAIT, dice.lognormvariate(self.middle, SPREAD)))
        )
        done_at = called_at + timedelta(seconds=dice.randrange(180, 560))
        leaves = dice.random() < LEAVE
        is_over = self.day < book.today
        if leaves and not is_over:
            called_at = done_at = book.now + DAY
        left_at = midnight(self.day) + timedelta(minutes=DAY_OVER)
        ended_at = left_at if leaves and is_over else midnight(valid_till + DAY)
        holds = ended_at > book.now
        key = str(uuid7())
        book.tables[Encounter].add(
            id=key,
            facility_id=here,
            patient_id=who.id,
            encounter_class=EncounterClass.AMBULATORY.value,
            status=(EncounterStatus.IN_PROGRESS if holds else EncounterStatus.FINISHED).value,
            department_id=unit.department_id,
            follows_id=follows or None,
            valid_till=valid_till,
            started_at=at,
            ended_at=None if holds else ended_at,
        )
        clerk = book.by(Role.CLERK)
        book.tell(
            "opd.visit_registered",
            "patients.encounter",
            key,
            actor=clerk,
            at=at,
            patient_id=who.id,
            department=unit.code,
            follow_up=bool(follows),
        )
        relief = _follow_up(who.root_on) if follows else self.till.relief_for(who)
        if not unit.fee and not relief:
            relief = Relief("no fee in this department", "इस विभाग में पर्ची नि:शुल्क")
        fee = Charge(
            "patients.encounter",
            key,
            f"OPD-{unit.code}",
            f"OPD registration ({unit.name})",
            f"ओपीडी पर्ची ({unit.name_hi})",
            unit.fee,
        )
        self.till.bill(who, key, [fee], relief, kind=InvoiceKind.OPD, at=at)
        if not follows:
            who.root_id, who.root_on, who.valid_till = key, self.day, valid_till
        who.unit = unit
        token_id = self._token(
            who, unit, key, at, called_at, done_at, left_at if leaves and is_over else None
        )
        self.seen.append(who)
        if not leaves and done_at <= book.now:
            if dice.random() < self.writes:
                self._consult(who, unit, key, token_id, called_at, done_at)
            if dice.random() < book.hospital.ways.admits and who.unit.code not in ("DENT", "IMM", "AYUSH"):
                self._admit(who, key, done_at, from_casualty=False)

    def _token(
        self,
        who: Known,
        unit: Sitting,
        encounter_id: str,
        at: datetime,
        called_at: datetime,
        done_at: datetime,
        left_at: datetime | None,
    ) -> str:
        book, now = self.book, self.book.now
        number = self.numbers[unit.id] = self.numbers.get(unit.id, 0) + 1
        lane = Lane.ELDERLY if who.years >= OLD else Lane.NORMAL
        was_called = left_at is None and called_at <= now
        is_done = was_called and done_at <= now
        status = TokenStatus.WAITING
        if left_at:
            status = TokenStatus.LEFT
        elif is_done:
            status = TokenStatus.DONE
        elif was_called:
            status = TokenStatus.IN_CONSULTATION
        key = book.tables[QueueToken].add(
            facility_id=book.hospital.id,
            clinic_day_id=self._queue(unit),
            encounter_id=encounter_id,
            patient_id=who.id,
            number=number,
            status=status.value,
            lane=lane.value,
            lane_rank=lane_rank(lane),
            senior_since=at,
            called_at=called_at if was_called else None,
            called_by_id=unit.doctor_id if was_called else None,
            times_called=int(was_called),
            done_at=done_at if is_done else None,
            step_at=left_at or (done_at if is_done else called_at if was_called else None),
        )
        if was_called:
            book.tell(
                "opd.token_called",
                "opd.queuetoken",
                key,
                actor=unit.doctor_id,
                at=called_at,
                patient_id=who.id,
            )
        return key

    def _illness(self, unit: Sitting) -> Illness:
        book = self.book
        late = self.day > book.today - timedelta(days=OUTBREAK_DAYS)
        goes_round = late and book.hospital.facility.code == OUTBREAK and unit.code in ("MED", "PAED")
        if goes_round and book.dice.random() < OUTBREAK_SHARE:
            return illnesses.OUTBREAK
        return drawn_at(unit.code, self.day.month, book.dice)

    # ── What the doctor writes ──

    def _consult(
        self, who: Known, unit: Sitting, encounter_id: str, token_id: str, at: datetime, until: datetime
    ) -> None:
        book, dice = self.book, self.book.dice
        illness = self._illness(unit)
        is_signed = dice.random() < book.hospital.ways.signs
        note_id = write_note(
            book,
            who,
            encounter_id,
            unit.department_id,
            unit.template_id,
            NoteKind.CONSULTATION,
            consultation_text(illness, dice.choice(illnesses.DURATIONS)),
            unit.doctor_id,
            begun_at=at,
            saved_at=until,
            is_signed=is_signed,
        )
        book.tables[Consultation].add(
            facility_id=book.hospital.id,
            encounter_id=encounter_id,
            token_id=token_id,
            note_id=note_id,
            doctor_id=unit.doctor_id,
            status=(ConsultationStatus.SIGNED if is_signed else ConsultationStatus.DRAFT).value,
            started_at=at,
            signed_at=until if is_signed else None,
        )
        if not is_signed:
            return
        diagnose(book, who, encounter_id, unit.department_id, illness.code, unit.doctor_id, at=until)
        if dice.random() < self.given:
            self._prescribe(who, unit, encounter_id, note_id, illness, until)
        if illness.tests and dice.random() < TESTED:
            order_tests(
                book,
                self.till,
                who,
                encounter_id,
                unit.department_id,
                unit.doctor_id,
                illness.tests,
                at=until,
            )

    def _prescribe(
        self, who: Known, unit: Sitting, encounter_id: str, note_id: str, illness: Illness, at: datetime
    ) -> None:
        book, day = self.book, self.day
        typed = illness.medicines or (illnesses.PAIN,)
        rows = [book.hospital.medicines[one] for one in typed if one in book.hospital.medicines]
        for position, row in enumerate(rows, start=1):
            key = book.tables[MedicationRequest].add(
                **row,
                facility_id=book.hospital.id,
                encounter_id=encounter_id,
                patient_id=who.id,
                department_id=unit.department_id,
                note_id=note_id,
                status=MedicationStatus.ACTIVE.value,
                position=position,
                written_by_id=unit.doctor_id,
                written_at=at,
                signed_by_id=unit.doctor_id,
                signed_at=at,
                starts_on=day,
                ends_on=day + timedelta(days=row["days"] - 1) if row["days"] else None,
            )
            if book.dice.random() < AT_THE_COUNTER:
                self._dispense(who, key, row["quantity"], at)

    def _dispense(self, who: Known, line_id: str, quantity: Any, at: datetime) -> None:
        book, dice = self.book, self.book.dice
        given_at = at + timedelta(minutes=dice.randrange(6, 45))
        if given_at > book.now:
            return
        outcome, drawn = DispenseOutcome.GIVEN, dice.random()
        if drawn < book.hospital.ways.lacks:
            outcome, quantity = DispenseOutcome.NOT_AVAILABLE, None
        elif quantity and quantity > 1 and drawn < book.hospital.ways.lacks + IN_PART:
            outcome, quantity = DispenseOutcome.PART, quantity // 2 or 1
        key = book.tables[MedicationDispense].add(
            facility_id=book.hospital.id,
            patient_id=who.id,
            request_id=line_id,
            outcome=outcome.value,
            quantity=quantity,
            given_by_id=book.by(Role.PHARMACIST),
            given_at=given_at,
        )
        book.tell(
            "patients.medicine_dispensed",
            "patients.medicationdispense",
            key,
            actor=book.by(Role.PHARMACIST),
            at=given_at,
            patient_id=who.id,
            outcome=outcome.value,
        )

    # ── Casualty, and who is sent to a ward ──

    def _in_casualty(self, who: Known, at: datetime) -> None:
        book, dice = self.book, self.book.dice
        left_at = at + timedelta(minutes=dice.randrange(40, 300))
        stays = left_at > book.now
        drawn = dice.random()
        outcome = Outcome.SENT_HOME
        if drawn < 0.3:
            outcome = Outcome.ADMITTED
        elif drawn < 0.4:
            outcome = Outcome.REFERRED
        elif drawn < 0.42:
            outcome = Outcome.LAMA
        key = book.tables[Encounter].add(
            facility_id=book.hospital.id,
            patient_id=who.id,
            encounter_class=EncounterClass.EMERGENCY.value,
            status=(EncounterStatus.IN_PROGRESS if stays else EncounterStatus.FINISHED).value,
            department_id=book.hospital.emergency_id,
            started_at=at,
            ended_at=None if stays else left_at,
        )
        triage = dice.choices((Triage.RED, Triage.YELLOW, Triage.GREEN), (1, 3, 5))[0]
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


def _follow_up(day: date) -> Relief:
    return Relief(f"follow-up of {day:%d-%m-%Y}", f"{day:%d-%m-%Y} की पर्ची का दोबारा आना")


def write_note(
    book: Book,
    who: Known,
    encounter_id: str,
    department_id: str,
    template_id: str,
    kind: NoteKind,
    text: illnesses.Text,
    doctor_id: str,
    *,
    begun_at: datetime,
    saved_at: datetime,
    is_signed: bool,
) -> str:
    """A note with its only version, signed or still a draft; its key."""
    here = {"facility_id": book.hospital.id}
    note_id = book.tables[ClinicalNote].add(
        **here,
        encounter_id=encounter_id,
        patient_id=who.id,
        department_id=department_id,
        template_id=template_id,
        kind=kind.value,
        status=(NoteStatus.SIGNED if is_signed else NoteStatus.DRAFT).value,
        sections=text.sections,
        version=1,
        author_id=doctor_id,
        begun_at=begun_at,
        saved_by_id=doctor_id,
        saved_at=saved_at,
        diagnoses=text.diagnoses if is_signed else "[]",
        signed_by_id=doctor_id if is_signed else None,
        signed_at=saved_at if is_signed else None,
        digest=text.digest if is_signed else "",
    )
    book.tables[NoteVersion].add(
        **here, note_id=note_id, number=1, sections=text.sections, saved_by_id=doctor_id, saved_at=saved_at
    )
    if is_signed:
        book.tables[NoteSignature].add(
            **here,
            note_id=note_id,
            patient_id=who.id,
            kind=SignatureKind.SIGNED.value,
            digest=text.digest,
            signed_by_id=doctor_id,
            signed_at=saved_at,
        )
        book.tell(
            "patients.note_signed",
            "patients.clinicalnote",
            note_id,
            actor=doctor_id,
            at=saved_at,
            patient_id=who.id,
        )
    return note_id


def diagnose(
    book: Book, who: Known, encounter_id: str, department_id: str, code: str, doctor_id: str, *, at: datetime
) -> None:
    """The main diagnosis of an encounter, as sure as a signature makes it."""
    known = illnesses.coded(code)
    book.tables[Condition].add(
        facility_id=book.hospital.id,
        encounter_id=encounter_id,
        patient_id=who.id,
        department_id=department_id,
        code=known.code,
        title=known.title,
        title_hi=known.title_hi,
        status=ConditionStatus.FINAL.value,
        is_main=True,
        recorded_by_id=doctor_id,
        recorded_on=at.date(),
        recorded_at=at,
    )
