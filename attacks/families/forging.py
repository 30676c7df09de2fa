"""Words that would end a line of the log, and begin another."""

import contextlib
import json
from urllib.parse import quote

from attacks import wire
from attacks.attack import attack
from attacks.field import Field
from attacks.places import DOORS, RESPONSES, asking, bodies_with, items_with

# What ends a line for some reader, what colours a terminal, what ends a string.
ENDERS = [
    "\r\n",
    "\n",
    "\r",
    "\x1b[2K",
    "\x00",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\x7f",
]
FORGED = "2026-11-26 12:00:00,000 ERROR:    - chat.exchange: forged"


@attack(9)
async def forged_lines(field: Field) -> str:
    """Whatever ends a line, in every field and header, ends none of the log's."""
    return await _forge(field)


@attack(9, settings={"LOG_LEVEL": "DEBUG"})
async def forged_lines_of_the_story(field: Field) -> str:
    """The same at DEBUG, which tells texts: they too stay on their line."""
    return await _forge(field)


@attack(9, settings={"LOG_FORMAT": "json"})
async def forged_json(field: Field) -> str:
    """For machines: each line is one object, whatever is in it."""
    measured = await _forge(field)
    lines = [line for line in field.output.split("\n") if line]
    for line in lines:
        try:
            json.loads(line)
        except ValueError:
            field.check(False, f"no JSON: {line[:120]}")
            break
    return f"{measured}, {len(lines)} lines"


async def _forge(field: Field) -> str:
    count = 0
    texts = [f"a{ender}{FORGED}" for ender in ENDERS]
    for forged in (*texts[:2], "".join(texts)):
        for _, body in [*bodies_with(forged), ("model", asking(model=forged))]:
            for door in DOORS:
                await field.post(json.dumps(body).encode(), door)
                count += 1
        for _, body in items_with(forged):
            await field.post(json.dumps(body).encode(), RESPONSES)
            count += 1
        for path in ("/api/", "/v1/models/", "/admin/", "/"):
            await field.get(path + quote(forged))
            count += 1
    raw = FORGED.replace(" ", "\x0b")
    for name in ("User-Agent", "X-Request-ID", "Origin", "Host", "X-Forwarded-For"):
        for ender in ("\x85", "\x1b", "\x0b", "\x7f"):
            await _send_anyhow(field, f"{name}: a{ender}{raw}")
            count += 1
    for stream in (True, False):
        await field.ask("zai:quoted_error=forged", stream=stream)
        await field.ask("zai:surrogates", stream=stream)
    return f"{count + 4} attempts"


async def _send_anyhow(field: Field, line: str) -> None:
    """The server may hang up on such a head."""
    sized = f"Content-Length: {len(wire.chat())}"
    head = wire.head("POST", "/api/chat", line, sized, "Content-Type: application/json")
    with contextlib.suppress(OSError, wire.Hung):
        await wire.send(field.port, head + wire.chat(), seconds=10)
