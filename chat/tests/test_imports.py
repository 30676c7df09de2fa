"""Imports point one way: views → protocols, exchange → upstream."""

import ast
from pathlib import Path

import pytest

CHAT = Path(__file__).parent.parent
BASE = {"address", "conversation", "ending", "event", "failures", "request_id"}
BASE |= {"keys", "lines", "surrogates", "observation"}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def modules(*parts: str) -> list[Path]:
    folder = CHAT.joinpath(*parts)
    return sorted(p for p in folder.rglob("*.py") if "tests" not in p.parts)


def ours(path: Path) -> set[str]:
    return {n.split(".")[1] for n in imported(path) if n.startswith("chat.")}


@pytest.mark.parametrize("path", modules("upstream"), ids=lambda p: p.stem)
def test_upstream_knows_neither_requests_nor_dialects(path: Path) -> None:
    assert ours(path) <= BASE | {"upstream", "glm"}
    assert not any(name.startswith("django.http") for name in imported(path))


@pytest.mark.parametrize("path", modules("protocols"), ids=lambda p: p.stem)
def test_dialects_know_neither_requests_nor_upstream(path: Path) -> None:
    assert ours(path) <= BASE | {"protocols", "glm"}
    assert not any(name.startswith("django.http") for name in imported(path))


@pytest.mark.parametrize("path", modules("simulator"), ids=lambda p: p.stem)
def test_the_simulator_knows_of_the_rest_only_the_profiles(path: Path) -> None:
    assert ours(path) <= {"simulator", "glm"}
    assert not any(name.startswith("django") for name in imported(path))


@pytest.mark.parametrize("path", modules("glm"), ids=lambda p: p.stem)
def test_profiles_know_nobody(path: Path) -> None:
    assert ours(path) <= BASE | {"glm"}
    if path.stem in ("profile", "reading"):  # the simulator has them without Django
        assert not any(name.startswith("django") for name in imported(path))


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
def test_only_upstream_imports_the_sdk_and_only_commands_the_simulator(
    path: Path,
) -> None:
    names = imported(path)
    folder = path.relative_to(CHAT).parts[0]
    if folder != "upstream":
        assert not any(name.split(".")[0] == "zai" for name in names)
    if folder not in ("simulator", "management"):
        assert "simulator" not in ours(path)


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in CHAT.glob("*.py") if path.stem in BASE)
)
def test_what_all_share_lies_below_all(name: str) -> None:
    assert ours(CHAT / f"{name}.py") <= BASE


@pytest.mark.parametrize("path", modules("exchange"), ids=lambda p: p.stem)
def test_an_exchange_knows_neither_the_web_nor_the_log_nor_dialects(path: Path) -> None:
    assert ours(path) <= BASE | {"exchange", "gate", "upstream", "glm"}


@pytest.mark.parametrize("path", modules("gate"), ids=lambda p: p.stem)
def test_the_gate_knows_neither_exchanges_nor_who_asks(path: Path) -> None:
    assert ours(path) <= BASE | {"gate", "upstream", "glm", "redis"}


@pytest.mark.parametrize("path", modules("requestlog"), ids=lambda p: p.stem)
def test_the_log_does_not_know_the_web(path: Path) -> None:
    assert not ours(path) & {"web", "views", "admin", "openapi", "page", "doctor"}


@pytest.mark.parametrize("path", modules("access"), ids=lambda p: p.stem)
def test_access_does_not_know_the_web_or_its_views(path: Path) -> None:
    above = {"web", "views", "admin", "openapi", "page", "doctor", "answers"}
    assert not ours(path) & above


@pytest.mark.parametrize("path", modules("alerts"), ids=lambda p: p.stem)
def test_alerts_know_what_was_logged_and_spent(path: Path) -> None:
    assert ours(path) <= BASE | {"alerts", "models", "requestlog", "access"}


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
def test_only_some_ask_redis(path: Path) -> None:
    if path.relative_to(CHAT).parts[0] not in ("access", "gate", "redis"):
        assert not any(name.split(".")[0] == "redis" for name in imported(path))


@pytest.mark.parametrize(
    "path", [p for p in modules() if p.parent.name != "exchange"], ids=lambda p: p.stem
)
def test_only_an_exchange_writes_its_attributes(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                assert not _is_of_an_exchange(target), ast.unparse(node)


def _is_of_an_exchange(target: ast.expr) -> bool:
    if not isinstance(target, ast.Attribute):
        return False
    owner = target.value
    named = getattr(owner, "id", None) or getattr(owner, "attr", None)
    return named == "exchange"
