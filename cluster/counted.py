"""Whether what Prometheus would read is what the rows say, to the request."""

from collections import Counter

from cluster.ground import Cluster

LABELS = ("dialect", "model", "ending", "answer", "whose")
ROWS = """
    SELECT dialect, coalesce(model, 'none'), ending, coalesce(answer, 'unknown'),
        coalesce(whose, 'none')
    FROM chat_requestlog WHERE ending IS NOT NULL
"""
# Of the requests, those that have no row.
WITHOUT_ROWS = ("zai_chat_access_refusals_total", "zai_chat_left_out_total")

Kind = tuple[str, ...]


def compare_metrics(cluster: Cluster) -> list[str]:
    """Return a sentence for each kind of request that the metrics of all hosts together
    and the rows have in different numbers."""
    counted, without = _counted(cluster)
    rows: Counter[Kind] = Counter(cluster.database.rows(ROWS))
    more = counted.copy()
    more.subtract(rows)
    refused = [kind for kind in more if kind[2] == "refused"]
    beyond = sum(more.pop(kind) for kind in refused)
    faults = [
        f"the metrics have {counted[kind]} of {'/'.join(kind)}, the rows {rows[kind]}"
        for kind, difference in sorted(more.items())
        if difference
    ]
    if beyond != without:
        faults.append(
            f"the metrics have {beyond} refused requests more than the rows, and say"
            f" that {without} have none"
        )
    return faults


def _counted(cluster: Cluster) -> tuple[Counter[Kind], int]:
    """Return how many ended in each kind, and how many have no row."""
    counted: Counter[Kind] = Counter()
    without = 0
    for host in cluster.hosts.values():
        for name, labels, value in host.metrics():
            if name == "zai_chat_requests_total":
                counted[tuple(labels[label] for label in LABELS)] += int(value)
            elif name in WITHOUT_ROWS:
                without += int(value)
    return counted, without
