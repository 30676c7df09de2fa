"""A start with a setting that cannot be read stops by itself, with one sentence."""

from pathlib import Path

import pytest

from chat.tests.e2e.process import COMMANDS, started
from chat.tests.waiting import eventually


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


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_set_and_has_no_effect_is_told_once(
    tmp_path: Path, command: str
) -> None:
    plan = "https://api.z.ai/api/coding/paas/v4"
    old = {"SYSTEM_PROMPT": "never shown", "cors_origins": "https://a.example"}
    with started(tmp_path, command, **old, ZAI_BASE_URL=plan) as process:
        if command != "gunicorn":  # which does not say when its workers are up
            process.wait_until_it_listens()
        eventually(lambda: "has no effect" in process.output, 60)
    warnings = [line for line in process.output.splitlines() if "WARNING" in line]
    [coding] = [line for line in warnings if "Coding Plan" in line]
    [told] = [line for line in warnings if "has no effect" in line]
    assert coding.index("WARNING") < coding.index("ZAI_BASE_URL")
    assert "SYSTEM_PROMPT has no effect: the setting is CHAT_SYSTEM_PROMPT" in told
    assert "CORS_ORIGINS has no effect: the setting is CORS_ALLOWED_ORIGINS" in told
    assert "never shown" not in process.output
