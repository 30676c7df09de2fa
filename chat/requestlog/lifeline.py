"""A file that is locked for as long as its process lives, even if that is frozen."""

import logging
from contextlib import suppress
from pathlib import Path

from chat.requestlog.spool_file import SpoolFile

logger = logging.getLogger(__name__)


class Lifeline:
    """Says of processes that share `folder`, those of a host, whether they live.

    A lock goes with its process, however that ends, and no other process can come to
    hold it, as one can come to have the number of a dead one.
    """

    def __init__(self, folder: Path, process: str) -> None:
        self._folder = folder
        self._process = process
        self._file: SpoolFile | None = None

    def hold(self) -> None:
        """Hold that of this process; where the disk takes none, its lease must do."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for left in self._folder.glob("*.alive"):
                self.is_held(left.stem)
            self._file = SpoolFile.create(self._path(self._process))
        except OSError as error:
            logger.debug("Nothing can be locked in %s: %s", self._folder, error)

    def release(self) -> None:
        if self._file:
            with suppress(OSError):
                self._file.remove()
            self._file = None

    def is_held(self, process: str) -> bool:
        """Whether `process` is known to live. What a dead one left is removed."""
        path = self._path(process)
        try:
            left = SpoolFile.adopt(path) if path.exists() else None
        except OSError:
            return False
        if left:
            with suppress(OSError):
                left.remove()
            return False
        return path.exists()

    def _path(self, process: str) -> Path:
        return self._folder / f"{process}.alive"
