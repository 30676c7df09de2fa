"""A process that is frozen for longer than others wait for a sign of it."""

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from urllib.request import Request, urlopen

from chat.tests.waiting import eventually
from cluster.ground import Cluster
from cluster.trial import trial

SECONDS_FROZEN = 90.0
# So many that each worker has some; they hear nothing for as long as it is frozen.
PATIENT = 24
SECONDS_OF_PATIENCE = 180.0
QUESTION = "sim:trickle=0.5 sim:events=20"
PRESUMED = "SELECT count(*) FROM chat_requestlog WHERE presumed AND id = ANY(?)"
ENDINGS = "SELECT id, ending FROM chat_requestlog WHERE id = ANY(?)"


@trial
def a_frozen_process(cluster: Cluster, seconds: float) -> Iterator[None]:
    """For so long that another host closes its rows. Who waits for it gets an answer
    after all, and that is what the rows say then: the later truth wins."""
    host = cluster.hosts["a"]
    with ThreadPoolExecutor(PATIENT) as patient:
        url = f"http://127.0.0.1:{host.port}/api/chat"
        answers = [*patient.map(_begin, [url] * PATIENT)]
        ids = [str(answer.headers["X-Request-ID"]) for answer in answers]
        reading = [patient.submit(_is_whole, answer) for answer in answers]
        began = time.monotonic()
        worker = host.workers()[0]
        worker.send_signal(signal.SIGSTOP)
        try:
            yield
            time.sleep(max(0.0, SECONDS_FROZEN - (time.monotonic() - began)))
            ((presumed,),) = cluster.database.rows(PRESUMED, ids)
        finally:
            with suppress(ProcessLookupError):
                worker.send_signal(signal.SIGCONT)
        whole = dict(zip(ids, (one.result() for one in reading), strict=True))
    assert presumed, "no row was closed by another host while its process was frozen"
    eventually(lambda: _agree(cluster, whole))
    ((presumed,),) = cluster.database.rows(PRESUMED, ids)
    assert not presumed, f"{presumed} rows say still what another host presumed"


def _begin(url: str) -> HTTPResponse:
    asked = {"messages": [{"role": "user", "content": QUESTION}], "stream": True}
    headers = {"Content-Type": "application/json"}
    request = Request(url, json.dumps(asked).encode(), headers)
    answer: HTTPResponse = urlopen(request, timeout=SECONDS_OF_PATIENCE)
    return answer


def _is_whole(answer: HTTPResponse) -> bool:
    with suppress(OSError, HTTPException):
        return b'"[DONE]"' in answer.read()
    return False


def _agree(cluster: Cluster, whole: dict[str, bool]) -> bool:
    rows = dict(cluster.database.rows(ENDINGS, [*whole]))
    return all((rows.get(key) == "completed") == is_so for key, is_so in whole.items())
