"""The attacks, a module for each kind."""

import pkgutil
from importlib import import_module


def load() -> None:
    """Have every attack entered."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
