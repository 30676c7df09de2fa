"""What the file of a process says, be it this one, another, or a dead one."""

from collections.abc import Iterator

import msgspec

from chat.metrics.board import (
    HEAD,
    MAGIC,
    MOST_OPEN,
    ROW_HEAD,
    ROWS,
    SLOTS,
    STANDING,
    Key,
)
from chat.metrics.families import CELLS, Row
from chat.metrics.families import ROWS as KNOWN
from chat.metrics.standing import Standing

Sums = dict[Key, list[float]]


class Found(msgspec.Struct):
    """`told_at`: when its process said last how it stands, by the clock of the host."""

    rows: Sums
    standing: Standing | None
    told_at: float
    not_counted: float


def read(content: bytes, *, is_dead: bool = False) -> Found | None:
    """Return what a file has; None where it is none of this version's.

    What was open as a process died counts as it was to end: interrupted, or as its
    caller was about to be told.
    """
    if len(content) < ROWS * 8 or not content.startswith(MAGIC):
        return None
    _, end, not_counted, told_at, version, length = HEAD.unpack_from(content)
    places = dict(_rows(content, min(end, len(content))))
    cells = memoryview(content).cast("d")
    rows = {key: list(cells[at : at + count]) for key, (at, count) in places.items()}
    if is_dead:
        by_place = {at: key for key, (at, _) in places.items()}
        for place in cells[SLOTS : SLOTS + MOST_OPEN]:
            if key := by_place.get(int(place)):
                rows[key][0] += 1
    standing = None if is_dead or version % 2 else _standing(content, length)
    return Found(rows, standing, told_at, not_counted)


def add(sums: Sums, rows: Sums) -> None:
    """Add `rows` to `sums`."""
    for key, values in rows.items():
        known = sums.get(key)
        sums[key] = (
            [one + other for one, other in zip(known, values, strict=True)]
            if known
            else values
        )


def is_of_this_version(key: Key, values: list[float]) -> bool:
    return bool(key) and key[0] in KNOWN and len(values) == CELLS[Row(key[0])]


def _rows(content: bytes, end: int) -> Iterator[tuple[Key, tuple[int, int]]]:
    at = ROWS * 8
    while at + ROW_HEAD.size <= end:
        length, count = ROW_HEAD.unpack_from(content, at)
        start = at + ROW_HEAD.size
        first = start + length + -length % 8
        at = first + 8 * count
        if not length or at > end:
            return
        key = msgspec.json.decode(content[start : start + length], type=Key)
        if key[0] in KNOWN and CELLS[Row(key[0])] == count:
            yield key, (first // 8, count)


def _standing(content: bytes, length: int) -> Standing | None:
    try:
        return msgspec.json.decode(content[STANDING : STANDING + length], type=Standing)
    except (msgspec.DecodeError, UnicodeDecodeError):  # it is being written
        return None
