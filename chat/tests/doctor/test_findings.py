"""What is said of what was measured."""

import gzip
from typing import Any

import msgspec
import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from chat.doctor.arrivals import Arrivals
from chat.doctor.checks import cors, heartbeats, leaving, pace, silence
from chat.doctor.checks.leaving import Left
from chat.doctor.clock import Clocks
from chat.doctor.events import events
from chat.doctor.examination import Report
from chat.doctor.finding import Finding, Outcome
from chat.doctor.hops import hops
from chat.doctor.report import as_text

AHEAD = 100.0  # seconds the service's clock is ahead


def clocks() -> Clocks:
    made = Clocks()
    made.compare("h", 10, 10.2 + AHEAD, 10.2 + AHEAD, 10.4)
    made.compare("h", 20, 20.01 + AHEAD, 20.51 + AHEAD, 20.52)
    return made


def event(number: int, sent: float) -> bytes:
    head = {"host": "h", "number": number, "received": AHEAD, "began": AHEAD}
    fields = {"diagnosis": {**head, "sent": sent + AHEAD}}
    return b"data: " + msgspec.json.encode(fields) + b"\n\n"


def stream(*pieces: tuple[float, bytes], **headers: str) -> Arrivals:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Arrivals(
        asked=0.0,
        answered=0.01,
        ended=max([0.01, *(at for at, _ in pieces)]),
        status=200,
        headers=CIMultiDictProxy(
            CIMultiDict({"Content-Type": "text/event-stream", **named})
        ),
        pieces=list(pieces),
    )


def test_the_shortest_round_trip_tells_the_clock() -> None:
    offset = clocks().offset("h")
    assert offset.seconds == pytest.approx(AHEAD)
    assert offset.error == pytest.approx(0.01)
    assert clocks().offset("another") == offset


def test_events_that_come_as_sent() -> None:
    came = [(n / 4 + 0.01, event(n, n / 4)) for n in range(13)]
    found = pace.buffered(stream(*came), clocks())
    assert found.outcome == "ok"
    assert found.measured["longest_delay"] == pytest.approx(0.01)


def test_events_in_lumps() -> None:
    came = [((n // 6) * 1.5 + 1.5, event(n, n / 4)) for n in range(13)]
    found = pace.buffered(stream(*came), clocks())
    assert found.outcome == "problem"
    assert found.measured["groups"] == 3


def test_frames_may_be_cut_anywhere_and_compressed() -> None:
    packed = gzip.compress(event(0, 0.0) + event(1, 0.1))
    pieces = [(n / 100, packed[n : n + 1]) for n in range(len(packed))]
    arrivals = stream(*pieces, content_encoding="gzip")
    assert [seen.sent for seen in events(arrivals, clocks())] == pytest.approx([0, 0.1])


@pytest.mark.parametrize(("every", "outcome"), [(0.25, "ok"), (0.0, "problem")])
def test_what_cannot_be_read_is_judged_by_its_pieces(
    every: float, outcome: str
) -> None:
    pieces = [(n * every, b"\x8b") for n in range(13)]
    found = pace.buffered(stream(*pieces, content_encoding="br"), clocks())
    assert found.outcome == outcome


def test_a_proxy_that_answers_for_a_silent_service_has_cut() -> None:
    answer = Arrivals(asked=0, answered=30, ended=30, status=504)
    found = silence.silence(answer, clocks(), asked=40, heartbeat=10)
    assert (found.outcome, found.measured["cut_after"]) == ("warning", 30)


def test_what_is_held_back_until_the_cut_was_silent_before() -> None:
    held = stream((30.0, event(0, 0.0)))
    held.broke = "the connection was closed"
    found = silence.silence(held, clocks(), asked=40, heartbeat=10)
    assert found.measured["cut_after"] == pytest.approx(30)


def test_a_refusal_is_no_cut() -> None:
    refused = Arrivals(asked=0, answered=0.1, ended=0.1, status=503)
    found = silence.silence(refused, clocks(), asked=40, heartbeat=10)
    assert found.outcome == "unknown"
    step = heartbeats.steps(40, 10)[1]
    assert heartbeats.heartbeats(refused, step, clocks()).outcome == "unknown"


@pytest.mark.parametrize(
    ("length", "beat", "every", "count"),
    [(40, 10, 10, 4), (40, 60, 20, 2), (0, 10, 1, 2), (5, 1, 1, 5)],
)
def test_heartbeats_are_as_the_service_would_send_them(
    length: float, beat: float, every: float, count: int
) -> None:
    step = heartbeats.steps(length, beat)[1]
    assert (step.every, step.count) == (every, count)


def test_heartbeats_that_something_eats() -> None:
    done = b'data: {"data": "[DONE]"}\n\n'
    arrivals = stream((0.0, event(0, 0)), (2.0, event(1, 2) + done))
    found = heartbeats.heartbeats(arrivals, heartbeats.steps(2, 1)[1], clocks())
    assert found.outcome == "problem"
    assert "colon" in found.fix


LEFT = stream((0.0, event(0, 0)))


@pytest.mark.parametrize(
    ("flowing", "silent", "outcome"),
    [
        (0.01, 0.02, "ok"),
        (3.0, 0.02, "warning"),
        (0.01, None, "warning"),
        (None, 0.02, "problem"),
    ],
)
def test_how_soon_the_service_hears(
    flowing: float | None, silent: float | None, outcome: str
) -> None:
    found = leaving.judge(Left(flowing, True, LEFT), Left(silent, True, LEFT), 0.0)
    assert found.outcome == outcome


def test_a_stream_that_never_was_cannot_be_left() -> None:
    never = Left(None, False, Arrivals(broke="reset"))
    assert leaving.judge(never, never, 0.0).outcome == "unknown"


ORIGIN = "https://site.example"
ALLOWED = {
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "content-type",
    "Access-Control-Expose-Headers": "X-Request-ID, Retry-After",
}


@pytest.mark.parametrize(
    ("changes", "outcome", "fact"),
    [
        ({}, "ok", "may ask"),
        ({"Access-Control-Allow-Origin": "*"}, "ok", "may ask"),
        ({"Access-Control-Allow-Origin": "https://x.y"}, "problem", "https://x.y"),
        ({"Access-Control-Allow-Origin": f"{ORIGIN}, *"}, "problem", "once"),
        ({"Access-Control-Allow-Methods": "GET"}, "problem", "POST"),
        ({"Access-Control-Allow-Headers": ""}, "problem", "CONTENT-TYPE"),
        ({"Access-Control-Expose-Headers": ""}, "warning", "X-Request-ID"),
    ],
)
def test_what_browsers_allow(changes: Any, outcome: str, fact: str) -> None:
    answer = Arrivals(
        status=200, headers=CIMultiDictProxy(CIMultiDict({**ALLOWED, **changes}))
    )
    found = cors.judge(answer, answer, ORIGIN)
    assert found.outcome == outcome
    assert fact in found.fact


def test_a_preflight_that_is_redirected() -> None:
    preflight = Arrivals(status=302)
    assert "302" in cors.judge(preflight, preflight, ORIGIN).fact


BOTH = ["Caddy", "Varnish"]


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        ({"Server": "nginx/1.22.1"}, ["nginx"]),
        ({"Server": "cloudflare", "CF-Ray": "8a"}, ["Cloudflare"]),
        ({"Server": "nginx", "X-Powered-By": "Next.js"}, ["nginx", "Next.js"]),
        ({"Server": "uvicorn"}, []),
        ([("Server", "uvicorn"), ("Server", "Caddy")], ["Caddy"]),
        ({"Via": "1.1 my.site (Apache/2.4.71)", "Server": "uvicorn"}, ["Apache"]),
        ([("Via", "1.1 varnish (Varnish/7.1)"), ("Via", "2.0 Caddy")], BOTH),
    ],
)
def test_who_is_on_the_way(headers: Any, names: list[str]) -> None:
    assert hops(CIMultiDictProxy(CIMultiDict(headers))) == names


def finding(check: str, outcome: Outcome, fix: str = "") -> Finding:
    return Finding(check, outcome, f"what {check} measured", fix)


def test_a_report_for_people() -> None:
    found = [
        finding("reachable", Outcome.OK),
        finding("buffered", Outcome.PROBLEM, "gzip off;"),
        finding("headers", Outcome.PROBLEM, "gzip off;"),
        finding("silence", Outcome.UNKNOWN),
        finding("cors", Outcome.SKIPPED),
    ]
    report = Report("https://my.site/api/chat", ["nginx"], found)
    assert report.exit_status == 1
    assert as_text(report).splitlines() == [
        "ok       reachable   what reachable measured",
        "PROBLEM  buffered    what buffered measured",
        "                     gzip off;",
        "PROBLEM  headers     what headers measured",
        "                     As for `buffered`.",
        "unknown  silence     what silence measured",
        "-        cors        what cors measured",
        "",
        "On the way: nginx. 2 problems found.",
        "Run this against each hop, from the service outwards, to see who it is.",
    ]


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (["ok", "ok"], 0),
        (["ok", "warning", "skipped"], 0),
        (["ok", "problem", "unknown"], 1),
        (["ok", "unknown"], 2),
        (["problem"], 2),
    ],
)
def test_the_exit_status(outcomes: list[str], status: int) -> None:
    found = [finding("any", Outcome(outcome)) for outcome in outcomes]
    assert Report("", [], found).exit_status == status
