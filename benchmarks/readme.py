"""The last figures, kept in the README between two marks."""

from pathlib import Path

PATH = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def save(tables: str) -> None:
    before, _, rest = PATH.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PATH.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}")
