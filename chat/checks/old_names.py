"""Settings by the names that other backends gave them: here they have no effect."""

from typing import Any

from django.core.checks import CheckMessage, Warning

from config import dotenv

NAMES = {
    "SYSTEM_PROMPT": "CHAT_SYSTEM_PROMPT",
    "DEFAULT_MODEL": "CHAT_DEFAULT_MODEL",
    "MODEL": "CHAT_DEFAULT_MODEL",
    "DEFAULT_TEMPERATURE": "CHAT_DEFAULT_TEMPERATURE",
    "TEMPERATURE": "CHAT_DEFAULT_TEMPERATURE",
    "DEFAULT_MAX_TOKENS": "CHAT_DEFAULT_MAX_TOKENS",
    "MAX_TOKENS": "CHAT_DEFAULT_MAX_TOKENS",
    "API_KEY": "ZAI_API_KEY",
    "ZHIPUAI_API_KEY": "ZAI_API_KEY",
    "CORS_ORIGINS": "CORS_ALLOWED_ORIGINS",
    "ALLOWED_ORIGINS": "CORS_ALLOWED_ORIGINS",
}


def check_old_names(**_: Any) -> list[CheckMessage]:
    given = dotenv.variables()
    return [
        Warning(
            f"{old} has no effect: the setting is {new} here.",
            hint=f"Rename it to {new}; docs/migrating.md has the others.",
            id="chat.W020",
        )
        for old, new in NAMES.items()
        if given.get(old) and not given.get(new)
    ]
