"""What `manage.py` does, and the command `zai-chat` where this is installed."""

import contextlib
import io
import os
import sys

# What these make goes under version control or is served: as readable as ever.
PUBLIC = {
    *("collectstatic", "makemessages", "compilemessages", "startapp", "startproject"),
    *("makemigrations", "optimizemigration", "squashmigrations"),
}
# They ask the database from many threads.
SERVERS = {"quickstart", "runserver"}


def main() -> None:
    """Run the command of `sys.argv`. Leaves with status 1 and one sentence where what
    the service stands on is not there: settings, a folder, the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A password or an address that waits in a buffer, as in a container or a pipe,
        # is read by nobody while the server runs.
        sys.stdout.reconfigure(line_buffering=True)
    command = next(iter(sys.argv[1:]), "")
    if command == "version":
        _say_version()
        return
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import Error

        from config import dotenv, modes
    except ImportError as error:
        sys.exit(f"{error}. Run `make run`, or activate the virtual environment.")
    if command not in PUBLIC:
        modes.make_private_files()
    try:
        if command == "quickstart":
            dotenv.create()  # before the settings are read, which need it
        if command not in SERVERS:
            _leave_out_the_pool()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        _leave(f"{error}")
    except Error as error:
        from config.unusable import explain

        if (sentence := explain(error)) is None:
            raise
        _leave(sentence)


def _say_version() -> None:
    from config.version import NAME, read_version

    print(f"{NAME} {read_version()}")


def _leave_out_the_pool() -> None:
    """A command asks one thing after another. Where PostgreSQL is away the pool would
    try for 5 seconds, print each try, and not say why."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    # Some commands need no settings; of others Django says what is wrong.
    with contextlib.suppress(ImproperlyConfigured):
        settings.DATABASES["default"].get("OPTIONS", {}).pop("pool", None)


def _leave(sentence: str) -> None:
    """Raises what is being handled if `--traceback` asks for it, else SystemExit."""
    if "--traceback" in sys.argv:
        raise
    sys.exit(sentence)
