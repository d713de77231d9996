"""Django settings. Values that an operator may change come from `schema.Environment` alone."""

import os
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from responder.installation import locate
from responder.logs import configuration as logging_configuration
from responder.settings.databases import from_url, sqlite
from responder.settings.loading import data_dir, load
from responder.settings.paths import PACKAGE, local_secret_key, packaged, redis_socket
from responder.settings.schema import split_keys

os.umask(0o077)  # every process reads these settings first: what it writes is for its user alone
LOCATION = locate()
ENVIRONMENT = load(LOCATION)
ENV_FILE = LOCATION.env_file
DATA_DIR = data_dir(ENVIRONMENT, LOCATION)
CORPUS_DIR = ENVIRONMENT.corpus_dir
HEARTBEAT_FILE = ENVIRONMENT.heartbeat_file
EXERCISE_FILE = Path(__file__).parents[1] / "demo" / "exercise.ndjson"
PRODUCTION = ENVIRONMENT.environment == "production"
DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key.get_secret_value() if ENVIRONMENT.secret_key else local_secret_key(DATA_DIR)
BACKUP_KEY = next(
    (key.get_secret_value() for key in (ENVIRONMENT.backup_key, ENVIRONMENT.secret_key) if key), ""
)  # empty: a file of its own
ENCRYPTION_KEYS = split_keys(ENVIRONMENT.encryption_key)  # empty: derived from the secret key
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.trusted_origins)
TRUSTED_PROXIES = list(ENVIRONMENT.trusted_proxies)
CONNECTIONS_PER_ADDRESS = ENVIRONMENT.connections_per_address
LIVE_MAX_CLIENTS = ENVIRONMENT.live_max_clients
RESPONSE_TARGETS = tuple(map(int, ENVIRONMENT.response_targets))  # minutes, by severity from critical to low
METRICS_TOKEN = ENVIRONMENT.metrics_token.get_secret_value() if ENVIRONMENT.metrics_token else None
MODEL_REGISTRY = ENVIRONMENT.model_registry
AZURE_SUBSCRIPTION = ENVIRONMENT.azure_subscription
AZURE_RESOURCE_GROUP = ENVIRONMENT.azure_resource_group
AZURE_WORKSPACE = ENVIRONMENT.azure_workspace
AZURE_REGISTRY = ENVIRONMENT.azure_registry
AZURE_ENDPOINT = ENVIRONMENT.azure_endpoint
SCORING_PLACE = ENVIRONMENT.scoring_place
TRAINING_PLACE = ENVIRONMENT.training_place
AZURE_COMPUTE = ENVIRONMENT.azure_compute
ALERT_EMAILS = list(ENVIRONMENT.alert_emails)
ALERT_WEBHOOK = ENVIRONMENT.alert_webhook.get_secret_value() if ENVIRONMENT.alert_webhook else None
EMAIL_HOST = ENVIRONMENT.email_host or "localhost"
EMAIL_TIMEOUT = 10
EMAIL_PORT = ENVIRONMENT.email_port
EMAIL_HOST_USER = ENVIRONMENT.email_user
EMAIL_HOST_PASSWORD = ENVIRONMENT.email_password.get_secret_value() if ENVIRONMENT.email_password else ""
EMAIL_USE_TLS = ENVIRONMENT.email_tls
DEFAULT_FROM_EMAIL = ENVIRONMENT.email_from
MAIL_IS_CONFIGURED = bool(ENVIRONMENT.email_host)
APPROVERS_REQUIRED = ENVIRONMENT.approvers_required
TRAINING_MINUTES = ENVIRONMENT.training_minutes
TRAINING_MEMORY_GB = ENVIRONMENT.training_memory_gb
TRAINING_PROFILE = ENVIRONMENT.training_profile
SHADOW_HOURS = ENVIRONMENT.shadow_hours
X_TOKEN = ENVIRONMENT.x_token.get_secret_value() if ENVIRONMENT.x_token else ""
MASTODON_TOKENS = dict(
    pair.strip().split("=", 1)
    for pair in (ENVIRONMENT.mastodon_tokens.get_secret_value() if ENVIRONMENT.mastodon_tokens else "").split(",")
    if "=" in pair
)
CAP_SENDER = ENVIRONMENT.cap_sender
PREDICT_RATE = ENVIRONMENT.predict_rate
DAILY_QUOTA = ENVIRONMENT.daily_quota
CHAT_SERVICES = [name.lower() for name in ENVIRONMENT.chat_services]
PUSH_PRIVATE_KEY = ENVIRONMENT.push_private_key.get_secret_value() if ENVIRONMENT.push_private_key else ""
WEBHOOK_NETWORKS = list(ENVIRONMENT.webhook_networks)
FEED_NETWORKS = list(ENVIRONMENT.feed_networks)
PUBLIC_CORRECTIONS = ENVIRONMENT.public_corrections
CORRECTIONS_TWO_PEOPLE = ENVIRONMENT.corrections_two_people
BACKUP_DAYS = ENVIRONMENT.backup_days
JOB_MEGABYTES = ENVIRONMENT.job_megabytes
IMPORT_MEGABYTES = ENVIRONMENT.import_megabytes
BASEMAP_MEGABYTES = ENVIRONMENT.basemap_megabytes

INSTALLED_APPS = [
    "responder.apps.ResponderConfig",
    "classifier.apps.ClassifierConfig",
    "monitoring.apps.MonitoringConfig",
    "responder.apps.ResponderAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "axes",
    "csp",
    "django_plotly_dash.apps.DjangoPlotlyDashConfig",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]

MIDDLEWARE = [
    "responder.web.middleware.RequestIdMiddleware",
    "responder.web.middleware.ProbesMiddleware",
    "responder.web.middleware.CharsetMiddleware",
    "responder.web.middleware.OutageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "responder.web.middleware.SessionlessMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "responder.web.middleware.PausedMiddleware",
    "responder.web.same_person.SamePersonMiddleware",
    "responder.accounts.middleware.AccountsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_plotly_dash.middleware.BaseMiddleware",
    "axes.middleware.AxesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "responder.web.middleware.RefusalMiddleware",
]
OTEL_ENDPOINT = ENVIRONMENT.otel_endpoint
if OTEL_ENDPOINT:
    MIDDLEWARE.insert(1, "responder.tracing.TracingMiddleware")  # below the request's id

ROOT_URLCONF = "responder.urls"
ASGI_APPLICATION = "responder.asgi.application"
WSGI_APPLICATION = "responder.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# 1,000 messages of 10,000 characters: 40 MB of UTF-8, and 120 MB where JSON escapes each as two \uXXXX; ids and frame included.
PREDICTIONS_BODY_BYTES = 125_000_000
PREDICTIONS_LARGE_BYTES = 4_000_000  # larger bodies wait on the disk, and are answered one after the other
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700  # collected static files too
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # what is larger waits on the disk

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [packaged("templates")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "responder.web.page_chrome.context",
            ],
        },
    },
]


DATABASES = {
    "default": from_url(ENVIRONMENT.database_url.get_secret_value())
    if ENVIRONMENT.database_url
    else sqlite(DATA_DIR / "responder.sqlite3")
}

REDIS_URL = ENVIRONMENT.redis_url.get_secret_value() if ENVIRONMENT.redis_url else f"unix://{redis_socket(DATA_DIR)}"
EMBEDDED_REDIS = ENVIRONMENT.redis_url is None
CACHES = {
    "default": {
        "BACKEND": "responder.web.cache.PooledRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "responder",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    },
    # Of this process alone: what holds more than JSON does not lie where others write.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "process"},
}


def broker_tls(url: str) -> dict[str, Any] | None:
    """How Celery checks the certificate of a `rediss://` server; redis-py does the same by itself."""
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True} if url.startswith("rediss://") else None


# Celery writes redis+socket:// where redis-py writes unix://.
CELERY_BROKER_URL = f"redis+socket://{urlsplit(REDIS_URL).path}" if REDIS_URL.startswith("unix://") else REDIS_URL
CELERY_ACCEPT_CONTENT = CELERY_RESULT_ACCEPT_CONTENT = ["json"]  # never a pickle, whoever can reach the broker
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_BROKER_USE_SSL = broker_tls(REDIS_URL)
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # who writes to Redis may wake workers, not command them
CELERY_TASK_IGNORE_RESULT = True  # results are rows, never messages
CELERY_TASK_DEFAULT_QUEUE = "responder"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

Q_CLUSTER = {
    "name": "responder",
    "orm": "default",
    "workers": 1,
    "timeout": 900,
    "retry": 1000,  # must exceed the timeout, else a running job is handed out twice
    "max_attempts": 5,
    "catch_up": False,
    "save_limit": 1000,
    "poll": 1,
    "cache": "process",  # its figures about itself are signed pickles: they stay out of Redis
    "scheduler": False,  # its rows name functions; schedules are Celery's, see responder/celery.py
}

AUTH_USER_MODEL = "responder.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "responder.accounts.passwords.LengthValidator"},
    {"NAME": "responder.accounts.passwords.StrengthValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"  # which leads to the first page that the person may open
LOGOUT_REDIRECT_URL = "/login/"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # nor does such a failure make the record grow
AXES_CLIENT_IP_CALLABLE = "responder.web.client_addresses.of_request"
AXES_LOCKOUT_CALLABLE = "responder.views.session.locked_out"
AXES_WHITELIST_CALLABLE = "responder.accounts.known_devices.is_exempt"
AXES_VERBOSE = False

# Two-factor and single sign-on are django-allauth's; the sign-in page, passwords and sessions are ours. See docs/adr/0029.
TWO_FACTOR = ENVIRONMENT.two_factor or ("required-roles" if PRODUCTION else "optional")
OIDC_DOMAINS = [domain.lower() for domain in ENVIRONMENT.oidc_domains]
OIDC_CREATE_PEOPLE = ENVIRONMENT.oidc_create_people
OIDC_NAME = ENVIRONMENT.oidc_name if ENVIRONMENT.oidc_issuer and ENVIRONMENT.oidc_client_id else ""
ACCOUNT_ADAPTER = "responder.accounts.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_ENABLED = False
MFA_ADAPTER = "responder.accounts.adapters.TwoFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
if OIDC_NAME:  # its libraries are large
    INSTALLED_APPS.append("allauth.socialaccount.providers.openid_connect")
SOCIALACCOUNT_ADAPTER = "responder.accounts.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_AUTO_SIGNUP = SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": ENVIRONMENT.oidc_client_id,
                "secret": ENVIRONMENT.oidc_client_secret.get_secret_value() if ENVIRONMENT.oidc_client_secret else "",
                "settings": {"server_url": ENVIRONMENT.oidc_issuer, "oauth_pkce_enabled": True},
            }
        ]
        if OIDC_NAME
        else []
    }
}

SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SESSION_COOKIE_AGE = 12 * 3600  # one operational shift
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.https
SECURE_SSL_REDIRECT = ENVIRONMENT.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.https else None
SECURE_HSTS_SECONDS = 31_536_000 if ENVIRONMENT.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENVIRONMENT.https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [packaged("static")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "django_plotly_dash.finders.DashAssetFinder",
    "django_plotly_dash.finders.DashComponentFinder",
    "django_plotly_dash.finders.DashAppDirectoryFinder",
]
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
# Listing files through the finders at start fails in django-plotly-dash's; looking one up works.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# Dash apps are public by default and a misspelt decorator fails open: tests visit every Dash route.
PLOTLY_DASH = {
    "serve_locally": True,
    "view_decorator": "responder.dashboards.access.view_required",
    "insert_demo_migrations": False,
    "ws_route": None,
}

LANGUAGE_CODE = "en"
LANGUAGES = [  # each in itself, for whoever reads no other
    ("en", "English"), ("ar", "العربية"), ("es", "Español"), ("fr", "Français"), ("pt", "Português"), ("tr", "Türkçe"),
    ("uk", "Українська"),
]  # fmt: skip
LOCALE_PATHS = [PACKAGE / "locale"]  # `scripts/translations.py` keeps them; hatch_build.py compiles them
TIME_ZONE = "UTC"
USE_TZ = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["responder.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["responder.api.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["responder.api.throttles.TokenThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["classifier.api.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "responder.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "responder.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `format` says what a file holds
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Responder API",
    "DESCRIPTION": "Predictions with calibrated confidence, posts and map clusters for relief organisations.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": "/", "description": "The server that this document comes from"}],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "responder.api.schema.add_tags",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {  # several records have a state, or a priority
        "PriorityEnum": "classifier.categories.PRIORITIES",
        "JobStateEnum": ["waiting", "running", "done", "failed"],
        "WebhookStateEnum": ["active", "paused", "gone"],
        "DeliveryStateEnum": ["waiting", "done", "dead"],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LOGGING_CONFIG = None
logging_configuration(level=ENVIRONMENT.log_level, form=ENVIRONMENT.log_format)
