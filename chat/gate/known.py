"""What is known of a lane whose processes learn together, in Redis."""

from collections.abc import Callable
from functools import reduce

from chat.gate import message
from chat.gate.state import State

Change = Callable[[State], State]


class Known:
    """The state of a lane as Redis has it, and what this process makes of it.

    What is changed here holds here at once, and is made anew of what others made of it
    if they were quicker.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.version = 0
        self.is_urgent = False  # to be told at once
        self._there = state
        self._changes: list[Change] = []
        self._sent: list[Change] = []
        self._sent_state = state

    def change(self, change: Change) -> None:
        after = change(self.state)
        if after != self.state:
            self._changes.append(change)
            self.state = after

    def send(self) -> message.SentState | bool:
        """Return what is to be there; False if nothing was changed."""
        self.is_urgent = False
        if not self._changes:
            return False
        self._sent, self._changes = self._changes, []
        self._sent_state = self.state
        is_news = matters(self._there, self.state)
        return message.send_state(self.state, is_news=is_news)

    def hear(self, is_taken: bool, version: int, text: str) -> None:
        sent, self._sent = self._sent, []
        if is_taken:
            self.learn(version, self._sent_state)
        elif sent:
            self._changes = sent + self._changes
            self.is_urgent = True  # or others would be quicker again and again
        if text:
            self.learn(version, message.read_state(text))

    def learn(self, version: int, there: State) -> None:
        """`there` is what Redis has, unless what is known is later."""
        if version > self.version:
            self.version, self._there = version, there
        changes = self._sent + self._changes
        self.state = reduce(lambda state, change: change(state), changes, self._there)


def matters(before: State, after: State) -> bool:
    """Whether others should know at once."""
    return _what_counts(before) != _what_counts(after)


def _what_counts(state: State) -> tuple[object, ...]:
    return state.learned.limit, state.learned.change, state.closure, state.rests_until
