"""Environments of the programs that are compared, each its own: made when it is first
needed, and kept until what it is made of changes."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.process import CannotStart

CACHE = Path(__file__).parent / ".peers"
LAST_WORDS = 200


@dataclass(frozen=True)
class Environment:
    """One that is made in a folder of the cache. What it says goes to a file beside."""

    name: str

    @property
    def folder(self) -> Path:
        return CACHE / self.name

    def steps(self) -> Iterator[list[str]]:
        """What makes it, one command after the other; all start in its folder."""
        raise NotImplementedError

    def made_of(self) -> Iterator[bytes]:
        """All that makes it another one when it changes."""
        raise NotImplementedError

    def ready(self) -> Path:
        """Return its folder, where everything is. Raises CannotStart."""
        if reason := _make(self):
            raise CannotStart(reason)
        return self.folder


@dataclass(frozen=True)
class PythonEnvironment(Environment):
    """`requirements` are installed one file after the other."""

    requirements: tuple[Path, ...] = ()
    python: str = sys.executable

    def program(self, name: str) -> str:
        """Raises CannotStart."""
        path = self.ready() / "bin" / name
        if not path.exists():
            raise CannotStart(f"there is no {name} in what was installed")
        return str(path)

    def version(self, package: str) -> str:
        """Raises CannotStart."""
        code = f"import importlib.metadata as m; print(m.version({package!r}))"
        command = [self.program("python"), "-c", code]
        said = subprocess.run(command, capture_output=True, text=True)
        return said.stdout.strip() or "?"

    def steps(self) -> Iterator[list[str]]:
        yield [self.python, "-m", "venv", "--clear", "."]
        install = ["bin/python", "-m", "pip", "install", "--quiet"]
        for file in self.requirements:
            yield [*install, "-r", str(file)]

    def made_of(self) -> Iterator[bytes]:
        yield self.python.encode()
        yield from (file.read_bytes() for file in self.requirements)


@cache
def _make(environment: Environment) -> str:
    """Return why it could not be made; nothing where it is there."""
    digest = hashlib.sha256(b"\0".join(environment.made_of())).hexdigest()
    made = environment.folder.with_suffix(".made")
    if made.exists() and made.read_text() == digest:
        return ""
    print(f"Installing {environment.name} (once) ...", file=sys.stderr, flush=True)
    environment.folder.mkdir(parents=True, exist_ok=True)
    log = environment.folder.with_suffix(".log")
    log.write_bytes(b"")
    for command in environment.steps():
        if not _run(command, environment.folder, log):
            said = log.read_text(errors="replace").strip()[-LAST_WORDS:]
            return f"could not be installed: {' '.join(said.split())}"
    made.write_text(digest)
    return ""


def _run(command: list[str], folder: Path, log: Path) -> bool:
    with log.open("ab") as file:
        try:
            done = subprocess.run(command, cwd=folder, stdout=file, stderr=file)
        except OSError as error:
            file.write(str(error).encode())
            return False
    return done.returncode == 0
