"""Is the log well? For the admin and for /health/ready."""

import time

from chat.requestlog.journal import current


def problems() -> list[str]:
    """Return a sentence for each thing that is wrong with the log of this process."""
    found: list[str] = []
    if (journal := current()) is None:
        return found
    writer = journal.writer
    if writer.away_since is not None:
        seconds = time.monotonic() - writer.away_since
        found.append(f"The request log could not be written for {seconds:.0f} s.")
    if waiting := writer.spool.waiting_bytes:
        found.append(f"{waiting} bytes of the request log wait in the spool.")
    if writer.spool.lost:
        found.append(f"{writer.spool.lost} records of the request log were lost.")
    return found
