"""`python -m benchmarks.gate.clients NAME …`: make clients, and print their keys."""

import json
import os
import sys


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from chat.access.clients import add_client

    json.dump({name: add_client(name)[1] for name in sys.argv[1:]}, sys.stdout)


if __name__ == "__main__":
    main()
