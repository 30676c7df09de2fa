"""Z.AI's words, on their way to the caller."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from zai.core import APIStatusError

from chat.failures import UpstreamFailed, UpstreamRejected
from chat.upstream.codes import MEANINGS
from chat.upstream.errors import (
    make_body_failure,
    make_status_failure,
    make_stream_failure,
)
from chat.upstream.sentences import SENTENCES
from chat.upstream.told_error import Error, read_error
from chat.upstream.waits import read_seconds_to_reset, read_seconds_to_retry


def in_an_hour(form: str, clock: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=1 + clock)).strftime(form)


@pytest.mark.parametrize(
    ("sentence", "form", "clock"),
    [
        ("Your limit will reset at {}", "%Y-%m-%d %H:%M:%S", 8),
        ("您的限额将在 {} 重置。", "%Y-%m-%d %H:%M:%S", 8),
        ("Resets at {}", "%Y-%m-%dT%H:%M:%SZ", 0),
    ],
)
def test_the_reset_time_is_understood(sentence: str, form: str, clock: int) -> None:
    message = sentence.format(in_an_hour(form, clock))
    assert read_seconds_to_reset(message) == pytest.approx(3600, abs=60)


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Your limit will reset at 2020-01-01 00:00:00", 1),
        ("Your limit will reset at 2020-13-41 00:00:00", None),
        ("Try again later", None),
    ],
)
def test_a_reset_time_that_is_none_is_not_one(
    message: str, seconds: int | None
) -> None:
    assert read_seconds_to_reset(message) == seconds


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"error":{"code":"1113","message":"no"}}', "1113", "no"),
        (b'{"error":{"code":1113,"message":"no"}}', "1113", "no"),
        (b'{"code":1001,"msg":"no","success":false}', "1001", "no"),
        (b'{"status":404,"error":"Not Found","path":"/v4"}', None, "Not Found"),
        (b'{"error":{}}', None, None),
        (b'{"error":null,"code":1302,"msg":"no","success":false}', "1302", "no"),
        (b'{"error":"no","code":1302}', "1302", "no"),
        (b'{"error":{"code":1302.0,"message":"no"}}', "1302", "no"),
        (b'{"error":{"code":true,"message":7}}', None, "7"),
        (b'{"error":[{"code":"1302","message":"no"}]}', "1302", "no"),
        (b'{"error":{"error":{"code":"1302","message":"no"}}}', "1302", "no"),
        (b'{"error":1302}', "1302", None),
        (b'{"error":true}', None, None),
        (rb'{"error":{"code":"13\ud83d","message":"n\ud83d"}}', "13\ufffd", "n\ufffd"),
        (b'\xef\xbb\xbf{"error":{"code":"1302","took":NaN}}', "1302", None),
        (b'{"error":{"code":{"a":1},"message":["no"]}}', None, None),
        (b"<html>blocked</html>", None, None),
        (b"\xff", None, None),
        (b"[1]", None, None),
        (b"", None, None),
    ],
)
def test_an_error_is_read_in_any_of_its_shapes(
    body: bytes, code: str | None, message: str | None
) -> None:
    error = read_error(body)
    assert (error.code, error.message) == (code, message)


def test_an_unreadable_body_is_zais_failure() -> None:
    failure = make_body_failure(b"<html>")
    assert isinstance(failure, UpstreamFailed)
    assert "<html>" not in failure.message
    assert "<html>" not in failure.diagnosis
    assert "a page of 6 bytes" in failure.diagnosis


def test_an_error_after_words_is_a_failure_and_before_them_a_rejection() -> None:
    error = Error("1234", "Network error")
    assert make_stream_failure(error, begun=True).ending == UpstreamFailed.ending
    assert make_stream_failure(error, begun=False).ending == UpstreamRejected.ending


def test_retry_after_of_zai_is_passed_on() -> None:
    response = httpx.Response(
        429, headers={"Retry-After": "17"}, json={"error": {"code": "1302"}}
    )
    failure = make_status_failure(APIStatusError("", response=response))
    assert failure.come_back_in == 17
    assert failure.transient


@pytest.mark.parametrize("seconds", ["9" * 5_000, "-1", "٣", ""])
def test_a_retry_after_that_is_none_is_not_one(seconds: str) -> None:
    response = httpx.Response(502, headers={"Retry-After": seconds.encode()})
    assert (
        make_status_failure(APIStatusError("", response=response)).retry_after is None
    )


def at_in_an_hour(zone: str) -> str:
    then = datetime.now(UTC) + timedelta(hours=1, seconds=1)
    return then.strftime(f"%a, %d %b %Y %H:%M:%S {zone}")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *(("7", 7), (" 7 ", 7), ("0", 1), ("0.2", 1), ("6.1", 7), ("1e9", 2_678_400)),
        *(("inf", 2_678_400), ("9" * 99, 2_678_400), ("9" * 9_999, None)),
        *((None, None), ("", None), ("nan", None), ("-1", None), ("soon", None)),
        *(("٧", None), ("Wed, 21 Oct 2015 07:28:00 GMT", None), ("1,5", None)),
    ],
)
def test_seconds_to_retry_are_read_and_bounded(
    header: str | None, seconds: int | None
) -> None:
    assert read_seconds_to_retry(header) == seconds


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_a_date_to_retry_at_is_seconds_from_now(zone: str) -> None:
    assert read_seconds_to_retry(at_in_an_hour(zone)) in range(3598, 3603)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("1210", "Z.AI does not take a parameter of this request."),
        ("1319", "A limit at Z.AI is reached."),
        ("1230", "Z.AI could not answer."),
    ],
)
def test_chinese_words_stand_after_english_ones(code: str, sentence: str) -> None:
    words = "messages.content.type 参数非法"
    failure = make_stream_failure(Error(code, words), begun=False)
    assert failure.message == f"{sentence} Z.AI's words: {words}"
    in_english = make_stream_failure(Error(code, "No."), begun=False)
    assert in_english.message == "No."
    assert SENTENCES.keys() <= MEANINGS.keys()
