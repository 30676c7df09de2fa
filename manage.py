#!/usr/bin/env python
import os
import sys

# What these make goes under version control or is served: as readable as ever.
PUBLIC = {
    *("collectstatic", "makemessages", "compilemessages", "startapp", "startproject"),
    *("makemigrations", "optimizemigration", "squashmigrations"),
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from config import dotenv, modes
    except ImportError as error:
        sys.exit(f"{error}. Run `make run`, or activate the virtual environment.")
    if not PUBLIC.intersection(sys.argv[1:2]):
        modes.make_private_files()
    try:
        if sys.argv[1:2] == ["quickstart"]:
            dotenv.create()  # before the settings are read, which need it
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
