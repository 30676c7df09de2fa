"""What the files of the log have, as another process would read it."""

from pathlib import Path

from chat.requestlog.record import Record, decode_record


def written_down(folder: Path) -> list[Record]:
    """The records in the files of `folder`, in the order they were written; but one
    that is being written."""
    lines: list[bytes] = []
    for path in sorted(folder.glob("*.jsonl")):
        lines += path.read_bytes().split(b"\n")[:-1]
    return [decode_record(line) for line in lines]
