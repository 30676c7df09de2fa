"""Requests nobody thought of, made from the description; the real service answers."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from chat.tests.serving import Service

EXAMPLES = int(os.environ.get("CHAT_TEST_FUZZ_EXAMPLES", "5"))
OPTIONS = [
    *("--phases", "examples,coverage,fuzzing"),
    *("--checks", "all"),
    # `what_is_described_is_accepted` tells Z.AI's refusals from ours.
    *("--exclude-checks", "positive_data_acceptance"),
    *("--max-examples", str(EXAMPLES)),
    *("--seed", os.environ.get("CHAT_TEST_FUZZ_SEED", "1")),
    "--continue-on-failure",
]
HOOKS = {
    "SCHEMATHESIS_HOOKS": "chat.tests.fuzz_checks",
    "PYTHONPATH": str(Path(__file__).parents[2]),
}


@pytest.mark.once
@pytest.mark.timeout(max(300, EXAMPLES * 10))
def test_the_service_is_as_it_is_described(service: Service, tmp_path: Path) -> None:
    description = tmp_path / "openapi.json"
    description.write_bytes(
        httpx.get(f"{service.url}/api/openapi.json", trust_env=False).content
    )

    (tmp_path / "schemathesis.toml").write_text("max-stream-events = 100000")

    done = subprocess.run(
        [*(sys.executable, "-m", "schemathesis.cli", "run", description)]
        + ["--url", service.url, *OPTIONS],
        cwd=tmp_path,
        env={**os.environ, **HOOKS},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
