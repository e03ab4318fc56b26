"""Are the figures right: against scikit-learn, SciPy and by hand?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receta import Run, load, split
from receta.core.errors import InputError
from receta.evaluation import evaluate, scores, wilson
from receta.tasks._class_scores import worst_mistakes


def guesses(n: int, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    random = np.random.default_rng(seed)
    return (
        random.dirichlet(np.ones(k), n),
        random.integers(k, size=n),
        tuple(f"c{i}" for i in range(k)),
    )


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 80), k=st.integers(2, 9), seed=st.integers(0, 99))
def test_figures_agree_with_one_another(n: int, k: int, seed: int) -> None:
    probabilities, targets, names = guesses(n, k, seed)
    found = scores(probabilities, targets, names)
    confusion = np.array(found.confusion)
    assert confusion.sum() == found.n == n
    assert confusion.trace() / n == pytest.approx(found.accuracy)
    assert found.interval[0] <= found.accuracy <= found.interval[1]
    assert [row["n"] for row in found.per_class] == confusion.sum(axis=1).tolist()
    assert sum(row["n"] for row in found.calibration) == n
    assert 0 <= found.ece <= 1
    assert all(
        row["n"] == confusion[int(row["truth"][1:]), int(row["predicted"][1:])]
        for row in found.top_confusions
    )


def test_balanced_accuracy_is_scikit_learns() -> None:
    from sklearn.metrics import balanced_accuracy_score

    probabilities, targets, names = guesses(200, 4)
    expected = balanced_accuracy_score(targets, probabilities.argmax(axis=1))
    assert scores(probabilities, targets, names).balanced_accuracy == pytest.approx(expected)


def test_classes_without_test_examples_do_not_count_as_wrong() -> None:
    found = scores(np.eye(3)[[0, 1]], np.array([0, 1]), ("a", "b", "never"))
    assert found.balanced_accuracy == 1
    assert found.per_class[2]["n"] == 0


def test_calibration_error_by_hand() -> None:
    # Ten answers at 80 % confidence, six of them right: 0.2 off.
    probabilities = np.tile([0.8, 0.2], (10, 1))
    targets = np.array([0] * 6 + [1] * 4)
    assert scores(probabilities, targets, ("a", "b")).ece == pytest.approx(0.2)


def test_wilson_is_the_textbooks() -> None:
    # Brown, Cai and DasGupta (2001): 95 % of 0 of 10 reaches to 0.2775.
    assert wilson(0, 10) == pytest.approx((0, 0.27753), abs=1e-4)
    assert wilson(10, 10)[1] == pytest.approx(1)


def test_worst_mistakes_are_the_surest_wrong_answers() -> None:
    probabilities = np.array([[0.6, 0.4], [0.9, 0.1], [0.99, 0.01], [0.2, 0.8]])
    assert worst_mistakes(probabilities, np.array([1, 1, 0, 1])).tolist() == [1, 0]


def test_no_example_is_one_line() -> None:
    with pytest.raises(InputError, match="no example to judge"):
        scores(np.zeros((0, 2)), np.zeros(0, int), ("a", "b"))


@pytest.mark.slow
def test_what_training_saw_is_said_and_the_test_part_is_new(digits_run: Run) -> None:
    parts = split(load("digits"), digits_run.recipe)
    with pytest.warns(
        UserWarning, match=f"^{len(parts.train)} of {len(parts.train)} examples were used to train"
    ):
        seen = evaluate(digits_run, parts.train)
    assert seen.seen_in_training == len(parts.train)
    assert repr(seen).endswith(f"; {len(parts.train):,} of them are not new to it)")
    new = evaluate(digits_run, parts.test)  # where a warning would be an error
    assert new.to_json()["seen_in_training"] == 0
    assert "not new" not in repr(new)
