"""OpenAI's Agents SDK through its model for chat completions, and OpenAI's client 3."""

import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chat.tests.clients.agents_sdk import FOLDER, python
from chat.tests.serving import Service

pytestmark = [pytest.mark.once, pytest.mark.timeout(700)]


@pytest.fixture(scope="module")
def interpreter() -> Path:
    return python()


def test_objects_and_forced_tools(interpreter: Path, service: Service) -> None:
    done = subprocess.run(
        [interpreter, FOLDER / "ask.py", f"{service.url}/v1"],
        env={**os.environ, "NO_PROXY": "*"},
        capture_output=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = msgspec.json.decode(done.stdout.splitlines()[-1])

    assert found["whole"]["title"] == "Rome"
    assert found["whole"] == found["streamed"]
    assert found["parsed"].keys() == {"title", "days", "stops"}
    assert "raw_response_event" in found["kinds"]
    for choice in ("required", "named"):
        assert "It rains in" in found[choice]
