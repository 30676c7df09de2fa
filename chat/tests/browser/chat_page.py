"""The page to chat on, as its reader uses it, and a Z.AI that says what it is told."""

import json
import threading
from collections.abc import Callable
from typing import Any

from playwright.async_api import ConsoleMessage, Locator, Page, Request, expect

from chat.tests.waiting import SECONDS

expect.set_options(timeout=1000 * SECONDS)


class ChatPage:
    """`faults` is what the page threw, logged as an error, or its policy forbade."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        self.asked: list[dict[str, Any]] = []  # the bodies of its requests
        self.addresses: set[str] = set()
        page.on("console", self._logged)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._requested)

    def _logged(self, message: ConsoleMessage) -> None:
        # Chromium's own line for an answer with 4xx or 5xx is no fault of the page.
        is_ours = "Failed to load resource" not in message.text
        if is_ours and message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _requested(self, request: Request) -> None:
        self.addresses.add(request.url)
        if request.method == "POST" and request.post_data:
            self.asked.append(json.loads(request.post_data))

    async def open(self, fragment: str = "") -> None:
        await self.page.goto(f"{self.url}/{fragment}")
        await self.ready()

    async def reload(self) -> None:
        await self.page.reload()
        await self.ready()

    async def ready(self) -> None:
        await self.page.locator("html[data-ready]").wait_for()

    @property
    def question(self) -> Locator:
        return self.page.get_by_role("textbox", name="Your question", exact=True)

    @property
    def answers(self) -> Locator:
        return self.page.get_by_role("article", name="Answer")

    @property
    def questions(self) -> Locator:
        return self.page.get_by_role("article", name="Your question")

    @property
    def conversations(self) -> Locator:
        return self.page.locator("#conversations").get_by_role("link")

    @property
    def notices(self) -> Locator:
        return self.page.locator("#notices")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def begin(self, text: str) -> Locator:
        """Ask, and return the answer that has begun to come."""
        count = await self.answers.count()
        await self.question.fill(text)
        await self.question.press("Enter")
        answer = self.answers.nth(count)
        await answer.wait_for()
        return answer

    async def ask(self, text: str) -> Locator:
        """Ask, and return the answer once it has ended."""
        answer = await self.begin(text)
        await self.ended(answer)
        return answer

    async def ended(self, answer: Locator) -> None:
        await expect(answer).to_have_attribute("aria-busy", "false")

    async def use_tools(self, definitions: str | None = None) -> None:
        await self.button("Tools").click()
        if definitions is None:
            await self.button("Put in an example").click()
        else:
            await self.page.get_by_label("Definitions").fill(definitions)
        await self.button("Use them").click()


async def figures(answer: Locator) -> str:
    """All that is known of an answer, unfolded."""
    fold = answer.locator(".figures")
    if await fold.get_attribute("open") is None:
        await fold.locator("summary").press("Enter")
    return await fold.locator("dl").inner_text()


def said(answer: Locator) -> Locator:
    """The text of an answer, thoughts apart."""
    return answer.locator("> .markdown")


class Says:
    """A Z.AI that answers every request with the same pieces of text.

    Before the last piece it waits for `may_end`. It keeps what it was sent.
    """

    def __init__(self) -> None:
        self.thoughts: list[str] = []
        self.pieces = ["Hello"]
        self.calls: list[tuple[str, str]] = []  # names and arguments of tools
        self.finish = "stop"
        self.may_end = threading.Event()
        self.may_end.set()
        self.bodies: list[dict[str, Any]] = []

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Any], send: Any
    ) -> None:
        if scope["method"] != "POST":
            await _start(send, 404, b"text/plain")
            await send({"type": "http.response.body"})
            return
        self.bodies.append(await _body(receive))
        await _start(send, 200, b"text/event-stream")
        for thought in self.thoughts:
            await _send(send, {"role": "assistant", "reasoning_content": thought})
        *first, last = self.pieces
        for piece in first:
            await _send(send, {"role": "assistant", "content": piece})
        # In a thread of this server's: it has no other request to answer meanwhile.
        assert self.may_end.wait(SECONDS)
        await _send(send, {"role": "assistant", "content": last})
        for index, (name, arguments) in enumerate(self.calls):
            function = {"name": name, "arguments": arguments}
            call = {"id": f"call_{index}", "index": index, "function": function}
            await _send(send, {"role": "assistant", "tool_calls": [call]})
        finish = "tool_calls" if self.calls else self.finish
        await _send(send, {"role": "assistant", "content": ""}, finish)
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def _body(receive: Callable[[], Any]) -> dict[str, Any]:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    found: dict[str, Any] = json.loads(body)
    return found


async def _start(send: Any, status: int, kind: bytes) -> None:
    headers = [(b"content-type", kind)]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _send(send: Any, delta: dict[str, Any], finish: str | None = None) -> None:
    choice: dict[str, Any] = {"index": 0, "delta": delta}
    if finish:
        choice["finish_reason"] = finish
    event = {"id": "1", "created": 1, "model": "glm-4.6", "choices": [choice]}
    body = f"data: {json.dumps(event)}\n\n".encode()
    await send({"type": "http.response.body", "body": body, "more_body": True})
