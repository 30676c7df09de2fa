"""Which tools have to be called, for models that are only told `auto`.

Z.AI refuses any other `tool_choice` ("Tool choice must be auto", reported in
vectorize-io/hindsight#4246 and onyx-dot-app/onyx#14192): what a caller wants is said by
the tools that are offered, and in words. Whether it calls one is up to the model.
"""

from collections.abc import Iterator
from typing import Any

from chat.conversation import Message
from chat.protocols.refusal import Problem
from chat.protocols.structured import add_instruction

Parameters = dict[str, Any]


def find_problems_of_choice(
    tools: list[dict[str, Any]], choice: Any
) -> Iterator[Problem]:
    """Yield why `choice` cannot be made among `tools`."""
    names = _names_in(choice)
    if choice != "required" and names is None:
        return
    if not tools:
        sentence = "there are no tools to choose from"
        yield Problem("tool_choice", sentence, about="tools")
    elif names is not None and not names <= {_name_of(tool) for tool in tools} - {None}:
        sentence = "a tool of that name is not among the tools"
        yield Problem("tool_choice", sentence, about="tools")


def choose_tools(messages: list[Message], parameters: Parameters) -> Parameters:
    """Return `parameters` with a `tool_choice` that Z.AI takes.

    What it cannot say is added to `messages`. A word that is not known goes on as it
    is.
    """
    choice = parameters.get("tool_choice")
    if choice == "none":
        return _leave_out(parameters, "tools", "tool_choice", "tool_stream")
    tools, names = parameters.get("tools") or [], _names_in(choice)
    if names is not None:
        tools = [tool for tool in tools if _name_of(tool) in names]
    elif choice != "required":
        return parameters
    if _is_forced(choice):
        _require(messages, tools)
    return {**parameters, "tools": tools, "tool_choice": "auto"}


def _names_in(choice: Any) -> set[str | None] | None:
    """Return the names of the tools that may be called; None if `choice` names none."""
    match choice:
        case {"type": "function", "function": {"name": str(name)}}:
            return {name}
        case {"type": "allowed_tools", "allowed_tools": {"tools": list(allowed)}}:
            return {_name_of(tool) for tool in allowed} or {None}
    return None


def _is_forced(choice: Any) -> bool:
    match choice:
        case {"type": "allowed_tools", "allowed_tools": {"mode": mode}}:
            return bool(mode == "required")
        case {"type": "allowed_tools"}:
            return False
    return True


def _require(messages: list[Message], tools: list[dict[str, Any]]) -> None:
    names = [f"`{name}`" for tool in tools if (name := _name_of(tool))]
    which = (
        f"the tool {names[0]}" if len(tools) == len(names) == 1 else "one of the tools"
    )
    add_instruction(
        messages,
        f"You must call {which} now, with arguments that you take from the"
        " conversation. Do not answer in words.",
    )


def _name_of(tool: Any) -> str | None:
    match tool:
        case {"function": {"name": str(name)}}:
            return name
    return None


def _leave_out(parameters: Parameters, *names: str) -> Parameters:
    return {name: v for name, v in parameters.items() if name not in names}
