"""Objects by the AI SDK, through both of its providers that can be given an address."""

from pathlib import Path
from typing import Any

import pytest

from chat.tests.clients.ai_sdk import run
from chat.tests.serving import Service

pytestmark = pytest.mark.once

WAYS = ["generateObject", "streamObject", "generateText", "streamText"]


@pytest.mark.parametrize("scenario", ["", "sim:fenced"])
@pytest.mark.parametrize("through", ["openai-compatible", "openai", "openai-responses"])
def test_an_object_in_each_way(
    service: Service, client: Path, through: str, scenario: str
) -> None:
    heard: dict[str, Any] = run(
        client / "objects.mjs",
        url=f"{service.url}/v1",
        text=f"Plan two days in Rome {scenario}",
        through=through,
    )

    assert list(heard) == WAYS
    for way, made in heard.items():
        parts = made.pop("parts", 2)
        assert made.keys() == {"title", "days", "stops"}, (way, made)
        assert made["title"] == "Rome"
        assert made["stops"][0]["kind"] in ("museum", "meal")
        assert parts > 1
