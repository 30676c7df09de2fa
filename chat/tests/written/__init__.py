"""Answers as GLM writes them, and what must be drawn of each.

A file has many: `%%%% name`, what was written, `%%%% drawn`, and the outline of what
must be drawn (`outline.py`). The page and the admin draw the same.
"""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
MARK = "%%%% "


class Written(NamedTuple):
    name: str
    text: str
    drawn: str


def answers() -> list[Written]:
    return [one for path in sorted(FOLDER.glob("*.md")) for one in _read(path)]


def _read(path: Path) -> list[Written]:
    parts = path.read_text().removeprefix(MARK).split(f"\n{MARK}")
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [_one(path.stem, written, drawn) for written, drawn in pairs]


def _one(theme: str, written: str, drawn: str) -> Written:
    name, _, text = written.partition("\n")
    title, _, outline = drawn.partition("\n")
    assert title == "drawn", f"{theme}: {name} is not followed by what is drawn"
    return Written(f"{theme}: {name}", text, outline.rstrip("\n"))
