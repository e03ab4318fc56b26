"""Are gaps, shares and answers of two networks counted as their words say, at every bound?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receta.exporters.parity import answers, comparison
from receta.exporters.parity.comparison import Judged, Off, compare
from receta.exporters.parity.evidence import as_list, part
from receta.exporters.parity.value_gaps import Columns, gives_values
from receta.predictors.bundle import Output

LABELS = Output("p", (2,), "float32", "labels")
CLASSES = Output("p", (3,), "float32", "classes")
EPS = float(np.finfo(np.float32).eps)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(1, 5))
def test_figures_of_columns_grow_batch_by_batch_to_those_of_all(seed: int, batches: int) -> None:
    dice = np.random.default_rng(seed)
    meant = dice.normal(size=(40, 3)) * (1e3, 1, 1e-3) + (0, 5, 0)
    said = meant + dice.normal(size=(40, 3)) * 1e-3
    columns = Columns(3)
    for rows in np.array_split(np.arange(40), batches):
        columns.add(meant[rows], said[rows])
    gaps = np.abs(meant - said)
    mean, worst = columns.off(relative=False)
    assert mean == pytest.approx(np.sqrt((gaps**2).mean(axis=0)))
    assert worst == pytest.approx(gaps.max(axis=0))
    rounded = 16 * EPS * np.abs(meant).max(axis=0)
    shares, largest = columns.off(relative=True)
    span = np.ptp(meant, axis=0)
    assert shares == pytest.approx(np.maximum(mean - rounded, 0) / span)
    assert largest == pytest.approx(np.maximum(worst - rounded, 0) / span)
    assert columns.plain() == pytest.approx(gaps.max() / max(1, np.abs(meant).max()))


@pytest.mark.parametrize(
    ("meant", "span"),
    [
        ([4.0, 4.0], 4.0),  # never changes: by its size
        ([-4.0, -4.0], 4.0),
        ([0.0, 0.0], 1.0),
        ([1e6, 1e6 + 16 * EPS * 1e6], 1e6 + 16 * EPS * 1e6),  # changes by rounding alone
        ([1e6, 1e6 + 3], 3.0),
        ([-3.0, 1.0], 4.0),
    ],
)
def test_a_gap_is_a_share_of_the_range_or_of_the_size(meant: list[float], span: float) -> None:
    columns = Columns(1)
    values = np.array(meant)[:, None]
    columns.add(values, values + 9.0)
    rounded = 16 * EPS * np.abs(values).max()
    assert columns.off(relative=True)[1][0] == pytest.approx((9 - rounded) / span, rel=1e-6)


def test_small_values_differ_as_they_are_and_large_ones_as_a_share() -> None:
    for meant, plain in (([0.5, -0.25], 0.25), ([1.0, 0.0], 0.25), ([-2.0, 1.0], 0.125)):
        columns = Columns(1)
        columns.add(np.array(meant)[:, None], np.array(meant)[:, None] + 0.25)
        assert columns.plain() == plain


@pytest.mark.parametrize(
    ("shape", "declared", "columns"),
    [
        ((5,), (), 1),
        ((5, 3), (3,), 3),
        ((5, 16, 16), (16, 16), 256),
        ((5, 16, 17), (16, 17), 17),
        ((5, 2, 3), (None, 3), 3),
        ((5, 2, 2, 3), (2, 2, 3), 3),
    ],
)
def test_up_to_256_numbers_of_an_answer_are_columns_of_their_own(shape, declared, columns) -> None:
    values = np.arange(np.prod(shape)).reshape(shape)
    found = gives_values(values, Output("v", declared, "float32", "values"))
    assert found.shape == (values.size // columns, columns)
    assert found.ravel().tolist() == values.ravel().tolist()


class Rows:
    """Rows that are their own answers, in one part or two."""

    source, untold = "rows", ()

    def __init__(self, rows: np.ndarray, *targets: np.ndarray | None) -> None:
        self.given, self.targets = rows, targets or (None,)

    def probes(self, n: int) -> np.ndarray:
        return np.resize(self.given, (n, *self.given.shape[1:]))

    def parts(self) -> Iterator[tuple[str, Iterator]]:
        for number, targets in enumerate(self.targets):
            yield f"part {number}", iter([(self.given, targets)])

    def rows(self, n: int) -> np.ndarray:
        return self.given[:n]


def test_inputs_are_asked_one_by_one_then_16_at_a_time() -> None:
    asked: list[list[int]] = []
    rows = np.arange(64)[:, None]

    def answer(taken: np.ndarray) -> np.ndarray:
        asked.append(taken[:, 0].tolist())
        return taken

    compare(lambda taken: taken, answer, Rows(rows), (Output("v", (1,), "float32", "values"),))
    assert asked[:16] == [[4 * number] for number in range(16)]
    assert asked[16:20] == [list(range(at, at + 16)) for at in (0, 16, 32, 48)]
    assert asked[20] == list(range(64))
    assert asked[21:] == [[0]] * 15  # timed


def test_the_same_class_is_counted_and_the_least_of_several_outputs_is_lost() -> None:
    rows = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.9, 0.1, 0.0]])
    turned = rows.copy()
    turned[0] = [0.3, 0.5, 0.2]
    by_row = {row.tobytes(): other for row, other in zip(rows, turned, strict=True)}

    def written(taken: np.ndarray) -> np.ndarray:
        return np.stack([by_row[row.tobytes()] for row in taken])

    found = compare(
        lambda taken: taken, written, Rows(rows, None, np.array([0, 1, 2, 1])), (CLASSES,)
    )
    assert (found.validation.top_agreement, found.validation.lost) == (0.75, 0.25)
    assert (found.validation.n, found.validation.on, found.told.on) == (4, "part 0", "part 1")
    assert (found.told.accuracy, found.told.reference_accuracy, found.told.lost) == (
        0.5,
        0.75,
        0.25,
    )
    assert found.max_gap == pytest.approx(0.2)
    assert found.one_ms > 0


def test_labels_are_said_from_their_thresholds_on_and_all_must_agree() -> None:
    rows = np.array([[0.5, 0.2], [0.49, 0.7], [0.6, 0.3], [0.1, 0.1]])
    moved = rows + np.array([[0, 0], [0.01, 0], [0, 0], [0, 0.1]])
    by_row = {row.tobytes(): other for row, other in zip(rows, moved, strict=True)}

    def agreement(thresholds: list[float] | None) -> float | None:
        found = compare(
            lambda taken: taken,
            lambda taken: np.stack([by_row[row.tobytes()] for row in taken]),
            Rows(rows),
            (LABELS,),
            thresholds,
        )
        return found.validation.top_agreement

    assert agreement(None) == 0.75  # the second example's first label is said from 0.5 on
    assert agreement([0.55, 0.2]) == 0.75  # the last one's second
    assert agreement([0.5, 0.2]) == 0.5
    assert agreement([0.45, 0.9]) == 1.0


def test_one_probability_is_right_from_a_half_on() -> None:
    given = np.array([[0.5], [0.499], [0.9], [0.2]])
    assert comparison._accuracy(given, np.array([1, 1, 0, 0])) == 0.5
    assert comparison._accuracy(given, np.array([[1], [0], [1], [0]])) == 1.0
    two = np.array([[0.4, 0.6], [0.9, 0.1]])
    assert comparison._accuracy(two, np.array([1, 1])) == 0.5


def test_what_was_lost_is_known_by_labels_else_by_the_answers() -> None:
    def off(same: float | None) -> Off:
        return Off("o", "classes", same, 0, None, 0.0, 0.0)

    assert Judged("x", 9, None, 0.75, 0.5, (off(1.0),)).lost == -0.25
    assert Judged("x", 9, None, None, 0.5, (off(0.75), off(None), off(0.5))).lost == 0.5
    assert Judged("x", 9, None, 0.5, None, (off(None),)).lost is None


def test_only_a_row_of_several_that_adds_up_to_one_is_of_classes() -> None:
    assert answers.gives([np.array([[0.5, 0.5009], [0, 1.0]])], [True]) == ["classes"]
    assert answers.gives([np.array([[0.5, 0.502], [0, 1.0]])], [True]) == ["labels"]
    assert answers.gives([np.array([[-0.1, 1.1]])], [False]) == ["values"]
    assert (
        answers.gives([np.array([[0.0, 0.5]]), np.array([0.2, 0.8])], [True, True])
        == ["labels"] * 2
    )
    assert answers.gives([np.array([[0.0, 1.5]])], [True]) == ["values"]


def test_a_network_names_classes_by_one_row_of_probabilities() -> None:
    maps = Output("p", (4, 3), "float32", "classes")
    found = [answers.probable(outputs) for outputs in ([CLASSES], [CLASSES] * 2, [maps], [LABELS])]
    assert found == [True, False, False, False]
    assert answers.probable([LABELS], labels=True)
    assert not answers.probable([LABELS] * 2, labels=True)


def test_inputs_are_cut_and_outputs_listed_whether_one_or_several() -> None:
    rows = np.arange(9)
    assert part(rows, 2, 4).tolist() == [2, 3]
    assert [one.tolist() for one in part([rows, -rows], 0, 2)] == [[0, 1], [0, -1]]
    assert len(as_list(rows)) == 1
    assert [one.tolist() for one in as_list((rows[:1], [7]))] == [[0], [7]]


def test_what_cannot_be_compared_stays_so_and_hides_no_other_output() -> None:
    rows = np.arange(64.0)[:, None] + 1
    box = Output("box", (1,), "float32", "values")
    empty = Output("none", (0,), "float32", "values")

    def first_batch_alone_is_other(taken: np.ndarray) -> np.ndarray:
        return taken[:, [0, 0]] if taken[0, 0] == 1 and len(taken) == 1 else taken

    found = compare(lambda taken: taken, first_batch_alone_is_other, Rows(rows), (box,))
    assert np.isnan(found.everywhere[0].worst)
    assert found.validation.outputs[0].worst == 0
    both = compare(
        lambda taken: [taken[:, :0], taken],
        lambda taken: [taken[:, :0], taken * 2],
        Rows(rows),
        (empty, box),
    )
    assert both.everywhere[1].worst == pytest.approx(64 / 63, rel=1e-4)
    assert np.isnan(both.everywhere[0].worst)
    truth = (np.arange(64) > 30).astype(int)
    other = compare(
        lambda taken: taken,
        lambda taken: taken[:, [0, 0]],
        Rows(rows, truth),
        (Output("p", (1,), "float32", "labels"),),
    )
    assert (other.told.accuracy, other.told.lost) == (None, 1.0)
