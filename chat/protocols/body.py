"""A JSON body, read into a typed struct; what is wrong with it becomes a sentence."""

import re
from functools import cache
from typing import Annotated, Any, TypeVar

import msgspec
from django.conf import settings
from msgspec import Meta, Struct, inspect

from chat.conversation import (
    LONGEST_MODEL,
    ChatRequest,
    Effort,
    Message,
    Parameters,
)
from chat.failures import Refused
from chat.glm.fitting import fit
from chat.glm.known import profile_of
from chat.protocols.messages import fit_for_zai
from chat.protocols.problems import QUOTING, Problem, examine
from chat.protocols.tool_choice import choose_tools

T = TypeVar("T")

NAME = re.compile(r"[A-Za-z_]+")
TYPE_NAMES = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


class Reasoning(Struct, omit_defaults=True):
    """As OpenAI's Responses have it."""

    effort: Effort | None = None


class ChatBody(Parameters, kw_only=True):
    """The fields of each body with Z.AI's parameters, whatever its messages are."""

    model: Annotated[str, Meta(max_length=LONGEST_MODEL)] | None = None
    stream: bool | None = None
    store: bool | None = None
    reasoning: Reasoning | None = None

    def make_request(
        self, messages: list[Message], parameters: dict[str, Any], *, stream: bool
    ) -> ChatRequest:
        """Return what Z.AI is asked, with the settings' defaults for what is not given.

        `parameters` are those that were given, by Z.AI's names; what the model does not
        have of them is made into what it has.
        """
        model = self.model or settings.CHAT_DEFAULT_MODEL
        parameters = choose_tools(messages, parameters)
        nested = self.reasoning.effort if self.reasoning else None
        fitted = fit(parameters, self.reasoning_effort or nested, profile_of(model))
        return ChatRequest(
            messages=fit_for_zai(messages, model),
            model=model,
            stream=stream,
            wants_max_tokens="max_tokens" in parameters,
            store=self.store is not False,
            parameters={
                "temperature": settings.CHAT_DEFAULT_TEMPERATURE,
                **fitted,
            },
        )


def read_body(raw: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Return what `raw` says. Raises Refused with sentences that name the fields.

    `bulk` has looked at it: nothing here is bounded, and not all of UTF-8 is checked.
    """
    try:
        try:
            return decoder.decode(raw)
        except msgspec.ValidationError:
            return decoder.decode(_mend(raw, decoder.type))
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Refused(f"The body is not valid JSON: {error}.") from error
    except RecursionError as error:
        raise Refused("The body is nested too deeply.") from error


def _mend(raw: bytes, shape: Any) -> bytes:
    """Return `raw` so that it fits `shape`. Raises Refused if it cannot."""
    mended, problems = examine(raw, shape)
    if not problems:
        return mended
    first = problems[0].path
    if not first:
        words = _put_in_words(problems[0].what)
        raise Refused(f"The body must be a JSON object: {words}.")
    sentences = [_tell(problem, shape) for problem in problems]
    if "messages" in shape.__struct_fields__ and not SHAPE.decode(mended).messages:
        sentences.append("messages: the field is required.")
    raise Refused(" ".join(sentences), param=first)


def _tell(problem: Problem, shape: Any) -> str:
    path, what = problem
    if what == QUOTING:
        what = f"Expected one of {', '.join(_find_choices(shape, path))}"
    return f"{path}: {_put_in_words(what)}."


def _put_in_words(problem: str) -> str:
    problem = problem.replace(" | null", "")
    for name, words in TYPE_NAMES.items():
        problem = re.sub(rf"`?\b{name}\b`?", words, problem)
    problem = problem.replace(" | ", " or ").replace("`", "")
    return problem[:1].lower() + problem[1:]


def _find_choices(shape: Any, path: str) -> list[str]:
    """Return what the field of `shape` may be that is at `path`."""
    kinds = _take_apart(_inspect(shape))
    for name in NAME.findall(path):
        kinds = [
            part
            for kind in kinds
            if isinstance(kind, inspect.StructType)
            for field in kind.fields
            if field.encode_name == name
            for part in _take_apart(field.type)
        ]
    values = [k.values for k in kinds if isinstance(k, inspect.LiteralType)]
    return [str(value) for some in values for value in some if value]


def _take_apart(kind: inspect.Type) -> list[inspect.Type]:
    """Return `kind`, or of a union and a list what is in it."""
    match kind:
        case inspect.UnionType():
            return [part for one in kind.types for part in _take_apart(one)]
        case inspect.ListType():
            return _take_apart(kind.item_type)
    return [kind]


class Beginning(msgspec.Struct):
    messages: msgspec.Raw = msgspec.Raw()


SHAPE = msgspec.json.Decoder(Beginning)
_inspect = cache(inspect.type_info)
