"""Environments of others' programs, apart from that of the tests: each is made when it
is first needed."""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

INSTALL_SECONDS = 300.0


def python_with(lock: Path, name: str) -> Path:
    """Return the interpreter that has what `lock` pins. Skips the test where it cannot
    be had; `name` tells it from others, in its folder and in the reason of a skip."""
    folder = _store(name)
    made, stamp = folder / "environment", folder / "stamp"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest() + sys.version
    with (folder / "lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            try:
                _install(lock, made)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                pytest.skip(f"pip cannot install {name}: {error}")
            stamp.write_text(wanted)
    return made / "bin" / "python"


def _install(lock: Path, made: Path) -> None:
    pip = (made / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
    for command in (
        (sys.executable, "-m", "venv", "--clear", made),
        (*pip, "install", "-qq", "--require-hashes", "-r", lock),
    ):
        subprocess.run(
            command, check=True, capture_output=True, timeout=INSTALL_SECONDS
        )


def _store(name: str) -> Path:
    """A folder outside the checkout, kept from run to run."""
    folder = Path(tempfile.gettempdir()) / f"chat-test-{name}-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    assert folder.stat().st_uid == os.getuid(), f"{folder} belongs to somebody else"
    return folder
