"""What the structs leave to later checks, and to Z.AI, as JSON Schema."""

from typing import Any

from chat.conversation import MOST_TOOLS
from chat.protocols.messages import MOST, MOST_PARTS, URL_PARTS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
SOME_TEXT: Schema = {"type": "string", "minLength": 1}
OBJECT: Schema = {"type": "object"}


def make_object(*required: str, **properties: Schema) -> Schema:
    """Return the schema of an object with at least the fields `required`."""
    return {"type": "object", "required": list(required), "properties": properties}


def one_of(*values: str) -> Schema:
    """Return the schema of a text that is one of `values`."""
    return {"type": "string", "enum": list(values)}


def _optional(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _with_address(kind: str) -> Schema:
    place = make_object("url", url={**TEXT, "description": "`https:` or `data:`."})
    return make_object("type", kind, **{"type": one_of(kind), kind: place})


CONTENT_PART: Schema = {
    "anyOf": [
        make_object("type", "text", type=one_of("text"), text=TEXT),
        *(_with_address(kind) for kind in URL_PARTS),
        make_object("type", type={**TEXT, "not": {"enum": ["text", *URL_PARTS]}}),
    ]
}
CONTENT: Schema = {
    "anyOf": [
        TEXT,
        {"type": "array", "items": CONTENT_PART, "maxItems": MOST_PARTS},
        {"type": "null"},
    ]
}

FUNCTION: Schema = make_object(
    "name",
    name={"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$"},
    description={"description": "When to call it, as a text."},
    parameters={"description": "The arguments, as JSON Schema."},
)
TOOL: Schema = {
    "anyOf": [
        make_object("type", "function", type=one_of("function"), function=FUNCTION),
        *(
            make_object("type", kind, **{"type": one_of(kind), kind: OBJECT})
            for kind in ("retrieval", "web_search", "mcp")
        ),
    ]
}
# A JSON Schema is wanted by its type, and by no other.
WITH_SCHEMA: Schema = {
    "anyOf": [
        {"properties": {"type": {"enum": ["text", "json_object", None]}}},
        make_object("json_schema", json_schema=OBJECT),
    ]
}
TOOLS: Schema = {"type": "array", "items": TOOL, "maxItems": MOST_TOOLS}
NAMED_TOOLS: Schema = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-zA-Z0-9_-]{1,64}$"},
    "additionalProperties": {"$ref": "#/components/schemas/NamedTool"},
    "maxProperties": MOST_TOOLS,
}
ANY_TOOLS: Schema = {"anyOf": [TOOLS, NAMED_TOOLS, {"type": "null"}]}
PARAMETERS: dict[str, Schema] = {"tools": _optional(TOOLS)}

_BY_SOMEONE: Schema = {"required": ["role"], "properties": {"role": SOME_TEXT}}
SAYS_SOMETHING: Schema = {
    **_BY_SOMEONE,
    "anyOf": [
        {"required": ["content"], "properties": {"content": SOME_TEXT}},
        {
            "required": ["content"],
            "properties": {"content": {"type": "array", "minItems": 1}},
        },
        {"properties": {"role": {"const": "tool"}}},
        {
            "required": ["tool_calls"],
            "properties": {"tool_calls": {"type": "array", "minItems": 1}},
        },
    ],
}


def make_messages(shape: str) -> Schema:
    """Return a list of messages of the shape `shape`, one of which says something."""
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST,
        "items": {"$ref": f"#/components/schemas/{shape}"},
        "contains": SAYS_SOMETHING,
    }


UI_MESSAGES: Schema = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST,
    "items": {"$ref": "#/components/schemas/UIMessage"},
    "contains": {
        "required": ["parts"],
        "properties": {
            "parts": {
                "type": "array",
                "contains": make_object(
                    "type", "text", type=one_of("text"), text=SOME_TEXT
                ),
            }
        },
    },
}
# What tells a body of useChat from one of the service's own.
_HAS_PARTS: Schema = {"required": ["parts"], "properties": {"parts": {"type": "array"}}}
FOR_USE_CHAT: Schema = {
    "anyOf": [
        {"required": ["trigger"], "properties": {"trigger": SOME_TEXT}},
        {"properties": {"messages": {"contains": _HAS_PARTS}}},
    ]
}
