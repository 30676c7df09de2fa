"""Text that slow searches dislike, wherever text is taken."""

import contextlib

from attacks.attack import attack
from attacks.field import Field

TRIED_SECONDS = 3.0  # where the fault takes minutes, on however busy a machine
KEYLIKE = "a-"
# A redirect to the login is one of them.
REFUSED = (302, 400, 404, 414, 431)
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
                field.check(
                    answer.status in (302, 400, 404, 414, 431), f"{answer.status}"
                )
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


def _like_keys(size: int) -> bytes:
    return (KEYLIKE * (size // 2)).encode()


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
