"""The slots of a lane, of which all processes have one line, in Redis.

What is held is locked on this host too: so it is known how many there are when Redis
goes away, and nobody takes more when it comes back. What is waited for and held has a
number here; Redis has it under the lease of this process.
"""

import asyncio
from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol

from chat.gate import message, scripts
from chat.gate.known import Change, Known, matters
from chat.gate.learning import HIGHEST_LIMIT
from chat.gate.message import Entry, LaneAnswer, LaneMessage
from chat.gate.order import order
from chat.gate.rounds import Rounds
from chat.gate.state import Served, Slots, State
from chat.gate.table import Row
from chat.gate.waiter import Waiter

# What was told may have been lost on its way.
SECONDS_BETWEEN_LOOKS = 1.0
# Of one whose turn it is while others on this host hold slots that Redis does not know.
SECONDS_BETWEEN_LOCKS = 0.02
# Z.AI counts an answer as open for a moment after its last event; another process, that
# Redis tells at once, would ask sooner than that.
SECONDS_TO_BE_FREE = 0.01


class Post(Protocol):
    """Brings to Redis what lanes have to tell."""

    @property
    def counts(self) -> bool:
        """Whether Redis does: else each host goes on by itself."""
        ...

    @property
    def lease(self) -> str | None:
        """What Redis knows this process by; None where it is told nothing."""
        ...

    def send_soon(self) -> None: ...

    def remove(self, lane: "SharedSlots") -> None: ...


class SharedSlots:
    """Use it on one event loop."""

    def __init__(self, name: str, host: Slots, highest: int | None, post: Post) -> None:
        """`host` are the slots of this host, `highest` what the operator allows."""
        self.name = name
        self._host = host
        self._highest = highest or 0
        self._post = post
        self._loop = asyncio.get_running_loop()
        self._lane: Served | None = None
        self._numbers = 0
        self._waiting: dict[int, tuple[Waiter, float]] = {}  # and since when
        self._number_of: dict[Waiter, int] = {}
        self._held: dict[int, int | None] = {}  # and the slot's number on this host
        self._not_locked: dict[int, Waiter] = {}
        self._known = Known(host.read())
        self._places: dict[int, int] = {}
        self._open = 0
        self._in_line = 0
        self._next_look = 0.0
        # To be told:
        self._entered: list[int] = []
        self._dropped: list[int] = []
        self._is_due = False
        self._renews = False

    # What a lane asks.

    @property
    def gives_turns(self) -> bool:
        return self._post.counts

    @property
    def seconds_between_looks(self) -> float | None:
        if self._post.counts:
            return SECONDS_BETWEEN_LOOKS
        return self._host.seconds_between_looks

    def serve(self, lane: Served) -> None:
        self._lane = lane

    def enter(self, waiter: Waiter) -> None:
        number = self._next_number()
        self._waiting[number] = waiter, self._loop.time()
        self._number_of[waiter] = number
        if self._post.lease:
            self._entered.append(number)
            self._post.send_soon()

    def leave(self, waiter: Waiter) -> None:
        if (number := self._number_of.pop(waiter, None)) is None:
            return
        self._waiting.pop(number, None)
        if self._not_locked.pop(number, None):
            self._held.pop(number, None)
        self._drop(number)

    @property
    def rounds(self) -> Rounds:
        return self._host.rounds

    def has_free(self, limit: int) -> bool:
        return self._post.counts or self._host.has_free(limit)

    def take(
        self, limit: int, *, of_all: bool = False, has_turn: bool = False
    ) -> int | None:
        if self._post.counts:
            self._is_due = True
            self._post.send_soon()
            return None
        if (slot := self._host.take(limit, of_all=of_all, has_turn=has_turn)) is None:
            return None
        number = self._next_number()
        self._held[number] = slot
        return number

    def give_back(self, number: int) -> None:
        if (slot := self._held.pop(number, None)) is not None:
            self._host.give_back(slot)
        self._open -= 1
        self._loop.call_later(SECONDS_TO_BE_FREE, self._drop, number)

    def share_of(self, limit: int) -> int:
        return limit if self._post.counts else self._host.share_of(limit)

    def count(self, *, exactly: bool = False) -> int:
        if self._post.counts:
            return self._open
        return self._host.count(exactly=exactly)

    def read(self) -> State:
        return self._known.state if self._post.counts else self._host.read()

    def change(self, change: Change) -> State:
        if not self._post.counts:
            return self._host.change(change)
        before = self._known.state
        self._known.change(change)
        if matters(before, self._known.state):
            self.tell_host()
            self._known.is_urgent = True
            self._post.send_soon()
        return self._known.state

    def tell_waiting(self, row: Row) -> None:
        self._host.tell_waiting(Row() if self._post.counts else row)

    def others(self) -> list[Row]:
        return [] if self._post.counts else self._host.others()

    def places(self, waiting: Sequence[Waiter]) -> list[int]:
        if not self._post.counts:
            return self._host.places(waiting)
        numbers = [self._number_of.get(waiter, 0) for waiter in waiting]
        last = max(self._in_line - len(waiting), *self._places.values(), 0)
        places = []
        for number in numbers:
            place = self._places.get(number)
            if place is None:
                place = last = last + 1
            places.append(place)
        return places

    def close(self) -> None:
        if self._post.counts:
            self.tell_host()
        self._post.remove(self)
        self._host.close()

    # What the post asks.

    @property
    def has_news(self) -> bool:
        known = self._known
        return bool(
            self._entered
            or self._dropped
            or self._is_due
            or self._renews
            or known.is_urgent
        )

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def renew(self) -> None:
        """With the next message, all that is held is told."""
        self._renews = True

    def join(self) -> None:
        """Nothing is known there of what is waited for and held."""
        self._known = Known(self.read())
        self._entered = list(self._waiting)
        self._dropped = []
        self._renews = True

    def write(self) -> LaneMessage:
        """Return what is new, and take it for told."""
        now = self._loop.time()
        looks = bool(self._waiting) and now >= self._next_look
        if looks:
            self._next_look = now + SECONDS_BETWEEN_LOOKS
        entries = [
            self._entry(number, now)
            for number in self._entered
            if number in self._waiting
        ]
        written = LaneMessage(
            self.name,
            self._highest,
            message.send_state(self._known.state),
            self._known.version,
            self._known.send(),
            self._dropped,
            list(self._held) if self._renews else [],
            entries,
            looks,
        )
        self._entered, self._dropped = [], []
        self._is_due = self._renews = False
        return written

    def hear(self, answer: LaneAnswer) -> None:
        before = self._known.state
        self._known.hear(answer.is_taken, answer.version, answer.text)
        self._open, self._in_line = answer.open, answer.waiting
        for number, others in answer.granted:
            self.hear_grant(number, others)
        for number in answer.refused:
            if waiter := self._take_out(number):
                self._serve(waiter, None)
        if answer.line:
            self._hear_look(answer)
        self._note(before)

    def hear_grant(self, number: int, others: int) -> None:
        """It is the turn of `number`; nothing if it has left, for that is told."""
        if (waiter := self._take_out(number)) is None:
            return
        self._open = others + 1
        self._held[number] = None
        self._not_locked[number] = waiter
        self._number_of[waiter] = number  # it may leave still
        self._lock_here()

    def hear_state(self, version: int, text: str) -> None:
        """Another process has changed it."""
        before = self._known.state
        self._known.learn(version, message.read_state(text))
        self._note(before)

    def lose(self) -> None:
        """Redis does not count any more, as it did: this host goes on."""
        self.tell_host()
        self._known = Known(self._host.read())
        for number, waiter in self._not_locked.items():
            self._held.pop(number, None)
            self._waiting[number] = waiter, self._loop.time()
        self._not_locked.clear()
        self._places.clear()
        self._dropped.clear()
        if self._lane:
            self._lane.look()

    def tell_host(self) -> None:
        """Have this host know what is known here: it goes on by that."""
        self._host.change(lambda _: self._known.state)

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _drop(self, number: int) -> None:
        if self._post.lease:
            self._dropped.append(number)
            self._post.send_soon()

    def _entry(self, number: int, now: float) -> Entry:
        waiter, since = self._waiting[number]
        how = scripts.WAITS if waiter.may_wait else scripts.MAY_NOT_WAIT
        due = round(1000 * max(0.0, waiter.due - now)) if waiter.due else -1
        return Entry(
            number,
            _digest(waiter.who.client),
            _digest(waiter.who.user),
            1.0 / waiter.who.weight,
            round(1000 * (now - since)),
            due,
            scripts.FINDS_OUT if waiter.finds_out else how,
        )

    def _take_out(self, number: int) -> Waiter | None:
        if (found := self._waiting.pop(number, None)) is None:
            return None
        waiter, _ = found
        self._number_of.pop(waiter, None)
        return waiter

    def _lock_here(self) -> None:
        """Hand out slots that are granted, once they are locked on this host."""
        limit = self._known.state.learned.limit
        limit = min(limit, self._highest or HIGHEST_LIMIT)
        for number, waiter in list(self._not_locked.items()):
            if (slot := self._host.take(limit, of_all=True)) is None:
                self._loop.call_later(SECONDS_BETWEEN_LOCKS, self._lock_again)
                return
            del self._not_locked[number], self._number_of[waiter]
            self._held[number] = slot
            self._serve(waiter, number)

    def _lock_again(self) -> None:
        if self._not_locked and self._post.counts:
            self._lock_here()

    def _serve(self, waiter: Waiter, number: int | None) -> None:
        assert self._lane
        self._lane.grant(waiter, number)

    def _hear_look(self, answer: LaneAnswer) -> None:
        """Make good what was not heard."""
        for number in answer.held:
            if number in self._waiting:
                self.hear_grant(number, self._open - 1)
            elif number not in self._held:
                self._dropped.append(number)
        mine = f"{self._post.lease}:"
        self._places = {
            int(waiter.removeprefix(mine)): place
            for place, waiter in enumerate(order(answer.line), 1)
            if waiter.startswith(mine)
        }

    def _note(self, before: State) -> None:
        """Something was learned by others."""
        if matters(before, self._known.state):
            self.tell_host()
            if self._lane:
                self._lane.look()


def _digest(name: str) -> str:
    content = name.encode(errors="surrogatepass")
    return blake2b(content, digest_size=8).hexdigest()
