"""The dashboard has every series that `docs/metrics.md` tells of, but for some."""

import json
import re

from chat.tests.development import BASE_DIR

DASHBOARD = BASE_DIR / "deploy/grafana/dashboard.json"
# For those who look for something: no picture of them says how it goes.
UNSHOWN = {
    "zai_chat_build_info",
    "zai_chat_charged_usd_total",
    "zai_chat_left_out_total",
    "zai_chat_metrics_not_counted_total",
    "zai_chat_workers_stopping",
}


def test_each_series_is_shown() -> None:
    told = (BASE_DIR / "docs/metrics.md").read_text()
    series = set(re.findall(r"^\| `(zai_chat_\w+)` \|", told, re.MULTILINE))
    asked = set(re.findall(r"zai_chat_[a-z_]+", DASHBOARD.read_text()))
    asked |= {name.removesuffix("_bucket") for name in asked}
    assert series - asked == UNSHOWN


def test_panels_neither_share_a_place_nor_an_id() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
