"""The person: one row in the whole state, whichever hospital wrote it first."""

from datetime import date
from typing import Any, ClassVar, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Right, Upper
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from facilities.models import Block, District, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord, Record
from patients.ages import Age, age_on, birth_shown
from patients.identifiers import refuse_aadhaar, show_abha, show_uhid


class Sex(models.TextChoices):
    """FHIR's administrative gender."""

    FEMALE = "female", _("female")
    MALE = "male", _("male")
    OTHER = "other", _("other")
    UNKNOWN = "unknown", _("not known")


class BirthPrecision(models.TextChoices):
    """How much of the birth date is known; the rest is reckoned."""

    DAY = "day", _("day")
    MONTH = "month", _("month")
    YEAR = "year", _("year")


class GuardianRelation(models.TextChoices):
    HUSBAND = "husband", _("husband")
    FATHER = "father", _("father")
    MOTHER = "mother", _("mother")
    WIFE = "wife", _("wife")
    SON = "son", _("son")
    DAUGHTER = "daughter", _("daughter")
    OTHER = "other", _("other relation")


class Category(models.TextChoices):
    """The group written on the slip; what it pays is a matter of exemptions."""

    GENERAL = "general", _("general")
    BPL = "bpl", _("BPL")
    SENIOR = "senior", _("senior citizen")
    DISABLED = "disabled", _("disabled")
    STAFF = "staff", _("staff")
    PRISONER = "prisoner", _("prisoner")


# From 12 to 55 years, in days: where the laboratory's ranges know of a pregnancy (lab/data/ranges.csv).
BEARING_AGES = range(4380, 20075)


class NoPhone(models.TextChoices):
    """Why there is no number: said, never faked."""

    NONE_OWNED = "none_owned", _("has no phone")
    DECLINED = "declined", _("does not wish to give it")
    NOT_KNOWN = "not_known", _("does not know it")
    # Where somebody is laid down first and asked later: who has them at a counter asks.
    NOT_ASKED = "not_asked", _("not asked")


class IdentifierKind(models.TextChoices):
    ABHA_NUMBER = "abha_number", _("ABHA number")
    ABHA_ADDRESS = "abha_address", _("ABHA address")
    PMJAY = "pmjay", _("Ayushman card")
    RATION_CARD = "ration_card", _("ration card")
    EHOSPITAL_UHID = "ehospital_uhid", _("e-Hospital UHID")
    CR_NUMBER = "cr_number", _("CR number")
    OLD_NUMBER = "old_number", _("old MRD number")


# So many digits at least are typed beside a name.
END_OF_PHONE = 4

ABHA_KINDS = (IdentifierKind.ABHA_NUMBER, IdentifierKind.ABHA_ADDRESS)
# What hospitals gave before the UHID: the number, and where known which hospital gave it.
OLD_KINDS = (IdentifierKind.EHOSPITAL_UHID, IdentifierKind.CR_NUMBER, IdentifierKind.OLD_NUMBER)


class AbhaStatus(models.TextChoices):
    """How it stands with the ABHA; nobody is sent away for want of one, so the reason is kept."""

    NOT_ASKED = "not_asked", _("not asked")
    LINKED = "linked", _("linked")
    ASSISTED = "assisted", _("made with help")
    DECLINED = "declined", _("does not want one")
    NO_PHONE = "no_phone", _("no phone to make one")


class PatientQuerySet(ScopedQuerySet["Patient"]):
    def visible_to(self, user: Any) -> Self:
        """Who was registered where this person works, or has been seen there.

        A patient of another hospital is reached only by an exact identifier (`queries.found_exactly`).
        """
        posting = getattr(user, "posting", None)
        if posting is None:
            return self.none()
        seen_here = self.model._meta.get_field("encounters").related_model._default_manager.filter(
            posting.sees("facility"), patient=OuterRef("pk")
        )
        return self.filter(posting.sees("facility") | Exists(seen_here))


def birth_in(version: dict[str, Any]) -> str:
    """A birth date as it was said, or the age that it was estimated from: how old when this was written."""
    born, precision = version["birth_date"], version["birth_precision"]
    if born is None or precision == BirthPrecision.DAY:
        return birth_shown(born, precision) or "—"
    return str(age_on(born, timezone.localdate(version["pgh_created_at"])))


@tracked()
class Patient(ChangingRecord):
    """One person, known by a UHID in the whole state."""

    read_everywhere = "Any hospital finds a patient by an exact identifier, and writes that down."

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    uhid = models.CharField(_("UHID"), max_length=11, editable=False)
    name = models.CharField(_("name"), max_length=120, validators=[refuse_aadhaar])
    name_hi = models.CharField(_("name in Hindi"), max_length=120, blank=True, validators=[refuse_aadhaar])
    # Sound keys of every word of both spellings: what the name search meets.
    name_words = ArrayField(models.CharField(max_length=40), default=list, editable=False)
    sex = models.CharField(_("sex"), max_length=8, choices=Sex)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    birth_precision = models.CharField(max_length=5, choices=BirthPrecision, default=BirthPrecision.DAY)
    phone = models.CharField(_("mobile"), max_length=10, blank=True)
    no_phone_reason = models.CharField(_("no mobile"), max_length=12, choices=NoPhone, blank=True)
    abha_status = models.CharField(
        _("ABHA"),
        max_length=12,
        choices=AbhaStatus,
        default=AbhaStatus.NOT_ASKED,
        db_default=AbhaStatus.NOT_ASKED.value,
    )
    guardian_name = models.CharField(_("guardian"), max_length=120, blank=True, validators=[refuse_aadhaar])
    guardian_relation = models.CharField(_("relation"), max_length=8, choices=GuardianRelation, blank=True)
    address = models.CharField(_("house, street"), max_length=160, blank=True, validators=[refuse_aadhaar])
    village = models.CharField(
        _("village or mohalla"), max_length=120, blank=True, validators=[refuse_aadhaar]
    )
    block_name = models.CharField(_("block"), max_length=80, blank=True, validators=[refuse_aadhaar])
    block = models.ForeignKey(Block, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    district = models.ForeignKey(
        District,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
    )
    pincode = models.CharField(_("PIN code"), max_length=6, blank=True)
    category = models.CharField(_("category"), max_length=8, choices=Category, default=Category.GENERAL)
    occupation = models.CharField(_("occupation"), max_length=80, blank=True, validators=[refuse_aadhaar])
    religion = models.CharField(_("religion"), max_length=40, blank=True, validators=[refuse_aadhaar])
    # Nobody knows who this is: the name is a stand-in until somebody does.
    is_unknown = models.BooleanField(_("not yet named"), default=False, db_default=False, editable=False)
    registered_at = models.DateTimeField(editable=False)

    # Set where a list must not name them (queries.withhold_names).
    is_withheld = False
    # Their record that was given up, where a search met that one (queries.merging.in_their_place).
    found_as: "Patient | None" = None

    in_history: ClassVar = {"birth_date": birth_in}
    told, untold = ("is_unknown",), ("facility", "birth_precision", "block")
    # How sure a birth date is goes with it.
    told_with: ClassVar = {"birth_date": ["birth_precision"]}

    objects = PatientQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="uhid_is_given_once", fields=["uhid"]),
            models.CheckConstraint(
                name="uhid_has_eleven_digits", condition=Q(uhid__regex=r"^[1-9][0-9]{10}$")
            ),
            models.CheckConstraint(
                name="patient_phone_is_a_mobile",
                condition=Q(phone="") | Q(phone__regex=r"^[6-9][0-9]{9}$"),
                violation_error_message=_("A mobile number has 10 digits and begins with 6, 7, 8 or 9."),
            ),
            models.CheckConstraint(
                name="patient_has_a_phone_or_a_reason",
                condition=Q(phone="", no_phone_reason__gt="") | Q(phone__gt="", no_phone_reason=""),
                violation_error_message=_("Write the mobile number, or say why there is none."),
            ),
            models.CheckConstraint(
                name="patient_pincode_has_six_digits",
                condition=Q(pincode="") | Q(pincode__regex=r"^[1-9][0-9]{5}$"),
                violation_error_message=_("A PIN code has 6 digits."),
            ),
            models.CheckConstraint(
                name="patient_has_a_name",
                condition=~Q(name=""),
                violation_error_message=_("Write the name."),
            ),
        ]
        indexes = [
            models.Index(name="patient_by_phone", fields=["phone"], condition=~Q(phone="")),
            models.Index(Right("phone", END_OF_PHONE), name="patient_by_end_of_phone"),
            # Who has no phone is known again at home.
            models.Index(
                F("facility"),
                Upper("village"),
                F("sex"),
                F("birth_date"),
                name="patient_by_home",
                condition=~Q(village=""),
            ),
        ]
        # The names by which hospitals know a patient are the database's to keep, whoever writes the row.
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Trigger(
                name="known_where_registered",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="PERFORM patients_know(NEW.id, NEW.facility_id); RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="known_by_new_name",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("name_words", "registered_at", "facility"),
                func=(
                    "PERFORM patients_know_anew(NEW.id, OLD.facility_id, OLD.registered_at, OLD.name_words);"
                    " RETURN NULL;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name_hi if get_language() == "hi" and self.name_hi else self.name

    @property
    def other_script(self) -> str:
        """The name in the script that `str()` does not show."""
        return self.name if str(self) == self.name_hi else self.name_hi

    @property
    def listed_name(self) -> str:
        """The name as lists, registers and displays may show it."""
        return gettext("name withheld") if self.is_withheld else str(self)

    @property
    def uhid_shown(self) -> str:
        return show_uhid(self.uhid)

    @property
    def born(self) -> str:
        """The birth date, as much of it as is known: 23-11-1992, 11-1992 or 1992."""
        return birth_shown(self.birth_date, self.birth_precision)

    @property
    def abha_tone(self) -> str:
        """The colour and shape in which the ABHA status is told."""
        linked = self.abha_status in {AbhaStatus.LINKED, AbhaStatus.ASSISTED}
        return "t-good" if linked else "t-idle"

    @property
    def place(self) -> str:
        """Village, block, district: as much of it as is known, in the language of the moment."""
        parts = (self.address, self.village, self.block_name, self.district and str(self.district))
        return ", ".join(part for part in parts if part)

    @property
    def age(self) -> str:
        """How old today, in words; "" where no birth date is known."""
        return str(self.age_on(timezone.localdate()) or "")

    def age_on(self, day: date) -> Age | None:
        """As people say it on that day; None where no birth date is known."""
        return age_on(self.birth_date, day) if self.birth_date else None

    def may_be_pregnant(self, day: date | None = None) -> bool:
        """Whether a pregnancy is asked about, on that day or today; of whom nobody knows the age, too."""
        if self.sex == Sex.MALE:
            return False
        return (
            self.birth_date is None or ((day or timezone.localdate()) - self.birth_date).days in BEARING_AGES
        )


def plain(number: Any) -> Upper:
    """A number as it is compared: without gaps, hyphens, strokes and dots, in capital letters."""
    signs = Value(r"[\s/.:#_-]+")
    return Upper(Func(number, signs, Value(""), Value("g"), function="REGEXP_REPLACE"))


class PatientIdentifierQuerySet(ScopedQuerySet["PatientIdentifier"]):
    def written(self, *numbers: str) -> Self:
        """Those that are one of these numbers, however written; of an ABHA address each sign counts."""
        same = [plain(Value(number)) for number in numbers if number]
        alike = self.alias(plain=plain(F("value"))).filter(plain__in=same)
        return alike.filter(~Q(kind=IdentifierKind.ABHA_ADDRESS) | Q(value__in=numbers))


@tracked()
class PatientIdentifier(ChangingRecord):
    """Another number that a patient is known by: ABHA, ration card, an old hospital number."""

    read_everywhere = "It is what a patient of another hospital is found by."

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.CharField(_("kind"), max_length=16, choices=IdentifierKind)
    # As it stands on the paper; it is found by it however it is written (`plain`).
    value = models.CharField(_("number"), max_length=64)
    # The hospital that gave an old number; None where it is not known, or no hospital gave it.
    issuer = models.ForeignKey(
        Facility,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("given by"),
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PatientIdentifierQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.CheckConstraint(
                name="abha_number_has_fourteen_digits",
                condition=~Q(kind=IdentifierKind.ABHA_NUMBER) | Q(value__regex=r"^[0-9]{14}$"),
                violation_error_message=_("An ABHA number has 14 digits."),
            ),
            models.UniqueConstraint(
                name="patient_has_each_identifier_once",
                fields=["patient", "kind", "value"],
                condition=Q(ended_at=None),
                violation_error_message=_("This number is kept with this patient already."),
            ),
        ]
        indexes = [models.Index(plain(F("value")), name="identifier_by_number")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}"

    @property
    def shown(self) -> str:
        """The number as people read it."""
        return show_abha(self.value) if self.kind == IdentifierKind.ABHA_NUMBER else self.value


@tracked(only_replaced=True)
class RelatedPerson(ChangingRecord):
    """Somebody who belongs to a patient: the mother of a newborn, also when she is a patient herself."""

    read_everywhere = "It goes with the patient to whatever hospital treats them."

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="related_people")
    relative = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="related_to"
    )
    name = models.CharField(_("name"), max_length=120)
    relation = models.CharField(_("relation"), max_length=8, choices=GuardianRelation)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        pass

    def __str__(self) -> str:
        return self.name


class NameWord(Record):
    """A distinct word of names, by its sound: the small dictionary in which a misspelt word is looked up."""

    listed_once = True
    word = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(name="name_word_is_listed_once", fields=["word"])]
        indexes = [GinIndex(name="name_word_alike", fields=["word"], opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.word


class KnownName(Record):
    """A word of the name of somebody whom a hospital knows: its search by name reads this, newest first.

    The database writes it when a patient is registered, is seen elsewhere for the first time, or gets another
    name; a hospital asks only for its own rows.
    """

    may_change = ()
    facility = models.ForeignKey(
        Facility, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    word = models.CharField(max_length=40)
    registered_at = models.DateTimeField()
    # All of them: who is asked for by two words is found without a look at the patient.
    name_words = ArrayField(models.CharField(max_length=40))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="known_name_is_listed_once",
                fields=["facility", "word", "registered_at", "patient"],
                include=["name_words"],
            )
        ]

    def __str__(self) -> str:
        return self.word
