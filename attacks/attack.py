"""An attack: a function with a name, and what it needs to be played."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attacks.service import Start

if TYPE_CHECKING:
    from attacks.field import Field

Play = Callable[["Field"], Awaitable[str]]


class Skipped(Exception):
    """Why an attack cannot be played here, in a few words."""


class Fault(Exception):
    """What is wrong, where nothing more can be tried after it."""


@dataclass(frozen=True)
class Attack:
    """`play` returns what it measured, and tells the field what is wrong.

    `lines` are the promises of the service that it tries, by number. `everywhere`: the
    database matters. `long`: not in the short form. `witnessed`: honest callers are
    beside it; `newcomers`: those who come meanwhile are to be served as well. `alone`:
    no other attack gets the service after it. `memory`: megabytes it may leave behind.
    """

    play: Play
    lines: tuple[int, ...]
    start: Start = field(default_factory=Start)
    everywhere: bool = False
    long: bool = False
    witnessed: bool = True
    newcomers: bool = True
    alone: bool = False
    seconds: float = 60.0
    memory: float = 100.0

    @property
    def family(self) -> str:
        return self.play.__module__.rpartition(".")[2]

    @property
    def name(self) -> str:
        return f"{self.family}.{self.play.__name__}"

    @property
    def sentence(self) -> str:
        """What it proves."""
        return (self.play.__doc__ or "").strip().partition("\n")[0]


ATTACKS: list[Attack] = []


def attack(
    *lines: int,
    settings: Mapping[str, str] | None = None,
    workers: int = 1,
    files: tuple[int, int] | None = None,
    prefix: tuple[str, ...] = (),
    everywhere: bool = False,
    long: bool = False,
    witnessed: bool = True,
    newcomers: bool = True,
    alone: bool = False,
    seconds: float = 60.0,
    memory: float = 100.0,
) -> Callable[[Play], Play]:
    """Enter a function among the attacks; see `Attack` for what the words mean."""

    def enter(play: Play) -> Play:
        ATTACKS.append(
            Attack(
                play,
                lines,
                Start(settings or {}, workers, files, prefix),
                everywhere=everywhere,
                long=long,
                witnessed=witnessed,
                newcomers=newcomers,
                alone=alone or bool(prefix),
                seconds=seconds,
                memory=memory,
            )
        )
        return play

    return enter
