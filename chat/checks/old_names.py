"""Settings by the names that other backends gave them: here they have no effect."""

from typing import Any

from django.core.checks import CheckMessage, Warning

from config import dotenv

NAMES = {"SYSTEM_PROMPT": "CHAT_SYSTEM_PROMPT"}


def check_old_names(**_: Any) -> list[CheckMessage]:
    given = dotenv.variables()
    return [
        Warning(
            f"{old} has no effect: the setting is {new} here.",
            hint=f"Rename it to {new}; docs/migrating.md has what else differs.",
            id="chat.W020",
        )
        for old, new in NAMES.items()
        if given.get(old) and not given.get(new)
    ]
