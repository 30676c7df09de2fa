"""The models a client is told of. Any other name goes to Z.AI all the same."""

from typing import Annotated, Any, Literal

from msgspec import Struct, to_builtins

from chat.failures import NotFound
from chat.protocols.answers import says

# From docs.z.ai (pricing, and the API description's model names) and Z.AI's own
# `GET /models`, as of 2026-10-08. Z.AI dates no model; OpenAI's clients want a time.
AS_OF = 1791417600
NAMES = (
    "glm-5.3",
    "glm-5.3-flash",
    "glm-5.3-flashx",
    "glm-5.2",
    "glm-5.1",
    "glm-5",
    "glm-5-turbo",
    "glm-5v-turbo",
    "glm-4.7",
    "glm-4.7-flash",
    "glm-4.7-flashx",
    "glm-4.6",
    "glm-4.6v",
    "glm-4.6v-flash",
    "glm-4.6v-flashx",
    "glm-4.5",
    "glm-4.5-air",
    "glm-4.5-airx",
    "glm-4.5-flash",
    "glm-4.5-x",
    "glm-4.5v",
    "glm-4-32b-0414-128k",
    "autoglm-phone-multilingual",
)
# Those that take images: docs.z.ai, the page of each model ("Input Modality").
SEEING = (
    "glm-5.3-flash",
    "glm-5.3-flashx",
    "glm-5v-turbo",
    "glm-4.6v",
    "glm-4.6v-flash",
    "glm-4.6v-flashx",
    "glm-4.5v",
    "autoglm-phone-multilingual",
)


class KnownModel(Struct):
    id: Annotated[str, says("The name to ask for.")]
    object: Literal["model"]
    created: Annotated[int, says("The day of this list, in seconds since 1970.")]
    owned_by: str


class KnownModels(Struct):
    object: Literal["list"]
    data: list[KnownModel]


def list_models() -> dict[str, Any]:
    """Return all of them, as JSON in OpenAI's shape."""
    known: dict[str, Any] = to_builtins(KnownModels("list", [*map(_describe, NAMES)]))
    return known


def describe_model(name: str) -> dict[str, Any]:
    """Return a single one, as JSON in OpenAI's shape. Raises NotFound."""
    if name not in NAMES:
        raise NotFound(
            "model: none of that name is known here; /v1/models lists those that are.",
            code="model_not_found",
            param="model",
        )
    known: dict[str, Any] = to_builtins(_describe(name))
    return known


def _describe(name: str) -> KnownModel:
    return KnownModel(name, "model", AS_OF, "z-ai")
