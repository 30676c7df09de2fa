"""Bodies that hold more than their bytes say."""

from attacks import wire
from attacks.attack import attack
from attacks.field import Field
from attacks.places import RESPONSES

TRIED_SECONDS = 3.0  # where the fault takes minutes, on however busy a machine
DIALECTS = ("/api/chat", "/v1/chat/completions")


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
    item = b'{"type":"reasoning","summary":[]}'
    of_items = {
        "input": b'{"input":[%s]}' % _list(item, 100_000),
        "input ": b'{"input":[%s]}' % _list(item, 6_001),
        "content  ": b'{"input":[{"role":"user","content":[%s]}]}' % _list(part, 101),
        "tools ": b'{"input":"a","tools":[%s]}' % _list(tool, 129),
    }
    slowest = 0.0
    for name, body in (many | of_items).items():
        door = RESPONSES if name in of_items else "/api/chat"
        answer = await field.post(body, door)
        slowest = max(slowest, answer.seconds)
        said = f"{answer.status} {wire.shown(answer.body, 80)}"
        field.check(answer.status == 400, f"too many {name.strip()}: {said}")
        # Of 200,000 it may be enough that there are so many values.
        named = name.strip().encode() in answer.body or b"values" in answer.body
        field.check(named, f"{name} unnamed: {said}")
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


def _list(item: bytes, count: int) -> bytes:
    return b",".join([item] * count)
