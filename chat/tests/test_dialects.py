"""The table of dialects: which there are, and where."""

import pytest

from chat.models import RequestLog
from chat.protocols import Dialect, Writer
from chat.protocols.dialects import DOORS, NATIVE, OPENAI, TABLE, spoken_near
from chat.protocols.door import Row, make_doors
from chat.protocols.native import Native, NativeWriter
from chat.protocols.ui_messages import UIMessages


def test_names_differ_and_fit_into_a_row() -> None:
    names = [row.dialect.name for row in TABLE]
    longest = RequestLog._meta.get_field("dialect").max_length or 0
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= longest


@pytest.mark.parametrize("lacking", ["name", "read", "writer", "error"])
def test_a_dialect_that_lacks_something_cannot_be_made(lacking: str) -> None:
    kind = type("Half", (Native,), {lacking: getattr(Dialect, lacking)})
    with pytest.raises(TypeError, match=f"abstract method '?{lacking}"):
        kind()


@pytest.mark.parametrize("lacking", ["frames", "done", "broken_off"])
def test_a_writer_that_lacks_something_cannot_be_made(lacking: str) -> None:
    kind = type("Half", (NativeWriter,), {lacking: vars(Writer)[lacking]})
    with pytest.raises(TypeError, match=f"abstract method '?{lacking}"):
        kind("req_1")


def test_each_path_is_one_door() -> None:
    paths = [door.path for door in DOORS]
    assert paths[:2] == ["/api/chat", "/v1/chat/completions"]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    ("raw", "name"),
    [(b'{"parts":[],"trigger":"x"}', "ui-messages"), (b"{}", "native")],
)
def test_a_door_tells_its_dialects_apart(raw: bytes, name: str) -> None:
    assert DOORS[0].dialect_of(raw).name == name


def test_a_shape_counts_at_its_own_path_only() -> None:
    here, there = make_doors(
        [Row("/api/a", NATIVE), Row("/api/b", OPENAI), Row("/api/b", NATIVE, bool)]
    )
    assert here.dialect_of(b"x") is NATIVE
    assert (there.dialect_of(b""), there.dialect_of(b"x")) == (OPENAI, NATIVE)


def test_a_beginning_is_looked_at_for_a_guess_only() -> None:
    [door] = make_doors([Row("/api/a", NATIVE), Row("/api/a", OPENAI, _never, bool)])
    assert door.dialect_of(b"x") is NATIVE
    assert (door.likely_dialect_of(b""), door.likely_dialect_of(b"x")) == (
        NATIVE,
        OPENAI,
    )


def _never(_: bytes) -> bool:
    return False


def test_a_path_needs_one_dialect_for_whatever_no_other_recognises() -> None:
    with pytest.raises(ValueError, match="unpack"):
        make_doors([Row("/api/a", UIMessages(), bool)])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/embeddings", "openai"),
        ("/api/nothing", "native"),
        ("/health/nothing", "native"),
        ("/v1", "openai"),
        ("/v1beta", "native"),
        ("/", "native"),
    ],
)
def test_who_misses_a_door_hears_its_dialect(path: str, name: str) -> None:
    assert spoken_near(path).name == name
