import random
from collections import Counter

import pytest

from chat.admin.overview.percentiles import percentile
from chat.requestlog.tallies import bucket


def test_nothing_measured_is_not_known() -> None:
    assert percentile({}, 0.5) is None
    assert percentile({12: 0}, 0.5) is None


def test_one_request_is_every_percentile() -> None:
    histogram = {bucket(500): 1}
    assert percentile(histogram, 0.5) == pytest.approx(500, rel=0.1)
    assert percentile(histogram, 0.95) == pytest.approx(500, rel=0.1)


def test_the_place_within_a_bucket_is_interpolated() -> None:
    low = 1.1**50
    assert percentile({50: 100}, 0) == pytest.approx(low)
    assert percentile({50: 100}, 0.5) == pytest.approx(low * 1.05)
    assert percentile({50: 100}, 1) == pytest.approx(low * 1.1)


def test_the_order_of_the_buckets_does_not_matter() -> None:
    assert percentile({60: 1, 10: 99}, 0.5) == percentile({10: 99, 60: 1}, 0.5)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.95, 0.999])
def test_a_percentile_is_at_most_a_tenth_off(share: float) -> None:
    source = random.Random(3)
    times = sorted(int(source.lognormvariate(7, 1.2)) + 1 for _ in range(20_000))
    found = percentile(Counter(map(bucket, times)), share)
    assert found == pytest.approx(times[int(share * len(times))], rel=0.1)
