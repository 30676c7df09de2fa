"""Every pattern of the project, tried with a megabyte of hostile text: in linear time.

A new use of `re` fails here until it is in `TRIED`, with what is hostile to it.
"""

import ast
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chat import keys, lines, surrogates
from chat.access import clients, entrance, public_keys
from chat.admin import visible
from chat.admin.request import few_tags, formulas, markdown, math
from chat.answers import finding
from chat.failures import Refused
from chat.management.commands import doctor
from chat.page import vendor
from chat.protocols import body, native, refusal, ui_messages
from chat.protocols.responses import free_form, ids
from chat.requestlog import answer_words, excerpt, images
from chat.simulator import (
    app,
    authentication,
    chosen,
    json_mode,
    memory,
    parameters,
    schema,
    tokens,
    tools,
    topics,
)
from chat.simulator.scenarios import SCENARIOS
from chat.upstream import calls, events, waits
from chat.web import content, h2c, middleware
from config import dotenv, environment

ROOT = Path(__file__).parents[2]
SIZES = (10_000, 100_000, 1_000_000)
# Ten times the text may take ten times as long, and noise; a quadratic search takes a
# hundred times. What is quicker than this (in seconds of CPU) tells nothing.
MOST_GROWTH, TOO_QUICK = 30, 0.03

# Repeated, and what may stand before that.
UNITS = [
    "a",
    "a-",
    "a.",
    "1",
    "-1",
    "1.",
    "-",
    " ",
    "\n",
    "\\",
    "'",
    '"',
    "`",
    "“",
    "[",
]
UNITS += [":", "é", "\x00", "a ", "A ", 'a"', "\\u0000", "http://", "bearer "]
UNITS += ["zc_", "zc_" + "a" * 42, "-----BEGIN A-----", "-----END A-----"]
UNITS += ["data:image/png;base64,", "a" * 4_999 + " ", r"\ud83d", r"\\ud83d", "<", "<a"]
BEGINNINGS = ["'", '"', "“", "bearer", "in A", "data:image/png;base64,", '"id":"']
BEGINNINGS += ['"parts"', '"parts":', "sim:a=", "//# sourceMappingURL=a"]
HOSTILE = [("", unit) for unit in UNITS]
HOSTILE += [(beginning, unit) for beginning in BEGINNINGS for unit in ("a", " ")]

LONG = "a" * 200_000
Try = Callable[[str], Any]


def as_bytes(search: Callable[[bytes], Any]) -> Try:
    return lambda text: search(text.encode())


def read_role(text: str) -> None:
    """The one sentence of msgspec's that quotes what was sent."""
    raw = msgspec.json.encode({"messages": [{"role": text + "."}]})
    with pytest.raises(Refused):
        body.read_body(raw, native.DECODER)


def read_scenario(text: str) -> None:
    for pattern in {scenario.pattern for scenario in SCENARIOS.values()}:
        re.fullmatch(pattern, text)


def make_field(text: str) -> None:
    fields = {text[:100_000]: {"type": "string"}}
    schema.arguments_for({"parameters": {"properties": fields}}, "")


# Each use of `re`, by module and by what is assigned or the function around it: how the
# text of others comes to it.
TRIED: dict[str, Try] = {
    "chat.access.clients._UNFIT": clients._UNFIT.search,
    "chat.access.entrance.FORM": entrance.FORM.fullmatch,
    "chat.access.public_keys._PEM": lambda text: public_keys._PEM.sub("", text),
    "chat.admin.request.few_tags.BREAK": few_tags.BREAK.match,
    "chat.admin.request.few_tags.PAIRS": few_tags.PAIRS.match,
    "chat.admin.request.few_tags.TASK": few_tags.TASK.match,
    "chat.admin.request.formulas.BEGIN": formulas.BEGIN.match,
    "chat.admin.request.formulas.COMMAND": formulas.COMMAND.search,
    "chat.admin.request.formulas.TEX": formulas.TEX.search,
    "chat.admin.request.formulas.WORDS": formulas.WORDS.search,
    "chat.admin.request.math.RULE": math.RULE.fullmatch,
    "chat.admin.request.markdown.EMBEDDED": markdown.EMBEDDED.match,
    "chat.admin.request.markdown._IMAGE": lambda text: markdown._IMAGE.sub("", text),
    "chat.management.commands.doctor.HEADER_NAME": doctor.HEADER_NAME.fullmatch,
    "chat.management.commands.doctor.HEADER_VALUE": doctor.HEADER_VALUE.fullmatch,
    "chat.keys.CLIENT_KEY_IN_TEXT": lambda t: keys.CLIENT_KEY_IN_TEXT.sub("", t),
    "chat.keys.KEY": keys.problem_with,
    "chat.keys.KEY_IN_TEXT": lambda text: keys.KEY_IN_TEXT.sub("", text),
    "chat.keys.BEARER": lambda text: keys.BEARER.sub("", text),
    "chat.keys.URL": lambda text: keys.URL.sub("", text),
    "chat.lines.CONTROL": lines.escape,
    "chat.answers.finding.REQUEST_ID": finding.REQUEST_ID.fullmatch,
    # Those of an operator: there are none without.
    "chat.web.content._is_let_in": content._is_let_in,
    "config.environment._TOKEN": environment._TOKEN.fullmatch,
    "chat.web.h2c.OFFER": as_bytes(lambda t: h2c.OFFER.sub(b"", t)),
    "chat.web.middleware.SESSION_KEY": middleware.SESSION_KEY.fullmatch,
    "chat.page.vendor.SOURCE_MAP": as_bytes(lambda t: vendor.SOURCE_MAP.sub(b"", t)),
    "chat.protocols.body.NAME": body.NAME.findall,
    "chat.protocols.body._put_in_words": read_role,
    "chat.protocols.responses.free_form.BEGINS": free_form.BEGINS.match,
    "chat.protocols.responses.free_form.HALF": free_form.HALF.search,
    "chat.protocols.responses.free_form.LETTERS": free_form.LETTERS.match,
    "chat.protocols.responses.ids.ITEM": ids.ITEM.fullmatch,
    "chat.protocols.refusal.INDEX": refusal.INDEX.findall,
    "chat.protocols.ui_messages.KEYS": as_bytes(ui_messages.KEYS),
    "chat.requestlog.answer_words._APART": answer_words._APART.findall,
    "chat.requestlog.answer_words._NO_WORD": lambda text: answer_words._NO_WORD.sub(
        " ", text
    ),
    "chat.requestlog.answer_words._QUOTED": answer_words._QUOTED.findall,
    "chat.requestlog.answer_words._REQUEST_ID": answer_words._REQUEST_ID.fullmatch,
    "chat.requestlog.excerpt.NOTE": excerpt.NOTE.findall,
    "chat.requestlog.images.EMBEDDED": lambda text: images.EMBEDDED.sub("", text),
    "chat.requestlog.images.WHOLE": images.WHOLE.match,
    "chat.simulator.app._API": app._API.fullmatch,
    "chat.simulator.authentication._JWT": authentication._JWT.fullmatch,
    "chat.simulator.authentication._KEY": authentication._KEY.fullmatch,
    "chat.simulator.chosen.Chosen.add": read_scenario,
    "chat.simulator.chosen._WORD": chosen.without_words,
    "chat.simulator.json_mode._KEY": json_mode._KEY.findall,
    "chat.simulator.json_mode._value": lambda text: json_mode._value(text, text),
    "chat.simulator.memory._TRY": lambda text: memory._TRY.sub("", text),
    "chat.simulator.parameters._TOOL_NAME": parameters._TOOL_NAME.fullmatch,
    "chat.simulator.schema.Arguments._text": make_field,
    "chat.simulator.schema._NUMBER": schema._NUMBER.findall,
    "chat.simulator.schema._PLACE": schema._PLACE.findall,
    "chat.simulator.schema._QUOTED": schema._QUOTED.findall,
    "chat.simulator.tokens._PIECE": lambda text: tokens.split(text[:250_000]),
    "chat.simulator.tools._CAMEL": lambda text: tools._CAMEL.sub(" ", text),
    "chat.simulator.tools._WORD": tools._WORD.findall,
    "chat.simulator.topics._SUM": topics._SUM.search,
    "chat.simulator.topics._finds": topics.sample_for,
    "chat.simulator.topics._names_a_subject": topics._names_a_subject,
    "chat.surrogates._HALF": as_bytes(surrogates.replace_halves),
    "chat.surrogates._PAIR": as_bytes(surrogates.replace_halves),
    "chat.surrogates._HALVES": surrogates.replace_halves_within,
    "chat.upstream.events.ID": as_bytes(events.ID.search),
    "chat.upstream.calls.INDEX": calls.INDEX.fullmatch,
    "chat.upstream.calls.NAME": calls.NAME.search,
    "chat.upstream.calls.TAG": lambda text: calls.TAG.sub(" ", text),
    "chat.upstream.waits.RESET": waits.read_seconds_to_reset,
    "chat.admin.visible._HIDDEN": visible.visible,
    "config.dotenv._LINE": dotenv._LINE.fullmatch,
    "config.environment._HEADER_NAME": environment._HEADER_NAME.fullmatch,
    "config.environment._MODEL": environment._MODEL.fullmatch,
    "config.environment._HOST": environment._HOST.fullmatch,
}


def uses(path: Path) -> Iterator[str]:
    """What of a module searches by `re`."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)

    def walk(node: ast.AST, names: tuple[str, ...]) -> Iterator[str]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = (*names, node.name)
        elif isinstance(node, ast.Assign) and not names:
            names = (ast.unparse(node.targets[0]),)
        elif isinstance(node, ast.ImportFrom) and node.module in ("re", "regex"):
            raise AssertionError(f"{module}: use `re.` by its name, to be found here")
        if isinstance(node, ast.Attribute) and ast.unparse(node) in SEARCHES:
            yield ".".join((module, *names))
        for child in ast.iter_child_nodes(node):
            yield from walk(child, names)

    yield from walk(ast.parse(path.read_text()), ())


SEARCHES = {"re.compile", "re.search", "re.match", "re.fullmatch", "re.sub", "re.subn"}
SEARCHES |= {"re.split", "re.findall", "re.finditer"}


def test_every_pattern_is_tried() -> None:
    paths = [p for name in ("chat", "config") for p in (ROOT / name).rglob("*.py")]
    found = {use for path in paths if "tests" not in path.parts for use in uses(path)}
    assert found == set(TRIED)


def grows_too_fast(attempt: Try, beginning: str, unit: str) -> str | None:
    """What was measured, if the time grows faster than the text."""
    before = TOO_QUICK
    for size in SIZES:
        text = beginning + unit * (size // len(unit))
        if (seconds := _seconds(attempt, text)) > before * MOST_GROWTH:
            return f"{seconds:.3f} s for {size} of {beginning + unit!r}"
        before = max(seconds, TOO_QUICK / MOST_GROWTH)
    return None


def _seconds(attempt: Try, text: str) -> float:
    began = time.thread_time()
    attempt(text)
    return time.thread_time() - began


@pytest.mark.once
@pytest.mark.parametrize("name", TRIED)
def test_the_time_grows_as_the_text_does(name: str) -> None:
    for beginning, unit in HOSTILE:
        assert not (found := grows_too_fast(TRIED[name], beginning, unit)), found
