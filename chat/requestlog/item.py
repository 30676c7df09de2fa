"""A record on its way: into the file, to the writer, into the database."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from chat.requestlog.record import Record
from chat.requestlog.spool_file import SpoolFile


@dataclass(slots=True)
class Item:
    """`file` has the record as the line that begins at `place`, if the disk took it.

    `size` is about what it takes in a transaction, in bytes.
    """

    record: Record
    stored: Callable[[], None] | None = None  # called when it is, or is in the file
    size: int = 0
    is_refused: bool = False  # by the disk, the last time
    file: SpoolFile | None = None
    place: int = 0
    number: int = 0


def tell(items: Sequence[Item]) -> None:
    for item in items:
        if item.stored:
            item.stored()


def in_loop(future: "asyncio.Future[None]") -> Callable[[], None]:
    """Return what tells `future`'s loop, from another thread, that it is done."""
    loop = future.get_loop()

    def resolve() -> None:
        if not future.done():
            future.set_result(None)

    def tell() -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(resolve)

    return tell
