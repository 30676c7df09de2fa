"""What is known of each model, and how an operator changes it."""

import contextlib
import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from genai_prices import Usage, calc_price

from chat.glm.known import find, offered, profile_of
from chat.glm.profile import Price, Profile, Thinks
from chat.glm.reading import MOST_BYTES, Unreadable, built_in, read

SETTINGS = Path(__file__).parents[3] / "config" / "settings.py"
DOCUMENTED = SETTINGS.parents[1] / "docs" / "models.md"
CAUTIOUS = Profile(name="glm-9")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "models.toml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("profile", built_in().values(), ids=lambda p: p.name)
def test_what_is_known_of_a_model_can_be_so(profile: Profile) -> None:
    assert profile.source and profile.as_of
    assert profile.context and profile.longest
    assert profile.longest <= profile.context
    assert profile.sees and profile.sees[0] == "text"
    assert profile.thinks is not Thinks.UNKNOWN
    assert bool(profile.efforts) == bool(profile.default_effort)
    assert profile.successor is None or profile.successor in built_in()


@pytest.mark.parametrize(
    "profile", [p for p in built_in().values() if p.efforts], ids=lambda p: p.name
)
def test_no_model_thinks_its_dearest_unasked(profile: Profile) -> None:
    assert profile.default_effort != list(profile.efforts)[-1]


def test_models_that_think_long_may_be_silent_for_long() -> None:
    assert built_in()["glm-5.3"].silence >= 600
    assert all(p.silence >= 600 for p in built_in().values() if p.efforts)


def test_prices_are_those_of_a_kept_list() -> None:
    usage = Usage(
        input_tokens=3_000_000, cache_read_tokens=2_000_000, output_tokens=1_000_000
    )
    theirs: dict[str, float] = {}
    ours: dict[str, float] = {}
    for profile in built_in().values():
        with contextlib.suppress(LookupError):  # it has not all
            listed = calc_price(usage, profile.name, provider_id="zai")
            theirs[profile.name] = round(float(listed.total_price), 6)
            ours[profile.name] = _price(profile)
    assert len(ours) >= 15
    assert ours == theirs


def _price(profile: Profile) -> float:
    price = profile.price
    assert price
    cached = price.input if price.cached is None else price.cached
    return round(price.input + 2 * cached + price.output, 6)


def test_the_table_of_the_documentation_is_true() -> None:
    lines = DOCUMENTED.read_text().splitlines()
    told = [line for line in lines if re.match(r"\| `[^`]+` \| [\d,]{5,} \|", line)]
    assert told == [_row(profile) for profile in built_in().values()]


def _row(p: Profile) -> str:
    sees = ", ".join(p.sees[1:]) if p.sees else ""
    efforts = ", ".join(f"**{e}**" if e == p.default_effort else e for e in p.efforts)
    cells = [f"{p.context:,}", f"{p.longest:,}", sees or "–", p.thinks, efforts or "–"]
    return " | ".join(
        [f"| `{p.name}`", *cells, _told(p.price), f"{p.silence:g} |"],
    )


def _told(price: Price | None) -> str:
    if price is None:
        return "–"
    if price == Price(0, 0, 0):
        return "free"
    cached = "–" if price.cached is None else f"{price.cached:g}"
    return f"{price.input:g} / {cached} / {price.output:g}"


def test_the_example_of_the_documentation_can_be_read(write: Write) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", DOCUMENTED.read_text(), re.DOTALL)
    profiles = read(write(example))
    assert profiles["glm-6"].thinks is Thinks.ALWAYS
    assert profiles["glm-4.6"].price == Price(0.5, 2, 0.1)


def test_the_documentation_has_every_key() -> None:
    keys = set(Profile.__struct_fields__) - {"name", "as_of"}
    assert all(f"| `{key}`" in DOCUMENTED.read_text() for key in keys)


def test_a_file_adds_models_and_changes_those_we_know(write: Write) -> None:
    profiles = read(
        write(
            """
            ["GLM-9"]
            thinks = "always"
            efforts = { max = 9000, low = 100 }
            default_effort = "low"
            price = { input = 1, output = 2 }

            ["glm-4.6"]
            price = { input = 0.5, cached = 0.1, output = 2 }
            retired = 2030-01-01
            """
        )
    )
    assert list(profiles) == ["glm-9", *built_in()]
    assert list(profiles["glm-9"].efforts) == ["low", "max"]
    assert profiles["glm-9"].silence == CAUTIOUS.silence
    ours, changed = built_in()["glm-4.6"], profiles["glm-4.6"]
    assert changed.price == Price(input=0.5, cached=0.1, output=2)
    assert (changed.context, changed.sees) == (ours.context, ours.sees)
    assert not changed.is_retired


def test_it_may_be_json(write: Write) -> None:
    tables = {"glm-4.6": {"retired": "2026-01-01", "successor": "glm-5"}}
    profile = read(write(json.dumps(tables), "models.json"))["glm-4.6"]
    assert profile.is_retired
    assert profile.successor == "glm-5"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('["glm-9"', "Unclosed|Expected"),
        ("glm = 1", "glm is no table"),
        ('["glm-9"]\ncontxt = 5', "glm-9: .*contxt"),
        ('["glm-9"]\nthinks = "maybe"', "glm-9: .*thinks"),
        ('["glm-9"]\nname = "other"', "glm-9: its name"),
        ('["glm-9"]\nsilence = -1', "glm-9: .*silence"),
        ('["glm-9"]\nprice = { input = 1 }', "glm-9: .*output"),
        ('["glm-9"]\nefforts = { none = 5 }', "glm-9: none"),
        ('["glm-9"]\nefforts = { low = 5 }\ndefault_effort = "max"', "default_effort"),
        ('["glm-9"]\n["GLM-9"]\n', "there twice"),
        ("\x00", "."),
        ("a" * (MOST_BYTES + 1), "bytes"),
        ("a = " + "[" * 5_000, "."),
    ],
)
def test_what_cannot_be_read_says_why(write: Write, text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(write(text))


@pytest.mark.parametrize(
    ("text", "why"),
    [("[]", "no table of models"), ("{", "."), ("[" * 100_000, "too deeply")],
)
def test_nor_json_that_is_none(write: Write, text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(write(text, "models.json"))


def test_a_file_that_cannot_be_used_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "there-is-none.toml"
    monkeypatch.setenv("ZAI_PROFILES", str(path))
    with pytest.raises(ImproperlyConfigured, match=r"^ZAI_PROFILES: \S+ cannot"):
        runpy.run_path(str(SETTINGS))


def test_the_settings_have_what_the_file_says(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZAI_PROFILES", str(write('["glm-9"]\nsilence = 77\n')))
    profiles = runpy.run_path(str(SETTINGS))["ZAI_PROFILES"]
    assert profiles["glm-9"].silence == 77


def test_nobody_knows_everything(settings: Any) -> None:
    assert find("glm-9") is None
    assert profile_of("glm-9") == CAUTIOUS
    assert profile_of("GLM-4.6").name == "glm-4.6"


def test_a_retired_model_is_not_offered(settings: Any) -> None:
    assert "glm-4.5-flash" not in [profile.name for profile in offered()]
    assert find("glm-4.5-flash")
