"""What was really asked and answered, on the simulator; a test asks it again."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SUMMARIES = {
    "chat_stream": "streamed",
    "chat_whole": "whole",
    "chat_tools": "a tool is called",
    "use_chat": "by useChat of Vercel's AI SDK",
    "openai_whole": "whole",
    "openai_stream": "streamed",
    "responses_whole": "whole",
    "responses_stream": "streamed",
}


def read_request(name: str) -> Any:
    """Return the body that was sent."""
    return json.loads((FOLDER / f"{name}.request.json").read_text())


def read_answer(name: str) -> Any:
    """Return what came: JSON, or a stream as text."""
    whole = FOLDER / f"{name}.answer.json"
    if whole.exists():
        return json.loads(whole.read_text())
    return (FOLDER / f"{name}.answer.txt").read_text()


def show_requests(*names: str) -> dict[str, Any]:
    """Return requests as the examples of a media type."""
    return {n: {"summary": SUMMARIES[n], "value": read_request(n)} for n in names}


def show_answers(*names: str) -> dict[str, Any]:
    """Return answers as the examples of a media type."""
    return {n: {"summary": SUMMARIES[n], "value": read_answer(n)} for n in names}
