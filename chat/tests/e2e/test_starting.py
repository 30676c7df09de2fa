"""A start with a setting that cannot be read stops by itself, with one sentence."""

from pathlib import Path

import pytest

from chat.tests.e2e.process import COMMANDS, started


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "99999"), ("CHAT_HEARTBEAT_SECONDS", "x"), ("SECRET_KEY", "")],
)
def test_a_mistaken_setting_stops_the_start(
    tmp_path: Path, command: str, name: str, value: str
) -> None:
    with started(tmp_path, command, **{name: value}) as process:
        status = process.popen.wait(30)
        # uvicorn's supervisor of several processes says 0 whatever happened.
        assert status != 0 or command == "uvicorn with workers"
        [sentence, *_] = [line for line in process.output.splitlines() if name in line]
        assert sentence.rstrip().endswith(".")
        assert "ImproperlyConfigured" not in process.output
