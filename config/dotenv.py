"""The `.env` file of `config.home`: read by the settings, written by `make run`."""

import io
import os
import re
import secrets

import environ
from django.core.exceptions import ImproperlyConfigured

from config.home import HOME

PATH = HOME / ".env"

_LINE = re.compile(r"(?:export )?[A-Za-z_0-9]+=.*")
_FIRST = """\
# Written by `make run` for development on this machine. Every setting: .env.example
# DEBUG lets the admin's cookies pass over plain http, which is why HOST is loopback.
DEBUG=true
HOST=127.0.0.1
ALLOWED_HOSTS=localhost,127.0.0.1,[::1]
SECRET_KEY={secret_key}
# Your key from https://z.ai (id.secret). Without one the built-in simulator answers.
ZAI_API_KEY=
"""


def variables() -> dict[str, str]:
    """The process's variables, and those of `.env` that the process does not set.

    Raises ImproperlyConfigured, in one sentence, for a file that cannot be read.
    """

    class Variables(environ.Env):
        # A copy: in os.environ they would pass to the autoreloader's next process
        # and win over a `.env` edited meanwhile.
        ENVIRON = dict(os.environ)  # type: ignore[assignment]

    if PATH.exists():
        Variables.read_env(io.StringIO(_text()))
    return dict(Variables.ENVIRON)


def create() -> bool:
    """Write a first `.env`, unless there is one or SECRET_KEY is set without it.

    Raises ImproperlyConfigured where the folder cannot be written.
    """
    if PATH.exists() or os.environ.get("SECRET_KEY"):
        return False
    text = _FIRST.format(secret_key=secrets.token_urlsafe(48))
    try:
        PATH.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(PATH, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise ImproperlyConfigured(
            f"{PATH} cannot be written ({reason}): this account needs a folder of its "
            "own for the settings and the database."
        ) from None
    return True


def _text() -> str:
    """The file, checked: the library would log a line it cannot read, key and all."""
    try:
        text = PATH.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{PATH} cannot be read as UTF-8 text: {type(error).__name__}."
        raise ImproperlyConfigured(message) from None
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines, start=1):
        if line and not line.startswith("#") and not _LINE.fullmatch(line):
            raise ImproperlyConfigured(
                f"{PATH}, line {number}, must be NAME=value, "
                "without spaces around the equals sign."
            )
    return "\n".join(lines)
