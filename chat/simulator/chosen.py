"""Which scenarios a request asks for.

A scenario is a word in the last user message, `sim:NAME` or `sim:NAME=VALUE`; several
may be combined.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .scenarios import SCENARIOS

_WORD = re.compile(r"(?<![\w:])sim:([a-z0-9-]+)(?:=([^\s,;]*))?", re.IGNORECASE)


@dataclass(frozen=True)
class Value:
    """The two numbers of `sim:NAME=FIRST@SECOND`."""

    first: str
    second: int | None

    @property
    def number(self) -> float:
        return float(self.first)

    @property
    def count(self) -> int:
        return int(self.first)


@dataclass
class Chosen:
    """The scenarios of one request, and what could not be understood."""

    values: dict[str, Value] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def get(self, name: str) -> Value | None:
        return self.values.get(name)

    def number(self, name: str, otherwise: float = 0.0) -> float:
        value = self.values.get(name)
        return value.number if value else otherwise

    @property
    def reset_at(self) -> datetime | None:
        """When a limit ends that an error names; None where no scenario says so."""
        chosen = self.get("reset-in")
        if chosen is None:
            return None
        return datetime.now(UTC) + timedelta(seconds=chosen.number)

    def add(self, name: str, given: str | None) -> None:
        """Note a scenario; a name or value that is none becomes a mistake."""
        scenario = SCENARIOS.get(name.lower())
        if scenario is None:
            self.mistakes.append(f"There is no scenario `sim:{name}`.")
            return
        text = scenario.default if given is None else given.rstrip(".!?)\"'`*")
        match = re.fullmatch(scenario.pattern, text)
        if match is None:
            self.mistakes.append(f"`sim:{name}={given}` should be `{scenario.usage}`.")
            return
        second = int(match[2]) if match[2] else None
        self.values[scenario.name] = Value(match[1], second)


def chosen_in(text: str, for_all: Iterable[str] = ()) -> Chosen:
    """The scenarios named in a message, on top of those played for every request."""
    chosen = from_options(for_all)
    for match in _WORD.finditer(text):
        chosen.add(match[1], match[2])
    return chosen


def from_options(options: Iterable[str]) -> Chosen:
    """Read "NAME=VALUE" as given on the command line."""
    chosen = Chosen()
    for option in options:
        name, equals, value = option.removeprefix("sim:").partition("=")
        chosen.add(name, value if equals else None)
    return chosen


def without_words(text: str) -> str:
    """A message as it reads without its scenario words."""
    return _WORD.sub("", text).strip()
