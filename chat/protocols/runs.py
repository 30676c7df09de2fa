"""Events that only go on with what is being written."""

from chat.event import Batch, Event


def read_text(event: Event, part: str) -> str | None:
    """Return the text of `event`, if it only goes on with a `part` of this kind; none
    is being written if that is empty."""
    delta = event.choices[0].delta
    if delta is None or delta.tool_calls or event.web_search is not None:
        return None
    if part == "text":
        return None if delta.reasoning_content else delta.content
    return None if delta.content or not part else delta.reasoning_content


def read_texts(batch: Batch, part: str) -> list[str] | None:
    """Return the text of each event, if all only go on with a `part` of this kind."""
    if not part:
        return None
    is_text = part == "text"
    # `read_text` of each, without a call: they may be thousands.
    texts = [
        text
        for event in batch.events
        if (delta := event.choices[0].delta)
        and (text := delta.content if is_text else delta.reasoning_content)
        and not (delta.reasoning_content if is_text else delta.content)
        and not delta.tool_calls
        and event.web_search is None
    ]
    return texts if len(texts) == len(batch.events) else None
