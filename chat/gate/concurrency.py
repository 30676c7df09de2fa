"""How many questions an operator allows at a time: `ZAI_CONCURRENCY`."""

from collections.abc import Mapping

from msgspec import Struct

MOST = 10_000


class Concurrency(Struct, frozen=True):
    """`of_all` is for models that are not in `of_models`; None: it is learned."""

    of_all: int | None = None
    of_models: Mapping[str, int | None] = {}

    def __str__(self) -> str:
        numbers = [f"{model}={_write(most)}" for model, most in self.of_models.items()]
        return ",".join([*numbers, _write(self.of_all)])

    @property
    def is_learned(self) -> bool:
        """Whether no number is given for any model."""
        return not (self.of_all or any(self.of_models.values()))

    def highest(self, model: str) -> int | None:
        """Return the most questions to `model` at a time; None: what Z.AI takes."""
        return self.of_models.get(model.lower(), self.of_all)


def read_concurrency(text: str) -> Concurrency:
    """Return what `text` says: `auto`, a number, or both by model as in
    `glm-4.6=5,glm-4.5-air=auto,10`. Raises ValueError."""
    of_all, of_models = None, {}
    for word in text.split(","):
        model, found, number = word.strip().replace(":", "=").partition("=")
        if found:
            of_models[model.strip().lower()] = _read_number(number)
        else:
            of_all = _read_number(model)
    return Concurrency(of_all, of_models)


def _read_number(text: str) -> int | None:
    text = text.strip().lower()
    if text == "auto":
        return None
    if not 1 <= (number := int(text)) <= MOST:
        raise ValueError
    return number


def _write(number: int | None) -> str:
    return "auto" if number is None else str(number)
