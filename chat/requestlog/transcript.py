"""What came back, put together from the events."""

from typing import Any

from chat.conversation import Message
from chat.event import Batch, Delta, Event, ToolCall
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

    __slots__ = ("_content", "_most", "_reasoning", "_tool_calls", "_web_search")

    def __init__(self, most: int) -> None:
        self._most = most
        self._content = Growing(most)
        self._reasoning = Growing(most)
        self._tool_calls: list[tuple[dict[str, Any], Growing]] = []
        self._web_search: Any = None

    def add(self, batch: Batch) -> None:
        if batch.text is not None:  # as most often
            self._content.add(batch.text)
            return
        for event in batch.events:
            if (delta := event.choices[0].delta) is not None:
                if delta.reasoning_content or delta.tool_calls:
                    self._add(delta)
                elif delta.content:  # as most are
                    self._content.add(delta.content)
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
        for piece in said.tool_calls or ():
            self._add_tool_call(piece)

    def _add_tool_call(self, piece: ToolCall) -> None:
        """Begin a call, or add to the name and the arguments of one that has begun."""
        calls = self._tool_calls
        if piece.index == len(calls) < MOST_CALLS:
            call: dict[str, Any] = {"id": piece.id, "index": piece.index}
            calls.append(
                ({**call, "type": piece.type, "name": ""}, Growing(self._most))
            )
        if piece.index < len(calls):
            call, arguments = calls[piece.index]
            call["name"] += piece.function.name or ""
            arguments.add(piece.function.arguments or "")


def _whole(call: dict[str, Any], arguments: Growing) -> dict[str, Any]:
    told = {name: value for name, value in call.items() if name != "name"}
    return {**told, "function": {"name": call["name"], "arguments": str(arguments)}}
