"""One file of settings, read from the environment; it refuses to start unsafe."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.headers import Headers

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from hmis.env import env_bool, env_choice, env_database, env_int, env_list, env_secret, env_text

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_text("VAR_DIR", str(BASE_DIR / "var"))).resolve()

HMIS_MODE = env_choice("HMIS_MODE", {"demo", "production"}, "production")
PRODUCTION = HMIS_MODE == "production"
DEBUG = False
SECRET_KEY = env_secret("SECRET_KEY")
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must have at least 50 characters.")
if PRODUCTION and (len(set(SECRET_KEY)) < 12 or "insecure" in SECRET_KEY or "only" in SECRET_KEY):
    raise ImproperlyConfigured("SECRET_KEY must be random: docs/deploy.md says how to make one.")

# ── This node of the state: its UHIDs begin with the first of these numbers until they are used up ──
# No two servers have one of them in common, so in production nobody has ours unasked.
HMIS_NODES = [int(node) for node in env_list("HMIS_NODES", None if PRODUCTION else "121")]

# ── Addresses ──
PUBLIC_URL = env_text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
if PRODUCTION and not HTTPS:
    raise ImproperlyConfigured("PUBLIC_URL must begin with https:// in production.")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{urlsplit(PUBLIC_URL).hostname}")
if PRODUCTION and any("*" in host or host.startswith(".") for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name each host in production: no * and no leading dot.")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "django_linear_migrations",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "hmis.kernel",
    "hmis.demo",
    "hmis.ops",
    "facilities",
    "patients",
    "billing",
    "lab",
    "opd",
    "ipd",
    "reports",
    "abdm",
    "audit",
]

MIDDLEWARE = [
    # Static files say nothing of anybody: they are answered before a request is named, counted and dressed.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hmis.kernel.middleware.request_id",
    "hmis.ops.watch.watched",
    "django.middleware.security.SecurityMiddleware",
    # Its random padding and the masked CSRF token answer BREACH.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    # A database that hangs would hang whoever reads a session.
    "hmis.kernel.middleware.health_first",
    "hmis.kernel.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hmis.kernel.middleware.at_work",
    # Within the person's language: what is said afterwards is put into words when the answer leaves.
    "django.contrib.messages.middleware.MessageMiddleware",
    "hmis.kernel.middleware.no_store",
    "hmis.kernel.middleware.without_nul",
]

ROOT_URLCONF = "hmis.urls"
WSGI_APPLICATION = "hmis.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "facilities.context.workplace",
            ],
            "builtins": [
                "hmis.kernel.templatetags.ui",
                "lab.templatetags.laboratory",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# ── PostgreSQL: the application's role owns nothing; migrations run with the owner's address ──
DATABASES = {"default": env_database("DATABASE_URL")}
# A connection learns what it is asked again and again (kernel/prepared.py). Off behind a pooler.
PREPARE_STATEMENTS = env_bool("PREPARE_STATEMENTS", default=True)
DATABASE_APP_ROLE = env_text("DATABASE_APP_ROLE", "hmis_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PGTRIGGER_MIGRATIONS = True
PGHISTORY_APPEND_ONLY = False  # history tables are held by the application role's privileges

# ── Redis only rings the bell: nothing waits for it, nothing is kept in it alone ──
REDIS_URL = env_secret("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "visibility_timeout": 600,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Kolkata"
# What takes minutes has a worker of its own: a paper and a critical result do not wait for a year's register.
LONG_QUEUE = "reports"
CELERY_TASK_ROUTES = {
    "audit.prove": {"queue": LONG_QUEUE},
    "reports.count_first": {"queue": LONG_QUEUE},
    "reports.count_use": {"queue": LONG_QUEUE},
    "reports.make_reports": {"queue": LONG_QUEUE},
    "reports.prove": {"queue": LONG_QUEUE},
    "reports.repair": {"queue": LONG_QUEUE},
    "reports.forget_files": {"queue": LONG_QUEUE},
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "kernel.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "seal": {"task": "kernel.seal", "schedule": 60.0, "options": {"expires": 60}},
    "prove": {
        "task": "audit.prove",
        "schedule": crontab(hour=2, minute=30),
        "options": {"expires": 3600},
    },
    "rules": {
        "task": "reports.prove",
        "schedule": crontab(minute=17),
        "options": {"expires": 3000},
    },
    "reports": {"task": "reports.make_reports", "schedule": 30.0, "options": {"expires": 30}},
    "files": {
        "task": "reports.forget_files",
        "schedule": crontab(hour=1, minute=40),
        "options": {"expires": 3600},
    },
    "hospitals": {
        "task": "reports.enter_hospitals",
        "schedule": crontab(minute=47),
        "options": {"expires": 3000},
    },
    "days": {
        "task": "opd.end_days",
        "schedule": crontab(minute=10),
        "options": {"expires": 3000},
    },
    "wards": {
        "task": "ipd.end_days",
        "schedule": crontab(minute=12),
        "options": {"expires": 3000},
    },
    "figures": {"task": "reports.follow", "schedule": 10.0, "options": {"expires": 10}},
    "repair": {
        "task": "reports.repair",
        "schedule": crontab(hour=1, minute=40),
        "options": {"expires": 7200},
    },
    "use": {
        "task": "reports.count_use",
        "schedule": crontab(minute=22),
        "options": {"expires": 3000},
    },
    "criticals": {"task": "lab.escalate_criticals", "schedule": 60.0, "options": {"expires": 60}},
    "analysers": {"task": "lab.take_messages", "schedule": 60.0, "options": {"expires": 60}},
    "tidy": {"task": "kernel.tidy", "schedule": 3600.0, "options": {"expires": 600}},
}

# ── Analysers ──
# Where `analyser_listen` hears them; without a port the supervisor does not start it.
ANALYSER_HOST = env_text("ANALYSER_HOST", "127.0.0.1")
ANALYSER_PORTS = [int(port) for port in env_list("ANALYSER_PORTS")]
# In a container: touched by a process that has no other sign of life.
ALIVE_FILE = env_text("ALIVE_FILE", "")

# ── People ──
AUTH_USER_MODEL = "facilities.User"
AUTHENTICATION_BACKENDS = ["hmis.kernel.callers.StaffBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "hmis.kernel.passwords.OneTimeHasher",  # reads what was given for one use; writes nothing by itself
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "hmis.kernel.passwords.NotGuessedSoon"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "name_hi")},
    },
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
# How long a process may remember departments and hospitals: a new fee holds after so many seconds.
RECENT_SECONDS = env_int("RECENT_SECONDS", 5)
IDLE_LOCK_SECONDS = env_int("IDLE_LOCK_SECONDS", 600)
LOGIN_WINDOW_SECONDS = 900
LOGIN_FAILURES_PER_NAME = 30
LOGIN_FAILURES_PER_NAME_AND_ADDRESS = 8
# Wrong codes of receipts from one address within that window: a hall's patients share one.
RECEIPT_GUESSES = 60
CERTIFICATE_GUESSES = 60
# One person's searches in ten minutes that led to another hospital's patient, or by a whole number to nobody.
SEARCHES_BEYOND = 60
# A certificate may begin so many days before it is given; an earlier beginning needs its reason.
CERTIFICATE_BACKDATED_DAYS = env_int("CERTIFICATE_BACKDATED_DAYS", 3)
TRUST_PROXY = env_bool("TRUST_PROXY", default=PRODUCTION)

# ── Sessions and cookies ──
SESSION_ENGINE = "hmis.kernel.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60  # a shift, whatever happens
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
# Browsers drop Secure and __Host- cookies on a plain http name of the hospital's own network.
SESSION_COOKIE_NAME = "__Host-hmis_session" if HTTPS else "hmis_session"
CSRF_COOKIE_NAME = "__Host-hmis_csrf" if HTTPS else "hmis_csrf"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ── Browser ──
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]  # asked from inside, past the proxy
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# ── Languages and time ──
LANGUAGE_CODE = "hi"
LANGUAGES = [("hi", _("Hindi")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "hmis_language"
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Kolkata"

# ── Static files and paper ──
STATIC_URL = "/static/"
STATIC_ROOT = Path(env_text("STATIC_ROOT", str(VAR_DIR / "static"))).resolve()
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "hmis.kernel.bundles.Finder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's page shows our files


def WHITENOISE_ADD_HEADERS_FUNCTION(headers: Headers, path: str, url: str) -> None:
    """What SecurityMiddleware, which static files do not reach, would say of them."""
    headers["X-Content-Type-Options"] = "nosniff"


# Source maps are for nobody here, and compressing them took most of the first start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("woff2", "png", "jpg", "ttf", "map", "mp3")
FONTS_DIR = BASE_DIR / "static" / "fonts"
# Set before Pango is loaded: papers see the bundled fonts and no other.
os.environ.setdefault("FONTCONFIG_FILE", str(FONTS_DIR / "fonts.conf"))

# ── The API ──
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "hmis.kernel.callers.StaffTokenAuthentication",
        "hmis.kernel.callers.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "hmis.kernel.api.Pages",
    "DEFAULT_THROTTLE_CLASSES": ["hmis.kernel.callers.PersonThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "hmis.kernel.api.problem",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_REQUESTS_PER_MINUTE = env_int("API_REQUESTS_PER_MINUTE", 3000)
REST_KNOX = {"TOKEN_TTL": timedelta(hours=12), "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "HMIS Jharkhand",
    "DESCRIPTION": "The hospital's nouns. Errors are RFC 9457 problem documents.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # No badge from outside: it would be told this hospital's address.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "BedKindEnum": "facilities.models.BedKind",
        "WardKindEnum": "facilities.states.WardKind",
        "PlaceStateEnum": "ipd.api.places.STATES",
        "AdvanceModeEnum": "billing.states.WAYS",
        "AskedBillKindEnum": "billing.api.invoices.KINDS",
        "BillModeEnum": "billing.api.payments.BILL_WAYS",
        "CancelReasonEnum": "opd.states.CancelReason",
        "AdmissionRequestStatusEnum": "patients.states.AdmissionRequestStatus",
        "AdmissionStatusEnum": "ipd.states.AdmissionStatus",
        "DischargeItemEnum": "ipd.states.DischargeItem",
        "MannerOfDeathEnum": "ipd.states.MannerOfDeath",
        "CaseKindEnum": "patients.models.CaseKind",
        "CertificateKindEnum": "patients.states.CertificateKind",
        "CertificateStatusEnum": "patients.states.CertificateStatus",
        "CloseReasonEnum": "opd.states.CloseReason",
        "WarningResponseEnum": "ipd.states.Response",
        "WarningRiskEnum": "ipd.states.Risk",
        "ModuleEnum": "reports.states.Module",
        "RegistryKindEnum": "reports.states.RegistryKind",
        "RegistryStatusEnum": "reports.states.RegistryStatus",
        "RolloutStatusEnum": "reports.states.RolloutStatus",
        "RolloutStepEnum": "reports.states.StepKind",
        "CallWhyEnum": "reports.queries.Why",
        "ConditionStatusEnum": "patients.states.ConditionStatus",
        "ConsultationStatusEnum": "opd.states.ConsultationStatus",
        "EncounterStatusEnum": "patients.states.EncounterStatus",
        "PregnancyFlagEnum": "patients.models.Flag",
        "IdentifierKindEnum": "patients.models.IdentifierKind",
        "InvoiceKindEnum": "billing.states.InvoiceKind",
        "InvoiceStatusEnum": "billing.states.InvoiceStatus",
        "JudgedStatusEnum": "patients.api.conditions.JUDGED",
        "DispenseOutcomeEnum": "patients.states.DispenseOutcome",
        "IssueAnswerEnum": "patients.states.IssueAnswer",
        "MedicationStatusEnum": "patients.states.MedicationStatus",
        "NoteKindEnum": "patients.models.NoteKind",
        "NoteStatusEnum": "patients.states.NoteStatus",
        "DiagnosticFlagEnum": "lab.states.Flag",
        "DiagnosticPregnancyEnum": "lab.states.Pregnancy",
        "TestConsentEnum": "lab.states.Consent",
        "ConsentEnum": "ipd.states.Consent",
        "SpecimenRejectReasonEnum": "lab.states.RejectReason",
        "SpecimenStatusEnum": "lab.states.SpecimenStatus",
        "OrderCancelReasonEnum": "lab.states.CancelReason",
        "OrderPriorityEnum": "lab.states.Priority",
        "OrderStatusEnum": "lab.states.OrderStatus",
        "PaymentModeEnum": "billing.states.PaymentMode",
        "ReferralStatusEnum": "patients.states.ReferralStatus",
        "RefundKindEnum": "billing.states.RefundKind",
        "RequestStatusEnum": "billing.states.RequestStatus",
        "ShiftStatusEnum": "billing.states.ShiftStatus",
        "TokenStatusEnum": "opd.states.TokenStatus",
        "UrgencyEnum": "patients.states.Urgency",
    },
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# ── Watching: who may read /metrics, and where the nightly copies go ──
METRICS_TOKEN = env_secret("METRICS_TOKEN", "")
if PRODUCTION and METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("METRICS_TOKEN must have at least 20 characters.")
BACKUP_DIR = env_text("BACKUP_DIR", "")
BACKUP_STATUS = Path(env_text("BACKUP_STATUS", str(VAR_DIR / "backup.json")))

# ── Logs: no query string, no body, no name; in production JSON, without a word of what an exception said ──
ACCESS_LOG = env_text("ACCESS_LOG", "")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "hmis.kernel.asking.RequestIdFilter"},
        "no_keys": {"()": "hmis.kernel.asking.NoKeysFilter"},
    },
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
        "json": {"()": "hmis.ops.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json" if PRODUCTION else "line",
            "filters": ["request_id", "no_keys"],
        },
        "requests": {
            **(
                {"class": "logging.FileHandler", "filename": ACCESS_LOG, "encoding": "utf-8"}
                if ACCESS_LOG
                else {"class": "logging.StreamHandler"}
            ),
            "formatter": "json" if PRODUCTION else "line",
            "filters": ["request_id", "no_keys"],
        },
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # One line for each request, by us: it names the route, never the address that was typed.
        "hmis.requests": {"handlers": ["requests"], "propagate": False},
        # What was refused stands in that line too.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": ["stderr"], "propagate": False},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
