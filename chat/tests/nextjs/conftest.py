"""The example site in a real browser, through `next start` and `next dev`."""

import asyncio
import socket
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import AbstractContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from chat.tests.browser.conftest import browser, chromium
from chat.tests.nextjs.signing_in import COOKIE, signed_in
from chat.tests.nextjs.site import CannotInstall, Site, copied
from chat.tests.nextjs.tab import PATHS, WATCHING, Tab
from chat.tests.serving import Service, service_for

__all__ = ["browser", "chromium"]

HERE = Path(__file__).parent
MILLISECONDS = 40_000  # no wait is longer; beside other tests two servers are slow
expect.set_options(timeout=MILLISECONDS)
OpenTab = Callable[..., Awaitable[Tab]]
OpenTabs = Callable[[str, Iterable[Sequence[str]]], Awaitable[list[Tab]]]
Serve = Callable[[], AbstractContextManager[Service]]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A site that is built and served takes its time, and no database changes it."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.once)
            item.add_marker(pytest.mark.timeout(400))
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """Where the service of each test listens: a build knows only one address."""
    with socket.socket() as kept:
        # Bound, nobody else is given it; not listening, a service can be.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


@pytest.fixture(scope="session")
def site(port: int) -> Iterator[Site]:
    """The example, built."""
    try:
        with copied(f"http://127.0.0.1:{port}") as site:
            site.build()
            yield site
    except CannotInstall as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def start(site: Site) -> Iterator[str]:
    """The address of `next start`."""
    with site.served("start") as url:
        yield url


@pytest.fixture(scope="session")
def dev(site: Site) -> Iterator[str]:
    """The address of `next dev`, which has made its pages already."""
    with site.served("dev") as url:
        for path in PATHS:
            httpx.get(url + path, timeout=120, trust_env=False).raise_for_status()
        yield url


@pytest.fixture
def serve(zai: Any, settings: Any, port: int, start: str) -> Serve:
    """Starts the service where the site looks for it."""
    settings.CORS_ALLOWED_ORIGINS = [start]
    return lambda: service_for(port=port)


@pytest.fixture
def service(serve: Serve) -> Iterator[Service]:
    with serve() as running_service:
        yield running_service


@pytest.fixture(scope="session")
def cookie(start: str) -> str:
    """Of who has signed in, here and at `dev` too: cookies know of no port."""
    return signed_in(start)


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(browser: Browser, cookie: str) -> AsyncIterator[OpenTab]:
    """Opens a page of the site, as somebody new or in a tab beside another."""
    async with AsyncExitStack() as people:
        value = cookie.removeprefix(f"{COOKIE}=")

        async def opened(
            *where: str, beside: Tab | None = None, is_stranger: bool = False
        ) -> Tab:
            if beside:
                person = beside.page.context
            else:
                person = await browser.new_context()
                people.push_async_callback(person.close)
                person.set_default_timeout(MILLISECONDS)
                await person.add_init_script(WATCHING)
                if not is_stranger:
                    await person.add_cookies(
                        [{"name": COOKIE, "value": value, "url": where[0]}]
                    )
            tab = Tab(await person.new_page())
            await tab.open(*where)
            return tab

        yield opened


@pytest.fixture
def open_tabs(open_tab: OpenTab) -> OpenTabs:
    """Opens some at once: at a site, each with a path and perhaps a way."""

    async def opened(site: str, places: Iterable[Sequence[str]]) -> list[Tab]:
        return await asyncio.gather(*(open_tab(site, *place) for place in places))

    return opened
