"""Writing a record down before what it tells goes out, and without holding it up."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress

from chat.requestlog.excerpt import MOST_BYTES_OF_A_CHARACTER, room_beside
from chat.requestlog.item import Item, in_loop
from chat.requestlog.record import Text
from chat.requestlog.spool import Spool

logger = logging.getLogger(__name__)

# More text than this is cut, encoded and written by a thread.
LARGE_BYTES = 256 * 1024
# After a write that took longer a thread writes, until it is quick again.
SLOW_SECONDS = 0.02
# Nobody waits longer for the thread; it goes on.
LONGEST_SECONDS = 1.0
NO_WORDS = {"role": "assistant", "content": ""}


class Ahead:
    """Appends to the spool on the event loop: into the memory of the system, which
    survives this process. That takes less than to ask a thread for it.

    The first write to a disk that stalls holds the event loop up; those that follow go
    through the thread. What comes while the thread is at work goes behind it.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._thread = ThreadPoolExecutor(1, "requestlog-ahead")
        self._lock = threading.Lock()
        self._pending = 0  # of the thread's
        self._is_slow = False
        self._closed = False

    async def write(self, item: Item, is_large: bool = False) -> bool:
        """Append `item`; whether it is on its file now."""
        if not (is_large or self._is_slow or self._pending or _is_large(item)):
            self._append(item)
            return item.file is not None
        done = asyncio.get_running_loop().create_future()
        self._do_later(lambda: self._append(item), in_loop(done))
        await asyncio.wait({done}, timeout=LONGEST_SECONDS)
        return item.file is not None

    def write_now(self, item: Item, is_large: bool = False) -> None:
        """The same for what nobody waits for."""
        if is_large or self._is_slow or self._pending or _is_large(item):
            self._do_later(lambda: self._append(item))
        else:
            self._append(item)

    def then(self, do: Callable[[], None]) -> None:
        """Call `do` once all is written that was to be."""
        if self._pending:
            self._do_later(do)
        else:
            do()

    def close(self) -> None:
        """Write what is left; what comes later is written where it comes."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with suppress(RuntimeError):  # the interpreter ends, and has waited for it
            wait([self._thread.submit(int)], LONGEST_SECONDS)
        self._thread.shutdown(wait=False)

    def _append(self, item: Item) -> None:
        began = time.monotonic()
        try:
            self._spool.append(item)
        except Exception:  # the record never fails the caller
            logger.exception("A fault of ours in writing a record down")
            item.is_refused = True
        self._is_slow = time.monotonic() - began > SLOW_SECONDS

    def _do_later(
        self, do: Callable[[], None], done: Callable[[], None] | None = None
    ) -> None:
        def work() -> None:
            try:
                do()
            finally:
                with self._lock:
                    self._pending -= 1
                if done:
                    done()

        with self._lock:
            self._pending += 1
            if not self._closed:
                self._thread.submit(work)
                return
        work()


def _is_large(item: Item) -> bool:
    text = item.record.text
    return text is not None and _room(text) < 0


def _room(text: Text) -> int:
    """What is left of `LARGE_BYTES` beside what came back."""
    answer, size = text.answer or NO_WORDS, len(text.reasoning)
    content = answer.get("content")
    if not text.extra and len(answer) == 2 and isinstance(content, str):
        size += len(content)  # of nearly all answers that is all the text
        if size * MOST_BYTES_OF_A_CHARACTER < LARGE_BYTES:
            return LARGE_BYTES
    if len(text.reasoning) > LARGE_BYTES:
        return -1
    return room_beside([text.answer, text.extra], LARGE_BYTES - len(text.reasoning))
