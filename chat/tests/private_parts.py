"""Finds what the project uses of libraries that they do not show as theirs."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
OURS = ("chat", "config")
# Django documents the first, Python the last two; the others are ends of names.
NOT_PRIVATE = {"_meta", "_default_manager", "_tokens", "_error", "_zh", "_exit"}
NOT_PRIVATE |= {"_fields"}


@cache
def files() -> list[Path]:
    found = (path for name in OURS for path in (PROJECT / name).rglob("*.py"))
    left_out = {"tests", "migrations", "__main__.py"}
    return sorted(path for path in found if not left_out & {*path.parts})


@cache
def used() -> dict[str, set[str]]:
    """The private names that are used, each with the files it is used in."""
    found: dict[str, set[str]] = {}
    for path in files():
        for name in {*_named(path), *_inherited(path)} - NOT_PRIVATE:
            found.setdefault(name, set()).add(str(path.relative_to(PROJECT)))
    return found


def _named(path: Path) -> Iterator[str]:
    """Those that are seen from the text alone."""
    for node in ast.walk(_tree(path)):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                if is_private(node.attr) and node.attr not in defined():
                    yield node.attr
            case ast.Attribute():
                if is_private(node.attr) and node.attr not in _of(path):
                    yield node.attr
            case ast.Constant(value=str(text)):
                if is_private(text) and text not in defined():
                    yield text
            case ast.ImportFrom(module=str(module), level=0):
                parts = [*module.split("."), *(alias.name for alias in node.names)]
                yield from filter(is_private, parts)
            case ast.Import():
                for alias in node.names:
                    yield from filter(is_private, alias.name.split("."))


def _inherited(path: Path) -> Iterator[str]:
    """Those that a class of ours shares with a class of a library's."""
    module = importlib.import_module(_dotted(path))
    for node in ast.walk(_tree(path)):
        if not isinstance(node, ast.ClassDef):
            continue
        here = getattr(module, node.name, None)
        if not isinstance(here, type):  # one that only some systems have
            continue
        theirs = "".join(map(_source, inspect.getmro(here)))
        for name in filter(is_private, _names_in(node)):
            if re.search(rf"\b{name}\b", theirs):
                yield name


def _names_in(tree: ast.AST) -> set[str]:
    """Names of attributes and of functions that are used or defined there."""
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return found | {n.name for n in ast.walk(tree) if isinstance(n, kinds)}


@cache
def _source(kind: type) -> str:
    if kind.__module__.split(".")[0] in {*OURS, "builtins", "typing", "enum", "abc"}:
        return ""
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):  # it is written in C
        return ""


@cache
def defined() -> set[str]:
    """Every name that is defined anywhere in the project."""
    return set().union(*map(_of, files()))


@cache
def _of(path: Path) -> set[str]:
    tree = _tree(path)
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.Name(ctx=ast.Store()):
                found.add(node.id)
            case ast.Attribute(value=ast.Name(id="self"), ctx=ast.Store()):
                found.add(node.attr)
            case ast.Assign(targets=[ast.Name(id="__slots__")]):
                texts = (n for n in ast.walk(node.value) if isinstance(n, ast.Constant))
                found |= {n.value for n in texts if isinstance(n.value, str)}
    return found


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def is_private(name: str) -> bool:
    return name == "__self__" or bool(re.fullmatch(r"_[A-Za-z]\w*", name))


def _dotted(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")
