"""JSON as people read it, where that costs little; else as it came."""

import json
from typing import Any

from chat.admin.request.budget import Budget

DEEPEST = 20


def pretty(text: str, budget: Budget) -> str:
    """Return the JSON in `text` indented if it is short, not deep, and JSON at all.

    What is indented grows with the square of its depth.
    """
    if not budget.may_indent(len(text)):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if is_deep(value):
        return text
    return json.dumps(value, ensure_ascii=False, indent=2)


def compact(value: Any) -> str:
    """The opposite of reading; what is too deep to be written is said to be so."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be shown)"


def is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
