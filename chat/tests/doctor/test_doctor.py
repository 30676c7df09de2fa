"""The doctor, on ways to the service that are well and on ways that are not."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command

from chat.doctor import order, simulated
from chat.doctor.checks import leaving
from chat.doctor.order import Step
from chat.tests.doctor.examining import ALL_OK, by_check, examined, outcomes
from chat.tests.doctor.line import Faults, line
from chat.tests.doctor.nginx import nginx
from chat.tests.e2e.certificate import Certificate
from chat.tests.e2e.process import environment, started
from chat.tests.serving import Service, service_for
from chat.tests.waiting import SECONDS

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("patience")]


@pytest.fixture(autouse=True)
def _heartbeat(settings: Any) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 1


def test_nothing_is_wrong_without_anybody_between(service: Service) -> None:
    report = examined(f"{service.url}/api/chat", origin="https://site.example")
    assert outcomes(report) == {**ALL_OK, "cors": "ok"}
    assert report.exit_status == 0
    found = by_check(report)
    assert found["buffered"].measured["events"] == 13
    assert found["heartbeats"].measured["arrived"] == 3
    assert found["leaving"].measured["in_silence_ms"] is not None


class Ahead:
    """A clock that is a minute and a half ahead."""

    @staticmethod
    def time() -> float:
        return time.time() + AHEAD


AHEAD = 90.0


def test_a_clock_that_is_ahead_changes_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("service", "stream"):
        monkeypatch.setattr(f"chat.doctor.{module}.time", Ahead)
    report = examined(f"{service.url}/api/chat", silence=0)
    assert outcomes(report) == {**ALL_OK, "silence": "skipped", "cors": "skipped"}
    ahead = float(str(report.findings[0].measured["clock_ahead"]))
    assert AHEAD - 2 < ahead < AHEAD + 2


def test_any_worker_tells_what_another_heard(tmp_path: Path, settings: Any) -> None:
    settings.SECRET_KEY = environment(tmp_path)["SECRET_KEY"]
    with started(tmp_path, "uvicorn with workers") as process:
        process.wait_until_it_listens()
        report = examined(f"{process.url}/api/chat", silence=0)
    assert outcomes(report) == {**ALL_OK, "silence": "skipped", "cors": "skipped"}


def test_a_server_that_stops_ends_it(tmp_path: Path, settings: Any) -> None:
    settings.SECRET_KEY = environment(tmp_path)["SECRET_KEY"]
    body = order.encode(order.make([Step("event", 1, 0), Step("event", 1, 60)]))
    with started(tmp_path, CHAT_SHUTDOWN_GRACE_SECONDS="0") as process:
        process.wait_until_it_listens()
        with (
            httpx.Client(timeout=SECONDS, trust_env=False) as client,
            client.stream(
                "POST",
                f"{process.url}/api/chat",
                content=body,
                headers={"Content-Type": "application/json"},
            ) as answer,
        ):
            pieces = answer.iter_bytes()
            assert b"data: " in next(pieces)
            process.popen.terminate()
            with pytest.raises(httpx.RemoteProtocolError):
                list(pieces)
        process.popen.wait(30)
        assert "has ended: shutdown" in process.output


def test_the_command_prints_json_and_exits(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        call_command("doctor", f"{service.url}/api/chat", silence=0, json=True)
    assert exited.value.code == 0
    printed = capsys.readouterr()
    described = json.loads(printed.out)
    assert (described["version"], described["exit_status"]) == (1, 0)
    by_name = {check["check"]: check for check in described["checks"]}
    assert {n: c["outcome"] for n, c in by_name.items()} == {
        **ALL_OK,
        "silence": "skipped",
        "cors": "skipped",
    }
    assert by_name["buffered"]["measured"]["longest_delay"] < 3
    assert "Listening to events" in printed.err


def test_nginx_as_it_is_in_deploy_is_well(service: Service, tmp_path: Path) -> None:
    with nginx(tmp_path, service.url, "proxy_buffering off; gzip off;") as url:
        report = examined(f"{url}/api/chat")
    assert outcomes(report) == {**ALL_OK, "cors": "skipped"}
    assert report.on_the_way == ["nginx"]


def test_it_leaves_tls_as_a_browser_does(
    service: Service, tmp_path: Path, certificate: Certificate
) -> None:
    further = "proxy_buffering off; gzip off;"
    with nginx(tmp_path, service.url, further, certificate) as url:
        report = examined(f"{url}/api/chat", ca=certificate.authority)
    assert outcomes(report) == {**ALL_OK, "cors": "skipped"}
    assert report.findings[0].measured["http2"] is True
    assert "HTTP/2" in report.findings[0].fact


COMPRESSING = "gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any;"
BUFFERING = "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;"


def test_nginx_that_compresses_and_buffers(service: Service, tmp_path: Path) -> None:
    with nginx(tmp_path, service.url, COMPRESSING + BUFFERING) as url:
        report = examined(f"{url}/api/chat", silence=4)
    wrong = ("compressed", "buffered", "headers", "heartbeats")
    assert outcomes(report) == {
        **ALL_OK,
        **dict.fromkeys(wrong, "problem"),
        "cors": "skipped",
    }
    assert report.exit_status == 1
    found = by_check(report)
    assert "all at once" in found["buffered"].fact
    assert all("gzip off;" in found[check].fix for check in wrong)


def test_nginx_that_only_compresses_and_cuts(service: Service, tmp_path: Path) -> None:
    with nginx(tmp_path, service.url, COMPRESSING + "proxy_read_timeout 2s;") as url:
        report = examined(f"{url}/api/chat", silence=5)
    assert outcomes(report) == {
        **ALL_OK,
        "compressed": "warning",
        "silence": "warning",
        "cors": "skipped",
    }
    assert report.exit_status == 0
    silence = by_check(report)["silence"]
    assert 1.5 < float(str(silence.measured["cut_after"])) < 5
    assert "proxy_read_timeout" in silence.fix


def test_what_is_cut_before_the_first_heartbeat(
    service: Service, settings: Any
) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 60
    with line(service.url, Faults(cut_after=2.5)) as url:
        report = examined(f"{url}/api/chat", silence=6)
    found = by_check(report)
    assert found["silence"].outcome == found["heartbeats"].outcome == "problem"
    assert "CHAT_HEARTBEAT_SECONDS below" in found["silence"].fix
    assert report.exit_status == 1


def without_labels(data: bytes) -> bytes:
    """The same length, so that nothing else has to be changed."""
    return data.replace(b"no-transform", b"max-age=0000").replace(
        b"X-Request-ID: ", b"X-Removed-ID: "
    )


def test_what_does_not_hand_on_that_a_caller_left(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "WAIT", 3.0)
    with line(service.url, Faults(deaf=True, change=without_labels)) as url:
        report = examined(f"{url}/api/chat", silence=0)
    found = by_check(report)
    assert found["leaving"].outcome == "problem"
    assert found["leaving"].measured["while_events_flow_ms"] is None
    assert found["intact"].measured["missing"] == ["Cache-Control: no-transform"]
    assert found["buffered"].outcome == "ok"


def test_what_collects_the_whole_answer(service: Service) -> None:
    with line(service.url, Faults(holds=1_000_000)) as url:
        report = examined(f"{url}/api/chat", silence=4)
    found = by_check(report)
    held = [n for n, finding in found.items() if finding.outcome == "problem"]
    assert held == ["buffered", "headers", "heartbeats"]
    assert found["buffered"].measured["groups"] == 1
    assert "Switch off buffering" in found["buffered"].fix


def test_it_speaks_tls(zai: Any, certificate: Certificate, settings: Any) -> None:
    tls = {"ssl_certfile": certificate.chain, "ssl_keyfile": certificate.key}
    with service_for(**tls) as service:
        url = service.url.replace("http:", "https:")
        report = examined(f"{url}/api/chat", silence=0, ca=certificate.authority)
        refused = examined(f"{url}/api/chat", silence=0)
    assert outcomes(report) == {**ALL_OK, "silence": "skipped", "cors": "skipped"}
    assert by_check(report)["reachable"].measured["certificate_days_left"]
    assert by_check(report)["reachable"].measured["http2"] is False
    assert "HTTP/2" not in report.findings[0].fact
    assert outcomes(refused) == {"reachable": "problem"}
    assert "certificate" in refused.findings[0].fact
    assert refused.exit_status == 2


def test_the_simulator_serves_where_the_key_is_not_known(
    service: Service, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHAT_OPEN_AFTER_SECONDS = 1
    monkeypatch.setattr(simulated, "LATE_ANSWER", "sim:slow-headers=4")
    monkeypatch.setattr(simulated, "SILENT", "sim:stall=4@3 sim:events=5")
    report = examined(
        f"{service.url}/api/chat", simulator=True, origin="https://site.example"
    )
    assert outcomes(report) == {
        **ALL_OK,
        "silence": "skipped",
        "leaving": "skipped",
        "cors": "ok",
    }
