"""What Redis does in one step, as Lua."""

from hashlib import sha1


class Script:
    """Lua, and what Redis calls it by when it has it already."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = sha1(text.encode(), usedforsecurity=False).hexdigest()
