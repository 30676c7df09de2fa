"""A small disk of one host, which can be filled."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


class Disk:
    """A file system of `megabytes` at `folder`, if it `is_small`; else whatever is
    there, where none can be mounted."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        words = ["-t", "tmpfs", "-o", f"size={megabytes}M", "tmpfs", str(folder)]
        self.is_small = bool(shutil.which("mount")) and not _run("mount", *words)

    @contextlib.contextmanager
    def filled(self) -> Iterator[None]:
        """Have no room there inside `with`. Only where it `is_small`: another is not
        ours to fill."""
        assert self.is_small
        fill = self._folder / "fill"
        _run("dd", "if=/dev/zero", f"of={fill}", "bs=64k")
        try:
            yield
        finally:
            fill.unlink(missing_ok=True)

    def close(self) -> None:
        if self.is_small:
            _run("umount", "-l", str(self._folder))


def _run(*words: str) -> int:
    return subprocess.run(words, capture_output=True).returncode
