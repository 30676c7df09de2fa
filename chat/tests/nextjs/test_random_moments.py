"""Reloads and network cuts at random moments, with `useChat` of AI SDK 5, 6 and 7.

`CHAT_TEST_RELOADS` is how many at least, `CHAT_TEST_STOP_SECONDS` how soon a stop has
to reach Z.AI: `python -m benchmarks.resume browser` asks for more than a test does.
"""

import asyncio
import itertools
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Route

from chat.tests.clients.ai_sdk import VERSIONS
from chat.tests.clients.bundling import bundled
from chat.tests.cutting import Cutting, cutting
from chat.tests.nextjs.page_of_an_sdk import HTML, PATH, SCRIPT, Reader, address_of
from chat.tests.nextjs.signing_in import COOKIE
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

RELOADS = int(os.environ.get("CHAT_TEST_RELOADS", "18"))
STOP_SECONDS = float(os.environ.get("CHAT_TEST_STOP_SECONDS", SECONDS))
ANSWER_SECONDS = 2.0
# Of a stream, before it is cut: so many have the answers, which come again from their
# beginning. Every other stream is spared, or an answer would hardly ever be whole.
MOST_BYTES = 8_000
SPARED = 0.5
WAYS = {"rewrite": "/api/chat", "handler": "/handler/chat", "directly": "/api/chat"}
EVERYWHERE = list(itertools.product(VERSIONS, WAYS))


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {
        version: bundled("resume_page.jsx", version, folder) for version in VERSIONS
    }


class Network:
    """The site and the service, behind what cuts; and the browsers that ask there."""

    def __init__(self, site: str, service: str, cuts: list[Cutting]) -> None:
        self.site = site
        self._service = service
        self._cuts = cuts

    @property
    def cuts(self) -> int:
        return sum(proxy.cuts for proxy in self._cuts)

    def address(self, version: str, way: str, chat: str, keeps: bool) -> str:
        site = self._service if way == "directly" else self.site
        said = {"id": chat, "api": site + WAYS[way], "keeps": "1" * keeps}
        return address_of(site, version, **said)


@pytest.fixture
def network(service: Service, start: str) -> Iterator[Network]:
    with (
        cutting(start, most=MOST_BYTES, spared=SPARED) as (site, one),
        cutting(service.url, most=MOST_BYTES, spared=SPARED) as (direct, other),
    ):
        yield Network(site, direct, [one, other])


@pytest_asyncio.fixture(loop_scope="session")
async def person(
    browser: Browser, network: Network, scripts: dict[str, Path], cookie: str
) -> AsyncIterator[BrowserContext]:
    """Somebody who is signed in, and whose browser has the pages."""
    context = await browser.new_context()
    value = cookie.removeprefix(f"{COOKIE}=")
    await context.add_cookies([{"name": COOKIE, "value": value, "url": network.site}])
    for version, script in scripts.items():
        html = HTML.format(script=SCRIPT.format(version=version))
        page = given(body=html, content_type="text/html")
        await context.route(f"**{PATH.format(version=version)}", page)
        await context.route(f"**{SCRIPT.format(version=version)}", given(path=script))
    yield context
    await context.close()


def given(**answer: Any) -> Callable[[Route], Awaitable[None]]:
    return lambda route: route.fulfill(**answer)


def z_ais(service: Service, text: str) -> str:
    """What Z.AI says to it, in one piece."""
    answer = service.post(text, stream=False).json()
    return str(answer["choices"][0]["message"]["content"])


async def test_the_text_is_z_ais_however_often_it_is_cut_or_reloaded(
    person: BrowserContext, network: Network, service: Service, zai: Any
) -> None:
    numbers, asked = itertools.count(), 0
    reloads = 0

    async def read(version: str, way: str) -> None:
        nonlocal asked, reloads
        number = next(numbers)
        text = f"Question {number} sim:takes={ANSWER_SECONDS}"
        address = network.address(version, way, f"chat{number}", number % 2 == 0)
        reader = Reader(await person.new_page(), address)
        await reader.open()
        await reader.ask(text)
        await reader.reload_at_random(random.randint(1, 3), ANSWER_SECONDS)
        said = await reader.whole()
        assert said == await asyncio.to_thread(z_ais, service, text), (version, way)
        assert reader.posts == 1
        reloads += reader.reloads
        asked += 2  # once by the page, and once by this test
        await reader.close()

    # The first answer of all gives the browser the cookie by which it is known again.
    await read(*EVERYWHERE[0])
    while asked < 2 * len(EVERYWHERE) or reloads + network.cuts < RELOADS:
        await asyncio.gather(*(read(*where) for where in EVERYWHERE))
        print(f"{asked // 2} answers, {reloads} reloads, {network.cuts} cuts")
    assert zai.state()["total"] == asked
    assert network.cuts and reloads


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_stop_after_a_reload_reaches_z_ai(
    person: BrowserContext, network: Network, zai: Any, version: str
) -> None:
    for way in WAYS:
        address = network.address(version, way, f"chat-{way}", keeps=False)
        reader = Reader(await person.new_page(), address)
        await reader.open()
        await reader.ask("sim:stall=60@60")
        await reader.until_words()
        await reader.reload()
        await reader.until_words()
        assert zai.state()["open"] == 1
        await reader.page.evaluate("() => stopAnswer()")
        await asyncio.to_thread(zai.wait, lambda state: not state["open"], STOP_SECONDS)
        await reader.close()


@pytest.mark.parametrize("version", VERSIONS)
async def test_three_tabs_show_the_same(
    person: BrowserContext, network: Network, service: Service, zai: Any, version: str
) -> None:
    """Reloaded and cut at random moments, all of one browser."""
    text = f"Hello sim:takes={ANSWER_SECONDS}"
    for number, way in enumerate(WAYS):
        address = network.address(version, way, f"chat-{way}", keeps=False)
        tabs = [Reader(await person.new_page(), address) for _ in range(3)]
        await tabs[0].open()
        await tabs[0].ask(text)
        for tab in tabs[1:]:
            await tab.page.goto(address)
        await asyncio.gather(
            *(tab.reload_at_random(1, ANSWER_SECONDS / 2) for tab in tabs)
        )
        said = {await tab.whole() for tab in tabs}
        assert said == {await asyncio.to_thread(z_ais, service, text)}
        assert zai.state()["total"] == 2 * (number + 1)
        for tab in tabs:
            await tab.close()
    assert network.cuts
