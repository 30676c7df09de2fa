"""Markdown of people and models as HTML that can do no harm."""

import re

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

# Longer texts are shown as they are: rendering them would take seconds.
LONGEST = 100_000
# So are those that have a longer run without a space: browsers hang on them, but in a
# font of one width.
UNBROKEN = re.compile(r"(?<!\S)\S{5000}")

_IMAGE = r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+"
EMBEDDED = re.compile(rf"{_IMAGE}\Z")

_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code"),
    *("em", "strong", "s", "a", "img", "ul", "ol", "li"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "code": {"class"},
}
_SCHEMES = {"http", "https", "mailto", "data"}


def rendered(text: str) -> SafeString | None:
    """Return `text` as HTML, or None if it had better be shown as it is.

    HTML in the text stays text. Nothing is loaded from elsewhere: an image becomes a
    link, unless it is embedded. The cleaning comes second, and trusts nothing of this.
    """
    words = re.sub(_IMAGE, "", text)
    if len(words) > LONGEST or UNBROKEN.search(words):
        return None
    clean = nh3.clean(
        _renderer.render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        attribute_filter=_harmless,
        link_rel="noopener noreferrer nofollow",
    )
    return SafeString(clean)


def _harmless(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if EMBEDDED.match(value) else None
    if attribute == "href" and value.lstrip().lower().startswith("data:"):
        return None
    return value


def _image(renderer: RendererHTML, tokens: list[Token], index: int, *_: object) -> str:
    token = tokens[index]
    source, words = str(token.attrGet("src") or ""), token.content
    if EMBEDDED.match(source):
        tag = Token("image", "img", 0, attrs={"src": source, "alt": words})
        return f"<img{renderer.renderAttrs(tag)}>"
    link = Token("link_open", "a", 1, attrs={"href": source})
    return f"<a{renderer.renderAttrs(link)}>{escapeHtml(words or source)}</a>"


_renderer = MarkdownIt("commonmark", {"html": False, "breaks": True})
_renderer.enable(["table", "strikethrough"])
_renderer.add_render_rule("image", _image)
