"""The same without the SECRET_KEY, where the simulator answers: by its words.

It says when events come, not when they were sent, and not who was heard leaving.
"""

import asyncio
from typing import Any

import msgspec

from chat.doctor.arrivals import Arrivals
from chat.doctor.asker import Asker
from chat.doctor.checks import headers, pace
from chat.doctor.checks.access import access
from chat.doctor.checks.cors import cors
from chat.doctor.checks.foreign import foreign
from chat.doctor.checks.pace import LATE, SLOW
from chat.doctor.checks.reachable import HTTP2, unreached
from chat.doctor.events import Event
from chat.doctor.examination import Report, Say
from chat.doctor.finding import Finding, Outcome, seconds, unknown
from chat.doctor.hops import hops, remedy
from chat.protocols.sse import HEARTBEAT

EVERY, COUNT = 0.25, 13
PACED = f"sim:trickle={EVERY} sim:events={COUNT}"
# Longer than CHAT_OPEN_AFTER_SECONDS and CHAT_HEARTBEAT_SECONDS usually are
SLOW_ANSWER, SILENCE = 8, 25
LATE_ANSWER = f"sim:slow-headers={SLOW_ANSWER}"
SILENT = f"sim:stall={SILENCE}@3 sim:events=5"
MOST_TOKENS = 300  # should it be no simulator


async def examine_simulated(asker: Asker, say: Say) -> Report:
    say(f"Looking for the simulator behind {asker.url} ...")
    if found := await unreached(asker):
        return Report(str(asker.url), [], [found])
    answer = await _ask(asker, "sim:echo", stream=False)
    if not _is_simulated(answer):
        return Report(str(asker.url), [], [_no_simulator(answer)])
    took = (answer.answered or answer.ended) - answer.asked
    fact = f"the service answers in {seconds(took)}, from the simulator"
    if asker.http2:
        fact += f", {HTTP2}"
    say("Listening to events ...")
    paced = await _ask(asker, PACED)
    held = _buffered(paced)
    findings = [
        Finding("reachable", Outcome.OK, fact, measured={"http2": asker.http2}),
        pace.compressed(paced, held),
        held,
        headers.intact(paced),
    ]
    say(f"Late headers and heartbeats, at the same time: {SILENCE} s ...")
    late, silent, allowed, locked = await asyncio.gather(
        _ask(asker, LATE_ANSWER),
        _ask(asker, SILENT),
        cors(asker, paced),
        access(asker),
    )
    findings += [
        _headers(late),
        _heartbeats(silent),
        *(_not_here(check) for check in ("silence", "leaving")),
        allowed,
        locked,
    ]
    return Report(str(asker.url), hops(paced.headers), findings)


async def _ask(asker: Asker, words: str, stream: bool = True) -> Arrivals:
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": words}],
        "stream": stream,
        "max_tokens": MOST_TOKENS,
        "thinking": {"type": "disabled"},
        "store": False,
    }
    limit = SILENCE + asker.patience
    return await asker.post(msgspec.json.encode(body), limit)


def _is_simulated(answer: Arrivals) -> bool:
    """The simulator shows the request as it got it; a model would talk about it."""
    try:
        completion = msgspec.json.decode(answer.body)
        said = str(completion["choices"][0]["message"]["content"])
        shown = msgspec.json.decode(said.strip().strip("`").removeprefix("json"))
        return bool(shown["messages"][-1]["content"] == "sim:echo")
    except (msgspec.DecodeError, UnicodeError, TypeError, LookupError):
        return False


def _no_simulator(answer: Arrivals) -> Finding:
    if answer.status == 200 and b'"choices"' in answer.body:
        fact = "the service answers, but not from the simulator"
        fix = "Nothing more was asked, for it costs tokens. Run it without --simulator."
        return Finding("reachable", Outcome.PROBLEM, fact, fix)
    return foreign(answer)


def _said(arrivals: Arrivals) -> list[float]:
    """When the words came."""
    return [
        frame.at
        for frame in arrivals.frames()
        if frame.fields and frame.fields.get("choices")
    ]


def _buffered(arrivals: Arrivals) -> Finding:
    """Sent at a known pace: late is what came later than the promptest allows for."""
    times = _said(arrivals)
    if len(times) < COUNT:
        reason = arrivals.other_answer or arrivals.broke
        return unknown("buffered", f"not all events came: {reason}")
    times = times[:COUNT]  # the finish reason follows the last word at once
    begin = min(at - number * EVERY for number, at in enumerate(times))
    seen = [Event(begin + number * EVERY, at) for number, at in enumerate(times)]
    return pace.judge(seen, arrivals, 0.0)


def _headers(arrivals: Arrivals) -> Finding:
    """The stream is opened before the answer is there."""
    times = _said(arrivals)
    if not times or not arrivals.answered:
        reason = arrivals.other_answer or arrivals.broke
        return unknown("headers", f"no stream came: {reason}")
    before = times[0] - arrivals.answered
    measured = {"before_first_event": round(before, 3)}
    if before >= LATE:
        fact = f"the headers arrived {seconds(before)} before a late first event"
        return Finding("headers", Outcome.OK, fact, measured=measured)
    fact = "the headers arrived only with the first event, which was late"
    fix = remedy("headers", hops(arrivals.headers))
    return Finding("headers", Outcome.PROBLEM, fact, fix, measured)


def _heartbeats(arrivals: Arrivals) -> Finding:
    came = arrivals.comments(HEARTBEAT)
    measured = {"arrived": len(came), "groups": len({round(at) for at in came})}
    if not arrivals.is_whole:
        lasted = arrivals.ended - arrivals.last_sign
        fact = f"{len(came)} arrived; cut after {seconds(lasted)} of silence"
        fix = remedy("silence", hops(arrivals.headers))
        return Finding("heartbeats", Outcome.PROBLEM, fact, fix, measured)
    fact = f"{len(came)} arrived in {SILENCE} s of silence"
    if came and _said(arrivals)[-1] - came[0] >= SLOW:
        return Finding("heartbeats", Outcome.OK, fact, measured=measured)
    if came:
        fact += ", and only when it was over"
    fix = remedy("buffered", hops(arrivals.headers))
    if not came:
        fix += " Or CHAT_HEARTBEAT_SECONDS is longer than that."
    return Finding("heartbeats", Outcome.PROBLEM, fact, fix, measured)


def _not_here(check: str) -> Finding:
    fact = "not examined: the simulator cannot tell, it needs the SECRET_KEY"
    return Finding(check, Outcome.SKIPPED, fact)
