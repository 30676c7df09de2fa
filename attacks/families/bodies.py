"""Bodies that cost more than their bytes say: patterns, objects, memory."""

import asyncio
import contextlib
import time

from attacks import wire
from attacks.attack import attack
from attacks.field import Field

TRIED_SECONDS = 3.0  # where the fault takes minutes, on however busy a machine
KEYLIKE = "a-"
NAMES = ("role", "model", "tool_choice", "stop", "type", "user_id", "request_id")
DIALECTS = ("/api/chat", "/v1/chat/completions")


@attack(1, 2)
async def keys_in_a_role(field: Field) -> str:
    """Text like a key is searched in linear time, in 80 kB and in a megabyte."""
    slowest = 0.0
    for size in (80_000, 1_000_000):
        for door in DIALECTS:
            body = b'{"messages":[{"role":"%s","content":"x"}]}' % _like_keys(size)
            answer = await field.post(body, door)
            slowest = max(slowest, answer.seconds)
            field.check(answer.status == 400, f"{door}: {answer.status}")
            field.check(len(answer.body) < 2_000, f"{len(answer.body)} B say why")
    field.check(
        slowest < TRIED_SECONDS * field.patience, f"a refusal took {slowest:.1f} s"
    )
    return f"slowest refusal {slowest * 1000:.0f} ms"


@attack(1, 2)
async def keys_in_a_path(field: Field) -> str:
    """The same without a body: any web page could send it."""
    slowest = 0.0
    for path in ("/v1/models/", "/api/", "/v1/", "/api/chat/", "/health/", "/admin/"):
        for size in (1_000, 8_000, 60_000):
            with contextlib.suppress(ConnectionError):
                answer = await field.get(path + KEYLIKE * (size // 2))
                slowest = max(slowest, answer.seconds)
                field.check(answer.status in (302, 400, 404, 414), f"{answer.status}")
                field.check(len(answer.body) < 5_000, f"{len(answer.body)} B at {path}")
    field.check(
        slowest < TRIED_SECONDS * field.patience, f"an answer took {slowest:.1f} s"
    )
    return f"slowest answer {slowest * 1000:.0f} ms"


@attack(1, 2)
async def megabytes_in_every_field(field: Field) -> str:
    """A megabyte of what searches dislike, in each field that takes text."""
    slowest, worst = 0.0, ""
    for text in (KEYLIKE * 500_000, "Bearer " * 140_000, "'" * 1_000_000):
        for name in NAMES:
            answer = await field.post(_with_field(name, text))
            if answer.seconds > slowest:
                slowest, worst = answer.seconds, name
            field.check(answer.status < 500, f"{name}: {answer.status}")
            field.check(len(answer.body) < 10_000, f"{name}: {len(answer.body)} B back")
    field.check(
        slowest < TRIED_SECONDS * field.patience, f"{worst} took {slowest:.1f} s"
    )
    return f"slowest answer {slowest * 1000:.0f} ms ({worst})"


@attack(3)
async def too_many_objects(field: Field) -> str:
    """Messages, parts, tools and JSON nodes are counted: 400 that names the field."""
    message = b'{"role":"user","content":"a"}'
    part = b'{"type":"text","text":"a"}'
    tool = b'{"type":"function","function":{"name":"f","parameters":{}}}'
    many = {
        "messages": b'{"messages":[%s]}' % _list(message, 200_000),
        "content": b'{"messages":[{"role":"user","content":[%s]}]}'
        % _list(part, 100_000),
        "tools": b'{"messages":[%s],"tools":[%s]}' % (message, _list(tool, 129)),
        "messages ": b'{"messages":[%s]}' % _list(message, 2_001),
        "content ": b'{"messages":[{"role":"user","content":[%s]}]}' % _list(part, 101),
    }
    slowest = 0.0
    for name, body in many.items():
        answer = await field.post(body)
        slowest = max(slowest, answer.seconds)
        said = f"{answer.status} {wire.shown(answer.body, 80)}"
        field.check(answer.status == 400, f"too many {name.strip()}: {said}")
        field.check(name.strip().encode() in answer.body, f"{name} unnamed: {said}")
    field.check(
        slowest < TRIED_SECONDS * field.patience, f"a refusal took {slowest:.1f} s"
    )
    return f"slowest refusal {slowest * 1000:.0f} ms"


@attack(3)
async def too_many_nodes(field: Field) -> str:
    """More than 50,000 JSON values are refused, wherever in the body they stand."""
    places = {
        "response_format": b'"response_format":{"a":%s}',
        "meta": b'"meta":{"user_region":"x","a":%s}',
        "unknown": b'"whatever":%s',
        "tools": b'"tools":[{"type":"function","function":{"name":"f",'
        b'"parameters":{"type":"object","enum":%s}}}]',
    }
    slowest = 0.0
    for name, place in places.items():
        nodes = b"[" + b"1," * 60_000 + b"1]"
        body = b'{"messages":[{"role":"user","content":"a"}],%s}' % (place % nodes)
        answer = await field.post(body)
        slowest = max(slowest, answer.seconds)
        field.check(answer.status == 400, f"nodes in {name}: {answer.status}")
    field.check(
        slowest < TRIED_SECONDS * field.patience, f"a refusal took {slowest:.1f} s"
    )
    return f"slowest refusal {slowest * 1000:.0f} ms"


@attack(3)
async def as_large_as_allowed(field: Field) -> str:
    """128 tools of 190 properties, ten at once, hold nobody else up."""
    properties = b",".join(b'"p%d":{"type":"string"}' % n for n in range(190))
    parameters = b'{"type":"object","properties":{%s}}' % properties
    tool = b'{"type":"function","function":{"name":"f","parameters":%s}}' % parameters
    body = b'{"stream":false,"messages":[{"role":"user","content":"a"}],"tools":[%s]}'
    asked = body % _list(tool, 128)
    answers = await wire.gathered((field.post(asked) for _ in range(10)), 10)
    statuses = {getattr(answer, "status", repr(answer)) for answer in answers}
    # 128 tools are allowed, and 50,000 nodes are not; which it is, is known at once.
    field.check(statuses <= {200, 400}, f"statuses {statuses}")
    within = b'{"stream":false,"messages":[{"role":"user","content":"a"}],"tools":[%s]}'
    smaller = tool.replace(properties, b",".join(properties.split(b",")[:60]))
    answers = await wire.gathered(
        (field.post(within % _list(smaller, 128)) for _ in range(10)), 10
    )
    served = {getattr(answer, "status", repr(answer)) for answer in answers}
    field.check(served == {200}, f"within the limits: {served}")
    return f"{len(asked)} B of tools: {statuses}"


@attack(3, 6)
async def deep(field: Field) -> str:
    """JSON that is nested without end is a refusal, in every field and dialect."""
    statuses = set()
    for depth in (500, 5_000, 200_000):
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            nested = opening * depth + b"1" + closing * depth
            for place in (b'"x":%s', b'"tools":%s', b'"meta":%s', b'"stop":%s'):
                body = b'{"messages":[{"role":"user","content":"a"}],%s}'
                for door in DIALECTS:
                    answer = await field.post(body % (place % nested), door)
                    statuses.add(answer.status)
    field.check(statuses <= {200, 400}, f"statuses {statuses}")
    return f"statuses {sorted(statuses)}"


@attack(4, settings={"CHAT_BODY_TIMEOUT_SECONDS": "60"}, seconds=90)
async def bodies_in_flight(field: Field) -> str:
    """Of fifty bodies of 19 MB on their way, only 256 MB are held; small ones pass."""
    before = field.service.memory
    peak = 0
    results: list[str] = []
    piece = b'{"messages":[{"role":"user","content":"' + b"a" * 500_000

    async def slowly() -> None:
        with contextlib.suppress(ConnectionError):
            async with wire.connected(field.port) as line:
                sized = ("Content-Length: 19000000", "Content-Type: application/json")
                await line.send(wire.head("POST", "/api/chat", *sized) + piece)
                for _ in range(30):
                    if line.reader._buffer:  # type: ignore[attr-defined]
                        break  # it has been answered
                    await line.send(b"a" * 600_000)
                    await asyncio.sleep(0.05)
                else:
                    await asyncio.sleep(3)
                    results.append("held")
                    return
                answer = await line.answer(seconds=10)
                results.append(f"{answer.status} {answer.code}")
                return
        results.append("reset")

    tasks = [asyncio.create_task(slowly()) for _ in range(50)]
    while not all(task.done() for task in tasks):
        peak = max(peak, await asyncio.to_thread(lambda: field.service.memory))
        await asyncio.sleep(0.1)
    grown = (peak - before) / 1e6
    refused = results.count("503 at_capacity")
    field.check(grown < 700, f"the service grew by {grown:.0f} MB")
    field.check(refused >= 30, f"{refused} of 50 were refused: {sorted(set(results))}")
    return f"{refused} of 50 refused, +{grown:.0f} MB at the most"


@attack(4)
async def by_the_head_alone(field: Field) -> str:
    """Path, method, Host and content type are refused before any of a body comes."""
    announced = "Content-Length: 19000000"
    json = "Content-Type: application/json"
    heads = {
        404: wire.head("POST", "/api/nothing", announced, json),
        405: wire.head("PUT", "/api/chat", announced, json),
        415: wire.head("POST", "/api/chat", announced, "Content-Type: text/plain"),
        400: wire.head("POST", "/api/chat", announced, json, host="evil.example"),
    }
    slowest = 0.0
    for status, head in heads.items():
        answer = await field.send(head + b'{"messages"')
        slowest = max(slowest, answer.seconds)
        field.check(answer.status == status, f"{status} expected: {answer.status}")
    field.check(slowest < 2.0, f"the last answer took {slowest:.1f} s")
    return f"slowest refusal {slowest * 1000:.0f} ms"


@attack(4, long=True, seconds=120)
async def large_bodies(field: Field) -> str:
    """Fifty bodies of 19 MB that are served leave no memory behind."""
    text = b"a" * 19_000_000
    body = b'{"stream":false,"messages":[{"role":"user","content":"%s"}]}' % text
    started = time.monotonic()
    answers = await wire.gathered((field.post(body) for _ in range(50)), 8)
    statuses = {getattr(answer, "status", repr(answer)) for answer in answers}
    field.check(statuses <= {200, 503}, f"statuses {statuses}")
    return f"{time.monotonic() - started:.0f} s, statuses {statuses}"


@attack(22)
async def as_described(field: Field) -> str:
    """Three bodies on which description and service differed are told apart alike."""
    import json

    message = {"role": "user", "content": "a"}
    bodies = {
        "thinking": {"thinking": {"type": "enabled", "further": "a"}},
        "response_format": {"response_format": {"type": "of no known type"}},
    }
    import jsonschema_rs

    description = json.loads((await field.get("/api/openapi.json")).body)
    if isinstance(description.get("components"), dict):
        shapes = description["components"]["schemas"]
    differing = []
    for name, fields in bodies.items():
        body = {"messages": [message], "stream": False, **fields}
        schema = {"$ref": "#/components/schemas/ChatRequest"}
        validator = jsonschema_rs.validator_for(
            {**schema, "components": {"schemas": shapes}}
        )
        allowed = validator.is_valid(body)
        answer = await field.post(json.dumps(body).encode())
        if allowed != (answer.status == 200):
            differing.append(f"{name}: described {allowed}, answered {answer.status}")
    field.check(not differing, "; ".join(differing))
    return f"{len(bodies)} bodies"


def _like_keys(size: int) -> bytes:
    return (KEYLIKE * (size // 2)).encode()


def _list(item: bytes, count: int) -> bytes:
    return b",".join([item] * count)


def _with_field(name: str, text: str) -> bytes:
    import json

    message = {"role": "user", "content": "a"}
    body: dict[str, object] = {"messages": [message], "stream": False}
    if name == "role":
        body["messages"] = [{"role": text, "content": "a"}]
    elif name == "type":
        body["messages"] = [{"role": "user", "content": [{"type": text, "text": "a"}]}]
    elif name == "stop":
        body["stop"] = [text]
    else:
        body[name] = text
    return json.dumps(body).encode()
