"""What the model thinks before it speaks, and how long."""

from itertools import cycle, islice

from . import tokens
from .request import ChatRequest
from .tools import ToolCall

# In tokens, by effort. `max` is more than the 2,048 that a chat allows an answer: who
# leaves no room for it gets no word.
_LENGTHS = {"low": 40, "high": 200, "max": 2_500}
_FURTHER = (
    "\n\nLet me look at that once more.",
    " Is there a case that I have not thought of?",
    " It could be put more simply.",
    " That holds, as far as I can see.",
    " What would somebody say who disagrees?",
    " Then I would have to say why.",
)


def thoughts_of(request: ChatRequest, calls: list[ToolCall]) -> list[str]:
    """The thoughts in pieces of one token; none where the model does not think."""
    if not request.thinks:
        return []
    pieces = tokens.split(_text(request, calls))
    length = _LENGTHS.get(request.effort or "")
    if length is None:
        return pieces
    further = (piece for text in cycle(_FURTHER) for piece in tokens.split(text))
    return [*pieces, *islice(further, max(length - len(pieces), 0))][:length]


def _text(request: ChatRequest, calls: list[ToolCall]) -> str:
    asked = " ".join(request.question.split())[:120] or "nothing in words"
    if request.answers_tools:
        return "The tools have returned. I should put their results into plain words."
    if calls:
        names = ", ".join(call.name for call in calls)
        return f"The user asks: {asked}. I need {names} for that, with these arguments."
    return (
        f"The user asks: {asked}.\n\n1. What kind of answer do they need?\n"
        "2. Keep it short and true.\n\nI know enough to answer; let me write it down."
    )
