import subprocess
import sys
from typing import Any

import pytest

from dependencies import audit

pytestmark = pytest.mark.once

WELL = {"name": "django", "version": "5.2.19", "vulns": []}
ILL = {
    "name": "aiohttp",
    "version": "3.14.5",
    "vulns": [{"id": "PYSEC-2026-1\x1b[2J", "fix_versions": ["3.14.6"]}],
}
UNKNOWN = {"name": "uvloop", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "status"),
    [
        ([WELL], 0),
        ([WELL, ILL], audit.FOUND),
        ([WELL, UNKNOWN], audit.NOT_EXAMINED),
        ([UNKNOWN, ILL], audit.FOUND),
        ([], audit.NOT_EXAMINED),
    ],
)
def test_the_status_says_what_was_found(
    packages: list[dict[str, Any]], status: int
) -> None:
    assert audit._report("a.lock", packages) == status


def test_what_is_known_is_told_in_signs_that_print(
    capsys: pytest.CaptureFixture[str],
) -> None:
    audit._report("a.lock", [ILL])

    said = capsys.readouterr().out
    assert said.startswith("aiohttp 3.14.5: PYSEC-2026-1?[2J, mended in 3.14.6\n")


def test_a_database_out_of_reach_is_not_taken_for_no_vulnerability() -> None:
    pytest.importorskip("pip_audit")

    done = subprocess.run(
        [sys.executable, "-m", "dependencies.audit"],
        cwd=audit.BASE_DIR,
        env={"HTTPS_PROXY": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == audit.NOT_EXAMINED, done.stderr
    assert "Nothing of requirements.lock was examined" in done.stdout
