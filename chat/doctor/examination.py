"""All checks, those at the same time that do not disturb each other."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from chat.doctor import order
from chat.doctor.arrivals import READABLE
from chat.doctor.asker import Asker
from chat.doctor.checks import headers, heartbeats, leaving, pace, silence
from chat.doctor.checks.access import access
from chat.doctor.checks.cors import cors
from chat.doctor.checks.reachable import reachable
from chat.doctor.events import compare
from chat.doctor.finding import Finding, Outcome
from chat.doctor.hops import hops
from chat.upstream import plan

Say = Callable[[str], None]

SAY_EVERY = 10.0


@dataclass(frozen=True)
class Report:
    url: str
    on_the_way: list[str]
    findings: list[Finding]

    @property
    def exit_status(self) -> int:
        """0: all is well. 1: there are problems. 2: it could not be examined."""
        outcomes = [finding.outcome for finding in self.findings]
        if self.findings[0].outcome is Outcome.PROBLEM:
            return 2
        if Outcome.PROBLEM in outcomes:
            return 1
        return 2 if Outcome.UNKNOWN in outcomes else 0


async def examine(asker: Asker, asked_silence: float, say: Say) -> Report:
    """Examine what `asker` reaches; `say` is told how far it is."""
    say(f"Looking for the service at {asker.url} ...")
    found, said = await reachable(asker)
    if said is None:
        return Report(str(asker.url), [], [found])
    say("Listening to events ...")
    paced = await asker.play(order.make(pace.STEPS))
    compare(asker.clocks, paced)
    if paced.encoding not in READABLE:
        asker.understand_only_gzip()
    held = pace.buffered(paced, asker.clocks)
    findings = [found, pace.compressed(paced, held), held, headers.intact(paced)]
    rest = await asyncio.gather(
        _headers(asker),
        _heartbeats(asker, asked_silence, said["heartbeat"]),
        _silence(asker, asked_silence, said["heartbeat"]),
        leaving.leaving(asker),
        cors(asker, paced),
        access(asker),
        _progress(asked_silence, say),
    )
    findings += [finding for finding in rest if finding]
    if said.get("coding_plan"):
        findings.append(Finding("plan", Outcome.WARNING, plan.SENTENCE, plan.REMEDY))
    return Report(str(asker.url), hops(paced.headers), findings)


async def _headers(asker: Asker) -> Finding:
    arrivals = await asker.play(order.make(headers.STEPS))
    compare(asker.clocks, arrivals)
    return headers.headers(arrivals, asker.clocks)


async def _heartbeats(asker: Asker, length: float, heartbeat: float) -> Finding:
    steps = heartbeats.steps(length, heartbeat)
    arrivals = await asker.play(order.make(steps))
    return heartbeats.heartbeats(arrivals, steps[1], asker.clocks)


async def _silence(asker: Asker, length: float, heartbeat: float) -> Finding:
    if not length:
        fact = "not examined: --silence 0"
        return Finding("silence", Outcome.SKIPPED, fact)
    arrivals = await asker.play(order.make(silence.steps(length)))
    return silence.silence(arrivals, asker.clocks, length, heartbeat)


async def _progress(length: float, say: Say) -> None:
    left = max(length, 3)
    say(f"Headers, heartbeats, silence and leaving, all at once: {left:g} s ...")
    while left > SAY_EVERY:
        await asyncio.sleep(SAY_EVERY)
        left -= SAY_EVERY
        say(f"... {left:g} s")
