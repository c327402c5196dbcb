"""Form F of the PC-PNDT Act: what the law asks before and after an ultrasound in pregnancy. Never edited."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.models import APPEND_ONLY, HospitalRecord
from lab.models.orders import ServiceRequest
from lab.states import Indication
from patients.identifiers import refuse_aadhaar
from patients.models import Patient

# Whoever writes the result of such an examination, by whatever page or instrument: the form stands first.
FORM_F_FIRST = pgtrigger.Trigger(
    name="form_f_stands_first",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    # The name of the rule is the catalogue's own word (lab.states.FORM_F).
    func="""
        IF EXISTS (
            SELECT FROM lab_servicerequest ordered JOIN lab_testdefinition test ON test.id = ordered.test_id
            WHERE ordered.id = NEW.order_id AND test.notifiable = 'PC-PNDT Form F'
                AND NOT EXISTS (SELECT FROM lab_formf WHERE order_id = ordered.id)
        ) THEN
            RAISE EXCEPTION 'Form F is signed before an obstetric examination is reported'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    """,
)


class FormF(HospitalRecord):
    """Sections A and B of Form F, filled and signed before the examination, with both declarations.

    A mistake is put right by the next version, with the reason. Of the unborn child's sex there is no field.
    """

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(
        ServiceRequest, on_delete=models.PROTECT, related_name="forms_f", db_index=False
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    why_corrected = models.CharField(
        _("why put right"), max_length=160, blank=True, validators=[refuse_aadhaar]
    )
    # Item 2: of the centre, under the Act.
    centre_registration = models.CharField(_("registration of the centre under the Act"), max_length=60)
    # Item 4: of the children who live already, as the form asks.
    living_sons = models.PositiveSmallIntegerField(_("living sons"), default=0)
    ages_of_sons = models.CharField(_("age of each son"), max_length=80, blank=True)
    living_daughters = models.PositiveSmallIntegerField(_("living daughters"), default=0)
    ages_of_daughters = models.CharField(_("age of each daughter"), max_length=80, blank=True)
    # Items 5 and 6.
    relative_name = models.CharField(
        _("name of husband, father or mother"), max_length=80, validators=[refuse_aadhaar]
    )
    address = models.CharField(_("full address"), max_length=240, validators=[refuse_aadhaar])
    phone = models.CharField(_("telephone"), max_length=15, blank=True)
    # Item 7: by whom, or by the doctor who examines, with a note.
    referred_by = models.CharField(
        _("referred by: full name and address"), max_length=240, blank=True, validators=[refuse_aadhaar]
    )
    is_self_referral = models.BooleanField(_("self-referral by the doctor who examines"), default=False)
    # Item 8.
    last_period_on = models.DateField(_("last menstrual period"), null=True)
    weeks = models.PositiveSmallIntegerField(_("weeks of pregnancy"), null=True)
    # Items 9 to 11.
    performed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    registration = models.CharField(_("registration number of the doctor"), max_length=40)
    indications = ArrayField(
        models.PositiveSmallIntegerField(choices=Indication), verbose_name=_("indication")
    )
    referral_says = models.CharField(
        _("as the referral says"), max_length=200, blank=True, validators=[refuse_aadhaar]
    )
    other_procedure = models.CharField(_("other procedure than ultrasound"), max_length=80, blank=True)
    # Item 12 and section D: the woman's declaration, by her hand or her thumb, on the printed form.
    declared_on = models.DateField(_("declaration of the woman, of"))
    is_by_thumb = models.BooleanField(_("by her thumb, with a witness"), default=False)
    signed_at = models.DateTimeField(_("signed"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="form_f_version_is_given_once",
                fields=["order", "version"],
                violation_error_message=_("Somebody else has signed this form meanwhile."),
            ),
            models.CheckConstraint(
                name="corrected_form_f_says_why",
                condition=Q(version=1, why_corrected="") | (Q(version__gt=1) & ~Q(why_corrected="")),
                violation_error_message=_("Say why the form is put right."),
            ),
            models.CheckConstraint(
                name="form_f_says_how_far_she_is",
                condition=Q(last_period_on__isnull=False) | Q(weeks__isnull=False),
                violation_error_message=_("Last menstrual period, or weeks of pregnancy?"),
            ),
            models.CheckConstraint(
                name="form_f_has_an_indication",
                condition=Q(indications__len__gt=0),
                violation_error_message=_(
                    "Ultrasound in pregnancy is done only when it is indicated: tick why."
                ),
            ),
            models.CheckConstraint(
                name="form_f_says_who_referred",
                condition=(Q(is_self_referral=False) & ~Q(referred_by="")) | Q(is_self_referral=True),
                violation_error_message=_(
                    "Who referred her? Name and address, or self-referral by the doctor."
                ),
            ),
            models.CheckConstraint(
                name="form_f_names_both_registrations",
                condition=~Q(centre_registration="") & ~Q(registration=""),
                violation_error_message=_("Form F needs the registration of the centre and of the doctor."),
            ),
        ]
        indexes = [models.Index(name="form_f_here", fields=["facility", "-signed_at"])]

    def __str__(self) -> str:
        return f"F/{self.order_id}/{self.version}"


class FormFResult(HospitalRecord):
    """What section B asks after the examination: items 13 to 16. Written once for an order."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.OneToOneField(ServiceRequest, on_delete=models.PROTECT, related_name="form_f_result")
    examined_on = models.DateField(_("examined on"))
    result = models.CharField(_("result in brief"), max_length=500, validators=[refuse_aadhaar])
    conveyed_to = models.CharField(_("conveyed to"), max_length=80, validators=[refuse_aadhaar])
    conveyed_on = models.DateField(_("conveyed on"))
    mtp_indication = models.CharField(
        _("indication for MTP, if the findings give one"),
        max_length=200,
        blank=True,
        validators=[refuse_aadhaar],
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="form_f_result_is_conveyed_to_somebody",
                condition=~Q(result="") & ~Q(conveyed_to=""),
                violation_error_message=_("What was found, and whom was it told?"),
            ),
            models.CheckConstraint(
                name="form_f_result_is_conveyed_after_it_is_found",
                condition=Q(conveyed_on__gte=models.F("examined_on")),
                violation_error_message=_("It is conveyed on the day of the examination or later."),
            ),
        ]
        indexes = [models.Index(name="form_f_result_here", fields=["facility", "-recorded_at"])]

    def __str__(self) -> str:
        return f"F/{self.order_id}"
