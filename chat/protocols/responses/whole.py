"""An answer that came in one piece, as a response."""

from chat.event import Delta, Event
from chat.protocols.fences import remove_fence
from chat.protocols.responses.free_form import read_input
from chat.protocols.responses.output import INCOMPLETE, Output, make_usage
from chat.protocols.responses.shapes import OutputItem, Response, Status


def make_whole(completion: Event, output: Output) -> Response:
    """Return Z.AI's whole answer as a response."""
    said = (completion.choices[0].message if completion.choices else None) or Delta()
    incomplete = INCOMPLETE.get(completion.finish_reason or "")
    status: Status = "incomplete" if incomplete else "completed"
    return output.make_response(
        _make_items(said, output, status),
        completion.created,
        completion.model,
        status=status,
        incomplete_details=incomplete,
        usage=make_usage(completion.usage),
    )


def _make_items(said: Delta, output: Output, status: Status) -> list[OutputItem]:
    items: list[OutputItem] = []
    if said.reasoning_content:
        items.append(output.make_reasoning(0, said.reasoning_content))
    text = said.content or ""
    if output.asked.wants_json:
        text = remove_fence(text)
    if text and not text.isspace():
        items.append(output.make_message(0, text, status))
    for number, call in enumerate(said.tool_calls or ()):
        name, given = call.function.name or "", call.function.arguments or ""
        if name in output.asked.free_form:
            given = read_input(given)
        items.append(output.make_call(number, call.id or "", name, given, status))
    return items
