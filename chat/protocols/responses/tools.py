"""Tools as OpenAI's Responses have them, made into Z.AI's functions.

A free-form tool (`custom`) takes any text. Z.AI has none such: it becomes a function
with that text as its only argument. Of a tool in a namespace, both names become one.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from chat.conversation import MOST_TOOLS
from chat.protocols.refusal import Problem

Tool = dict[str, Any]

INPUT = "input"  # the argument of a free-form tool
ANY_TEXT: dict[str, Any] = {
    "type": "object",
    "properties": {INPUT: {"type": "string"}},
    "required": [INPUT],
}
KNOWN = ("function", "custom")
NAMESPACE = "namespace"
LONGEST_NAME = 64  # of a function of Z.AI's
DIGEST_BYTES = 4
WORDS = ("auto", "none", "required")
HOSTED = "there are function and custom tools here, and none that the service runs"


def find_problems_of_tools(tools: list[Tool]) -> Iterator[Problem]:
    """Yield what `translate_tools` cannot make functions of."""
    for index, tool in enumerate(tools):
        path = f"tools[{index}]"
        if tool.get("type") != NAMESPACE:
            yield from _find_problems(tool, path)
        elif not isinstance(within := tool.get("tools"), list):
            yield Problem(f"{path}.tools", "expected a list")
        elif not isinstance(name := tool.get("name"), str) or not name:
            yield Problem(f"{path}.name", "expected a name")
        else:
            for number, one in enumerate(within):
                yield from _find_problems(one, f"{path}.tools[{number}]")
    if sum(1 for _ in _flatten(tools)) > MOST_TOOLS:
        yield Problem("tools", f"at most {MOST_TOOLS} are allowed, in namespaces too")


def find_problems_of_hosted_choice(choice: Any) -> Iterator[Problem]:
    """Yield why `translate_choice` makes nothing of `choice`."""
    match choice:
        case {"type": "allowed_tools", "tools": list(tools)}:
            known = all(isinstance(t, dict) and t.get("type") in KNOWN for t in tools)
        case {"type": "allowed_tools"}:
            known = False
        case dict():
            known = choice.get("type") in KNOWN
        case _:
            known = choice is None or choice in WORDS
    if not known:
        yield Problem(
            "tool_choice", "expected auto, none, required, or a function or custom tool"
        )


def translate_tools(tools: list[Tool]) -> list[Tool]:
    """Return `tools` as Z.AI takes them; those of another kind are left out."""
    return [_translate(name, tool) for name, tool in _flatten(tools)]


def find_free_form(tools: list[Tool]) -> frozenset[str]:
    """Return the names, as Z.AI knows them, of the tools that take any text."""
    return frozenset(n for n, tool in _flatten(tools) if tool["type"] == "custom")


def find_places(tools: list[Tool]) -> dict[str, tuple[str, str]]:
    """Return the namespace and the name of each tool that is in one, by the name that
    Z.AI knows it by."""
    return {
        join(space["name"], tool["name"]): (space["name"], tool["name"])
        for space in tools
        if space.get("type") == NAMESPACE and isinstance(space.get("name"), str)
        for tool in _take_known(space.get("tools"))
    }


def join(namespace: str | None, name: str) -> str:
    """Return the one name of a tool in a namespace: Z.AI has none of these."""
    if not namespace:
        return name
    joined = f"{namespace}__{name}"
    if len(joined) <= LONGEST_NAME:
        return joined
    digest = blake2b(joined.encode(), digest_size=DIGEST_BYTES).hexdigest()
    return f"{joined[: LONGEST_NAME - len(digest) - 1]}_{digest}"


def translate_choice(choice: Any) -> Any:
    """Return `choice` as chat completions have it."""
    match choice:
        case {"type": "function" | "custom"}:
            return _name(choice)
        case {"type": "allowed_tools", "tools": list(tools)}:
            names = [_name(tool) for tool in tools if isinstance(tool, dict)]
            allowed = {"mode": choice.get("mode"), "tools": names}
            return {"type": "allowed_tools", "allowed_tools": allowed}
    return choice


def _flatten(tools: list[Tool]) -> Iterator[tuple[str, Tool]]:
    """Yield each tool that is known, with its one name; within namespaces too."""
    for tool in tools:
        if tool.get("type") == NAMESPACE:
            space = str(tool.get("name"))
            for within in _take_known(tool.get("tools")):
                yield join(space, within["name"]), within
        for known in _take_known([tool]):
            yield known["name"], known


def _take_known(tools: Any) -> Iterator[Tool]:
    for tool in tools if isinstance(tools, list) else ():
        match tool:
            case {"type": "function" | "custom", "name": str()}:
                yield tool


def _find_problems(tool: Any, path: str) -> Iterator[Problem]:
    if not isinstance(tool, dict):
        yield Problem(path, "expected an object")
    elif tool.get("type") not in KNOWN:
        yield Problem(f"{path}.type", HOSTED)
    else:
        if not isinstance(name := tool.get("name"), str) or not name:
            yield Problem(f"{path}.name", "expected a name")
        if not isinstance(tool.get("parameters"), dict | None):
            yield Problem(f"{path}.parameters", "expected an object")


def _translate(name: str, tool: Tool) -> Tool:
    function: dict[str, Any] = {"name": name}
    description = tool.get("description")
    if tool["type"] == "custom":
        description, parameters = _describe(description, tool.get("format")), ANY_TEXT
    else:
        parameters = tool.get("parameters") or {"type": "object", "properties": {}}
    if isinstance(description, str) and description:
        function["description"] = description
    return {"type": "function", "function": {**function, "parameters": parameters}}


def _describe(description: Any, form: Any) -> str:
    """Return what a free-form tool is for, and of what form its text has to be."""
    sentences = [description] if isinstance(description, str) else []
    sentences.append(f"Give the text for this tool as it is, as `{INPUT}`.")
    match form:
        case {"type": "grammar", "definition": str(definition)}:
            syntax = (
                "regular expression" if form.get("syntax") == "regex" else "grammar"
            )
            sentences.append(f"It has to follow this {syntax}:\n{definition}")
    return "\n\n".join(sentences)


def _name(tool: Tool) -> Tool:
    return {"type": "function", "function": {"name": tool.get("name")}}
