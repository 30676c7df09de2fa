"""The admin's pages with hostile content on them."""

import asyncio
import json
import time
from statistics import median
from typing import Any

from attacks import wire
from attacks.attack import attack
from attacks.field import Field
from attacks.visitor import operator
from attacks.witness import Waiting

LIST = "/admin/chat/requestlog/"
MOST_PAGE_BYTES = 8_000_000
LATENCY_SECONDS = 0.1
PROBE_SECONDS = 0.05


@attack(5, everywhere=True, seconds=120)
async def heavy_pages(field: Field) -> str:
    """Ten pages at once of what is dear to render: chat hardly notices."""
    ids = [(await field.post(body)).id for body in _dear()]
    for identity in ids:
        await field.closed_row(identity)
    visitor = await operator(field)
    probing = asyncio.create_task(_probe(field))
    started = time.monotonic()
    pages = [visitor.get(f"{LIST}{identity}/change/", 90) for identity in ids]
    answers = await asyncio.gather(*pages)
    took = time.monotonic() - started
    await asyncio.sleep(1)
    probing.cancel()
    latencies = (await asyncio.gather(probing, return_exceptions=True))[0]
    assert isinstance(latencies, list)
    for identity, answer in zip(ids, answers, strict=True):
        field.check(answer.status == 200, f"{identity}: {answer.status}")
        large = len(answer.body) > MOST_PAGE_BYTES
        field.check(not large, f"a page of {len(answer.body) / 1e6:.0f} MB")
    middle = median(latencies)
    field.check(
        middle < LATENCY_SECONDS * field.patience, f"chat took {middle * 1000:.0f} ms"
    )
    field.check(took < 30, f"ten pages took {took:.0f} s")
    largest = max(len(answer.body) for answer in answers) / 1e6
    return (
        f"{took:.1f} s, up to {largest:.1f} MB; chat {middle * 1000:.0f} ms at the"
        f" median, {max(latencies) * 1000:.0f} at most"
    )


@attack(6, everywhere=True)
async def odd_content(field: Field) -> str:
    """No page fails at what callers and Z.AI wrote, whatever it is."""
    bad = "a\ud800b\udc00c\x00d\x1b[31me\u2028f\r\n\u202eg<script>"
    ids = [
        (await field.ask(f"{bad} zai:{order}", stream=stream, user_id=f"person{n}")).id
        for n, order in enumerate(("surrogates", "deep_tool", "deep_tool=200000"))
        for stream in (True, False)
    ]
    deep: Any = 1
    for _ in range(400):
        deep = {"a": [deep]}
    tool = {"type": "function", "function": {"name": bad, "parameters": {bad: deep}}}
    for body in (
        {"tools": [tool]},
        {"user_id": bad},
        {"stop": [bad], "meta": {"user_region": bad}},
    ):
        asked = {"messages": [{"role": "user", "content": bad}], "stream": False}
        ids.append((await field.post(json.dumps({**asked, **body}).encode())).id)
    ids = [identity for identity in ids if identity]
    for identity in ids:
        await field.closed_row(identity)
    visitor = await operator(field)
    pages = [f"{LIST}{identity}/change/" for identity in ids]
    pages += ["/admin/", "/admin/now/", "/admin/now/rows/", LIST, f"{LIST}?q=%00"]
    pages += [f"{LIST}?q=%ed%a0%80", f"{LIST}?model=%00", f"{LIST}%00/change/"]
    pages += [f"{LIST}export/csv/", f"{LIST}export/jsonl/"]
    for page in pages:
        answer = await visitor.get(page)
        field.check(answer.status < 500, f"{page}: {answer.status}")
        field.check(b"<script>\n" not in answer.body, f"{page}: a script")
    return f"{len(pages)} pages"


@attack(6, everywhere=True)
async def junk_models(field: Field) -> str:
    """Names that nobody answered to push no model out of the filter."""
    for _ in range(3):
        await field.ask(model="glm-4.6")
    await wire.gathered(
        (field.ask("zai:refusal=1211", model=f"junk-{n:03}") for n in range(300)), 20
    )
    await field.closed_row((await field.ask(model="glm-4.6")).id)
    page = (await (await operator(field)).get(LIST)).body
    field.check(b"glm-4.6" in page and b"model=glm-4.6" in page, "glm-4.6 is gone")
    junk = page.count(b"model=junk-")
    field.check(not junk, f"{junk} names of junk are offered")
    return f"{junk} of 300 names of junk in the filter"


async def _probe(field: Field) -> list[float]:
    """Chat's latency all the while, without what the machine took."""
    latencies: list[float] = []
    waiting = Waiting([process.pid for process in field.service.serving()])
    watching = asyncio.create_task(waiting.watch())
    try:
        while True:
            started = time.monotonic()
            await field.ask()
            waiting.look()
            now = time.monotonic()
            latencies.append(now - started - waiting.between(started, now))
            await asyncio.sleep(PROBE_SECONDS)
    except asyncio.CancelledError:
        return latencies
    finally:
        watching.cancel()


def _dear() -> list[bytes]:
    """Bodies whose pages cost much."""
    image = "data:image/png;base64,iVBORw0KGgo" + "A" * 1_500_000
    picture = {"type": "image_url", "image_url": {"url": image}}
    deep: Any = 1
    for _ in range(150):
        deep = {"a": [deep, deep] if _ < 8 else [deep]}
    tool = {"type": "function", "function": {"name": "f", "parameters": deep}}
    texts = [
        "[" * 100_000,
        "*a_ " * 90_000,
        "> " * 20_000 + "a",
        "- a\n" * 90_000,
        "|a" * 90_000 + "\n" + "|-" * 90_000,
        "<b>&\"'" * 900_000,
        "```\n" * 90_000,
        "a" * 19_000_000,
    ]
    bodies: list[dict[str, Any]] = [{"messages": [_says(text)]} for text in texts]
    bodies.append({"messages": [_says([picture, picture])] * 3})
    bodies.append({"messages": [_says("a")] * 1_000, "tools": [tool] * 20})
    return [json.dumps({**body, "stream": False}).encode() for body in bodies]


def _says(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}
