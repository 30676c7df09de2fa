"""The models Z.AI offers, and what each of them can do."""

from dataclasses import dataclass
from enum import Enum


class Thinking(Enum):
    NEVER = "never"
    OPTIONAL = "optional"
    FORCED = "forced"


@dataclass(frozen=True)
class Model:
    """`context` and `max_output` are in tokens."""

    name: str
    context: int = 204_800
    max_output: int = 131_072
    vision: bool = False
    thinking: Thinking = Thinking.OPTIONAL


_MODELS = (
    Model("glm-4-32b-0414-128k", 128_000, 16_384, thinking=Thinking.NEVER),
    Model("glm-4.5", 131_072, 98_304),
    Model("glm-4.5-air", 131_072, 98_304),
    Model("glm-4.5-airx", 131_072, 98_304),
    Model("glm-4.5-flash", 131_072, 98_304),
    Model("glm-4.5-x", 131_072, 98_304),
    Model("glm-4.5v", 64_000, 16_384, vision=True),
    Model("glm-4.6"),
    Model("glm-4.6v", 128_000, 32_768, vision=True),
    Model("glm-4.6v-flash", 128_000, 32_768, vision=True),
    Model("glm-4.6v-flashx", 128_000, 32_768, vision=True),
    Model("glm-4.7"),
    Model("glm-4.7-flash"),
    Model("glm-4.7-flashx"),
    Model("glm-5"),
    Model("glm-5-turbo", 200_000),
    Model("glm-5.1", 200_000),
    Model("glm-5.2", 1_000_000),
    Model("glm-5.3", 1_000_000, thinking=Thinking.FORCED),
    Model("glm-5.3-flash", 200_000, vision=True, thinking=Thinking.FORCED),
    Model("glm-5.3-flashx", 200_000, vision=True, thinking=Thinking.FORCED),
    Model("glm-5v-turbo", 200_000, vision=True),
    Model(
        "autoglm-phone-multilingual",
        32_000,
        4_096,
        vision=True,
        thinking=Thinking.NEVER,
    ),
)

MODELS = {model.name: model for model in _MODELS}


def listing() -> dict[str, object]:
    """The body of `GET /models`."""
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "owned_by": "z-ai"} for name in MODELS
        ],
    }
