"""How Z.AI is reached."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from chat import keys
from chat.checks.loopback import is_loopback


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
    if url.scheme == "https" or is_loopback(url.hostname or ""):
        return []
    return [
        Warning(
            "ZAI_BASE_URL is not https: the key and every message travel in the clear.",
            hint="Use https://, or an address of this machine.",
            id="chat.W003",
        )
    ]
