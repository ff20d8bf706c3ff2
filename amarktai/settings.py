"""The one settings file: what this process is, read once from the environment, loud on nonsense. It must not hold policy
numbers (amarktai.config does) nor decide anything per request.
"""

from __future__ import annotations

import os
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured
from environs import EnvValidationError

from accounts.web import theme
from amarktai import addresses, config, logs
from amarktai.launcher import client as launcher_client
from amarktai.launcher import places as launcher_places

BASE_DIR = launcher_places.PROJECT
PLACES = launcher_places.of_environment()
DATA_DIR = PLACES.data
SERVICES = launcher_client.addresses(PLACES)
VERSION = "0.1.0"

# ---- what the environment says

env = config.Reader()
POLICY = config.read_policy(env)
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=list(config.LOOPBACK))
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
ADMIN_REQUIRE_2FA = env.bool("ADMIN_REQUIRE_2FA", default=True)
DATABASE_POOL_SIZE = env.count("DATABASE_POOL_SIZE", 8)
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO", validate=config.check_log_level)
SIM_CANDLE_SECONDS = env.int("SIM_CANDLE_SECONDS", default=5, validate=config.check_sim_candle)
CLOCK_OFFSET_SECONDS = env.int("AMARKTAI_CLOCK_OFFSET", default=0)
DEMO_PASSWORD = env.str("AMARKTAI_DEMO_PASSWORD", default="")
DEMO_OTP_SECRET = env.str("AMARKTAI_DEMO_OTP_SECRET", default="")
SMOKE_TOKEN = env.str("AMARKTAI_SMOKE_TOKEN", default="")
SECRET_KEY = env.str("SECRET_KEY", default="") or config.kept_secret(PLACES.secrets, "secret_key")
ANCHOR_KEY = env.str("ANCHOR_KEY", default="") or config.kept_secret(PLACES.secrets, "anchor_key")
ANCHORS = DATA_DIR / "anchors"
KEY_RING = env.key_ring("ENCRYPTION_KEYS") or config.kept_key(PLACES.secrets, "encryption_key")

LOOPBACK_ONLY = set(ALLOWED_HOSTS) <= set(config.LOOPBACK)
TLS = not LOOPBACK_ONLY  # whoever is reachable from outside is reached through TLS only
if not (ADMIN_REQUIRE_2FA or LOOPBACK_ONLY):
    env.refuse("ADMIN_REQUIRE_2FA", "operators need a second factor as soon as ALLOWED_HOSTS names more than this machine.")
if CLOCK_OFFSET_SECONDS and POLICY.enable_live_trading:
    env.refuse("AMARKTAI_CLOCK_OFFSET", "a shifted clock is for tests; set it to 0 or ENABLE_LIVE_TRADING to false.")
try:
    env.seal()
except EnvValidationError as error:
    raise ImproperlyConfigured(config.complaint(error)) from None
ENVIRONMENT_NAMES = tuple(env.seen)

# ---- applications

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "accounts.web.admin_config.ConsoleConfig",  # django.contrib.admin with our console as its site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_static",
    "axes",
    "knox",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_htmx",
    "accounts",
    "ledger",
    "bots",
    "trading",
    "amarktai",
]
MIDDLEWARE = [
    "accounts.web.middleware.request_ids",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.web.middleware.limits",
    "accounts.web.middleware.security_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "amarktai.urls"
ASGI_APPLICATION = "amarktai.asgi.application"
WSGI_APPLICATION = "amarktai.wsgi.application"
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
            ],
        },
    }
]

# ---- database: PostgreSQL as the role `app`; commands that change the schema set AMARKTAI_ROLE=owner (manage.py does)

DATABASE_URL = SERVICES.owner_url if os.environ.get("AMARKTAI_ROLE") == "owner" else SERVICES.database_url
DATABASES = {"default": addresses.database(DATABASE_URL, pool_size=DATABASE_POOL_SIZE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "accounts.web.formats"

# ---- broker, cache and wire: one Redis

REDIS_URL = SERVICES.redis_url
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = addresses.celery_broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,  # after this Redis hands out a running task again: the hard limit below is shorter
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 80
CELERY_TASK_TIME_LIMIT = 90
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5  # for the tasks at hand; what is left then is redelivered
CELERY_ENABLE_UTC = True

# ---- people

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "otp"]
SILENCED_SYSTEM_CHECKS = [
    "axes.W002",  # its middleware only rewords what our doors have answered, and breaks under ASGI
    "models.W045",  # the constraints against NaN say it in SQL, and forms need not repeat them: no form lets it in
]
CSRF_FAILURE_VIEW = "accounts.web.errors.csrf_failure"
OTP_TOTP_ISSUER = "Amarktai Network"
UNFOLD = {**theme.CONSOLE, "DASHBOARD_CALLBACK": "amarktai.cockpit.fill"}
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"

# ---- doors

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.web.credentials.BearerAuthentication",
        "accounts.web.credentials.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.web.credentials.Scoped"],
    "DEFAULT_PAGINATION_CLASS": "accounts.web.page.CursorPage",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.web.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "accounts.web.errors.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
KNOX_TOKEN_MODEL = "accounts.ApiToken"
MIGRATION_MODULES = {"knox": None}  # the tokens are ours; knox's own table would stay empty
REST_KNOX = {
    "TOKEN_MODEL": "accounts.ApiToken",
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": timedelta(hours=12),
    "AUTO_REFRESH": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Amarktai Network",
    "DESCRIPTION": "Bots that trade crypto, on paper by default. Money is sent as plain decimal strings, times as UTC.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "accounts.web.schema.say_no"],
    "ENUM_NAME_OVERRIDES": {
        "Mode": "ledger.models.wallet.Mode",
        "BotStatus": "bots.models.bot.Status",
        "BotStage": "bots.models.bot.Stage",
        "HaltScope": "bots.models.halt.Scope",
        "HaltLevel": "bots.models.halt.Level",
        "OrderState": "trading.models.order.State",
        "BreakerCondition": ["OK", "WARNING", "TRIPPED"],
        "LimitCondition": ["OK", "WARNING", "REACHED"],
        "PersonOrBot": ["USER", "BOT"],
        "LimitScope": ["USER", "BOT", "WALLET"],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# ---- browser

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [folder for folder in (BASE_DIR / "static", BASE_DIR / "build" / "vendor") if folder.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
SECURE_SSL_REDIRECT = TLS
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ---- logs

LOG_DIR = DATA_DIR / "logs"
LOG_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
LOG_FILE = LOG_DIR / "amarktai.jsonl"
LOGGING = logs.arranged(file=LOG_FILE, level=LOG_LEVEL)
logs.prepare_events()
