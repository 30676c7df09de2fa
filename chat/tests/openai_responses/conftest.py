"""OpenAI's client, and the service as it asks it."""

from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from chat.tests.openai_responses.asking import Asking, asking
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS


@pytest.fixture
def client(service: Service) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=f"{service.url}/v1",
        api_key="unused",
        max_retries=0,
        http_client=openai.DefaultHttpxClient(trust_env=False, timeout=SECONDS),
    ) as made:
        yield made


@pytest.fixture
def post(service: Service) -> Asking:
    return asking(service)
