"""What a lane learns from each try: how many Z.AI takes, and how long each lasts."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from math import inf

from msgspec.structs import replace

from chat.failures import Failure
from chat.gate import closing, estimate, learning
from chat.gate.slot import Slot
from chat.gate.state import Slots, State
from chat.gate.verdict import Verdict, judge

# What slots were held for is told others so often, the first few at once.
SECONDS_BETWEEN_NOTES = 1.0
MOST_HOLDS_BETWEEN_NOTES = 100
FIRST_REST = 1.0
LONGEST_REST = 30.0
# Z.AI may hear later than we that a caller has left, and refuses one more until then.
SECONDS_TO_HEAR = 3.0
# It may also count an answer as open for a moment after its last event: who asks that
# soon and is refused has learned nothing; but not so again before 20 others answered.
SECONDS_TO_FREE = 0.25
ANSWERS_BETWEEN_EXCUSES = 20


class Lessons:
    """Times are by `clock`. `refusals` is how many there were."""

    def __init__(
        self, slots: Slots, highest: int | None, clock: Callable[[], float]
    ) -> None:
        self.refusals = 0
        self._slots = slots
        self._highest = highest
        self._clock = clock
        self._freed_at = -inf
        self._answers = ANSWERS_BETWEEN_EXCUSES  # since a refusal was excused
        self._left_at: list[float] = []  # when callers left in the midst of an answer
        self._holds: list[float] = []  # in seconds, that others do not know yet
        self._next_note = 0.0

    @property
    def hold(self) -> float | None:
        """For how many seconds a slot is held, about; None as long as nobody knows."""
        return estimate.learn_holds(self._holds, self._slots.read()).hold

    @property
    def is_soon(self) -> bool:
        """Whether a slot was given back just now."""
        return self._clock() - self._freed_at < SECONDS_TO_FREE

    def learn_answer(self, slot: Slot, held: Iterable[Slot]) -> bool:
        """Z.AI has begun to answer; whether more may be asked now than before.

        `held` are all slots of this process.
        """
        self._answers += 1
        state = self._slots.read()
        is_full = self._slots.count(exactly=True) >= state.learned.limit
        if not is_full and closing.learn_success(state) is state:
            return False

        is_last = all(one.has_begun for one in held)

        def change(state: State) -> State:
            state = closing.learn_success(state)
            if not is_full:
                return state
            learned = learning.learn_answer(
                state.learned, slot.at_change, self._highest, is_last=is_last
            )
            return replace(state, learned=learned)

        return self._slots.change(change).learned.limit > state.learned.limit

    def learn_end(self, slot: Slot, failure: Failure | None) -> None:
        """The slot was given back: after `failure`, or with the end of an answer."""
        self._freed_at = now = self._clock()
        if failure:
            self._learn_failure(slot, failure)
        elif slot.has_begun:
            self._note_hold(now - slot.taken_at, now)

    def note_leaving(self) -> None:
        """A caller has left in the midst of an answer, and Z.AI hears of it soon."""
        self._left_at = [*self._left_lately(), self._clock()]

    def _learn_failure(self, slot: Slot, failure: Failure) -> None:
        if judge(failure) is not Verdict.TOO_MANY:
            self._slots.change(
                partial(
                    closing.learn_failure, failure=failure, found_out=slot.finds_out
                )
            )
        elif not self._is_excused(slot):
            self._slots.change(partial(self._refused, slot))
            self.refusals += 1

    def _refused(self, slot: Slot, state: State) -> State:
        state = closing.learn_success(state) if state.closure else state
        since = self.refusals - slot.refusals
        ran = max(self._slots.count(exactly=True), slot.ran - since)
        learned = learning.learn_refusal(state.learned, ran)
        if ran > 0:
            return replace(state, learned=learned)
        alone = state.refused_alone + 1
        rest = min(FIRST_REST * 2 ** (alone - 1), LONGEST_REST)
        return replace(
            state,
            learned=learned,
            refused_alone=alone,
            rests_until=time.time() + rest,
        )

    def _is_excused(self, slot: Slot) -> bool:
        """Whether Z.AI may have refused for what it has yet to hear of: that a caller
        has left, or took the last of its answer.

        A probe needs no excuse: all it costs is that the next one comes later.
        """
        if self._slots.read().learned.is_probing:
            return False
        if slot.is_soon and self._answers >= ANSWERS_BETWEEN_EXCUSES:
            self._answers = 0
            return True
        self._left_at = self._left_lately()
        return bool(self._left_at and self._left_at.pop())

    def _left_lately(self) -> list[float]:
        now = self._clock()
        return [at for at in self._left_at if now - at < SECONDS_TO_HEAR]

    def _note_hold(self, held: float, now: float) -> None:
        self._holds.append(held)
        is_due = now >= self._next_note or len(self._holds) >= MOST_HOLDS_BETWEEN_NOTES
        if is_due or self._slots.read().holds < estimate.MOST_HOLDS:
            holds, self._holds = self._holds, []
            self._next_note = now + SECONDS_BETWEEN_NOTES
            self._slots.change(partial(estimate.learn_holds, holds))
