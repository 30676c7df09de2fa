"""Where records wait on disk while the database is away."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from chat.requestlog import backlog
from chat.requestlog.aside import Aside
from chat.requestlog.backlog import Backlog
from chat.requestlog.lines import encodable, line_of, read_some
from chat.requestlog.losses import Losses
from chat.requestlog.record import Record
from chat.requestlog.spool_file import BATCH_BYTES, BATCH_LINES, SpoolFile

logger = logging.getLogger(__name__)

Write = Callable[[Sequence[Record]], None]
# A disk that was full a moment ago is not asked again at once.
SECONDS_BETWEEN_ATTEMPTS = 1.0
# What was put off once comes again after this time, then after twice as long.
SECONDS_PUT_OFF = 5.0


class Spool:
    """Files of one record a line, in the order they were written, named by process.

    Bounded by `max_bytes` a process. What the disk does not take waits in memory, if
    it has ended: what is open comes again when it ends. `append` and `put_off` are
    safe from any thread, the rest belongs to the writer's. A fault of the disk is
    logged and never raised.
    """

    def __init__(self, folder: Path, process: str, max_bytes: int) -> None:
        self.folder = folder
        self._process = process
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._number = 0
        self._file: SpoolFile | None = None
        self._own: list[SpoolFile] = []  # full ones, to be written before it
        self._put_off: SpoolFile | None = None
        self._put_off_until = 0.0
        self._adopted: list[SpoolFile] = []
        self._closed = False
        self._next_attempt = 0.0
        self.in_memory = Backlog(backlog.MOST_BYTES)
        self.losses = Losses(folder)
        self.aside = Aside(folder, max_bytes, self.losses)

    def append(self, records: Sequence[Record]) -> None:
        """Keep `records` durably; in memory what the disk does not take."""
        kept = [encodable(record) for record in records]
        with self._lock:
            try:
                self._save_memory()
                self._append(map(line_of, kept))
            except OSError as error:
                self._remember([one for one in kept if one.is_closed], error)
            finally:
                if self._closed:
                    self._release()

    def put_off(self, record: Record) -> bool:
        """Keep `record` for a later time, when others had their turn; whether it is."""
        with self._lock:
            try:
                if self._put_off is None:
                    self._put_off = self._new_file()
                    wait = SECONDS_PUT_OFF * 2 ** (record.tries - 1)
                    self._put_off_until = time.monotonic() + wait
                self._put_off.append(line_of(record))
            except OSError:
                return False
            return True

    def save_memory(self) -> None:
        """Write down what waits in memory, if the disk has room again."""
        with self._lock:
            try:
                self._save_memory()
            except OSError:
                self._next_attempt = time.monotonic() + SECONDS_BETWEEN_ATTEMPTS

    @property
    def waiting_bytes(self) -> int:
        """What waits, for every process of this host."""
        try:
            return sum(path.stat().st_size for path in self.folder.glob("*.jsonl"))
        except OSError:
            return 0

    @property
    def has_own(self) -> bool:
        return self.has_own_due or self._put_off is not None

    @property
    def has_own_due(self) -> bool:
        return bool(self._own or self._file or self.in_memory) or self._is_put_off_due

    @property
    def has_any(self) -> bool:
        return bool(self._adopted) or self.has_own_due

    def write_some(self, write: Write, most: int = BATCH_LINES) -> None:
        """Hand the oldest records to `write`, not many at a time. What that raises,
        goes on, and they will come again."""
        self._retire_files()
        if self._own:
            self._write_file(self._own, write, most)
        elif self.in_memory:
            self._write_memory(write, most)
        elif self._adopted:
            self._write_file(self._adopted, write, most)

    def adopt(self) -> bool:
        """Take over what dead processes left; whether nothing of theirs is left."""
        held = {file.path for file in (*self._adopted, *self._own)}
        for path in sorted(self.folder.glob("*.jsonl")):
            if path in held or path.name.startswith(self._process):
                continue
            try:
                if file := SpoolFile.adopt(path):
                    self._adopted.append(file)
            except OSError as error:
                logger.error("The spool %s cannot be opened: %s", path, error)
        return not self._adopted

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._next_attempt = 0.0
            try:
                self._save_memory()
            except OSError as error:
                self._lose(len(self.in_memory), error)
            self._release()

    def _write_file(self, files: list[SpoolFile], write: Write, most: int) -> None:
        try:
            lines = files[0].next_lines(most)
        except OSError as error:
            self._give_up(files.pop(0), error)
            return
        files[0].advance(sum(map(len, lines[: self._write_lines(lines, write)])))
        if not lines:
            _remove(files.pop(0))

    def _write_memory(self, write: Write, most: int) -> None:
        with self._lock:
            lines, written = self.in_memory.take(most, BATCH_BYTES), 0
        try:
            written = self._write_lines(lines, write)
        finally:
            with self._lock:
                self.in_memory.put_back(lines[written:])

    def _write_lines(self, lines: Sequence[bytes], write: Write) -> int:
        """Write as many of `lines` as go into one transaction; return how many."""
        records, unreadable = read_some(lines)
        if records:
            write(records)
        if unreadable:
            self.aside.add(unreadable, "cannot be read")
        return len(records) + len(unreadable)

    def _append(self, lines: Iterable[bytes]) -> None:
        joined = b"".join(lines)
        if self._file is None:
            self._file = self._new_file()
        others = (*self._own, *filter(None, [self._put_off]))
        taken = sum(file.size for file in (*others, self._file))
        if taken + len(joined) > self._max_bytes:
            raise OSError("it is full")
        self._file.append(joined)

    def _new_file(self) -> SpoolFile:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._number += 1
        name = f"{self._process}.{self._number:06}.jsonl"
        return SpoolFile.create(self.folder / name)

    def _save_memory(self) -> None:
        if self.in_memory and time.monotonic() < self._next_attempt:
            raise OSError("it was full a moment ago")
        while lines := self.in_memory.take(BATCH_LINES, BATCH_BYTES):
            try:
                self._append(lines)
            except OSError:
                self.in_memory.put_back(lines)
                raise

    def _remember(self, records: Sequence[Record], error: OSError) -> None:
        self._next_attempt = time.monotonic() + SECONDS_BETWEEN_ATTEMPTS
        if self._closed:
            self._lose(len(records), error)
            return
        if records and not self.in_memory:
            logger.error("The spool takes no more (%s); memory has to do", error)
        texts = self.in_memory.texts_lost
        lost = sum(not self.in_memory.add(record) for record in records)
        self.losses.add(texts=self.in_memory.texts_lost - texts)
        self._lose(lost, error)

    def _lose(self, count: int, error: OSError) -> None:
        if count:
            self.losses.add(requests=count)
            logger.error(
                "The spool takes no more (%s), nor does memory:"
                " %d records of the log are lost",
                error,
                count,
            )

    @property
    def _is_put_off_due(self) -> bool:
        return self._put_off is not None and time.monotonic() >= self._put_off_until

    def _retire_files(self) -> None:
        with self._lock:
            if self._file and not self._own:
                self._own.append(self._file)
                self._file = None
            if self._put_off and self._is_put_off_due:
                self._own.append(self._put_off)
                self._put_off = None

    def _give_up(self, file: SpoolFile, error: OSError) -> None:
        logger.error("The spool %s cannot be read: %s", file.path, error)
        try:
            file.path.rename(file.path.with_suffix(".unreadable"))
        except OSError as reason:
            logger.error("Nor can it be renamed: %s", reason)
        file.close()

    def _release(self) -> None:
        own = (*self._own, *filter(None, [self._file, self._put_off]))
        for file in (*own, *self._adopted):
            file.close()
        self._own, self._adopted, self._file, self._put_off = [], [], None, None


def _remove(file: SpoolFile) -> None:
    try:
        file.remove()
    except OSError as error:
        # Written again by whoever adopts it, which changes nothing.
        logger.error("The spool %s cannot be deleted: %s", file.path, error)
