"""A later version, and the one after it."""

from pathlib import Path

import pytest

from benchmarks.process import ROOT
from cluster.later import make_later

pytestmark = pytest.mark.once


def test_each_has_a_migration_more(tmp_path: Path) -> None:
    later = make_later(ROOT, tmp_path)
    latest = make_later(later, tmp_path)
    names = [
        sorted(one.stem for one in (root / "chat/migrations").glob("[0-9]*.py"))
        for root in (ROOT, later, latest)
    ]
    assert names[1][:-1] == names[0] and names[2][:-1] == names[1]
    text = (latest / f"chat/migrations/{names[2][-1]}.py").read_text()
    assert f'"{names[1][-1]}"' in text
    assert not (later / "chat/tests").exists()
