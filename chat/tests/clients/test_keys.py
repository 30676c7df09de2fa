"""OpenAI's clients at a service that is locked: `api_key` is the key."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import openai
import pytest
from openai import OpenAI

from chat.tests.clients.ai_sdk import CLIENTS, installed, run
from chat.tests.locked import lock, make_client
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

pytestmark = pytest.mark.once

WRONG = "zc_" + "A" * 43
NOTHING = Decimal("0.00")
HELLO: Any = {"model": "glm-4.6", "messages": [{"role": "user", "content": "Hello"}]}
Connect = Callable[[str], OpenAI]


@pytest.fixture(autouse=True)
def _locked(settings: Any) -> None:
    lock(settings)


@pytest.fixture
def connect(service: Service) -> Iterator[Connect]:
    """Makes a client with a key, which tries again as it does by itself."""
    with openai.DefaultHttpxClient(trust_env=False, timeout=SECONDS) as transport:
        yield lambda key: OpenAI(
            base_url=f"{service.url}/v1", api_key=key, http_client=transport
        )


def count_ended(service: Service) -> int:
    """How many requests the log has had a line of."""
    return service.endings.qsize()


def test_a_right_key_is_answered(connect: Connect) -> None:
    _, key = make_client()
    assert connect(key).chat.completions.create(**HELLO).choices[0].message.content
    assert connect(key).models.list().data


@pytest.mark.parametrize("key", [WRONG, "unused", "sk-proj-1234", "eyJ.eyJ.abc"])
def test_a_wrong_key_raises_and_is_not_tried_again(
    connect: Connect, service: Service, zai: Any, key: str
) -> None:
    before = zai.state()["total"]
    with pytest.raises(openai.AuthenticationError) as raised:
        connect(key).chat.completions.create(**HELLO)
    assert (raised.value.status_code, raised.value.code) == (401, "invalid_api_key")
    assert raised.value.type == "authentication_error"
    assert count_ended(service) == 1
    with pytest.raises(openai.AuthenticationError):
        connect(key).models.list()
    assert zai.state()["total"] == before


def test_a_model_that_is_not_for_the_key_raises(connect: Connect) -> None:
    _, key = make_client(allowed_models="glm-4.5")
    with pytest.raises(openai.PermissionDeniedError) as raised:
        connect(key).chat.completions.create(**HELLO)
    assert (raised.value.code, raised.value.param) == ("not_allowed", "model")


def test_a_budget_that_is_spent_is_not_tried_again(
    connect: Connect, service: Service
) -> None:
    _, key = make_client(budget_usd_per_day=NOTHING)
    with pytest.raises(openai.RateLimitError) as raised:
        connect(key).chat.completions.create(**HELLO)
    assert raised.value.code == "insufficient_quota"
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert count_ended(service) == 1


def test_what_is_left_is_told_in_openais_words(connect: Connect) -> None:
    _, key = make_client(requests_per_minute=2)
    raw = connect(key).chat.completions.with_raw_response.create(**HELLO)
    assert raw.headers["x-ratelimit-limit-requests"] == "2"
    assert raw.headers["x-ratelimit-remaining-requests"] == "1"
    assert raw.headers["x-ratelimit-reset-requests"].endswith("s")


def test_a_limit_is_tried_again_after_a_while(
    connect: Connect, service: Service
) -> None:
    """Somebody else has the client's one place, and leaves once we were refused."""
    _, key = make_client(open_at_once=1)
    said: queue.Queue[Any] = queue.Queue()

    def ask() -> None:
        said.put(connect(key).chat.completions.create(**HELLO))

    body = {"messages": [{"role": "user", "content": "sim:trickle=1"}]}
    with (
        httpx.Client(timeout=SECONDS, trust_env=False) as client,
        client.stream(
            "POST",
            f"{service.url}/api/chat",
            json=body,
            headers={"Authorization": f"Bearer {key}"},
        ) as answer,
    ):
        assert answer.status_code == 200
        asking = threading.Thread(target=ask)
        asking.start()
        assert service.ended().ending == "refused"
    assert said.get(timeout=SECONDS).choices[0].message.content
    asking.join(SECONDS)


def test_langchain(service: Service) -> None:
    from langchain_openai import ChatOpenAI

    _, key = make_client()
    with httpx.Client(trust_env=False, timeout=SECONDS) as transport:

        def ask(key: str) -> Any:
            # It has another name for type checkers.
            model: Any = ChatOpenAI
            url = f"{service.url}/v1"
            made = model(
                model="glm-4.6", base_url=url, api_key=key, http_client=transport
            )
            return made.invoke("Hello").content

        assert ask(key)
        with pytest.raises(openai.AuthenticationError):
            ask(WRONG)


def test_litellm(service: Service) -> None:
    _, key = make_client()
    done = subprocess.run(
        [sys.executable, CLIENTS / "litellm_keys.py", f"{service.url}/v1", key, WRONG],
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    words, raised = msgspec.json.decode(done.stdout.splitlines()[-1])
    assert len(words.split()) > 3
    assert raised == "AuthenticationError"


def test_openai_for_node(service: Service) -> None:
    program = installed("openai-node") / "ask.mjs"

    def ask(key: str) -> Any:
        return run(program, url=f"{service.url}/v1", key=key)

    _, key = make_client()
    assert ask(key)["text"]
    refused = ask(WRONG)
    assert refused["error"]["name"] == "AuthenticationError"
    assert (refused["error"]["code"], refused["tries"]) == ("invalid_api_key", 1)
    _, poor = make_client("poor", budget_usd_per_day=NOTHING)
    spent = ask(poor)
    assert spent["error"]["name"] == "RateLimitError"
    assert (spent["error"]["code"], spent["tries"]) == ("insufficient_quota", 1)


def test_the_ai_sdks_provider(service: Service, client: Path) -> None:
    def ask(key: str) -> Any:
        program = client / "provider.mjs"
        return run(program, url=f"{service.url}/v1", text="Hello", key=key)

    _, key = make_client()
    assert ask(key)["text"]
    [error] = ask(WRONG)["errors"]
    assert (error["statusCode"], error["isRetryable"]) == (401, False)
