"""What would stop the log of requests, or fill it."""

import asyncio
import json
from typing import Any

from attacks import wire
from attacks.attack import attack
from attacks.database import Sqlite
from attacks.field import Field
from attacks.places import DOORS, RESPONSES, items_with

BAD = "a\ud800b\x00c\udfff"
PROXY = {"TRUSTED_PROXIES": wire.ATTACKERS}
# Of the flood: 100 a minute, 1,000 in all, over two minutes, and something to spare.
MOST_ROWS = 260
MOST_ROWS_IN_ALL = 2_300


@attack(7, everywhere=True)
async def junk_records(field: Field) -> str:
    """What a database refuses to store holds up nothing that comes after it."""
    bodies = [_asking(messages=[{"role": "user", "content": BAD}])]
    bodies += [_asking(**{name: BAD}) for name in ("user_id", "model", "request_id")]
    bodies.append(_asking(tools=[_tool({"default": BAD, BAD: [BAD]})]))
    bodies.append(_asking(stop=[BAD], meta={"user_region": BAD}))
    raw = [json.dumps(body).encode() for body in bodies]
    raw += [json.dumps(body).encode() for _, body in items_with(BAD)]
    huge = b'{"stream":false,"messages":[{"role":"user","content":"a"}],"tools":'
    function = b'"function":{"name":"f","parameters":{"default":%s}}}]}'
    for number in (b"1e999", b"-1e999", b"9" * 400, b"1e-999", b"NaN"):
        raw.append(huge + b'[{"type":"function",' + function % number)
    ids = []
    for body in raw:
        for door in (*DOORS, RESPONSES):
            answer = await field.post(body, door, "User-Agent: \xff\xfe")
            field.check(answer.status < 500, f"{answer.status} {wire.shown(body)}")
            ids.append(answer.id)
    for path in ("/v1/models/%00", "/api/chat%00", "/v1/models/%ff%fe%ed%a0%80"):
        field.check((await field.get(path)).status < 500, path)
    for order in ("surrogates", "deep_tool", "junk_model=%00", "long_words"):
        for stream in (True, False):
            ids.append((await field.ask(f"zai:{order}", stream=stream)).id)
    last = await field.ask()
    await field.closed_row(last.id)
    await asyncio.sleep(2)
    open_ = field.database.rows(
        "SELECT count(*) FROM chat_requestlog WHERE ending IS NULL AND streamed = ?",
        False,
    )
    rows = [await asyncio.to_thread(field.row, identity, "id") for identity in ids]
    field.check(all(rows), f"{rows.count(None)} of {len(ids)} have no row")
    field.check(open_ == [(0,)], f"{open_[0][0]} rows stay open")
    return f"{len(ids)} records of junk"


@attack(7, everywhere=True)
async def as_many_messages_as_allowed(field: Field) -> str:
    """Twenty requests of 2,000 messages each have rows, and so has who comes then."""
    ids = []
    for number in range(20):
        messages = [
            {"role": "user" if n % 2 else "assistant", "content": f"{number} {n}"}
            for n in range(1_999)
        ]
        last = {"role": "user", "content": "a"}
        ids.append((await field.post(_body(messages=[*messages, last]))).id)
    for identity in ids:
        await field.closed_row(identity, seconds=30)
    return "20 requests of 2,000 messages"


@attack(8, everywhere=True, settings={"CHAT_MAX_OPEN_PER_ADDRESS": "0"})
async def kept_size(field: Field) -> str:
    """Of a text of 8 MB its ends are kept, of an image its size: 1 MB a request."""
    before = _size(field)
    marker, image = "middlemarker", "iVBORw0KGgo" + "A" * 8_000_000
    text = f"headmarker {'a b ' * 1_000_000}{marker}{' c d' * 1_000_000} tailmarker"
    picture = {"url": f"data:image/png;base64,{image}"}
    parts = [{"type": "image_url", "image_url": picture}, {"type": "text", "text": "a"}]
    ids = [
        (await field.post(_body(messages=[_says(text)]))).id,
        (await field.post(_body(messages=[_says(parts)]))).id,
        (await field.post(_body(tools=[_tool({"description": text})]))).id,
        (await field.post(_body(messages=[_says("zai:long_words")]))).id,
    ]
    for identity in ids:
        await field.closed_row(identity)
    grown = (_size(field) - before) / 1e6
    field.check(grown < 6, f"four requests take {grown:.1f} MB")
    field.check(not field.database.holds(marker.encode()), "the middle is kept")
    return f"four requests of 8 MB take {grown:.1f} MB"


@attack(8, everywhere=True, settings=PROXY, seconds=120)
async def floods(field: Field) -> str:
    """Refused requests fill no table: ours, Z.AI's, of one address or a /64."""
    bad, rejected = b"{", wire.chat("zai:refusal=1210", stream=False)
    kinds = {
        "ours": (bad, [_from("198.51.100.1")] * 400),
        "Z.AI's": (rejected, [_from("198.51.100.2")] * 400),
        "a /64's": (bad, [_from(f"2001:db8:0:1::{n:x}") for n in range(1, 400)]),
        "all's": (bad, [_from(f"100.64.{n // 250}.{n % 250}") for n in range(2_600)]),
    }
    measured = []
    for kind, (body, heads) in kinds.items():
        before = _count(field)
        requests = [wire.post("/api/chat", body, head) for head in heads]
        answers = await _pipelined(field, requests)
        field.check(set(answers) <= {400, 503}, f"{kind}: {set(answers)}")
        await asyncio.sleep(2)
        rows = _count(field) - before
        most = MOST_ROWS_IN_ALL if kind == "all's" else MOST_ROWS
        field.check(rows <= most, f"{kind}: {rows} rows of {len(heads)} refused")
        measured.append(f"{kind} {rows} of {len(heads)}")
    return "rows: " + ", ".join(measured)


def _asking(**fields: Any) -> dict[str, Any]:
    return {"messages": [_says("Hello")], "stream": False, **fields}


def _body(**fields: Any) -> bytes:
    return json.dumps(_asking(**fields)).encode()


def _says(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _tool(parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f", "parameters": parameters}}


def _from(address: str) -> str:
    return f"X-Forwarded-For: {address}"


def _count(field: Field) -> int:
    found = field.database.rows("SELECT count(*) FROM chat_requestlog")
    return int(found[0][0])


def _size(field: Field) -> int:
    """Bytes of the texts that are kept."""
    if isinstance(field.database, Sqlite):
        files = field.database.file.parent.glob("*")
        return sum(file.stat().st_size for file in files if file.is_file())
    return int(field.database.rows("SELECT pg_database_size(current_database())")[0][0])


async def _pipelined(field: Field, requests: list[bytes]) -> list[int]:
    """Send them over ten connections that are kept; their statuses."""
    statuses: list[int] = []

    async def one(mine: list[bytes]) -> None:
        async with wire.connected(field.port) as line:
            for request in mine:
                await line.send(request)
                statuses.append((await line.answer()).status)

    await asyncio.gather(*(one(requests[n::10]) for n in range(10)))
    return statuses
