"""The virtual environment of the peers: made on demand, kept until a pin changes."""

import subprocess
import sys
from functools import cache
from pathlib import Path

from benchmarks.process import CannotStart

FOLDER = Path(__file__).parent / ".peers"
REQUIREMENTS = Path(__file__).with_name("requirements-peers.txt")
INSTALLED = FOLDER / "installed.txt"


def program(name: str) -> str:
    """The path of a peer's program. Raises CannotStart where it was not installed."""
    install()
    path = FOLDER / "bin" / name
    if not path.exists():
        raise CannotStart(f"{name} could not be installed; see {FOLDER}/pip.log")
    return str(path)


@cache
def version(package: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    said = subprocess.run([program("python"), "-c", code], capture_output=True)
    return said.stdout.decode().strip() or "?"


@cache
def install() -> None:
    """Install the peers together or, where that fails, those that can be, singly."""
    wanted = REQUIREMENTS.read_text()
    if INSTALLED.exists() and INSTALLED.read_text() == wanted:
        return
    print("Installing the peers (once) ...", file=sys.stderr, flush=True)
    venv = [sys.executable, "-m", "venv", "--clear", str(FOLDER)]
    if subprocess.run(venv, capture_output=True).returncode:
        return
    pins = [line.split("#")[0].strip() for line in wanted.splitlines()]
    if not _pip("--requirement", str(REQUIREMENTS)):
        for pin in filter(None, pins):
            _pip(pin)
    INSTALLED.write_text(wanted)


def _pip(*what: str) -> bool:
    command = [str(FOLDER / "bin" / "python"), "-m", "pip", "install", "--quiet", *what]
    with (FOLDER / "pip.log").open("ab") as log:
        return subprocess.run(command, stdout=log, stderr=log).returncode == 0
