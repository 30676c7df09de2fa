"""The Coding Plan's endpoint is warned of where an operator looks."""

import logging
from typing import Any

import pytest

from chat.tests.doctor.examining import by_check, examined
from chat.tests.serving import service_for
from chat.upstream.plan import is_of_coding_plan

CODING = "https://api.z.ai/api/coding/paas/v4"
GENERAL = "https://api.z.ai/api/paas/v4"


@pytest.mark.parametrize(("url", "found"), [(CODING, True), (GENERAL, False)])
def test_it_is_told_by_its_path(url: str, found: bool) -> None:
    assert is_of_coding_plan(url) is found


@pytest.mark.parametrize(("url", "found"), [(CODING, True), (GENERAL, False)])
def test_the_log_says_so_at_the_start(
    zai: Any, settings: Any, caplog: pytest.LogCaptureFixture, url: str, found: bool
) -> None:
    settings.ZAI_BASE_URL = url
    with caplog.at_level(logging.WARNING), service_for():
        pass
    assert ("Coding Plan" in caplog.text) is found


@pytest.mark.once
def test_the_doctor_says_so(zai: Any, settings: Any) -> None:
    settings.ZAI_BASE_URL = CODING
    with service_for() as service:
        found = by_check(examined(f"{service.url}/api/chat", silence=0))
    assert str(found["plan"].outcome) == "warning"
    assert "https://api.z.ai/api/paas/v4" in found["plan"].fix
