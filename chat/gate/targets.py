"""Whom a question may go to: the model that was asked, and who answers in its place."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from msgspec import Struct, structs

from chat.conversation import ChatRequest
from chat.failures import Failure, Refused
from chat.gate.verdict import Verdict, judge
from chat.glm.fitting import fit
from chat.glm.known import profile_of

# Of Z.AI's codes, those that say that this model does not answer: unknown or retired,
# offline, busy.
MODEL_IS_AWAY = {"1211", "1221", "1305", "1312"}


class Target(Struct, frozen=True):
    """A key of Z.AI's and a model."""

    key: str
    model: str


def targets_of(asked: ChatRequest, allowed: frozenset[str] | None) -> list[Target]:
    """Return who may answer `asked`, the model that was asked first.

    `allowed` are the models that the caller may use, in small letters; None: all.
    """
    keys = [settings.ZAI_API_KEY, *settings.ZAI_API_KEYS]
    models = [asked.model, *_fallbacks(asked, allowed)]
    return [Target(key, model) for model in models for key in keys]


def is_for_another(failure: Failure) -> bool:
    """Whether the next target may answer what failed so."""
    is_by_the_gate = isinstance(failure, Refused)
    is_away = failure.code in MODEL_IS_AWAY
    return (
        is_by_the_gate
        or is_away
        or judge(failure)
        in (
            Verdict.SPENT,
            Verdict.ACCOUNT,
        )
    )


def fit_to(asked: ChatRequest, model: str) -> ChatRequest:
    """Return `asked` as another `model` takes it."""
    if model == asked.model:
        return asked
    profile = profile_of(model)
    given = dict(asked.parameters)
    if not asked.wants_max_tokens:
        del given["max_tokens"]
    fitted = fit(given, given.get("reasoning_effort"), profile)
    if profile.longest:
        fitted["max_tokens"] = min(fitted["max_tokens"], profile.longest)
    return structs.replace(asked, model=model, parameters=fitted)


def _fallbacks(asked: ChatRequest, allowed: frozenset[str] | None) -> Iterator[str]:
    seen, model = {asked.model.lower()}, asked.model.lower()
    while (model := settings.ZAI_FALLBACKS.get(model, "")) and model not in seen:
        seen.add(model)
        if allowed is not None and model not in allowed:
            continue
        if profile_of(model).sees_images or not _has_parts(asked.messages):
            yield model


def _has_parts(messages: list[dict[str, Any]]) -> bool:
    return any(isinstance(message.get("content"), list) for message in messages)
