"""What came back, put together from the events."""

from typing import Any

from chat.conversation import Message
from chat.event import Batch, Delta, Event


class Transcript:
    """Collects parts as they come; joins them only when asked."""

    def __init__(self) -> None:
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._tool_calls: list[dict[str, Any]] = []
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
        content = "".join(self._content)
        if not content and not self._tool_calls:
            return None
        message: Message = {"role": "assistant", "content": content}
        if self._tool_calls:
            message["tool_calls"] = self._tool_calls
        return message

    @property
    def reasoning(self) -> str:
        return "".join(self._reasoning)

    @property
    def extra(self) -> dict[str, Any] | None:
        """What else came that a reader may want to see."""
        return None if self._web_search is None else {"web_search": self._web_search}

    def _add(self, said: Delta) -> None:
        if said.content:
            self._content.append(said.content)
        if said.reasoning_content:
            self._reasoning.append(said.reasoning_content)
        if said.tool_calls:
            for call in said.tool_calls:
                if isinstance(call, dict):
                    self._add_tool_call(call)

    def _add_tool_call(self, part: dict[str, Any]) -> None:
        """Begin a call, or add a fragment of its arguments to one that has begun."""
        known = next(
            (c for c in self._tool_calls if c.get("index") == part.get("index")), None
        )
        if known is None:
            self._tool_calls.append({**part, "function": {**_function(part)}})
            return
        arguments = _function(part).get("arguments") or ""
        known["function"]["arguments"] = (
            known["function"].get("arguments") or ""
        ) + arguments


def _function(part: dict[str, Any]) -> dict[str, Any]:
    function = part.get("function")
    return function if isinstance(function, dict) else {}
