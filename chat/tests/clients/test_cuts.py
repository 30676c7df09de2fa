"""`lib/chat.js` on a network that cuts every connection."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.tests.clients.ai_sdk import CLIENTS, run
from chat.tests.cutting import cutting
from chat.tests.development import BASE_DIR
from chat.tests.frames import text_of
from chat.tests.serving import Service

pytestmark = pytest.mark.once

TEXT = "sim:takes=1"
TIMES = 8


def test_the_text_is_z_ais_however_often_it_is_cut(
    service: Service, zai: Any, tmp_path: Path
) -> None:
    if not shutil.which("node"):
        pytest.skip("lib/chat.js needs node")
    shutil.copy(BASE_DIR / "examples/nextjs/lib/chat.js", tmp_path / "chat.mjs")
    program = Path(shutil.copy(CLIENTS / "cuts.mjs", tmp_path))
    with cutting(service.url, most=10_000) as (url, proxy):
        said = run(program, url=f"{url}/api/chat", text=TEXT, times=TIMES)
    assert zai.state()["total"] == TIMES
    body = {"messages": [{"role": "user", "content": TEXT}]}
    whole = httpx.post(f"{service.url}/api/chat", json=body, trust_env=False)
    assert set(said) == {text_of(whole.content)}
    assert proxy.cuts >= TIMES
    # The end of some came while they were away.
    endings = {service.ended().ending for _ in range(TIMES)}
    assert endings <= {"completed", "finished_alone"}
