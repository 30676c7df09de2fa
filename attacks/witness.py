"""Honest callers beside an attack: `python -m attacks.witness …`, a process of its own.

Ten streams are open as long as the attack lasts; one newcomer after another asks a
question; `/health/live` is asked ten times a second. It says `ready` when all streams
flow, ends them at a line on its standard input, and prints what it saw as JSON.

Each event says when it was sent, so what is measured is the way through the service
alone. One more stream is read straight from Z.AI's stand-in: how late that is, is the
machine's doing and not the service's. So is the time for which the service had work and
no processor, which Linux tells (/proc/PID/schedstat).
"""

import argparse
import asyncio
import bisect
import json
import re
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from attacks.waiting import SAMPLE_SECONDS, Waiting
from attacks.wire import Hung, connected, get, post, send

SENT = re.compile(rb"sent:([\d.]+);")
HONEST = "127.0.0.1"
NEWCOMER_SECONDS = 0.5
LIVE_SECONDS = 0.1
PATIENCE = 10.0
ENDS = (b'data: {"data": "[DONE]"}', b"data: [DONE]")


@dataclass
class Seen:
    """What one honest caller met with. `stall` is in seconds, the machine's taken off.

    `last` is when its answer ended, by the monotonic clock that all processes share.
    """

    kind: str
    id: str | None = None
    status: int | None = None
    whole: bool = False
    stall: float = 0.0
    last: float = 0.0
    error: str = ""


class Witness:
    def __init__(self, options: argparse.Namespace) -> None:
        self.port: int = options.port
        self.zai: int = options.zai
        self.run: str = options.run
        self.streams: int = options.streams
        self.newcomers: bool = options.newcomers
        self.seen: list[Seen] = []
        self.late: list[tuple[float, float, Seen | None]] = []
        self.slowest_live = 0.0
        self.silent_live: list[str] = []
        self.lives = 0
        self.waiting = Waiting(options.pids)
        self._over = asyncio.Event()
        self._flowing = 0
        self._all_flow = asyncio.Event()

    async def testify(self) -> dict[str, Any]:
        watching = asyncio.create_task(self.waiting.watch())
        streams = [asyncio.create_task(self._stream()) for _ in range(self.streams)]
        control = asyncio.create_task(self._read(self.zai, "control", None))
        async with asyncio.timeout(30):
            await self._all_flow.wait()
        others = [asyncio.create_task(self._ask_for_life())]
        if self.newcomers:
            others.append(asyncio.create_task(self._newcomers()))
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        self._over.set()
        await asyncio.gather(*others)
        await send(self.zai, get(f"/finish/{self.run}"), method="GET", source=HONEST)
        await asyncio.wait([*streams, control], timeout=PATIENCE)
        for task in (*streams, control, watching):
            task.cancel()
        await asyncio.wait([*streams, control, watching])
        self._judge()
        return {
            "seen": [asdict(seen) for seen in self.seen],
            "lives": self.lives,
            "slowest_live": self.slowest_live,
            "silent_live": self.silent_live,
        }

    async def _stream(self) -> None:
        seen = Seen("stream")
        self.seen.append(seen)
        try:
            await self._read(self.port, "stream", seen)
        except asyncio.CancelledError:
            seen.error = "it never ended"
        except (OSError, Hung, asyncio.IncompleteReadError) as error:
            seen.error = f"{type(error).__name__} {error}"
        seen.last = time.monotonic()

    async def _read(self, port: int, kind: str, seen: Seen | None) -> None:
        body = json.dumps(
            {"messages": [{"role": "user", "content": f"zai:honest={self.run}"}]}
        ).encode()
        async with connected(port, source=HONEST) as line:
            await line.send(post("/api/chat", body))
            status, headers = await line.head()
            if seen:
                seen.status, seen.id = status, headers.get("x-request-id")
            ended = b""
            flowing = False
            async for piece in line.pieces():
                now = time.monotonic()
                for sent in SENT.findall(piece):
                    self.late.append((now, now - float(sent), seen))
                    if seen and not flowing:
                        flowing = True
                        self._flows()
                ended = piece[-200:]
        if seen:
            seen.whole = any(end in ended for end in ENDS) and b'"error"' not in ended

    def _flows(self) -> None:
        self._flowing += 1
        if self._flowing == self.streams:
            self._all_flow.set()

    async def _newcomers(self) -> None:
        body = json.dumps(
            {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
        ).encode()
        while not self._over.is_set():
            seen = Seen("newcomer")
            started = time.monotonic()
            try:
                answer = await send(
                    self.port, post("/api/chat", body), source=HONEST, seconds=PATIENCE
                )
                seen.id, seen.status = answer.id, answer.status
                seen.whole = answer.status == 200 and b"Hello there." in answer.body
                seen.error = "" if seen.whole else f"{answer.status} {answer.code}"
            except (OSError, Hung, ValueError) as error:
                seen.error = f"{type(error).__name__} {error}"
            seen.last = time.monotonic()
            seen.stall = self._ours(started, seen.last)
            self.seen.append(seen)
            await self._pause(NEWCOMER_SECONDS)

    async def _ask_for_life(self) -> None:
        while not self._over.is_set():
            started = time.monotonic()
            try:
                answer = await send(
                    self.port,
                    get("/health/live", "Connection: close"),
                    method="GET",
                    source=HONEST,
                    seconds=PATIENCE,
                )
                if answer.status != 200:
                    self.silent_live.append(f"status {answer.status}")
            except (OSError, Hung, ValueError, asyncio.IncompleteReadError) as error:
                self.silent_live.append(f"{type(error).__name__} {error}")
            ended = time.monotonic()
            self.lives += 1
            self.slowest_live = max(self.slowest_live, self._ours(started, ended))
            await self._pause(LIVE_SECONDS)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass

    def _ours(self, start: float, end: float) -> float:
        self.waiting.look()
        return max(0.0, end - start - self.waiting.between(start, end))

    def _judge(self) -> None:
        """Take the machine's part off what was late, and note the worst of each."""
        control = [(at, late) for at, late, seen in self.late if seen is None]
        times = [at for at, _ in control]
        for at, late, seen in self.late:
            if seen is None or late <= seen.stall:
                continue
            start = at - late
            first = bisect.bisect_left(times, start)
            last = bisect.bisect_right(times, at + SAMPLE_SECONDS)
            machine = max((late for _, late in control[first:last]), default=0.0)
            ours = late - machine - self.waiting.between(start, at)
            seen.stall = max(seen.stall, ours)


def main() -> None:
    parser = argparse.ArgumentParser("python -m attacks.witness", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--zai", type=int, required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--streams", type=int, default=10)
    parser.add_argument("--no-newcomers", dest="newcomers", action="store_false")
    parser.add_argument("--pids", type=int, nargs="*", default=[])
    report = asyncio.run(Witness(parser.parse_args()).testify())
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
