"""API keys, Z.AI's and ours: what they look like, and how they are kept out of all
that is told."""

import json
import re
from functools import lru_cache

from django.conf import settings

from chat.lines import LONGEST_SEARCHED

KEY = re.compile(r"[!-~]+\.[!-~]+")
# In the words of others. Each pattern begins in few places and never turns back, so
# that a hostile text costs no more than its length.
KEY_IN_TEXT = re.compile(r"(?<![\w-])[\w-]{20,}+\.[\w-]{10,}+")
# A key of a client of this service: the prefix is for scanners to know it by.
CLIENT_KEY_PREFIX = "zc_"
CLIENT_KEY_IN_TEXT = re.compile(r"zc_[A-Za-z0-9_-]{43}", re.ASCII)
BEARER = re.compile(r"(bearer(?:\s|\\[nrt])++)['\"]?+[^\s'\",]++", re.IGNORECASE)
URL = re.compile(r"https?://\S++")
# A shorter text is no key, and would be found inside other words.
_SHORTEST_SECRET = 8


def problem_with(key: str) -> str | None:
    """Return what is wrong with a key, without showing it; None if nothing is."""
    if not key:
        return "ZAI_API_KEY is not set on the server."
    if not KEY.fullmatch(key):
        return "ZAI_API_KEY is not a key of Z.AI's, which has the form id.secret."
    return None


def conceal(text: str) -> str:
    """Take keys and addresses out of Z.AI's words, of which the first 64 KB count."""
    for key in _keys():
        text = text.replace(key, "[key]")
    text = text[:LONGEST_SEARCHED]  # after that, for a half of the key is not found
    text = KEY_IN_TEXT.sub("[key]", BEARER.sub("[key]", text))
    text = CLIENT_KEY_IN_TEXT.sub("[key]", text)
    return URL.sub("[link]", text)


def redact(line: str) -> str:
    """Return `line` without the API key and without any bearer."""
    line = hide(line)
    if CLIENT_KEY_PREFIX in line:
        line = CLIENT_KEY_IN_TEXT.sub("[redacted]", line)
    # Quicker than the search, and true of nearly all.
    if "bearer" not in line.lower():
        return line
    return BEARER.sub(r"\1[redacted]", line)


def hide(text: str) -> str:
    """Return `text` without the API key, whole or its secret half."""
    for secret in _secrets(tuple(_keys())):
        text = text.replace(secret, "[redacted]")
    return text


@lru_cache(maxsize=8)
def _secrets(keys: tuple[str, ...]) -> list[str]:
    """Return what of `keys` is secret, as it is and as JSON has it."""
    halves = [half for key in keys for half in (key, key.rpartition(".")[2])]
    secrets = [half for half in halves if len(half) >= _SHORTEST_SECRET]
    escaped = [(secret, json.dumps(secret)[1:-1]) for secret in secrets]
    return list(dict.fromkeys(form for both in escaped for form in both))


def _keys() -> list[str]:
    """Z.AI's keys that this service has."""
    return [key for key in (settings.ZAI_API_KEY, *settings.ZAI_API_KEYS) if key]
