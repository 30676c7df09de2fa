"""What was measured, and whether it is what it should be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`most` is the goal; None where there is none. `figure` is None where nothing
    could be measured, which is never enough."""

    what: str
    figure: float | None
    most: float | None = None

    @property
    def verdict(self) -> str:
        if self.most is None:
            return ""
        return (
            "ok" if self.figure is not None and self.figure <= self.most else "MISSED"
        )

    def row(self) -> list[str]:
        most = "–" if self.most is None else f"{self.most:.3g}"
        return [self.what, most, _number(self.figure), self.verdict]


def _number(figure: float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:.3g}"
