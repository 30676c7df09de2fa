"""A page with `useChat` of one version of the AI SDK, as somebody reads it."""

import asyncio
import random
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.async_api import Locator, Page, Request, Response, expect

from chat.tests.nextjs.conftest import MILLISECONDS

# Where each page is, at any site: it is given to the browser, and asked of nobody.
PATH = "/page-of/{version}.html"
SCRIPT = "/page-of/{version}.js"
HTML = '<!doctype html><meta charset="utf-8"><body><script src="{script}"></script>'


@dataclass
class Reader:
    """Shows one chat, and reloads it at random moments. `posts` are its questions."""

    page: Page
    address: str
    posts: int = 0
    reloads: int = 0

    def __post_init__(self) -> None:
        self.page.set_default_timeout(MILLISECONDS)
        self.page.on("request", self._count)

    def _count(self, request: Request) -> None:
        self.posts += request.method == "POST" and not request.url.endswith("/stop")

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    async def open(self) -> None:
        await self.page.goto(self.address)
        await expect(self.main).to_have_attribute("data-status", "ready")

    async def ask(self, text: str) -> None:
        """Return once Z.AI's answer has begun to come, if only with its head."""
        async with self.page.expect_response(_is_answer):
            await self.page.evaluate("(text) => ask(text)", text)

    async def until_words(self) -> None:
        await expect(self.page.locator("pre").last).not_to_be_empty()

    async def reload(self) -> None:
        self.reloads += 1
        await self.page.reload()
        await self.main.wait_for(state="attached")

    async def reload_at_random(self, times: int, seconds: float) -> None:
        """As often, at moments within so many seconds."""
        for _ in range(times):
            await asyncio.sleep(random.uniform(0, seconds / times))
            await self.reload()

    async def whole(self) -> str:
        """Wait for the end of the answer; return its text. There is one answer."""
        await expect(self.main).to_have_attribute("data-whole", "true")
        await expect(self.page.locator("article")).to_have_count(1)
        await expect(self.page.locator("[role=alert]")).to_have_count(0)
        return "".join(await self.page.locator("pre").all_text_contents())

    async def close(self) -> None:
        await self.page.close()


def _is_answer(response: Response) -> bool:
    return response.request.method == "POST"


def address_of(site: str, version: str, **said: str) -> str:
    return f"{site}{PATH.format(version=version)}#{urlencode(said)}"
