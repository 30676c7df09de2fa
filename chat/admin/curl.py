"""A command line that asks the same again."""

import json
import shlex
from typing import Any

# The longest argument that Linux takes is 128 KB.
LONGEST_ARGUMENT = 100_000
DELIMITER = "END_OF_BODY"


def curl(url: str, body: dict[str, Any]) -> str:
    """Return a command for a POSIX shell. A long body goes through standard input."""
    text = json.dumps(body, ensure_ascii=False)
    command = f"curl -N {shlex.quote(url)} -H 'Content-Type: application/json'"
    if len(text.encode()) <= LONGEST_ARGUMENT:
        return f"{command} \\\n  -d {shlex.quote(text)}"
    # One line of JSON starts with a brace, and so never is the delimiter.
    return f"{command} --data-binary @- <<'{DELIMITER}'\n{text}\n{DELIMITER}"
