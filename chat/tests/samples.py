"""Z.AI's answers as bytes: made for the tests in `streams`, and recorded ones.

Those that are made show the shapes of the recordings in a few events, so that a clone
has them all. Recordings lie outside of the project, where `ZAI_CASSETTES` says.
"""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
MADE = Path(__file__).parent / "streams"
RECORDED = Path(
    os.environ.get("ZAI_CASSETTES") or PROJECT.parent / "shared" / "cassettes"
)


def samples(pattern: str) -> list[Path]:
    """What is made, and what is recorded if there is anything."""
    return [*sorted(MADE.glob(pattern)), *sorted(RECORDED.glob(pattern))]


def these(made: str, recorded: str) -> list[Path]:
    """The one that is made, and the recorded one of the same shape if it is there."""
    return [path for path in (MADE / made, RECORDED / recorded) if path.exists()]
