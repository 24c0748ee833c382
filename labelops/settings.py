"""One settings file, read from the environment (README.md lists every variable)."""

import os
from datetime import timedelta

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from labelops import environment
from labelops.broker import DEFAULT_QUEUE, FILESYSTEM, QUICK_QUEUE, broker_options
from labelops.environment import BASE_DIR
from labelops.object_store import store_of_environment

# Read when numpy is loaded. Our matrices are small and many: threads that wait for each other cost
# up to fifteen times the processor, and sums in another order.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

DATA_DIR = environment.data_dir()
DEMO = environment.flag("LABELOPS_DEMO")
DEBUG = environment.flag("LABELOPS_DEBUG")
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

ALLOWED_HOSTS = environment.words("LABELOPS_HOSTS", ",".join(LOCAL_HOSTS))
if DEMO and not set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS):
    raise ImproperlyConfigured(
        "LABELOPS_DEMO=1 has public passwords, so LABELOPS_HOSTS may only name this machine "
        f"({', '.join(LOCAL_HOSTS)})."
    )
IS_LOCAL = set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS)
SECRET_KEY = environment.secret_key(DATA_DIR, generate=IS_LOCAL)
TRUSTED_PROXIES = environment.networks("LABELOPS_TRUSTED_PROXIES")
CSRF_TRUSTED_ORIGINS = environment.words("LABELOPS_ORIGINS")

SITE_ADDRESS = environment.site_address(CSRF_TRUSTED_ORIGINS, ALLOWED_HOSTS, is_local=IS_LOCAL)
MAIL = environment.mail_server("LABELOPS_MAIL_URL", "LABELOPS_MAIL_FROM")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "labelops",
    "labelops.accounts",
    "labelops.audit",
    "labelops.jobs",
    "labelops.webhooks",
    "labelops.notices",
    "tasks",
    "reviews",
    "datasets",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "labelops.middleware.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "labelops.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "labelops.middleware.PersonLocaleMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "labelops.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "labelops.urls"
WSGI_APPLICATION = "labelops.wsgi.application"
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
                "labelops.context.site",
                "labelops.navigation.navigation",
            ],
        },
    },
]

DATABASES = {"default": environment.database(os.environ.get("DATABASE_URL", ""), DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -----------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = ["labelops.accounts.backends.TeamGateBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "labelops.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "labelops.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- browser protection -----------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if not (IS_LOCAL or DEBUG):
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- language and time ------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("de", _("German")),
    ("pt-br", _("Portuguese (Brazil)")),
    ("ar", _("Arabic")),
]
LOCALE_PATHS = [BASE_DIR / "labelops" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- files ------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "build" / "static"
MEDIA_ROOT = DATA_DIR / "media"
# Tables of vectors as files that are mapped into memory; made anew when they are not there.
VECTOR_CACHE = DATA_DIR / "vectors"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if (STATIC_ROOT / "staticfiles.json").exists() and not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists() or DEBUG
FILE_UPLOAD_TEMP_DIR = None
# How many of a hundred reviews follow chance instead of risk: the shown error rate rests on them.
RANDOM_REVIEW_PERCENT = environment.percent("LABELOPS_RANDOM_REVIEW_PERCENT", 20)
# How many of a hundred decisions somebody else makes again, blind: reviewers are reviewed.
SECOND_REVIEW_PERCENT = environment.percent("LABELOPS_SECOND_REVIEW_PERCENT", 5)
# What amounts of money on pages and in statements are in.
CURRENCY = environment.currency("LABELOPS_CURRENCY", "EUR")
MAX_UPLOAD_BYTES = environment.whole_number("LABELOPS_MAX_UPLOAD_MB", 2048) * 1024**2
IMPORT_DIR = environment.import_dir("LABELOPS_IMPORT_DIR", DATA_DIR)
EXPORT_DIR = environment.export_dir("LABELOPS_EXPORT_DIR", DATA_DIR)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- the way out ------------------------------------------------------------
FETCH_PRIVATE_ADDRESSES = environment.flag("LABELOPS_ALLOW_PRIVATE_ADDRESSES")
FETCH_PORTS = environment.ports("LABELOPS_FETCH_PORTS", "80,443")
# Services in-house that projects may ask, such as models: these alone, without the flag above.
FETCH_ALLOW = environment.origins("LABELOPS_FETCH_ALLOW")
STORE = store_of_environment()

# --- background work --------------------------------------------------------
# The supervisor says which broker it started; without one, files in the data folder carry work.
CELERY_BROKER_URL = (
    os.environ.get("LABELOPS_BROKER_URL") or os.environ.get("REDIS_URL") or FILESYSTEM
)
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(CELERY_BROKER_URL, DATA_DIR)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = DEFAULT_QUEUE
CELERY_TASK_ROUTES = {
    "labelops.audit.jobs.seal_events": {"queue": QUICK_QUEUE},
    "reviews.jobs.assess_waiting": {"queue": QUICK_QUEUE},
    "reviews.jobs.count_changes": {"queue": QUICK_QUEUE},
    "reviews.jobs.measure_gold": {"queue": QUICK_QUEUE},
}
CELERY_BEAT_SCHEDULE = {
    "seal-events": {
        "task": "labelops.audit.jobs.seal_events",
        "schedule": 5,
        "options": {"expires": 5},
    },
    "reap-jobs": {"task": "labelops.jobs.jobs.reap_jobs", "schedule": 15},
    "expire-leases": {"task": "tasks.jobs.expire_leases", "schedule": 15},
    "rescue-stranded": {"task": "tasks.jobs.rescue_stranded", "schedule": 60},
    "take-out-abandoned": {"task": "tasks.jobs.take_out_abandoned", "schedule": 15},
    "look-for-learned": {"task": "tasks.jobs.look_for_learned", "schedule": 60},
    "refresh-pace": {"task": "tasks.jobs.refresh_pace", "schedule": 60},
    "purge-drafts": {"task": "tasks.jobs.purge_drafts", "schedule": crontab(minute=40)},
    "purge-files": {"task": "tasks.jobs.purge_files", "schedule": crontab(minute=45)},
    "set-aside-late": {"task": "tasks.jobs.set_aside_late", "schedule": crontab(minute=35)},
    "purge-bin": {"task": "tasks.jobs.purge_bin", "schedule": crontab(hour=3, minute=40)},
    "report-drift": {"task": "tasks.jobs.report_drift", "schedule": crontab(hour=2, minute=10)},
    "check-calibrations": {"task": "reviews.jobs.check_calibrations", "schedule": 15},
    "assess-waiting": {"task": "reviews.jobs.assess_waiting", "schedule": 30},
    "route-waiting": {
        "task": "reviews.jobs.route_waiting",
        "schedule": 30,
        "options": {"expires": 30},
    },
    "redo-model-answers": {
        "task": "reviews.jobs.redo_model_answers",
        "schedule": 30,
        "options": {"expires": 30},
    },
    "tend-lots": {"task": "reviews.jobs.tend_lots", "schedule": 60},
    "take-looks": {"task": "reviews.jobs.take_looks", "schedule": 60},
    "weigh-models": {"task": "reviews.jobs.weigh_models", "schedule": 60},
    "weigh-all-models": {
        "task": "reviews.jobs.weigh_all_models",
        "schedule": crontab(hour=2, minute=50),
    },
    "take-all-looks": {
        "task": "reviews.jobs.take_all_looks",
        "schedule": crontab(hour=2, minute=40),
    },
    "end-suspensions": {"task": "tasks.jobs.end_suspensions", "schedule": 60},
    # A count that is overdue when a worker is free is the next one's work.
    "count-changes": {
        "task": "reviews.jobs.count_changes",
        "schedule": 2,
        "options": {"expires": 2},
    },
    "report-quality-drift": {
        "task": "reviews.jobs.report_quality_drift",
        "schedule": crontab(hour=2, minute=40),
    },
    "refit-models": {"task": "reviews.jobs.refit_models", "schedule": 30},
    "refresh-batch-figures": {
        "task": "reviews.jobs.refresh_batch_figures",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "predict-later-items": {
        "task": "reviews.jobs.predict_later_items",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "assess-detectors": {"task": "reviews.jobs.assess_detectors", "schedule": 60},
    "find-label-issues": {
        "task": "reviews.jobs.find_label_issues",
        "schedule": crontab(hour=1, minute=30),
    },
    "tend-second-looks": {"task": "reviews.jobs.tend_second_looks", "schedule": 60},
    "rerun-scenarios": {"task": "datasets.jobs.rerun_scenarios", "schedule": 300},
    "measure-impacts": {"task": "datasets.jobs.measure_impacts", "schedule": 300},
    "measure-gold": {"task": "reviews.jobs.measure_waiting_gold", "schedule": 600},
    "measure-anchoring": {
        "task": "reviews.jobs.measure_anchoring",
        "schedule": crontab(minute=25),
    },
    "check-gold-leaks": {
        "task": "reviews.jobs.check_gold_leaks",
        "schedule": crontab(hour=3, minute=20),
    },
    "refresh-quality": {"task": "reviews.jobs.refresh_quality", "schedule": 60},
    "refresh-forecasts": {
        "task": "reviews.jobs.refresh_forecasts",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "send-deliveries": {
        "task": "labelops.webhooks.jobs.send_deliveries",
        "schedule": 3,
        "options": {"expires": 3},
    },
    "purge-deliveries": {
        "task": "labelops.webhooks.jobs.purge_deliveries",
        "schedule": crontab(minute=50),
    },
    "send-mail": {
        "task": "labelops.notices.jobs.send_mail",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 240},
    },
    "tell-due": {"task": "tasks.jobs.tell_due", "schedule": crontab(hour=5, minute=10)},
    "purge-notices": {
        "task": "labelops.notices.jobs.purge_notices",
        "schedule": crontab(hour=3, minute=50),
    },
}

# --- API --------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "labelops.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["labelops.api_parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "labelops.api_errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LabelOps API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    # Fields of one name that know other values.
    "ENUM_NAME_OVERRIDES": {
        "EvaluationKindEnum": "datasets.models.Evaluation.Kind",
        "GateVerdictEnum": "datasets.api.release_gate.VERDICTS",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"link_secrets": {"()": "labelops.accounts.redaction.LinkSecretFilter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["link_secrets"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    # It would write down what it signs.
    "loggers": {"botocore": {"level": "WARNING"}},
}
