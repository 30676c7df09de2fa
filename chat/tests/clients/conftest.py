"""What the tests of the AI SDK have in common."""

from pathlib import Path

import pytest

from chat.tests.clients.ai_sdk import VERSIONS, installed


@pytest.fixture(scope="module", params=VERSIONS)
def client(request: pytest.FixtureRequest) -> Path:
    """The folder of a version, with the programs that speak through it."""
    return installed(request.param)
