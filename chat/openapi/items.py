"""What OpenAI's Responses leave to later checks, as JSON Schema."""

from typing import Any

from chat.conversation import MOST_TOOLS
from chat.openapi.contents import (
    SOME_TEXT,
    TEXT,
    Schema,
    make_object,
    one_of,
)
from chat.protocols.messages import MOST_PARTS
from chat.protocols.responses.items import CALLS, OUTPUTS

NAME: Schema = {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$"}
ROLES = ("developer", "system", "user", "assistant")

PART: Schema = {
    "anyOf": [
        make_object(
            "type",
            "text",
            type=one_of("input_text", "output_text", "text", "summary_text"),
            text=TEXT,
        ),
        make_object("type", "refusal", type=one_of("refusal"), refusal=TEXT),
        make_object("type", "image_url", type=one_of("input_image"), image_url=TEXT),
        make_object("type", "file_url", type=one_of("input_file"), file_url=SOME_TEXT),
        make_object(
            "type", "file_data", type=one_of("input_file"), file_data=SOME_TEXT
        ),
    ]
}
CONTENT: Schema = {
    "anyOf": [TEXT, {"type": "array", "items": PART, "maxItems": MOST_PARTS}]
}
SOME_CONTENT: Schema = {"anyOf": [SOME_TEXT, {"type": "array", "minItems": 1}]}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
# What a field may be in an item that has no use for it.
_UNUSED: dict[str, Schema] = {
    **dict.fromkeys(("id", "call_id", "name", "namespace"), TEXT_OR_NULL),
    **dict.fromkeys(("arguments", "input"), TEXT_OR_NULL),
    "role": {"enum": [*ROLES, None]},
    **dict.fromkeys(("content", "output"), {"anyOf": [TEXT, {"type": "null"}]}),
}


def _make_item(*required: str, **properties: Schema) -> Schema:
    return make_object(*required, **{**_UNUSED, **properties})


MESSAGE = _make_item(
    "role",
    "content",
    type={"enum": ["message", None]},
    role=one_of(*ROLES),
    content=CONTENT,
)
CALL = _make_item(
    *("type", "call_id", "name"),
    type=one_of(*CALLS),
    call_id=SOME_TEXT,
    name=NAME,
    arguments={**TEXT_OR_NULL, "description": "JSON, of a function."},
    input={**TEXT_OR_NULL, "description": "Of a free-form tool."},
)
OUTPUT = _make_item(
    *("type", "call_id", "output"),
    type=one_of(*OUTPUTS),
    call_id=SOME_TEXT,
    output=CONTENT,
)
REFERENCE = _make_item(
    *("type", "id"),
    type=one_of("item_reference"),
    id={**SOME_TEXT, "description": "Of an item that was answered before."},
)
REASONING = _make_item("type", type=one_of("reasoning"))
ITEM: Schema = {"anyOf": [MESSAGE, CALL, OUTPUT, REFERENCE, REASONING]}
COUNTS: Schema = {
    "anyOf": [
        make_object(
            *("role", "content"),
            type={"enum": ["message", None]},
            content=SOME_CONTENT,
        ),
        make_object("type", type=one_of(*CALLS, *OUTPUTS)),
    ]
}
INPUT: Schema = {
    "anyOf": [
        SOME_TEXT,
        {
            "type": "array",
            "minItems": 1,
            "items": ITEM,
            "contains": COUNTS,
        },
    ]
}

_DESCRIBED: dict[str, Any] = {
    "name": NAME,
    "description": {"description": "When to call it, as a text."},
}
PLAIN_TOOL: Schema = {
    "anyOf": [
        make_object(
            *("type", "name"),
            type=one_of("function"),
            parameters={
                "type": ["object", "null"],
                "description": "The arguments, as JSON Schema.",
            },
            **_DESCRIBED,
        ),
        make_object(
            *("type", "name"),
            type=one_of("custom"),
            format={"description": "The form of its text: a grammar."},
            **_DESCRIBED,
        ),
    ]
}
NAMESPACE = make_object(
    *("type", "name", "tools"),
    type=one_of("namespace"),
    name=NAME,
    tools={"type": "array", "items": PLAIN_TOOL},
)
TOOLS: Schema = {
    "anyOf": [
        {
            "type": "array",
            "items": {"anyOf": [*PLAIN_TOOL["anyOf"], NAMESPACE]},
            "maxItems": MOST_TOOLS,
        },
        {"type": "null"},
    ]
}
NOTHING: Schema = {"type": "null"}
FIELDS: dict[str, Schema] = {
    "input": INPUT,
    "tools": TOOLS,
    "tool_choice": {"enum": ["auto", "none", None]},
    "background": {"enum": [False, None]},
    **dict.fromkeys(("previous_response_id", "conversation", "prompt"), NOTHING),
}
