"""What must hold where others can reach the service."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning

EXAMPLE = "replace-me"  # how SECRET_KEY begins in .env.example


def check_secret(**_: Any) -> list[CheckMessage]:
    if not settings.SECRET_KEY.startswith(EXAMPLE):
        return []
    hint = "Run `python -c 'import secrets; print(secrets.token_urlsafe(48))'`."
    return [
        Error(
            "SECRET_KEY is the example's, or begins like it: whoever has read that "
            "file can make a session of an admin.",
            hint=hint,
            id="chat.E003",
        )
    ]


def check_middleware(**_: Any) -> list[CheckMessage]:
    """Stands in for security.W001 to W003, which know Django's own names only."""
    names = ("SecurityMiddleware", "XFrameOptionsMiddleware", "CsrfViewMiddleware")
    return [
        Warning(
            f"chat.web.middleware.{name} is not in MIDDLEWARE.",
            hint="Put it back: what Django says about it is not checked otherwise.",
            id="chat.W010",
        )
        for name in names
        if f"chat.web.middleware.{name}" not in settings.MIDDLEWARE
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


def check_page(**_: Any) -> list[CheckMessage]:
    if settings.CHAT_PAGE != "all":
        return []
    return [
        Warning(
            "CHAT_PAGE is 'all': the page at / is open to everyone who can reach it.",
            hint="Set it to 'staff' or 'off', unless it is for your visitors.",
            id="chat.W016",
        )
    ]


def check_access(**_: Any) -> list[CheckMessage]:
    if settings.CHAT_ACCESS != "open":
        return []
    most = settings.CHAT_OPEN_BUDGET_USD_PER_DAY
    bound = f", up to {most:g} US dollars a day" if most else ", without any bound"
    return [
        Warning(
            f"The chat is open to everyone who can reach it, at your cost{bound}.",
            hint="Give your clients keys (`manage.py client add NAME`) and set"
            " CHAT_ACCESS=keys. Or let only your own servers reach it.",
            id="chat.W028",
        )
    ]
