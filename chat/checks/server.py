"""How the service is served."""

import os
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning
from django.core.management import find_commands

from chat.checks.loopback import is_loopback
from chat.exchange import descriptors

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
    if not settings.DEBUG or is_loopback(settings.HOST):
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


def check_descriptors(**_: Any) -> list[CheckMessage]:
    most = descriptors.raisable()
    needed = 2 * settings.CHAT_MAX_OPEN_EXCHANGES + 2 * descriptors.RESERVE
    if needed <= most:
        return []
    return [
        Warning(
            f"CHAT_MAX_OPEN_EXCHANGES of {settings.CHAT_MAX_OPEN_EXCHANGES} needs "
            f"{needed} file descriptors, and a process may have {most}.",
            hint="Raise the limit (LimitNOFILE in systemd, `ulimit -Hn`, `--ulimit "
            "nofile` in Docker), or lower the setting: two for each exchange, and "
            f"{2 * descriptors.RESERVE} more.",
            id="chat.W018",
        )
    ]


def check_workers(**_: Any) -> list[CheckMessage]:
    """uvicorn's and gunicorn's variable tells how many there are; `--workers` only the
    log does, once they run."""
    number = os.environ.get("WEB_CONCURRENCY", "")
    if settings.REDIS_URL or not settings.CHAT_KEEP_ANSWER_SECONDS:
        return []
    if not (number.isascii() and number.isdecimal() and int(number[:9]) > 1):
        return []
    return [
        Info(
            f"{int(number[:9])} workers (WEB_CONCURRENCY) without REDIS_URL: who comes "
            "back for an answer finds it only where its own worker is asked.",
            hint="Set REDIS_URL, or let one worker serve.",
            id="chat.I003",
        )
    ]
