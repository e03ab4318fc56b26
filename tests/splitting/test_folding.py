"""Do folds and drawings test each example in its turn, and keep what a split keeps?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from receta.core.errors import InputError, RecipeError
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset, Splits
from receta.data.series import Series
from receta.data.table import Column, Table
from receta.splitting import bootstraps, folds
from tests.fakes import Rows


def classes(sizes: list[int], **names: list[str]) -> Dataset:
    return Dataset.of(Rows(np.repeat(np.arange(len(sizes)), sizes), **names))


def values(n: int) -> Dataset:
    column = Column("x", "number", np.arange(float(n)))
    targets, ids = np.arange(float(n)) ** 2, [f"{row}" for row in range(n)]
    told = {"task": "values", "target_name": "y", "ids": ids, "version": "1"}
    return Dataset.of(Table("table('x'", (column,), targets, **told))


def series(steps: int, **asked: int) -> Dataset:
    made = Series(
        "series('x'",
        np.arange(steps, dtype=float)[:, None],
        None,
        window=6,
        horizon=3,
        channel_names=("v",),
        version="1",
        **asked,
    )
    return Dataset.of(made)


def assert_apart(found: list[Splits]) -> None:
    for parts in found:
        held = [set(part.ids) for part in parts]
        assert all(held)
        assert not any(one & other for one, other in itertools.combinations(held, 2))


@pytest.mark.parametrize("data", [classes([30, 20, 11]), values(61)], ids=["classes", "values"])
def test_each_example_is_tested_on_once_and_each_fold_uses_all(data):
    found = folds(data, Recipe(seed=3), 4)
    assert_apart(found)
    tested = sorted(one for parts in found for one in parts.test.ids)
    assert tested == sorted(data.ids)
    assert all(sum(map(len, parts)) == len(data) for parts in found)
    assert {len(parts.test) for parts in found} <= {15, 16}


def test_folds_hold_every_class_to_within_one_example():
    found = folds(classes([30, 20, 11]), Recipe(), 4)
    counts = np.array([parts.test.counts() for parts in found])
    assert np.ptp(counts, axis=0).max() <= 1


def test_folds_of_values_hold_low_and_high_ones():
    for parts in folds(values(100), Recipe(), 5):
        assert abs(np.median(parts.test.rows) - 49.5) < 8


def test_folds_follow_from_the_seed_and_the_ids_and_not_from_the_order():
    ids = [f"{row}.png" for row in range(40)]
    data = Dataset.of(Rows([row % 2 for row in range(40)], ids=ids))
    turned = Dataset.of(Rows([row % 2 for row in range(40)][::-1], ids=ids[::-1]))
    kept = [set(parts.test.ids) for parts in folds(data, Recipe(seed=1), 4)]
    assert kept == [set(parts.test.ids) for parts in folds(turned, Recipe(seed=1), 4)]
    assert kept != [set(parts.test.ids) for parts in folds(data, Recipe(seed=2), 4)]


def test_groups_stay_whole_and_folds_stay_even():
    chance = np.random.default_rng(0)
    groups = [f"g{number}" for number in chance.integers(0, 12, 240)]
    data = Dataset.of(Rows([row % 3 for row in range(240)], groups=groups))
    found = folds(data, Recipe(), 4)
    for parts in found:
        held = [set(part.groups) for part in parts]
        assert not any(one & other for one, other in itertools.combinations(held, 2))
        assert 40 <= len(parts.test) <= 80
    assert sum(len(parts.test) for parts in found) == 240


def test_fewer_groups_than_folds_are_refused_in_one_line():
    data = classes([20, 20], groups=[f"g{row % 3}" for row in range(40)])
    with pytest.raises(InputError, match="3 groups cannot be divided into 5 folds"):
        folds(data, Recipe(), 5)


def test_a_test_part_of_the_datas_own_is_in_no_fold():
    data = classes([20, 20], parts=["test" if row % 4 == 0 else "train" for row in range(40)])
    own = {one for row, one in enumerate(data.ids) if row % 4 == 0}
    for parts in folds(data, Recipe(), 3):
        assert not own & {one for part in parts for one in part.ids}


def test_folds_of_a_series_go_on_in_time_and_never_see_what_they_forecast():
    found = folds(series(120), Recipe(), 4)
    begins = [int(parts.test.rows.min()) for parts in found]
    assert begins == sorted(begins)
    tested = [row for parts in found for row in parts.test.rows.tolist()]
    assert len(set(tested)) == len(tested)
    for parts in found:
        train, validation, test = (part.rows for part in parts)
        # A window at row r forecasts the steps r + 6 to r + 8.
        assert train.max() + 3 <= validation.min()
        assert validation.max() + 3 <= test.min()


def test_a_series_that_is_too_short_for_its_folds_is_refused():
    with pytest.raises(InputError, match="cannot be split by time"):
        folds(series(25), Recipe(), 10)


@pytest.mark.parametrize("k", [-1, 0, 1, 101])
def test_a_number_of_folds_out_of_bounds_is_refused(k):
    with pytest.raises(RecipeError, match="expected 2 to 100"):
        folds(classes([20, 20]), Recipe(), k)


def test_more_folds_than_examples_are_refused():
    with pytest.raises(InputError, match="6 images cannot be divided into 7 folds"):
        folds(classes([3, 3]), Recipe(), 7)


def test_a_bootstrap_tests_on_what_was_not_drawn():
    found = bootstraps(classes([150, 50]), Recipe(), 20)
    assert_apart(found)
    left = np.array([len(parts.test) for parts in found])
    # Of 200 drawn, exp(-1) are left out: 73.6 with a deviation of 4.4; of the mean of 20 it is 1.
    assert abs(left.mean() - 73.6) < 5
    assert len({parts.test.ids for parts in found}) == 20
    assert [parts.test.ids for parts in bootstraps(classes([150, 50]), Recipe(), 20)] == [
        parts.test.ids for parts in found
    ]


def test_a_bootstrap_draws_groups_whole_and_no_series():
    data = classes([60, 60], groups=[f"g{row % 15}" for row in range(120)])
    for parts in bootstraps(data, Recipe(), 3):
        assert not set(parts.test.groups) & set(parts.train.groups)
    with pytest.raises(InputError, match="a series follows an order in time"):
        bootstraps(series(120), Recipe(), 3)
