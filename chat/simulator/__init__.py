"""A stand-in for Z.AI: its HTTP protocol, believable answers and every failure.

Of the rest of the project it knows the profiles of the models, and nothing else.
"""

from .app import create_app
from .options import Options
from .server import running

__all__ = ["Options", "create_app", "running"]
