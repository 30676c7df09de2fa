"""What Redis is told of a lane, and what it answers; as `scripts` has it."""

import time
from math import ceil
from typing import Any

from msgspec import Struct, json, msgpack

from chat.gate.closing import seconds_shut
from chat.gate.scripts import UNTIL_FURTHER_NOTICE
from chat.gate.state import State


class Entry(Struct, array_like=True):
    """One who enters: of which client and user, by digests; `age` is for how many ms it
    has waited, `due` in how many ms it may come again, or -1."""

    number: int
    client: str
    user: str
    step: float
    age: int
    due: int
    how: int


class SentState(Struct, array_like=True):
    """`limit` may be open, none for `rest` ms, and none that finds nothing out for
    `shut` ms. `is_news`: the others are to know at once."""

    text: str
    limit: int
    rest: int
    shut: int
    is_news: bool


class LaneMessage(Struct, array_like=True):
    lane: str
    highest: int
    known: SentState
    version: int
    state: SentState | bool  # False: it has not been changed here
    dropped: list[int]
    held: list[int]
    entries: list[Entry]
    looks: bool


class LaneAnswer(Struct, array_like=True):
    """`granted` are (number, others open), `held` those of this process that Redis has,
    and `line` who is aside and the shares of those who wait."""

    is_taken: bool
    version: int
    text: str
    open: int
    waiting: int
    granted: list[tuple[int, int]]
    refused: list[int]
    held: list[int]
    line: list[Any]


class Message(Struct, array_like=True):
    lease: str
    what: int
    given_up: list[str]
    grace: int
    waiting: int
    most: int
    lanes: list[LaneMessage]


def write(message: Message) -> bytes:
    return msgpack.encode(message)


def read(content: bytes) -> list[LaneAnswer] | None:
    """Return what Redis says of each lane; None if the lease is lost."""
    answer: list[list[LaneAnswer]] = _ANSWER.decode(content)
    return answer[0] if answer else None


def send_state(state: State, *, is_news: bool = False) -> SentState:
    shut = seconds_shut(state)
    return SentState(
        json.encode(state).decode(),
        state.learned.limit,
        _ms(max(0.0, state.rests_until - time.time())),
        UNTIL_FURTHER_NOTICE if shut is None else _ms(shut),
        is_news,
    )


def read_state(text: str) -> State:
    return json.decode(text, type=State)


def _ms(seconds: float) -> int:
    return ceil(1000 * seconds)


_ANSWER = msgpack.Decoder(list[list[LaneAnswer]])
