"""The one place that turns Z.AI's, the SDK's and the network's errors into ours."""

import errno
import os
import ssl

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from django.conf import settings
from zai.core import APIStatusError

from chat.ending import Whose
from chat.failures import (
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
from chat.upstream.told_error import Error, find_error_in, read_error
from chat.upstream.waits import read_seconds_to_reset, read_seconds_to_retry

MOST_CAUSES = 4
# What aiohttp, asyncio and ssl raise where a connection breaks: RuntimeError at one
# that was closed, ValueError at what cannot be parsed. To be caught only around calls
# of theirs, so that faults of ours keep their traceback.
BROKEN_CONNECTION = (
    *(aiohttp.ClientError, HttpProcessingError, OSError, EOFError),
    *(RuntimeError, ValueError),
)


def make_status_failure(error: APIStatusError) -> Failure:
    """Return our failure for the SDK's error at a status of 300 and above."""
    body = error.response.content
    seconds = read_seconds_to_retry(error.response.headers.get("retry-after"))
    return make_rejection(read_error(body), error.status_code, seconds)


def make_body_failure(body: bytes) -> Failure:
    """Return our failure for a body that came with status 200 and is no answer."""
    error = find_error_in(body)
    if error is None:
        return UpstreamFailed(
            "Z.AI's answer could not be read.",
            diagnosis=f"Z.AI sent what could not be read: {describe_body(body)}",
        )
    return make_rejection(error, None)


def make_stream_failure(error: Error, *, begun: bool) -> Failure:
    """Return our failure for the `error` of an event.

    `begun`: the answer had begun before.
    """
    failure = make_rejection(error, None)
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
