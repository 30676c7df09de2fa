"""Words of callers and of Z.AI where they must not be: answers, log lines, storage."""

import contextlib
import json
import uuid
from typing import Any
from urllib.parse import quote

from attacks import wire
from attacks.attack import attack
from attacks.field import Field

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
HELLO = {"role": "user", "content": "Hello"}


@attack(2)
async def quoted_fields(field: Field) -> str:
    """A marker in any field is in no answer of ours and in no line of the log."""
    marker = _marker()
    bodies = list(_bodies(marker))
    for name, body in bodies:
        for door in ("/api/chat", "/v1/chat/completions"):
            answer = await field.post(json.dumps(body).encode(), door)
            field.check(answer.status < 500, f"{name}: {answer.status}")
            field.check(marker.encode() not in answer.body, f"{door} quotes {name}")
    field.check(marker not in field.output, f"quoted: {_line(field, marker)}")
    return f"{len(bodies)} fields, two dialects"


@attack(2)
async def quoted_heads(field: Field) -> str:
    """The same of headers and paths; only the request line itself is in its line."""
    marker = _marker()
    headers = ("X-Request-ID", "User-Agent", "Authorization", "Origin", "Referer")
    headers += ("Content-Encoding", "Content-Type", "Expect", "X-Forwarded-For")
    for name in headers:
        kinds = [] if name == "Content-Type" else ["Content-Type: application/json"]
        sized = f"Content-Length: {len(wire.chat())}"
        head = wire.head("POST", "/api/chat", sized, f"{name}: {marker}", *kinds)
        _hears_nothing_of(field, marker, name, await field.send(head + wire.chat()))
    answer = await field.send(wire.post("/api/chat", wire.chat(), host=f"{marker}.x"))
    _hears_nothing_of(field, marker, "Host", answer)
    for path in ("/api/{}", "/v1/models/{}", "/v1/{}", "/health/{}", "/{}", "/api?{}"):
        answer = await field.get(path.format(marker))
        _hears_nothing_of(field, marker, path, answer)
    said = [line for line in field.output.splitlines() if '"GET /' not in line]
    quoted = next((line for line in said if marker in line), "")
    field.check(not quoted, f"quoted: {quoted[:200]}")
    return f"{len(headers) + 1} headers, 6 paths"


@attack(2, 21)
async def quoted_answers(field: Field) -> str:
    """Bytes of Z.AI's answer, and of our own request, are in no diagnosis."""
    marker = _marker()
    for order in ("quoted", "bad_head=0", "bad_head=3", "lying_length", "cut=-1"):
        text = f"{marker} zai:{order}" + (f"={marker}" if order == "quoted" else "")
        for stream in (True, False):
            answer = await field.ask(text, stream=stream)
            field.check(marker.encode() not in answer.body, f"{order}: quoted back")
    field.check(marker not in field.output, f"quoted: {_line(field, marker)}")
    return "five faults, streamed and whole"


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


@attack(9, everywhere=True)
async def kept_without_leave(field: Field) -> str:
    """With `store: false` no word is in the database, the spool or the log."""
    return await _say_nothing_kept(field, store=False)


@attack(9, everywhere=True, settings={"CHAT_STORE_TEXT": "false"})
async def kept_where_none_is(field: Field) -> str:
    """With CHAT_STORE_TEXT=false neither, of no request."""
    return await _say_nothing_kept(field)


@attack(2)
async def long_models(field: Field) -> str:
    """A model's name has at most 100 characters."""
    statuses = [
        (await field.ask(model="m" * length)).status for length in (100, 101, 100_000)
    ]
    field.check(statuses == [200, 400, 400], f"100, 101, 100,000: {statuses}")
    return f"statuses {statuses}"


async def _forge(field: Field) -> str:
    count = 0
    texts = [f"a{ender}{FORGED}" for ender in ENDERS]
    for forged in (*texts[:2], "".join(texts)):
        for _, body in [*_bodies(forged), ("model", _asking(model=forged))]:
            for door in ("/api/chat", "/v1/chat/completions"):
                await field.post(json.dumps(body).encode(), door)
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


async def _say_nothing_kept(field: Field, **fields: Any) -> str:
    marker = _marker()
    told = {**fields, "stream": False}
    bodies = [{**body, **told} for _, body in _bodies(marker, "user_id")]
    bodies.append({**_asking(messages=[_says(marker)]), **told})
    bodies.append({**_asking(messages=[_says(f"zai:quoted_error={marker}")]), **told})
    bodies.append({**_asking(messages=[_says(f"zai:quoted={marker}")]), **told})
    ids = []
    for body in bodies:
        for door in ("/api/chat", "/v1/chat/completions"):
            ids.append((await field.post(json.dumps(body).encode(), door)).id)
    await field.closed_row(ids[-1])
    where = [
        *(["the database"] if field.database.holds(marker.encode()) else []),
        *(["the log"] if marker in field.output else []),
        *(["the spool"] if _in_spool(field, marker.encode()) else []),
    ]
    field.check(not where, f"the marker is in {' and '.join(where)}")
    for line in [line for line in field.output.splitlines() if marker in line][:1]:
        field.check(False, f"said: {line[:200]}")
    return f"{len(ids)} requests"


def _bodies(marker: str, *without: str) -> list[tuple[str, dict[str, Any]]]:
    """Bodies that hold the marker in one place each, by the name of the place."""
    function = {"name": marker, "description": marker, "parameters": {marker: marker}}
    image = {"type": "image_url", "image_url": {"url": marker}}
    call = {"id": marker, "type": marker, "function": {"name": marker}}
    fields: dict[str, Any] = {
        "role": {"messages": [{"role": marker, "content": "a"}]},
        "content type": {"messages": [{**HELLO, "content": {marker: marker}}]},
        "part": {"messages": [{**HELLO, "content": [{"type": marker}]}]},
        "image": {"messages": [{**HELLO, "content": [image]}]},
        "call": {"messages": [HELLO, {"role": "assistant", "tool_calls": [call]}]},
        "key": {marker: marker},
        "key of a message": {"messages": [{**HELLO, marker: marker}]},
        "stream": {"stream": marker},
        "temperature": {"temperature": marker},
        "max_tokens": {"max_tokens": marker},
        "stop": {"stop": [marker]},
        "tools": {"tools": [{"type": marker, "function": function}]},
        "tool": {"tools": [{"type": "function", "function": function}]},
        "tool_choice": {"tool_choice": marker},
        "thinking": {"thinking": {"type": marker, marker: marker}},
        "response_format": {"response_format": {"type": marker}},
        "reasoning_effort": {"reasoning_effort": marker},
        "meta": {"meta": {marker: marker}},
        "user_id": {"user_id": marker},
        "stream_options": {"stream_options": {marker: marker}},
        "trigger": {"trigger": marker, "messages": [{"parts": [{"type": marker}]}]},
        "JSON": {"messages": [HELLO], "a": {marker: [marker] * 3}},
    }
    return [(n, _asking(**each)) for n, each in fields.items() if n not in without]


def _asking(**fields: Any) -> dict[str, Any]:
    return {"messages": [HELLO], "stream": False, **fields}


def _says(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def _hears_nothing_of(
    field: Field, marker: str, name: str, answer: wire.Answer
) -> None:
    field.check(answer.status < 500, f"{name}: {answer.status}")
    field.check(marker.encode() not in answer.body, f"an answer quotes {name}")


def _in_spool(field: Field, marker: bytes) -> bool:
    files = field.service.spool.rglob("*") if field.service.spool.exists() else []
    return any(file.is_file() and marker in file.read_bytes() for file in files)


def _line(field: Field, marker: str) -> str:
    found = (line for line in field.output.splitlines() if marker in line)
    return next(found, "")[:200]


def _marker() -> str:
    """Six letters or more, for what has to be a word or an identifier."""
    return f"marked{uuid.uuid4().hex}"
