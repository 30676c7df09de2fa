"""The service behind nginx, as deploy/nginx.conf has it."""

import asyncio
import contextlib
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from attacks import wire
from attacks.attack import Fault, Skipped, attack
from attacks.database import ROOT
from attacks.families.strangers import ask_at
from attacks.field import Field
from chat.tests.nginx import PROGRAM, deployed, running
from chat.tests.ports import free_port


@attack(12, witnessed=False)
async def nginx_in_front(field: Field) -> str:
    """deploy/nginx.conf redirects by its own name, and streams `/v1/` as `/api/`."""
    with _nginx(field) as (plain, tls):
        answer = await ask_at(plain, "127.0.0.1", host="evil.example")
        location = answer.headers.get("location", "")
        field.check("evil" not in location, f"redirected to {location}")
        limits = (ROOT / "deploy/nginx.conf").read_text()
        for word in ("limit_req", "limit_conn"):
            field.check(re.search(rf"^\s*{word} ", limits, 8), f"no {word}")
        for door in ("/api/chat", "/v1/chat/completions"):
            gaps = await _gap(tls, door)
            field.check(gaps < 1.0, f"{door}: {gaps:.1f} s without an event")
    return f"redirects to {location}"


@attack(12, witnessed=False, long=True, seconds=120)
async def nginx_with_patience(field: Field) -> str:
    """An answer in one piece may take 70 seconds through nginx, at either door."""
    with _nginx(field) as (_, tls):
        answers = await asyncio.gather(
            *(_ask_tls(tls, door, "zai:slow=70", stream=False) for door in DOORS)
        )
    statuses = [answer.status for answer in answers]
    field.check(statuses == [200, 200], f"statuses {statuses}")
    return f"statuses {statuses}"


DOORS = ("/api/chat", "/v1/chat/completions")


async def _line(port: int) -> wire.Line:
    import ssl

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    return wire.Line(reader, writer)


async def _ask_tls(port: int, door: str, text: str, **fields: object) -> wire.Answer:
    line = await _line(port)
    await line.send(wire.post(door, wire.chat(text, **fields)))
    try:
        return await line.answer(seconds=110)
    finally:
        line.writer.transport.abort()


async def _gap(port: int, door: str) -> float:
    """The longest wait for a piece of a stream that has one each tenth of a second."""
    line = await _line(port)
    await line.send(wire.post(door, wire.chat("zai:slow=2", stream=True)))
    status, _ = await line.head()
    if status != 200:
        raise Fault(f"through nginx {door} gets {status}")
    longest, last, pieces = 0.0, time.monotonic(), 0
    async for _ in line.pieces():
        now = time.monotonic()
        longest, last, pieces = max(longest, now - last), now, pieces + 1
    line.writer.transport.abort()
    return longest if pieces > 5 else 99.0


@contextlib.contextmanager
def _nginx(field: Field) -> Iterator[tuple[int, int]]:
    """Run deploy/nginx.conf on ports of our own; yields those of http and https."""
    if not PROGRAM:
        raise Skipped("there is no nginx here")
    import trustme

    plain, tls = free_port(), free_port()
    issued = trustme.CA().issue_cert("chat.example.com")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key, chain = folder / "key", folder / "chain"
        issued.private_key_pem.write_to_path(key)
        issued.cert_chain_pems[0].write_to_path(chain)
        place = f"127.0.0.1:{field.port}"
        site = deployed(place, plain, tls, str(chain), str(key))
        with running(folder, site, plain, tls):
            yield plain, tls
