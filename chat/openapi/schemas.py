"""The shapes of everything that goes in and out, as JSON Schema."""

import msgspec

from chat.openapi import requests
from chat.openapi.requests import Schema
from chat.protocols import answers, error_shapes, known_models, ui_chunks
from chat.protocols.responses import events, shapes
from chat.web import health_shapes

SHAPES = (
    requests.ChatRequest,
    requests.UseChatRequest,
    requests.OpenAIChatRequest,
    requests.ResponsesRequest,
    answers.ChatCompletion,
    answers.ChatEvent,
    answers.OpenAIChatEvent,
    answers.QueueEvent,
    answers.WholeFrame,
    answers.StoppedAnswer,
    known_models.KnownModel,
    known_models.KnownModels,
    health_shapes.Health,
    health_shapes.Live,
    health_shapes.Ready,
    error_shapes.Error,
    error_shapes.ErrorFrame,
    error_shapes.OpenAIError,
    error_shapes.OpenAIErrorFrame,
    shapes.Response,
    ui_chunks.UIChunk,
    events.ResponseEvent,
)


def make_schemas() -> dict[str, Schema]:
    """Return the schema of every shape, by its name."""
    unions, found = _generate()
    for struct, sentences in requests.FIELDS.items():
        found[struct.__name__] = _explain(found[struct.__name__], struct, sentences)
    return {**found, **unions}


def _generate() -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Return the schemas of a chunk and an event of any type, and those of all shapes,
    each by name."""
    (*_, chunk, event), found = msgspec.json.schema_components(
        SHAPES, ref_template="#/components/schemas/{name}"
    )
    return {"UIChunk": chunk, "ResponseEvent": event}, found


def _explain(schema: Schema, struct: type, sentences: dict[str, str]) -> Schema:
    """Return `schema` with sentences, true defaults and what later checks ask for."""
    fields = schema["properties"]
    defaults = requests.find_defaults(struct)
    narrower = requests.NARROWER.get(struct, {})
    for name, field in fields.items():
        field.pop("default", None)
        if name in defaults:
            field["default"] = defaults[name]
        if name in narrower:
            fields[name] = narrower[name]
    properties = {
        name: {"description": words, **_shorten(fields[name])}
        for name, words in sentences.items()
    }
    return {**schema, "properties": properties, **requests.WHOLE.get(struct, {})}


def _shorten(field: Schema) -> Schema:
    """Return a type or null as one list of types, where that says the same."""
    match field:
        case {"anyOf": [{"type": str(kind)} as some, {"type": "null"}]} if (
            "enum" not in some
        ):
            more = {name: value for name, value in field.items() if name != "anyOf"}
            return {**some, "type": [kind, "null"], **more}
    return field
