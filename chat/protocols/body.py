"""A JSON body, read into a typed struct; what is wrong with it becomes a sentence."""

import re
from typing import Any, TypeVar

import msgspec
from django.conf import settings

from chat.conversation import ChatRequest, Message, Parameters
from chat.failures import Refused

T = TypeVar("T")

PATH = re.compile(r" - at `(key in )?\$\.?(?P<path>[^`]*)`$")
TYPE_NAMES = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


class Body(Parameters, kw_only=True):
    """What all dialects with Z.AI's parameters take, whatever their messages are."""

    model: str | None = None
    stream: bool | None = None
    store: bool | None = None

    def request(
        self, messages: list[Message], parameters: dict[str, Any], *, stream: bool
    ) -> ChatRequest:
        """Return what is asked, with the settings' defaults for what is not given."""
        return ChatRequest(
            messages=messages,
            model=self.model or settings.CHAT_DEFAULT_MODEL,
            stream=stream,
            store=self.store is not False,
            parameters={
                "temperature": settings.CHAT_DEFAULT_TEMPERATURE,
                "max_tokens": settings.CHAT_DEFAULT_MAX_TOKENS,
                **parameters,
            },
        )


def read(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode `body`. Raises Refused with a sentence that names the field."""
    try:
        # msgspec does not look into fields it skips.
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Refused("The body is not UTF-8.") from error
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Refused(f"The body is not valid JSON: {error}.") from error
    except RecursionError as error:
        raise Refused("The body is nested too deeply.") from error


def _invalid(problem: str) -> Refused:
    found = PATH.search(problem)
    path = found["path"] if found else ""
    if found:
        problem = problem[: found.start()]
    if not path:
        return Refused(f"The body must be a JSON object: {_in_words(problem)}.")
    return Refused(f"{path}: {_in_words(problem)}.", param=path)


def _in_words(problem: str) -> str:
    problem = problem.replace(" | null", "")
    for name, words in TYPE_NAMES.items():
        problem = re.sub(rf"`?\b{name}\b`?", words, problem)
    problem = problem.replace(" | ", " or ").replace("`", "")
    return problem[:1].lower() + problem[1:]
