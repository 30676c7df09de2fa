"""What all exchanges of a simulator share."""

from .clock import Clock
from .ledger import Ledger
from .limit import Limit
from .memory import Memory
from .options import Options
from .resets import Resets
from .window import Window


class Backend:
    """Raise ValueError for limits in the options that cannot be read."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.ledger = Ledger()
        self.memory = Memory()
        self.clock = Clock()
        self.limit = Limit(options.concurrency)
        self.resets = Resets(Window.read(options.window))

    def reset(self) -> None:
        """As it was in the beginning, but for what is open."""
        self.ledger.clear()
        self.memory.clear()
        self.resets.clear()
        self.limit = Limit(self.options.concurrency)
