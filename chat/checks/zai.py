"""How Z.AI is reached."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from chat import keys
from chat.checks.loopback import is_loopback
from chat.glm.known import find
from chat.upstream import plan


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
    found = {
        "ZAI_API_KEY": [settings.ZAI_API_KEY],
        "ZAI_API_KEYS": settings.ZAI_API_KEYS,
    }
    return [
        Warning(
            f"{name} does not look like a key of Z.AI.",
            hint="It has the form id.secret, without spaces or quotes.",
            id="chat.W002",
        )
        for name, values in found.items()
        if any(map(keys.problem_with, values))
    ]


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


def check_plan(**_: Any) -> list[CheckMessage]:
    if not plan.is_of_coding_plan(settings.ZAI_BASE_URL):
        return []
    return [Warning(plan.SENTENCE, hint=plan.REMEDY, id="chat.W025")]


def check_default_model(**_: Any) -> list[CheckMessage]:
    name = settings.CHAT_DEFAULT_MODEL
    profile = find(name)
    if profile is None:
        return [
            Warning(
                f"Nothing is known of CHAT_DEFAULT_MODEL, {name}: it is asked with"
                " cautious defaults, and the log has no cost of it.",
                hint="Choose one of /v1/models, or describe it in a file that"
                " ZAI_PROFILES names.",
                id="chat.W026",
            )
        ]
    if profile.is_retired:
        successor = profile.successor or "one of /v1/models"
        return [
            Warning(
                f"CHAT_DEFAULT_MODEL, {name}, is retired since {profile.retired}.",
                hint=f"Use {successor}.",
                id="chat.W027",
            )
        ]
    return []
