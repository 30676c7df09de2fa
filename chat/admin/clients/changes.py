"""What was changed of a client, in words for the admin's log."""

from typing import Any

from chat.admin.amounts import UNKNOWN

LONGEST = 60
# Of these the log says only that they were changed.
WITHOUT_VALUES = {"notes", "public_keys"}


def changes_in(form: Any) -> str:
    """Return what was changed from what to what; what there is not is a dash."""
    said = [
        _change(form, name)
        for name in form.changed_data
        if form.initial.get(name) != form.cleaned_data.get(name)
    ]
    return f"Changed {'; '.join(said)}." if said else "Saved, without a change."


def _change(form: Any, name: str) -> str:
    words = form.instance._meta.get_field(name).verbose_name
    if name.startswith("user_"):
        words = f"{words} of each user"
    if name in WITHOUT_VALUES:
        return str(words)
    before, after = form.initial.get(name), form.cleaned_data.get(name)
    return f"{words} from {_short(before)} to {_short(after)}"


def _short(value: Any) -> str:
    text = UNKNOWN if value in (None, "") else " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
