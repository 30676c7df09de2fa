"""A key and a model of Z.AI's, to which its limits apply: slots, and who waits."""

import asyncio
import random
import time
from collections.abc import Sequence
from math import ceil, inf

from django.conf import settings
from msgspec.structs import replace

from chat.failures import AtCapacity, Failure, QueueTimeout
from chat.gate import closing, estimate
from chat.gate.crowd import Crowd
from chat.gate.lessons import Lessons
from chat.gate.rounds import Flow
from chat.gate.slot import Slot
from chat.gate.state import Slots, State
from chat.gate.waiter import Place, Waiter, Who
from chat.gate.waiting import Waiting

# Places are counted when somebody asks, and for those who watch all of them.
SECONDS_BETWEEN_COUNTS = 0.5
SECONDS_BETWEEN_PLACES = 1.0
# One that is refused comes again after so long, unless Z.AI says when: with others of
# ours running once one of them ends, but not at once; else later each time.
SECONDS_ASIDE = 0.2


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
        # Of those who ask here, between two tries too: they come back to this lane.
        self.askers = 0
        self._held: set[Slot] = set()
        self._waiting = Waiting(slots.rounds)
        self._comers = 0
        self._lessons = Lessons(slots, highest, self._clock)
        self.note_leaving = self._lessons.note_leaving
        self._counted_at = -inf
        self._timer: asyncio.TimerHandle | None = None
        slots.serve(self)

    @property
    def is_idle(self) -> bool:
        """Whether nobody is in it; what it knows, and if it is shut, outlives it."""
        return not (self.askers or self._held or self.waiting)

    @property
    def is_free(self) -> bool:
        """Whether somebody who comes has a slot at once, as far as it looks."""
        state = self._slots.read()
        is_shut = closing.refusal_by(state) is not None
        return not (is_shut or self.waiting) and self.open < self._limit(state)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

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
        elif not (due or turned_away or self._has_room(waiter.who)):
            turned_away = self._full()
        waiter.finds_out, waiter.may_wait = finds_out, not turned_away
        if turned_away and not (goes_first and self._slots.gives_turns):
            raise turned_away
        slot = await self._wait(waiter, seconds, due)
        if not (slot or turned_away) and self._crowd.make_room(waiter.who):
            # Of all processes together too many waited.
            slot = await self._wait(waiter, seconds, due)
        if slot:
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

    def turn_away(self, waiter: Waiter) -> None:
        self._take_out(waiter, had_turn=False)
        if not waiter.turn.done():
            waiter.turn.set_exception(self._full())

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
        """Z.AI has begun to answer what `slot` is held for."""
        if self._lessons.learn_answer(slot, self._held):
            self._pump()

    def give_back(self, slot: Slot, failure: Failure | None) -> None:
        """`failure` is that of the try; None if the answer is over."""
        self._held.discard(slot)
        self._slots.give_back(slot.number)
        self._lessons.learn_end(slot, failure)
        if self.waiting:
            self._pump()

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

    def _has_room(self, who: Who) -> bool:
        if len(self._crowd) < settings.CHAT_QUEUE_LENGTH:
            return True
        return self._crowd.make_room(who)

    def _limit(self, state: State) -> int:
        limit = max(1, state.learned.limit)  # a file may have anything in it
        return min(limit, self.highest or limit)

    def _take(
        self, state: State, finds_out: bool = False, *, has_turn: bool = False
    ) -> Slot | None:
        if state.rests_until and time.time() < state.rests_until:
            return None
        number = self._slots.take(self._limit(state), has_turn=has_turn)
        if number is None:
            return None
        return self._hold_slot(number, state, finds_out)

    def _hold_slot(self, number: int, state: State, finds_out: bool) -> Slot:
        slot = Slot(
            self,
            number,
            self._clock(),
            at_change=state.learned.change,
            ran=self._slots.count() - 1,
            refusals=self._lessons.refusals,
            finds_out=finds_out,
            is_soon=self._lessons.is_soon,
        )
        self._held.add(slot)
        return slot

    async def _wait(self, waiter: Waiter, seconds: float, due: float) -> Slot | None:
        """Return None if there is no slot, and it may not wait for one."""
        turn: asyncio.Future[Slot | None] = self._loop.create_future()
        waiter.turn = turn
        self._waiting.add(waiter, due)
        self._crowd.add(waiter, self)
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
            self._crowd.remove(waiter)
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
        while self.waiting and self._slots.has_free(self._limit(state)):
            if not self._give_turn(state):
                break
        now = self._clock()
        if now - self._counted_at >= SECONDS_BETWEEN_PLACES:
            self._counted_at = now
            self._count()
        self._slots.tell_waiting(self._waiting.row(now))
        if (when := self._when_to_look(state, now)) is not None:
            self._timer = self._loop.call_at(when, self._pump)

    def _give_turn(self, state: State) -> bool:
        """Whether one of this process had a turn, or has left meanwhile."""
        rows, now = self._slots.others(), self._clock()
        if any(row.is_due for row in rows) and not self._waiting.is_due(now):
            return False
        others = [flow for row in rows for flow in row.flows]
        if (waiter := self._waiting.first(now, others)) is None:
            return False
        if waiter.turn.done():  # and its task has yet to hear of it
            self._take_out(waiter, had_turn=False)
            return True
        if (slot := self._take(state, has_turn=True)) is None:
            return False
        self._take_out(waiter, had_turn=True, others=others)
        waiter.turn.set_result(slot)
        return True

    def _when_to_look(self, state: State, now: float) -> float | None:
        if not self.waiting:
            return None
        times = [self._waiting.next_due(now) or inf, now + SECONDS_BETWEEN_PLACES]
        rest = state.rests_until - time.time()
        if rest > 0:
            times = [now + rest]
        elif (seconds := self._slots.seconds_between_looks) is not None:
            times.append(now + seconds)
        return min(times)

    def _take_out(
        self, waiter: Waiter, *, had_turn: bool, others: Sequence[Flow] = ()
    ) -> None:
        if self._waiting.take_out(waiter, had_turn=had_turn, others=others):
            self._slots.leave(waiter)

    def _turn_all_away(self, state: State) -> None:
        for waiter in list(self._waiting):
            if waiter.finds_out and self._slots.gives_turns:
                continue  # and is about to be told
            if shut := closing.refusal_by(state):
                self._take_out(waiter, had_turn=False)
                if not waiter.turn.done():
                    waiter.turn.set_exception(shut)

    def _count(self) -> None:
        """Tell each where it stands."""
        waiting = list(self._waiting)
        places = self._slots.places(waiting)
        seconds = self._waits(max(places)) if places else []
        for waiter, place in zip(waiting, places, strict=True):
            wait = seconds[place - 1] if seconds else None
            waiter.place = Place(place, None if wait is None else max(1, ceil(wait)))

    def _waits(self, number: int) -> list[float]:
        if (hold := self._lessons.hold) is None:
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
