"""`lib/chat.js` at a service that is locked: keys, tokens, and what refusals say."""

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chat.tests.clients.ai_sdk import CLIENTS, run
from chat.tests.development import BASE_DIR
from chat.tests.locked import lock, make_client
from chat.tests.serving import Service

pytestmark = pytest.mark.once

WRONG = "zc_" + "A" * 43
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(service: Service, settings: Any, tmp_path: Path) -> Ask:
    """Asks with a `key`, or with a function that gives `tokens`: the second one where
    it is to renew. `times` one after the other; returns what became of the last."""
    if not shutil.which("node"):
        pytest.skip("lib/chat.js needs node")
    lock(settings)
    shutil.copy(BASE_DIR / "examples/nextjs/lib/chat.js", tmp_path / "chat.mjs")
    program = Path(shutil.copy(CLIENTS / "chat_js.mjs", tmp_path))
    return lambda **asked: run(program, url=f"{service.url}/api/chat", **asked)


def test_a_key_lets_it_in(ask: Ask) -> None:
    _, key = make_client()
    assert ask(key=key)["text"]


def test_a_wrong_key_is_not_tried_again(ask: Ask, service: Service) -> None:
    for how in ({"key": WRONG}, {}):
        error = ask(**how)["error"]
        assert (error["status"], error["code"]) == (401, "unauthenticated")
        assert error["requestId"].startswith("req_")
        assert "key" in error["message"]
    assert service.endings.qsize() == 2


def test_a_token_that_was_refused_is_renewed_once(ask: Ask, service: Service) -> None:
    _, key = make_client()
    heard = ask(tokens=[WRONG, key])
    assert heard["text"]
    assert heard["renewals"] == [False, True]
    heard = ask(tokens=[WRONG, WRONG])
    assert heard["error"]["code"] == "unauthenticated"
    assert heard["renewals"] == [False, True]
    assert service.endings.qsize() == 4


def test_what_a_client_may_not_do_is_told(ask: Ask) -> None:
    _, key = make_client(allowed_models="glm-4.5")
    error = ask(key=key)["error"]
    assert (error["status"], error["code"]) == (403, "not_allowed")


def test_a_limit_says_how_it_stands(ask: Ask) -> None:
    _, key = make_client(requests_per_minute=1)
    error = ask(key=key, times=2)["error"]
    assert (error["status"], error["code"]) == (429, "rate_limited")
    assert 0 < error["retryAfter"] <= 61
    assert error["isFinal"] is False
    [limit] = error["limits"]
    assert (limit["name"], limit["left"]) == ("requests", 0)
    assert 0 < limit["resetsIn"] <= 60


def test_a_budget_that_is_spent_is_final(ask: Ask) -> None:
    _, key = make_client(budget_usd_per_day=Decimal("0.00"))
    error = ask(key=key)["error"]
    assert (error["status"], error["code"]) == (429, "budget_spent")
    assert error["isFinal"] is True
    assert 0 < error["retryAfter"] <= 86_401
