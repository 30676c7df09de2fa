"""The models a client is told of. Any other name goes to Z.AI all the same."""

from typing import Any

from chat.failures import NotFound

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


def listing() -> dict[str, Any]:
    """All of them, in OpenAI's shape."""
    return {"object": "list", "data": [_described(name) for name in NAMES]}


def one(name: str) -> dict[str, Any]:
    """A single one. Raises NotFound."""
    if name not in NAMES:
        raise NotFound(
            "model: none of that name is known here; /v1/models lists those that are.",
            code="model_not_found",
            param="model",
        )
    return _described(name)


def _described(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": AS_OF, "owned_by": "z-ai"}
