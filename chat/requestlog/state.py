"""Is the log well? For the admin and for /health/ready."""

import time
from collections.abc import Iterator

from chat.requestlog.journal import current
from chat.requestlog.losses import Losses
from chat.requestlog.spool import Spool
from chat.requestlog.writer import Writer


def problems() -> list[str]:
    """Return a sentence for each thing that is wrong with the log of this process, and
    for what was lost or set aside on this host."""
    if (journal := current()) is None:
        return []
    waiting = journal.spool.waiting_bytes + journal.lifeline.told_by_others()
    return [*_of_the_writer(journal.writer), *_of_the_spool(journal.spool, waiting)]


def _of_the_writer(writer: Writer) -> Iterator[str]:
    if (since := writer.silent_since) is not None:
        seconds = time.monotonic() - since
        yield f"The request log could not be written for {seconds:.0f} s."


def _of_the_spool(spool: Spool, waiting_bytes: int) -> Iterator[str]:
    if waiting_bytes:
        yield f"{waiting_bytes} bytes of the request log wait in the spool."
    if waiting := len(spool.in_memory):
        yield (
            f"{waiting} requests of the log wait in memory, and a stop would lose them:"
            f" make room on the disk of {spool.folder}, or in the database."
        )
    yield from _lost(spool.losses)
    if size := spool.aside.size:
        yield (
            f"{size} bytes of requests that the database did not take are set aside in"
            f" {spool.aside.path}. Delete it when you have looked at them."
        )


def _lost(losses: Losses) -> Iterator[str]:
    lost = losses.total()
    if lost.first and lost.last:
        yield (
            f"{lost.requests} requests of the log were lost, and the texts of"
            f" {lost.texts} more, from {lost.first:%Y-%m-%d %H:%M} to"
            f" {lost.last:%Y-%m-%d %H:%M} UTC, for want of room on the disk."
            f" Delete {losses.path} when you have taken note of it."
        )
