"""Requests that neither the database nor the disk takes, in memory until one does."""

from collections import deque

from msgspec.structs import replace

from chat.requestlog.record import Record, decode_record, encode_record, without_text

# Of each process. A request without its text takes some 700 bytes.
MOST_BYTES = 50_000_000


class Backlog:
    """Lines in the order they came. Beyond half of `most_bytes` they come without
    texts; when all of it is taken the texts go that are there; and then nothing more
    is taken. Not safe from two threads.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self.texts_lost = 0

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, record: Record) -> bool:
        """Keep as much of `record` as there is room for; whether it was any."""
        line = encode_record(record) + b"\n"
        if self._bytes + len(line) > self._most_bytes // 2:
            line = self._shortened(line)
        if self._bytes + len(line) > self._most_bytes:
            self._drop_texts()
        if self._bytes + len(line) > self._most_bytes:
            return False
        self._append(line)
        return True

    def take(self, most_lines: int, most_bytes: int) -> list[bytes]:
        """Take out the oldest lines, one at least if there is any."""
        lines: list[bytes] = []
        while self._lines and len(lines) < most_lines and most_bytes > 0:
            line = self._lines.popleft()
            lines.append(line)
            most_bytes -= len(line)
            self._bytes -= len(line)
        return lines

    def put_back(self, lines: list[bytes]) -> None:
        self._lines.extendleft(reversed(lines))
        self._bytes += sum(map(len, lines))

    def _drop_texts(self) -> None:
        lines, self._lines, self._bytes = self._lines, deque(), 0
        for line in lines:
            self._append(self._shortened(line))

    def _append(self, line: bytes) -> None:
        self._lines.append(line)
        self._bytes += len(line)

    def _shortened(self, line: bytes) -> bytes:
        record = decode_record(line)
        if record.text is None:
            return line
        self.texts_lost += 1
        kept = replace(without_text(record), tries=record.tries)
        return encode_record(kept) + b"\n"
