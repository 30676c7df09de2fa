"""A message of a conversation, in the parts that a reader looks at."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from chat.admin.markdown import EMBEDDED, rendered

ROLES = {"system", "user", "assistant", "tool"}


@dataclass(frozen=True)
class Part:
    """`kind` says how it is shown, and which of the others are filled.

    text: `html`, or `text` as it is. image: `source`, embedded. link: `source`, never
    loaded. json: `title` and `text`.
    """

    kind: str
    text: str = ""
    html: SafeString | None = None
    source: str = ""
    title: str = ""


@dataclass(frozen=True)
class Said:
    role: str
    parts: list[Part] = field(default_factory=list)
    name: str = ""
    reasoning: str = ""

    @property
    def kind(self) -> str:
        return self.role if self.role in ROLES else "other"


def said(role: str, body: Any, reasoning: str = "") -> Said:
    """Read a message, whatever shape the caller or Z.AI gave it."""
    if not isinstance(body, dict):
        return Said(role, [_json("", body)], reasoning=reasoning)
    parts = list(_parts(body.get("content"), role))
    for call in body.get("tool_calls") or []:
        parts.append(_tool_call(call))
    name = body.get("name") or body.get("tool_call_id") or ""
    return Said(role, parts, str(name), reasoning)


def pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _parts(content: Any, role: str) -> Iterator[Part]:
    if content is None or content == "":
        return
    if isinstance(content, str):
        yield _tool_answer(content) if role == "tool" else _text(content)
    elif isinstance(content, list):
        for part in content:
            yield _part(part)
    else:
        yield _json("", content)


def _part(part: Any) -> Part:
    if not isinstance(part, dict):
        return _json("", part)
    if isinstance(text := part.get("text"), str):
        return _text(text)
    kind = str(part.get("type", ""))
    place = part.get(kind)
    url = place.get("url") if isinstance(place, dict) else place
    if not isinstance(url, str):
        return _json(kind, part)
    if kind == "image_url" and EMBEDDED.match(url):
        return Part("image", source=url)
    if url.startswith(("http://", "https://")):
        return Part("link", source=url, title=kind.removesuffix("_url"))
    return _json(kind, part)


def _text(text: str) -> Part:
    return Part("text", text, rendered(text))


def _tool_answer(text: str) -> Part:
    try:
        return _json("", json.loads(text))
    except (ValueError, RecursionError):
        return Part("text", text)


def _tool_call(call: Any) -> Part:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return _json("calls a tool", call)
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        with suppress(ValueError, RecursionError):  # cut off, or not quite JSON
            arguments = json.loads(arguments)
    title = f"calls {function.get('name')}"
    if isinstance(arguments, str):
        return Part("json", arguments, title=title)
    return _json(title, arguments)


def _json(title: str, value: Any) -> Part:
    return Part("json", pretty(value), title=title)
