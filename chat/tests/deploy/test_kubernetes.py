"""deploy/kubernetes: what Kubernetes takes, and what fits the service."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from chat.tests.development import BASE_DIR

pytestmark = pytest.mark.once

FILES = sorted((BASE_DIR / "deploy/kubernetes").glob("*.yaml"))
# Those that get corrections of the newest that is known here, and one more.
VERSIONS = ("1.34", "1.35", "1.36", "1.37")


def manifest(name: str) -> Any:
    return yaml.safe_load((BASE_DIR / f"deploy/kubernetes/{name}.yaml").read_text())


POD = manifest("deployment")["spec"]["template"]["spec"]
CHAT = POD["containers"][0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_is_as_the_schema_has_it(path: Path, version: str) -> None:
    made = yaml.safe_load(path.read_text())
    kubernetes_validate.validate(made, version, strict=True)


def test_stopping_fits_into_its_time() -> None:
    before = int(CHAT["lifecycle"]["preStop"]["exec"]["command"][1])
    image = (BASE_DIR / "Dockerfile").read_text()
    _, _, rest = image.partition('"--timeout-graceful-shutdown", "')
    assert POD["terminationGracePeriodSeconds"] >= before + int(rest[:2]) + 5


def test_all_point_at_each_other() -> None:
    labels = {"app.kubernetes.io/name": "zai-chat"}
    assert manifest("service")["spec"]["selector"] == labels
    assert manifest("disruption")["spec"]["selector"]["matchLabels"] == labels
    assert manifest("deployment")["spec"]["selector"]["matchLabels"] == labels
    target = manifest("autoscaler")["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", "zai-chat")
    # A pod that migrates must get no requests.
    job = manifest("migrate")["spec"]["template"]
    assert job["metadata"]["labels"] != labels
    images = {CHAT["image"], job["spec"]["containers"][0]["image"]}
    assert len(images) == 1


def test_settings_are_those_there_are() -> None:
    from config.settings import ENVIRONMENT

    named = set(manifest("config")["data"]) | set(
        manifest("secret.example")["stringData"]
    )
    assert named - {"WEB_CONCURRENCY"} <= ENVIRONMENT.names


def test_metrics_are_not_for_everybody() -> None:
    rules = manifest("ingress")["spec"]["rules"][0]["http"]["paths"]
    for rule in rules:
        everything = (rule["path"], rule["pathType"]) == ("/", "Prefix")
        assert not everything and not rule["path"].startswith("/metrics")
