"""Imports point one way: views → protocols, exchange → upstream."""

import ast
from functools import cache
from pathlib import Path

CHAT = Path(__file__).parent.parent
BASE = {"address", "conversation", "ending", "event", "failures", "request_id"}
BASE |= {"keys", "lines", "surrogates", "observation", "tracebacks", "trace_id"}


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


@cache
def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def modules(*parts: str) -> list[Path]:
    folder = CHAT.joinpath(*parts)
    found = sorted(p for p in folder.rglob("*.py") if "tests" not in p.parts)
    assert found, f"{folder} is empty"
    return found


def ours(path: Path) -> set[str]:
    return {n.split(".")[1] for n in imported(path) if n.startswith("chat.")}


def test_upstream_knows_neither_requests_nor_dialects() -> None:
    for path in modules("upstream"):
        assert ours(path) <= BASE | {"upstream", "glm"}, path
        assert not any(name.startswith("django.http") for name in imported(path)), path


def test_dialects_know_neither_requests_nor_upstream() -> None:
    for path in modules("protocols"):
        assert ours(path) <= BASE | {"protocols", "glm"}, path
        assert not any(name.startswith("django.http") for name in imported(path)), path


def test_the_simulator_knows_of_the_rest_only_the_profiles() -> None:
    for path in modules("simulator"):
        assert ours(path) <= {"simulator", "glm"}, path
        assert not any(name.startswith("django") for name in imported(path)), path


def test_profiles_know_nobody() -> None:
    for path in modules("glm"):
        assert ours(path) <= BASE | {"glm"}, path
        if path.stem in ("profile", "reading"):  # the simulator has them without Django
            assert not any(name.startswith("django") for name in imported(path)), path


def test_only_upstream_imports_the_sdk_and_only_commands_the_simulator() -> None:
    for path in modules():
        names = imported(path)
        folder = path.relative_to(CHAT).parts[0]
        if folder != "upstream":
            assert not any(name.split(".")[0] == "zai" for name in names), path
        if folder not in ("simulator", "management"):
            assert "simulator" not in ours(path), path


def test_what_all_share_lies_below_all() -> None:
    for name in BASE:
        assert ours(CHAT / f"{name}.py") <= BASE, name


def test_an_exchange_knows_neither_the_web_nor_the_log_nor_dialects() -> None:
    for path in modules("exchange"):
        assert ours(path) <= BASE | {"exchange", "gate", "upstream", "glm"}, path


def test_the_gate_knows_neither_exchanges_nor_who_asks() -> None:
    for path in modules("gate"):
        assert ours(path) <= BASE | {"gate", "upstream", "glm", "redis"}, path


def test_the_log_does_not_know_the_web() -> None:
    for path in modules("requestlog"):
        above = {"web", "views", "admin", "openapi", "page", "doctor"}
        assert not ours(path) & above, path


def test_access_does_not_know_the_web_or_its_views() -> None:
    for path in modules("access"):
        above = {"web", "views", "admin", "openapi", "page", "doctor", "answers"}
        assert not ours(path) & above, path


def test_answers_do_not_know_the_web() -> None:
    for path in modules("answers"):
        above = {"web", "views", "answer_views", "admin", "openapi", "page", "doctor"}
        assert not ours(path) & above, path


def test_alerts_know_what_was_logged_and_spent() -> None:
    for path in modules("alerts"):
        assert ours(path) <= BASE | {"alerts", "models", "requestlog", "access"}, path


def test_metrics_know_what_happens_and_not_who_serves() -> None:
    for path in modules("metrics"):
        above = {"web", "views", "admin", "openapi", "page", "doctor", "protocols"}
        assert not ours(path) & above, path
    for room in ("exchange", "gate", "access", "requestlog", "upstream"):
        for path in modules(room):
            assert "metrics" not in ours(path), path


def test_tracing_knows_exchanges_and_what_is_kept_of_them() -> None:
    for path in modules("tracing"):
        assert ours(path) <= BASE | {"tracing", "exchange", "requestlog", "upstream"}, (
            path
        )
        assert "opentelemetry" not in {n.split(".")[0] for n in _at_the_top(path)}


def _at_the_top(path: Path) -> set[str]:
    """What is imported however the service is set."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_only_some_ask_redis() -> None:
    some = ("access", "answers", "gate", "redis")
    for path in modules():
        if path.relative_to(CHAT).parts[0] not in some:
            names = imported(path)
            assert not any(name.split(".")[0] == "redis" for name in names), path


def test_only_an_exchange_writes_its_attributes() -> None:
    for path in modules():
        if path.parent.name == "exchange":
            continue
        for node in nodes(path):
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
                many = isinstance(node, ast.Assign)
                targets = node.targets if many else [node.target]
                for target in targets:
                    assert not _is_of_an_exchange(target), (path, ast.unparse(node))


def _is_of_an_exchange(target: ast.expr) -> bool:
    if not isinstance(target, ast.Attribute):
        return False
    owner = target.value
    named = getattr(owner, "id", None) or getattr(owner, "attr", None)
    return named == "exchange"
