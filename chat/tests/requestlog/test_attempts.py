"""Each try is in the row: when Z.AI was asked, and what became of it."""

from typing import Any

import msgspec
import pytest

from chat.failures import UpstreamFailed
from chat.models import RequestLog
from chat.observation import Observation
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.requestlog.closed_rows import only_row, posted
from chat.tests.serving import Service
from chat.upstream.attempts import MOST, Attempt, Attempts


def told(row: RequestLog) -> list[Attempt]:
    assert row.attempts
    return msgspec.json.decode(row.attempts, type=list[Attempt])


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_after_a_failed_try_has_both(service: Service, stream: bool) -> None:
    row = posted(service, "sim:error-once=1302", stream=stream)
    failed, answered = told(row)
    assert (failed.code, answered.code) == ("1302", None)
    assert failed.end is not None and answered.end is not None
    assert 0 <= failed.start <= failed.end <= answered.start <= answered.end
    assert row.duration_ms is not None and answered.end <= row.duration_ms
    if stream:
        assert row.first_event_ms is not None
        assert answered.end <= row.first_event_ms
    assert row.waited_ms is not None
    waits = [one.queued or 0 for one in told(row)]
    assert abs(sum(waits) - row.waited_ms) <= len(waits)


def test_a_try_that_was_given_up_has_no_end(service: Service, zai: Any) -> None:
    with RawCaller(service.url) as caller:
        caller.ask("sim:silent")
        zai.wait(lambda state: state["open"])
    [attempt] = told(only_row())
    assert (attempt.end, attempt.code) == (None, None)


def test_who_was_refused_by_us_had_none(service: Service, settings: Any) -> None:
    settings.ZAI_API_KEY = ""
    assert posted(service).attempts is None


async def test_a_wait_in_the_queue_belongs_to_the_try_after_it() -> None:
    attempts = Attempts(Observation())

    async def ask(number: int) -> str:
        if number == 1:
            raise UpstreamFailed("no")
        return "yes"

    attempts.queued(1.0)
    attempts.queued(0.5)
    with pytest.raises(UpstreamFailed):
        await attempts.follow(ask, 1)
    assert await attempts.follow(ask, 2) == "yes"
    attempts.queued(2.0)
    await attempts.follow(ask, 3)
    assert [one.queued for one in attempts.all] == [1500, None, 2000]
    assert attempts.all[0].code == "upstream_failed"
    assert attempts.waited == 3.5


async def test_of_many_the_first_and_the_last_are_kept() -> None:
    attempts = Attempts(Observation())

    async def ask(number: int) -> None:
        raise UpstreamFailed("no", code=str(number))

    for number in range(1, 3 * MOST):
        with pytest.raises(UpstreamFailed):
            await attempts.follow(ask, number)
    codes = [one.code for one in attempts.all]
    assert codes == [*map(str, range(1, MOST)), str(3 * MOST - 1)]
