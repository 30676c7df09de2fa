"""Vercel's AI SDK in its versions, installed when a test first needs it."""

import fcntl
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

VERSIONS = ["ai-v5", "ai-v6", "ai-v7"]
CLIENTS = Path(__file__).parent


def installed(version: str) -> Path:
    """The folder of a version. Skips the test where it cannot be had."""
    folder = CLIENTS / version
    if not shutil.which("node") or not (npm := shutil.which("npm")):
        pytest.skip("the clients of the AI SDK need node and npm")
    lock = folder / "package-lock.json"
    with lock.open() as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        done = folder / "node_modules" / ".package-lock.json"
        if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
            return folder
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(
                command, cwd=folder, check=True, capture_output=True, timeout=90
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm cannot install {folder.name}: {error}")
    return folder


def run(program: Path, **asked: Any) -> dict[str, Any]:
    """What a program of `clients` says when it is asked this."""
    done = subprocess.run(
        ["node", program, msgspec.json.encode(asked)], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    heard: dict[str, Any] = msgspec.json.decode(done.stdout)
    return heard
