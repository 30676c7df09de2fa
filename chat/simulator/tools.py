"""Which of the tools given a message calls for, and what their answers become."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from .chosen import Chosen
from .request import ChatRequest, text_of
from .schema import arguments_for

_WORD = re.compile(r"[^\W\d_]{3,}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Words that say nothing about what a tool is for.
_EMPTY_WORDS = (
    "get set list find fetch make call use run the and for with from this that given "
    "tool tools function value values return returns name names all about current "
    "user data into when what which your you are has have please can"
)
_DAMAGE = ("{}</arg_value>", "<tool_call>{}", "{}</tool_call>\n")
_EMPTY = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True)
class ToolCall:
    """`arguments` is JSON, as it goes over the wire."""

    name: str
    arguments: str


def calls_for(request: ChatRequest, chosen: Chosen) -> list[ToolCall]:
    """The calls to answer a request with: none if it brings a tool's results."""
    if request.answers_tools:
        return []
    functions = list(request.tools("function"))
    wanted = chosen.get("tools")
    if wanted:
        functions = functions[: wanted.count]
    elif "broken-names" in chosen:
        functions = functions[:1]
    else:
        suggested = [f for f in functions if _suggests(request.question, f)]
        if not suggested and _is_told_to_call(request):
            suggested = functions[:1]
        functions = suggested
    calls = [_call(function, request.question) for function in functions]
    return _damaged(calls) if "broken-names" in chosen else calls


def _damaged(calls: list[ToolCall]) -> list[ToolCall]:
    """With markup of the model's template around their names, as it was seen."""
    return [
        ToolCall(_DAMAGE[number % len(_DAMAGE)].format(call.name), call.arguments)
        for number, call in enumerate(calls)
    ]


def _is_told_to_call(request: ChatRequest) -> bool:
    """Whether a system message says so: Z.AI has no other way to force a call."""
    systems = (m for m in request.messages if m.get("role") == "system")
    return any("must call" in text_of(message) for message in systems)


def _call(function: dict[str, Any], question: str) -> ToolCall:
    arguments = msgspec.json.encode(arguments_for(function, question)).decode()
    return ToolCall(function["name"], arguments)


def _suggests(question: str, function: dict[str, Any]) -> bool:
    """One word of its name in the question, or two of its description."""
    asked = _words(question)
    if asked & _words(_CAMEL.sub(" ", function["name"]).replace("_", " ")):
        return True
    return len(asked & _words(str(function.get("description", "")))) >= 2


def _words(text: str) -> set[str]:
    found = (word.lower().rstrip("s") for word in _WORD.findall(text))
    return {word for word in found if word not in _EMPTY}


def retelling(request: ChatRequest) -> str:
    """The answer to a request that ends with what the tools returned."""
    names = dict(_called(request))
    results = request.answers_tools
    told = [
        f"**`{names.get(result['tool_call_id'], 'tool')}`** returned:\n\n"
        f"{_as_markdown(text_of(result))}"
        for result in results
    ]
    asked = f" to “{request.question}”" if request.question else ""
    return f"Here is the answer{asked}.\n\n" + "\n\n".join(told)


def _called(request: ChatRequest) -> Iterator[tuple[str, str]]:
    for message in request.messages:
        for call in message.get("tool_calls") or ():
            function = call.get("function")
            name = function.get("name") if isinstance(function, dict) else None
            yield str(call.get("id")), str(name or "tool")


def _as_markdown(result: str) -> str:
    try:
        value = msgspec.json.decode(result)
    except msgspec.DecodeError:
        value = result
    if isinstance(value, dict) and value:
        return "\n".join(f"- {key}: **{inner}**" for key, inner in value.items())
    if isinstance(value, list) and value:
        return "\n".join(f"- {inner}" for inner in value)
    return "\n".join(f"> {line}" for line in str(value).splitlines()) or "> (nothing)"
