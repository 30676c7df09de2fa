import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

from chat.checks import deployment
from config import settings as configured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
EXAMPLE = (BASE_DIR / ".env.example").read_text()


def variables(text: str) -> dict[str, str]:
    return dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_every_setting_that_is_read_is_explained_and_no_other():
    from config.settings import ENVIRONMENT

    assert set(variables(EXAMPLE)) == ENVIRONMENT.names


def test_the_defaults_it_states_are_true():
    stated = variables(EXAMPLE.partition("Production example")[0])
    stated = {name: value for name, value in stated.items() if value}

    for name in stated:
        if name.startswith(("ZAI_", "CHAT_")):
            value = str(getattr(configured, name)).removeprefix(f"{BASE_DIR}/")
            assert value.lower() == stated[name].lower(), name


def test_nothing_is_against_the_production_example():
    example = variables(EXAMPLE.partition("Production example")[2])
    assert example["SECRET_KEY"].startswith(deployment.EXAMPLE)
    example["SECRET_KEY"] = secrets.token_urlsafe(48)

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BASE_DIR,
        env={**os.environ, **example},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert "chat." not in done.stderr
