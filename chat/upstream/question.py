"""What Z.AI is asked, as bytes: made once, and sent at every try."""

import secrets
from typing import Any

import msgspec
from zai.core._request_opt import FinalRequestOptions

# Longer texts are encoded, and sent, a piece at a time: nothing holds up the others.
PIECE = 64 * 1024
# What is kept and written in one piece: large enough for malloc to return it at once.
BLOCK = 1024 * 1024
# Where a long text belongs. Nobody else knows it.
PLACE = secrets.token_hex(16)
encode = msgspec.json.encode


class Question:
    """`options` are what the SDK built around the body, for each try the same."""

    def __init__(
        self, options: FinalRequestOptions, model: str, rest: list[bytes]
    ) -> None:
        """`rest` is the body in pieces, but for its id and what stands before that."""
        self.options = options
        self.model = model
        self._rest = rest

    def body(self, request_id: str) -> list[bytes]:
        """Return the body for one try, in pieces. Z.AI refuses an id it has seen."""
        start = b'{"request_id":%s,' % encode(request_id)
        if len(self._rest) == 1:
            return [start + self._rest[0]]
        return [start, *self._rest]


def question_of(options: FinalRequestOptions, *, large: bool) -> Question:
    """Return what the SDK built, encoded. `large`: its texts may be long."""
    body = body_of(options)
    options.json_data = options.extra_json = None
    rest = _cut(body) if large else [encode(body)[1:]]
    return Question(options, body["model"], rest)


def body_of(options: FinalRequestOptions) -> dict[str, Any]:
    """Return the body that the SDK built, without what it sends for what was not given:
    null for `thinking` and `response_format`."""
    built: Any = options.json_data
    body: dict[str, Any] = {**built, **(options.extra_json or {})}
    return {k: v for k, v in body.items() if v is not None and k != "request_id"}


def _cut(body: dict[str, Any]) -> list[bytes]:
    long_texts: list[str] = []
    skeleton = encode(_take_out(body, long_texts))[1:].split(PLACE.encode())
    blocks, block = [], bytearray()
    for between, text in zip(skeleton, [*long_texts, ""], strict=True):
        block += between
        for start in range(0, len(text), PIECE):
            block += encode(text[start : start + PIECE])[1:-1]
            if len(block) >= BLOCK:
                blocks.append(bytes(block))
                block = bytearray()
    return [*blocks, bytes(block)]


def _take_out(value: Any, long_texts: list[str]) -> Any:
    """Copy `value`, with `PLACE` for each long text, which goes to `long_texts`."""
    match value:
        case str() if len(value) > PIECE:
            long_texts.append(value)
            return PLACE
        case dict():
            return {key: _take_out(inner, long_texts) for key, inner in value.items()}
        case list():
            return [_take_out(inner, long_texts) for inner in value]
    return value
