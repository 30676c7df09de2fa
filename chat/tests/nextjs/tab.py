"""A tab of the browser with a page of the example in it."""

import asyncio
import itertools
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Locator, Page, Response, expect

PATHS = ("/", "/use-chat")
WAYS = ("rewrite", "handler", "cors")
EVERYWHERE = list(itertools.product(PATHS, WAYS))
REWRITE = list(itertools.product(PATHS, ["rewrite"]))
# Notes every state of the last answer, and when it was there to be read.
WATCHING = (Path(__file__).parent / "watching.js").read_text()
# In seconds: the page draws words every 0.06 s (Markdown.tsx) if drawing is quick.
UNTIL_DRAWN = 0.3
# React has taken over what the server has sent.
TAKEN_OVER = """() => Object.keys(document.querySelector("form") ?? {})
    .some((key) => key.startsWith("__reactProps"))"""


@dataclass(frozen=True)
class State:
    """What could be read of an answer from a moment on, in seconds since 1970."""

    at: float
    text: str


class Tab:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.answer: Locator = page.get_by_test_id("answer").last
        # Next.js has an element of this role too, for those who do not see the page.
        self.error: Locator = page.locator(
            "[role=alert]:not(#__next-route-announcer__)"
        )
        self._asked = 0
        self.responses: list[Response] = []
        page.on("response", self._note)

    async def open(self, site: str, path: str = "/", way: str = "rewrite") -> None:
        """Begin anew: what the tab has kept is forgotten."""
        if self.page.url.startswith("http"):
            await self.page.evaluate("() => sessionStorage.clear()")
        await self.page.goto(f"{site}{path}?way={way}")
        await self.page.wait_for_function(TAKEN_OVER)
        self._asked = 0

    async def reload(self) -> None:
        await self.page.reload()
        await self.page.wait_for_function(TAKEN_OVER)

    async def ask(self, text: str) -> None:
        await self.page.get_by_role("textbox", name="Message").fill(text)
        await self.press("Send")
        # useChat takes a moment; until then there is no Stop, as if all were over.
        await self.page.locator("[data-role=user]").nth(self._asked).wait_for()
        self._asked += 1

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def finished(self, seconds: float = 40) -> str:
        """Wait until nothing can be stopped any more, and until all is drawn that came;
        what the answer says."""
        stop = self.page.get_by_role("button", name="Stop", exact=True)
        await expect(stop).to_have_count(0, timeout=seconds * 1000)
        before, says = None, await self.answer.inner_text()
        while says != before:  # the page draws what comes but every so often
            await asyncio.sleep(UNTIL_DRAWN)
            before, says = says, await self.answer.inner_text()
        return says

    async def sentence(self) -> str:
        """Wait for an error; what it says."""
        return await self.error.inner_text()

    async def first_word(self, text: str) -> float:
        """Ask on a page that has no answers yet; when there was a word to be read."""
        await self.ask(text)
        await self.finished()
        return (await self.states())[0].at

    async def states(self) -> list[State]:
        return [State(**state) for state in await self.page.evaluate("() => states")]

    async def until_answered(self) -> None:
        """Wait for words of an answer to the last question."""
        await self.page.get_by_test_id("answer").nth(self._asked - 1).wait_for()

    def _note(self, response: Response) -> None:
        if response.request.method == "POST":
            self.responses.append(response)
