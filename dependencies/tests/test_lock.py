"""The locks have all that the requirements need, and nobody else's words."""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.once

BASE_DIR = Path(__file__).resolve().parent.parent.parent
ENTRY = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; [^\\\n]+)?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n",
    re.MULTILINE,
)
PAIRS = ["requirements", "requirements-otel", "requirements-dev"]
# What is installed apart: for the site of the documentation, for programs of others.
APART = [
    "requirements-docs",
    "chat/tests/clients/agents-sdk/requirements",
    "chat/tests/tracing/otelsink/requirements",
]


def required(name: str) -> list[Requirement]:
    lines = (BASE_DIR / f"{name}.txt").read_text().splitlines()
    words = [line.partition("#")[0].strip() for line in lines]
    return [Requirement(word) for word in words if word and not word.startswith("-")]


def locked(name: str) -> dict[str, str]:
    text = (BASE_DIR / f"{name}.lock").read_text()
    return {found["name"]: found["version"] for found in ENTRY.finditer(text)}


def needed(asked: list[Requirement]) -> Iterator[tuple[str, Requirement]]:
    """What `asked` need in turn on this machine, as those that are installed say."""
    waiting, seen = [("the requirements", one) for one in asked], set()
    while waiting:
        who, one = waiting.pop()
        name = canonicalize_name(one.name)
        yield who, one
        for extra in ("", *one.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                words = metadata.requires(name) or []
            except metadata.PackageNotFoundError:
                continue
            for further in map(Requirement, words):
                if not further.marker or further.marker.evaluate({"extra": extra}):
                    waiting.append((name, further))


@pytest.mark.parametrize("name", PAIRS + APART)
def test_every_requirement_is_locked_as_it_is_pinned(name: str) -> None:
    found = locked(name)
    for one in required(name):
        pinned = str(one.specifier).removeprefix("==")
        assert found[canonicalize_name(one.name)] == pinned, "run `make lock`"


@pytest.mark.parametrize("name", PAIRS)
def test_all_that_is_needed_in_turn_is_locked(name: str) -> None:
    found = locked(name)
    for who, one in needed(required(name)):
        version = found.get(canonicalize_name(one.name))
        assert version, f"{who} needs {one}: run `make lock`"
        assert one.specifier.contains(version, prereleases=True), f"{who} needs {one}"


@pytest.mark.parametrize("name", PAIRS + APART)
def test_every_line_has_hashes_and_no_host(name: str) -> None:
    text = (BASE_DIR / f"{name}.lock").read_text()
    rest = re.sub(r"^ *#.*\n", "", ENTRY.sub("", text), flags=re.MULTILINE)
    assert rest == ""
    assert "://" not in text and "index-url" not in text


def test_tests_run_on_what_production_has() -> None:
    assert locked("requirements").items() <= locked("requirements-dev").items()
