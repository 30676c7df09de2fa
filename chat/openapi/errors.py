"""Every way to get no answer: status, headers and body, from the failures."""

from typing import Any

import msgspec

from chat import failures
from chat.failures import Failure
from chat.openapi import parts
from chat.protocols import Dialect
from chat.protocols.error_shapes import Error, OpenAIError, find_kinds
from chat.protocols.openai import OpenAI
from chat.upstream.codes import MEANINGS
from chat.upstream.errors import make_rejection
from chat.upstream.told_error import Error as ZaiError

REQUEST_ID = "req_1a2043a24d8737536d8ffbe395f"

# What a caller is told of each; status and code are the failure's own.
MEANS: dict[type[Failure], str] = {
    failures.Refused: "the body is not JSON, a field is missing, of the wrong type or"
    " out of range (`param` names it), or the Host is not allowed",
    failures.Unauthenticated: "no key where one is needed, or one that is unknown,"
    " revoked or expired; which of these, only the log says",
    failures.NotAllowed: "the client of this key may not use this model, or not this"
    " way",
    failures.RateLimited: "too many requests a minute, or open at once, by this key or"
    " for this user; or what is left of a budget is held by answers that are open."
    " Ask again after `Retry-After`",
    failures.BudgetSpent: "a budget is spent until it is new, after `Retry-After`, or"
    " raised; asking again before does not help",
    failures.AccessUnknown: "it could not be read yet who may ask",
    failures.AnswerNotKept: "an item refers to an answer whose text the request log"
    " does not have, or that was another client's; `param` names it",
    failures.AnswersUnknown: "earlier answers that the request refers to cannot be"
    " read at the moment",
    failures.NotFound: "there is nothing at this path",
    failures.MethodNotAllowed: "another method is wanted; `Allow` names it",
    failures.BodyTimeout: "the body did not arrive in time",
    failures.BodyTooLarge: "the body is too large",
    failures.HeadTooLarge: "the path, or a header, or all of them are too long",
    failures.UnsupportedMediaType: "the body is not `application/json`, or compressed",
    Failure: "a fault of ours; the log has it",
    failures.NotConfigured: "the server has no usable `ZAI_API_KEY`",
    failures.UpstreamFailed: "Z.AI cannot be reached, broke off, or sent something"
    " unreadable",
    failures.AtCapacity: "too many answers are open, or too many requests wait",
    failures.QueueTimeout: "Z.AI takes only so many requests at a time, and this one"
    " had no turn in time; ask again after `Retry-After`",
    failures.ShuttingDown: "the server is stopping",
    failures.Interrupted: "the server stopped before the answer was whole",
    failures.Stopped: "an operator stopped the answer",
    failures.UpstreamTimeout: "Z.AI did not answer, or fell silent, for too long",
}
OF_ZAI = {
    400: "Z.AI refuses the request: parameters, model, content policy, a prompt too"
    " long",
    429: "Z.AI: too many requests, a limit reached, overloaded",
    502: "Z.AI is broken, or refuses the operator's account, key or plan",
}
EXAMPLES: dict[int, Failure] = {
    400: failures.Refused(
        "temperature: expected a number <= 1.0.", param="temperature"
    ),
    401: failures.Unauthenticated(
        "A valid key is needed: Authorization: Bearer <key>."
    ),
    403: failures.NotAllowed("This key may not use the model.", param="model"),
    404: failures.NotFound("There is nothing at this path."),
    405: failures.MethodNotAllowed("Use POST here."),
    408: failures.BodyTimeout("The body did not arrive in time."),
    413: failures.BodyTooLarge("The body is larger than 20000000 bytes."),
    415: failures.UnsupportedMediaType("Content-Type must be application/json."),
    431: failures.HeadTooLarge("The head of the request is too long."),
    429: make_rejection(ZaiError("1302", "Rate limit reached for requests"), 429),
    500: failures.NotConfigured("ZAI_API_KEY is not set on the server."),
    502: failures.UpstreamFailed("Z.AI cannot be reached."),
    503: failures.AtCapacity(
        "The chat service is answering as many requests as it can."
    ),
    504: failures.UpstreamTimeout("Z.AI did not answer in time."),
}
# Of our own limits: those of the current draft, and those that OpenAI's clients know.
QUOTA = ("RateLimit", "RateLimit-Policy")
QUOTA_OF_OPENAI = (
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
)

# Before a view reads the body, whatever it answers.
ALWAYS = (
    failures.Refused,
    failures.MethodNotAllowed,
    failures.BodyTimeout,
    failures.BodyTooLarge,
    failures.HeadTooLarge,
    failures.ShuttingDown,
    Failure,
)
# Where a key is asked for, whatever is asked with it.
AT_THE_DOOR = (
    failures.Unauthenticated,
    failures.RateLimited,
    failures.AccessUnknown,
)
# Where an answer may be referred to.
OF_REFERENCES = (failures.AnswerNotKept, failures.AnswersUnknown)
OF_A_CHAT = tuple(
    kind for kind in find_kinds() if kind not in (failures.NotFound, *OF_REFERENCES)
)


def describe_failures(
    dialect: Dialect, *kinds: type[Failure], also_text: bool = False
) -> dict[str, Any]:
    """Return the responses of an operation that may fail in these ways, by status.

    `also_text`: they may also come as plain text, for `useChat`.
    """
    by_status: dict[int, list[str]] = {}
    for kind in kinds:
        if kind in MEANS:
            name = f"`{kind.code}`" if kind.code else "no code"
            by_status.setdefault(kind.status, []).append(f"{name}: {MEANS[kind]}")
    if failures.UpstreamRejected in kinds:
        for status, words in OF_ZAI.items():
            by_status.setdefault(status, []).append(f"{_name_codes(status)}: {words}")
    return {
        str(status): {
            "description": _make_list(lines),
            "headers": _refer_to_headers(dialect, status),
            "content": _describe_content(dialect, status, also_text),
        }
        for status, lines in sorted(by_status.items())
    }


def _name_codes(status: int) -> str:
    codes = [code for code, means in MEANINGS.items() if means.status == status]
    return f"Z.AI's code ({', '.join(codes)}, …)"


def _make_list(lines: list[str]) -> str:
    if len(lines) == 1:
        return lines[0]
    return "\n".join(f"* {line}" for line in lines)


def _refer_to_headers(dialect: Dialect, status: int) -> dict[str, Any]:
    is_openai = isinstance(dialect, OpenAI)
    headers = parts.refer_to_headers("X-Request-ID")
    if is_openai or status == failures.BudgetSpent.status:
        headers |= parts.refer_to_headers("x-should-retry")
    if status == 401:
        headers |= parts.refer_to_headers("WWW-Authenticate")
    elif status == 405:
        headers |= parts.refer_to_headers("Allow")
    elif status in (429, 503):
        headers |= parts.refer_to_headers("Retry-After")
    elif status in (400, 502):
        sometimes = parts.refer_to_headers("Retry-After-if-known")
        headers["Retry-After"] = sometimes["Retry-After-if-known"]
    if status == 429:
        headers |= parts.refer_to_headers(
            *QUOTA, *(QUOTA_OF_OPENAI if is_openai else ())
        )
    return headers


def _describe_content(dialect: Dialect, status: int, also_text: bool) -> dict[str, Any]:
    failure = EXAMPLES[status]
    shape = OpenAIError if isinstance(dialect, OpenAI) else Error
    content: dict[str, Any] = {
        "application/json": {
            "schema": parts.refer_to_schema(shape.__name__),
            "example": msgspec.json.decode(dialect.error(failure, REQUEST_ID)),
        }
    }
    if also_text:
        content["text/plain; charset=utf-8"] = {
            "schema": {"type": "string", "description": "The sentence, for `useChat`."},
            "example": failure.message,
        }
    return content
