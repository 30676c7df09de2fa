"""`python -m benchmarks.browser`: how soon the first word of an answer can be read.

From the moment at which the stand-in for Z.AI sends it to the moment at which it is in
a page of `examples/nextjs`, in Chromium, through `next start`.
"""

import asyncio
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.async_api import async_playwright

from benchmarks.ours import Ours
from benchmarks.process import running
from benchmarks.server import Place
from benchmarks.standin import StandIn, standing_in
from chat.tests.browser.chromium import CHROMIUM, QUIET
from chat.tests.nextjs.site import copied
from chat.tests.nextjs.tab import EVERYWHERE, WATCHING, Tab
from chat.tests.ports import free_port

TIMES = 20
LINE = "{:9} {:8} median {:3.0f} ms, from {:.0f} to {:.0f}"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        with copied(f"http://127.0.0.1:{port}") as site, standing_in(folder) as standin:
            print("Building the example ...", flush=True)
            site.build()
            place = Place(folder, port, standin)
            with site.served("start") as url, serving(place, url):
                asyncio.run(measure(url, standin))


@contextmanager
def serving(place: Place, origin: str) -> Iterator[None]:
    """Run the service as in production, for pages of that origin."""
    ours = Ours("ours", "", settings={"CORS_ALLOWED_ORIGINS": origin})
    ours.prepare(place)
    command, environment = ours.command(place), ours.environment(place)
    with running(command, environment, place.folder / "server.log", place.port):
        yield


async def measure(url: str, standin: StandIn) -> None:
    async with async_playwright() as playwright:
        chromium = playwright.chromium
        browser = await chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page()
        await page.add_init_script(WATCHING)
        tab = Tab(page)
        await first_word(tab, standin, url)  # the first of all warms everything up
        for path, way in EVERYWHERE:
            where = (url, path, way)
            took = [await first_word(tab, standin, *where) for _ in range(TIMES)]
            figures = (statistics.median(took), min(took), max(took))
            print(LINE.format(path, way, *figures), flush=True)


async def first_word(tab: Tab, standin: StandIn, *where: str) -> float:
    """Milliseconds from the stand-in to the page."""
    await tab.open(*where)
    seen = await tab.first_word("Tell me a story. sim:events=3")
    async with httpx.AsyncClient(trust_env=False) as client:
        state = await client.get(f"http://127.0.0.1:{standin.port}/_simulator/state")
    answered: float = state.json()["requests"][-1]["answered"]
    return (seen - answered) * 1e3


if __name__ == "__main__":
    main()
