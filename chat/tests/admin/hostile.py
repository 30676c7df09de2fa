"""Conversations that made pages of hundreds of megabytes, or none at all."""

import json
from typing import Any

IMAGE = "data:image/png;base64," + "iVBORw0KGgo" * 8_000


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def calling(arguments: str) -> dict[str, Any]:
    function = {"name": "look", "arguments": arguments}
    call = {"id": "c", "type": "function", "function": function}
    return {"role": "assistant", "content": "", "tool_calls": [call]}


def answering(text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": "c", "content": text}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def deep(depth: int) -> str:
    return "[" * depth + "]" * depth


def wide(columns: int) -> str:
    return "a|" * columns + "\n" + "-|" * columns + "\n" + "a\n" * columns


# Each is 20 to 400 KB.
LARGE: dict[str, list[dict[str, Any]]] = {
    "deep JSON, many times": [user([{"x": nested(400)}] * 100)],
    "deep arguments": [calling(deep(900)) for _ in range(20)],
    "deep answers of tools": [answering(deep(900)) for _ in range(20)],
    "wide JSON, 20 deep": [answering(deep(19)[:19] + "1," * 9_000 + "1" + "]" * 19)],
    "many parts": [user([{}] * 100_000)],
    "many texts": [user([{"type": "text", "text": "a"}] * 9_000)],
    "many calls": [{"role": "assistant", "content": "", "tool_calls": [{}] * 100_000}],
    "a table": [user(wide(16_000))],
    "a table each": [user(wide(900)) for _ in range(90)],
    "links": [user("[a]: /" + "u" * 4_000 + "\n\n" + "[a] " * 24_000)],
    "links of each message": [
        user(f"[a]: /{n}" + "u" * 400 + "\n\n" + "[a] " * 240) for n in range(150)
    ],
    "images of one reference": [user(f"[a]: {IMAGE}\n\n" + "![a] " * 20_000)],
    "one image, often": [
        user([{"type": "image_url", "image_url": {"url": IMAGE}}] * 40)
    ],
    "quotes": [user('"' * 300_000)],
    "ampersands": [user("& " * 150_000)],
    "quotes in quotes": [user("> " * 150_000)],
    "lists in lists": [user("\n".join(" " * n + "- a" for n in range(800)))],
    "brackets": [user("[" * 4_000 + " " + "![" * 2_000)],
    "emphasis": [user("*a_ " * 80_000)],
    "newlines": [user("\n" * 300_000)],
    "many messages": [user(f"{n}") for n in range(5_000)],
}


def planes() -> str:
    """A few characters of every plane of Unicode, with all that control others."""
    some = [*range(0x20), *range(0x7F, 0xA0), *range(0x2000, 0x2070), 0xFEFF, 0xFFFD]
    some += [plane * 0x10000 + low for plane in range(17) for low in (0x41, 0xFFFF)]
    return "".join(map(chr, some))


HALF = json.dumps({"city": "\ud800", "\udfff": ["\udc00"]})
STRANGE: dict[str, list[dict[str, Any]]] = {
    "half a pair in arguments": [calling(HALF)],
    "half a pair in an answer": [answering(HALF)],
    "NUL in arguments": [calling(json.dumps({"a": "\0"}))],
    "arguments that are no JSON": [calling('{"a": ')],
    "a number without an end": [answering("[" + "9" * 5_000 + "]")],
    "no number": [answering("[NaN, Infinity, 1e999]")],
    "deep arguments": [calling(deep(100_000))],
    "deep in a part": [user([{"type": "x", "x": nested(900)}])],
    "every plane": [user(planes()), calling(json.dumps(planes())), answering(planes())],
    "turned around": [user("\u202etxt.exe \u2066 \u061c")],
    "roles and names": [
        {"role": "<b>\u202e", "name": "\u202e<i>", "content": {"a": [None, True]}}
    ],
}
