"""Is a figure compared by which way is better, and a share given its interval?"""

from __future__ import annotations

import pytest
from scipy import stats

from receta.core.measure import Measure, wilson


def test_a_score_is_more_where_the_figure_is_better() -> None:
    assert (Measure("accuracy", 0.25).score, Measure("rmse", 0.25, better="lower").score) == (
        *(0.25, -0.25),
    )
    assert Measure("accuracy", 0.25).n == 0


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (3, 7), (50, 100), (999, 1000)])
def test_the_ends_of_an_interval_are_where_the_share_is_1_96_deviations_away(hits, n) -> None:
    z = stats.norm.ppf(0.975)
    for end in wilson(hits, n):
        assert abs(hits / n - end) == pytest.approx(z * (end * (1 - end) / n) ** 0.5, abs=1e-9)
    low, high = wilson(hits, n)
    assert low <= hits / n <= high
