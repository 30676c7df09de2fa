"""A chat request as it reached the simulator."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from chat.glm.profile import Profile, Thinks
from chat.glm.reading import Profiles, built_in

from .chosen import without_words
from .faults import Fault


@dataclass(frozen=True)
class ChatRequest:
    """The parsed body, read leniently: it need not have been checked yet.

    Parameters that are null count as absent, for Z.AI's own SDK sends them so.
    """

    body: dict[str, Any]
    coding: bool = False
    models: Profiles = field(default_factory=built_in)

    @classmethod
    def parse(
        cls, raw: bytes, coding: bool = False, models: Profiles | None = None
    ) -> "ChatRequest":
        try:
            body = msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            raise Fault("1210") from error
        if not isinstance(body, dict):
            raise Fault("1210")
        given = {k: v for k, v in body.items() if v is not None}
        return cls(given, coding, models or built_in())

    @property
    def messages(self) -> list[dict[str, Any]]:
        given = self.body.get("messages")
        if not isinstance(given, list):
            return []
        return [message for message in given if isinstance(message, dict)]

    @property
    def stream(self) -> bool:
        return self.body.get("stream") is True

    @property
    def request_id(self) -> str | None:
        given = self.body.get("request_id")
        return given if isinstance(given, str) else None

    @property
    def model(self) -> Profile:
        return self.models[self.body["model"].lower()]

    @property
    def model_name(self) -> str:
        """By which it is counted."""
        name = str(self.body.get("model")).lower()
        return name if name in self.models else "unknown"

    @property
    def thinks(self) -> bool:
        """Whether the model reasons first: by default it does."""
        if self.model.thinks in (Thinks.ALWAYS, Thinks.NEVER):
            return self.model.thinks is Thinks.ALWAYS
        if self.body.get("reasoning_effort") in ("none", "minimal"):
            return False
        thinking: dict[str, Any] = self.body.get("thinking", {})
        return bool(thinking.get("type") != "disabled")

    @property
    def effort(self) -> str | None:
        """How long it thinks: as long as it can by default. None: it has no efforts."""
        return self.model.nearest_effort(self.body.get("reasoning_effort", "max"))

    @cached_property
    def user_texts(self) -> list[str]:
        return [text_of(m) for m in self.messages if m.get("role") == "user"]

    @property
    def last_user_text(self) -> str:
        return self.user_texts[-1] if self.user_texts else ""

    @cached_property
    def question(self) -> str:
        """What was asked last, without the words that choose a scenario."""
        return without_words(self.last_user_text)

    @property
    def answers_tools(self) -> list[dict[str, Any]]:
        """The tool messages at the end, which this request is to be answered with."""
        results: list[dict[str, Any]] = []
        for message in reversed(self.messages):
            if message.get("role") != "tool":
                break
            results.insert(0, message)
        return results

    def tools(self, kind: str) -> Iterator[dict[str, Any]]:
        for tool in self.body.get("tools", []):
            if tool.get("type") == kind:
                yield tool.get(kind) or {}

    @property
    def has_media(self) -> bool:
        users = [m for m in self.messages if m.get("role") == "user"]
        return bool(users) and any(kind != "text" for kind in part_kinds(users[-1]))


def parts_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The content of a message as parts, whichever way it was written."""
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        return []
    return [part for part in content if isinstance(part, dict)]


def text_of(message: dict[str, Any]) -> str:
    texts = [part.get("text") for part in parts_of(message)]
    return "\n".join(text for text in texts if isinstance(text, str))


def part_kinds(message: dict[str, Any]) -> list[Any]:
    return [part.get("type") for part in parts_of(message)]
