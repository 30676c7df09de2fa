"""A record on its way to the writer, and who waits for it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from chat.requestlog.record import Record


@dataclass(slots=True)
class Item:
    record: Record
    stored: Callable[[], None] | None = None  # called when it is, or is in the spool


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
