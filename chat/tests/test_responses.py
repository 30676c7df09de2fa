"""An answer under Django's own handler, as its test client uses it."""

import json
from typing import Any

import pytest
from django.test import AsyncClient

from chat.exchange.register import open_exchanges
from chat.requestlog import journal
from chat.tests.frames import DONE, frames
from chat.upstream import client

QUESTION = json.dumps({"messages": [{"role": "user", "content": "Hello"}]})


@pytest.mark.django_db(transaction=True)
async def test_an_answer_streams_without_our_handler(zai: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    response = await AsyncClient().post(
        "/api/chat", QUESTION, content_type="application/json"
    )
    assert response.streaming
    body = b"".join([chunk async for chunk in response])
    assert frames(body)[-1] == DONE
    assert not open_exchanges
    await client.close()
    journal.stop()
