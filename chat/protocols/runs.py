"""Events that only go on with what is being written."""

from chat.event import Batch


def read_texts(batch: Batch, part: str) -> list[str] | None:
    """Return the text of each event, if all only go on with a `part` of this kind."""
    if not part:
        return None
    is_text = part == "text"
    # Without a call for each: they may be thousands.
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
