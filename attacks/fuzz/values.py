"""JSON that was valid, and is no longer what anybody expects."""

import json
import random
from typing import Any

# What stands in the JSON as it is, though no JSON has it.
RAW = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "0x10", "01", "+1"]
RAW += ["9" * 400, "-" + "9" * 40, "1." + "0" * 400, "18446744073709551616", "-0"]
RAW += ["undefined", "'a'", '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\x41"']
RAW += ["", "[", "{", "]", "}", ",", '"', "tru", "nul", "/*a*/1", '"a\nb"', '"\\"']
TEXTS = ["", " ", "\0", "\ud800", "a" * 300, "\u202e", "é\u0301", "'", '"', "{{", "%s"]
TEXTS += ["a-" * 2_000, "Bearer x", "data: x\n\n", "[DONE]", "http://x", "\U0001f600"]
TEXTS += ["user", "assistant", "tool", "system", "function", "auto", "glm-4.6", "text"]
TEXTS += ["data:image/png;base64,AAAA", "1e3", "true", "null", "-1", "../../etc/passwd"]
NUMBERS = [0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**30, 0.1, -0.0, 1e308, 5e-324]


class Raw(str):
    """Goes out as it is."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object whose keys may come twice."""

    __slots__ = ()


def mutated(value: Any, chance: random.Random, times: int) -> Any:
    """The value with so many of its places changed."""
    for _ in range(times):
        value = _changed(value, chance)
    return value


def written(value: Any) -> str:
    """As JSON; halves of characters become escapes."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Pairs):
        pairs = (f"{json.dumps(name)}:{written(inner)}" for name, inner in value)
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, dict):
        return written(Pairs(value.items()))
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    return json.dumps(value)


def odd(chance: random.Random, deeper: int = 3) -> Any:
    """Something that nobody expects here."""
    kind = chance.randrange(10 if deeper else 8)
    if kind == 0:
        return chance.choice([None, True, False, [], {}, [[]], [None], {"": None}])
    if kind in (1, 2):
        return chance.choice(NUMBERS)
    if kind in (3, 4, 5):
        return chance.choice(TEXTS)
    if kind == 6:
        return Raw(chance.choice(RAW))
    if kind == 7:
        depth = chance.choice([3, 30, 600, 5_000])
        opening, closing = chance.choice([("[", "]"), ('{"a":', "}"), ('["",', "]")])
        return Raw(opening * depth + "1" + closing * depth)
    if kind == 8:
        many = chance.choice([1, 2, 5, 60 if deeper > 2 else 3])
        return [odd(chance, deeper - 1) for _ in range(many)]
    names = [*TEXTS, "type", "role"]
    return {chance.choice(names): odd(chance, deeper - 1) for _ in range(3)}


def _changed(value: Any, chance: random.Random) -> Any:
    """One place of it, at any depth."""
    if isinstance(value, Raw) or not isinstance(value, dict | list) or not value:
        return odd(chance)
    if chance.random() < 0.06:
        return odd(chance)
    if isinstance(value, list) and not isinstance(value, Pairs):
        return _changed_list(value, chance)
    pairs = Pairs(value.items() if isinstance(value, dict) else value)
    at = chance.randrange(len(pairs))
    name, inner = pairs[at]
    action = chance.random()
    if action < 0.55:
        pairs[at] = (name, _changed(inner, chance))
    elif action < 0.65:
        del pairs[at]
    elif action < 0.75:
        pairs.append((name, odd(chance)))
    elif action < 0.85:
        pairs[at] = (chance.choice(TEXTS), inner)
    elif action < 0.95:
        pairs.append((chance.choice([*TEXTS, *KNOWN]), odd(chance)))
    else:
        chance.shuffle(pairs)
    return pairs


def _changed_list(value: list[Any], chance: random.Random) -> list[Any]:
    found = list(value)
    at = chance.randrange(len(found))
    action = chance.random()
    if action < 0.6:
        found[at] = _changed(found[at], chance)
    elif action < 0.7:
        del found[at]
    elif action < 0.85:
        found += [found[at]] * chance.choice([1, 2, 40])
    else:
        found.insert(at, odd(chance))
    return found


# Names that mean something somewhere.
KNOWN = ["model", "stream", "temperature", "max_tokens", "tools", "tool_choice", "stop"]
KNOWN += ["thinking", "response_format", "meta", "user_id", "request_id", "store", "n"]
KNOWN += ["stream_options", "tool_stream", "do_sample", "top_p", "reasoning_effort"]
KNOWN += [
    "trigger",
    "parts",
    "id",
    "messages",
    "functions",
    "user",
    "diagnosis",
    "seed",
]
KNOWN += ["max_completion_tokens", "role", "content", "tool_calls", "name", "type"]
KNOWN += ["reasoning_content", "tool_call_id", "choices", "delta", "usage", "error"]
