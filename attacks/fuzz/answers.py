"""Z.AI's answers, and what may become of them."""

import json
import random
from typing import Any

from attacks import frames
from attacks.fuzz.noise import noisy
from attacks.fuzz.values import mutated, odd, written

REASONS = ["stop", "length", "tool_calls", "sensitive", "odd", None, 5]
PREFIXES = [b"data: "] * 20 + [b"data:", b"event: x\ndata: ", b"", b": "]
SUFFIXES = [b"\n\n"] * 20 + [b"\r\n\r\n", b"\n", b"\r\r"]
MESSAGES = ["Bad.", "Reset at 2026-99-99 99:99:99", "<b>", "a" * 900]
CHUNKS = [b"zz\r\n", b"\r\n", b"-5\r\nabc", b"ffffffffffffffff\r\n", b"5\r\nab"]
Parts = list[bytes | float]
CODES = [
    401,
    500,
    1000,
    1113,
    1120,
    1210,
    1214,
    1230,
    1234,
    1261,
    1301,
    1302,
    1305,
    1308,
]
STATUSES = [
    "200 OK",
    "400 Bad Request",
    "401 Unauthorized",
    "404 Not Found",
    "302 Found",
]
STATUSES += [
    "429 Too Many Requests",
    "500 Oops",
    "503 Busy",
    "529 Overloaded",
    "204 None",
]
STATUSES += [
    "100 Continue",
    "101 Switching Protocols",
    "304 Not Modified",
    "999 Odd",
    "20",
]
KINDS = ["text/event-stream", "application/json", "text/html", "", "\xff", "text/plain"]
HEADERS = [
    "Content-Encoding: gzip",
    "Content-Encoding: br",
    "Connection: close",
    "X: \0",
]
HEADERS += [
    "Retry-After: 99999999999999",
    "Retry-After: -1",
    "Retry-After: \xb2",
    "Set-Cookie: a=b",
]
HEADERS += [
    "Location: http://127.0.0.1:1/",
    "X: " + "a" * 9_000,
    "Content-Length: 10",
    "bad",
]
HEADERS += [
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip",
    "Content-Length: x",
]


def made(chance: random.Random, streamed: bool) -> tuple[Parts, bool]:
    """What is sent and waited for, and whether the connection is kept."""
    kind = chance.randrange(10)
    if kind == 0:
        return [_error(chance)], chance.random() < 0.5
    if kind == 1:
        return [_odd_head(chance)], False
    if kind == 2:
        body = noisy(_whole(chance), chance)
        return [frames.whole_head(len(body)) + body], True
    if kind == 3 and chance.random() < 0.1:
        return [chance.choice([0.5, 4.0])], False
    if not streamed or kind == 4:
        body = _whole(chance)
        return [frames.whole_head(len(body)) + body], True
    return _stream(chance)


def _stream(chance: random.Random) -> tuple[Parts, bool]:
    events = [_event(chance) for _ in range(chance.choice([0, 1, 3, 8, 40]))]
    if chance.random() < 0.7:
        events += [_final(chance)]
    if chance.random() < 0.7:
        events.append(frames.DONE)
    if chance.random() < 0.15:
        events.insert(chance.randrange(len(events) + 1), _error_event(chance))
    data = b"".join(events)
    if chance.random() < 0.4:
        data = noisy(data, chance, chance.choice([1, 2, 5]))
    if chance.random() < 0.02:
        data = data.replace(b"Hello", b"Hello" * 400_000, 1)
    parts: Parts = [frames.stream_head()]
    while data:
        size = chance.choice([1, 7, 100, 5_000, len(data)])
        parts.append(frames.chunk(data[:size]))
        data = data[size:]
        if len(parts) > 300:
            parts.append(frames.chunk(data) if data else b"")
            break
        if chance.random() < 0.01:
            parts.append(0.02)
    if chance.random() < 0.1:
        odd_chunk = [
            b"zz\r\n",
            b"\r\n",
            b"-5\r\nabc",
            b"ffffffffffffffff\r\n",
            b"5\r\nab",
        ]
        parts.append(chance.choice(odd_chunk))
        return parts, False
    if chance.random() < 0.15:
        return parts, False
    return [*parts, b"0\r\n\r\n"], True


def _event(chance: random.Random) -> bytes:
    delta: dict[str, Any] = chance.choice(
        [
            {"content": "Hello "},
            {"reasoning_content": "Well."},
            {"role": "assistant", "content": ""},
            {"tool_calls": [_call("weather")]},
            {"tool_calls": [{**_call("w"), "function": {"arguments": '{"a"'}}]},
        ]
    )
    event: Any = {
        "id": frames.ID,
        "created": frames.CREATED,
        "model": frames.MODEL,
        "choices": [{"index": 0, "delta": delta}],
    }
    if chance.random() < 0.15:
        event["web_search"] = [{"title": "a", "link": "b"}]
    return _as_event(event, chance)


def _final(chance: random.Random) -> bytes:
    reason = chance.choice(
        ["stop", "length", "tool_calls", "sensitive", "odd", None, 5]
    )
    choice = {"index": 0, "delta": {"content": ""}, "finish_reason": reason}
    event = {
        "id": frames.ID,
        "created": frames.CREATED,
        "model": frames.MODEL,
        "choices": [choice],
        "usage": frames.USAGE,
    }
    return _as_event(event, chance)


def _as_event(event: Any, chance: random.Random) -> bytes:
    if chance.random() < 0.25:
        event = mutated(event, chance, chance.choice([1, 1, 3]))
    data = written(event).encode()
    if chance.random() < 0.05:
        data = noisy(data, chance)
    prefix = chance.choice(
        [b"data: "] * 20 + [b"data:", b"event: x\ndata: ", b"", b": "]
    )
    return prefix + data + chance.choice([b"\n\n"] * 20 + [b"\r\n\r\n", b"\n", b"\r\r"])


def _whole(chance: random.Random) -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": "Hello there."}
    if chance.random() < 0.4:
        message |= {"reasoning_content": "Well.", "tool_calls": [_call("weather")]}
    whole: Any = json.loads(frames.completion(message))
    times = chance.choice([0, 1, 1, 2, 4])
    return written(mutated(whole, chance, times)).encode()


def _error(chance: random.Random) -> bytes:
    code: Any = chance.choice(CODES)
    message: Any = chance.choice(
        ["Bad.", "Reset at 2026-99-99 99:99:99", "<b>", "a" * 900]
    )
    if chance.random() < 0.3:
        code, message = odd(chance), odd(chance)
    shape = chance.choice(
        [
            {"error": {"code": str(code), "message": message}},
            {"error": {"code": code, "message": message}},
            {"code": code, "msg": message, "success": False},
            {"error": message},
            {"error": [code]},
            {"error": None},
            [code],
            message,
        ]
    )
    body = written(shape).encode()
    status = chance.choice(STATUSES)
    kind = f"Content-Type: {chance.choice(KINDS)}"
    head = frames.head(status, kind, f"Content-Length: {len(body)}")
    return head + body


def _error_event(chance: random.Random) -> bytes:
    error = {"error": {"code": str(chance.choice(CODES)), "message": "Broke off."}}
    if chance.random() < 0.4:
        error = mutated(error, chance, 1)
    return b"data: " + written(error).encode() + b"\n\n"


def _odd_head(chance: random.Random) -> bytes:
    lines = [f"Content-Type: {chance.choice(KINDS)}"]
    lines += chance.sample(HEADERS, chance.choice([1, 1, 2, 4]))
    head = frames.head(chance.choice(STATUSES), *lines)
    return noisy(head + frames.completion(), chance, chance.choice([0, 1]))


def _call(name: str) -> dict[str, Any]:
    function = {"name": name, "arguments": '{"place": "Paris"}'}
    return {"index": 0, "id": "call_1", "type": "function", "function": function}
