"""Words of callers and of Z.AI in answers and log lines."""

import json

from attacks import wire
from attacks.attack import attack
from attacks.field import Field
from attacks.places import bodies_with, new_marker


@attack(2)
async def quoted_fields(field: Field) -> str:
    """A marker in any field is in no answer of ours and in no line of the log."""
    marker = new_marker()
    bodies = list(bodies_with(marker))
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
    marker = new_marker()
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
    # The request line, and what Django says of it, have the path: bounded and escaped.
    # So have the lines that say what to add to a setting, with the origin or the host.
    meant = ('"GET /', "django.request: Not Found: /")
    meant += (" chat.cors: ", " is not in ALLOWED_HOSTS")
    said = [
        line
        for line in field.output.splitlines()
        if not any(words in line for words in meant)
    ]
    quoted = next((line for line in said if marker in line), "")
    field.check(not quoted, f"quoted: {quoted[:200]}")
    return f"{len(headers) + 1} headers, 6 paths"


@attack(2, 21)
async def quoted_answers(field: Field) -> str:
    """Bytes of Z.AI's answer, and of our own request, are in no diagnosis."""
    marker = new_marker()
    orders = (f"quoted={marker}", "bad_head=0", "bad_head=3", "lying_length", "cut=-1")
    # Where Z.AI ails nobody is asked for a while, and honest callers ask other models.
    answers = await wire.gathered(
        field.ask(f"{marker} zai:{order}", model="glm-4.5", stream=stream)
        for order in orders
        for stream in (True, False)
    )
    for answer in answers:
        field.check(marker.encode() not in answer.body, "quoted back")
    field.check(marker not in field.output, f"quoted: {_line(field, marker)}")
    return "five faults, streamed and whole"


@attack(2)
async def long_models(field: Field) -> str:
    """A model's name has at most 100 characters."""
    statuses = [
        (await field.ask(model="m" * length)).status for length in (100, 101, 100_000)
    ]
    field.check(statuses == [200, 400, 400], f"100, 101, 100,000: {statuses}")
    return f"statuses {statuses}"


def _hears_nothing_of(
    field: Field, marker: str, name: str, answer: wire.Answer
) -> None:
    field.check(answer.status < 500, f"{name}: {answer.status}")
    field.check(marker.encode() not in answer.body, f"an answer quotes {name}")


def _line(field: Field, marker: str) -> str:
    found = (line for line in field.output.splitlines() if marker in line)
    return next(found, "")[:200]
