"""Answers of a given shape: `response_format: json_schema`, for models without it.

Z.AI takes `json_object` and no schema (docs.z.ai, structured output): the model is told
of the schema in words. Nothing here reads it as a schema: no `$ref` is followed, no
`pattern` tried. Whether the answer is as it says is for the client to check.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct, field

from chat.conversation import Message
from chat.protocols.refusal import Problem

# The model reads all of it with every question. OpenAI takes 120,000 characters.
MOST_SCHEMA_BYTES = 128 * 1024
DEEPEST_SCHEMA = 64  # lists and objects within each other
WHERE = "response_format.json_schema"
NO_SCHEMA = (b"", b"null")
JSON_OBJECT = {"type": "json_object"}


class JsonSchema(Struct, omit_defaults=True):
    name: Annotated[str, Meta(max_length=200)] | None = None
    description: Annotated[str, Meta(max_length=10_000)] | None = None
    schema: Raw = field(default_factory=Raw)  # of any size, until that is known
    strict: bool | None = None


def find_problems_of_schema(
    wanted: JsonSchema | None, *, needed: bool, where: str = WHERE
) -> Iterator[Problem]:
    """Yield why the model cannot be told of it; it may be there and not be needed.

    `where` it stands in the body.
    """
    if wanted is None:
        if needed:
            yield Problem(where, "the field is required")
    elif problem := _find_problem(bytes(wanted.schema)):
        yield Problem(f"{where}.schema", problem)


def describe_schema(wanted: JsonSchema) -> str:
    """Return in words for the model what its answer has to be like."""
    sentences = [
        "Answer with one JSON object and nothing else: no code fence around it, no word"
        " before or after it."
    ]
    if wanted.name:
        sentences.append(f"It is called {wanted.name}.")
    if wanted.description:
        sentences.append(wanted.description)
    if (raw := bytes(wanted.schema)) not in NO_SCHEMA:
        schema = msgspec.json.format(raw, indent=-1).decode()
        sentences.append(f"It has to be valid against this JSON Schema:\n{schema}")
    return " ".join(sentences)


def add_instruction(messages: list[Message], text: str) -> None:
    """Put `text` after the system messages that `messages` begins with."""
    spoken = (i for i, message in enumerate(messages) if message["role"] != "system")
    messages.insert(next(spoken, len(messages)), {"role": "system", "content": text})


def _find_problem(raw: bytes) -> str | None:
    if len(raw) > MOST_SCHEMA_BYTES:
        return f"at most {MOST_SCHEMA_BYTES} bytes are allowed"
    if raw in NO_SCHEMA:
        return None
    try:
        schema = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "it is not valid JSON"
    if not isinstance(schema, dict):
        return "expected an object"
    if _is_too_deep(schema):
        return f"at most {DEEPEST_SCHEMA} levels are allowed"
    return None


def _is_too_deep(value: Any) -> bool:
    """Whether more than `DEEPEST_SCHEMA` lists and objects are within each other."""
    level = [value]
    for _ in range(DEEPEST_SCHEMA):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
