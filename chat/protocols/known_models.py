"""The models a client is told of. Any other name goes to Z.AI all the same."""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Struct, to_builtins

from chat.failures import NotFound
from chat.glm.known import find, offered
from chat.glm.profile import Kind, Profile, Thinks
from chat.protocols.answers import says

# Z.AI dates no model, and OpenAI's clients want a time: that of our list, 2026-10-08.
AS_OF = 1791417600


class KnownModel(Struct):
    """As OpenAI has it, with what front ends have to know beside it."""

    id: Annotated[str, says("The name to ask for.")]
    object: Literal["model"]
    created: Annotated[int, says("The day of this list, in seconds since 1970.")]
    owned_by: str
    context_length: Annotated[
        int | None, says("Tokens of question and answer; null: not known.")
    ]
    max_output_tokens: Annotated[
        int | None, says("The longest answer, thoughts included; null: not known.")
    ]
    input_modalities: Annotated[
        list[Kind] | None, says("What it sees; null: not known.")
    ]
    thinking: Annotated[Thinks, says("Whether it thinks before it answers.")]
    reasoning_efforts: Annotated[
        list[str], says("The efforts it has, from the least to the most.")
    ]
    retired: Annotated[
        date | None, says("The day from which on Z.AI offers it no more.")
    ]


class KnownModels(Struct):
    object: Literal["list"]
    data: list[KnownModel]


def list_models(allowed: Collection[str] | None = None) -> dict[str, Any]:
    """Return those that are not retired, as JSON in OpenAI's shape.

    `allowed` are the names, in small letters, that the caller may ask for; None if it
    may ask for all.
    """
    found = [p for p in offered() if allowed is None or p.name.lower() in allowed]
    models = KnownModels("list", [_describe(profile) for profile in found])
    known: dict[str, Any] = to_builtins(models)
    return known


def describe_model(name: str, allowed: Collection[str] | None = None) -> dict[str, Any]:
    """Return a single one, as JSON in OpenAI's shape. Raises NotFound."""
    profile = find(name)
    if profile is None or (allowed is not None and name.lower() not in allowed):
        raise NotFound(
            "model: none of that name is known here; /v1/models lists those that are.",
            code="model_not_found",
            param="model",
        )
    known: dict[str, Any] = to_builtins(_describe(profile))
    return known


def _describe(profile: Profile) -> KnownModel:
    return KnownModel(
        id=profile.name,
        object="model",
        created=AS_OF,
        owned_by="z-ai",
        context_length=profile.context,
        max_output_tokens=profile.longest,
        input_modalities=None if profile.sees is None else list(profile.sees),
        thinking=profile.thinks,
        reasoning_efforts=list(profile.efforts),
        retired=profile.retired,
    )
