"""Items as callers send them, made into messages as Z.AI takes them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from chat.conversation import Message
from chat.failures import AnswerNotKept
from chat.protocols.messages import MOST_PARTS
from chat.protocols.refusal import Problem
from chat.protocols.responses import ids, parts
from chat.protocols.responses.tools import INPUT, join

MOST = 6_000  # items; a turn of an agent has several
Parts = str | Annotated[list[dict[str, Any]], Meta(max_length=MOST_PARTS)]

CALLS = ("function_call", "custom_tool_call")
OUTPUTS = ("function_call_output", "custom_tool_call_output")
PASSED_OVER = ("reasoning",)
UNKNOWN = (
    "items of this type are not known here: there are message, function_call,"
    " function_call_output, custom_tool_call, custom_tool_call_output, reasoning and"
    " item_reference"
)
NOT_KEPT = (
    "the text of what this refers to is not kept here, or not any more: send the items"
    " themselves, as clients do with store: false"
)

# The answers of earlier requests, by the ids of these.
Answers = Mapping[str, Message]


class InputItem(Struct, omit_defaults=True):
    """Fields that nothing is made of are left out."""

    type: str | None = None
    id: str | None = None
    role: Literal["developer", "system", "user", "assistant"] | None = None
    content: Parts | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: str | None = None
    input: str | None = None
    output: Parts | None = None

    @property
    def counts(self) -> bool:
        """Whether the model hears of it."""
        if self.kind == "message":
            return bool(self.content)
        if self.kind == "item_reference":
            return not ids.is_of_thoughts(self.id or "")
        return self.kind not in PASSED_OVER

    @property
    def kind(self) -> str | None:
        """Its type; a message need not tell it."""
        return self.type or ("message" if self.role else None)


def find_references(items: Sequence[InputItem]) -> list[ids.Reference]:
    """Return what `items` take from the log, but for thoughts."""
    named = (i.id for i in items if i.kind == "item_reference" and i.id)
    found = map(ids.read_reference, named)
    return [reference for reference in found if reference and reference.kind != "rs"]


def find_problems_of_items(items: Sequence[InputItem]) -> Iterator[Problem]:
    """Yield what `make_messages` cannot make messages of."""
    for index, item in enumerate(items):
        path = f"input[{index}]"
        if item.kind == "message":
            if item.role is None:
                yield Problem(f"{path}.role", "the field is required")
            if item.content is None:
                yield Problem(f"{path}.content", "the field is required")
            yield from parts.find_problems(item.content, f"{path}.content")
        elif item.kind in CALLS:
            yield from _miss(item, path, "call_id", "name")
        elif item.kind in OUTPUTS:
            yield from _miss(item, path, "call_id")
            if item.output is None:
                yield Problem(f"{path}.output", "the field is required")
            yield from parts.find_problems(item.output, f"{path}.output")
        elif item.kind == "item_reference":
            yield from _miss(item, path, "id")
        elif item.kind not in PASSED_OVER:
            yield Problem(f"{path}.type", UNKNOWN)


def make_messages(items: Sequence[InputItem], answers: Answers) -> list[Message]:
    """Return the messages of `items`. Raises AnswerNotKept for an answer that is
    referred to and not among `answers`."""
    reading = Reading(answers)
    for index, item in enumerate(items):
        reading.add(item, f"input[{index}].id")
    return reading.end()


class Reading:
    """Makes messages of items one by one: what the assistant says and calls in a row
    becomes one message of its own."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._messages: list[Message] = []
        self._pictures: list[dict[str, Any]] = []  # of the outputs that came last

    def add(self, item: InputItem, path: str) -> None:
        """Add `item`; `path` is where its id stands. Raises AnswerNotKept."""
        if item.kind in OUTPUTS:
            text, pictures = parts.read_output(item.output or "")
            self._pictures += pictures
            self._put("tool", text, tool_call_id=item.call_id)
            return
        if item.kind in PASSED_OVER or not item.kind:
            return
        self._show_pictures()
        if item.kind == "item_reference":
            self._recall(item.id or "", path)
        elif item.kind in CALLS:
            name = join(item.namespace, item.name or "")
            self._call(item.call_id, name, _read_arguments(item))
        elif item.content:
            self._speak(item.role or "user", item.content)

    def end(self) -> list[Message]:
        self._show_pictures()
        return self._messages

    def _speak(self, role: str, content: Parts) -> None:
        if role == "user":
            self._put(role, parts.translate(content))
        else:
            self._put("system" if role == "developer" else role, parts.join(content))

    def _call(self, call_id: str | None, name: str | None, arguments: str) -> None:
        last = self._messages[-1] if self._messages else None
        if last is None or last["role"] != "assistant":
            last = self._put("assistant", "")
        function = {"name": name, "arguments": arguments}
        call = {"id": call_id, "type": "function", "function": function}
        last.setdefault("tool_calls", []).append(call)

    def _recall(self, item_id: str, path: str) -> None:
        if ids.is_of_thoughts(item_id):
            return
        reference = ids.read_reference(item_id)
        answer = self._answers.get(reference.request_id) if reference else None
        if reference is None or answer is None:
            raise _refuse(path)
        if reference.kind == "msg":
            # The log has the words of an answer in one piece, as its first message.
            if not reference.number and (content := answer.get("content")):
                self._put("assistant", content)
            return
        calls = answer.get("tool_calls") or []
        if reference.number >= len(calls):
            raise _refuse(path)
        call = calls[reference.number]
        function = call.get("function") or {}
        self._call(
            call.get("id"), function.get("name"), function.get("arguments") or ""
        )

    def _show_pictures(self) -> None:
        """What a tool shows is seen by who asks: Z.AI's tools answer in words."""
        if self._pictures:
            pictures, self._pictures = self._pictures, []
            self._put("user", pictures)

    def _put(self, role: str, content: Any, **further: Any) -> Message:
        self._messages.append({"role": role, "content": content, **further})
        return self._messages[-1]


def _refuse(path: str) -> AnswerNotKept:
    return AnswerNotKept(f"{path}: {NOT_KEPT}.", param=path)


def _read_arguments(item: InputItem) -> str:
    if item.kind == "custom_tool_call":
        return msgspec.json.encode({INPUT: item.input or ""}).decode()
    return item.arguments or ""


def _miss(item: InputItem, path: str, *names: str) -> Iterator[Problem]:
    for name in names:
        if not getattr(item, name):
            yield Problem(f"{path}.{name}", "the field is required")
