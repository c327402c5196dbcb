"""The states of an order and their arrows; how urgent it is, how it is paid, why it is taken back."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrderStatus(models.TextChoices):
    """How far the order of a test or of imaging has come."""

    ORDERED = "ordered", _("ordered")
    COLLECTED = "collected", _("collected")
    RECEIVED = "received", _("received in the laboratory")
    RESULTED = "resulted", _("result entered")
    VERIFIED = "verified", _("verified")
    AUTHORISED = "authorised", _("authorised")
    CANCELLED = "cancelled", _("cancelled")


# What was collected is not cancelled any more. A rejected specimen sends its order back to be collected anew;
# a repeat sends a verified one back to its result; an amendment opens an authorised one (its report stays).
# An examination by imaging has no specimen: it is ordered, then received (in the room).
ORDER_MOVES = {
    OrderStatus.ORDERED: {OrderStatus.COLLECTED, OrderStatus.RECEIVED, OrderStatus.CANCELLED},
    OrderStatus.COLLECTED: {OrderStatus.RECEIVED, OrderStatus.ORDERED},
    OrderStatus.RECEIVED: {OrderStatus.RESULTED, OrderStatus.ORDERED},
    OrderStatus.RESULTED: {OrderStatus.VERIFIED, OrderStatus.ORDERED},
    OrderStatus.VERIFIED: {OrderStatus.AUTHORISED, OrderStatus.RESULTED, OrderStatus.ORDERED},
    OrderStatus.AUTHORISED: {OrderStatus.RESULTED},
}
# In the laboratory's hands: neither waiting to be collected nor done.
IN_HAND = (OrderStatus.COLLECTED, OrderStatus.RECEIVED, OrderStatus.RESULTED, OrderStatus.VERIFIED)


class Standing(models.TextChoices):
    """Whether a report may be used: its order says so (docs/adr/0360)."""

    VALID = "valid", _("valid")
    AMENDING = "amending", _("being amended")
    WITHDRAWN = "withdrawn", pgettext_lazy("report", "withdrawn")


class SpecimenStatus(models.TextChoices):
    """Where a tube is."""

    COLLECTED = "collected", _("collected")
    RECEIVED = "received", _("received in the laboratory")
    REJECTED = "rejected", pgettext_lazy("specimen", "rejected")


SPECIMEN_MOVES = {
    SpecimenStatus.COLLECTED: {SpecimenStatus.RECEIVED, SpecimenStatus.REJECTED},
    SpecimenStatus.RECEIVED: {SpecimenStatus.REJECTED},
}


class RejectReason(models.TextChoices):
    """Why the laboratory cannot use a specimen."""

    HAEMOLYSED = "haemolysed", _("haemolysed")
    CLOTTED = "clotted", _("clotted")
    INSUFFICIENT = "insufficient", _("too little")
    UNLABELLED = "unlabelled", _("without a label")
    MISLABELLED = "mislabelled", _("label of somebody else")
    WRONG_TUBE = "wrong_tube", _("wrong tube")
    LEAKED = "leaked", _("leaked or broken")
    LATE = "late", _("came too late")
    CONTAMINATED = "contaminated", _("contaminated")
    LOST = "lost", _("did not arrive")
    OTHER = "other", _("another reason")


class HoldReason(models.TextChoices):
    """Why a result waits before it is authorised."""

    CONTROL = "control", _("a control is out")
    CLINICAL = "clinical", _("does not fit the patient")
    REPEAT = "repeat", _("to be done once more")
    SPECIMEN = "specimen", _("specimen in doubt")
    OTHER = "other", _("another reason")


class ValueType(models.TextChoices):
    NUMBER = "number", _("number")
    CHOICE = "choice", _("choice")
    TEXT = "text", _("text")


class RangeSex(models.TextChoices):
    ANY = "any", _("any")
    MALE = "male", _("male")
    FEMALE = "female", _("female")


class Pregnancy(models.TextChoices):
    """For whom a range is: `any` serves both."""

    ANY = "any", _("any")
    YES = "yes", _("pregnant")
    NO = "no", _("not pregnant")


class Consent(models.TextChoices):
    """Who has agreed to a test that is done with informed consent alone."""

    PATIENT = "patient", _("the patient")
    REPRESENTATIVE = "representative", _("a parent, guardian or other representative")


class ResultPopulation(models.TextChoices):
    """For whom a critical limit is, as the sources name them."""

    ANY = "any", _("everybody")
    ADULT = "adult", _("adults")
    CHILD = "child", _("children")
    NEWBORN = "newborn", _("newborns")
    SEVEN_WEEKS = "0-7 weeks", _("up to seven weeks")
    FIRST_DAY = "newborn under 1 day", _("newborns in their first day")
    AFTER_FIRST_DAY = "newborn over 1 day", _("newborns after their first day")


class DeltaKind(models.TextChoices):
    PERCENT = "percent", _("percent")
    ABSOLUTE = "absolute", _("number")


class Flag(models.TextChoices):
    """What a result is to its range: told by letters, on paper and on the screen."""

    NONE = "", _("no range")
    NORMAL = "N", _("usual")
    LOW = "L", _("low")
    HIGH = "H", _("high")
    CRITICAL_LOW = "LL", _("critically low")
    CRITICAL_HIGH = "HH", _("critically high")
    ABNORMAL = "A", _("not usual")
    CRITICAL = "AA", _("critical")


CRITICAL_FLAGS = (Flag.CRITICAL_LOW, Flag.CRITICAL_HIGH, Flag.CRITICAL)


class ResultOrigin(models.TextChoices):
    """How a value came."""

    TYPED = "typed", _("typed")
    ANALYSER = "analyser", _("from an analyser")
    CALCULATED = "calculated", _("calculated")


class Priority(models.TextChoices):
    ROUTINE = "routine", _("routine")
    URGENT = "urgent", _("urgent")


class Section(models.TextChoices):
    """The part of the laboratory that does it, or imaging."""

    HAEMATOLOGY = "haematology", _("haematology")
    BIOCHEMISTRY = "biochemistry", _("biochemistry")
    SEROLOGY = "serology", _("serology")
    MICROBIOLOGY = "microbiology", _("microbiology")
    CLINICAL_PATHOLOGY = "clinical_pathology", _("urine, stool and fluids")
    MOLECULAR = "molecular", _("molecular tests")
    IMAGING = "imaging", _("imaging")


class Uncharged(models.TextChoices):
    """Why nothing was charged for an order: said on the page and the slip, and listed until it is."""

    NO_SERVICE = "no_service", _("not on the state's list of services")
    NO_PRICE = "no_price", _("no price set at this hospital")


class Owing(models.TextChoices):
    """What the patient has to do with the money of an order."""

    TO_PAY = "to_pay", _("to pay")
    PAID = "paid", _("paid")
    FREE = "free", _("free")
    ON_ACCOUNT = "on_account", _("billed later")
    UNPRICED = "unpriced", _("no price here")
    TAKEN_BACK = "taken_back", _("taken back")
    REFUND_ASKED = "refund_asked", _("refund asked")


class CancelReason(models.TextChoices):
    """Why an order is taken back."""

    MISTAKE = "mistake", _("ordered by mistake")
    NOT_NEEDED = "not_needed", _("not needed any more")
    NOT_WANTED = "not_wanted", _("the patient does not want it")
    DONE_ELSEWHERE = "done_elsewhere", _("a recent report is there already")
    NOT_DONE_HERE = "not_done_here", _("it cannot be done here")
    OTHER = "other", _("another reason")


class WireProtocol(models.TextChoices):
    """How an analyser speaks."""

    HL7 = "hl7", "HL7 v2 (MLLP)"
    ASTM = "astm", "ASTM (E1381, E1394)"


class MessageStatus(models.TextChoices):
    """What became of an analyser's message, which is kept as it came."""

    STORED = "stored", _("kept, not yet looked at")
    MATCHED = "matched", _("all entered")
    PARTLY = "partly", _("in part in the tray")
    TRAY = "tray", _("in the tray")
    REFUSED = "refused", _("not readable")


MESSAGE_MOVES = {
    MessageStatus.STORED: {
        MessageStatus.MATCHED,
        MessageStatus.PARTLY,
        MessageStatus.TRAY,
        MessageStatus.REFUSED,
    },
}


class TrayStatus(models.TextChoices):
    """A value that an analyser sent and that found no place by itself."""

    WAITING = "waiting", _("waits")
    ASSIGNED = "assigned", _("entered")
    DISCARDED = "discarded", _("put away")


TRAY_MOVES = {TrayStatus.WAITING: {TrayStatus.ASSIGNED, TrayStatus.DISCARDED}}


class WhyInTray(models.TextChoices):
    """Why a value of an analyser was not entered."""

    NO_NUMBER = "no_number", _("no tube here has this number")
    NOT_RECEIVED = "not_received", _("the tube is not yet received")
    REJECTED = "rejected", _("the tube was rejected")
    NO_CODE = "no_code", _("this code is not in the analyser's list")
    NOT_ORDERED = "not_ordered", _("not ordered from this tube")
    AMBIGUOUS = "ambiguous", _("several results of the order could be meant")
    TOO_LATE = "too_late", _("verified already")
    OTHER_VALUE = "other_value", _("another value stands there")
    OTHER_UNIT = "other_unit", _("another unit than the list says")
    UNREADABLE = "unreadable", _("the value cannot be read")
    NOT_FINAL = "not_final", _("the analyser does not call it final")
    CONTROL = "control", _("of a control sample")
    REFUSED = "refused", _("not accepted")


class DiscardReason(models.TextChoices):
    """Why a value in the tray is put away."""

    CONTROL = "control", _("control or calibration")
    REPEATED = "repeated", _("done once more")
    WRONG_NUMBER = "wrong_number", _("number mistyped, patient not known")
    NOT_NEEDED = "not_needed", _("nobody asked for it")
    OTHER = "other", _("another reason")


# What the catalogue says of an examination that the law asks a Form F for, before it is begun.
FORM_F = "PC-PNDT Form F"
# The two results of every examination by imaging: what was seen, and what it means.
FINDINGS, IMPRESSION = "IMG_FINDINGS", "IMG_IMPRESSION"


class Modality(models.TextChoices):
    """By what an examination is made."""

    XRAY = "xray", _("X-ray")
    ULTRASOUND = "ultrasound", _("ultrasound")
    CT = "ct", _("CT")
    MRI = "mri", _("MRI")
    MAMMOGRAPHY = "mammography", _("mammography")
    ECG = "ecg", _("ECG")
    ECHO = "echo", _("echocardiography")


# By the beginning of an examination's code.
MODALITIES = {
    "XR": Modality.XRAY,
    "USG": Modality.ULTRASOUND,
    "DOPP": Modality.ULTRASOUND,
    "CT": Modality.CT,
    "MRI": Modality.MRI,
    "MAMMO": Modality.MAMMOGRAPHY,
    "ECG": Modality.ECG,
    "ECHO": Modality.ECHO,
}


class Proof(models.TextChoices):
    """By what the counter knows that a report goes to whom it belongs."""

    SLIP = "slip", _("the slip is in hand")
    PHONE = "phone", _("the last four digits of the phone")


class Sheet(models.TextChoices):
    """What the laboratory takes out as a sheet."""

    TURNAROUND = "turnaround", _("how long tests took")
    REJECTIONS = "rejections", _("rejected specimens")
    WORK = "work", _("work of each person")
    COUNTS = "counts", _("notifiable results, counted")
    PERSONS = "persons", _("notifiable results by person")


class Indication(models.IntegerChoices):
    """Why an ultrasound is done in pregnancy: the representative list of Form F, item 10.

    Pre-conception and Pre-natal Diagnostic Techniques (Prohibition of Sex Selection) Rules, 1996, Form F as
    amended in 2014 (docs/adr/0363 says where it was read).
    """

    PREGNANCY = 1, _("to diagnose intra-uterine or ectopic pregnancy and confirm viability")
    DATING = 2, _("estimation of gestational age (dating)")
    NUMBER = 3, _("number of foetuses and their chorionicity")
    IUCD = 4, _("suspected pregnancy with IUCD in place, or after failure of contraception or MTP")
    BLEEDING = 5, _("vaginal bleeding or leaking")
    ABORTION = 6, _("follow-up of abortion")
    CERVIX = 7, _("cervical canal and diameter of the internal os")
    DISCREPANCY = 8, _("uterine size does not fit the period of amenorrhoea")
    ADNEXA = 9, _("suspected adnexal or uterine pathology")
    DEFECTS = (
        10,
        _("chromosomal abnormalities, structural defects and other abnormalities, and their follow-up"),
    )
    POSITION = 11, _("presentation and position of the foetus")
    LIQUOR = 12, _("assessment of liquor amnii")
    PRETERM = 13, _("preterm labour or preterm premature rupture of membranes")
    PLACENTA = 14, _("placenta: position, thickness, grading, abnormalities")
    CORD = 15, _("umbilical cord: presentation, insertion, nuchal encirclement, vessels, true knot")
    SCAR = 16, _("scars of previous Caesarean section")
    GROWTH = 17, _("growth, weight and well-being of the foetus")
    DOPPLER = 18, _("colour flow mapping and duplex Doppler")
    GUIDED = 19, _("ultrasound guided procedures (MTP, external cephalic version) and their follow-up")
    ADJUNCT = (
        20,
        _("adjunct to invasive interventions (CVS, amniocentesis, foetal blood sampling and others)"),
    )
    INTRAPARTUM = 21, _("observation of intra-partum events")
    CONDITIONS = 22, _("medical or surgical conditions complicating pregnancy")
    RESEARCH = 23, _("research in a recognised institution")
