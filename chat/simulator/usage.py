"""How many tokens a request and its answer took."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import msgspec

from . import tokens
from .request import ChatRequest, part_kinds, text_of

_EACH_MESSAGE = 4
_EACH_MEDIUM = 1000
_REMEMBERED = 4096


@dataclass(frozen=True)
class Usage:
    prompt: int
    cached: int
    completion: int
    reasoning: int

    def as_json(self) -> dict[str, Any]:
        """In the order of a streamed answer."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }


def prompt_tokens(request: ChatRequest) -> int:
    tools = request.body.get("tools")
    count = tokens.count(msgspec.json.encode(tools).decode()) if tools else 0
    return count + sum(_message_tokens(message) for message in request.messages)


def _message_tokens(message: dict[str, Any]) -> int:
    media: int = sum(kind != "text" for kind in part_kinds(message))
    calls = message.get("tool_calls")
    called = tokens.count(msgspec.json.encode(calls).decode()) if calls else 0
    text = tokens.count(text_of(message))
    return _EACH_MESSAGE + text + called + media * _EACH_MEDIUM


class PromptCache:
    """The beginnings of conversations seen lately, which cost less the second time."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def cached_tokens(self, request: ChatRequest) -> int:
        """The tokens of the longest beginning seen before; remembers this request."""
        digest = hashlib.blake2b(request.model.name.encode(), digest_size=16)
        read = cached = 0
        for message in request.messages:
            digest.update(msgspec.json.encode(message))
            read += _message_tokens(message)
            if digest.digest() in self._seen:
                cached = read
            self._remember(digest.digest())
        return max(cached - 1, 0)

    def clear(self) -> None:
        self._seen.clear()

    def _remember(self, prefix: bytes) -> None:
        self._seen[prefix] = None
        self._seen.move_to_end(prefix)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
