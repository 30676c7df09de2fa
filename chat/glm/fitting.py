"""What a caller asks, made into what the model has: thinking, effort, room."""

from typing import Any

from django.conf import settings

from chat.conversation import Effort
from chat.glm.profile import Profile, Thinks

# Z.AI's own reading of them, for the models that take them: no thoughts.
OFF = ("none", "minimal")
# Of a model that always thinks, and takes no effort.
USUAL_THOUGHTS = 16_384


def fit(
    parameters: dict[str, Any], effort: Effort | None, profile: Profile
) -> dict[str, Any]:
    """Return `parameters`, those that were given, as the model of `profile` takes them.

    `effort` is how long the caller wants it to think, by OpenAI's words or Z.AI's; what
    is asked here is never passed on blindly, for Z.AI refuses what a model does not
    have (1210). Where no `max_tokens` was given, `CHAT_DEFAULT_MAX_TOKENS` is, with
    room for the thoughts of a model that always thinks: they count into it.
    """
    fitted = dict(parameters)
    fitted.pop("reasoning_effort", None)
    thinking: dict[str, Any] = dict(fitted.pop("thinking", None) or {})
    kind, level = _choose(thinking.pop("type", None), effort, profile)
    if kind:
        thinking = {"type": kind, **thinking}
    if thinking and profile.thinks is not Thinks.NEVER:
        fitted["thinking"] = thinking
    if level:
        fitted["reasoning_effort"] = level
    if profile.tool_stream is False:
        fitted.pop("tool_stream", None)
    if "max_tokens" in fitted:
        return fitted
    return {"max_tokens": _make_room(profile, level), **fitted}


def _choose(
    kind: str | None, effort: Effort | None, profile: Profile
) -> tuple[str | None, Effort | None]:
    """Return the type of `thinking` and the `reasoning_effort` to ask for, if any.

    A no wins over an effort beside it.
    """
    if profile.thinks is Thinks.NEVER:
        return None, None
    if effort is None and kind != "disabled":
        effort = _find_usual(kind, profile)
    if kind != "disabled" and effort not in OFF:
        return kind, profile.nearest_effort(effort) if effort else None
    if profile.thinks is Thinks.ALWAYS:
        return None, profile.lowest_effort
    if profile.thinks is Thinks.BY_DEFAULT or kind == "disabled":
        return "disabled", None
    return kind, profile.lowest_effort


def _find_usual(kind: str | None, profile: Profile) -> Effort | None:
    """Return the effort for a request that does not say: the setting's, or its own."""
    usual: Effort | None = settings.CHAT_DEFAULT_EFFORT or None  # type: ignore[assignment]
    if profile.thinks is Thinks.UNKNOWN:
        return None
    if usual is None or (usual in OFF and kind == "enabled"):
        return profile.default_effort
    return usual


def _make_room(profile: Profile, effort: Effort | None) -> int:
    room: int = settings.CHAT_DEFAULT_MAX_TOKENS
    if profile.thinks is Thinks.ALWAYS:
        room += profile.efforts[effort] if effort else USUAL_THOUGHTS
    return min(room, profile.longest or room)
