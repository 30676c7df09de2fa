"""Who may have the service play a stream, and how much of it."""

import json
from typing import Any

import httpx
import msgspec
import pytest
from django.core.signing import Signer

from chat.doctor import order
from chat.doctor.order import Order, Step
from chat.doctor.stream import MOST_OPEN, open_streams
from chat.models import Diagnosis, RequestLog
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS, eventually

SHORT = (Step("event", 3, 0.01), Step("heartbeat", 1, 0.01))
LONG = (Step("event", 1, 0), Step("event", 1, 60))


def send(service: Service, body: bytes, path: str = "/api/chat") -> httpx.Response:
    return httpx.post(
        f"{service.url}{path}",
        content=body,
        headers={"Content-Type": "application/json"},
        timeout=SECONDS,
        trust_env=False,
    )


def as_any_other(answer: httpx.Response, service: Service) -> bool:
    """Whether it is what a body without messages gets, to the last header."""
    other = send(service, b'{"model":"glm-4.6"}')
    assert other.status_code == 400
    return _without_ids(answer) == _without_ids(other)


def _without_ids(answer: httpx.Response) -> Any:
    body = answer.json()
    identity = body["error"].pop("request_id")
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name != "date" and value != identity
    }
    return answer.status_code, body, headers


def signed(fields: Any, **signer: Any) -> bytes:
    token = Signer(**{"salt": "chat.doctor", **signer}).sign_object(fields)
    return json.dumps({"diagnosis": token}).encode()


def fields(*steps: Step, **changes: Any) -> dict[str, Any]:
    return {**msgspec.to_builtins(order.make(steps)), **changes}


def test_a_signed_order_is_played(service: Service) -> None:
    answer = send(service, order.encode(order.make(SHORT)))
    assert answer.status_code == 200
    assert answer.text.count("data: ") == 4
    assert answer.text.count(": keep-alive") == 1


def test_an_order_that_begins_at_once_begins_with_its_event(service: Service) -> None:
    answer = send(service, order.encode(order.make([Step("event", 1, 0)])))
    assert answer.text.startswith("data: ")


REFUSED = {
    "not signed": lambda: b'{"diagnosis": "abc"}',
    "signed with another key": lambda: signed(fields(*SHORT), key="another"),
    "signed for something else": lambda: signed(fields(*SHORT), salt="sessions"),
    "not text": lambda: b'{"diagnosis": 5}',
    "too old": lambda: signed(fields(*SHORT, at=order.make().at - 130)),
    "of the future": lambda: signed(fields(*SHORT, at=order.make().at + 130)),
    "too many seconds": lambda: signed(fields(Step("event", 2, 331))),
    "too many frames": lambda: signed(fields(*[Step("event", 251, 0)] * 2)),
    "too many steps": lambda: signed(fields(*[Step("event", 1, 0)] * 9)),
    "negative": lambda: signed(
        fields(steps=[{"what": "event", "count": 1, "every": -1}])
    ),
    "not a number": lambda: signed(
        fields(steps=[{"what": "event", "count": 1, "every": float("nan")}])
    ),
    "of unknown frames": lambda: signed(
        fields(steps=[{"what": "bomb", "count": 1, "every": 1}])
    ),
    "with a strange nonce": lambda: signed(fields(*SHORT, nonce="'; --")),
    "too large": lambda: order.encode(order.make(SHORT)) + b" " * 5000,
}


def test_any_other_is_refused_as_any_body(service: Service) -> None:
    noticed = [
        name
        for name, body in REFUSED.items()
        if not as_any_other(send(service, body()), service)
    ]
    assert noticed == []
    assert not Diagnosis.objects.exists()


def test_an_altered_order_is_refused(service: Service) -> None:
    token = json.loads(order.encode(order.make(SHORT)))["diagnosis"]
    other = json.loads(order.encode(order.make(LONG)))["diagnosis"]
    altered = f"{other.rpartition(':')[0]}:{token.rpartition(':')[2]}"
    body = json.dumps({"diagnosis": altered}).encode()
    assert as_any_other(send(service, body), service)


def test_an_order_is_played_once(service: Service) -> None:
    for steps in (SHORT, ()):
        body = order.encode(order.make(steps))
        assert send(service, body).status_code == 200
        assert as_any_other(send(service, body), service)


def test_the_longest_order_is_within_bounds() -> None:
    longest = order.make([Step("event", 1, order.MOST_SECONDS)])
    assert order.read(order.encode(longest)) == longest


def open_stream(client: httpx.Client, service: Service) -> httpx.Response:
    request = client.build_request(
        "POST",
        f"{service.url}/api/chat",
        content=order.encode(order.make(LONG)),
        headers={"Content-Type": "application/json"},
    )
    return client.send(request, stream=True)


def test_only_a_few_are_open_at_once_and_leaving_frees_them(service: Service) -> None:
    with httpx.Client(timeout=SECONDS, trust_env=False) as client:
        opened = [open_stream(client, service).status_code for _ in range(MOST_OPEN)]
        assert opened == [200] * MOST_OPEN
        refused = open_stream(client, service)
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
    eventually(lambda: not open_streams)
    ended = Diagnosis.objects.filter(how="left", ended_at__isnull=False)
    eventually(lambda: ended.count() == MOST_OPEN)


def test_it_needs_no_key_and_leaves_no_row(service: Service, settings: Any) -> None:
    settings.ZAI_API_KEY = ""
    assert send(service, order.encode(order.make(SHORT))).status_code == 200
    assert service.post().status_code == 500
    eventually(lambda: RequestLog.objects.count() == 1)


def test_the_token_is_not_logged(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    asked = order.make(SHORT)
    body = order.encode(asked)
    with caplog.at_level("DEBUG"):
        send(service, body)
        send(service, body)
        eventually(lambda: "has ended: delivered" in caplog.text)
    token = json.loads(body)["diagnosis"]
    assert token not in caplog.text
    assert asked.nonce not in caplog.text
    assert "asked for again" in caplog.text


def test_on_the_wire_it_is_a_streamed_answer(service: Service) -> None:
    real = service.post("sim:events=2")
    played = send(service, order.encode(order.make(SHORT)))
    assert _kinds(played) == _kinds(real)
    assert real.text.startswith("data: ")
    assert played.text.startswith(": open\n\ndata: ")  # it is waited for
    assert played.text.endswith('data: {"data": "[DONE]"}\n\n')
    first = json.loads(played.text.split("\n\n")[1].removeprefix("data: "))
    assert first["choices"][0]["delta"] and first["model"] and first["created"]


def _kinds(answer: httpx.Response) -> dict[str, str]:
    own = {"date", "x-request-id"}
    return {name: v for name, v in answer.headers.items() if name not in own}


def test_what_became_of_an_order_is_told(service: Service) -> None:
    played = order.make(SHORT)
    send(service, order.encode(played))
    ended = Diagnosis.objects.filter(how="delivered")
    eventually(ended.exists)
    look = send(service, order.encode(order.make(about=played.nonce)))
    head = look.json()["diagnosis"]
    assert head["about"]["how"] == "delivered"
    assert head["received"] - SECONDS < head["about"]["ended"] <= head["sent"]
    unknown = send(service, order.encode(Order("0" * 32, played.at, (), "1" * 32)))
    assert unknown.json()["diagnosis"]["about"] is None


def test_rows_of_the_past_are_deleted(service: Service) -> None:
    send(service, order.encode(order.make(SHORT)))
    past = Diagnosis.objects.get().began_at.replace(year=2020)
    Diagnosis.objects.update(began_at=past)
    send(service, order.encode(order.make()))
    assert Diagnosis.objects.get().began_at != past


def test_it_is_known_at_every_path_of_a_conversation(service: Service) -> None:
    body = order.encode(order.make(SHORT))
    assert send(service, body, "/v1/chat/completions").text.count("data: ") == 4
