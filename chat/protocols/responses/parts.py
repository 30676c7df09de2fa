"""The parts of a message as OpenAI's Responses have them, made into Z.AI's."""

from collections.abc import Iterator
from typing import Any

from chat.protocols.refusal import Problem

Part = dict[str, Any]

# The types of parts that are words, and in which field these are.
WORDS = {
    "input_text": "text",
    "output_text": "text",
    "text": "text",
    "summary_text": "text",
    "reasoning_text": "text",
    "refusal": "refusal",
}
IMAGE, FILE = "input_image", "input_file"
UNKNOWN = (
    "parts of this type are not known here: there are input_text, output_text, refusal,"
    " input_image and input_file"
)
NO_FILES = "files are not kept here: give"
SHOWN = "(what it shows follows)"


def find_problems(content: str | list[Part] | None, path: str) -> Iterator[Problem]:
    """Yield what `translate` cannot translate."""
    for index, part in enumerate(content if isinstance(content, list) else ()):
        at, kind = f"{path}[{index}]", part.get("type")
        if not isinstance(kind, str):
            yield Problem(f"{at}.type", "a part needs a type")
        elif field := WORDS.get(kind):
            if not isinstance(part.get(field), str):
                yield Problem(f"{at}.{field}", "expected a string")
        elif kind == IMAGE:
            if not isinstance(part.get("image_url"), str):
                yield Problem(f"{at}.image_url", f"{NO_FILES} a URL")
        elif kind == FILE:
            given = part.get("file_url") or part.get("file_data")
            if not isinstance(given, str):
                yield Problem(f"{at}.file_url", f"{NO_FILES} a URL, or file_data")
        else:
            yield Problem(f"{at}.type", UNKNOWN)


def translate(content: str | list[Part]) -> str | list[Part]:
    """Return `content` as Z.AI takes that of a user."""
    if isinstance(content, str):
        return content
    if len(content) == 1 and content[0].get("type") in WORDS:
        return join(content)
    return [_translate(part) for part in content]


def join(content: str | list[Part]) -> str:
    """Return the words of `content`."""
    if isinstance(content, str):
        return content
    return "".join(_say(part) for part in content if part.get("type") in WORDS)


def read_output(output: str | list[Part]) -> tuple[str, list[Part]]:
    """Return the words that a tool answers, and what else it shows, as Z.AI's parts."""
    if isinstance(output, str):
        return output, []
    words = [_say(part) for part in output if part.get("type") in WORDS]
    shown = [_translate(part) for part in output if part.get("type") not in WORDS]
    return "\n".join([*words, SHOWN] if shown else words), shown


def _translate(part: Part) -> Part:
    kind = part.get("type")
    if kind == IMAGE:
        return {"type": "image_url", "image_url": {"url": part["image_url"]}}
    if kind == FILE and part.get("file_url"):
        return {"type": "file_url", "file_url": {"url": part["file_url"]}}
    if kind == FILE:
        names = ("file_data", "filename")
        return {"type": "file", "file": {n: part[n] for n in names if part.get(n)}}
    return {"type": "text", "text": _say(part)}


def _say(part: Part) -> str:
    return str(part[WORDS[part["type"]]])
