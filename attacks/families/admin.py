"""The admin's pages: hostile content on them, hostile callers at their door."""

import asyncio
import json
import time
from statistics import median
from typing import Any

from attacks import wire
from attacks.attack import attack
from attacks.field import Field
from attacks.visitor import Visitor, operator
from attacks.witness import Waiting

PROXY = {"TRUSTED_PROXIES": wire.ATTACKERS}
LIST = "/admin/chat/requestlog/"
MOST_PAGE_BYTES = 8_000_000
LATENCY_SECONDS = 0.1
PROBE_SECONDS = 0.05
LONG_NAMES = ["a" * n for n in (150, 255, 300, 3_000, 100_000)]
ODD_NAMES = ["a\0b", "\0", "\ud800", "é" * 200, "a\r\nb", "'\"<b>", "%00", ""]
RUBBISH = [
    "203.0.113.9:4711",
    "[2001:db8::9]:4711",
    "[2001:db8::9]",
    "::ffff:203.0.113.9",
    "fe80::1%eth0",
    "unknown",
    "_hidden",
    "a" * 8_000,
    "'; DROP TABLE",
    "1.2.3.4.5",
    "999.1.1.1",
    "%00",
    "\xff\xfe",
    ",,,",
    "",
    " ",
    "-1",
    "0x7f.1",
    "127.0.0.2",
]


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


@attack(11, settings=PROXY, everywhere=True)
async def odd_logins(field: Field) -> str:
    """A login name of any length and letters is a refusal and no fault."""
    statuses = set()
    names = LONG_NAMES + ODD_NAMES
    for number, name in enumerate(names):
        visitor = Visitor(field, f"X-Forwarded-For: 198.51.100.{number + 1}")
        answer = await visitor.log_in(name, "wrong")
        statuses.add(answer.status)
        field.check(answer.status < 500, f"{name[:20]!r}: {answer.status}")
    return f"{len(names)} names: statuses {sorted(statuses)}"


@attack(11, settings=PROXY, everywhere=True)
async def odd_addresses(field: Field) -> str:
    """What a proxy says of the caller may be anything, and is never a fault."""
    for rubbish in RUBBISH:
        head = f"X-Forwarded-For: {rubbish}"
        told = wire.shown(rubbish, 30)
        answer = await field.post(wire.chat("a", stream=False), "/api/chat", head)
        field.check(answer.status in (200, 400), f"chat, {told}: {answer.status}")
        if answer.id:
            await field.closed_row(answer.id)
        visitor = Visitor(field, head)
        login = await visitor.log_in("nobody", "wrong")
        field.check(login.status < 500, f"login, {told}: {login.status}")
    return f"{len(RUBBISH)} addresses"


@attack(11, settings=PROXY, alone=True)
async def guessed_passwords(field: Field) -> str:
    """Guesses from a /64 are stopped as those from one address."""
    tried = {
        "one address": [f"X-Forwarded-For: {a}" for a in ["198.51.100.1"] * 8],
        "a /64": [f"X-Forwarded-For: 2001:db8::{n:x}" for n in range(1, 9)],
    }
    for kind, heads in tried.items():
        answers = [
            await Visitor(field, head).log_in(f"name{n}", "wrong")
            for n, head in enumerate(heads)
        ]
        field.check(answers[-1].status in (403, 429), f"{kind}: {answers[-1].status}")
    return "eight guesses each"


@attack(11, settings=PROXY, alone=True, long=True, seconds=240)
async def guessed_account(field: Field) -> str:
    """Guesses at one account are stopped wherever they come from."""
    last = 0
    for number in range(60):
        head = f"X-Forwarded-For: 192.0.2.{number + 1}"
        last = (await Visitor(field, head).log_in("the-account", "wrong")).status
        if last in (403, 429):
            break
    field.check(last in (403, 429), f"60 guesses at one account: {last}")
    return f"an account is shut after {number + 1} guesses"


@attack(11, settings=PROXY, alone=True, seconds=120)
async def own_login_between(field: Field) -> str:
    """Whoever logs in between guesses at others' passwords does not start anew."""
    head = "X-Forwarded-For: 198.51.100.7"
    last = 0
    for number in range(12):
        last = (await Visitor(field, head).log_in(f"victim{number}", "wrong")).status
        if last in (403, 429):
            break
        if number % 3 == 2:
            await Visitor(field, head).log_in()
    field.check(last in (403, 429), f"12 guesses, own logins between: {last}")
    return f"stopped after {number + 1} guesses"


@attack(13, everywhere=True)
async def traces_of_operators(field: Field) -> str:
    """Exporting, stopping and deleting stand in the admin's own log."""
    identity = (await field.ask(user_id="person-to-forget")).id
    await field.closed_row(identity)
    visitor = await operator(field)
    counts = [_entries(field)]
    for kind in ("csv", "jsonl"):
        answer = await visitor.get(f"{LIST}export/{kind}/")
        field.check(answer.status in (200, 404), f"export of {kind}: {answer.status}")
    counts.append(_entries(field))
    await visitor.post(f"{LIST}{identity}/delete/", post="yes")
    await field.eventually(
        lambda: field.row(identity, "id") is None, 10, "it was not deleted"
    )
    counts.append(_entries(field))
    streaming = asyncio.create_task(field.ask("zai:slow=20", stream=True))
    await asyncio.sleep(1)
    query = "SELECT id FROM chat_requestlog WHERE ending IS NULL AND address = ?"
    open_ = await asyncio.to_thread(field.database.rows, query, wire.attacker.get())
    for (one,) in open_:
        await visitor.post("/admin/now/", **{})
        await _stop(visitor, one)
    await streaming
    counts.append(_entries(field))
    for what, before, after in zip(
        ("exporting", "deleting", "stopping"), counts, counts[1:], strict=False
    ):
        field.check(after > before, f"{what} leaves no entry")
    return f"entries {counts}"


async def _stop(visitor: Visitor, identity: str) -> None:
    token = (await visitor.get("/admin/now/")).body
    from attacks.visitor import TOKEN

    found = TOKEN.search(token)
    form = f"csrfmiddlewaretoken={found[1].decode() if found else ''}".encode()
    await visitor.send_form(f"/admin/now/{identity}/stop/", form)


def _entries(field: Field) -> int:
    return int(field.database.rows("SELECT count(*) FROM django_admin_log")[0][0])


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
