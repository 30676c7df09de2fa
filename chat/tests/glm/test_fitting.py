"""What is asked, and what the model has of it."""

from typing import Any

import pytest

from chat.conversation import Effort
from chat.glm.fitting import USUAL_THOUGHTS, fit
from chat.glm.profile import Profile, Thinks
from chat.glm.reading import built_in

KNOWN = built_in()
ON, OFF = {"type": "enabled"}, {"type": "disabled"}
ROOM = {"max_tokens": 5}


def asked(
    model: str, effort: Effort | None = None, thinking: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What of its thinking goes to the model."""
    given = {**ROOM, **({"thinking": thinking} if thinking else {})}
    fitted = fit(given, effort, KNOWN.get(model) or Profile(name=model))
    assert fitted.pop("max_tokens") == 5
    return fitted


@pytest.mark.parametrize(
    ("effort", "got"),
    [
        (None, "high"),
        ("none", "low"),
        ("minimal", "low"),
        ("low", "low"),
        ("medium", "high"),
        ("high", "high"),
        ("xhigh", "max"),
        ("max", "max"),
    ],
)
def test_a_model_that_always_thinks(effort: Effort | None, got: str) -> None:
    assert asked("glm-5.3", effort) == {"reasoning_effort": got}


def test_it_cannot_be_told_not_to() -> None:
    assert asked("glm-5.3", None, OFF) == {"reasoning_effort": "low"}
    assert asked("glm-5.3", "max", OFF) == {"reasoning_effort": "low"}
    kept = {"clear_thinking": False}
    assert asked("glm-5.3", None, {**OFF, **kept}) == {
        "thinking": kept,
        "reasoning_effort": "low",
    }


def test_it_may_be_told_to() -> None:
    assert asked("glm-5.3", None, ON) == {"thinking": ON, "reasoning_effort": "high"}


@pytest.mark.parametrize(
    ("effort", "got"),
    [
        (None, {"reasoning_effort": "high"}),
        ("none", {"thinking": OFF}),
        ("minimal", {"thinking": OFF}),
        ("low", {"reasoning_effort": "high"}),
        ("medium", {"reasoning_effort": "high"}),
        ("xhigh", {"reasoning_effort": "max"}),
    ],
)
def test_a_model_with_efforts_that_can_be_silent(
    effort: Effort | None, got: dict[str, Any]
) -> None:
    assert asked("glm-5.2", effort) == got


@pytest.mark.parametrize(
    ("effort", "thinking", "got"),
    [
        (None, None, {}),
        (None, ON, {"thinking": ON}),
        (None, OFF, {"thinking": OFF}),
        ("high", OFF, {"thinking": OFF}),
        ("none", None, {"thinking": OFF}),
        ("max", None, {}),
        ("high", ON, {"thinking": ON}),
        (None, {"clear_thinking": False}, {"thinking": {"clear_thinking": False}}),
    ],
)
def test_a_model_without_efforts(
    effort: Effort | None, thinking: Any, got: dict[str, Any]
) -> None:
    assert asked("glm-4.6", effort, thinking) == got


@pytest.mark.parametrize("thinking", [None, ON, OFF])
@pytest.mark.parametrize("effort", [None, "none", "max"])
def test_a_model_that_never_thinks_is_not_asked(effort: Any, thinking: Any) -> None:
    assert asked("glm-4-32b-0414-128k", effort, thinking) == {}


@pytest.mark.parametrize(
    ("effort", "thinking", "got"),
    [
        (None, None, {}),
        (None, OFF, {"thinking": OFF}),
        ("medium", None, {"reasoning_effort": "high"}),
        ("none", None, {"reasoning_effort": "low"}),
    ],
)
def test_a_model_nobody_knows_is_asked_with_care(
    effort: Any, thinking: Any, got: dict[str, Any]
) -> None:
    assert asked("glm-9", effort, thinking) == got


@pytest.mark.parametrize(
    ("usual", "model", "got"),
    [
        ("low", "glm-5.3", {"reasoning_effort": "low"}),
        ("none", "glm-5.3", {"reasoning_effort": "low"}),
        ("max", "glm-5.2", {"reasoning_effort": "max"}),
        ("none", "glm-4.6", {"thinking": OFF}),
        ("max", "glm-4.6", {}),
        ("max", "glm-9", {}),
    ],
)
def test_the_operator_may_choose_for_all(
    settings: Any, usual: str, model: str, got: dict[str, Any]
) -> None:
    settings.CHAT_DEFAULT_EFFORT = usual
    assert asked(model) == got


def test_who_asks_for_thoughts_gets_them_whatever_is_usual(settings: Any) -> None:
    settings.CHAT_DEFAULT_EFFORT = "none"
    assert asked("glm-4.6", None, ON) == {"thinking": ON}
    assert asked("glm-5.2", None, ON) == {"thinking": ON, "reasoning_effort": "high"}


@pytest.mark.parametrize(
    ("model", "effort", "room"),
    [
        ("glm-4.6", None, 2048),
        ("glm-5.2", "max", 2048),
        ("glm-5.3", "low", 2048 + 4096),
        ("glm-5.3", None, 2048 + 16_384),
        ("glm-5.3", "max", 2048 + 49_152),
        ("glm-9", None, 2048),
    ],
)
def test_thoughts_that_always_come_have_room_beside_the_answer(
    model: str, effort: Effort | None, room: int
) -> None:
    profile = KNOWN.get(model) or Profile(name=model)
    assert fit({}, effort, profile)["max_tokens"] == room


def test_room_is_made_without_efforts_and_within_what_the_model_writes() -> None:
    silent = Profile(name="x", thinks=Thinks.ALWAYS, efforts={})
    assert fit({}, None, silent)["max_tokens"] == 2048 + USUAL_THOUGHTS
    short = Profile(name="x", longest=1_000)
    assert fit({}, None, short)["max_tokens"] == 1_000


def test_arguments_are_streamed_where_the_model_can() -> None:
    def kept(model: str) -> bool:
        profile = KNOWN.get(model) or Profile(name=model)
        return "tool_stream" in fit({"tool_stream": True}, None, profile)

    assert (kept("glm-4.6"), kept("glm-4.5"), kept("glm-9")) == (True, False, True)


def test_nothing_else_is_touched() -> None:
    given = {"top_p": 0.5, "tools": [], "max_tokens": 200_000}
    assert fit(given, None, KNOWN["glm-4.6"]) == given
