"""Markdown of people and models as HTML that can do no harm."""

import re
from collections.abc import Iterable, MutableMapping, Sequence
from typing import Any

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from chat.admin.request.budget import RENDERED, SHOWN, Budget
from chat.admin.request.cjk import take_cjk
from chat.admin.request.few_tags import take_few_tags
from chat.admin.request.math import keep_math
from chat.admin.visible import visible

# A longer run without a space is shown as it is: browsers hang on it, but in a font of
# one width.
UNBROKEN = 5000
GROWTH = 10  # that is usual, from Markdown to HTML, at most
TAG = 40  # characters of HTML that a token makes beside its own, at most

_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
EMBEDDED = re.compile(rf"{_IMAGE.pattern}\Z")

_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code"),
    *("em", "strong", "s", "a", "img", "ul", "ol", "li", "span", "sub", "sup", "kbd"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "code": {"class"},
    "span": {"class"},
    "li": {"class"},
    "td": {"class"},
    "th": {"class"},
}
_CLASSES = {
    "span": {"math", "math is-display"},
    "li": {"task", "task is-done"},
    "td": {"to-right", "to-center"},
    "th": {"to-right", "to-center"},
}
_SCHEMES = {"http", "https", "mailto", "data"}


def rendered(text: str, budget: Budget | None = None) -> SafeString | None:
    """Return `text` as HTML, or None if it had better be shown as it is.

    HTML in the text stays text. Nothing is loaded from elsewhere: an image becomes a
    link, unless it is embedded. The cleaning comes second, and trusts nothing of this.
    """
    budget = budget or Budget()
    words = _IMAGE.sub("", text)
    if len(words) > RENDERED or len(text) > SHOWN or _is_unbroken(words):
        return None
    if not budget.may_render(len(words)):
        return None
    env: dict[str, Any] = {"budget": budget}
    tokens = _parser.parse(visible(text), env)
    # A reference repeats its address, and a row of a table has all of its columns: what
    # is short can become very long. It costs as much as if it were long.
    size = _size(tokens)
    may_go_on = budget.may_render(max(0, size // GROWTH - len(words)))
    if not may_go_on or size > budget.shown:
        return None
    clean = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, env),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        attribute_filter=_harmless,
        link_rel="noopener noreferrer nofollow",
    )
    return SafeString(clean) if budget.take(clean) else None


def without_images(text: str) -> str:
    """Return `text` with the data of its images left out."""
    return _IMAGE.sub(_named, text)


def _named(image: re.Match[str]) -> str:
    kind = image[0].partition(",")[0]
    return f"{kind},(an image of {len(image[0]):,} characters)"


def _is_unbroken(words: str) -> bool:
    return max(map(len, words.split()), default=0) >= UNBROKEN


def _size(tokens: Iterable[Token]) -> int:
    size = 0
    for token in tokens:
        size += TAG + len(token.content)
        size += sum(len(str(value)) for value in token.attrs.values())
        if token.children:
            size += _size(token.children)
    return size


def _harmless(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if EMBEDDED.match(value) else None
    if attribute == "href" and value.lstrip().lower().startswith("data:"):
        return None
    if attribute == "class" and value not in _CLASSES.get(tag, {value}):
        return None
    return value


def _image(
    renderer: RendererHTML,
    tokens: list[Token],
    index: int,
    options: object,
    env: MutableMapping[str, Any],
) -> str:
    token = tokens[index]
    source, words = str(token.attrGet("src") or ""), token.content
    if EMBEDDED.match(source):
        return _embedded(renderer, source, words, env["budget"])
    link = Token("link_open", "a", 1, attrs={"href": source})
    return f"<a{renderer.renderAttrs(link)}>{escapeHtml(words or source)}</a>"


def _cell(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    """How a column is aligned is a class: the admin's policy allows no `style`."""
    token = tokens[index]
    side = str(token.attrs.pop("style", "")).removeprefix("text-align:")
    if side in ("right", "center"):
        token.attrSet("class", f"to-{side}")
    return renderer.renderToken(tokens, index, options, env)


def _embedded(renderer: RendererHTML, source: str, words: str, budget: Budget) -> str:
    """The image, the first time; then only which it was."""
    number, is_known = budget.number(source)
    if is_known:
        return f"<em>(image {number} again)</em>"
    tag = Token("image", "img", 0, attrs={"src": source, "alt": words})
    return f"<img{renderer.renderAttrs(tag)}>"


_parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
_parser.enable(["table", "strikethrough"])
_parser.add_render_rule("image", _image)
_parser.add_render_rule("th_open", _cell)
_parser.add_render_rule("td_open", _cell)
take_cjk(_parser)
keep_math(_parser)
take_few_tags(_parser)
