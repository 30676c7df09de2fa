"""An answer in OpenAI's dialect: Z.AI's events, with what OpenAI's clients miss.

Facts about the clients: openai 2.54 (its `stream()` helper joins every `role` it gets
to one word), langchain-openai 1.7 (adds up every `usage`).
"""

from typing import Any

import msgspec
from msgspec import UNSET, structs, to_builtins

from chat.event import Batch, Event
from chat.failures import Failure
from chat.protocols import Writer, sse
from chat.protocols.answers import OpenAIChatEvent, OpenAIChoiceDelta, Said
from chat.protocols.error_shapes import (
    OpenAIErrorDetail,
    OpenAIErrorFrame,
    OpenAILateError,
    describe_late,
)
from chat.protocols.payload import decode

# Z.AI tells the role in every event. A quote within a text is escaped: these bytes
# are nothing else.
DELTA = b'"delta":{'
DELTA_WITH_ROLE = b'"delta":{"role":"assistant",'
HEAD = ("id", "created", "object", "model")
KNOWN = (*HEAD, "choices")
# As few events are searched quicker than compared.
MANY = 8
FINISH_REASONS: dict[str | None, str | None] = {
    "sensitive": "content_filter",
    "model_context_window_exceeded": "length",
    "network_error": None,  # an error follows
}
# Of Z.AI's codes and ours, those for which OpenAI's clients have a word, and act on it:
# langchain makes a conversation shorter.
CODES = {
    "1261": "context_length_exceeded",
    "unauthenticated": "invalid_api_key",
    "rate_limited": "rate_limit_exceeded",
    "budget_spent": "insufficient_quota",
}


class OpenAIWriter(Writer):
    """Tells why the answer ended once, at its end; Z.AI may do so before that."""

    def __init__(self, request_id: str, usage_apart: bool) -> None:
        """`usage_apart`: the usage comes in a chunk of its own."""
        self._request_id = request_id
        self._usage_apart = usage_apart
        self._begun = False
        # How events begin, with the role and without it.
        self._head, self._bare_head = b"", b""
        # What tells the reason and the usage, once nothing else can come; and what
        # else Z.AI told beside them.
        self._last: OpenAIChatEvent | None = None
        self._further: dict[str, Any] = {}

    def frames(self, batch: Batch) -> bytes:
        if batch.goes_on and self._begun:
            return self._go_on(batch.payloads)
        payloads = batch.payloads
        for index, event in enumerate(batch.events):
            if event.choices[0].finish_reason or event.usage:
                payloads[index] = self._hold_back(payloads[index], event)
        payloads = [payload for payload in payloads if payload]
        if not payloads:
            return b""
        if self._begun:
            return self._go_on(payloads)
        self._begun = True
        first = sse.frame_all([_introduce(payloads[0])])
        rest = payloads[1:]
        return first + (self._go_on(rest) if rest else b"")

    def heartbeat(self) -> bytes:
        return sse.HEARTBEAT

    def done(self) -> bytes:
        last = self._last
        if last is None:
            return sse.DONE
        if not self._begun:
            last.choices[0].delta = Said(role="assistant")
        if not self._usage_apart or last.usage is UNSET:
            return self._frame(last) + sse.DONE
        end = structs.replace(last, usage=UNSET)
        usage = structs.replace(last, choices=[])
        return self._frame(end) + self._frame(usage) + sse.DONE

    def broken_off(self, failure: Failure) -> bytes:
        error = describe_late(failure, OpenAILateError, self._request_id)
        use_openais_code(error)
        return sse.frame(OpenAIErrorFrame(error))

    def _go_on(self, payloads: list[bytes]) -> bytes:
        """Return the frames of events after the first, without their roles.

        The events of an answer begin alike, up to the role: where there are many, that
        much is exchanged in all of them, which costs a third of a search.
        """
        if len(payloads) < MANY:
            return _leave_roles_out(sse.frame_all(payloads))
        head = self._head
        rests = [payload.removeprefix(head) for payload in payloads]
        cut_off = sum(map(len, payloads)) - sum(map(len, rests))
        if head and cut_off == len(head) * len(payloads):
            return sse.frame_alike(self._bare_head, rests)
        before, role, _ = payloads[-1].partition(DELTA_WITH_ROLE)
        if role:
            self._head, self._bare_head = before + role, before + DELTA
        return _leave_roles_out(sse.frame_all(payloads))

    def _hold_back(self, payload: bytes, event: Event) -> bytes:
        """Return the event without reason and usage; nothing if no more is in it."""
        fields = decode(payload)
        reason = fields["choices"][0].pop("finish_reason", None)
        usage = fields.pop("usage", None)
        fields.setdefault("object", "chat.completion.chunk")
        head = {name: fields[name] for name in HEAD if fields.get(name) is not None}
        if self._last is None:
            choice = OpenAIChoiceDelta(index=0, delta=Said(), finish_reason=None)
            self._last = OpenAIChatEvent(choices=[choice], **head)
        else:
            self._last = structs.replace(self._last, **head)
        if reason is not None:
            self._last.choices[0].finish_reason = FINISH_REASONS.get(reason, reason)
        if usage is not None:
            self._last.usage = usage
        self._further |= {k: v for k, v in fields.items() if k not in KNOWN}
        return msgspec.json.encode({**fields, **head}) if event.says_something else b""

    def _frame(self, event: OpenAIChatEvent) -> bytes:
        """Return `event` with all that Z.AI told; the usage stands last."""
        fields = {**to_builtins(event), **self._further}
        if "usage" in fields:
            fields["usage"] = fields.pop("usage")
        return sse.frame(fields)


def _leave_roles_out(frames: bytes) -> bytes:
    # Two thirds of the time of `replace`, which looks for each place twice.
    return DELTA.join(frames.split(DELTA_WITH_ROLE))


def _introduce(payload: bytes) -> bytes:
    """Return the first event with the role: one with a tool call does not tell it."""
    fields = decode(payload)
    for choice in fields["choices"]:
        choice["delta"] = {"role": "assistant", **(choice.get("delta") or {})}
        choice.setdefault("finish_reason", None)
    return msgspec.json.encode(fields)


def use_openais_code(error: OpenAIErrorDetail) -> None:
    """Put OpenAI's code into the place of Z.AI's or ours, where there is one."""
    error.code = CODES.get(error.code or "", error.code)


def translate_finish_reason(choice: dict[str, Any]) -> None:
    """Put OpenAI's word for why an answer ended into `choice`."""
    reason = choice.get("finish_reason")
    choice["finish_reason"] = FINISH_REASONS.get(reason, reason)
