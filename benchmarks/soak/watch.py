"""The service under load, seen from outside."""

import json
import re
import ssl
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass

from benchmarks.standin import StandIn
from benchmarks.target import Target

ENDED = re.compile(r"chat\.exchange: (?:\S+ )?([a-z_]+)(?: \([^)]*\))? status=")
TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True)
class Sample:
    seconds: float  # since the watch began
    rss: int
    files: int
    threads: int
    open_exchanges: int  # as the stand-in counts them
    connections: int  # to the stand-in, those kept in reserve too


class Watch:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._start = time.monotonic()
        self._log = target.process.log.open(errors="replace")
        self.samples: list[Sample] = []
        self.endings: Counter[str] = Counter()
        self.tracebacks = 0

    def look(self) -> Sample:
        """Blocks for a few milliseconds; call it beside the event loop."""
        process, standin = self._target.process, self._target.standin
        tree = process.tree()
        sample = Sample(
            seconds=time.monotonic() - self._start,
            rss=process.rss,
            files=sum(each.num_fds() for each in tree),
            threads=sum(each.num_threads() for each in tree),
            open_exchanges=open_at(standin),
            connections=process.connections_to(standin.port),
        )
        self._read_log()
        self.samples.append(sample)
        return sample

    def close(self) -> None:
        self._log.close()

    def _read_log(self) -> None:
        for line in self._log:
            self.tracebacks += TRACEBACK in line
            if ended := ENDED.search(line):
                self.endings[ended[1]] += 1


def open_at(standin: StandIn) -> int:
    url = standin.base_url.partition("/api/")[0] + "/_simulator/state"
    authority = standin.authority
    context = ssl.create_default_context(cafile=authority) if authority else None
    with urllib.request.urlopen(url, timeout=10, context=context) as answer:
        return int(json.load(answer)["open"])
