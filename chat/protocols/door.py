"""A path, and the dialects that are spoken there."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from chat.protocols import Dialect


class Row(NamedTuple):
    """Where a dialect is spoken, and which bodies there are its own.

    One row of each path recognises nothing: its dialect is for all the rest.
    `begins` guesses by the first 64,000 bytes, for a body that is refused unread.
    """

    path: str
    dialect: Dialect
    recognises: Callable[[bytes], bool] | None = None
    begins: Callable[[bytes], bool] | None = None


class Door:
    """What the rows of one path come to: which dialect a body there is in."""

    def __init__(self, path: str, rows: Iterable[Row]) -> None:
        self.path = path
        rows = [row for row in rows if row.path == path]
        [self.usual] = [row.dialect for row in rows if not row.recognises]
        self._by_shape = [(r.recognises, r.dialect) for r in rows if r.recognises]
        self._by_beginning = [(r.begins, r.dialect) for r in rows if r.begins]

    def dialect_of(self, raw: bytes) -> Dialect:
        """Return the dialect that `raw` is written in."""
        for recognises, dialect in self._by_shape:
            if recognises(raw):
                return dialect
        return self.usual

    def likely_dialect_of(self, beginning: bytes) -> Dialect:
        """Return the dialect to refuse a body in of which no more is known."""
        for begins, dialect in self._by_beginning:
            if begins(beginning):
                return dialect
        return self.usual


def make_doors(table: Iterable[Row]) -> list[Door]:
    """Return the doors of `table`, each path once, in its order."""
    return [Door(path, table) for path in dict.fromkeys(row.path for row in table)]
