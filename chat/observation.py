"""What was seen of an exchange. What was not seen is None, never 0."""

import time
from datetime import UTC, datetime

from chat.conversation import LONGEST_MODEL
from chat.event import Batch, Event, Usage, has_a_word, is_whole

# What Z.AI calls things is shorter; of what is longer the beginning is kept.
LONGEST_REASON = 40
LONGEST_ID = 80


class Observation:
    """Times are in seconds since the exchange was opened, but for `opened_at`."""

    __slots__ = (
        *("_seems_over", "_start", "answered_model", "duration", "events"),
        *("finish_reason", "first_event", "first_sign", "first_word", "has_begun"),
        *("has_words", "is_done", "opened_at", "upstream_id", "usage"),
    )

    def __init__(self) -> None:
        self.opened_at = datetime.now(UTC)
        self._start = time.monotonic()
        self.first_event: float | None = None
        self.first_sign: float | None = None  # of an answer, be it a thought
        self.first_word: float | None = None  # that a user can see
        self.has_words = False  # that a user can see, or a tool call
        self.has_begun = False  # anything of an answer came
        self.duration: float | None = None
        self.events: int | None = None
        self.finish_reason: str | None = None
        self.is_done = False  # `[DONE]` came
        self.usage: Usage | None = None
        self.answered_model: str | None = None
        self.upstream_id: str | None = None

        self._seems_over = False

    @property
    def is_whole(self) -> bool:
        """Whether all of the answer is there, by what came so far."""
        told_more = self.is_done or self.usage is not None
        return is_whole(self.finish_reason, told_more=told_more)

    @property
    def seems_over(self) -> bool:
        """Whether nothing is to be expected after the last event but `[DONE]`.

        GLM-4.5V and gateways tell a finish reason early, in the midst of an answer.
        """
        return self._seems_over and self.is_whole

    def since(self, moment: float) -> float:
        """Return the seconds from `moment` of the monotonic clock to the opening."""
        return self._start - moment

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def saw(self, batch: Batch) -> None:
        """Note the events of `batch`; costs next to nothing after the first word."""
        events = batch.events
        if self.events is None:
            self._saw_first(events[0])
        self.events = (self.events or 0) + len(events)
        if self.first_sign is None and any(e.says_something for e in events):
            self.first_sign = self.elapsed
        has_word, goes_on = self.first_word is not None, True
        for event in events:
            choice = event.choices[0]
            if event.usage is not None:
                self.usage, goes_on = event.usage, False
            if choice.finish_reason is not None:
                self.finish_reason, goes_on = choice.finish_reason, False
            if not has_word and (delta := choice.delta):
                if delta.content and not delta.content.isspace():
                    self.first_word = self.elapsed
                    self.has_words = has_word = True
                elif delta.tool_calls:
                    self.has_words = True
        batch.goes_on = goes_on
        if goes_on and len(events) == 1:
            said = choice.delta
            if (
                said is not None
                and not said.reasoning_content
                and not said.tool_calls
                and event.web_search is None
            ):
                batch.text = said.content or None
        if self.finish_reason is not None:
            last = events[-1]
            has_reason = last.finish_reason is not None and not last.says_something
            self._seems_over = has_reason or last.usage is not None

    def saw_completion(self, completion: Event) -> None:
        """Note an answer that came whole."""
        self._identify(completion)
        self.usage = completion.usage
        self.finish_reason = completion.finish_reason
        said = completion.choices[0].message if completion.choices else None
        self.has_words = said is not None and has_a_word(said)

    def end(self) -> None:
        self.duration = self.elapsed
        self.finish_reason = self.finish_reason and self.finish_reason[:LONGEST_REASON]

    def _saw_first(self, event: Event) -> None:
        self.first_event = self.elapsed
        self._identify(event)

    def _identify(self, event: Event) -> None:
        self.has_begun = True
        self.upstream_id = event.id and event.id[:LONGEST_ID]
        self.answered_model = event.model and event.model[:LONGEST_MODEL]
