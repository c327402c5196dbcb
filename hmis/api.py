"""The API's router: each app's nouns under /api/v1/, the papers, the schema and the page to read it at."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from billing.api.accounts import AccountViewSet, DepositViewSet
from billing.api.invoices import InvoiceViewSet
from billing.api.payments import PaymentViewSet
from billing.api.refunds import RefundViewSet, VoucherViewSet
from billing.api.shifts import ShiftViewSet
from billing.api.tariffs import ClaimViewSet, CoverViewSet, SchemeViewSet, TariffViewSet
from facilities.api import FacilityViewSet, TokenView
from hmis.kernel import permissions
from hmis.kernel.api import Pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.nouns import Noun
from hmis.kernel.views import as_pdf, open_paper, paper_for
from ipd.api import DeathViewSet, DischargeViewSet
from ipd.api.admissions import AdmissionViewSet
from ipd.api.places import BedViewSet, TransferViewSet, WardViewSet
from ipd.api.warnings import WarningViewSet
from lab.api import OrderViewSet, ReportViewSet, ResultViewSet, SpecimenViewSet, TestViewSet
from opd.api.casualty import CasualtyViewSet
from opd.api.consultations import ConsultationViewSet
from opd.api.desk import (
    ClinicDayViewSet,
    DepartmentViewSet,
    DisplayViewSet,
    RegistrationViewSet,
    TokenViewSet,
)
from opd.api.referrals import ReferralViewSet
from patients.api.allergies import AllergyViewSet
from patients.api.conditions import ConditionViewSet
from patients.api.encounters import EncounterViewSet
from patients.api.formulary import MedicationViewSet
from patients.api.legal import CaseViewSet
from patients.api.merging import MergeViewSet
from patients.api.newborns import NewbornViewSet
from patients.api.notes import NoteViewSet
from patients.api.observations import ObservationViewSet
from patients.api.outcomes import AdmissionRequestViewSet, CertificateViewSet
from patients.api.people import IdentifierViewSet, PatientViewSet
from patients.api.prescriptions import PrescriptionViewSet
from reports.api import DashboardViewSet, RegisterViewSet, RegistryViewSet, RolloutViewSet


class PaperViewSet(Noun):
    """Papers of the caller's hospital, as PDF."""

    needed = {"retrieve": permissions.PRINT_PAPER}
    queryset = IssuedDocument.objects.none()
    renderer_classes = [Pdf, JSONRenderer]

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def retrieve(self, request: Request, pk: UUID) -> HttpResponseBase:
        return as_pdf(open_paper(paper_for(request.user, pk), actor=request.user))


class SchemaView(SpectacularAPIView):
    """The API as OpenAPI 3, for signed-in people."""

    permission_classes = [IsAuthenticated]


class DocsView(SpectacularSwaggerSplitView):
    """The page to read the schema at."""

    permission_classes = [IsAuthenticated]
    template_name = "api/docs.html"
    url_name = "api-schema"


class NoSuchNoun(APIView):
    """Whatever no noun answers to: a problem document, not a page."""

    permission_classes = [IsAuthenticated]
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


router = SimpleRouter(use_regex_path=False)
router.register("facilities", FacilityViewSet, "api-facility")
router.register("departments", DepartmentViewSet, "api-department")
router.register("patients", PatientViewSet, "api-patient")
router.register("patient-identifiers", IdentifierViewSet, "api-identifier")
router.register("patient-merges", MergeViewSet, "api-merge")
router.register("encounters", EncounterViewSet, "api-encounter")
router.register("observations", ObservationViewSet, "api-observation")
router.register("allergies", AllergyViewSet, "api-allergy")
router.register("opd-registrations", RegistrationViewSet, "api-registration")
router.register("queue-tokens", TokenViewSet, "api-token")
router.register("clinic-days", ClinicDayViewSet, "api-clinicday")
router.register("casualty-registrations", CasualtyViewSet, "api-casualty")
router.register("newborns", NewbornViewSet, "api-newborn")
router.register("medico-legal-cases", CaseViewSet, "api-case")
router.register("conditions", ConditionViewSet, "api-condition")
router.register("clinical-notes", NoteViewSet, "api-note")
router.register("consultations", ConsultationViewSet, "api-consultation")
router.register("prescriptions", PrescriptionViewSet, "api-prescription")
router.register("referrals", ReferralViewSet, "api-referral")
router.register("admission-requests", AdmissionRequestViewSet, "api-admissionrequest")
router.register("admissions", AdmissionViewSet, "api-admission")
router.register("certificates", CertificateViewSet, "api-certificate")
router.register("medications", MedicationViewSet, "api-medication")
router.register("early-warnings", WarningViewSet, "api-earlywarning")
router.register("tests", TestViewSet, "api-test")
router.register("service-requests", OrderViewSet, "api-servicerequest")
router.register("specimens", SpecimenViewSet, "api-specimen")
router.register("results", ResultViewSet, "api-result")
router.register("diagnostic-reports", ReportViewSet, "api-report")
router.register("wards", WardViewSet, "api-ward")
router.register("beds", BedViewSet, "api-bed")
router.register("transfers", TransferViewSet, "api-transfer")
router.register("discharges", DischargeViewSet, "api-discharge")
router.register("deaths", DeathViewSet, "api-death")
router.register("displays", DisplayViewSet, "api-display")
router.register("invoices", InvoiceViewSet, "api-invoice")
router.register("payments", PaymentViewSet, "api-payment")
router.register("refunds", RefundViewSet, "api-refund")
router.register("refund-vouchers", VoucherViewSet, "api-voucher")
router.register("deposits", DepositViewSet, "api-deposit")
router.register("encounter-accounts", AccountViewSet, "api-account")
router.register("shifts", ShiftViewSet, "api-shift")
router.register("tariffs", TariffViewSet, "api-tariff")
router.register("schemes", SchemeViewSet, "api-scheme")
router.register("scheme-covers", CoverViewSet, "api-cover")
router.register("claims", ClaimViewSet, "api-claim")
router.register("dashboards", DashboardViewSet, "api-dashboard")
router.register("rollout", RolloutViewSet, "api-rollout")
router.register("registers", RegisterViewSet, "api-register")
router.register("registries", RegistryViewSet, "api-registry")
router.register("papers", PaperViewSet, "api-paper")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/auth/token/", TokenView.as_view(), name="api-auth-token"),
    path("v1/", include(router.urls)),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    re_path(r"^(?:.*/)?$", NoSuchNoun.as_view(), name="api-none"),
]
