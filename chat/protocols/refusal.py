"""What is wrong with a body, in one refusal that names all of it, or says how much."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chat import lines
from chat.failures import Refused

MOST_NAMED = 10
MOST_OF_A_KIND = 3
INDEX = re.compile(r"\[\d+\]")


class Problem(NamedTuple):
    """`what` is wrong at `path`; an empty path is the body.

    `about` is another field that it comes from: while that is wrong too, it says
    nothing.
    """

    path: str
    what: str
    about: str = ""


def leave_out_what_follows(
    problems: Iterable[Problem], earlier: Sequence[Problem]
) -> list[Problem]:
    """Return those of `problems` that do not come from one of `earlier` ones."""
    places = {problem.path for problem in earlier}
    return [p for p in problems if not any(_follows(p, place) for place in places)]


def _follows(problem: Problem, place: str) -> bool:
    """Whether it comes from what is wrong at `place`: around it, or in its object.

    A list that is too long has items all the same: what is wrong with them is.
    """
    around = (
        f"{field}{after}"
        for field in (problem.path, problem.about)
        if field
        for after in ".["
    )
    return (
        place in (problem.path, problem.about)
        or place.startswith(tuple(around))
        or problem.path.startswith(f"{place}.")
    )


def refuse(problems: Sequence[Problem], most: int) -> Refused:
    """Return the refusal that names `problems`, of which at most `most` were counted.

    Its `param` is the first. Where there are too many to name, some of each kind are,
    and the rest is told as a number.
    """
    at_least = "at least " if len(problems) >= most else ""
    problems = list(dict.fromkeys(problems))
    words = _join(problems)
    if len(problems) > MOST_NAMED or len(words) > lines.LONGEST:
        few = _take_some_of_each(problems)[:MOST_NAMED]
        while True:
            words = f"{_join(few)} And {at_least}{len(problems) - len(few)} more."
            if len(words) <= lines.LONGEST or len(few) == 1:
                break
            few.pop()
    return Refused(words, param=problems[0].path)


def _take_some_of_each(problems: Sequence[Problem]) -> list[Problem]:
    """Return those that differ in more than their number, and a few that do not."""
    seen: Counter[tuple[str, str]] = Counter()
    some = []
    for problem in problems:
        kind = INDEX.sub("[]", problem.path), problem.what
        seen[kind] += 1
        if seen[kind] <= MOST_OF_A_KIND:
            some.append(problem)
    return some


def _join(problems: Iterable[Problem]) -> str:
    return " ".join(f"{problem.path}: {problem.what}." for problem in problems)
