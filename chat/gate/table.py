"""What the processes of a host tell each other of those who wait in them.

It lies in the file of a lane: a head for each process, the rounds of all, and a row of
flows for each process. What is read while another writes it costs a turn at worst.
"""

import mmap
import os
import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from chat.gate.rounds import Flow, Rounds

MOST_PROCESSES = 128
HEAD = struct.Struct("<III4x")  # how many wait; how many flows follow; is one due
NO_HEAD = bytes(HEAD.size)
HEADS_SIZE = MOST_PROCESSES * HEAD.size
NOBODY_WAITS = bytes(HEADS_SIZE)
ROW_SIZE = 8192
POINTS = 5
# Client, user, weight, how many wait, and when some of them came.
FLOW = struct.Struct(f"<QQdI4x{POINTS}d")
MOST_FLOWS = ROW_SIZE // FLOW.size  # of more, the last are not told
# Of one flow, whatever the file says: each is counted when places are told.
MOST_WAITING = 10_000
ROUNDS = struct.Struct("<dII")  # the one that is now; how many clients and users follow
CLIENT = struct.Struct("<Qdd")
USER = struct.Struct("<QQd")
MOST_NAMES = 120  # of clients, and of users; those who had a turn last
ROWS_AT = 8192  # behind the rounds
SIZE = ROWS_AT + MOST_PROCESSES * ROW_SIZE
assert HEADS_SIZE + ROUNDS.size + MOST_NAMES * (CLIENT.size + USER.size) <= ROWS_AT

T = TypeVar("T")


class Row(NamedTuple):
    """Who waits in a process. `is_due`: one that Z.AI refused, and that goes first.

    `changes` is how often somebody came or went: as long as that is so, the flows are.
    """

    waiting: int = 0
    is_due: bool = False
    flows: Sequence[Flow] = ()
    changes: int = 0

    def says_as_much_as(self, before: "Row") -> bool:
        return (self.waiting, self.is_due, self.changes) == (
            before.waiting,
            before.is_due,
            before.changes,
        )


class Table:
    """It begins at `start` of `file`."""

    def __init__(
        self, file: mmap.mmap, start: int, lives: Callable[[int], bool]
    ) -> None:
        """`lives` says whether another process has the row of a number."""
        self._file = file
        self._start = start
        self._lives = lives

    def allocate(self, file: int, number: int | None) -> None:
        """Have room on the disk for all that is written, in the open `file`.

        Without, a write to memory on a disk that is full kills the process. Raises
        OSError.
        """
        os.posix_fallocate(file, 0, self._start + ROWS_AT)
        if number is not None:
            os.posix_fallocate(file, self._row_at(number), ROW_SIZE)

    def clear(self) -> None:
        """Forget who waits and the rounds; the rest means nothing without."""
        size = HEADS_SIZE + ROUNDS.size
        self._file[self._start : self._start + size] = bytes(size)

    def write(self, number: int, row: Row) -> None:
        flows = row.flows[:MOST_FLOWS]
        text = b"".join(
            FLOW.pack(flow.client, flow.user, flow.weight, flow.number, *flow.times)
            for flow in flows
        )
        where = self._row_at(number)
        self._file[where : where + len(text)] = text
        head = HEAD.pack(row.waiting, len(flows), row.is_due)
        where = self._start + number * HEAD.size
        self._file[where : where + HEAD.size] = head

    def nobody_waits(self) -> bool:
        return self._file[self._start : self._start + HEADS_SIZE] == NOBODY_WAITS

    def others(self, mine: int | None) -> list[Row]:
        """Return the rows of the other processes in which somebody waits.

        Those of processes that are gone are cleared.
        """
        heads = self._file[self._start : self._start + HEADS_SIZE]
        found = []
        for number, (waiting, flows, is_due) in enumerate(HEAD.iter_unpack(heads)):
            if not waiting or number == mine:
                continue
            if self._lives(number):
                found.append(Row(waiting, bool(is_due), self._flows(number, flows)))
            else:
                self.write(number, Row())
        return found

    def _flows(self, row: int, count: int) -> list[Flow]:
        start = self._row_at(row)
        text = self._file[start : start + min(count, MOST_FLOWS) * FLOW.size]
        return [
            Flow(
                client,
                user,
                weight or 1.0,
                min(number, MOST_WAITING),
                first,
                (first, *times),
            )
            for client, user, weight, number, first, *times in FLOW.iter_unpack(text)
        ]

    def _row_at(self, number: int) -> int:
        return self._start + ROWS_AT + number * ROW_SIZE


class HostRounds(Rounds):
    """Those of all the processes of a host, in the same file."""

    def __init__(self, file: mmap.mmap, start: int) -> None:
        super().__init__()
        self._file = file
        self._start = start + HEADS_SIZE

    def choose(self, flows: Sequence[Flow]) -> Flow | None:
        self._read()
        return super().choose(flows)

    def note_turn(self, flow: Flow, waiting: Sequence[Flow]) -> None:
        self._read()
        super().note_turn(flow, waiting)
        self._write()

    def order(self, waiting: Sequence[tuple[Flow, T]]) -> list[T]:
        self._read()
        return super().order(waiting)

    def _read(self) -> None:
        file, start = self._file, self._start
        self.now, clients, users = ROUNDS.unpack_from(file, start)
        start += ROUNDS.size
        end = start + min(clients, MOST_NAMES) * CLIENT.size
        self.clients = {
            client: (turn, of_users)
            for client, turn, of_users in CLIENT.iter_unpack(file[start:end])
        }
        start, end = end, end + min(users, MOST_NAMES) * USER.size
        self.users = {
            (client, user): turn
            for client, user, turn in USER.iter_unpack(file[start:end])
        }

    def _write(self) -> None:
        clients = list(self.clients.items())[-MOST_NAMES:]
        users = list(self.users.items())[-MOST_NAMES:]
        parts = [
            ROUNDS.pack(self.now, len(clients), len(users)),
            *(CLIENT.pack(client, *turns) for client, turns in clients),
            *(USER.pack(*names, turn) for names, turn in users),
        ]
        text = b"".join(parts)
        self._file[self._start : self._start + len(text)] = text
