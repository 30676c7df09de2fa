"""Paths that clients take for ours: a base URL with too little or too much in it, and
APIs that are not spoken here."""

from typing import NamedTuple

import msgspec
from django.conf import settings
from msgspec import Struct

from chat.failures import Failure, NotFound
from chat.protocols import Told
from chat.protocols.dialects import NATIVE, OPENAI, spoken_near

COMPLETIONS = "/v1/chat/completions"
RESPONSES = "/v1/responses"
BASE_URL = "The base URL of OpenAI's clients ends in /v1 here."
# What a path begins with that is looked at here; the empty one has a slash too many.
ROOTS = (
    *("", "chat", "completions", "embeddings", "messages", "models", "responses"),
    *("docs", "redoc", "openapi.json"),
)
DOCS = ("/api/docs", "/api/openapi.json")
LONGEST_PATH = 200


class AnthropicErrorDetail(Struct):
    type: str
    message: str


class AnthropicError(Struct, tag="error"):
    """As Anthropic's clients expect it."""

    error: AnthropicErrorDetail
    request_id: str


class Anthropic(Told):
    """Not spoken here; only told so."""

    def error(self, failure: Failure, request_id: str) -> bytes:
        detail = AnthropicErrorDetail(f"{failure.code}_error", failure.message)
        return msgspec.json.encode(AnthropicError(detail, request_id))


class Place(NamedTuple):
    """Who asks at a path that ends so, and what they are told."""

    told: Told
    sentence: str
    right: str = ""  # the path that was meant, if there is one


def _right(path: str, told: Told = OPENAI, further: str = "") -> Place:
    sentence = f"There is nothing at this path. The right one is {path}. {further}"
    return Place(told, sentence.strip(), path)


def _unknown(api: str, told: Told = OPENAI) -> Place:
    return Place(told, f"{api} here. Ask at {COMPLETIONS}, as OpenAI's clients do.")


MESSAGES = _unknown("Anthropic's Messages API is not spoken", Anthropic())
NO_RESPONSE = Place(
    OPENAI,
    f"Responses are not kept to be had again. POST {RESPONSES} with the whole"
    " conversation as input.",
)
# By the last segments of a path.
PLACES: dict[tuple[str, ...], Place] = {
    ("chat", "completions"): _right(COMPLETIONS, further=BASE_URL),
    ("v1", "chat"): _right(COMPLETIONS, further=BASE_URL),
    ("models",): _right("/v1/models", further=BASE_URL),
    ("messages",): MESSAGES,
    ("messages", "count_tokens"): MESSAGES,
    ("completions",): _unknown("The completions API without messages is not spoken"),
    ("embeddings",): _unknown("There are no embeddings"),
    ("responses",): _right(RESPONSES, further=BASE_URL),
    ("chat",): _right("/api/chat", NATIVE),
    ("docs",): _right("/api/docs", NATIVE),
    ("redoc",): _right("/api/docs", NATIVE),
    ("openapi.json",): _right("/api/openapi.json", NATIVE),
    ("health",): _right("/health", NATIVE),
}


def is_astray(path: str) -> bool:
    """Whether nothing of ours can be at `path`, but clients come there all the same."""
    return path != "/" and path[1:].partition("/")[0] in ROOTS


def refusal_at(path: str) -> tuple[Failure, Told]:
    """Return what is told at `path`, where there is nothing, and in whose words."""
    segments = path[:LONGEST_PATH].lower().split("/")
    found = tuple(segment for segment in segments if segment)
    if found[-2:-1] == ("models",):
        found = found[:-1]
    place = PLACES.get(found[-2:]) or PLACES.get(found[-1:])
    if "responses" in found[:-1]:
        place = NO_RESPONSE
    if place is None or place.right == path.rstrip("/") or _is_closed(place.right):
        return NotFound("There is nothing at this path."), spoken_near(path)
    return NotFound(place.sentence), place.told


def _is_closed(path: str) -> bool:
    return path in DOCS and settings.CHAT_DOCS == "off"
