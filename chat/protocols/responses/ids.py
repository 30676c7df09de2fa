"""Ids of answers and their items, from which the request can be read again.

Clients refer to what was answered before by the id of an item (`item_reference`).
"""

import re
from typing import Literal, NamedTuple

OF_REQUESTS = "req_"
# What an item is: a message, a call of a function, one of a free-form tool, thoughts.
Kind = Literal["msg", "fc", "ctc", "rs"]
ITEM = re.compile(r"(msg|fc|ctc|rs)_([0-9a-f]{27})_([0-9]{1,4})")
THOUGHTS = "rs_"


class Reference(NamedTuple):
    """The item of this number, among those of its kind, in the answer to a request."""

    kind: str
    request_id: str
    number: int


def make_response_id(request_id: str) -> str:
    return f"resp_{request_id.removeprefix(OF_REQUESTS)}"


def make_item_id(kind: Kind, request_id: str, number: int) -> str:
    """Return the id of the item of this number, among those of its kind."""
    return f"{kind}_{request_id.removeprefix(OF_REQUESTS)}_{number}"


def read_reference(item_id: str) -> Reference | None:
    """Return what `item_id` refers to; None if it is no id of this service's."""
    if (found := ITEM.fullmatch(item_id)) is None:
        return None
    kind, tail, number = found.groups()
    return Reference(kind, f"{OF_REQUESTS}{tail}", int(number))


def is_of_thoughts(item_id: str) -> bool:
    """Whether `item_id` is one of thoughts, be it of another service's."""
    return item_id.startswith(THOUGHTS)
