"""What one page may show, whatever was said: counted over all of the page.

Without it 20 KB of a request make pages of hundreds of megabytes: JSON is indented
anew at each level, a link repeated wherever it is referred to, a part of two bytes
given a frame of its own.
"""

from django.utils.html import escape
from django.utils.safestring import SafeString

from chat.admin.visible import visible

SHOWN = 1_000_000  # bytes of HTML
RENDERED = 100_000  # characters of Markdown
INDENTED = 20_000  # characters of JSON
FRAME = 300  # bytes of HTML around a part, at most


class Budget:
    """What is left of it. `images` are those on the page, with their numbers."""

    def __init__(self) -> None:
        self.images: dict[str, int] = {}
        self.shown = SHOWN
        self._rendered = RENDERED
        self._indented = INDENTED

    def show(self, text: str) -> SafeString | None:
        """Return `text` as HTML, or None if there is no room for it."""
        if len(text) > self.shown:
            return None
        html = escape(visible(text))
        return html if self.take(html) else None

    def take(self, html: str) -> bool:
        """Whether there is room for `html`, in a frame; if so it is taken."""
        size = FRAME + len(html.encode())
        if size > self.shown:
            return False
        self.shown -= size
        return True

    def may_render(self, characters: int) -> bool:
        """Whether so much Markdown may be rendered; it is taken, if need be all."""
        is_enough = characters <= self._rendered
        self._rendered -= min(characters, self._rendered)
        return is_enough

    def may_indent(self, characters: int) -> bool:
        """Whether so much JSON may be indented; if so it is taken."""
        if characters > self._indented:
            return False
        self._indented -= characters
        return True

    def number(self, image: str) -> tuple[int, bool]:
        """The number of an image on the page, and whether it is there already."""
        is_known = image in self.images
        return self.images.setdefault(image, len(self.images) + 1), is_known
