"""Z.AI's API keys."""

import re

KEY = re.compile(r"[!-~]+\.[!-~]+")


def problem_with(key: str) -> str | None:
    """Return what is wrong with a key, without showing it; None if nothing is."""
    if not key:
        return "ZAI_API_KEY is not set on the server."
    if not KEY.fullmatch(key):
        return "ZAI_API_KEY is not a key of Z.AI's, which has the form id.secret."
    return None
