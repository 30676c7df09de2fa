"""A message of a conversation, in the parts that a reader looks at."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from chat.admin.amounts import size
from chat.admin.request.budget import Budget
from chat.admin.request.markdown import EMBEDDED, rendered
from chat.admin.request.pretty import compact, pretty
from chat.admin.visible import visible

ROLES = {"system", "user", "assistant", "tool"}
LONGEST_NAME = 200
MOST_LEFT_OUT = 5


@dataclass(frozen=True)
class Part:
    """`kind` says how it is shown, and which of the others are filled.

    markdown, text: `html`. image: `source`, embedded, and its `number`. again: the
    `number` of an image that the page has. link: `source`, never loaded. json: `title`
    and `html`. left_out: `title` says what and how large it is.
    """

    kind: str
    html: SafeString | str = ""
    source: str = ""
    title: str = ""
    number: int = 0


@dataclass(frozen=True)
class Said:
    role: str
    parts: list[Part] = field(default_factory=list)
    name: str = ""
    reasoning: Part | None = None

    @property
    def kind(self) -> str:
        return self.role if self.role in ROLES else "other"


def said(role: str, body: Any, budget: Budget | None = None) -> Said:
    """Read a message, whatever shape the caller or Z.AI gave it."""
    budget = budget or Budget()
    if not isinstance(body, dict):
        return Said(role, [json_part("", compact(body), budget)])
    name = body.get("name") or body.get("tool_call_id") or ""
    parts = _while_there_is_room(_all_parts(body, role, budget))
    return Said(visible(role), parts, visible(str(name)[:LONGEST_NAME]))


def said_in(role: str, text: str, budget: Budget) -> Said:
    """Read a message from its JSON. What cannot be read is shown as it is."""
    try:
        return said(role, json.loads(text), budget)
    except (ValueError, RecursionError):
        return Said(role, [text_part(text, budget)])


def too_long(role: str, characters: int) -> Said:
    return Said(role, [left_out("A message", characters)])


def text_part(text: str, budget: Budget) -> Part:
    html = budget.show(text)
    return left_out("Text", len(text)) if html is None else Part("text", html)


def json_part(title: str, text: str, budget: Budget) -> Part:
    """`text` is JSON, or was to be."""
    html = budget.show(pretty(text, budget))
    if html is None:
        return left_out(title or "JSON", len(text))
    return Part("json", html, title=title)


def left_out(what: str, characters: int) -> Part:
    return Part("left_out", title=f"{what} of {size(characters)}")


def _while_there_is_room(parts: Iterator[Part]) -> list[Part]:
    """Something short may fit after something long that does not."""
    found: list[Part] = []
    left_out = 0
    for part in parts:
        left_out += part.kind == "left_out"
        if left_out > MOST_LEFT_OUT:
            return [*found, Part("left_out", title="What follows in this message")]
        found.append(part)
    return found


def _all_parts(body: dict[str, Any], role: str, budget: Budget) -> Iterator[Part]:
    yield from _parts(body.get("content"), role, budget)
    for call in body.get("tool_calls") or []:
        yield _tool_call(call, budget)


def _parts(content: Any, role: str, budget: Budget) -> Iterator[Part]:
    if content is None or content == "":
        return
    if isinstance(content, str):
        is_of_tool = role == "tool"
        yield _tool_answer(content, budget) if is_of_tool else _text(content, budget)
    elif isinstance(content, list):
        for part in content:
            yield _part(part, budget)
    else:
        yield json_part("", compact(content), budget)


def _part(part: Any, budget: Budget) -> Part:
    if not isinstance(part, dict):
        return json_part("", compact(part), budget)
    if isinstance(text := part.get("text"), str):
        return _text(text, budget)
    kind = str(part.get("type", ""))[:LONGEST_NAME]
    place = part.get(kind)
    url = place.get("url") if isinstance(place, dict) else place
    if isinstance(url, str) and kind == "image_url" and EMBEDDED.match(url):
        return _image(url, budget)
    if isinstance(url, str) and url.startswith(("http://", "https://")):
        return _link(kind, url, budget)
    return json_part(visible(kind), compact(part), budget)


def _text(text: str, budget: Budget) -> Part:
    html = rendered(text, budget)
    return text_part(text, budget) if html is None else Part("markdown", html)


def _image(url: str, budget: Budget) -> Part:
    if url in budget.images:
        budget.take("")
        return Part("again", number=budget.images[url])
    if not budget.take(url):
        return left_out("An image", len(url))
    return Part("image", source=url, number=budget.number(url)[0])


def _link(kind: str, url: str, budget: Budget) -> Part:
    html = budget.show(url + url)  # it is where to, and its words
    if html is None:
        return left_out("A link", len(url))
    return Part("link", source=visible(url), title=visible(kind.removesuffix("_url")))


def _tool_answer(text: str, budget: Budget) -> Part:
    is_json = text.lstrip()[:1] in ("{", "[")
    return json_part("", text, budget) if is_json else text_part(text, budget)


def _tool_call(call: Any, budget: Budget) -> Part:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return json_part("calls a tool", compact(call), budget)
    arguments = function.get("arguments")
    title = f"calls {visible(str(function.get('name'))[:LONGEST_NAME])}"
    if not isinstance(arguments, str):
        arguments = compact(arguments)
    return json_part(title, arguments, budget)
