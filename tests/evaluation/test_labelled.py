"""Are the figures of a model of labels right?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.evaluation import scores
from receta.tasks._label_scores import LabelScores, clustered, worst

NAMES = ("cat", "dog", "snow")


def scene(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(0)
    truth = (dice.random((n, 3)) < (0.5, 0.3, 0.1)).astype(np.int8)
    return np.clip(0.4 * truth + dice.uniform(0, 0.6, (n, 3)), 0, 1), truth


def judged(
    probabilities: np.ndarray, truth: np.ndarray, thresholds: tuple[float, ...] = (0.5, 0.4, 0.6)
) -> LabelScores:
    found = scores(probabilities, truth, NAMES, thresholds=thresholds, task="labels")
    assert isinstance(found, LabelScores)
    return found


def test_figures_of_labels_are_those_of_scikit_learn() -> None:
    from sklearn import metrics

    probabilities, truth = scene()
    said = probabilities >= (0.5, 0.4, 0.6)
    found = judged(probabilities, truth)
    assert found.accuracy == pytest.approx(1 - metrics.hamming_loss(truth, probabilities >= 0.5))
    assert found.exact_match == pytest.approx(metrics.accuracy_score(truth, said))
    assert found.f1_micro == pytest.approx(metrics.f1_score(truth, said, average="micro"))
    assert found.f1_macro == pytest.approx(metrics.f1_score(truth, said, average="macro"))
    assert found.mean_average_precision == pytest.approx(
        metrics.average_precision_score(truth, probabilities, average="macro")
    )
    assert found.interval[0] < found.accuracy < found.interval[1]
    assert [row["class"] for row in found.per_class] == list(NAMES)


def test_of_one_label_alone_its_presence_is_judged() -> None:
    truth = np.array([[1], [0], [0], [0], [0], [1]])
    found = scores(
        np.array([[0.9], [0.8], [0.1], [0.2], [0.1], [0.3]]),
        truth,
        ("cat",),
        thresholds=(0.5,),
        task="labels",
    )
    assert isinstance(found, LabelScores)
    (row,) = found.per_class
    assert (row["n"], row["precision"], row["recall"], row["f1"]) == (2, 0.5, 0.5, 0.5)
    assert (found.f1_micro, found.f1_macro) == (0.5, 0.5)


def test_a_label_that_no_example_has_spoils_no_mean() -> None:
    probabilities, truth = scene()
    truth[:, 2] = 0
    found = judged(probabilities, truth)
    assert found.per_class[2]["average_precision"] is None
    assert found.mean_average_precision == pytest.approx(
        np.mean([row["average_precision"] for row in found.per_class[:2]])
    )
    assert found.f1_macro == pytest.approx(np.mean([row["f1"] for row in found.per_class[:2]]))


def test_the_interval_holds_the_truth_where_the_labels_of_a_picture_are_wrong_together() -> None:
    """Of 400 draws 95 % are 380; 366 or fewer happen by chance once in 500 times."""
    dice, held = np.random.default_rng(3), 0
    for _ in range(400):
        hard = dice.random((60, 1)) < 0.3  # pictures on which half of the labels are wrong
        hits = dice.random((60, 8)) > np.where(hard, 0.5, 0.05)
        low, high = clustered(hits)
        held += low <= 0.3 * 0.5 + 0.7 * 0.95 <= high
    assert held > 366


def test_without_a_mistake_the_interval_is_that_of_as_many_pictures() -> None:
    from receta.evaluation import wilson

    assert clustered(np.ones((50, 6), bool)) == pytest.approx(wilson(50, 50))


def test_the_worst_mistakes_are_wrong_at_the_thresholds_and_come_first() -> None:
    truth = np.array([[1, 0], [1, 0], [0, 1], [0, 0]])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.1], [0.9, 0.01], [0.1, 0.45]])
    assert worst(probabilities, truth, (0.5, 0.4)).tolist() == [2, 1, 3]
