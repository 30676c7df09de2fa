"""About how many tokens a question has, before Z.AI has counted them."""

from typing import Any

import msgspec

# Characters of a token, by rule of thumb: about four in English and in code, one and a
# half in Chinese, Japanese and Korean.
PER_TOKEN = 4.0
PER_TOKEN_BEYOND_ASCII = 1.5
# Of a message beside its text, and of an image whatever its bytes.
OF_A_MESSAGE = 5
OF_AN_IMAGE = 1_500


def estimate_prompt(messages: list[dict[str, Any]], parameters: dict[str, Any]) -> int:
    """Return about how many tokens `messages` and the tools of `parameters` are.

    It looks at no character: text that has one beyond ASCII counts as one that has no
    others.
    """
    size = OF_A_MESSAGE * len(messages)
    for message in messages:
        size += _of_text(message.get("content"))
        if calls := message.get("tool_calls"):
            size += _of_value(calls)
    if tools := parameters.get("tools"):
        size += _of_value(tools)
    return size


def _of_text(content: Any) -> int:
    if isinstance(content, str):
        return _of_string(content)
    size = 0
    for part in content or ():
        text = part.get("text") if isinstance(part, dict) else None
        size += _of_string(text) if isinstance(text, str) else OF_AN_IMAGE
    return size


def _of_value(value: Any) -> int:
    """By its JSON: to look at each of the 50,000 nodes that tools may have would hold
    up the event loop."""
    return int(len(msgspec.json.encode(value)) / PER_TOKEN) + 1


def _of_string(text: str) -> int:
    return (
        int(len(text) / (PER_TOKEN if text.isascii() else PER_TOKEN_BEYOND_ASCII)) + 1
    )
