"""A file that is locked for as long as its process lives, even if that is frozen."""

import logging
import time
from contextlib import suppress
from pathlib import Path

from chat.requestlog.spool_file import SpoolFile

logger = logging.getLogger(__name__)

# Whose rows are closed by then, or were never there.
SECONDS_KEPT = 86_400.0


class Lifeline:
    """Says of processes that share `folder`, those of a host, whether they live.

    A lock goes with its process, however that ends, and no other process can come to
    hold it, as one can come to have the number of a dead one. The file says how many
    bytes wait in the process's others.
    """

    def __init__(self, folder: Path, process: str) -> None:
        self._folder = folder
        self._process = process
        self._file: SpoolFile | None = None
        self._told: int | None = None

    def hold(self) -> None:
        """Hold that of this process; where the disk takes none, its lease must do."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for left in self._folder.glob("*.alive"):
                if time.time() - left.stat().st_mtime > SECONDS_KEPT:
                    self.bury(left.stem)
            self._file = SpoolFile.create(self._path(self._process))
            self.tell(0)
        except OSError as error:
            logger.debug("Nothing can be locked in %s: %s", self._folder, error)

    def release(self) -> None:
        if self._file:
            with suppress(OSError):
                self._file.remove()
            self._file = None

    def tell(self, waiting_bytes: int) -> None:
        """Say to the others how much waits in the files of this process."""
        if self._file and waiting_bytes != self._told:
            with suppress(OSError):
                self._file.overwrite(b"%20d\n" % waiting_bytes)
                self._told = waiting_bytes

    def told_by_others(self) -> int:
        """Return what waits in the files of the others, as they say."""
        total = 0
        for path in self._folder.glob("*.alive"):
            if path.stem != self._process and self.is_held(path.stem):
                with suppress(OSError, ValueError):
                    total += int(path.read_bytes())
        return total

    def knows(self, process: str) -> bool:
        """Whether `process` shares the folder: then its files are here too."""
        return self._path(process).exists()

    def is_held(self, process: str) -> bool:
        """Whether `process` is known to live."""
        path = self._path(process)
        try:
            left = SpoolFile.adopt(path) if path.exists() else None
        except OSError:
            return False
        if left:
            left.close()
            return False
        return path.exists()

    def bury(self, process: str) -> None:
        """Remove what a dead process left of its own, once its rows are closed."""
        with suppress(OSError):
            if left := SpoolFile.adopt(self._path(process)):
                left.remove()

    def _path(self, process: str) -> Path:
        return self._folder / f"{process}.alive"
