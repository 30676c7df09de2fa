"""HTML of the page or the admin as an outline that one can read, a block a line.

`⟨x⟩` is a formula, `⟪x⟫` one set apart, `⟨!x⟩` one that stays as it is written; `↵` is
a line that ends, `☑` and `☐` are tasks. What is decoration is left out.
"""

import re
from html.parser import HTMLParser

BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "pre", "hr"}
CONTAINERS = {"ul", "ol", "blockquote", "table"}
INLINE = {"strong": "b", "em": "i", "s": "s", "code": "code", "a": "a"}
INLINE |= {tag: tag for tag in ("sub", "sup", "kbd")}
FENCES = re.compile(r"^(?:\$\$?|\\[\[(])|(?:\$\$?|\\[\])])$")


def outline(html: str) -> str:
    parser = _Outline()
    parser.feed(html)
    return "\n".join(line.rstrip() for line in parser.lines if line.strip())


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self.depth = 0
        self.is_code = False
        self.math = ""  # what is around a formula
        self.tex = ""
        self.elements: list[tuple[str, str]] = []  # open ones, with their class
        self.has_annotation = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        kind = known.get("class") or ""
        if tag not in ("br", "hr", "img", "use", "input"):
            self.elements.append((tag, kind))
        if self.math or self._is_left_out():
            self.has_annotation |= tag == "annotation"
            return
        if tag == "span" and "math" in kind.split():
            self.math, self.tex, self.has_annotation = kind, "", False
        elif tag in BLOCKS:
            self._block(tag, kind, known)
        elif tag in CONTAINERS:
            self._line(tag)
            self.depth += 1
        elif tag == "br":
            self.lines[-1] += "↵"
        elif tag in ("td", "th"):
            self.lines[-1] += _side(kind)
        elif tag in INLINE and not self.is_code:
            href = f" {known['href']}" if known.get("href") else ""
            self.lines[-1] += f"<{INLINE[tag]}{href}>"

    def _block(self, tag: str, kind: str, known: dict[str, str | None]) -> None:
        if tag == "p" and self.lines[-1].endswith("li: "):
            return
        if tag == "pre":
            self.is_code = True
            self._line("pre: ")
            return
        task = "☑ " if "is-done" in kind else "☐ " if "task" in kind else ""
        start = f" {known['start']}" if known.get("start") else ""
        self._line(f"{tag}{start}: {task}")
        self.depth += tag == "li"

    def _line(self, text: str) -> None:
        self.lines.append("  " * self.depth + text)

    def _is_left_out(self) -> bool:
        return any(kind.startswith("code-head") for _, kind in self.elements)

    def handle_endtag(self, tag: str) -> None:
        if not self.elements:
            return
        _, kind = self.elements.pop()
        if self.math:
            if tag == "span" and "math" in kind.split():
                self._formula()
        elif tag == "li" or tag in CONTAINERS:
            self.depth -= 1
        elif tag == "pre":
            self.is_code = False
            self.lines[-1] = self.lines[-1].removesuffix("⏎")
        elif tag in INLINE and not self.is_code:
            self.lines[-1] += f"</{INLINE[tag]}>"
        elif tag in ("td", "th"):
            self.lines[-1] += " "

    def handle_data(self, data: str) -> None:
        if self.math:
            if not self.has_annotation or self.elements[-1][0] == "annotation":
                self.tex = data if self.has_annotation else self.tex + data
        elif self.is_code and not self._is_left_out():
            self.lines[-1] += data.replace("\n", "⏎")
        elif data.strip() and not self._is_left_out():
            self.lines[-1] += re.sub(r"\s+", " ", data)
        elif data == " ":
            self.lines[-1] += data

    def _formula(self) -> None:
        left, right = "⟪⟫" if "is-display" in self.math else "⟨⟩"
        tex = self.tex.strip()
        if not self.has_annotation:
            tex = FENCES.sub("", tex)
        mark = "!" if "is-written" in self.math else ""
        self.lines[-1] += left + mark + " ".join(tex.split()) + right
        self.math = ""


def _side(kind: str) -> str:
    side = next((side for side in ("right", "center") if side in kind), "")
    return f"| ({side}) " if side else "| "
