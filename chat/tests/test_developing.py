"""What docs/developing.md says of the code is there."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "developing.md").read_text()
WORDS = re.findall(r"^\| (.+?) \| .+? \| `(\w+)` in `([\w/.]+)` \|$", PAGE, re.M)
NAMED = set(re.findall(r"`((?:chat|config|docs)/[\w/.]+)`", PAGE))
# The reader makes these.
PATHS = sorted(NAMED - {"chat/tests/test_title.py", "chat/protocols/words.py"})
CALLED = sorted(set(re.findall(r"`([A-Z]\w+)\.(\w+)`", PAGE)))


def test_the_readme_leads_there() -> None:
    structure = (PROJECT / "README.md").read_text().partition("## Structure")[2]
    assert "](docs/developing.md)" in structure.partition("\n## ")[0]


def test_there_are_so_many_words_and_each_means_one_thing() -> None:
    assert len(WORDS) == len({word for word, _, _ in WORDS}) == 23


@pytest.mark.parametrize(("word", "name", "path"), WORDS, ids=[w for w, *_ in WORDS])
def test_a_word_is_where_it_is_said_to_be(word: str, name: str, path: str) -> None:
    defined = rf"^(?:class |(?:async )?def )?{name}\b"
    assert re.search(defined, (PROJECT / path).read_text(), re.M), word


@pytest.mark.parametrize("path", PATHS)
def test_every_file_that_is_named_exists(path: str) -> None:
    assert (PROJECT / path).exists()


@pytest.mark.parametrize(("kind", "method"), CALLED, ids=map(".".join, CALLED))
def test_every_method_that_is_named_exists(kind: str, method: str) -> None:
    sources = [path.read_text() for path in (PROJECT / "chat").rglob("*.py")]
    found = [s for s in sources if re.search(rf"^class {kind}\b", s, re.M)]
    defined = rf"^    (?:async )?def {method}\b"
    assert any(re.search(defined, source, re.M) for source in found)
