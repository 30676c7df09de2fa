"""The one place that turns Z.AI's, the SDK's and the network's errors into ours."""

import errno
import os
import re
import ssl
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from math import ceil, inf
from typing import Any

import aiohttp
import msgspec
from aiohttp.http_exceptions import HttpProcessingError
from django.conf import settings
from zai.core import APIStatusError

from chat.ending import Whose
from chat.failures import (
    LONGEST_CODE,
    AtCapacity,
    Failure,
    Refused,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamTimeout,
)
from chat.keys import conceal
from chat.upstream.codes import Meaning, Retry, advise, find_meaning
from chat.upstream.sentences import in_english

ZAI_CLOCK = timezone(timedelta(hours=8))
RESET = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(Z?)")
LONGEST_HEADER = 100
SECONDS_IN_A_MONTH = 31 * 86_400
LONGEST_BODY = 64 * 1024
MOST_CAUSES = 4
# What aiohttp, asyncio and ssl raise where a connection breaks: RuntimeError at one
# that was closed, ValueError at what cannot be parsed. To be caught only around calls
# of theirs, so that faults of ours keep their traceback.
BROKEN_CONNECTION = (
    *(aiohttp.ClientError, HttpProcessingError, OSError, EOFError),
    *(RuntimeError, ValueError),
)


class Error(msgspec.Struct):
    """Z.AI's code and its message; each is None where Z.AI gave no such thing."""

    code: str | None = None
    message: str | None = None


def make_status_failure(error: APIStatusError) -> Failure:
    """Return our failure for the SDK's error at a status of 300 and above."""
    body = error.response.content
    seconds = read_seconds_to_retry(error.response.headers.get("retry-after"))
    return make_rejection(read_error(body), error.status_code, seconds)


def make_body_failure(body: bytes) -> Failure:
    """Return our failure for a body that came with status 200 and is no answer."""
    error = read_error(body)
    if error.code is None:
        return UpstreamFailed(
            "Z.AI's answer could not be read.",
            diagnosis=f"Z.AI sent what could not be read: {describe_body(body)}",
        )
    return make_rejection(error, None)


def make_stream_failure(error: object, *, begun: bool) -> Failure:
    """Return our failure for the `error` of an event.

    `begun`: the answer had begun before.
    """
    failure = make_rejection(_take_error(error), None)
    if begun:
        failure.ending = UpstreamFailed.ending
    return failure


def describe_body(body: bytes) -> str:
    """Return words for what was unreadable; they quote nothing of it, for that may be
    message text.
    """
    kind = "a page" if body[:1000].lstrip()[:1] == b"<" else "something"
    return f"{kind} of {len(body)} bytes"


def make_unfinished_failure(finish_reason: str | None) -> Failure:
    """Return the failure of an answer that ended, but not with what ends an answer."""
    return UpstreamFailed(
        "Z.AI's answer broke off.",
        code=finish_reason,
        diagnosis=f"Z.AI's answer ended with finish reason {finish_reason}",
    )


def make_network_failure(error: BaseException, where: str) -> Failure:
    """Return our failure for what was raised while we called Z.AI or read its answer.

    `where`: how far it got.

    The words of most of these errors have bytes of the answer, or our headers.
    """
    kinds = ", ".join(_name_kinds(error))
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return AtCapacity(
            "The chat service is answering as many requests as it can.",
            diagnosis="no file descriptor is left for a connection to Z.AI",
        )
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        sentence = "Z.AI cannot be reached."
        why = f"{sentence[:-1]}: {kinds}"
        return UpstreamFailed(sentence, diagnosis=why, discreet=why)
    if isinstance(error, TimeoutError):
        sentence = "Z.AI did not answer in time."
        why = f"{sentence[:-1]}, {where}: {kinds}"
        return UpstreamTimeout(sentence, diagnosis=why, discreet=why)
    sentence = "The connection to Z.AI broke off."
    why = f"{sentence[:-1]} {where}: {kinds}"
    return UpstreamFailed(sentence, diagnosis=why, discreet=why)


def _name_kinds(error: BaseException | None) -> list[str]:
    """Return the names of `error` and its causes, with the system's words for them."""
    kinds: list[str] = []
    while error and len(kinds) < MOST_CAUSES:
        kind = type(error).__name__
        if isinstance(error, ssl.SSLError) and error.reason:
            kind += f" {error.reason}"
        elif isinstance(error, OSError) and (error.errno or 0) > 0:
            kind += f" {os.strerror(error.errno or 0)}"
        kinds.append(kind)
        error = error.__cause__ or error.__context__
    return kinds


def make_rejection(
    error: Error, http_status: int | None, retry_after: int | None = None
) -> Failure:
    """Return the failure for Z.AI's code and message; status and words are the table's.

    `http_status` is None for an error inside a stream. `retry_after` is in seconds.
    """
    means = find_meaning(error.code, http_status)
    code = error.code or f"http_{http_status or 'unknown'}"
    words = conceal(error.message or "")
    met = f"Z.AI: {http_status or 'in the stream'} {error.code}"
    failure = UpstreamRejected(
        _find_words(words, means, code),
        status=means.status,
        code=code,
        diagnosis=f"{met} {words}",
        discreet=met,
    )
    failure.transient = means.retry is Retry.TRANSIENT
    failure.retry_after = retry_after or read_seconds_to_reset(error.message or "")
    failure.type = _find_type(means)
    failure.for_operator = means.is_for_operator
    failure.whose = means.whose
    return failure


def read_error(body: bytes) -> Error:
    """Return Z.AI's error out of a body in any of its shapes; an empty one if the body
    has no error.
    """
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Error()
    if not isinstance(decoded, dict):
        return Error()
    return _take_error(decoded.get("error", decoded))


def _take_error(error: Any) -> Error:
    if not isinstance(error, dict):
        return Error(message=_read_text(error) or None)
    code, message = error.get("code"), error.get("message", error.get("msg"))
    return Error(code=_read_text(code, LONGEST_CODE), message=_read_text(message))


def _read_text(value: Any, longest: int = LONGEST_BODY) -> str | None:
    """Return a text or a number as text; anything else says nothing."""
    if value is None or isinstance(value, dict | list):
        return None
    return str(value)[:longest]


def _find_words(text: str, means: Meaning, code: str) -> str:
    if means.is_for_operator:
        sentence = f"The chat service cannot use Z.AI at the moment (code {code})."
        advice = advise(code) if settings.DEBUG else None
        return f"{sentence} {advice or 'Its operator has to see to it.'}"
    text = text.strip()
    if not text or text.startswith("<"):
        return "Z.AI could not answer."
    return in_english(text, code, means)


def _find_type(means: Meaning) -> str:
    if means.whose is Whose.CALLER:
        return Refused.type
    return "rate_limit_error" if means.status == 429 else UpstreamRejected.type


def read_seconds_to_reset(message: str) -> int | None:
    """Return the seconds until the reset time in `message`, at least 1.

    None if no time is there.

    Without a Z it is the wall clock of UTC+8, as several clients of Z.AI found.
    """
    if not (found := RESET.search(message)):
        return None
    day, clock, utc = found.groups()
    try:
        reset = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        return None
    left = reset.replace(tzinfo=UTC if utc else ZAI_CLOCK) - datetime.now(UTC)
    return max(1, int(left.total_seconds()))


def read_seconds_to_retry(header: str | None) -> int | None:
    """Return the seconds that a `Retry-After` asks for; None if it cannot be read.

    RFC 9110 has whole seconds and dates; gateways send fractions too. At least 1, and
    at most a month, which is the longest limit that Z.AI has.
    """
    if not header or len(header) > LONGEST_HEADER or not header.isascii():
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            then = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (_put_in_utc(then) - datetime.now(UTC)).total_seconds()
    if not 0 <= seconds < inf:
        return None if seconds != inf else SECONDS_IN_A_MONTH
    return min(max(1, ceil(seconds)), SECONDS_IN_A_MONTH)


def _put_in_utc(then: datetime) -> datetime:
    return then if then.tzinfo else then.replace(tzinfo=UTC)
