"""About how many tokens a question has, before Z.AI has counted them."""

from typing import Any

# Characters of a token, by rule of thumb: about four in English and in code, one and a
# half in Chinese, Japanese and Korean.
PER_TOKEN = 4.0
PER_TOKEN_BEYOND_ASCII = 1.5
# Of a message beside its text, and of an image whatever its bytes.
OF_A_MESSAGE = 5
OF_AN_IMAGE = 1_500
DEEPEST = 20


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


def _of_value(value: Any, depth: int = 0) -> int:
    if isinstance(value, str):
        return _of_string(value)
    if depth > DEEPEST:
        return 0
    if isinstance(value, dict):
        within = sum(_of_value(inner, depth + 1) for inner in value.values())
        return within + sum(_of_string(name) for name in value)
    if isinstance(value, list):
        return sum(_of_value(inner, depth + 1) for inner in value)
    return 1


def _of_string(text: str) -> int:
    return (
        int(len(text) / (PER_TOKEN if text.isascii() else PER_TOKEN_BEYOND_ASCII)) + 1
    )
