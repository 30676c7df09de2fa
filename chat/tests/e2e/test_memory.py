"""A conversation leaves memory with its exchange, and waits for no collector."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from chat.conversation import ChatRequest
from chat.tests.e2e.conftest import Watched, eventually


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "scenario", ["Hello", "sim:error=1210", "sim:cut=3", "sim:cut-before", "sim:html"]
)
def test_nothing_of_a_conversation_stays(
    watched: Watched, scenario: str, stream: bool, settings: Any
) -> None:
    settings.ZAI_MAX_TRIES = 1
    watched.service.post(scenario, stream=stream)
    watched.service.line()
    eventually(lambda: not remembered(scenario))


def test_nothing_stays_of_a_caller_who_left(watched: Watched) -> None:
    with watched.service.stream("sim:stall=60@3") as response:
        next(response.iter_bytes())
    watched.service.line()
    # A cancelled task may wait for the collector, with the frames it was cancelled in.
    eventually(lambda: gc.collect() >= 0 and not remembered("sim:stall=60@3"))


def remembered(text: str) -> list[ChatRequest]:
    """The conversations in memory that end so."""
    return [
        found
        for found in gc.get_objects()
        if isinstance(found, ChatRequest) and found.messages[-1]["content"] == text
    ]
