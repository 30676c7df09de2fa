"""Plausible arguments for a function, made from its JSON schema and the question."""

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

Schema = dict[str, Any]

_DEEPEST = 6
_LONGEST = 10
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PLACE = re.compile(r"\b(?:in|at|for|to|from|of)\s+([A-Z]\w+(?:[ ,-]+[A-Z]\w+)*)")
_QUOTED = re.compile(r"[\"“«`]([^\"“”«»`]+)[\"”»`]")
_BY_FORMAT = {
    "date": "%Y-%m-%d",
    "date-time": "%Y-%m-%dT%H:%M:%SZ",
    "time": "%H:%M:%S",
}
_BY_NAME = (
    (r"e?mail", "ada@example.com"),
    (r"url|link|website", "https://example.com/"),
    (r"uuid", "8c3b0a4e-5a0e-4c8e-9d53-0f1e7f3c2b6a"),
    (r"phone", "+1 555 0100"),
    (r"city|location|place|address|destination|origin", "Paris"),
    (r"country", "France"),
    (r"time_?zone", "Europe/Paris"),
    (r"language|locale", "en"),
    (r"currency", "EUR"),
    (r"name|author|user", "Ada"),
    (r"unit", "celsius"),
)


class Arguments:
    """The values of one call.

    The numbers of the question go to the number fields in their order, names in
    quotes or after a preposition to the text fields.
    """

    def __init__(self, question: str, root: Schema) -> None:
        self._question = question
        self._root = root
        self._numbers: Iterator[str] = iter(_NUMBER.findall(question))
        named = _QUOTED.findall(question) + _PLACE.findall(question)
        self._names: Iterator[str] = iter(named)

    def value(self, schema: Schema, name: str = "", depth: int = 0) -> Any:
        """One value that the schema allows."""
        schema = self._resolved(schema if isinstance(schema, dict) else {})
        for fixed in ("const", "default"):
            if fixed in schema:
                return schema[fixed]
        if _listed(schema, "enum"):
            return self._choice(schema["enum"], name)
        make = {
            "object": self._object,
            "array": self._array,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda *_: True,
            "null": lambda *_: None,
        }.get(_type_of(schema), self._text)
        return make(schema, name, depth)

    def _resolved(self, schema: Schema) -> Schema:
        """Follow local references, and take the first of alternatives."""
        for _ in range(_DEEPEST):
            options = _listed(schema, "anyOf") or _listed(schema, "oneOf")
            if str(schema.get("$ref", "")).startswith("#/"):
                schema = self._referred(schema["$ref"])
            elif options and isinstance(options[0], dict):
                schema = options[0]
            else:
                break
        return schema

    def _referred(self, reference: str) -> Schema:
        found: Any = self._root
        for step in reference.removeprefix("#/").split("/"):
            found = found.get(step, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}

    def _object(self, schema: Schema, _name: str, depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        if depth >= _DEEPEST or not isinstance(properties, dict):
            return {}
        wanted = _listed(schema, "required") or list(properties)
        return {
            name: self.value(inner, name, depth + 1)
            for name, inner in properties.items()
            if name in wanted or self._mentioned(inner)
        }

    def _mentioned(self, schema: Schema) -> bool:
        choices = _listed(schema, "enum") if isinstance(schema, dict) else []
        return any(str(choice).lower() in self._question.lower() for choice in choices)

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        if depth >= _DEEPEST:
            return []
        item = schema.get("items") or {}
        length = min(max(int(_number_in(schema, "minItems", 1)), 1), _LONGEST)
        return [self.value(item, name.rstrip("s"), depth + 1) for _ in range(length)]

    def _choice(self, choices: list[Any], name: str) -> Any:
        for choice in choices:
            if str(choice).lower() in self._question.lower():
                return choice
        return choices[zlib.crc32((self._question + name).encode()) % len(choices)]

    def _number(self, schema: Schema, name: str, _depth: int) -> float:
        given = next(self._numbers, None)
        low = _number_in(schema, "minimum", 1)
        high = max(_number_in(schema, "maximum", max(low, 100)), low)
        if given is None:
            return float(low + zlib.crc32(name.encode()) % 10 * (high - low) / 10)
        return float(min(max(float(given), low), high))

    def _integer(self, schema: Schema, name: str, depth: int) -> int:
        return int(self._number(schema, name, depth))

    def _text(self, schema: Schema, name: str, _depth: int) -> str:
        if str(schema.get("format")) in _BY_FORMAT:
            tomorrow = datetime.now(UTC) + timedelta(days=1)
            return tomorrow.strftime(_BY_FORMAT[schema["format"]])
        for pattern, sample in _BY_NAME:
            if re.search(pattern, f"{name} {schema.get('format', '')}", re.IGNORECASE):
                if "." in sample or sample.startswith("+") or len(sample) == 2:
                    return sample
                return next(self._names, sample)
        return next(self._names, self._question[:200] or "sample")


def arguments_for(function: dict[str, Any], question: str) -> dict[str, Any]:
    """The arguments of one call of the function, as the schema wants them."""
    schema = function.get("parameters")
    if not isinstance(schema, dict):
        return {}
    made = Arguments(question, schema).value({"type": "object"} | schema)
    return made if isinstance(made, dict) else {}


def _listed(schema: Schema, name: str) -> list[Any]:
    value = schema.get(name)
    return value if isinstance(value, list) else []


def _number_in(schema: Schema, name: str, otherwise: float) -> float:
    value = schema.get(name)
    return float(value) if isinstance(value, int | float) else otherwise


def _type_of(schema: Schema) -> str:
    given = schema.get("type")
    if isinstance(given, list):
        given = next((kind for kind in given if kind != "null"), "null")
    if given is None and "properties" in schema:
        return "object"
    return str(given)
