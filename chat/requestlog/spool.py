"""Where every record is written down before what it tells goes out."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chat.requestlog import backlog
from chat.requestlog.aside import Aside
from chat.requestlog.backlog import Backlog
from chat.requestlog.forgotten import Forgotten
from chat.requestlog.item import Item
from chat.requestlog.keeping import bounded
from chat.requestlog.lines import line_of, read_some, written
from chat.requestlog.losses import Losses
from chat.requestlog.own_files import OwnFiles
from chat.requestlog.record import Record
from chat.requestlog.spool_file import BATCH_BYTES, BATCH_LINES, SpoolFile

logger = logging.getLogger(__name__)

Write = Callable[[Sequence[Record]], None]
# A disk that was full a moment ago is not asked again at once.
SECONDS_BETWEEN_ATTEMPTS = 1.0
# What was put off once comes again after this time, then after twice as long.
SECONDS_PUT_OFF = 5.0


class Spool:
    """The files of this process, and those that dead ones left behind.

    A record is appended, stored by the writer, and let go; then its file may go. What
    the database did not take, or the memory of this process does not have any more, is
    read back: by the writer when the database is there again, or by another process.

    Bounded by `max_bytes` a process, of what is not let go. What the disk does not take
    waits in memory, if it has ended: what is open comes again when it ends. Safe from
    any thread but for what reads, which belongs to the writer's. A fault of the disk is
    logged and never raised.
    """

    def __init__(self, folder: Path, process: str, max_bytes: int) -> None:
        self.folder = folder
        self._process = process
        self._own = OwnFiles(folder, process, max_bytes)
        self._lock = threading.Lock()  # of what the disk did not take
        self._put_off: SpoolFile | None = None
        self._put_off_until = 0.0
        self._adopted: list[SpoolFile] = []
        self._closed = False
        self._next_attempt = 0.0
        self.in_memory = Backlog(backlog.MOST_BYTES)
        self.losses = Losses(folder)
        self.forgotten = Forgotten(folder)
        self.aside = Aside(folder, max_bytes, self.losses)

    def append(self, item: Item) -> bool:
        """Write `item` down, cut to what is kept; whether the disk took it."""
        record, item.size = bounded(item.record)
        item.record, line = written(record)
        try:
            self._own.append(item, line)
            item.is_refused = False
        except OSError as error:
            logger.debug("A record cannot be written down: %s", error)
            item.is_refused = True
            return False
        if self._closed:
            self._own.close()
        return True

    def let_go(self, items: Sequence[Item]) -> None:
        """They are stored, or others stand for them."""
        self._own.let_go(items)

    def keep(self, items: Sequence[Item]) -> None:
        """They were not stored, and will be read back; `append` them if they were not.

        What even then is on no disk waits in memory, if it has ended.
        """
        refused = [
            item.record for item in items if not (item.file or self.append(item))
        ]
        self._own.must_read(items)
        if refused:
            with self._lock:
                self._remember([one for one in refused if one.is_closed])

    def put_off(self, record: Record) -> bool:
        """Keep `record` for a later time, when others had their turn; whether it is."""
        with self._lock:
            try:
                if self._put_off is None:
                    self._put_off = self._own.new_file()
                    wait = SECONDS_PUT_OFF * 2 ** (record.tries - 1)
                    self._put_off_until = time.monotonic() + wait
                self._put_off.append(line_of(record))
            except OSError:
                return False
            return True

    def tend(self) -> None:
        """Flush what waits for long, begin a new file in time, save what is in memory.

        For a thread that nothing else waits for.
        """
        self._own.tend()
        if self._put_off:
            self._put_off.flush()
        with self._lock:
            if self.in_memory and time.monotonic() >= self._next_attempt:
                self._save_memory()

    @property
    def own_bytes(self) -> int:
        """What of this process has waited too long for the database."""
        put_off = self._put_off
        return self._own.bytes_too_long + (put_off.left if put_off else 0)

    @property
    def waiting_bytes(self) -> int:
        """The same, with what dead processes left."""
        return self.own_bytes + sum(file.left for file in list(self._adopted))

    @property
    def has_own(self) -> bool:
        return self.has_own_due or self._put_off is not None

    @property
    def has_own_due(self) -> bool:
        return self._own.has_to_read or bool(self.in_memory) or self._is_put_off_due

    @property
    def has_any(self) -> bool:
        return bool(self._adopted) or self.has_own_due

    def write_some(self, write: Write, most: int = BATCH_LINES) -> None:
        """Hand the oldest records to `write`, not many at a time. What that raises,
        goes on, and they will come again."""
        if self._is_put_off_due:
            self._take_up_again()
        if file := self._own.to_read():
            if self._write_file(file, write, most):
                self._own.remove(file)
        elif self.in_memory:
            self._write_memory(write, most)
        elif self._adopted and self._write_file(self._adopted[0], write, most):
            _remove(self._adopted.pop(0))

    def adopt(self) -> bool:
        """Take over what dead processes left; whether nothing of theirs is left."""
        held = {file.path for file in self._adopted}
        for path in sorted(self.folder.glob("*.jsonl")):
            if path in held or path.name.startswith(f"{self._process}."):
                continue
            try:
                if file := SpoolFile.adopt(path):
                    self._adopted.append(file)
            except OSError as error:
                logger.error("The spool %s cannot be opened: %s", path, error)
        return not self._adopted

    def close(self) -> None:
        """Leave to others what is not stored."""
        with self._lock:
            self._closed = True
            if not self._save_memory():
                self._lose(len(self.in_memory))
            if self._put_off:
                self._put_off.close()
            for file in self._adopted:
                file.close()
            self._adopted, self._put_off = [], None
        self._own.close()

    def _write_file(self, file: SpoolFile, write: Write, most: int) -> bool:
        """Write some of `file`; whether that was all, or it cannot be read at all."""
        try:
            lines = file.next_lines(most)
        except OSError as error:
            _give_up(file, error)
            return True
        if done := self._write_lines([line for line, _ in lines], write):
            file.go_on(lines[done - 1][1])
        return not lines

    def _write_memory(self, write: Write, most: int) -> None:
        with self._lock:
            lines, done = self.in_memory.take(most, BATCH_BYTES), 0
        try:
            done = self._write_lines(lines, write)
        finally:
            with self._lock:
                self.in_memory.put_back(lines[done:])

    def _write_lines(self, lines: Sequence[bytes], write: Write) -> int:
        """Write as many of `lines` as go into one transaction; return how many."""
        records, unreadable = read_some(lines)
        if records:
            write(records)
        if unreadable:
            self.aside.add(unreadable, "cannot be read")
        return len(records) + len(unreadable)

    def _save_memory(self) -> bool:
        """Append what waits in memory; whether all of it is on the disk."""
        while lines := self.in_memory.take(1, BATCH_BYTES):
            try:
                self._own.append_line(lines[0])
            except OSError:
                self.in_memory.put_back(lines)
                self._next_attempt = time.monotonic() + SECONDS_BETWEEN_ATTEMPTS
                return False
        return True

    def _remember(self, records: Sequence[Record]) -> None:
        self._next_attempt = time.monotonic() + SECONDS_BETWEEN_ATTEMPTS
        if self._closed:
            self._lose(len(records))
            return
        if records and not self.in_memory:
            logger.error("Nothing can be written in %s; memory has to do", self.folder)
        texts = self.in_memory.texts_lost
        lost = sum(not self.in_memory.add(record) for record in records)
        self.losses.add(texts=self.in_memory.texts_lost - texts)
        self._lose(lost)

    def _lose(self, count: int) -> None:
        if count:
            self.losses.add(requests=count)
            logger.error(
                "Neither %s nor memory takes more: %d records of the log are lost",
                self.folder,
                count,
            )

    @property
    def _is_put_off_due(self) -> bool:
        return self._put_off is not None and time.monotonic() >= self._put_off_until

    def _take_up_again(self) -> None:
        with self._lock:
            if file := self._put_off:
                self._own.read_also(file)
                self._put_off = None


def _give_up(file: SpoolFile, error: OSError) -> None:
    logger.error("The spool %s cannot be read: %s", file.path, error)
    try:
        file.path.rename(file.path.with_suffix(".unreadable"))
    except OSError as reason:
        logger.error("Nor can it be renamed: %s", reason)


def _remove(file: SpoolFile) -> None:
    try:
        file.remove()
    except OSError as error:
        # Written again by whoever adopts it, which changes nothing.
        logger.error("The spool %s cannot be deleted: %s", file.path, error)
