"""The slots of a lane, shared by all processes of a host: in one small file.

A slot is a lock on a byte of the file. The kernel frees it when its process dies, and
taking it costs a microsecond. The state lies in the file itself, and outlives them all.
"""

import fcntl
import mmap
import os
import struct
import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from chat.gate.learning import HIGHEST_LIMIT
from chat.gate.place import places
from chat.gate.state import OwnLine, State
from chat.gate.table import MOST_PROCESSES, HostRounds, Row, Table
from chat.gate.table import SIZE as TABLE_SIZE
from chat.gate.waiter import Waiter

# Where each thing lies in the file; and of which bytes the locks are, whatever those
# bytes hold.
LENGTH = struct.Struct("<II")  # of the state, and how often it was changed
STATE = LENGTH.size
STATE_END = 4096
# What lies there between are rows that processes of earlier versions tell each other.
SHARE = struct.Struct("<I")  # of this host and one more; 0: all of them
SHARE_AT = 6144
TABLE = 8192
MUTEX = 1 << 20
PROCESSES = 1 << 21
SLOTS = 1 << 22
SIZE = TABLE + TABLE_SIZE

# Nobody tells of a slot that another process gives back.
SECONDS_BETWEEN_LOOKS = 0.01
# For a process whose turn it is and that does not take it, the others wait so long.
SECONDS_OF_COURTESY = 0.06
TRIES_FOR_MUTEX = 50
SECONDS_BETWEEN_LOOKS_FOR_OTHERS = 0.25

_LOCK = struct.Struct("hhqqi4x")
SUPPORTED = hasattr(fcntl, "F_OFD_SETLK")
Change = Callable[[State], State]


class HostSlots(OwnLine):
    """Use it on one thread. Raises OSError where the file cannot be used."""

    seconds_between_looks = SECONDS_BETWEEN_LOOKS

    def __init__(self, path: Path, state: State) -> None:
        """`state` is what is known where nothing is."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(self._file).st_size < SIZE:
                os.truncate(self._file, SIZE)
            self._map = mmap.mmap(self._file, SIZE)
            # Or the kernel fills all of it with zeros where only its head is looked at.
            self._map.madvise(mmap.MADV_RANDOM)
            self._table = Table(self._map, TABLE, self._lives)
            self._row = self._find_row()
            self._table.allocate(self._file, self._row)
        except BaseException:
            os.close(self._file)
            raise
        self._first = state
        self.rounds = HostRounds(self._map, TABLE)
        if self.is_first:
            self._table.clear()
        elif self._row is not None:
            self._table.write(self._row, Row())
        self._version = -1
        self._state = state
        self._taken: set[int] = set()
        self._others_seen_at = 0.0
        self._has_others = True
        self._next = 0  # those below are taken, as far as is known
        self._told = Row()
        # A slot is free, and those whose turn it is have yet to take it.
        self._free_since: float | None = None

    def has_free(self, limit: int) -> bool:
        return self._has_free(self.share_of(limit))

    def take(
        self, limit: int, *, of_all: bool = False, has_turn: bool = False
    ) -> int | None:
        limit = limit if of_all else self.share_of(limit)
        if not has_turn and self._is_turn_of_another(limit):
            return None
        free = self._find_free(limit)
        for number in chain(range(self._next, free), range(min(self._next, free))):
            if number not in self._taken and self._lock(SLOTS + number):
                self._taken.add(number)
                self._next = number + 1
                self._free_since = None
                return number
        return None

    def give_back(self, number: int) -> None:
        self._taken.discard(number)
        self._next = min(self._next, number)
        self._unlock(SLOTS + number)

    def count(self, *, exactly: bool = False) -> int:
        """From any thread."""
        if not exactly and self._is_alone():
            return len(self._taken)
        return len(self._taken) + self._count_of_others(range(HIGHEST_LIMIT))

    @property
    def is_first(self) -> bool:
        """Whether no other process uses these slots."""
        return self._ask(PROCESSES, MOST_PROCESSES) is None

    def share_of(self, limit: int) -> int:
        return limit if self.share is None else min(limit, self.share)

    @property
    def share(self) -> int | None:
        """How many are for this host; None if there is no other. From any thread."""
        (share,) = SHARE.unpack_from(self._map, SHARE_AT)
        return share - 1 if share else None

    @share.setter
    def share(self, share: int | None) -> None:
        SHARE.pack_into(self._map, SHARE_AT, 0 if share is None else share + 1)

    def read(self) -> State:
        """From any thread, to which a lane that is dropped meanwhile is as it was."""
        try:
            length, version = LENGTH.unpack_from(self._map)
        except ValueError:
            return self._state
        if version != self._version:
            try:
                text = self._map[STATE : STATE + length]
                self._state = msgspec.json.decode(text, type=State)
            except msgspec.DecodeError:  # it is being written, or nothing is there yet
                return self._state
            self._version = version
        return self._state

    def change(self, change: Change) -> State:
        for _ in range(TRIES_FOR_MUTEX):
            if self._lock(MUTEX):
                break
        else:  # somebody died or sleeps there: what is learned waits for the next time
            return self.read()
        try:
            state = change(self.read())
            text = msgspec.json.encode(state)
            if len(text) <= STATE_END - STATE and state != self._state:
                self._map[STATE : STATE + len(text)] = text
                _, version = LENGTH.unpack_from(self._map)
                LENGTH.pack_into(self._map, 0, len(text), (version + 1) % 2**32)
        finally:
            self._unlock(MUTEX)
        return self.read()

    def tell_waiting(self, row: Row) -> None:
        if self._row is not None and not row.says_as_much_as(self._told):
            self._told = row
            self._table.write(self._row, row)

    def others(self) -> list[Row]:
        since = self._free_since
        is_late = since and time.monotonic() - since >= SECONDS_OF_COURTESY
        if is_late or self._table.nobody_waits():
            return []
        return self._table.others(self._row)

    def places(self, waiting: Sequence[Waiter]) -> list[int]:
        return places(waiting, self._table.others(self._row), self.rounds)

    def close(self) -> None:
        self.tell_waiting(Row())
        if not self._taken:
            self._map.close()
            os.close(self._file)
            self._file = -1  # that number is soon another file's

    def _find_free(self, limit: int) -> int:
        """Return below which number slots may be taken, so that no more than `limit`
        are: those above it were taken when the limit was higher.

        Numbers are taken one at a time: who takes the same at once gets another.
        """
        free = limit
        if self._is_alone() and len(self._taken) < limit and not self._has_above(limit):
            return limit
        while free > 0:
            less = limit - self._count(range(free, HIGHEST_LIMIT))
            if less >= free:
                break
            free = max(less, 0)
        return free

    def _is_alone(self) -> bool:
        """Whether no other process has this file, as seen a moment ago at most.

        Who asks the kernel each time pays a few microseconds for it with each request.
        """
        now = time.monotonic()
        if now - self._others_seen_at >= SECONDS_BETWEEN_LOOKS_FOR_OTHERS:
            self._others_seen_at = now
            self._has_others = self._ask(PROCESSES, MOST_PROCESSES) is not None
        return not self._has_others and self._row is not None

    def _has_above(self, limit: int) -> bool:
        return any(number >= limit for number in self._taken)

    def _is_turn_of_another(self, limit: int) -> bool:
        """Whether somebody waits in another process. It gets a moment to take it."""
        if self._table.nobody_waits():
            return False
        return not self._has_free(limit) or bool(self.others())

    def _has_free(self, limit: int) -> bool:
        if self.count() >= limit:
            self._free_since = None
            return False
        self._free_since = self._free_since or time.monotonic()
        return True

    def _find_row(self) -> int | None:
        """Return a row of the table for this process; None if all are taken."""
        for row in range(MOST_PROCESSES):
            if self._lock(PROCESSES + row):
                return row
        return None

    def _count(self, numbers: range) -> int:
        mine = sum(number in numbers for number in self._taken)
        return mine + self._count_of_others(numbers)

    def _count_of_others(self, numbers: range) -> int:
        start, end, others = SLOTS + numbers.start, SLOTS + numbers.stop, 0
        while start < end and (found := self._ask(start, end - start)):
            first, length = found
            others += min(first + length, end) - max(first, start)
            start = first + length
        return others

    def _lives(self, row: int) -> bool:
        return self._is_locked(PROCESSES + row)

    def _lock(self, byte: int) -> bool:
        lock = _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0)
        try:
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, lock)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _unlock(self, byte: int) -> None:
        lock = _LOCK.pack(fcntl.F_UNLCK, os.SEEK_SET, byte, 1, 0)
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, lock)

    def _is_locked(self, byte: int) -> bool:
        return self._ask(byte, 1) is not None

    def _ask(self, start: int, length: int) -> tuple[int, int] | None:
        """Return where the first lock of others lies, and how long it is."""
        lock = _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
        answer = fcntl.fcntl(self._file, fcntl.F_OFD_GETLK, lock)
        kind, _, first, size, _ = _LOCK.unpack(answer)
        return None if kind == fcntl.F_UNLCK else (first, size)
