"""What the SDK makes of the parameters of a question, kept: most ask with the same."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from zai.core._request_opt import FinalRequestOptions

from chat.conversation import ChatRequest, Message
from chat.upstream.question import body_of

# The SDK looks at a form once for each of so many; longer ones are not worth a place.
MOST = 256
LONGEST = 4096
encode = msgspec.json.encode

Build = Callable[[ChatRequest, list[Message]], FinalRequestOptions]


class Form(NamedTuple):
    """All but the conversation: `options` have the head, `rest` is the end of the body,
    without its beginning."""

    options: FinalRequestOptions
    rest: bytes


class Forms:
    """`build` has the SDK build a question; it is asked for one without messages."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._kept: OrderedDict[bytes, Form] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, asked: ChatRequest) -> Form:
        """Return the form of `asked`. Raises RecursionError, as `build` does."""
        key = encode((asked.model, asked.stream, asked.parameters))
        if (form := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return form
        options = self._build(asked, [])
        body = body_of(options)
        del body["messages"]
        options.json_data = options.extra_json = None
        form = Form(options, encode(body)[1:])
        if len(key) <= LONGEST:
            self._kept[key] = form
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return form


def is_plain(messages: list[Message]) -> bool:
    """Whether the SDK leaves `messages` as they are: it changes images alone, which
    stand in lists of parts."""
    return all(not isinstance(one.get("content"), list) for one in messages)
