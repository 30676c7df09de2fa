"""The simulator sees who leaves, and when; it stops without a trace."""

import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import trustme

from chat.simulator import Options, running

from .test_simulator import Caller, calling

pytestmark = pytest.mark.once


@pytest.fixture
def z() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


def all_gone(state: dict[str, Any]) -> bool:
    return bool(state["total"]) and state["open"] == 0


def test_a_request_is_noted(z: Caller) -> None:
    z.ask(request_id="req_noted", stream=True)

    state = z.zai.state()
    (request,) = state["requests"]
    assert (state["open"], state["total"]) == (0, 1)
    assert request["request_id"] == "req_noted"
    assert request["how"] == "completed"
    assert request["stream"] is True
    assert request["status"] == 200
    assert request["started"] <= request["answered"] <= request["ended"]
    assert request["events_sent"] > 10
    assert "authorization" in request["headers_seen"]


def test_the_state_can_be_fetched_and_cleared(z: Caller) -> None:
    z.ask()

    url = f"{z.zai.url}/_simulator"
    assert z.http.get(f"{url}/state").json()["total"] == 1
    empty = {"open": 0, "total": 0, "requests": [], "counts": []}
    assert z.http.post(f"{url}/reset").json() == empty


@pytest.mark.parametrize(
    "text", ["sim:stall=60@1", "sim:rate=5", "sim:trickle=60", "sim:hold-open=60"]
)
def test_leaving_a_stream_is_seen_at_once(z: Caller, text: str) -> None:
    with z.begun(text):
        assert z.zai.state()["open"] == 1
    left = time.time()

    (request,) = z.zai.wait(all_gone)["requests"]

    assert request["how"] == "client_left"
    assert request["ended"] - left < 10


@pytest.mark.parametrize("text", ["sim:silent", "sim:slow-headers=60", "sim:slow=60"])
@pytest.mark.parametrize("stream", [True, False])
def test_leaving_before_any_event_is_seen_at_once(
    z: Caller, text: str, stream: bool
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        z.http.post(z.url, json=z.body(text, stream=stream), timeout=0.1)
    left = time.time()

    (request,) = z.zai.wait(all_gone)["requests"]

    assert request["how"] == "client_left"
    assert request["answered"] is None
    assert request["events_sent"] == 0
    assert request["ended"] - left < 10


def test_a_caller_who_does_not_read_holds_the_stream_up(z: Caller) -> None:
    text = "sim:flood sim:events=200000"
    with z.begun(text):
        assert z.zai.state()["requests"][0]["events_sent"] < 200_000

    (request,) = z.zai.wait(all_gone)["requests"]
    assert request["how"] == "client_left"


def test_a_reset_keeps_what_is_open(z: Caller) -> None:
    z.ask()
    with z.begun("sim:stall=60@1"):
        z.zai.reset()
        assert (z.zai.state()["open"], z.zai.state()["total"]) == (1, 1)


def test_stopping_hangs_up_and_leaves_no_thread() -> None:
    threads = threading.active_count()
    with httpx.Client(trust_env=False) as http:
        with running() as zai:
            z = Caller(zai, http)
            headers = {"Authorization": "Bearer any.key"}
            asked = z.body("sim:stall=60@1", stream=True)
            request = http.build_request("POST", z.url, json=asked, headers=headers)
            response = http.send(request, stream=True)
        with pytest.raises(httpx.RemoteProtocolError):
            response.read()

    assert threading.active_count() == threads


def test_it_serves_over_tls_and_sees_who_leaves(tmp_path: Any) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    pem = tmp_path / "simulator.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(pem))
    options = Options(speed=0, certfile=str(pem), keyfile=str(pem))

    with running(options) as zai:
        assert zai.base_url.startswith("https://")
        context = ssl.create_default_context()
        authority.configure_trust(context)
        headers = {"Authorization": "Bearer any.key"}
        with httpx.Client(verify=context, headers=headers, trust_env=False) as http:
            z = Caller(zai, http)
            with pytest.raises(httpx.HTTPError):
                z.ask("sim:cut=2", stream=True)
            with pytest.raises(httpx.HTTPError):
                z.ask("sim:reset=2", stream=True)
            with pytest.raises(httpx.ReadTimeout):
                http.post(z.url, json=z.body("sim:silent"), timeout=0.2)
            ended = zai.wait(lambda state: state["total"] == 3 and not state["open"])

    assert [request["how"] for request in ended["requests"]] == [
        "failed",
        "failed",
        "client_left",
    ]


def test_a_certificate_that_is_none_is_refused(tmp_path: Any) -> None:
    with pytest.raises(OSError), running(Options(certfile=str(tmp_path / "none.pem"))):
        pass
