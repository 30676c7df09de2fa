"""The pictures of `docs/`, taken anew: `python -m chat.tests.pictures`."""
