"""OpenAI's Agents SDK. It wants OpenAI's client 3, and the tests have 2 beside it."""

from pathlib import Path

from chat.tests.python_environment import python_with

FOLDER = Path(__file__).parent / "agents-sdk"


def python() -> Path:
    """The interpreter that has the SDK. Skips the test where it cannot be had."""
    return python_with(FOLDER / "requirements.lock", "agents")
