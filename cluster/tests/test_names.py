"""A name that comes to lead elsewhere, for those who are told it."""

import subprocess
from pathlib import Path

import pytest

from cluster.names import Names

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not Names.may_be_had(), reason="root on Linux may"),
]

NAME = "database.cluster.test"
# Looks it up at each line that comes.
ASKING = "while read line; do getent ahostsv4 " + NAME + " | head -1; done"


def test_it_leads_elsewhere_while_somebody_asks(tmp_path: Path) -> None:
    names = Names(tmp_path / "hosts")
    names.lead(NAME, "127.0.0.1")
    command = names.seen_by(["sh", "-c", ASKING])
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as asking:
        assert asking.stdin and asking.stdout

        def ask() -> str:
            assert asking.stdin and asking.stdout
            asking.stdin.write("\n")
            asking.stdin.flush()
            return asking.stdout.readline().split()[0]

        assert ask() == "127.0.0.1"
        names.lead(NAME, "127.0.0.2")
        assert ask() == "127.0.0.2"
        asking.stdin.close()
    assert subprocess.run(["getent", "-s", "files", "hosts", NAME]).returncode
