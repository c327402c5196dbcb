"""The tariff: what can be charged, how it is taxed, and what it costs where, for whom and when."""

from datetime import date
from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models.schemes import Scheme
from billing.states import ServiceKind, WardClass
from facilities.models import Facility
from facilities.models.places import Named
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord, Record
from hmis.kernel.money import MoneyField


@tracked()
class TaxRule(Named, Record):
    """How a service is taxed: the percent, above which price of one, and whether inpatients pay it."""

    sync = "down"
    code = models.CharField(_("code"), max_length=16)
    percent = models.DecimalField(_("percent"), max_digits=4, decimal_places=2)
    # The whole price is taxed once one unit costs more than this; null: always.
    above = MoneyField(_("when one costs more than"), null=True, blank=True)
    outpatients_only = models.BooleanField(_("outpatients only"), default=False)
    spares_intensive_care = models.BooleanField(_("never in intensive care"), default=False)
    source = models.CharField(_("on what ground"), max_length=200)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                name="tax_rule_code_is_unique",
                fields=["code"],
                violation_error_message=_("Another tax rule has this code."),
            ),
            models.CheckConstraint(
                name="tax_rule_is_a_percentage", condition=Q(percent__gte=0, percent__lte=40)
            ),
        ]


@tracked()
class ChargeItemDefinition(Named, Record):
    """A line of the tariff: what can be charged, of what kind, under which SAC or HSN code."""

    sync = "down"
    code = models.CharField(_("code"), max_length=24)
    kind = models.CharField(_("kind"), max_length=16, choices=ServiceKind)
    sac_hsn = models.CharField(_("SAC or HSN code"), max_length=8, blank=True)
    tax_rule = models.ForeignKey(
        TaxRule,
        verbose_name=_("tax rule"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    unit = models.CharField(_("charged per"), max_length=20, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    UNITS = {"day": _("day"), "hour": _("hour"), "km": _("km"), "page": _("page"), "unit": _("unit of blood")}

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                name="service_code_is_unique",
                fields=["code"],
                violation_error_message=_("Another service has this code."),
            ),
            models.CheckConstraint(
                name="service_code_is_capitals",
                condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9._-]{1,23}$"),
                violation_error_message=_("A service's code has capital letters, digits and - : XRAY-CHEST."),
            ),
            models.CheckConstraint(
                name="service_sac_hsn_has_four_to_eight_digits",
                condition=Q(sac_hsn="") | Q(sac_hsn__regex=r"^[0-9]{4,8}$"),
                violation_error_message=_("A SAC or HSN code has four to eight digits."),
            ),
        ]

    def unit_said(self) -> str:
        """What it is charged per, in the reader's language where it is one of the usual units."""
        return str(self.UNITS.get(self.unit, self.unit))


NO_SCHEME = "00000000-0000-0000-0000-000000000000"


class DateRange(Func):
    """From the first day to the last, both inside; an open end never ends."""

    function = "daterange"
    template = "%(function)s(%(expressions)s, '[]')"


class TariffPriceQuerySet(ScopedQuerySet["TariffPrice"]):
    def valid_on(self, day: date) -> "TariffPriceQuerySet":
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


@tracked()
class TariffPrice(ChangingRecord):
    """What a service costs at a hospital; a scheme and a class of ward may have a price of their own."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    definition = models.ForeignKey(
        ChargeItemDefinition, on_delete=models.PROTECT, related_name="prices", verbose_name=_("service")
    )
    scheme = models.ForeignKey(
        Scheme,
        verbose_name=_("scheme"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    ward_class = models.CharField(_("ward"), max_length=12, choices=WardClass, default="", blank=True)
    price = MoneyField(_("price"))
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = TariffPriceQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.CheckConstraint(
                name="tariff_price_is_not_negative",
                condition=Q(price__gte=Decimal(0)),
                violation_error_message=_("A price is not less than nothing."),
            ),
            models.CheckConstraint(
                name="tariff_price_ends_after_it_starts",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_message=_("A price ends after it starts."),
            ),
            ExclusionConstraint(
                name="tariff_has_one_price_a_day",
                index_type="gist",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    ("definition", RangeOperators.EQUAL),
                    (
                        Coalesce(F("scheme"), Value(NO_SCHEME, models.UUIDField())),
                        RangeOperators.EQUAL,
                    ),
                    ("ward_class", RangeOperators.EQUAL),
                    (DateRange(F("valid_from"), F("valid_to")), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("There is another price for these days."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price}"
