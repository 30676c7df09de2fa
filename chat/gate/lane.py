"""A key and a model of Z.AI's, to which its limits apply: slots, and who waits."""

import asyncio
import heapq
import random
import time
from collections.abc import Iterator
from functools import partial
from math import ceil, inf

from django.conf import settings
from msgspec.structs import replace

from chat.failures import AtCapacity, Failure, QueueTimeout
from chat.gate import closing, estimate, learning
from chat.gate.line import Line
from chat.gate.slot import Slot
from chat.gate.state import Slots, State
from chat.gate.verdict import Verdict, judge
from chat.gate.waiter import Place, Waiter, Who

# Places are counted when somebody asks, and for those who watch all of them.
SECONDS_BETWEEN_COUNTS = 0.5
SECONDS_BETWEEN_PLACES = 1.0
SECONDS_BETWEEN_NOTES = 5.0
# One that is refused comes again after so long, unless Z.AI says when: with others of
# ours running once one of them ends, but not at once; else later each time.
SECONDS_ASIDE = 0.2
FIRST_REST = 1.0
LONGEST_REST = 30.0
# Z.AI may hear later than we that a caller has left, and refuses one more until then.
SECONDS_TO_HEAR = 3.0
# It may also count an answer as open for a moment after its last event: who asks that
# soon and is refused has learned nothing; but not so again before 20 others answered.
SECONDS_TO_FREE = 0.25
ANSWERS_BETWEEN_EXCUSES = 20


class Crowd:
    """How many wait, in all lanes together."""

    def __init__(self) -> None:
        self.number = 0


class Lane:
    """Of one event loop. `take` a slot before each try, and give it back."""

    def __init__(
        self, model: str, slots: Slots, crowd: Crowd, highest: int | None
    ) -> None:
        """`highest` is the most that the operator allows at a time; None: no limit."""
        self.model = model
        self._slots = slots
        self._crowd = crowd
        self.highest = highest
        self._loop = asyncio.get_running_loop()
        self._clock = self._loop.time
        self._held: set[Slot] = set()
        self._line = Line()
        self._aside: list[tuple[float, int, Waiter]] = []  # a heap, by when it is due
        self._comers = 0
        self._refusals = 0
        self._freed_at = -inf
        self._answers = ANSWERS_BETWEEN_EXCUSES  # since a refusal was excused
        self._left_at: list[float] = []  # when callers left in the midst of an answer
        self._hold = slots.read().hold
        self._holds = 0
        self._next_note = 0.0
        self._counted_at = -inf
        self._timer: asyncio.TimerHandle | None = None
        slots.serve(self)

    @property
    def is_idle(self) -> bool:
        return not (self._held or self.waiting or self._slots.read().closure)

    @property
    def is_free(self) -> bool:
        """Whether somebody who comes has a slot at once, as far as it looks."""
        state = self._slots.read()
        is_shut = closing.refusal_by(state) is not None
        return not (is_shut or self.waiting) and self.open < self._limit(state)

    @property
    def waiting(self) -> int:
        return len(self._line) + len(self._aside)

    @property
    def state(self) -> State:
        return self._slots.read()

    @property
    def open(self) -> int:
        return self._slots.count()

    @property
    def own_open(self) -> int:
        """How many of those that are open are this process's."""
        return len(self._held)

    @property
    def limit(self) -> int:
        return self._limit(self._slots.read())

    async def take(self, waiter: Waiter, seconds: float, due: float = 0.0) -> Slot:
        """Return a slot, once it is the turn of `waiter`.

        One that was refused comes again, and is the first from `due` on, by the loop's
        clock. Raises QueueTimeout after `seconds`, AtCapacity where too many wait, and
        GateShut.
        """
        state = self._slots.read()
        finds_out = self._look(state)
        goes_first = finds_out or not (self.waiting or due)
        if goes_first and (slot := self._take(state, finds_out)):
            return slot
        # All slots are taken still: somebody else will find out.
        turned_away: Failure | None = closing.refusal_by(state) if finds_out else None
        if not turned_away and due - self._clock() > seconds:  # Z.AI told so
            turned_away = self._too_long(ceil(due - self._clock()))
        elif not due and self._crowd.number >= settings.CHAT_QUEUE_LENGTH:
            turned_away = turned_away or self._full()
        waiter.finds_out, waiter.may_wait = finds_out, not turned_away
        if turned_away and not (goes_first and self._slots.gives_turns):
            raise turned_away
        if slot := await self._wait(waiter, seconds, due):
            return slot
        raise turned_away or self._full()

    def grant(self, waiter: Waiter, number: int | None) -> None:
        """It is the turn of `waiter`, in the line of all processes; None: there was no
        slot for one that may not wait."""
        if waiter.turn.done():  # it has left, and its task has yet to hear of it
            if number is not None:
                self._slots.give_back(number)
            return
        self._take_out(waiter, had_turn=number is not None)
        slot = None
        if number is not None:
            slot = self._hold_slot(number, self._slots.read(), waiter.finds_out)
        waiter.turn.set_result(slot)

    def look(self) -> None:
        """There may be slots, or the gate may be shut."""
        self._pump()

    def make_waiter(self, who: Who) -> Waiter:
        self._comers += 1
        return Waiter(who, self._comers)

    def place_of(self, waiter: Waiter) -> Place | None:
        """Return where it stands; None if it does not wait."""
        now = self._clock()
        if now - self._counted_at >= SECONDS_BETWEEN_COUNTS:
            self._counted_at = now
            self._count()
        return waiter.place

    def learn_answer(self, slot: Slot) -> None:
        self._answers += 1
        state = self._slots.read()
        is_full = self._slots.count() >= state.learned.limit
        known = closing.learn_success(state)
        if not is_full and known is state:
            return

        def change(state: State) -> State:
            state = closing.learn_success(state)
            if not is_full:
                return state
            learned = learning.learn_answer(state.learned, slot.at_change, self.highest)
            return replace(state, learned=learned)

        before = state.learned.limit
        if self._slots.change(change).learned.limit > before:
            self._pump()

    def give_back(self, slot: Slot, failure: Failure | None) -> None:
        """`failure` is that of the try; None if the answer is over."""
        self._held.discard(slot)
        self._slots.give_back(slot.number)
        self._freed_at = now = self._clock()
        if failure:
            self._learn_failure(slot, failure)
        elif slot.has_begun:
            self._note_hold(now - slot.taken_at, now)
        if self.waiting:
            self._pump()

    def note_leaving(self) -> None:
        """A caller has left in the midst of an answer, and Z.AI hears of it soon."""
        now = self._clock()
        self._left_at = [at for at in self._left_at if now - at < SECONDS_TO_HEAR]
        self._left_at.append(now)

    def due_again(self, failure: Failure) -> float:
        """Return when one that was refused is to come again, by the loop's clock."""
        rest = max(0.0, self._slots.read().rests_until - time.time())
        asked = failure.retry_after or 0.0
        jitter = random.uniform(0.5, 1.0) * SECONDS_ASIDE  # noqa: S311 (no secret)
        return self._clock() + max(asked, rest, jitter)

    def open_by_hand(self) -> None:
        """Whatever Z.AI said: ask it."""
        self._slots.change(lambda state: replace(state, closure=None, rests_until=0.0))
        self._pump()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._slots.close()

    def _look(self, state: State) -> bool:
        """Whether the gate is shut and who asks now finds out. Raises GateShut."""
        if (shut := closing.refusal_by(state)) is None:
            return False
        if not closing.may_try(state):
            raise shut
        found = False

        def claim(state: State) -> State:
            nonlocal found
            found = closing.may_try(state)
            return closing.begin_try(state) if found else state

        self._slots.change(claim)
        if not found:
            raise shut
        return True

    def _limit(self, state: State) -> int:
        limit = state.learned.limit
        return min(limit, self.highest or limit)

    def _take(self, state: State, finds_out: bool = False) -> Slot | None:
        if state.rests_until and time.time() < state.rests_until:
            return None
        if (number := self._slots.take(self._limit(state))) is None:
            return None
        return self._hold_slot(number, state, finds_out)

    def _hold_slot(self, number: int, state: State, finds_out: bool) -> Slot:
        slot = Slot(
            self,
            number,
            self._clock(),
            at_change=state.learned.change,
            ran=self._slots.count() - 1,
            refusals=self._refusals,
            finds_out=finds_out,
            is_soon=self._clock() - self._freed_at < SECONDS_TO_FREE,
        )
        self._held.add(slot)
        return slot

    async def _wait(self, waiter: Waiter, seconds: float, due: float) -> Slot | None:
        """Return None if there is no slot, and it may not wait for one."""
        turn: asyncio.Future[Slot | None] = self._loop.create_future()
        waiter.turn = turn
        waiter.due = due
        if due:
            heapq.heappush(self._aside, (due, waiter.number, waiter))
        else:
            self._line.add(waiter)
        waiter.is_waiting = True
        self._crowd.number += 1
        self._counted_at = -inf
        self._slots.enter(waiter)
        self._pump()
        try:
            async with asyncio.timeout(seconds):
                await turn
        except TimeoutError:
            if not _has_slot(turn):
                raise self._too_long() from None
        except BaseException:
            if _has_slot(turn) and (slot := turn.result()):
                slot.release()
            raise
        finally:
            self._crowd.number -= 1
            waiter.place = None
            self._take_out(waiter, had_turn=False)
        return turn.result()

    def _pump(self) -> None:
        """Give slots to those who wait, as far as there are any."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        state = self._slots.read()
        if closing.refusal_by(state):
            self._turn_all_away(state)
        while waiter := self._next():
            if waiter.turn.done():  # it has left, and its task has yet to hear of it
                self._take_out(waiter, had_turn=False)
                continue
            if (slot := self._take(state)) is None:
                break
            self._take_out(waiter, had_turn=True)
            waiter.turn.set_result(slot)
        now = self._clock()
        if now - self._counted_at >= SECONDS_BETWEEN_PLACES:
            self._counted_at = now
            self._count()
        is_due = bool(self._aside) and self._aside[0][0] <= now
        self._slots.tell_waiting(len(self._line) + is_due)
        if (when := self._when_to_look(state, now)) is not None:
            self._timer = self._loop.call_at(when, self._pump)

    def _when_to_look(self, state: State, now: float) -> float | None:
        if not self.waiting:
            return None
        is_due = bool(self._aside) and self._aside[0][0] <= now
        times = [self._aside[0][0]] if self._aside and not is_due else []
        times.append(now + SECONDS_BETWEEN_PLACES)
        rest = state.rests_until - time.time()
        if rest > 0:
            times = [now + rest]
        elif (seconds := self._slots.seconds_between_looks) is not None:
            times.append(now + seconds)
        return min(times)

    def _next(self) -> Waiter | None:
        if self._aside and self._aside[0][0] <= self._clock():
            return self._aside[0][2]
        return self._line.first()

    def _take_out(self, waiter: Waiter, *, had_turn: bool) -> None:
        if not waiter.is_waiting:
            return
        waiter.is_waiting = False
        self._slots.leave(waiter)
        if waiter.due:
            self._aside = [each for each in self._aside if each[2] is not waiter]
            heapq.heapify(self._aside)
        else:
            self._line.take_out(waiter, had_turn=had_turn)

    def _turn_all_away(self, state: State) -> None:
        for waiter in list(self._in_order()):
            if waiter.finds_out and self._slots.gives_turns:
                continue  # and is about to be told
            if shut := closing.refusal_by(state):
                self._take_out(waiter, had_turn=False)
                if not waiter.turn.done():
                    waiter.turn.set_exception(shut)

    def _in_order(self) -> Iterator[Waiter]:
        for _, _, waiter in sorted(self._aside, key=lambda each: each[:2]):
            yield waiter
        yield from self._line

    def _learn_failure(self, slot: Slot, failure: Failure) -> None:
        is_refusal = judge(failure) is Verdict.TOO_MANY
        change = (
            partial(self._refused, slot)
            if is_refusal
            else partial(
                closing.learn_failure, failure=failure, found_out=slot.finds_out
            )
        )
        if is_refusal and self._is_excused(slot):
            return
        self._slots.change(change)
        self._refusals += is_refusal

    def _refused(self, slot: Slot, state: State) -> State:
        state = closing.learn_success(state) if state.closure else state
        since = self._refusals - slot.refusals
        ran = max(self._slots.count(), slot.ran - since)
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
        has left, or took the last of its answer."""
        if slot.is_soon and self._answers >= ANSWERS_BETWEEN_EXCUSES:
            self._answers = 0
            return True
        now = self._clock()
        self._left_at = [at for at in self._left_at if now - at < SECONDS_TO_HEAR]
        return bool(self._left_at and self._left_at.pop())

    def _note_hold(self, held: float, now: float) -> None:
        self._hold = estimate.mean_hold(self._hold, held, self._holds)
        self._holds += 1
        if now >= self._next_note:
            self._next_note = now + SECONDS_BETWEEN_NOTES
            self._slots.change(lambda state: replace(state, hold=self._hold))

    def _count(self) -> None:
        """Tell each where it stands."""
        waiting = list(self._in_order())
        places = self._slots.places(waiting)
        seconds = self._waits(max(places)) if places else []
        for waiter, place in zip(waiting, places, strict=True):
            wait = seconds[place - 1] if seconds else None
            waiter.place = Place(place, None if wait is None else max(1, ceil(wait)))

    def _waits(self, number: int) -> list[float]:
        if (hold := self._hold) is None:
            return []
        now = self._clock()
        ages = [now - slot.taken_at for slot in self._held]
        limit = max(1, self._slots.share_of(self.limit))
        others = self._slots.count() - len(ages)
        ages += [hold * (n + 1) / (others + 1) for n in range(others)]
        return estimate.waits(number, hold, ages, limit)

    def _full(self) -> AtCapacity:
        waits = self._waits(1)
        return AtCapacity(
            "Too many requests wait for Z.AI already.",
            retry_after=max(1, ceil(waits[0])) if waits else None,
            diagnosis="CHAT_QUEUE_LENGTH is reached",
        )

    def _too_long(self, retry_after: int | None = None) -> QueueTimeout:
        return QueueTimeout(
            "Z.AI takes only so many requests of this service at a time, and the wait"
            " for a turn was too long.",
            retry_after=retry_after or self._seconds_until_there_is_room(),
            diagnosis=f"no turn within CHAT_QUEUE_SECONDS: {self.waiting} wait,"
            f" {self.open} are open of {self.limit}",
        )

    def _seconds_until_there_is_room(self) -> int | None:
        """Until somebody who comes would have a turn in time, as it looks now."""
        if not (waits := self._waits(self.waiting + 1)):
            return None
        return max(1, ceil(waits[-1] - settings.CHAT_QUEUE_SECONDS))


def _has_slot(turn: "asyncio.Future[Slot | None]") -> bool:
    return turn.done() and not turn.cancelled() and turn.exception() is None
