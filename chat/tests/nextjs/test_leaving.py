"""Who leaves in mid-answer, leaves Z.AI within a second."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chat.tests.nextjs.conftest import OpenTabs
from chat.tests.nextjs.tab import EVERYWHERE, REWRITE, Tab
from chat.tests.serving import Service

LONG = "sim:events=90 sim:trickle=0.5"
WHERE = {"start": EVERYWHERE, "dev": REWRITE}
Leave = Callable[[Tab], Awaitable[None]]


async def stop(tab: Tab) -> None:
    await tab.press("Stop")


async def close(tab: Tab) -> None:
    await tab.page.close()


@pytest.mark.parametrize("server", WHERE)
async def test_who_leaves_leaves_z_ai_within_a_second(
    request: pytest.FixtureRequest,
    open_tabs: OpenTabs,
    service: Service,
    settings: Any,
    zai: Any,
    server: str,
) -> None:
    tabs = await open_tabs(request.getfixturevalue(server), WHERE[server])
    await answered(tabs)
    in_time([await seconds_to_leave(zai, tab, stop) for tab in tabs])
    for tab in tabs:
        assert await tab.finished()  # what came before stays
        assert not await tab.error.count()
    await answered(tabs)
    settings.CHAT_LEFT_SECONDS = 0.1  # or a closed tab would be waited for
    in_time([await seconds_to_leave(zai, tab, close) for tab in tabs])


@pytest.mark.parametrize("server", WHERE)
async def test_who_leaves_before_the_first_byte_leaves_z_ai_within_a_second(
    request: pytest.FixtureRequest,
    open_tabs: OpenTabs,
    service: Service,
    settings: Any,
    zai: Any,
    server: str,
) -> None:
    settings.CHAT_OPEN_AFTER_SECONDS = 100
    settings.CHAT_LEFT_SECONDS = 0.1
    took = []
    for tab in await open_tabs(request.getfixturevalue(server), WHERE[server]):
        for leave in (stop, close):
            await tab.ask("sim:silent")
            await asyncio.to_thread(zai.wait, lambda state: state["open"] == 1)
            took.append(await seconds_to_leave(zai, tab, leave))
    in_time(took)


def in_time(seconds: list[float]) -> None:
    """One may be late on a busy machine, but none as late as the next heartbeat."""
    assert statistics.median(seconds) < 1
    assert max(seconds) < 5


async def answered(tabs: list[Tab]) -> None:
    """Z.AI is answering all: whoever came later would pass for one who stayed."""
    await asyncio.gather(*(tab.ask(LONG) for tab in tabs))
    await asyncio.gather(*(tab.until_answered() for tab in tabs))


async def seconds_to_leave(zai: Any, tab: Tab, leave: Leave) -> float:
    still_open, left = zai.state()["open"] - 1, time.time()
    await leave(tab)
    state = await asyncio.to_thread(zai.wait, lambda state: state["open"] == still_open)
    ended = [entry for entry in state["requests"] if entry["ended"]]
    assert {entry["how"] for entry in ended} == {"client_left"}
    return float(max(entry["ended"] for entry in ended) - left)
