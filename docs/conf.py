"""How `make docs` makes a site of the pages: those of `docs/` and those of the project.

The whole repository is the source, so that a link leads on the site where it leads on a
code host.
"""

import re
import tomllib
from pathlib import Path
from shutil import copyfile
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

project = _PROJECT["name"]
release = _PROJECT["version"]
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "README"
# Beside `docs/`: of the project itself.
OTHERS = [
    "CHANGELOG",
    "CONTRIBUTING",
    "SECURITY",
    "benchmarks/README",
    "examples/nextjs/README",
]
include_patterns = ["docs/*.md", "README.md", *(f"{page}.md" for page in OTHERS)]
# Not even looked into: what others installed there.
exclude_patterns = [".*", "**/node_modules", "site", "build"]

myst_heading_anchors = 4  # the anchors of a code host
highlight_language = "text"
suppress_warnings = ["misc.highlighting_failure"]  # an answer with "…" is no whole JSON

html_theme = "furo"
html_title = f"{project} {release}"
html_favicon = "../chat/static/chat/favicon.svg"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False


def setup(app: Any) -> None:
    app.connect("source-read", _list_the_pages)
    app.connect("build-finished", _begin_at_the_readme)


def _list_the_pages(app: Any, page: str, source: list[str]) -> None:
    """Give the first page a table of contents: what docs/index.md has, in its order."""
    if page != root_doc:
        return
    index = (ROOT / "docs" / "index.md").read_text()
    named = dict.fromkeys(re.findall(r"\]\(([a-z]+)\.md\)", index))
    pages = ["docs/index", *(f"docs/{name}" for name in named)]
    source[0] += _contents("Documentation", pages) + _contents("Project", OTHERS)


def _begin_at_the_readme(app: Any, failure: Exception | None) -> None:
    if failure is None:
        copyfile(app.outdir / f"{root_doc}.html", app.outdir / "index.html")


def _contents(caption: str, pages: list[str]) -> str:
    lines = "\n".join(pages)
    return f"\n\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```\n"
