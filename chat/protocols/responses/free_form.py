"""The text for a free-form tool, taken out of the arguments of the function for it."""

import json
import re

import msgspec

from chat.protocols.responses.tools import INPUT

BEGINS = re.compile(rf'\s*\{{\s*"{INPUT}"\s*:\s*"')
# Of what goes on so long and does not begin like that, only the whole is looked at.
LONGEST_BEGINNING = 200
# Letters, and what is escaped as far as it is whole; up to the quote.
LETTERS = re.compile(r'(?:[^"\\]++|\\u[0-9a-fA-F]{4}|\\[^u])*+')
HALF = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
LENGTH_OF_HALF = 6
LONGEST_ESCAPE = 2 * LENGTH_OF_HALF  # more is none that JSON has


def read_input(arguments: str) -> str:
    """Return the text in `arguments`; all of them where there is none."""
    try:
        given = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return FreeForm().add(arguments) or arguments
    text = given.get(INPUT) if isinstance(given, dict) else None
    return text if isinstance(text, str) else arguments


class FreeForm:
    """Takes the text out of arguments that come piece by piece."""

    def __init__(self) -> None:
        self._held = ""
        self._within = False
        self._is_over = False  # the text is, or what came has none
        self.has_begun = False  # something of the text was returned

    def add(self, piece: str) -> str:
        """Return what more of the text is known by `piece`."""
        if self._is_over:
            return ""
        self._held += piece
        if not self._within:
            if (begins := BEGINS.match(self._held)) is None:
                self._is_over = len(self._held) > LONGEST_BEGINNING
                return ""
            self._within, self._held = True, self._held[begins.end() :]
        return self._take_letters()

    def _take_letters(self) -> str:
        letters = LETTERS.match(self._held)
        known = letters.group() if letters else ""
        if HALF.search(known[-LENGTH_OF_HALF:]):
            known = known[:-LENGTH_OF_HALF]
        self._held = self._held[len(known) :]
        self._is_over = self._held.startswith('"') or len(self._held) > LONGEST_ESCAPE
        text = _unescape(known)
        self.has_begun = self.has_begun or bool(text)
        return text


def _unescape(letters: str) -> str:
    """Return `letters` of a JSON string; line ends need not be escaped."""
    try:
        return str(json.loads(f'"{letters}"', strict=False))
    except ValueError:  # an escape that there is none of
        return letters
