"""Do audits decide at their bounds, and one beyond, and tell the numbers that they went by?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from receta.audits import (
    drift,
    duplicate_column,
    imbalance,
    label_error,
    mixed_types,
    odd_shape,
    odd_size,
    small_class,
    target_leakage,
)
from receta.audits.made_up.tiny_tables import column, honest, noise, table
from receta.data.dataset import Dataset
from tests.fakes import FakePixels, Rows


def counted(*counts: int) -> Dataset:
    """So many examples of each class."""
    return Dataset.of(Rows(np.repeat(np.arange(len(counts)), counts)))


@pytest.mark.parametrize(
    ("counts", "ratio", "verdict"),
    [
        ((8, 2), 4.0, "ok"),
        ((801, 200), 4.005, "warn"),
        ((9, 2, 0), 4.5, "warn"),
        ((700, 300), 2.333, "ok"),
        ((3, 3), 1, "ok"),
    ],
)
def test_the_largest_class_may_be_four_times_the_smallest(counts, ratio, verdict) -> None:
    (found,) = imbalance.imbalance(counted(*counts), None)
    assert (found.measured, found.verdict) == (ratio, verdict)
    there = [one for one in counts if one]
    assert found.shown["largest_share"] == pytest.approx(max(counts) / sum(counts), abs=1e-4)
    assert found.shown["even_share"] == pytest.approx(1 / len(there), abs=1e-4)
    if verdict == "warn":
        assert (
            f"right in {max(counts) / sum(counts):.0%} of the cases ({1 / len(there):.0%} if"
            in (found.advice)
        )


def test_a_class_of_twenty_is_large_enough_and_five_are_named() -> None:
    (found,) = small_class.small_class(counted(30, 20, 25), None)
    assert (found.verdict, found.measured, found.where) == ("ok", 20, "'c1'")
    (found,) = small_class.small_class(counted(30, 19, 3), None)
    assert (found.verdict, found.measured, len(found.ids)) == ("warn", 3, 22)
    assert found.where == "2 of 3 classes: 'c2' 3, 'c1' 19"
    assert found.shown == {"c2": 3, "c1": 19}
    (found,) = small_class.small_class(counted(1, 2, 3, 4, 5, 6, 7), None)
    assert found.where.endswith("'c4' 5 and 2 more")
    (found,) = small_class.small_class(counted(1, 2, 3, 4, 5, 60), None)
    assert found.where == "5 of 6 classes: 'c0' 1, 'c1' 2, 'c2' 3, 'c3' 4, 'c4' 5"


def sized(*sizes: tuple[int, int]) -> tuple[Dataset, Any]:
    data = counted(len(sizes))
    pixels = FakePixels(data)
    pixels.sizes[:] = np.array(sizes, np.int64).reshape(-1, 2)
    return data, pixels


def test_a_size_is_odd_from_twice_as_large_on_or_four_ranges_out() -> None:
    def odd(sides: list[int]) -> list[int]:
        (found,) = odd_size.odd_size(*sized(*[(side, side) for side in sides]))
        return [int(one[:6]) for one in found.ids]

    assert odd([100] * 9 + [200, 199, 50, 51]) == [9, 11]
    # of sides 64 and 128 in equal number the range is one octave: four more are 2048 and 4
    assert odd([64] * 8 + [128] * 8 + [2048, 2047, 4, 5]) == [16, 18]
    (found,) = odd_size.odd_size(*sized(*[(100, 100)] * 9, (200, 400)))
    assert found.shown == {"000009.png": pytest.approx(8**0.5, abs=0.01)}
    assert odd_size.odd_size(*sized())[0].verdict == "ok"


def test_a_shape_is_odd_by_its_sides_and_by_those_of_the_rest() -> None:
    squares = [(100, 100)] * 9
    for size, is_odd in (((100, 35), False), ((100, 34), True), ((34, 100), True)):
        assert bool(odd_shape.is_odd(np.array([*squares, size]))[-1]) is is_odd
    wide = [(100, 200)] * 9
    for size, is_odd in (
        ((100, 399), False),
        ((100, 401), True),
        ((100, 71), False),
        ((100, 69), True),
    ):
        assert bool(odd_shape.is_odd(np.array([*wide, size]))[-1]) is is_odd
    assert not odd_shape.is_odd(np.zeros((0, 2))).any()


def parted(values: np.ndarray, n_test: int, **columns: np.ndarray) -> Dataset:
    n = len(values)
    parts = ["train"] * (n - n_test) + ["test"] * n_test
    cells = columns or {"x": noise(n, "x")}
    return table(values, [column(name, one) for name, one in cells.items()], parts=parts)


def test_values_that_moved_are_told_with_their_medians() -> None:
    values = np.concatenate([np.arange(80.0), np.arange(40.0) + 40])
    moved, *_ = drift.drift(parted(values, 40), None)
    assert (moved.verdict, moved.where) == (
        "warn",
        "the values to predict differ: median 39.5 in train, 59.5 in test",
    )
    # of 80 x 40 pairs the later is larger in 2,380 and equal in 40
    assert moved.measured == pytest.approx((2380 + 20) / 3200, abs=1e-4)
    back, *_ = drift.drift(parted(values[::-1].copy(), 80), None)
    assert back.measured == moved.measured
    same = drift.drift(parted(np.tile(np.arange(40.0), 3), 40), None)
    assert [one.verdict for one in same] == ["ok"]


def test_drift_is_judged_by_twenty_examples_of_each_part() -> None:
    values = np.arange(60.0)
    for n_test, words in (
        (19, "41 and 19 examples are too few"),
        (41, "19 and 41"),
        (0, "no valid"),
    ):
        (found,) = drift.drift(parted(values, n_test), None)
        assert (found.judged, found.measured) == (False, 0.5)
        assert words in found.where
    for n_test in (20, 40):
        assert all(one.judged for one in drift.drift(parted(values, n_test), None))
    none = drift.drift(parted(np.tile([1.0, 2.0], 30), 20, x=np.full(60, np.nan)), None)
    assert [(one.judged, one.measured) for one in none] == [(False, 0.5)]


def test_classes_that_come_otherwise_are_told_by_the_one_that_changed_most() -> None:
    def labelled(*shares: tuple[int, int]) -> Dataset:
        names = [f"c{k}" for k, (n, _) in enumerate(shares) for _ in range(n)]
        later = [f"c{k}" for k, (_, n) in enumerate(shares) for _ in range(n)]
        parts = ["train"] * len(names) + ["test"] * len(later)
        return table(names + later, [column("x", noise(len(parts), "x"))], parts=parts)

    found, *_ = drift.drift(labelled((50, 50), (100, 20), (50, 30)), None)
    assert found.where.startswith("labels: 'c1' is 50% of train and 20% of test; Cramer's V ")
    assert found.shown["freedom"] == 2
    counts = np.array([[50, 100, 50], [50, 20, 30]])
    assert found.shown["chi_square"] == pytest.approx(chi2_contingency(counts)[0], abs=0.01)
    assert drift.drift(labelled((50, 25), (100, 50), (50, 25)), None)[0].verdict == "ok"
    few = drift.drift(labelled((12, 9), (8, 11)), None)  # as far apart as chance may do it
    assert not any("labels:" in one.where for one in few)


@pytest.mark.parametrize(
    ("n_numbers", "different", "is_mixed"),
    [(10, 10, False), (11, 10, True), (11, 9, False), (50, 10, True), (0, 0, False)],
)
def test_more_than_a_tenth_of_ten_different_numbers_mixes_a_column(n_numbers, different, is_mixed):
    words = ["alpha", "beta", "gamma"]
    cells = [str(100 + k % different) for k in range(n_numbers)]
    cells += [words[k % 3] for k in range(100 - n_numbers)]
    data = honest(100, mixed=cells)
    (found,) = mixed_types.mixed_types(data, None)
    assert found.verdict == ("warn" if is_mixed else "ok")
    if is_mixed:
        assert found.measured == n_numbers / 100
        assert len(found.ids) == min(n_numbers, 100 - n_numbers)


def test_a_copy_is_linear_to_five_digits_in_half_of_the_rows() -> None:
    x = noise(60, "a")
    one = column("a", x)
    found = duplicate_column._linear(one, column("b", 3 * x + 2))
    assert found == (pytest.approx(1), pytest.approx(3), pytest.approx(2))
    assert duplicate_column._linear(one, column("b", x))[1:] == (1.0, 0.0)
    for kept, is_copy in ((30, True), (29, False)):
        gaps = np.where(np.arange(60) < kept, 2 * x, np.nan)
        assert (duplicate_column._linear(one, column("b", gaps)) is not None) is is_copy
    few = column("a", x[:3]), column("b", 2 * x[:3])
    assert duplicate_column._linear(*few) is not None
    assert duplicate_column._linear(few[0].take(np.arange(2)), few[1].take(np.arange(2))) is None
    assert duplicate_column._linear(one, column("b", np.ones(60))) is None


def test_suspicion_needs_a_small_own_probability_and_more_than_a_half_for_another() -> None:
    pytest.importorskip("cleanlab")
    targets = np.arange(40) % 2
    sound = np.where(np.arange(2) == targets[:, None], 0.95, 0.05)
    for own, is_suspect in ((0.09, True), (0.11, False)):
        given = sound.copy()
        given[0] = own, 1 - own
        found = label_error._suspects(targets, given, np.ones(40, bool))
        assert found == ([0] if is_suspect else [])
        assert label_error._suspects(targets, given, np.arange(40) > 0) == []
    many = np.full((40, 12), 0.01)
    many[np.arange(40), targets] = 0.89
    for own, other, is_suspect in ((0.029, 0.6, True), (0.031, 0.6, False), (0.029, 0.49, False)):
        given = many.copy()
        given[0] = (1 - own - other) / 10
        given[0, [0, 5]] = own, other
        found = label_error._suspects(targets, given, np.ones(40, bool))
        assert found == ([0] if is_suspect else [])


def test_what_is_recognised_of_a_class_is_counted_where_it_can_be_judged() -> None:
    targets = np.array([0, 0, 0, 1, 1, 2])
    said = np.eye(3)[[0, 0, 1, 1, 0, 2]]
    sure = np.array([True, True, True, True, True, False])
    recall = label_error._recall(targets, said, sure, 3)
    assert recall[:2] == pytest.approx([2 / 3, 1 / 2])
    assert np.isnan(recall[2])


def test_what_gives_the_target_away_is_told_by_how_it_does() -> None:
    target = ["yes" if row % 2 else "no" for row in range(200)]
    given = (np.arange(200) % 2).astype(float)
    noisy = given + 0.2 * noise(200, "near")
    blanks = np.where(given > 0, noise(200, "filled"), np.nan)
    data = table(target, [column("copy", given), column("near", noisy), column("filled", blanks)])
    found = {one.facts.column: one for one in target_leakage.target_leakage(data, None)}
    assert {
        name: (one.verdict, one.shown["copy"], one.shown["blanks"]) for name, one in found.items()
    } == {
        "copy": ("fail", True, False),
        "near": ("warn", False, False),
        "filled": ("warn", False, True),
    }
    one, other = noise(200, "one"), 5 * noise(200, "other")
    summed = table(one + other, [column("one", one), column("other", other)])
    (together,) = target_leakage.target_leakage(summed, None)
    assert together.shown == {"column": "one", "copy": False, "blanks": False} or (
        together.shown == {"column": "other", "copy": False, "blanks": False}
    )
    assert (together.measured, together.verdict) == (1.0, "warn")
    assert "together they give 'y' exactly" in together.where


def test_equal_texts_are_a_copy_though_each_is_there_once() -> None:
    texts = [f"note {row}" for row in range(60)]
    (found,) = duplicate_column.duplicate_column(honest(60, one=texts, other=texts), None)
    assert (found.shown["column"], found.shown["same_as"]) == ("other", "one")
    others = [f"text {row}" for row in range(60)]
    (none,) = duplicate_column.duplicate_column(honest(60, one=texts, other=others), None)
    assert none.verdict == "ok"
