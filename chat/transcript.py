"""What came back, put together from the events."""

from typing import Any

from chat.conversation import Message
from chat.event import Batch, Delta, Event
from chat.requestlog.excerpt import note

MOST_CALLS = 200
UNCOUNTED = 500
LONG = 10_000


class Growing:
    """A text that comes in pieces; of a long one, the first and the last `most`
    characters."""

    __slots__ = ("_head", "_left_out", "_most", "_parts", "_size", "_tail")

    def __init__(self, most: int) -> None:
        self._most = most
        self._head = ""
        self._left_out = 0
        self._tail: list[str] = []
        self._size = 0  # of the tail
        self._parts: list[str] = []  # the last pieces, which nobody has counted yet

    def __bool__(self) -> bool:
        return bool(self._parts or self._tail)

    def add(self, text: str) -> None:
        self._parts.append(text)
        if len(self._parts) == UNCOUNTED or len(text) > LONG:
            self._count()

    def __str__(self) -> str:
        self._count()
        rest = "".join(self._tail)
        if not self._left_out:
            return self._head + rest
        left_out = note(self._left_out, "characters")
        return f"{self._head}\n{left_out}\n{rest}"

    def _count(self) -> None:
        """Now and then, for most pieces are a word."""
        text = "".join(self._parts)
        self._parts = []
        self._tail.append(text)
        self._size += len(text)
        if self._size > 2 * self._most:
            self._shrink()

    def _shrink(self) -> None:
        text = "".join(self._tail)
        if not self._head:
            self._head, text = text[: self._most], text[self._most :]
        tail = text[-self._most :]
        self._left_out += len(text) - len(tail)
        self._tail, self._size = [tail], len(tail)


class Transcript:
    """Collects parts as they come; joins them only when asked.

    Of each text it keeps the first and the last `most` characters.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._content = Growing(most)
        self._reasoning = Growing(most)
        self._tool_calls: list[tuple[dict[str, Any], Growing]] = []
        self._web_search: Any = None

    def add(self, batch: Batch) -> None:
        for event in batch.events:
            if event.choices and (delta := event.choices[0].delta) is not None:
                self._add(delta)
            if event.web_search is not None:
                self._web_search = event.web_search

    def add_completion(self, completion: Event) -> None:
        if completion.choices and (message := completion.choices[0].message):
            self._add(message)
        self._web_search = completion.web_search

    @property
    def answer(self) -> Message | None:
        """The answer as the message a caller would send back; None if there is none."""
        content = str(self._content)
        if not content and not self._tool_calls:
            return None
        message: Message = {"role": "assistant", "content": content}
        if self._tool_calls:
            message["tool_calls"] = [_whole(*call) for call in self._tool_calls]
        return message

    @property
    def reasoning(self) -> str:
        return str(self._reasoning)

    @property
    def extra(self) -> dict[str, Any] | None:
        """What else came that a reader may want to see."""
        return None if self._web_search is None else {"web_search": self._web_search}

    def _add(self, said: Delta) -> None:
        if said.content:
            self._content.add(said.content)
        if said.reasoning_content:
            self._reasoning.add(said.reasoning_content)
        if said.tool_calls:
            for call in said.tool_calls:
                if isinstance(call, dict):
                    self._add_tool_call(call)

    def _add_tool_call(self, part: dict[str, Any]) -> None:
        """Begin a call, or add a fragment of its arguments to one that has begun."""
        index = part.get("index")
        known = next((c for c in self._tool_calls if c[0].get("index") == index), None)
        if known is None and len(self._tool_calls) < MOST_CALLS:
            known = (part, Growing(self._most))
            self._tool_calls.append(known)
        arguments = _function(part).get("arguments")
        if known and isinstance(arguments, str):
            known[1].add(arguments)


def _whole(call: dict[str, Any], arguments: Growing) -> dict[str, Any]:
    function = dict(_function(call))
    if arguments:
        function["arguments"] = str(arguments)
    return {**call, "function": function}


def _function(part: dict[str, Any]) -> dict[str, Any]:
    function = part.get("function")
    return function if isinstance(function, dict) else {}
