"""How far open requests are, for whoever watches them."""

from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper

from chat.exchange.register import Progress


def write_progress(cursor: CursorWrapper, progress: Sequence[Progress]) -> None:
    """Note the events so far and the places in line, all in one statement."""
    number = "%s" if connection.vendor == "sqlite" else "%s::integer"
    places = ", ".join([f"(%s, {number}, {number})"] * len(progress))
    cursor.execute(
        "UPDATE chat_requestlog SET events = told.column2, place = told.column3"
        f" FROM (VALUES {places}) AS told"
        " WHERE id = told.column1 AND ending IS NULL",
        [value for told in progress for value in told],
    )
