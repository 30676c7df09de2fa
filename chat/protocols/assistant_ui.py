"""What assistant-ui posts beside the messages of `useChat`.

From the source of @assistant-ui/ai-sdk 0.0.7, the transport of `useChatRuntime()`, and
of assistant-stream 0.3.45, which writes the tools. `config` may hold an `apiKey` too,
which is not ours: nobody looks at it.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from chat.conversation import LONGEST_MODEL, Effort

HIGHEST_TEMPERATURE = 1.0  # of Z.AI; the AI SDK leaves the range to the provider


class CallSettings(Struct, rename="camel"):
    """How the model is called; what Z.AI has no word for is left out."""

    max_tokens: Annotated[int, Meta(ge=1, le=131072)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    seed: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None = None

    def given(self) -> dict[str, Any]:
        """Return those that are set, as Z.AI takes them."""
        names = self.__struct_fields__
        given = {n: v for n in names if (v := getattr(self, n)) is not None}
        if self.temperature is not None:
            given["temperature"] = min(self.temperature, HIGHEST_TEMPERATURE)
        return given


class ModelConfig(Struct, rename="camel"):
    """Which model is called."""

    model_name: Annotated[str, Meta(max_length=LONGEST_MODEL)] | None = None
    reasoning_effort: Effort | None = None


class NamedTool(Struct):
    """A tool of the page; its name is its key."""

    description: str | None = None
    parameters: dict[str, Any] | None = None


def list_tools(named: dict[str, NamedTool]) -> list[dict[str, Any]]:
    """Return `named` as Z.AI takes them."""
    return [
        {"type": "function", "function": {"name": name, **_describe(tool)}}
        for name, tool in named.items()
    ]


def _describe(tool: NamedTool) -> dict[str, Any]:
    fields = {"description": tool.description, "parameters": tool.parameters}
    return {name: value for name, value in fields.items() if value is not None}
