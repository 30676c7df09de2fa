"""A JSON body, read into a typed struct; what is wrong with it becomes a sentence."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from math import inf
from typing import Annotated, Any, Literal, TypeVar

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
from chat.protocols.problems import MOST, QUOTING, examine
from chat.protocols.refusal import Problem, leave_out_what_follows, refuse
from chat.protocols.tool_choice import choose_tools, find_problems_of_choice

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


OnLeave = Literal["stop", "finish"] | Annotated[float, Meta(ge=0, le=86400)]


class ChatBody(Parameters, kw_only=True):
    """The fields of each body with Z.AI's parameters, whatever its messages are."""

    model: Annotated[str, Meta(max_length=LONGEST_MODEL)] | None = None
    stream: bool | None = None
    store: bool | None = None
    reasoning: Reasoning | None = None
    on_leave: OnLeave | None = None
    resumable: bool | None = None

    def find_problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the fields that each is of its type.

        Dialects have more, and come first.
        """
        yield from find_problems_of_choice(self.tools or [], self.tool_choice)

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
            on_leave=_patience(self.on_leave),
            resumable=self.resumable is True,
            parameters={
                "temperature": settings.CHAT_DEFAULT_TEMPERATURE,
                **fitted,
            },
        )


def _patience(on_leave: OnLeave | None) -> float:
    """Return for how many seconds an answer goes on whose caller has left."""
    wanted: str | float = settings.CHAT_ON_LEAVE if on_leave is None else on_leave
    if isinstance(wanted, str):
        return inf if wanted == "finish" else 0.0
    return wanted


B = TypeVar("B", bound=ChatBody)


def read_body(raw: bytes, decoder: msgspec.json.Decoder[B]) -> B:
    """Return what `raw` says. Raises Refused with sentences that name the fields.

    `bulk` has looked at it: nothing here is bounded, and not all of UTF-8 is checked.
    """
    wrong: list[Problem] = []
    try:
        try:
            body = decoder.decode(raw)
        except msgspec.ValidationError:
            mended, wrong = _mend(raw, decoder.type)
            body = decoder.decode(mended)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Refused(f"The body is not valid JSON: {error}.") from error
    except RecursionError as error:
        raise Refused("The body is nested too deeply.") from error
    if len(wrong) < MOST:
        found = islice(body.find_problems(), MOST)
        wrong += leave_out_what_follows(found, wrong)
    if wrong:
        raise refuse(wrong, MOST)
    return body


def _mend(raw: bytes, shape: Any) -> tuple[bytes, list[Problem]]:
    """Return `raw` so that it fits `shape`, and in words what was wrong with it."""
    mended, problems = examine(raw, shape)
    if problems and not problems[0].path:
        words = _put_in_words(problems[0].what)
        raise Refused(f"The body must be a JSON object: {words}.")
    return mended, [_put(problem, shape) for problem in problems]


def _put(problem: Problem, shape: Any) -> Problem:
    what = problem.what
    if what == QUOTING:
        what = f"Expected one of {', '.join(_find_choices(shape, problem.path))}"
    return Problem(problem.path, _put_in_words(what))


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


_inspect = cache(inspect.type_info)
