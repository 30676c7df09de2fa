"""What `manage.py check` says about the configuration, and what to do about it."""

import ipaddress
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning
from django.core.management import find_commands
from django.db import connection

from chat import keys

OLDEST_SQLITE = (3, 35)  # RETURNING

Check = Callable[..., list[CheckMessage]]

# A Next.js rewrite cuts a line that was silent for this long.
_NEXT_JS_SILENCE = 30
# systemd kills after 90 seconds, and the last words need a few of them.
_LONGEST_GRACE = 80


def check_runserver(**_: Any) -> list[CheckMessage]:
    owner = next(
        config.name
        for config in apps.get_app_configs()
        if "runserver" in find_commands(str(Path(config.path) / "management"))
    )
    if owner == "chat":
        return []
    return [
        Error(
            f"`manage.py runserver` is that of {owner}, which holds streams back.",
            hint=f"Put 'chat' above '{owner}' in INSTALLED_APPS.",
            id="chat.E001",
        )
    ]


def check_api_key(**_: Any) -> list[CheckMessage]:
    if not settings.ZAI_API_KEY:
        return [
            Warning(
                "ZAI_API_KEY is not set: every chat request will fail.",
                hint="Set it to a key from https://z.ai, or use `make run`, which "
                "starts the simulator.",
                id="chat.W001",
            )
        ]
    if keys.problem_with(settings.ZAI_API_KEY):
        return [
            Warning(
                "ZAI_API_KEY does not look like a key of Z.AI.",
                hint="It has the form id.secret, without spaces or quotes.",
                id="chat.W002",
            )
        ]
    return []


def check_base_url(**_: Any) -> list[CheckMessage]:
    url = urlsplit(settings.ZAI_BASE_URL)
    if url.scheme == "https" or _is_loopback(url.hostname or ""):
        return []
    return [
        Warning(
            "ZAI_BASE_URL is not https: the key and every message travel in the clear.",
            hint="Use https://, or an address of this machine.",
            id="chat.W003",
        )
    ]


def check_silence(**_: Any) -> list[CheckMessage]:
    names = ("CHAT_HEARTBEAT_SECONDS", "CHAT_OPEN_AFTER_SECONDS")
    return [
        Warning(
            f"{name} is {getattr(settings, name):g}, and a Next.js rewrite cuts "
            f"{_NEXT_JS_SILENCE} seconds of silence.",
            hint="Set it to 15 or less.",
            id="chat.W004",
        )
        for name in names
        if getattr(settings, name) >= _NEXT_JS_SILENCE
    ]


def check_debug_host(**_: Any) -> list[CheckMessage]:
    if not settings.DEBUG or _is_loopback(settings.HOST):
        return []
    return [
        Warning(
            f"DEBUG is on and HOST is {settings.HOST}: others on the network may "
            "reach a server that shows its inside.",
            hint="Set HOST=127.0.0.1, or DEBUG=false.",
            id="chat.W005",
        )
    ]


def check_grace(**_: Any) -> list[CheckMessage]:
    if settings.CHAT_SHUTDOWN_GRACE_SECONDS <= _LONGEST_GRACE:
        return []
    return [
        Warning(
            "CHAT_SHUTDOWN_GRACE_SECONDS is longer than systemd waits (90 seconds) "
            "before it kills the server and the requests still open.",
            hint=f"Set it to {_LONGEST_GRACE} or less, and raise the limit of "
            "whatever stops the server above it.",
            id="chat.W006",
        )
    ]


def check_middleware(**_: Any) -> list[CheckMessage]:
    """Stands in for security.W001 to W003, which know Django's own names only."""
    names = ("SecurityMiddleware", "XFrameOptionsMiddleware", "CsrfViewMiddleware")
    return [
        Warning(
            f"chat.middleware.{name} is not in MIDDLEWARE.",
            hint="Put it back: what Django says about it is not checked otherwise.",
            id="chat.W010",
        )
        for name in names
        if f"chat.middleware.{name}" not in settings.MIDDLEWARE
    ]


def check_https(**_: Any) -> list[CheckMessage]:
    """Stands in for security.W004, W008 and W016, silent without those of W010."""
    found: list[CheckMessage] = []
    if not settings.SECURE_HSTS_SECONDS:
        hint = "Set it to 3600, and to 31536000 once all is well over https."
        found.append(
            Warning("SECURE_HSTS_SECONDS is not set.", hint=hint, id="chat.W011")
        )
    if not settings.SECURE_SSL_REDIRECT:
        hint = "Set SECURE_SSL_REDIRECT=true, and TRUSTED_PROXIES to what ends TLS."
        found.append(
            Warning("Plain http is not sent to https.", hint=hint, id="chat.W012")
        )
    if not settings.CSRF_COOKIE_SECURE:
        hint = "Set DEBUG=false, or CSRF_COOKIE_SECURE = True in the settings."
        found.append(
            Warning("CSRF_COOKIE_SECURE is not True.", hint=hint, id="chat.W013")
        )
    return found


def check_redirect(**_: Any) -> list[CheckMessage]:
    if not settings.SECURE_SSL_REDIRECT or settings.TRUSTED_PROXIES:
        return []
    return [
        Info(
            "SECURE_SSL_REDIRECT is on and TRUSTED_PROXIES is empty.",
            hint="Behind a proxy that ends TLS every request would be redirected for "
            "ever: set TRUSTED_PROXIES to its address.",
            id="chat.I002",
        )
    ]


def check_hosts(**_: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = "Name the hosts that this service answers to."
    return [Warning("ALLOWED_HOSTS is '*'.", hint=hint, id="chat.W014")]


def check_cors(**_: Any) -> list[CheckMessage]:
    if not settings.CORS_ALLOW_ALL_ORIGINS:
        return []
    return [
        Warning(
            "CORS_ALLOWED_ORIGINS is '*': any web page may use the chat.",
            hint="Name the web pages that may.",
            id="chat.W015",
        )
    ]


def check_access(**_: Any) -> list[CheckMessage]:
    return [
        Info(
            "The chat is open to everyone who can reach it, at your cost.",
            hint="Let only your own servers reach it, or a proxy that knows its users.",
            id="chat.I001",
        )
    ]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def check_sqlite(**_: Any) -> list[CheckMessage]:
    version = sqlite3.sqlite_version_info
    if connection.vendor != "sqlite" or version >= OLDEST_SQLITE:
        return []
    return [
        Error(
            f"SQLite {sqlite3.sqlite_version} is too old for the request log, which "
            "needs 3.35.",
            hint="Use a Python with a newer SQLite, or set DATABASE_URL to PostgreSQL.",
            id="chat.E002",
        )
    ]


def check_spool(**_: Any) -> list[CheckMessage]:
    folder = Path(settings.CHAT_SPOOL_DIR)
    while not folder.exists():
        folder = folder.parent
    if not settings.CHAT_REQUEST_LOG or os.access(folder, os.W_OK):
        return []
    return [
        Warning(
            f"CHAT_SPOOL_DIR cannot be written ({folder}): while the database is away "
            "rows of the request log would be lost.",
            hint="Let the service's account write there, or name another folder.",
            id="chat.W007",
        )
    ]


ALWAYS: list[Check] = [
    check_runserver,
    check_api_key,
    check_base_url,
    check_silence,
    check_debug_host,
    check_grace,
    check_sqlite,
    check_spool,
]
AT_DEPLOY: list[Check] = [
    check_middleware,
    check_https,
    check_redirect,
    check_hosts,
    check_cors,
    check_access,
]
