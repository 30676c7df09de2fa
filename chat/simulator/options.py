"""How a simulator is set up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chat.glm.reading import Profiles, built_in


@dataclass(frozen=True)
class Options:
    """Where the simulator listens and how it behaves towards everybody.

    `speed` divides the simulator's own waits (0: none at all); times named in a
    scenario are kept as they are. `concurrency` is the number of open requests of a key
    and model above which it answers 429/1302, and may change ("5,3@20,8@40", see
    `limit.Limit`). `window` is how many questions a key has in a span of time
    ("100@3600", see `window.Window`), beyond which it answers 429/1308. `scenarios`
    ("NAME=VALUE") are played for every request. `models` are those it plays, by their
    names. With `api_key` set, no other key is accepted.
    """

    host: str = "127.0.0.1"
    port: int = 8100
    speed: float = 1.0
    concurrency: str | int | None = ""
    window: str = ""
    scenarios: Sequence[str] = ()
    api_key: str | None = None
    certfile: str | None = None
    keyfile: str | None = None
    log_level: str = "warning"
    models: Profiles = field(default_factory=built_in)
