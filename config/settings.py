"""Every setting, read from the environment and the `.env` file of `config.home`.

`.env.example` explains each. A value that cannot be read, or is out of range, raises
ImproperlyConfigured with one sentence.
"""

from datetime import timedelta
from typing import Any

from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured

from chat.glm.profile import LEVELS
from config import dotenv
from config.environment import Environment
from config.home import HOME

ENVIRONMENT = Environment(dotenv.variables())
env = ENVIRONMENT

# The server

DEBUG = env.flag("DEBUG", False)
# The address and port that `manage.py runserver` listens on
HOST = env.host("HOST", "0.0.0.0")  # noqa: S104 (containers are reached from outside)
PORT = env.integer("PORT", 8000, 1, 65_535)
# Signs sessions; a random text that nobody else knows
SECRET_KEY = env.text("SECRET_KEY", "django-insecure-for-development" if DEBUG else "")
# The names this service answers to
ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS", [".localhost", "127.0.0.1", "[::1]"] if DEBUG else []
)
if not SECRET_KEY or not (DEBUG or ALLOWED_HOSTS):
    missing = "SECRET_KEY" if not SECRET_KEY else "ALLOWED_HOSTS"
    raise ImproperlyConfigured(
        f"{missing} must be set unless DEBUG=true; `make run` writes a .env with it."
    )

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "chat",  # first: its `runserver` serves over ASGI, that of staticfiles does not
    "axes",
    "servestatic",
    "corsheaders",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "chat.web.middleware.RequestIdMiddleware",
    "chat.web.middleware.TrustedProxyMiddleware",
    "chat.web.cors.CorsMiddleware",
    "chat.web.middleware.SecurityMiddleware",
    "chat.web.middleware.StaticFilesMiddleware",
    "chat.web.middleware.SessionMiddleware",
    "chat.web.middleware.CommonMiddleware",
    "chat.web.middleware.CsrfViewMiddleware",
    "chat.web.middleware.AuthenticationMiddleware",
    "chat.admin.idle.IdleLimitMiddleware",
    "chat.admin.time_zone.TimeZoneMiddleware",
    "chat.web.middleware.MessageMiddleware",
    "chat.web.middleware.XFrameOptionsMiddleware",
    "chat.web.content_security.ContentSecurityPolicyMiddleware",
    "chat.admin.login_limit.LoginLimitMiddleware",
    "chat.admin.drawing.DrawingMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# After five wrong passwords an address, or an account, has to wait a quarter of an
# hour; `manage.py axes_reset` lets it in again.
AUTHENTICATION_BACKENDS = [
    "chat.admin.login_limit.LoginLimitBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_HANDLER = "chat.admin.logins.LoginLimitHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = ["ip_address", "username"]
AXES_CLIENT_IP_CALLABLE = "chat.admin.login_limit.caller_network"
AXES_USERNAME_CALLABLE = "chat.admin.logins.login_name"
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_DISABLE_ACCESS_LOG = False  # knows from where accounts are logged in to
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username"]  # the log may name the address

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Static files: found in the apps as they are, without collectstatic
STATIC_URL = "/static/"
SERVESTATIC_USE_FINDERS = True
STORAGES = {"staticfiles": {"BACKEND": "chat.web.static_storage.PrefixedStorage"}}

# The database

# SQLite in the folder of `config.home`, or PostgreSQL
_database = env.database("DATABASE_URL", "sqlite:///db.sqlite3")
_options: dict[str, Any] = _database.pop("OPTIONS", {})
if _database["ENGINE"].endswith("sqlite3"):
    if _database["NAME"] != ":memory:":
        _database["NAME"] = str(HOME / _database["NAME"])
    _database["OPTIONS"] = {
        # Readers and the writer do not wait for each other, and a writer takes its
        # turn at once instead of failing in the middle of its transaction.
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        **_options,
    }
else:
    # Under ASGI every request would open a connection of its own; the pool lends one.
    _database["CONN_HEALTH_CHECKS"] = True
    # They last longer than a transaction, after which a pooler such as PgBouncer gives
    # the connection to somebody else.
    _database["DISABLE_SERVER_SIDE_CURSORS"] = True
    _database["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": 10, "timeout": 5},
        "connect_timeout": 5,
        **_options,
    }
DATABASES = {"default": _database}

# Who may reach it, and how

# Web pages that may call the API from a browser
_origins = env.origins("CORS_ALLOWED_ORIGINS", [])
CORS_ALLOW_ALL_ORIGINS = "*" in _origins
CORS_ALLOWED_ORIGINS = [origin for origin in _origins if origin != "*"]
# Those of development servers, whatever port they found free
CORS_ALLOWED_ORIGIN_REGEXES = (
    [r"https?://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?\Z"] if DEBUG else []
)
# Whether browsers send cookies and the like along
CORS_ALLOW_CREDENTIALS = env.flag("CORS_ALLOW_CREDENTIALS", False)
if CORS_ALLOW_CREDENTIALS and CORS_ALLOW_ALL_ORIGINS:
    raise ImproperlyConfigured(
        "CORS_ALLOW_CREDENTIALS needs the origins in CORS_ALLOWED_ORIGINS by name: with"
        " * every page in the world could act for your users."
    )
# Those of OpenAI's client, which a browser asks leave for
_stainless = (
    "arch helper-method lang os package-version retry-count runtime runtime-version"
    " timeout"
)
CORS_ALLOW_HEADERS = [
    *default_headers,
    *("openai-organization", "openai-project"),
    *(f"x-stainless-{name}" for name in _stainless.split()),
    # Of Sentry, and of W3C's Trace Context, which pages send wherever they ask
    *("baggage", "sentry-trace", "traceparent", "tracestate"),
    "last-event-id",
    # Further headers that pages may send
    *env.header_names("CORS_ALLOW_HEADERS"),
]
CORS_EXPOSE_HEADERS = [
    *("X-Request-ID", "Retry-After", "X-Should-Retry", "WWW-Authenticate"),
    *("RateLimit", "RateLimit-Policy", "X-Budget-Left-USD", "X-Fallback-Model"),
    *("X-Workflow-Run-ID", "X-Workflow-Stream-Tail-Index"),
    *(f"x-ratelimit-{name}-requests" for name in ("limit", "remaining", "reset")),
]
# Who may open the page to chat on; it says nothing about the API
CHAT_PAGE = env.choice("CHAT_PAGE", "all" if DEBUG else "off", "off", "staff", "all")
# Who may read /api/docs and /api/openapi.json
CHAT_DOCS = env.choice("CHAT_DOCS", "all", "off", "staff", "all")

# Who may ask: open for everyone, keys for clients with a key
CHAT_ACCESS = env.choice("CHAT_ACCESS", "open", "open", "keys")
# What those without a key may cost a day in US dollars, and how often a minute each
# address of theirs may ask; 0 for no such limit
CHAT_OPEN_BUDGET_USD_PER_DAY = env.number(
    "CHAT_OPEN_BUDGET_USD_PER_DAY", 25, 0, 1_000_000_000
)
CHAT_OPEN_REQUESTS_PER_MINUTE = env.integer(
    "CHAT_OPEN_REQUESTS_PER_MINUTE", 0, 0, 1_000_000
)
# What all requests may cost in US dollars; 0 for no such limit
CHAT_BUDGET_USD_PER_DAY = env.number("CHAT_BUDGET_USD_PER_DAY", 0, 0, 1_000_000_000)
CHAT_BUDGET_USD_PER_MONTH = env.number("CHAT_BUDGET_USD_PER_MONTH", 0, 0, 1_000_000_000)
# Whom tokens of users are made for: their `aud`
CHAT_TOKEN_AUDIENCE = env.text("CHAT_TOKEN_AUDIENCE", "zai-chat")
# Counts for all processes; empty: each counts for itself
REDIS_URL = env.redis_url("REDIS_URL")

# Who may read /metrics: nobody (off), programs on this machine (loopback), or whoever
# has the token that stands here
METRICS_ACCESS = env.metrics_access("METRICS_ACCESS", "loopback" if DEBUG else "off")

# Where spans are sent to by OTLP over HTTP, and by which name; empty: nowhere
OTEL_EXPORTER_OTLP_ENDPOINT = env.webhook_url("OTEL_EXPORTER_OTLP_ENDPOINT")
OTEL_SERVICE_NAME = env.text("OTEL_SERVICE_NAME", "zai-chat")
# Whether spans have what was asked and answered, in OpenTelemetry's own words
OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = env.choice(
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
    "NO_CONTENT",
    *("NO_CONTENT", "SPAN_ONLY", "EVENT_ONLY", "SPAN_AND_EVENT", "true", "false"),
)
# Whether Z.AI is told by traceparent and tracestate which trace asks
ZAI_SEND_TRACE = env.flag("ZAI_SEND_TRACE", False)

# Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
)
# Send every request over plain http to https
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", False)
SECURE_REDIRECT_EXEMPT = [r"^(health|metrics)(/|$)"]  # probes come over plain http
# How long browsers are to insist on https
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 0, 0, 2**31)
# Other origins whose forms the admin accepts
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS", [])
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
# Over TLS no other host of the domain can set or replace them.
_cookie_prefix = "" if DEBUG else "__Host-"
SESSION_COOKIE_NAME = f"{_cookie_prefix}sessionid"
CSRF_COOKIE_NAME = f"{_cookie_prefix}csrftoken"
# Minutes after which the admin asks for the password again, unless it is used; 0: never
ADMIN_IDLE_MINUTES = env.integer("ADMIN_IDLE_MINUTES", 60, 0, 525_600)
# Where the days of the admin's overview begin and end at midnight
ADMIN_TIME_ZONE = env.time_zone("ADMIN_TIME_ZONE", "UTC")
# Have the search of requests find words of answers too
ADMIN_SEARCH_ANSWERS = env.flag("ADMIN_SEARCH_ANSWERS", False)

# Alerts

# Who is told what is wrong: a URL that takes JSON, Slack's or Feishu's; empty: nobody
ALERT_WEBHOOK_URL = env.webhook_url("ALERT_WEBHOOK_URL")
# How many percent of the requests may fail by our fault or Z.AI's; 0: it is not told
ALERT_FAILURE_PERCENT = env.number("ALERT_FAILURE_PERCENT", 20, 0, 100)
# From what cost on in US dollars it is told; 0: at 80 % of the budget, if there is one
ALERT_USD_PER_DAY = env.number("ALERT_USD_PER_DAY", 0, 0, 1_000_000_000)
ALERT_USD_PER_MONTH = env.number("ALERT_USD_PER_MONTH", 0, 0, 1_000_000_000)

# Z.AI

# `id.secret`, from https://z.ai
ZAI_API_KEY = env.text("ZAI_API_KEY")
ZAI_BASE_URL = env.base_url("ZAI_BASE_URL", "https://api.z.ai/api/paas/v4")
# How often one request is tried, the first time included
ZAI_MAX_TRIES = env.integer("ZAI_MAX_TRIES", 4, 1, 20)
# How many questions may be open at Z.AI at a time: auto finds out; a number, or numbers
# by model as in glm-4.6=5,glm-4.5-air=20
ZAI_CONCURRENCY = env.concurrency("ZAI_CONCURRENCY")
# Keys of further accounts, which are asked where the first has no room
ZAI_API_KEYS = env.secrets("ZAI_API_KEYS")
# Which model answers in whose place, where that one is too busy, shut or gone
ZAI_FALLBACKS = env.fallbacks("ZAI_FALLBACKS")
# What is known of each model, with the operator's own file read over it
ZAI_PROFILES = env.profiles("ZAI_PROFILES", HOME)
# Seconds to connect
ZAI_CONNECT_TIMEOUT = env.seconds("ZAI_CONNECT_TIMEOUT", 8)
# The most seconds, where a model's profile has more: to the first event, between
# events, for an unstreamed answer
ZAI_FIRST_EVENT_TIMEOUT = env.seconds("ZAI_FIRST_EVENT_TIMEOUT", 1800)
ZAI_SILENCE_TIMEOUT = env.seconds("ZAI_SILENCE_TIMEOUT", 1800)
ZAI_ANSWER_TIMEOUT = env.seconds("ZAI_ANSWER_TIMEOUT", 3600)
# Seconds in which a further try may begin
ZAI_RETRY_BUDGET_SECONDS = env.seconds("ZAI_RETRY_BUDGET_SECONDS", 30, least=0)

# The chat

# For requests that do not say
CHAT_DEFAULT_MODEL = env.text("CHAT_DEFAULT_MODEL", "glm-4.6")
CHAT_DEFAULT_TEMPERATURE = env.number("CHAT_DEFAULT_TEMPERATURE", 0.7, 0, 1)
CHAT_DEFAULT_MAX_TOKENS = env.integer("CHAT_DEFAULT_MAX_TOKENS", 2048, 1, 131_072)
# How long models that can think do so; empty: as the profile of each says
CHAT_DEFAULT_EFFORT = env.choice("CHAT_DEFAULT_EFFORT", "", *LEVELS)
# Put first in a conversation that has no system message
CHAT_SYSTEM_PROMPT = env.text("CHAT_SYSTEM_PROMPT")
# Seconds of silence until the caller gets a comment, so that no proxy cuts the line
CHAT_HEARTBEAT_SECONDS = env.seconds("CHAT_HEARTBEAT_SECONDS", 10)
# Seconds until the stream is opened, whether Z.AI has answered or not
CHAT_OPEN_AFTER_SECONDS = env.seconds("CHAT_OPEN_AFTER_SECONDS", 5, least=0)
# For how many seconds an answer goes on when its caller has left: none, all, or so many
CHAT_ON_LEAVE = env.on_leave("CHAT_ON_LEAVE", "stop")
# The most of them, and how many answers of a process may go on so at once
CHAT_LEFT_SECONDS = env.seconds("CHAT_LEFT_SECONDS", 600, least=0)
CHAT_LEFT_ANSWERS = env.integer("CHAT_LEFT_ANSWERS", 100, 0, 1_000_000)
# For how long after its end an answer is kept for who comes back; 0 keeps none
CHAT_KEEP_ANSWER_SECONDS = env.seconds("CHAT_KEEP_ANSWER_SECONDS", 300, least=0)
# The most bytes of answers that one process keeps
CHAT_KEEP_BYTES = env.integer("CHAT_KEEP_BYTES", 256_000_000, 0, 2**40)
# The largest body, and how long it may take to arrive
CHAT_MAX_BODY_BYTES = env.integer("CHAT_MAX_BODY_BYTES", 20_000_000, 1, 2**31)
CHAT_BODY_TIMEOUT_SECONDS = env.seconds("CHAT_BODY_TIMEOUT_SECONDS", 30)
# The bytes of large bodies that one process holds at once
CHAT_BODY_BUDGET_BYTES = env.integer("CHAT_BODY_BUDGET_BYTES", 256_000_000, 0, 2**40)
# Seconds until a caller who accepts nothing counts as gone
CHAT_WRITE_TIMEOUT_SECONDS = env.seconds("CHAT_WRITE_TIMEOUT_SECONDS", 60)
# Exchanges open at once in one process
CHAT_MAX_OPEN_EXCHANGES = env.integer("CHAT_MAX_OPEN_EXCHANGES", 2000, 1, 1_000_000)
# How many of them one address may have (a /64 of IPv6); 0 for no such limit
CHAT_MAX_OPEN_PER_ADDRESS = env.integer("CHAT_MAX_OPEN_PER_ADDRESS", 500, 0, 1_000_000)
# How many requests may wait for Z.AI at once, and each for how many seconds
CHAT_QUEUE_LENGTH = env.integer("CHAT_QUEUE_LENGTH", 200, 0, 1_000_000)
CHAT_QUEUE_SECONDS = env.seconds("CHAT_QUEUE_SECONDS", 60, least=0)
# Seconds that open exchanges get to finish when the server is told to stop
CHAT_SHUTDOWN_GRACE_SECONDS = env.seconds("CHAT_SHUTDOWN_GRACE_SECONDS", 30, least=0)

# The request log

# Keep a row of every request
CHAT_REQUEST_LOG = env.flag("CHAT_REQUEST_LOG", True)
# Keep what is asked and answered; without it only figures are kept
CHAT_STORE_TEXT = env.flag("CHAT_STORE_TEXT", True)
# How many bytes of it a request may keep; of what is longer, head and tail are
CHAT_STORE_TEXT_BYTES = env.integer("CHAT_STORE_TEXT_BYTES", 1_000_000, 10_000, 2**30)
# Days after which texts, and whole rows, are deleted; 0 keeps them
CHAT_TEXT_DAYS = env.integer("CHAT_TEXT_DAYS", 30, 0, 36_500)
CHAT_LOG_DAYS = env.integer("CHAT_LOG_DAYS", 365, 0, 36_500)
# Where rows are written down before the database has them, and how many bytes may wait
# there of a process.
CHAT_SPOOL_DIR = str(HOME / env.text("CHAT_SPOOL_DIR", "spool"))
CHAT_SPOOL_MAX_BYTES = env.integer("CHAT_SPOOL_MAX_BYTES", 200_000_000, 0, 2**40)

DATA_UPLOAD_MAX_MEMORY_SIZE = CHAT_MAX_BODY_BYTES

# Logging

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", *_LEVELS)
# Lines for people, or one JSON object each for machines
LOG_FORMAT = env.choice("LOG_FORMAT", "console", "console", "json")
_LIBRARY_LEVEL = "INFO" if LOG_LEVEL == "DEBUG" else "WARNING"

LOGGING_CONFIG = "chat.logs.configure"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "chat.logs.RequestIdFilter"},
        "suspicion": {"()": "chat.logs.SuspicionFilter"},
        "static_files": {"()": "chat.logs.StaticFilesFilter"},
    },
    "formatters": {
        "console": {"()": "chat.logs.ConsoleFormatter"},
        "json": {"()": "chat.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "level": LOG_LEVEL,
            "filters": ["static_files", "request_id", "suspicion"],
            "formatter": LOG_FORMAT,
        },
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "chat": {"level": LOG_LEVEL},
        # At DEBUG the autoreloader names every file, and templates every variable.
        "django": {"handlers": [], "level": "INFO"},
        "uvicorn": {"handlers": [], "propagate": True},
        "uvicorn.error": {"handlers": [], "propagate": True},
        "uvicorn.access": {"handlers": [], "propagate": True},
        **{
            name: {"level": _LIBRARY_LEVEL}
            for name in ("aiohttp", "asyncio", "axes", "httpcore", "httpx", "zai")
        },
    },
}
