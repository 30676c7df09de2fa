"""An answer in OpenAI's dialect for who asked for JSON: without fences around it."""

from typing import Any

import msgspec
from msgspec import UNSET

from chat.event import Batch, Event, decode_event
from chat.failures import Failure
from chat.protocols.answers import OpenAIChatEvent, OpenAIChoiceDelta, Said
from chat.protocols.fences import Unfencing, remove_fence
from chat.protocols.openai_writer import OpenAIWriter
from chat.protocols.payload import decode


class JsonWriter(OpenAIWriter):
    """Looks at the words of an answer until it is known that none of them changes."""

    def __init__(self, request_id: str, usage_apart: bool) -> None:
        super().__init__(request_id, usage_apart)
        self._unfencing = Unfencing()
        self._held = Event()  # the last of which something was held back

    def frames(self, batch: Batch) -> bytes:
        if self._unfencing.is_over:
            return super().frames(batch)
        left = Batch()
        for payload, event in zip(batch.payloads, batch.events, strict=True):
            if pair := self._change(payload, event):
                left.payloads.append(pair[0])
                left.events.append(pair[1])
        return super().frames(left)

    def done(self) -> bytes:
        return self._release() + super().done()

    def broken_off(self, failure: Failure) -> bytes:
        return self._release() + super().broken_off(failure)

    def _change(self, payload: bytes, event: Event) -> tuple[bytes, Event] | None:
        """Return the event without what is no part of the JSON, unless that was all."""
        delta = event.choices[0].delta
        if delta is None or not delta.content:
            return payload, event
        text = self._unfencing.add(delta.content)
        if text == delta.content:
            return payload, event
        self._held = event
        if not text and _says_nothing_else(event):
            return None
        fields = decode(payload)
        fields["choices"][0]["delta"]["content"] = text
        payload = msgspec.json.encode(fields)
        return payload, decode_event(payload)

    def _release(self) -> bytes:
        """Return what was held back to the end, and is no fence."""
        text = self._unfencing.end()
        if not text:
            return b""
        payload = msgspec.json.encode(_say(text, self._held))
        batch = Batch()
        batch.payloads.append(payload)
        batch.events.append(decode_event(payload))
        return super().frames(batch)


def _say(text: str, like: Event) -> OpenAIChatEvent:
    """Return an event of the same answer as `like`, with these words alone."""
    said = Said(role="assistant", content=text)
    return OpenAIChatEvent(
        id=like.id or UNSET,
        object="chat.completion.chunk",
        created=like.created or 0,
        model=like.model or "",
        choices=[OpenAIChoiceDelta(index=0, delta=said)],
    )


def _says_nothing_else(event: Event) -> bool:
    """Whether there is nothing in `event` but its words."""
    choice = event.choices[0]
    beside = (choice.finish_reason, event.usage, event.web_search)
    said = choice.delta
    return not any(beside) and not (
        said and (said.reasoning_content or said.tool_calls)
    )


def remove_fence_of(message: dict[str, Any]) -> None:
    """Take the fence off the words of a whole answer."""
    if isinstance(content := message.get("content"), str):
        message["content"] = remove_fence(content)
