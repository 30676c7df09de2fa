"""Typed variables; what cannot be read is told in one sentence."""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

from chat.gate.concurrency import Concurrency, read_concurrency
from chat.glm.reading import Profiles, Unreadable, built_in, read

T = TypeVar("T")
N = TypeVar("N", int, float)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_HEADER_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
SHORTEST_TOKEN = 16
_TOKEN = re.compile(rf"[!-~]{{{SHORTEST_TOKEN},200}}")
_MODEL = re.compile(r"[a-z0-9][a-z0-9._/-]{0,99}")
_FLAGS = {"true": True, "yes": True, "on": True, "1": True}
_FLAGS |= {"false": False, "no": False, "off": False, "0": False}


class Environment:
    """Reads one variable at a time; `names` keeps every name that was asked for.

    An empty variable means the default, but
    for lists, where it means an empty list. Every method raises ImproperlyConfigured
    with a sentence that names the variable, what was found, and what it may be.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.names: set[str] = set()
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self._found(name) or default

    def flag(self, name: str, default: bool) -> bool:
        return self._parsed(
            name, default, lambda found: _FLAGS[found.lower()], "true or false"
        )

    def integer(self, name: str, default: int, least: int, most: int) -> int:
        def parse(found: str) -> int:
            return _within(int(found), least, most)

        return self._parsed(
            name, default, parse, f"a whole number from {least} to {most}"
        )

    def number(self, name: str, default: float, least: float, most: float) -> float:
        def parse(found: str) -> float:
            return _within(float(found), least, most)

        return self._parsed(
            name, default, parse, f"a number from {least:g} to {most:g}"
        )

    def seconds(self, name: str, default: float, least: float = 0.001) -> float:
        """At most a day: more is a mistake in the unit."""
        return self.number(name, default, least, 86_400)

    def choice(self, name: str, default: str, *choices: str) -> str:
        """One of `choices`, in any case, as it stands there."""
        by_lower = {choice.lower(): choice for choice in choices}
        expected = f"one of {', '.join(choices)}"
        return self._parsed(
            name, default, lambda found: by_lower[found.lower()], expected
        )

    def on_leave(self, name: str, default: str) -> str | float:
        """`stop`, `finish`, or a number of seconds."""

        def parse(found: str) -> str | float:
            is_word = found.lower() in ("stop", "finish")
            return found.lower() if is_word else _within(float(found), 0, 86_400)

        known: str | float = default
        expected = "stop, finish or a number of seconds"
        return self._parsed(name, known, parse, expected)

    def host(self, name: str, default: str) -> str:
        return self._parsed(name, default, _host, "an address or a host name")

    def hosts(self, name: str, default: list[str]) -> list[str]:
        expected = "host names without scheme or port, separated by commas"
        return self._listed(name, default, _allowed_host, expected)

    def origins(self, name: str, default: list[str]) -> list[str]:
        """Scheme and host, as a browser sends them; a lone `*` comes through."""
        expected = "origins such as https://example.com, separated by commas"
        return self._listed(name, default, _origin, expected)

    def header_names(self, name: str) -> list[str]:
        """In small letters."""
        expected = "names of headers, separated by commas"
        return self._listed(name, [], _header_name, expected)

    def networks(self, name: str) -> list[Network]:
        expected = "networks such as 10.0.0.0/8, separated by commas"
        return self._listed(name, [], ipaddress.ip_network, expected)

    def base_url(self, name: str, default: str) -> str:
        """An http(s) URL without credentials and query, without a slash at its end."""
        expected = f"a URL such as {default}"
        return self._parsed(name, default, _base_url, expected).rstrip("/")

    def database(self, name: str, default: str) -> dict[str, Any]:
        """A Django database for `sqlite:///path` or `postgres://…`; a secret."""
        expected = "sqlite:///path or postgres://user:password@host:port/name"
        return self._parsed(name, _database(default), _database, expected, secret=True)

    def redis_url(self, name: str) -> str:
        """A Redis of its own, over TCP, TLS or a Unix socket; a secret. "" is none."""
        return self._parsed(
            name, "", _redis_url, "a URL such as redis://127.0.0.1:6379/0", secret=True
        )

    def time_zone(self, name: str, default: str) -> str:
        return self._parsed(
            name, default, _time_zone, "the name of a time zone such as Europe/Berlin"
        )

    def webhook_url(self, name: str) -> str:
        """An http(s) URL with whatever belongs to it; a secret. "" is none."""
        expected = "a URL such as https://hooks.slack.com/services/…"
        return self._parsed(name, "", _webhook_url, expected, secret=True)

    def metrics_access(self, name: str, default: str) -> str:
        """off, loopback or a token; a secret."""
        expected = f"off, loopback, or a token of {SHORTEST_TOKEN} to 200 characters"
        return self._parsed(name, default, _metrics_access, expected, secret=True)

    def concurrency(self, name: str) -> Concurrency:
        expected = "auto, a number, or numbers by model such as glm-4.6=5,glm-4.5=10"
        return self._parsed(name, Concurrency(), read_concurrency, expected)

    def secrets(self, name: str) -> list[str]:
        """Texts by commas; none of them is shown."""
        found = self._found(name) or ""
        return [word for part in found.split(",") if (word := part.strip())]

    def fallbacks(self, name: str) -> dict[str, str]:
        """Names of models in small letters, by those in whose place they answer."""

        def parse(found: str) -> dict[str, str]:
            pairs = (pair.split(":") for pair in found.split(",") if pair.strip())
            return {_model(first): _model(other) for first, other in pairs}

        expected = "pairs of models such as glm-4.6:glm-4.5-air, separated by commas"
        return self._parsed(name, {}, parse, expected)

    def profiles(self, name: str, folder: Path) -> Profiles:
        """Those of the models we know, changed by a file (relative to `folder`)."""
        found = self._found(name)
        if not found:
            return built_in()
        try:
            return read(folder / found)
        except Unreadable as error:
            message = f"{name}: {found} cannot be used: {error}."
            raise ImproperlyConfigured(message) from None

    def _found(self, name: str) -> str | None:
        self.names.add(name)
        found = self._variables.get(name)
        return None if found is None else found.strip()

    def _parsed(
        self,
        name: str,
        default: T,
        parse: Callable[[str], T],
        expected: str,
        secret: bool = False,
    ) -> T:
        found = self._found(name)
        if not found:
            return default
        try:
            return parse(found)
        except (ValueError, KeyError, TypeError):
            shown = "" if secret or "@" in found else f", not {found!r}"
            message = f"{name} must be {expected}{shown}."
            raise ImproperlyConfigured(message) from None

    def _listed(
        self, name: str, default: list[T], parse: Callable[[str], T], expected: str
    ) -> list[T]:
        def parse_all(found: str) -> list[T]:
            words = (word.strip() for word in found.split(","))
            return [parse(word) for word in words if word]

        if self._found(name) == "":
            return []
        return self._parsed(name, default, parse_all, expected)


def _within(value: N, least: float, most: float) -> N:
    if not (math.isfinite(value) and least <= value <= most):
        raise ValueError
    return value


def _host(found: str) -> str:
    if not _HOST.fullmatch(found):
        ipaddress.ip_address(found)
    return found


def _allowed_host(found: str) -> str:
    if found != "*" and not found.startswith("["):
        _host(found.lstrip("."))
        if ":" in found:  # Django wants IPv6 addresses in brackets
            raise ValueError
    return found


def _origin(found: str) -> str:
    parts = urlsplit(found)
    if found != "*" and not (
        parts.scheme and parts.netloc and found == f"{parts.scheme}://{parts.netloc}"
    ):
        raise ValueError
    return found


def _header_name(found: str) -> str:
    if not _HEADER_NAME.fullmatch(found):
        raise ValueError
    return found.lower()


def _model(found: str) -> str:
    if not _MODEL.fullmatch(name := found.strip().lower()):
        raise ValueError
    return name


def _base_url(found: str) -> str:
    parts = urlsplit(found)
    clean = "@" not in parts.netloc and not (parts.query or parts.fragment)
    # Reading the port raises ValueError for one out of range.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError
    if not clean:
        raise ValueError
    return found


def _time_zone(found: str) -> str:
    ZoneInfo(found)  # raises ZoneInfoNotFoundError, which is a KeyError, or ValueError
    return found


def _webhook_url(found: str) -> str:
    parts = urlsplit(found)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError
    if "@" in parts.netloc or not found.isascii() or not found.isprintable():
        raise ValueError
    return found


def _metrics_access(found: str) -> str:
    if found.lower() in ("off", "loopback"):
        return found.lower()
    if not _TOKEN.fullmatch(found):
        raise ValueError
    return found


def _redis_url(found: str) -> str:
    parts = urlsplit(found)
    if parts.scheme not in ("redis", "rediss", "unix") or parts.port == 0:
        raise ValueError
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise ValueError
    return found


def _database(found: str) -> dict[str, Any]:
    if urlsplit(found).scheme not in ("sqlite", "postgres", "postgresql"):
        raise ValueError
    database: dict[str, Any] = environ.Env.db_url_config(found)  # type: ignore[no-untyped-call]
    if not database["NAME"]:
        raise ValueError
    return database
