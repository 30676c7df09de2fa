"""What dead processes counted, added up in one file of the host."""

import os
from pathlib import Path

import msgspec

from chat.metrics.board import Key
from chat.metrics.reading import Sums, add, is_of_this_version

# Of the labels of years; what is more is forgotten.
MOST_ROWS = 20_000


class Past(msgspec.Struct):
    """`added` are the files whose counts are in `rows` and that may be there still:
    whoever dies between the two does not have them counted twice."""

    added: list[str] = []
    rows: list[tuple[Key, list[float]]] = []

    def sums(self) -> Sums:
        return {key: v for key, v in self.rows if is_of_this_version(key, v)}


def read_past(path: Path) -> Past:
    """Return what `path` has; nothing where it has not begun, or cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Past)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Past()


def bury(path: Path, past: Past, dead: dict[Path, Sums]) -> None:
    """Add what the files `dead` have to the past, and delete them. Raises OSError."""
    sums = past.sums()
    for rows in dead.values():
        add(sums, rows)
    kept = list(sums.items())[-MOST_ROWS:]
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(msgspec.json.encode(Past([one.name for one in dead], kept)))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    for one in dead:
        one.unlink(missing_ok=True)
