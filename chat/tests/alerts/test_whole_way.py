"""From what goes wrong to the one who is told, over real HTTP."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db.models import F

from chat.models import Alert
from chat.tests.alerts.receiver import Receiver
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.requestlog.processes import quick_process
from chat.tests.serving import Service, service_for
from chat.tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def an_hour_passes() -> None:
    """What was seen was seen an hour ago."""
    ago = timedelta(hours=1)
    Alert.objects.update(began_at=F("began_at") - ago, seen_at=F("seen_at") - ago)


def untold(service: Service) -> list[str]:
    answer = httpx.get(f"{service.url}/health/ready", trust_env=False).json()
    said: list[str] = answer["alerts"]
    return said


def test_a_refused_account_is_told_once_and_once_when_it_is_over(
    zai: Any, receiver: Receiver
) -> None:
    with service_for() as service:
        for _ in range(3):
            service.post("sim:error=1113 my secret question")
        told = receiver.told()
        assert (told["alert"], told["state"]) == ("account", "begun")
        assert told["title"] == "Z.AI refuses the account"
        assert "no balance" in told["text"] and "1113" in told["text"]
        assert "secret" not in str(told)
        all_closed(3)

        service.post("Hello", model="glm-4.5")  # the gate to the other is shut
        all_closed(4)
        # Again and again: a look that had begun before may have seen it once more.
        eventually(lambda: an_hour_passes() or receiver.has_more)
        told = receiver.told()
        assert (told["alert"], told["state"]) == ("account", "over")
        assert re.fullmatch(r"It lasted \d+ h \d+ min\.", told["text"])
        assert untold(service) == []
    assert not receiver.has_more


def test_what_could_not_be_told_is_tried_again_and_said(
    zai: Any, receiver: Receiver
) -> None:
    receiver.status = 503
    with service_for() as service:
        service.post("sim:error=1002")
        receiver.told()
        eventually(lambda: untold(service))
        said = untold(service)
        assert said == [
            "An alert could not be sent (Z.AI refuses the account): 127.0.0.1 answered"
            " 503; it is tried again."
        ]
        receiver.status = 200
        Alert.objects.update(next_try_at=F("began_at"))
        assert receiver.told()["state"] == "begun"
        eventually(lambda: not untold(service))


def test_without_an_address_nobody_looks(zai: Any) -> None:
    with service_for() as service:
        service.post("sim:error=1002")
        all_closed(1)
        assert untold(service) == []
    assert not Alert.objects.exists()


@pytest.mark.once
def test_several_processes_tell_it_once(
    zai: Any, receiver: Receiver, tmp_path: Any
) -> None:
    variables = {"ALERT_WEBHOOK_URL": receiver.url, "ALERT_USD_PER_DAY": "0.000001"}
    with quick_process(tmp_path / "a", zai, workers=3, **variables) as process:
        told = []
        # Of two models, for the gate to the first is shut by its refusal.
        for model, text in (("glm-4.6", "sim:error=1002"), ("glm-4.5", "Hello")):
            asked = {"model": model, "messages": [{"role": "user", "content": text}]}
            httpx.post(
                f"{process.url}/api/chat",
                json=asked,
                timeout=60,
                trust_env=False,
            )
            told.append(receiver.told()["alert"])
        eventually(lambda: not Alert.objects.filter(begin_told_at=None).exists())
        process.end()
    assert told == ["account", "spending"]
    assert not receiver.has_more
