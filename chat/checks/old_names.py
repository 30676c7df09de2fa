"""Settings by the names that other backends gave them: here they have no effect."""

import logging
from typing import Any

from django.core.checks import CheckMessage, Warning

from config import dotenv

logger = logging.getLogger(__name__)

# The first is the FastAPI backend's own; the others are what such backends usually call
# the same, FastAPI's template and Z.AI's older SDK among them. pydantic's settings read
# them in any case.
NAMES = {
    "SYSTEM_PROMPT": "CHAT_SYSTEM_PROMPT",
    "DEFAULT_SYSTEM_PROMPT": "CHAT_SYSTEM_PROMPT",
    "DEFAULT_MODEL": "CHAT_DEFAULT_MODEL",
    "MODEL_NAME": "CHAT_DEFAULT_MODEL",
    "ZAI_MODEL": "CHAT_DEFAULT_MODEL",
    "ZAI_DEFAULT_MODEL": "CHAT_DEFAULT_MODEL",
    "DEFAULT_TEMPERATURE": "CHAT_DEFAULT_TEMPERATURE",
    "DEFAULT_MAX_TOKENS": "CHAT_DEFAULT_MAX_TOKENS",
    "ZHIPUAI_API_KEY": "ZAI_API_KEY",
    "Z_AI_API_KEY": "ZAI_API_KEY",
    "ZAI_API_BASE": "ZAI_BASE_URL",
    "ZAI_API_BASE_URL": "ZAI_BASE_URL",
    "ZAI_MAX_RETRIES": "ZAI_MAX_TRIES",
    "ALLOWED_ORIGINS": "CORS_ALLOWED_ORIGINS",
    "BACKEND_CORS_ORIGINS": "CORS_ALLOWED_ORIGINS",
    "CORS_ALLOW_ORIGINS": "CORS_ALLOWED_ORIGINS",
    "CORS_ORIGINS": "CORS_ALLOWED_ORIGINS",
    "TRUSTED_HOSTS": "ALLOWED_HOSTS",
}


def check_old_names(**_: Any) -> list[CheckMessage]:
    return [
        Warning(
            _tell(old, new),
            hint=f"Rename it to {new}; docs/migrating.md has what else differs.",
            id="chat.W020",
        )
        for old, new in _find()
    ]


def tell_old_names() -> None:
    """Log, in one warning, which of them are set; for the start of a server."""
    if sentences := [_tell(old, new) for old, new in _find()]:
        logger.warning("%s", " ".join(sentences))


def _find() -> list[tuple[str, str]]:
    """Return the names that are set, each with its new one, unless that is set too."""
    given = {name for name, value in dotenv.variables().items() if value}
    folded = {name.upper() for name in given}
    return [
        (old, new) for old, new in NAMES.items() if old in folded and new not in given
    ]


def _tell(old: str, new: str) -> str:
    return f"{old} has no effect: the setting is {new} here."
