"""The inputs by number: each is made by its number and the seed alone."""

import random
from dataclasses import dataclass

from attacks import wire
from attacks.fuzz import bodies, heads, paths

# How often each kind comes, among a hundred.
WEIGHTS = {"body": 47, "answer": 25, "head": 22, "path": 6}
KINDS = [kind for kind, weight in WEIGHTS.items() for _ in range(weight)]
SAME_ADDRESS = 50


@dataclass(frozen=True)
class Input:
    """Bytes for the service.

    `is_whole`: HTTP says where it ends, so that an answer is due. `is_chat`: it reaches
    the view of a conversation, which leaves a row.
    """

    number: int
    kind: str
    data: bytes
    method: str = "POST"
    is_whole: bool = True
    is_chat: bool = False


def made(seed: int, number: int, cookie: str = "") -> Input:
    chance = random.Random(f"{seed}:{number}")
    kind = chance.choice(KINDS)
    forwarded = f"X-Forwarded-For: {_address(number)}"
    if kind == "body":
        door, body = bodies.made(chance)
        return Input(number, kind, _sent(door, body, forwarded, chance), is_chat=True)
    if kind == "answer":
        stream = chance.random() < 0.6
        # Of another model each, for the gate to one that fails again and again is shut.
        model = f"glm-{number % 1000}"
        body = wire.chat(f"zai:fuzzed={seed}:{number}", stream=stream, model=model)
        door = chance.choice(bodies.DOORS)
        return Input(number, kind, wire.post(door, body, forwarded), is_chat=True)
    if kind == "path":
        lines = [forwarded, *([f"Cookie: {cookie}"] if cookie else [])]
        data = wire.get(paths.made(chance), *lines)
        return Input(number, kind, data, method="GET", is_whole=False)
    return Input(number, kind, heads.made(chance, forwarded), is_whole=False)


def _sent(door: str, body: bytes, forwarded: str, chance: random.Random) -> bytes:
    """As one piece, or in chunks."""
    if chance.random() < 0.8:
        return wire.post(door, body, forwarded)
    kind = "Content-Type: application/json"
    parts = [wire.head("POST", door, forwarded, kind, "Transfer-Encoding: chunked")]
    size = max(1, len(body) // chance.choice([1, 2, 7, 30]))
    for at in range(0, len(body), size):
        piece = body[at : at + size]
        parts.append(b"%x\r\n%s\r\n" % (len(piece), piece))
    return b"".join([*parts, b"0\r\n\r\n"])


def _address(number: int) -> str:
    """Few share one, so that hardly any is lost to the flood's limit."""
    block = number // SAME_ADDRESS
    return f"10.{block >> 16 & 255}.{block >> 8 & 255}.{block & 255}"
