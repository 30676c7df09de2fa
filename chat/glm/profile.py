"""What is known of a model. The defaults are those of one that nobody knows."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct, field

from chat.conversation import LONGEST_MODEL, Effort

Kind = Literal["text", "image", "video", "file"]
Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_MODEL)]
Tokens = Annotated[int, Meta(ge=1, le=100_000_000)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Dollars = Annotated[float, Meta(ge=0, le=1_000_000)]

LEVELS: tuple[Effort, ...] = get_args(Effort)
# Those that every model takes that takes any.
COMMON_EFFORTS: dict[Effort, int] = {"low": 4_096, "high": 16_384, "max": 49_152}


class Thinks(StrEnum):
    """Whether a model thinks before it answers."""

    ALWAYS = "always"  # it cannot be switched off
    BY_DEFAULT = "by default"
    NEVER = "never"
    UNKNOWN = "unknown"


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """USD for a million tokens. `cached`: of input that Z.AI has seen before."""

    input: Dollars
    output: Dollars
    cached: Dollars | None = None


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Z.AI says of a model, and how it is to be asked.

    `context` and `longest` (answer, thoughts included) are in tokens. `efforts` are in
    the order of what they cost, each with the tokens that its thoughts may take beside
    the answer; `default_effort` is for requests that do not say. `silence` is how many
    seconds may pass without an event, `whole` how many until an answer is there that is
    not streamed. `successor` answers once it is `retired`. `source` and `as_of` say who
    knew all that, and when. None is not known.
    """

    name: Name
    context: Tokens | None = None
    longest: Tokens | None = None
    sees: tuple[Kind, ...] | None = None
    thinks: Thinks = Thinks.UNKNOWN
    efforts: dict[Effort, Tokens] = field(default_factory=COMMON_EFFORTS.copy)
    default_effort: Effort | None = None
    tool_stream: bool | None = None
    silence: Seconds = 600
    whole: Seconds = 1_200
    price: Price | None = None
    retired: date | None = None
    successor: Name | None = None
    source: str | None = None
    as_of: date | None = None

    @property
    def sees_images(self) -> bool:
        return self.sees is not None and "image" in self.sees

    @property
    def is_retired(self) -> bool:
        return self.retired is not None and self.retired <= datetime.now(UTC).date()

    @property
    def lowest_effort(self) -> Effort | None:
        return next(iter(self.efforts), None)

    def nearest_effort(self, wanted: Effort) -> Effort | None:
        """Return the least that is no less than `wanted`, as Z.AI maps them; or its
        highest. None if it has none."""
        level = LEVELS.index(wanted)
        enough = (e for e in self.efforts if LEVELS.index(e) >= level)
        return next(enough, next(reversed(self.efforts), None))
