"""What Prometheus is told: each series with its name, its words and its labels."""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from chat.metrics import gauges
from chat.metrics.board import Key
from chat.metrics.families import (
    CHARGED_AT,
    COMMIT,
    COST_AT,
    HISTOGRAM_CELLS,
    KINDS,
    LABELS,
    LOOP_DELAY,
    TIMES_OF_A_REQUEST,
    Histogram,
    Row,
)
from chat.metrics.host import Host
from chat.requestlog.journal import current
from config.version import read_version

PREFIX = "zai_chat_"

Rows = Sequence[tuple[Key, list[float]]]


def write(host: Host, accept: str) -> tuple[bytes, str]:
    """Return the text for a reader that takes `accept`, and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(host))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


class _Told(Collector):
    def __init__(self, host: Host) -> None:
        self._host = host

    def collect(self) -> Iterable[Metric]:
        return families(self._host)


def families(host: Host) -> Iterator[Metric]:
    """Yield all that is told of `host`."""
    yield InfoMetricFamily(
        f"{PREFIX}build", "The version", value={"version": read_version()}
    )
    yield _counter(host, "requests", "Requests that have ended", Row.REQUESTS)
    for one in TIMES_OF_A_REQUEST:
        yield _histogram(host, one, Row.TIMES)
    yield _tokens(host)
    use = (host, Row.USE)
    yield _counter_at(*use, "cost_usd", "By the tokens and the prices known", COST_AT)
    yield _counter_at(
        *use, "charged_usd", "Charged to budgets, estimates too", CHARGED_AT
    )
    yield _counter(host, "tries", "How often Z.AI was asked, by its answer", Row.TRIES)
    yield _counter(
        host, "access_refusals", "Of the requests, those without a row", Row.REFUSALS
    )
    yield _counter(
        host, "left_out", "Refused requests of a flood, which have no row", Row.LEFT_OUT
    )
    yield _histogram(host, COMMIT, Row.COMMITS)
    yield _histogram(host, LOOP_DELAY, Row.LOOP)
    yield from _lost()
    yield CounterMetricFamily(
        "process_cpu_seconds",
        "CPU of all processes of this host, dead ones too",
        value=sum(values[0] for _, values in _rows(host, Row.PROCESS)),
    )
    yield CounterMetricFamily(
        f"{PREFIX}metrics_not_counted",
        "Kinds of requests for which the metrics had no room",
        value=sum(found.not_counted for found in host.alive),
    )
    yield from gauges.describe(host.alive)


def _rows(host: Host, what: Row) -> Rows:
    return [(key[1:], v) for key, v in sorted(host.sums.items()) if key[0] == what]


def _counter(host: Host, name: str, words: str, what: Row) -> Metric:
    return _counter_at(host, what, name, words, 0)


def _counter_at(host: Host, what: Row, name: str, words: str, at: int) -> Metric:
    labels = LABELS.get(what, ())
    family = CounterMetricFamily(PREFIX + name, words, labels=labels)
    rows = _rows(host, what)
    for key, values in rows:
        family.add_metric(key, values[at])
    if not (rows or labels):
        family.add_metric((), 0)
    return family


def _tokens(host: Host) -> Metric:
    words = "As Z.AI counted them; cached is a part of prompt, reasoning of completion"
    labels = (*LABELS[Row.USE], "kind")
    family = CounterMetricFamily(f"{PREFIX}tokens", words, labels=labels)
    for key, values in _rows(host, Row.USE):
        for kind, value in zip(KINDS, values, strict=False):
            family.add_metric((*key, kind), value)
    return family


def _histogram(host: Host, one: Histogram, what: Row) -> Metric:
    name, labels = f"{PREFIX}{one.name}_seconds", LABELS.get(what, ())
    family = HistogramMetricFamily(name, one.words, labels=labels)
    for key, values in _rows(host, what):
        *counts, total = values[one.at : one.at + HISTOGRAM_CELLS]
        family.add_metric(key, _buckets(one, counts), total)
    return family


def _buckets(one: Histogram, counts: Sequence[float]) -> list[tuple[str, float]]:
    below, found = 0.0, []
    for bound, count in zip((*map(_bound, one.buckets), "+Inf"), counts, strict=True):
        below += count
        found.append((bound, below))
    return found


def _bound(seconds: float) -> str:
    return str(float(seconds))


def _lost() -> Iterator[Metric]:
    """What this host lost of the log, by the file that says so."""
    if (log := current()) is None:
        return
    lost = log.spool.losses.total()
    family = CounterMetricFamily(
        f"{PREFIX}log_lost", "Of the request log, for want of room", labels=("what",)
    )
    family.add_metric(("rows",), lost.requests)
    family.add_metric(("texts",), lost.texts)
    yield family
