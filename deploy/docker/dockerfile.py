"""Reads what our Dockerfile uses of the language: its stages and their steps."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# What shapes the image; the rest is for those who run it.
STEPS = {"RUN", "COPY", "WORKDIR", "ENV", "USER"}


@dataclass
class Stage:
    """`base` is as FROM has it, `command` what is run."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)
    command: list[str] = field(default_factory=list)


def read(path: Path) -> list[Stage]:
    """Return the stages of the file, the last of which is the image."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for word, rest in _instructions(path.read_text()):
        if word == "ARG":
            name, _, value = rest.partition("=")
            arguments[name] = value
        elif word == "FROM":
            base, _, name = rest.partition(" AS ")
            base = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], base)
            stages.append(Stage(name.strip(), base.strip()))
        elif word == "CMD":
            stages[-1].command = json.loads(rest)
        elif word in STEPS:
            stages[-1].steps.append((word, rest))
    return stages


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    for line in joined.splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()
