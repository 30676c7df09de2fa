"""A stand-in for Z.AI: its HTTP protocol, believable answers and every failure.

It imports nothing of the rest of the project.
"""

from .app import create_app
from .options import Options
from .server import running

__all__ = ["Options", "create_app", "running"]
