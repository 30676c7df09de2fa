"""Which tools have to be called, for models that are only told `auto`.

Z.AI refuses any other `tool_choice` ("Tool choice must be auto", reported in
vectorize-io/hindsight#4246 and onyx-dot-app/onyx#14192): what a caller wants is said by
the tools that are offered, and in words. Whether it calls one is up to the model.
"""

from typing import Any

from chat.conversation import Message
from chat.failures import Refused
from chat.protocols.structured import add_instruction

Parameters = dict[str, Any]


def choose_tools(messages: list[Message], parameters: Parameters) -> Parameters:
    """Return `parameters` with a `tool_choice` that Z.AI takes.

    What it cannot say is added to `messages`. Raises Refused for a tool that is not
    offered. A word that is not known goes on as it is.
    """
    choice = parameters.get("tool_choice")
    match choice:
        case "none":
            return _leave_out(parameters, "tools", "tool_choice", "tool_stream")
        case "required":
            return _require(messages, parameters, _offered(parameters))
        case {"type": "function", "function": {"name": str(name)}}:
            return _require(messages, parameters, _named(parameters, {name}))
        case {
            "type": "allowed_tools",
            "allowed_tools": {"tools": list(allowed)} as some,
        }:
            tools = _named(parameters, {_name_of(tool) for tool in allowed})
            if some.get("mode") == "required":
                return _require(messages, parameters, tools)
            return {**parameters, "tools": tools, "tool_choice": "auto"}
    return parameters


def _require(
    messages: list[Message], parameters: Parameters, tools: list[dict[str, Any]]
) -> Parameters:
    names = [f"`{name}`" for tool in tools if (name := _name_of(tool))]
    which = (
        f"the tool {names[0]}" if len(tools) == len(names) == 1 else "one of the tools"
    )
    add_instruction(
        messages,
        f"You must call {which} now, with arguments that you take from the"
        " conversation. Do not answer in words.",
    )
    return {**parameters, "tools": tools, "tool_choice": "auto"}


def _offered(parameters: Parameters) -> list[dict[str, Any]]:
    if tools := parameters.get("tools"):
        offered: list[dict[str, Any]] = tools
        return offered
    raise Refused(
        "tool_choice: there are no tools to choose from.", param="tool_choice"
    )


def _named(parameters: Parameters, names: set[str | None]) -> list[dict[str, Any]]:
    tools = [tool for tool in _offered(parameters) if _name_of(tool) in names]
    if not tools or names != {_name_of(tool) for tool in tools} or None in names:
        raise Refused(
            "tool_choice: a tool of that name is not among the tools.",
            param="tool_choice",
        )
    return tools


def _name_of(tool: Any) -> str | None:
    match tool:
        case {"function": {"name": str(name)}}:
            return name
    return None


def _leave_out(parameters: Parameters, *names: str) -> Parameters:
    return {name: v for name, v in parameters.items() if name not in names}
