"""How far open requests are, for whoever watches them."""

from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper


def write_progress(cursor: CursorWrapper, progress: Sequence[tuple[str, int]]) -> None:
    """Note the events so far of (request id, events), all in one statement."""
    places = ", ".join(["(%s, %s)"] * len(progress))
    cursor.execute(
        "UPDATE chat_requestlog SET events = told.column2"
        f" FROM (VALUES {places}) AS told"
        " WHERE id = told.column1 AND ending IS NULL",
        [value for pair in progress for value in pair],
    )
