"""The events of Z.AI's stream, out of its bytes. No input or output here."""

import re

from chat.event import Batch, Event
from chat.failures import Failure, UpstreamFailed
from chat.upstream import errors
from chat.upstream.limits import (
    LONG_EVENT,
    LONGEST_EVENT,
    has_too_many_values,
    make_unreadable,
)
from chat.upstream.opening import Opening
from chat.upstream.repair import UNDECODABLE, Repair
from chat.upstream.sse import LF, Decoder

DONE = b"[DONE]"
FRAME = b"data: "
ID = re.compile(rb'"id" ?: ?"([^"]+)"')
# A new attempt of Z.AI's is looked for only so far, and so often.
LONGEST_CUT_OFF = 64 * 1024
MOST_ATTEMPTS = 8


class Events:
    """Those of one answer, in batches as their bytes come.

    What could be read before a fault is in the batch, and the fault is its `failure`;
    what cannot be read is in none. `is_done`: `[DONE]` came. `is_over`: so it did, or
    the failure is of what was read; nothing that follows counts.
    """

    __slots__ = (
        *("_before", "_began", "_broken", "_decoder", "_id", "_opening", "_spoke"),
        *("failure", "is_done", "is_over", "repair"),
    )

    def __init__(self, model: str) -> None:
        """`model` is the one that was asked."""
        self.repair = Repair(model)
        self.is_done = False
        self.is_over = False
        self.failure: Failure | None = None
        self._before: Event | None = None
        self._decoder = Decoder()
        self._opening: Opening | None = Opening()
        self._began = False  # an event was returned
        self._spoke = False  # an event with something to see was returned
        self._broken = False  # an unreadable frame came before that
        self._id: str | None = None

    def add(self, data: bytes, *, is_end: bool) -> Batch:
        """Return the events that are whole with `data`; with `is_end`, all that are
        left."""
        if self._opening:
            data = self._recognise(self._opening, data, is_end)
        size = self._decoder.pending + len(data)
        payloads = self._decoder.feed(data)
        if is_end:
            payloads += self._decoder.finish()
        if size > LONG_EVENT:
            self._check(payloads)
        batch = self._make_batch(payloads)
        if is_end or self.is_done:
            self._end_halves(batch)
        return batch

    def _recognise(self, opening: Opening, data: bytes, is_end: bool) -> bytes:
        held = opening.feed(data)
        if is_end and opening.is_other:
            self.failure = errors.make_body_failure(held)
        elif opening.is_events:
            self._opening = None
            return held
        return b""

    def _check(self, payloads: list[bytes]) -> None:
        """Note a failure at what is too much; take that out, with all that follows."""
        if self._decoder.pending > LONGEST_EVENT:
            self.failure = make_unreadable("an event without end")
        for index, payload in enumerate(payloads):
            if len(payload) > LONG_EVENT and has_too_many_values(payload):
                self.failure = make_unreadable("an event with too many values")
                del payloads[index:]

    def _make_batch(self, payloads: list[bytes]) -> Batch:
        # Once for every event: what can stay out of this loop does.
        as_they_came: list[bytes] = []
        events: list[Event] = []
        decode, before = self.repair.decode, self._before
        for payload in payloads:
            if payload == DONE:
                self.is_done, self.failure = True, None
                break
            try:
                payload.isascii() or payload.decode()
                event = decode(payload)
            except UNDECODABLE:
                found = self._look_closer(payload, before)
                if self.failure:
                    break
                if found is None:
                    continue
                payload, event = found
                decode = self.repair.decode
            if (event.id != self._id or self._broken) and not self._accept(event):
                break
            if not self._spoke:
                self._began = True
                self._spoke = event.says_something
            # An event may span lines; ours are one line each.
            as_they_came.append(
                payload.replace(b"\n", b" ") if LF in payload else payload
            )
            events.append(event)
            before = event
        else:
            self._before = before
            return Batch(as_they_came, events)
        self.is_over = True
        return Batch(as_they_came, events)

    def _end_halves(self, batch: Batch) -> None:
        before = batch.events[-1] if batch else self._before
        if self._spoke and (last := self.repair.end(before)):
            batch.payloads.append(last[0])
            batch.events.append(last[1])

    def _look_closer(
        self, payload: bytes, before: Event | None
    ) -> tuple[bytes, Event] | None:
        """Return the event in another than the usual shape; None if it says nothing."""
        try:
            found = self.repair.mend(payload, before)
        except UNDECODABLE:
            found = self._find_second_attempt(payload)
        if found and found[1].error is not None:
            error = found[1].error
            self.failure = errors.make_stream_failure(error, begun=self._began)
        return found

    def _find_second_attempt(self, payload: bytes) -> tuple[bytes, Event] | None:
        """Return the frame of a new attempt of Z.AI's, glued to one that was cut off.

        Seen on GLM 4.7 and 5.1 (zai-org/GLM-5#66): the first frame ends anywhere, and
        `data: {…}` of another id follows at once. Returns None without such a frame;
        it may still be the next one, as long as no word was returned.
        """
        if self._spoke:
            self.failure = make_unreadable(errors.describe_body(payload))
            return None
        self._broken = True
        payload = payload[:LONGEST_CUT_OFF]
        if self._id is None and (cut_off := ID.search(payload)):
            self._id = cut_off[1].decode(errors="replace")
        at = payload.find(FRAME)
        for _ in range(MOST_ATTEMPTS):
            if at < 0:
                break
            tail = payload[at + len(FRAME) :]
            try:
                return self.repair.mend(tail, None)
            except UNDECODABLE:
                at = payload.find(FRAME, at + 1)
        return None

    def _accept(self, event: Event) -> bool:
        """Whether `event` may follow what came before.

        After an unreadable frame only another attempt may, and another attempt only
        before the first word.
        """
        is_new = None not in (event.id, self._id) and event.id != self._id
        if self._broken and not is_new:
            self.failure = make_unreadable("a frame in the midst of an answer")
        elif is_new and self._spoke:
            self.failure = UpstreamFailed(
                "Z.AI's answer broke off and began anew.",
                diagnosis="Z.AI began another answer in the midst of one",
            )
        self._id = event.id or self._id
        self._broken = False
        return self.failure is None
