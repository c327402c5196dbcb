"""The states of tokens and consultations and their arrows; lanes; why a slip or a queue ends early."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TokenStatus(models.TextChoices):
    WAITING = "waiting", _("waiting")
    CALLED = "called", _("called")
    IN_CONSULTATION = "in_consultation", _("with the doctor")
    SENT_FOR_TESTS = "sent_for_tests", _("sent for tests")
    SKIPPED = "skipped", _("skipped")
    DONE = "done", _("done")
    MOVED = "moved", _("moved to another unit")
    LEFT = "left", _("left")
    CANCELLED = "cancelled", _("cancelled")


TOKEN_MOVES = {
    # Whoever walks in without being called is with the doctor all the same.
    TokenStatus.WAITING: {
        TokenStatus.CALLED,
        TokenStatus.IN_CONSULTATION,
        TokenStatus.MOVED,
        TokenStatus.LEFT,
        TokenStatus.CANCELLED,
    },
    TokenStatus.CALLED: {
        TokenStatus.CALLED,
        TokenStatus.IN_CONSULTATION,
        TokenStatus.SKIPPED,
        TokenStatus.DONE,
        TokenStatus.MOVED,
        TokenStatus.LEFT,
    },
    TokenStatus.SKIPPED: {
        TokenStatus.WAITING,
        TokenStatus.CALLED,
        TokenStatus.IN_CONSULTATION,
        TokenStatus.LEFT,
        TokenStatus.MOVED,
    },
    TokenStatus.IN_CONSULTATION: {TokenStatus.DONE, TokenStatus.SENT_FOR_TESTS, TokenStatus.MOVED},
    # Done, when the day ends and they have not come back: the doctor has seen them.
    TokenStatus.SENT_FOR_TESTS: {
        TokenStatus.WAITING,
        TokenStatus.IN_CONSULTATION,
        TokenStatus.DONE,
        TokenStatus.LEFT,
        TokenStatus.MOVED,
    },
    # Gone, and here again on the same day; or at the counter for the fee of a slip that nobody called.
    TokenStatus.LEFT: {TokenStatus.WAITING, TokenStatus.CANCELLED},
    # Done by mistake, or back with a question: into the queue, or straight into the room.
    TokenStatus.DONE: {TokenStatus.WAITING, TokenStatus.IN_CONSULTATION},
    # Brought back, when a queue that was closed by mistake is opened again.
    TokenStatus.MOVED: {TokenStatus.WAITING},
}

OPEN = (
    TokenStatus.WAITING,
    TokenStatus.CALLED,
    TokenStatus.IN_CONSULTATION,
    TokenStatus.SENT_FOR_TESTS,
    TokenStatus.SKIPPED,
)

# Called and not yet seen off.
INSIDE = (TokenStatus.CALLED, TokenStatus.IN_CONSULTATION)

# Who has no turn any more when a queue is closed early, and is carried over.
CARRIED = (TokenStatus.WAITING, TokenStatus.SENT_FOR_TESTS, TokenStatus.SKIPPED)


# Whoever is in one of these may come back into the same queue.
AWAY = (TokenStatus.SENT_FOR_TESTS, TokenStatus.SKIPPED, TokenStatus.LEFT, TokenStatus.DONE)

# Whoever was in one of these was seen by the doctor.
SEEN = (TokenStatus.IN_CONSULTATION, TokenStatus.SENT_FOR_TESTS, TokenStatus.DONE)


class LeftHow(models.TextChoices):
    """How it is known that somebody left."""

    NOT_THERE = "not_there", _("not there when called")
    SAID_SO = "said_so", _("said so")
    DAY_OVER = "day_over", _("still waiting at the day's end")
    OTHER_TOKEN = "other_token", _("waits with another token")


class ConsultationStatus(models.TextChoices):
    DRAFT = "draft", _("a draft")
    SIGNED = "signed", _("signed")


CONSULTATION_MOVES = {ConsultationStatus.DRAFT: {ConsultationStatus.SIGNED}}


class CancelReason(models.TextChoices):
    """Why a slip of today is cancelled and its fee paid back."""

    WRONG_SLIP = "wrong_slip", _("made for the wrong person or department")
    TWICE = "twice", _("made twice")
    DOCTOR_ABSENT = "doctor_absent", _("the doctor is not here")
    PATIENT_LEAVES = "patient_leaves", _("the patient cannot wait")
    OTHER = "other", _("another reason")


class CloseReason(models.TextChoices):
    """Why a queue is closed before everybody was seen."""

    CALLED_AWAY = "called_away", _("the doctor was called away")
    DOCTOR_ABSENT = "doctor_absent", _("the doctor is not here")
    TIME_OVER = "time_over", _("the OPD's time is over")
    ROOM_UNFIT = "room_unfit", _("the room cannot be used")
    OTHER = "other", _("another reason")


class Lane(models.TextChoices):
    """Who is called before others, and why; the reason is shown."""

    EMERGENCY = "emergency", _("emergency")
    BACK_FROM_TESTS = "back_from_tests", _("back from tests")
    PREGNANT = "pregnant", _("pregnant")
    ELDERLY = "elderly", _("senior citizen")
    DISABLED = "disabled", _("disabled person")
    SCAN_AND_SHARE = "scan_and_share", _("Scan & Share")
    NORMAL = "normal", _("ordinary")


# Whoever is so old is a senior citizen (the Act of 2007), and has that lane.
SENIOR_AGE = 60

# An emergency goes before everybody; the other reasons are equal among themselves, by their time.
LANE_RANK = {Lane.EMERGENCY: 0, Lane.NORMAL: 2}


def lane_rank(lane: str) -> int:
    """Lower is called sooner."""
    return LANE_RANK.get(Lane(lane), 1)


class Triage(models.TextChoices):
    """The four colours of the emergency room, the most urgent first; each is also a word."""

    RED = "red", _("red: at once")
    YELLOW = "yellow", _("yellow: urgent")
    GREEN = "green", _("green: can wait")
    BLACK = "black", _("black: dead")


TRIAGE_RANK = {Triage.RED: 0, Triage.YELLOW: 1, Triage.GREEN: 2, Triage.BLACK: 3}


class BroughtBy(models.TextChoices):
    """How somebody came to casualty."""

    SELF = "self", _("came alone")
    RELATIVE = "relative", _("relative")
    AMBULANCE_108 = "ambulance_108", _("108 ambulance")
    AMBULANCE = "ambulance", _("another ambulance")
    POLICE = "police", _("police")
    PASSER_BY = "passer_by", _("passer-by")
    HOSPITAL = "hospital", _("sent by a hospital")
    NOT_KNOWN = "not_known", _("not known")


class Outcome(models.TextChoices):
    """How somebody left casualty."""

    SENT_HOME = "sent_home", _("sent home")
    ADMITTED = "admitted", _("admitted")
    REFERRED = "referred", _("referred elsewhere")
    LAMA = "lama", _("left against medical advice")
    ABSCONDED = "absconded", _("gone without a word")
    DIED = "died", _("died here")
    MORTUARY = "mortuary", _("body to the mortuary or handed over")
    # Nobody's leaving: the entry was a mistake, and was taken back.
    CANCELLED = "cancelled", _("entered by mistake")


LEAVINGS = [one for one in Outcome if one != Outcome.CANCELLED]
