"""Are probabilities set right where they are off, and left alone where little is known?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receta.core import calibration


def softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def scene(
    n: int, temperature: float, seed: int = 0, classes: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose logits are `temperature` times what they should be, and targets drawn
    from the true ones.
    """
    dice = np.random.default_rng(seed)
    logits = dice.normal(0, 2, (n, classes))
    true = softmax(logits)
    targets = (true.cumsum(axis=1) < dice.random((n, 1))).sum(axis=1).clip(max=classes - 1)
    return softmax(logits * temperature), targets


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 4.0])
def test_a_known_temperature_is_found_again(temperature: float) -> None:
    found = calibration.fit(*scene(20_000, temperature))
    assert found.value == pytest.approx(temperature, rel=0.05)


@pytest.mark.parametrize("temperature", [0.5, 2.0, 4.0])
@pytest.mark.parametrize("n", [200, 2000])
def test_what_was_fitted_lowers_loss_and_calibration_error_of_fresh_examples(
    n: int, temperature: float
) -> None:
    found = calibration.fit(*scene(n, temperature))
    fresh, truth = scene(20_000, temperature, seed=1)
    set_right = calibration.temper(fresh, found.value)
    assert calibration.losses(set_right, truth).mean() < calibration.losses(fresh, truth).mean()
    before, after = (
        calibration.ece(calibration.reliability(p.max(axis=1), p.argmax(axis=1) == truth))
        for p in (fresh, set_right)
    )
    assert after < before


def test_rounding_to_float32_hides_nothing() -> None:
    probabilities, targets = scene(20_000, 4.0)
    rounded = calibration.fit(probabilities.astype(np.float32), targets)
    assert rounded.value == pytest.approx(calibration.fit(probabilities, targets).value, rel=1e-3)


@settings(max_examples=50, deadline=None)
@given(n=st.integers(1, 60), seed=st.integers(0, 99), temperature=st.floats(0.06, 19))
def test_no_temperature_changes_a_class(n: int, seed: int, temperature: float) -> None:
    probabilities, _ = scene(n, 1.0, seed)
    assert np.array_equal(
        calibration.temper(probabilities, temperature).argmax(axis=1),
        probabilities.argmax(axis=1),
    )


@settings(max_examples=50, deadline=None)
@given(n=st.integers(0, 60), classes=st.integers(2, 6), seed=st.integers(0, 99))
def test_the_loss_on_what_was_fitted_never_rises(n: int, classes: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    found = calibration.fit(dice.dirichlet(np.ones(classes), n), dice.integers(classes, size=n))
    assert found.after["loss"] <= found.before["loss"]
    assert (found.value == 1) == (found.after == found.before)


@pytest.mark.parametrize("n", [1, 5, 30, 300, 3000])
def test_perfectly_separated_examples_do_not_make_a_network_arbitrarily_sure(n: int) -> None:
    """Without the guards the temperature would go to 0, and confidence to 1."""
    probabilities = np.tile([0.9, 0.06, 0.04], (n, 1))
    found = calibration.fit(probabilities, np.zeros(n, int))
    confidence = calibration.temper(probabilities, found.value).max()
    assert confidence < max(0.9, 1 - 0.5 / (n + 2)) + 1e-9


def test_a_few_wrong_examples_do_not_turn_a_network_around() -> None:
    """Three examples, one of them surely wrong: plain maximum likelihood would go to the end,
    20.
    """
    probabilities = np.array([[0.999, 0.001], [0.999, 0.001], [0.001, 0.999]])
    assert 1 < calibration.fit(probabilities, np.array([0, 1, 0])).value < 4


def test_views_are_tempered_each_before_their_mean() -> None:
    one, other = np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]])
    found = calibration.temper(np.stack([one, other]), 2.0)
    assert found == pytest.approx(
        (calibration.temper(one, 2.0) + calibration.temper(other, 2.0)) / 2
    )


def test_bins_of_confidence_are_fifteen_and_certainty_is_in_the_last() -> None:
    confidence = np.array([0.0, 1 / 15 - 1e-9, 1 / 15 + 1e-9, 14 / 15 + 1e-9, 1.0])
    bins = calibration.reliability(confidence, np.array([0, 1, 1, 0, 1]))
    assert [row["n"] for row in bins] == [2, 1, 2]
    assert [row["accuracy"] for row in bins] == [0.5, 1.0, 0.5]
    assert [row["n"] for row in calibration.reliability(np.array([0.93, 1.0]), np.ones(2))] == [
        1,
        1,
    ]
    assert bins[0]["confidence"] == pytest.approx(1 / 30)
    assert calibration.ece(bins) == pytest.approx(
        (2 * abs(1 / 30 - 0.5) + 14 / 15 + 2 * abs(29 / 30 - 0.5)) / 5
    )
    assert calibration.ece([]) == 0.0
    assert calibration.ece([{"confidence": 0.2, "accuracy": 0.6, "n": 1}]) == pytest.approx(0.4)


def test_losses_are_bounded_where_the_truth_was_held_impossible() -> None:
    found = calibration.losses(np.array([[1.0, 0.0], [0.25, 0.75]]), np.array([1, 0]))
    assert found.tolist() == pytest.approx([-np.log(1e-7), -np.log(0.25)])


def test_the_temperature_is_that_of_the_least_guarded_loss() -> None:
    """By a plain search: targets leave 1 / (n + 2), and the logarithm is normal, deviation 0.5."""
    probabilities, targets = scene(40, 2.5, classes=3)
    n, each = len(targets), 1 / (len(targets) + 2)
    wanted = np.full((n, 3), each / 2)
    wanted[np.arange(n), targets] = 1 - each

    def cost(temperature: float) -> float:
        said = np.log(softmax(np.log(probabilities) / temperature))
        return float(-(wanted * said).sum() + 0.5 * (np.log(temperature) / 0.5) ** 2)

    best = min(np.linspace(0.5, 6, 5501), key=cost)
    assert calibration.fit(probabilities, targets).value == pytest.approx(best, abs=2e-3)


def test_without_examples_or_with_one_class_nothing_is_fitted() -> None:
    assert calibration.fit(np.zeros((0, 3)), np.zeros(0, int)).to_json() == {
        "temperature": 1.0,
        "n": 0,
        "before": {"loss": 0.0, "ece": 0.0},
        "after": {"loss": 0.0, "ece": 0.0},
    }
    assert calibration.fit(np.ones((9, 1)), np.zeros(9, int)).value == 1.0
    assert calibration.fit(*scene(200, 3.0, classes=2)).value > 2


def test_figures_before_and_after_are_those_of_the_probabilities() -> None:
    probabilities, targets = scene(300, 4.0)
    found = calibration.fit(np.stack([probabilities, probabilities]), targets)
    right = probabilities.argmax(axis=1) == targets
    assert found.before == pytest.approx(
        {
            "loss": calibration.losses(probabilities, targets).mean(),
            "ece": calibration.ece(calibration.reliability(probabilities.max(axis=1), right)),
        }
    )
    after = calibration.temper(probabilities, found.value)
    assert found.after["loss"] == pytest.approx(calibration.losses(after, targets).mean())
    assert found.n == 300


def test_a_temperature_ends_at_twenty() -> None:
    sure = np.tile([0.999, 0.001], (20_000, 1))
    assert calibration.fit(sure, np.arange(20_000) % 2).value == pytest.approx(20, rel=1e-3)


def test_many_equal_classes_stay_equal_at_the_lowest_temperature() -> None:
    """Logits of -1382 are beyond what an exponential can say unless the largest is taken off."""
    told = calibration.temper(np.full((2, 1000), 1e-3), 0.005)
    assert told == pytest.approx(np.full((2, 1000), 1e-3))
