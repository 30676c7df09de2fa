"""A server that runs and can be asked."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.caller import Answer, Caller, Lost, request
from benchmarks.meter import Meter
from benchmarks.process import CannotStart, Process, running
from benchmarks.server import Place, Server
from benchmarks.standin import StandIn
from chat.tests.ports import free_port


@dataclass(frozen=True)
class Target:
    server: Server
    process: Process
    port: int
    standin: StandIn
    headers: Mapping[str, str]  # that callers send along

    def request(self, scenario: str, *, stream: bool = True) -> bytes:
        server = self.server
        return request(
            server.path,
            scenario,
            stream=stream,
            words=server.words,
            model=server.model,
            headers=self.headers,
        )

    def meter(self) -> Meter:
        return Meter(self.process, self.standin.process)

    async def warm_up(self, times: int) -> None:
        """Raises CannotStart if it does not answer, for it may listen and not work."""
        caller = await Caller.connect(self.port)
        kinds = (True, False) if self.server.in_one_piece else (True,)
        for stream in kinds:
            for _ in range(times):
                asking = self.request("sim:events=20", stream=stream)
                answer = await caller.ask(asking)
                if answer.status != 200:
                    raise CannotStart(f"answered with status {answer.status}")
        caller.hang_up()

    def check(self, answers: list[Answer], words: int) -> None:
        """Raises Lost unless all answers came whole, with `words` events of content."""
        expected = words + self.server.closing
        broken = sum(not a.complete or a.status != 200 for a in answers)
        if broken:
            raise Lost(f"{broken} of {len(answers)} answers broke off")
        lost = sum(expected - answer.events for answer in answers)
        if lost:
            raise Lost(f"{lost} of {expected * len(answers)} events lost")


@contextlib.contextmanager
def launched(server: Server, standin: StandIn, warm_up: int) -> Iterator[Target]:
    """Run `server` for as long as the block lasts, warm. Raises CannotStart."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        place = Place(Path(name), free_port(), standin)
        server.prepare(place)
        command, environment = server.command(place), server.environment(place)
        log = place.folder / "server.log"
        with running(command, environment, log, place.port, server.root) as process:
            headers = server.headers(place)
            target = Target(server, process, place.port, standin, headers)
            uvloop.run(target.warm_up(warm_up))
            yield target
