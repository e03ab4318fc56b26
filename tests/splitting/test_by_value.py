"""Is every range of values divided by the shares, with groups and without?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.splitting.by_value import count_ranges, divide_by_value

SHARES = np.array([0.6, 0.2, 0.2])


@pytest.mark.parametrize("grouped", [False, True])
def test_every_range_of_values_is_in_every_part(grouped: bool) -> None:
    """200 rows are 20 ranges of ten, of which six, two and two are due; groups are pairs of
    neighbours."""
    dice = np.random.default_rng(5)
    values = dice.permutation(200).astype(float)
    groups = values // 2 if grouped else None
    parts = divide_by_value(values, dice.permutation(200), groups, SHARES, seed=0)
    for low in range(0, 200, 10):
        within = parts[(values >= low) & (values < low + 10)]
        assert np.bincount(within, minlength=3).tolist() == [6, 2, 2]


def test_groups_that_are_ranges_themselves_are_divided_as_wider_ranges() -> None:
    values = np.arange(60.0)
    parts = divide_by_value(values, np.arange(60), values // 10, SHARES, seed=0)
    assert {len(set(parts[start : start + 10])) for start in range(0, 60, 10)} == {1}
    assert set(parts) == {0, 1, 2}


def test_ranges_have_ten_rows_at_least_and_are_twenty_at_most() -> None:
    assert [count_ranges(n) for n in (0, 19, 20, 199, 200, 10_000)] == [1, 1, 2, 19, 20, 20]
