"""Tools as OpenAI's Responses have them, made into Z.AI's functions.

A free-form tool (`custom`) takes any text. Z.AI has none such: it becomes a function
with that text as its only argument.
"""

from collections.abc import Iterator
from typing import Any

from chat.protocols.refusal import Problem

Tool = dict[str, Any]

INPUT = "input"  # the argument of a free-form tool
ANY_TEXT: dict[str, Any] = {
    "type": "object",
    "properties": {INPUT: {"type": "string"}},
    "required": [INPUT],
}
KNOWN = ("function", "custom")
WORDS = ("auto", "none", "required")
HOSTED = "there are function and custom tools here, and none that the service runs"


def find_problems_of_tools(tools: list[Tool]) -> Iterator[Problem]:
    """Yield what `translate_tools` cannot make functions of."""
    for index, tool in enumerate(tools):
        path = f"tools[{index}]"
        if tool.get("type") not in KNOWN:
            yield Problem(f"{path}.type", HOSTED)
            continue
        if not isinstance(name := tool.get("name"), str) or not name:
            yield Problem(f"{path}.name", "expected a name")
        if not isinstance(tool.get("parameters"), dict | None):
            yield Problem(f"{path}.parameters", "expected an object")


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
    return [_translate(tool) for tool in tools if tool.get("type") in KNOWN]


def find_free_form(tools: list[Tool]) -> frozenset[str]:
    """Return the names of the tools that take any text."""
    return frozenset(str(t.get("name")) for t in tools if t.get("type") == "custom")


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


def _translate(tool: Tool) -> Tool:
    function = {"name": tool.get("name")}
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
