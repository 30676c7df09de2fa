"""The site that `make docs` makes: whole, and each link leads somewhere."""

import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

BASE_DIR = Path(__file__).resolve().parent.parent.parent
PYTHON = BASE_DIR / ".venv-docs" / "bin" / "python"
# As the Makefile has it
OPTIONS = "-c docs -b html -E -a -W --keep-going -n -q"

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        not PYTHON.exists(), reason="Sphinx is not here: `make docs` installs it"
    ),
]


class Page(HTMLParser):
    """A page of the site: where it leads, what it loads, where one can be led to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.leads: set[str] = set()
        self.loads: set[str] = set()
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attrs if value}
        if "id" in found:
            self.ids.add(found["id"])
        if tag == "a" and "href" in found:
            self.leads.add(found["href"])
        elif tag == "link" and found.get("rel") in ("stylesheet", "icon"):
            self.loads.add(found["href"])
        elif tag in ("img", "script", "iframe") and "src" in found:
            self.loads.add(found["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [PYTHON, "-m", "sphinx", *OPTIONS.split(), "-d", folder / "kept", ".", folder],
        cwd=BASE_DIR, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return {path: Page(path.read_text()) for path in folder.rglob("*.html")}


def test_make_docs_makes_it_so() -> None:
    assert f"sphinx {OPTIONS} $(ARGS) . site\n" in (BASE_DIR / "Makefile").read_text()
    assert "/site/\n" in (BASE_DIR / ".gitignore").read_text()


def test_every_page_is_there(site: dict[Path, Page]) -> None:
    made = {path.stem for path in site if path.parent.name == "docs"}
    assert made == {path.stem for path in (BASE_DIR / "docs").glob("*.md")}
    roots = {path.name for path in site if (path.parent / "docs").is_dir()}
    assert {"index.html", "README.html", "CHANGELOG.html"} <= roots


def test_every_link_of_it_leads_somewhere(site: dict[Path, Page]) -> None:
    for path, page in site.items():
        for link in page.leads:
            if link.startswith(("https://", "http://")):
                continue
            name, anchor = urldefrag(unquote(link))
            there = (path.parent / name).resolve() if name else path
            assert there.exists(), (path.name, link)
            if anchor and there in site:
                assert anchor in site[there].ids, (path.name, link)


def test_every_picture_is_there_and_nothing_is_loaded_from_elsewhere(
    site: dict[Path, Page],
) -> None:
    pictures = set()
    for path, page in site.items():
        for address in page.loads:
            there = path.parent / address.partition("?")[0]
            assert there.exists(), (path.name, address)
            pictures.add(there.name)
    shown = {path.name for path in (BASE_DIR / "docs/screenshots").glob("*.png")}
    assert {name for name in pictures if name.endswith(".png")} <= shown
    assert "page-light.png" in pictures
