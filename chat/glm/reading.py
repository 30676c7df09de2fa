"""Profiles out of a file: ours, and the operator's own."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from chat.glm.profile import LEVELS, Profile

OURS = Path(__file__).with_name("models.toml")
MOST_BYTES = 1_000_000

Profiles = Mapping[str, Profile]


class Unreadable(ValueError):
    """A file of profiles that cannot be used; says why in one sentence."""


@cache
def built_in() -> Profiles:
    """Return the profiles of the models that Z.AI offers, by name, the newest first."""
    return _make_profiles(_load(OURS), {})


def read(path: Path) -> Profiles:
    """Return our profiles with those of `path`, JSON or TOML. Raises Unreadable.

    A model that we know keeps what the file does not say of it; any other has the
    cautious defaults of `Profile` for that.
    """
    changed = _make_profiles(_load(path), built_in())
    own = {name: p for name, p in changed.items() if name not in built_in()}
    return {**own, **{name: changed.get(name, p) for name, p in built_in().items()}}


def _load(path: Path) -> dict[str, Any]:
    """Return the tables of the file, by model."""
    try:
        text = path.read_bytes()
        if len(text) > MOST_BYTES:
            raise Unreadable(f"it has more than {MOST_BYTES} bytes")
        is_json = path.suffix.lower() == ".json"
        tables: Any = (
            msgspec.json.decode(text) if is_json else tomllib.loads(text.decode())
        )
    except OSError as error:
        raise Unreadable(error.strerror or "it cannot be opened") from error
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeError) as error:
        raise Unreadable(str(error)) from error
    except RecursionError as error:
        raise Unreadable("it is nested too deeply") from error
    if not isinstance(tables, dict):
        raise Unreadable("it is no table of models")
    return tables


def _make_profiles(tables: dict[str, Any], known: Profiles) -> Profiles:
    profiles: dict[str, Profile] = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise Unreadable(f"{name} is no table")
        name = name.lower()
        if name in profiles:
            raise Unreadable(f"{name} is there twice")
        profiles[name] = _make_profile(name, table, known.get(name))
    return profiles


def _make_profile(name: str, table: dict[str, Any], known: Profile | None) -> Profile:
    if "name" in table:
        raise Unreadable(f"{name}: its name is that of the table")
    before = msgspec.to_builtins(known) if known else {"name": name}
    try:
        profile = msgspec.convert({**before, **table}, Profile)
    except msgspec.ValidationError as error:
        raise Unreadable(f"{name}: {error}") from error
    if set(profile.efforts) & {"none", "minimal"}:
        raise Unreadable(f"{name}: none and minimal are no efforts")
    if profile.default_effort and profile.default_effort not in profile.efforts:
        raise Unreadable(f"{name}: default_effort is none of its efforts")
    efforts = dict(sorted(profile.efforts.items(), key=lambda e: LEVELS.index(e[0])))
    return msgspec.structs.replace(profile, efforts=efforts)
