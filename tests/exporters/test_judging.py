"""Is a written network judged by what it is for: classes by their names, values each by its own range?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from receta.exporters.parity.answers import gives
from receta.exporters.parity.comparison import Parity, compare
from receta.exporters.parity.evidence import Batch
from receta.predictors.described import Output

ROWS = np.random.default_rng(3).normal(size=(400, 3)).astype(np.float32)


class Given:
    """Rows as evidence, with answers or without."""

    source, untold = "rows", ()

    def __init__(self, targets: np.ndarray | None = None) -> None:
        self.targets = targets

    def probes(self, n: int) -> np.ndarray:
        return ROWS[:n]

    def parts(self) -> Iterator[tuple[str, Iterator[Batch]]]:
        yield (
            "rows",
            iter(
                [
                    (ROWS[:200], None if self.targets is None else self.targets[:200]),
                    (ROWS[200:], None if self.targets is None else self.targets[200:]),
                ]
            ),
        )

    def rows(self, n: int) -> np.ndarray:
        return ROWS[:n]


def judged(
    reference: Any, written: Any, *outputs: Output, targets: np.ndarray | None = None
) -> Parity:
    return compare(reference, written, Given(targets), outputs)


def values(width: int = 3, name: str = "out") -> Output:
    return Output(name, (width,), "float32", "values")


SIZES = np.array([1e4, 1.0, 1e-3], np.float32)  # of three columns


@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_column_of_values_is_measured_by_its_own_range(column: int) -> None:
    """Column by column the same 5 % of the range, whatever the others hold.

    Noise of 5 % has that root mean square.
    """
    span = np.ptp(ROWS * SIZES, axis=0)
    noise = np.zeros((400, 3), np.float32)
    noise[:, column] = 0.05 * span[column] * np.where(np.arange(400) % 2, 1, -1)
    by_row = {row.tobytes(): at for at, row in enumerate(ROWS)}

    def written(given: np.ndarray) -> np.ndarray:
        return given * SIZES + noise[[by_row[row.tobytes()] for row in given]]

    (off,) = judged(lambda given: given * SIZES, written, values()).validation.outputs
    assert off.column == column
    assert off.off == pytest.approx(0.05, rel=1e-3)
    assert off.same is None


def test_values_are_never_judged_by_the_largest_of_them() -> None:
    """The first is always the largest, so that "the same class" would be said of any file."""
    offset = np.array([1000, 0, 0], np.float32)
    parity = judged(lambda given: given + offset, lambda given: given * 0 + offset, values())
    assert parity.validation.lost is None
    assert parity.validation.top_agreement is None
    assert parity.validation.outputs[0].off > 0.1


def test_what_float32_rounds_is_no_difference_and_a_column_that_never_changes_is_measured_by_its_size() -> (
    None
):
    def steady(given: np.ndarray) -> np.ndarray:
        return np.concatenate([given[:, :1] + 1e5, given[:, :1] * 0 + 4], axis=1)

    same = judged(steady, lambda given: steady(given) * np.float32(1 + 2e-7), values(2))
    assert same.max_gap == 0
    off = judged(steady, lambda given: steady(given) + np.float32([0, 0.4]), values(2))
    assert (off.validation.outputs[0].column, off.max_gap) == (1, pytest.approx(0.1, rel=1e-3))


def softmax(given: np.ndarray) -> np.ndarray:
    shares = np.exp(given)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def test_each_of_several_outputs_is_judged_by_itself() -> None:
    outputs = (Output("kind", (3,), "float32", "classes"), values(3, "box"))
    spoilt = judged(
        lambda given: [softmax(given), given], lambda given: [softmax(given), given * 0.5], *outputs
    )
    kind, box = spoilt.validation.outputs
    assert (kind.name, kind.same, kind.off) == ("kind", 1.0, None)
    assert (box.name, box.same) == ("box", None)
    assert box.off > 0.05
    turned = judged(
        lambda given: [softmax(given), given], lambda given: [softmax(-given), given], *outputs
    )
    assert turned.validation.lost > 0.9
    assert turned.validation.outputs[1].off == 0


def test_probabilities_of_labels_are_measured_absolutely_and_at_a_half() -> None:
    """A rare label's whole range may be 0.02: a gap of 0.002 of it is no harm.

    A box by sigmoid that moves is.
    """
    output = Output("probabilities", (3,), "float32", "labels")

    def rare(given: np.ndarray) -> np.ndarray:
        return np.asarray(0.01 / (1 + np.exp(-given)))

    (off,) = judged(rare, lambda given: rare(given) + 0.002, output).validation.outputs
    assert (off.same, off.off) == (1.0, pytest.approx(0.002, rel=1e-3))
    (off,) = judged(
        lambda given: rare(given) + 0.7, lambda given: rare(given) + 0.6, output
    ).validation.outputs
    assert (off.same, off.off) == (1.0, pytest.approx(0.1, rel=1e-3))


def test_the_one_probability_of_two_classes_is_right_from_a_half_on() -> None:
    output = Output("probabilities", (1,), "float32", "labels")
    truth = (ROWS[:, 0] > 0).astype(np.int64)
    parity = judged(
        lambda given: 1 / (1 + np.exp(-given[:, :1])),
        lambda given: given[:, :1] * 0 + 0.9,
        output,
        targets=truth,
    )
    assert parity.validation.reference_accuracy == 1
    assert parity.validation.accuracy == truth.mean()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda given: given * np.nan,
        lambda given: given[:, :2],
        lambda given: [given, given],
        lambda given: given / np.float32(0),
    ],
)
def test_what_cannot_be_compared_is_as_far_as_can_be(wrong: Any) -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        parity = judged(lambda given: given, wrong, values())
    assert not np.isfinite(parity.max_gap)


def test_numbers_in_rows_and_columns_are_each_judged_and_maps_by_their_channels() -> None:
    def grid(given: np.ndarray) -> np.ndarray:
        return given[:, None, :] * np.array([[1.0], [1e-3]], np.float32)

    def moved(given: np.ndarray) -> np.ndarray:
        return grid(given) + np.float32([[0, 0, 0], [0, 1e-3, 0]])

    (off,) = judged(grid, moved, Output("points", (2, 3), "float32", "values")).validation.outputs
    assert off.column == 4
    assert off.off > 0.1


@pytest.mark.parametrize(
    ("given", "sigmoid", "expected"),
    [
        (softmax(ROWS), False, "classes"),
        (1 / (1 + np.exp(-ROWS)), True, "labels"),
        (1 / (1 + np.exp(-ROWS)), False, "values"),
        (ROWS, False, "values"),
        (ROWS, True, "values"),
        (np.abs(ROWS), False, "values"),
        (np.ones((4, 1)), False, "values"),
        (np.stack([softmax(ROWS)] * 2, axis=1), False, "classes"),
    ],
)
def test_only_rows_that_add_up_to_one_are_classes_and_only_a_sigmoid_gives_labels(
    given, sigmoid, expected
) -> None:
    assert gives([given], [sigmoid]) == [expected]
