"""A command line that asks the same again."""

import shlex

# The longest argument that Linux takes is 128 KB.
LONGEST_ARGUMENT = 100_000
DELIMITER = "END_OF_BODY"


def curl(url: str, body: str, key: str = "") -> str:
    """Return a command for a POSIX shell. A long body goes through standard input."""
    if key:
        bearer = f"-H {shlex.quote(f'Authorization: Bearer {key}')}"
        return f"{_command(url)} \\\n  {bearer} \\\n  -d {shlex.quote(body)}"
    if len(body.encode()) <= LONGEST_ARGUMENT:
        return f"{_command(url)} \\\n  -d {shlex.quote(body)}"
    # One line of JSON starts with a brace, and so never is the delimiter.
    return f"{_command(url)} --data-binary @- <<'{DELIMITER}'\n{body}\n{DELIMITER}"


def curl_of_file(url: str, name: str) -> str:
    return f"{_command(url)} --data-binary @{shlex.quote(name)}"


def _command(url: str) -> str:
    return f"curl -N {shlex.quote(url)} -H 'Content-Type: application/json'"
