"""Are shares, ranges and quotas right at their bounds?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.core.errors import InputError, RecipeError
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.splitting import by_class, by_value, shares, split
from tests.fakes import Rows

NAMES = ("train", "validation", "test")


@pytest.mark.parametrize(
    ("n", "bins"), [(0, 1), (9, 1), (19, 1), (20, 2), (199, 19), (200, 20), (9000, 20)]
)
def test_ranges_of_values_hold_ten_rows_at_least_and_are_twenty_at_most(n: int, bins: int) -> None:
    assert by_value.count_ranges(n) == bins


@pytest.mark.parametrize(
    ("recipe", "n", "expected"),
    [
        (Recipe(), 33_333, (0.15, 0.15)),
        (Recipe(), 50_000, (0.1, 0.1)),
        (Recipe(validation_share=0.15), 50_000, (0.15, 0.1)),
        (Recipe(test_share=0.2), 100_000, (0.05, 0.2)),
        (Recipe(), 0, (0.15, 0.15)),
    ],
)
def test_a_share_that_nobody_asked_for_is_5_000_examples_at_most(recipe, n, expected) -> None:
    assert shares.ask_shares(recipe, n) == expected


def test_shares_are_of_what_is_to_be_divided_and_leave_something_to_train_on() -> None:
    parts = np.array([shares.TRAIN] * 6 + [shares.TEST] * 4)
    recipe = Recipe(validation_share=0.25, test_share=0.5)
    assert shares.find_shares(parts, recipe).tolist() == [0.75, 0.25, 0.0]
    assert shares.find_shares(parts[:6], recipe).tolist() == [0.25, 0.25, 0.5]
    nearly = Recipe(validation_share=0.5, test_share=0.4999)
    assert shares.find_shares(parts[:6], nearly)[0] == pytest.approx(1e-4)
    with pytest.raises(RecipeError, match="leave nothing to train on"):
        shares.find_shares(parts[:6], Recipe(validation_share=0.5, test_share=0.5))


@pytest.mark.parametrize(
    ("counts", "test_share", "validation", "test"),
    [
        ([100, 100], 0.29, [10, 10], [29, 29]),
        ([100, 100], 0.15, [10, 10], [15, 15]),
        ([3, 3], 0.1, [1, 1], [1, 1]),
        ([5, 5, 5, 5], 0.3, [1, 1, 1, 1], [2, 2, 1, 1]),
        ([25, 15], 0.1, [2, 2], [3, 1]),
        ([4, 30], 0.6, [1, 3], [2, 18]),
    ],
)
def test_quotas_are_the_largest_remainders_the_test_part_first(
    counts, test_share, validation, test
) -> None:
    given = np.array([1 - 0.1 - test_share, 0.1, test_share])
    found = by_class._quotas(np.array(counts), given)
    assert [one.tolist() for one in found] == [validation, test]


def test_a_tiny_class_keeps_one_to_train_on_at_the_cost_of_its_larger_part_alone() -> None:
    for shares_, tiny in (((0.1, 0.4, 0.5), [1, 1]), ((0.1, 0.5, 0.4), [1, 1])):
        validation, test = by_class._quotas(np.array([3, 100]), np.array(shares_))
        assert [validation[0], test[0]] == tiny
        assert [validation[1], test[1]] == [round(100 * shares_[1]), round(100 * shares_[2])]


def test_of_equal_remainders_the_first_are_taken_and_none_that_is_not_allowed() -> None:
    rests, allowed = np.array([0.5, 0.9, 0.5, 0.95]), np.array([True, True, True, False])
    taken = [np.flatnonzero(by_class._largest(rests, allowed, n)).tolist() for n in (0.49, 0.5, 2)]
    assert taken == [[], [1], [0, 1]]
    assert by_class._largest(rests, allowed, 9).tolist() == allowed.tolist()
    assert not by_class._largest(rests, allowed, -3).any()


@pytest.mark.parametrize("n", [3, 2])
def test_a_class_needs_an_example_in_every_part(n: int) -> None:
    data = Dataset.of(Rows([0] * 9 + [1] * n))
    if n == 3:
        assert [part.counts()[1] for part in split(data)] == [1, 1, 1]
    else:
        with pytest.raises(InputError, match=f"class 'c1' has only {n} images to split"):
            split(data)


def test_five_small_classes_are_named_and_one_more_is_counted() -> None:
    for classes, words in ((5, "'c4' 1); expected"), (6, "'c4' 1 and 1 more); expected")):
        with pytest.raises(InputError) as caught:
            split(Dataset.of(Rows([*range(classes), *[classes] * 9])))
        assert words in str(caught.value)


def test_groups_are_as_many_as_the_parts_that_are_carved() -> None:
    def divide(groups: int, parts: list[str]) -> None:
        names = [f"g{row % groups}" for row in range(12)]
        split(Dataset.of(Rows([0, 1] * 3 + [1, 0] * 3, groups=names, parts=parts)))

    divide(3, ["train"] * 12)
    divide(2, ["train"] * 10 + ["test"] * 2)
    divide(1, [*["train"] * 8, *["test", "validation"] * 2])
    with pytest.raises(InputError, match="2 groups cannot be split; expected at least 3"):
        divide(2, ["train"] * 12)
    with pytest.raises(InputError, match="1 group cannot be split; expected at least 2"):
        divide(1, ["train"] * 10 + ["test"] * 2)


def test_a_rank_depends_on_the_name_and_the_seed_alone() -> None:
    ranks = by_class.rank(1, ["a", "b", "c"])
    assert by_class.rank(1, ["c", "a"]).tolist() == [ranks[2], ranks[0]]
    assert by_class.rank(2, ["a"])[0] != ranks[0]
    assert len(by_class.rank(1, [])) == 0
    assert ranks.max() > 2**32
