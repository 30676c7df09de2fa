"""What the tests rely on before any of them runs."""

import subprocess
import sys

from chat.tests.development import BASE_DIR

CHILD = "import signal; print(signal.getsignal(signal.SIGINT))"
PARENT = f"""
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
import conftest
subprocess.run([sys.executable, "-c", {CHILD!r}])
"""


def test_processes_of_tests_heed_sigint_though_it_is_ignored_here() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PARENT], cwd=BASE_DIR, capture_output=True, text=True
    )
    assert "default_int_handler" in done.stdout, done.stderr
