"""The tool calls of one answer: each stays one call, however it is told."""

import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import msgspec

from chat.surrogates import Joiner, replace_halves

LONGEST_NAME = 100
MOST_NOTED = 20  # repairs of names
# A name as Z.AI's OpenAPI description has it, out of one with the markup of the model's
# own template around it: "get_weather</arg_value>", "<tool_call>get_weather".
TAG = re.compile(r"<[^<>]{0,40}>?")
INDEX = re.compile(r"[0-9]{1,9}")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(slots=True)
class Call:
    """A call as far as it has come."""

    index: int
    id: str | None
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    joiner: Joiner = field(default_factory=Joiner)
    is_new: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether it has a name, and arguments that nothing can be added to."""
        if not self.name or not self.arguments:
            return False
        try:
            msgspec.json.decode(replace_halves("".join(self.arguments).encode()))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return False
        return True


class Calls:
    """Tells which call a fragment belongs to, and puts that into the fragment.

    Seen beside Z.AI's own form (an id and an index at the beginning, the index from
    then on): no index, the same index for all, no id, the id again in each fragment,
    the name late, `null`, or empty, arguments as an object.
    """

    def __init__(self) -> None:
        self._last: Call | None = None
        self._count = 0
        # The latest of those that were told with an id, an index, or both.
        self._by_id: dict[str, Call] = {}
        self._by_index: dict[int, Call] = {}
        self._by_both: dict[tuple[str, int | None], Call] = {}
        self.repaired_names: list[str] = []  # as callers get them, each once

    def place(self, fragment: Any, *, is_whole: bool = False) -> dict[str, Any] | None:
        """Return `fragment` as Z.AI writes it, with an index that is its call's alone.

        Id, type and name stand in the first fragment that can tell them, and in no
        other: clients add up what they get. `is_whole`: it is all of its call. Returns
        None for what is no fragment.
        """
        if not isinstance(fragment, dict):
            return None
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        name = self._read_name(function.get("name"))
        arguments = function.get("arguments")
        call_id, said = _read_text(fragment.get("id")), _read_index(fragment)
        found = None if is_whole else self._find(call_id, said, name, arguments)
        call = found or self._begin(call_id)
        if call_id:
            self._by_id[call_id] = self._by_both[call_id, said] = call
        if said is not None:
            self._by_index[said] = call
        placed: dict[str, Any] = {}
        if call.is_new:
            call.id = call.id or f"call_{secrets.token_hex(12)}"
            placed["id"] = call.id
        placed["index"] = call.index
        if call.is_new:
            placed["type"] = "function"
        piece = placed["function"] = self._take_piece(call, name, arguments)
        if is_whole:
            piece["arguments"] += call.joiner.end()
        call.is_new = False
        return placed

    def _begin(self, call_id: str | None) -> Call:
        # An id is its call's alone: clients and `useChat` go by it.
        call = Call(self._count, None if call_id in self._by_id else call_id)
        self._last = call
        self._count += 1
        return call

    def _find(
        self, call_id: str | None, said: int | None, name: str, arguments: Any
    ) -> Call | None:
        if call_id:
            call = self._by_both.get((call_id, said)) or self._by_id.get(call_id)
            all_have_it = call and name and (call_id, said) not in self._by_both
            return None if all_have_it else call
        call = self._last if said is None else self._by_index.get(said)
        # A call without an id begins with its name, after one that lacks nothing.
        is_new = name and (arguments or (call and name != call.name))
        return None if call and is_new and call.is_complete else call

    def _take_piece(self, call: Call, name: str, arguments: Any) -> dict[str, Any]:
        piece: dict[str, Any] = {}
        if name and not call.name:
            call.name = piece["name"] = name
        if arguments is not None and not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        text = call.joiner.add(arguments or "")
        call.arguments.append(text)
        piece["arguments"] = text
        return piece

    def _read_name(self, told: Any) -> str:
        if not isinstance(told, str):
            return ""
        if "<" not in told and ">" not in told:
            return told[:LONGEST_NAME].strip()
        found = NAME.search(TAG.sub(" ", told[:LONGEST_NAME]))
        name = found[0] if found else ""
        if len(self.repaired_names) < MOST_NOTED and name not in self.repaired_names:
            self.repaired_names.append(name)
        return name


def _read_text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _read_index(fragment: dict[str, Any]) -> int | None:
    index = fragment.get("index")
    if isinstance(index, str) and INDEX.fullmatch(index):
        return int(index)
    if isinstance(index, float) and index.is_integer():
        return int(index)
    return index if type(index) is int else None
