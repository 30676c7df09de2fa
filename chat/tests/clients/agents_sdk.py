"""OpenAI's Agents SDK, installed into an environment of its own when first needed.

It wants OpenAI's client 3, and the tests have 2 beside it.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "agents-sdk"
LOCK = FOLDER / "requirements.lock"
INSTALL_SECONDS = 300.0


def python() -> Path:
    """The interpreter that has the SDK. Skips the test where it cannot be had."""
    made, stamp = store() / "environment", store() / "stamp"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest() + sys.version
    with (store() / "lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            try:
                install(made)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                pytest.skip(f"pip cannot install the Agents SDK: {error}")
            stamp.write_text(wanted)
    return made / "bin" / "python"


def install(made: Path) -> None:
    pip = (made / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
    for command in (
        (sys.executable, "-m", "venv", "--clear", made),
        (*pip, "install", "-qq", "--require-hashes", "-r", LOCK),
    ):
        subprocess.run(
            command, check=True, capture_output=True, timeout=INSTALL_SECONDS
        )


def store() -> Path:
    """A folder outside the checkout, kept from run to run."""
    folder = Path(tempfile.gettempdir()) / f"chat-test-agents-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    assert folder.stat().st_uid == os.getuid(), f"{folder} belongs to somebody else"
    return folder
