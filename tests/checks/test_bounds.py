"""Do checks decide at their bounds, and one beyond? By made-up networks that are told what to say."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from receta import models, tasks
from receta.checks import beats_blind, beats_prior, loss_at_init, overfits_one_batch, prior_bias
from receta.checks.capacity_helps import capacity_helps
from receta.checks.predictions_settle import predictions_settle
from receta.checks.setups import examples
from receta.core.deadline import NEVER, Deadline
from receta.pipeline import backend

EPOCH = {"loss": 1.0}


@pytest.fixture(autouse=True, scope="module")
def _backend() -> None:
    backend.start()


class Model:
    """A network that says what it was told, and gets better as it was told."""

    output_shape = (None, 3)

    def __init__(self, said: np.ndarray | None = None, steps: Any = ((0.5, 0.5),)) -> None:
        self.said, self.steps, self.asked = said, list(steps), 0
        self.trainable_weights = [np.zeros((100, 30))]

    def __call__(self, inputs: np.ndarray, training: bool) -> np.ndarray:
        assert training, "it is looked at as the first step of training sees it"
        return self.said[: len(inputs)]

    def reset_metrics(self) -> None:
        """Nothing."""

    def train_on_batch(self, inputs: Any, targets: Any, return_dict: bool) -> dict[str, float]:
        accuracy, loss = self.steps[min(self.asked, len(self.steps) - 1)]
        self.asked += 1
        return {"accuracy": accuracy, "loss": loss}

    def predict(self, inputs: np.ndarray, **how: Any) -> np.ndarray:
        return np.resize(self.said, (len(inputs), 3))


def setup(model: Model, n: int = 64, deadline: Deadline = NEVER, **more: Any) -> Any:
    targets = np.arange(n) % 3
    recipe = SimpleNamespace(seed=0)
    return SimpleNamespace(
        **{
            "name": "made up",
            "asks": tasks.of("classes"),
            "plain": lambda: recipe,
            "fresh": lambda recipe: model,
            "inputs": np.zeros((n, 2, 2, 1)),
            "targets": targets,
            "validation_inputs": np.zeros((n, 2, 2, 1)),
            "validation_targets": targets,
            "blind": np.full(3, 1 / 3),
            "entropy": float(np.log(3)),
            "deadline": deadline,
        }
        | more
    )


@pytest.mark.parametrize(
    ("excess", "entropy", "verdict", "words"),
    [
        (0.69, 1.0, "ok", ""),
        (0.71, 1.0, "warn", "Scale the inputs"),
        (1.99, 1.0, "warn", "Scale the inputs"),
        (2.01, 1.0, "fail", "Scale the inputs"),
        (-0.49, 1.0, "ok", ""),
        (-0.51, 1.0, "fail", "leaks into the input"),
        (1.39, 2.0, "ok", ""),  # in entropies
        (1.41, 2.0, "warn", "Scale the inputs"),
        (0.71, 0.1, "warn", "Scale the inputs"),  # in nats, where that is less than one
        (0.69, 0.1, "ok", ""),
    ],
)
def test_a_first_loss_may_be_so_far_from_that_of_chance(excess, entropy, verdict, words) -> None:
    targets = np.arange(300) % 3
    each = np.exp(-(np.log(3) + excess))
    said = np.full((300, 3), (1 - each) / 2)
    said[np.arange(300), targets] = each
    found = loss_at_init.loss_at_init(setup(Model(said), 300, entropy=entropy))
    assert (found.verdict, words in found.advice) == (verdict, True)
    assert found.shown["measured"] - found.shown["expected"] == pytest.approx(excess, abs=0.01)


@pytest.mark.parametrize(
    ("distance", "verdict"), [(0.049, "ok"), (0.051, "warn"), (0.199, "warn"), (0.201, "fail")]
)
def test_an_output_bias_may_be_so_far_from_the_shares(distance: float, verdict: str) -> None:
    shares = np.array([1 / 3 + distance, 1 / 3, 1 / 3 - distance])
    head = SimpleNamespace(bias=np.log(shares))
    found = prior_bias.prior_bias(setup(SimpleNamespace(layers=[None, head])))
    assert (found.verdict, found.measured) == (verdict, pytest.approx(distance, abs=1e-4))
    without = SimpleNamespace(layers=[SimpleNamespace(bias=None)])
    blind = np.array([0.9, 0.05, 0.05])
    assert prior_bias.prior_bias(setup(without, blind=blind)).measured == pytest.approx(
        0.5667, abs=1e-4
    )
    ends_otherwise = SimpleNamespace(layers=[SimpleNamespace()])
    other = prior_bias.prior_bias(setup(ends_otherwise, blind=blind))
    assert (other.judged, other.advice) == (False, "Its last layer has no bias to look at.")
    assert bool(found.advice) is (verdict != "ok")
    assert "no bias" not in found.advice


@pytest.mark.parametrize(
    ("steps", "verdict", "told"),
    [
        ([(0.5, 1.0), (1.0, 0.1)], "ok", "after 2 steps"),
        ([(0.5, 1.0)] * 399 + [(1.0, 0.1)], "ok", "after 400 steps"),
        ([(0.99, 1.0)], "warn", "after 400 steps"),
        ([(0.9, 1.0)], "warn", "after 400 steps"),
        ([(0.89, 1.0)], "fail", "after 400 steps"),
        ([(1.0, 1.0), (1.0, 1.0)], "ok", "after 1 steps"),
        ([(0.5, 1.0), (0.5, float("nan"))], "fail", "after 2 steps"),
    ],
)
def test_a_batch_is_learnt_by_heart_within_400_steps(steps, verdict, told) -> None:
    model = Model(steps=steps)
    found = overfits_one_batch.overfits_one_batch(setup(model))
    assert (found.verdict, told in found.unit, found.judged) == (verdict, True, True)
    assert model.asked == int(told.split()[1])
    shown = found.shown["steps"]
    assert [step for step in shown if step != model.asked] == list(range(1, model.asked, 5))


def test_without_time_for_more_steps_nothing_is_judged() -> None:
    now = iter(range(10**6))
    deadline = Deadline(3.0, began=0.0, clock=lambda: float(next(now)))
    model = Model()
    found = overfits_one_batch.overfits_one_batch(setup(model, deadline=deadline))
    assert (found.verdict, found.judged, model.asked) == ("ok", False, 4)


def answers(hits: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers of which so many of n are right, of three even classes."""
    truth = np.arange(n) % 3
    said = np.where(np.arange(n) < hits, truth, (truth + 1) % 3)
    return np.eye(3)[said], truth


@pytest.mark.parametrize("n", [30, 300, 3000])
def test_a_rung_is_better_than_a_guess_from_233_standard_errors_on(n: int) -> None:
    verdicts, base = set(), examples.trained(history=[EPOCH] * 9)
    for hits in range(n // 4, 7 * n // 10, max(1, n // 300)):
        said, truth = answers(hits, n)
        _, blind, gains = tasks.of("classes").gains(said, truth)
        mean, deviation = gains.mean(), gains.std(ddof=1)
        found = beats_prior.beats_prior(
            dataclasses.replace(base, validation_predictions=said, validation_targets=truth)
        )
        if mean / (deviation / np.sqrt(n)) > 2.33:
            expected = "ok"
        else:
            widest = max(gains.std(), 0.5)
            expected = "fail" if mean + 2.33 * widest / np.sqrt(n) < 0.1 else "warn"
        assert found.verdict == expected
        assert found.measured == pytest.approx(hits / n, abs=1e-4)
        bound = blind + 2.33 * deviation / np.sqrt(n)
        assert found.expected.startswith(f"> {bound:.3f}")
        verdicts.add(expected)
    assert {"ok", "fail" if n > 30 else "warn"} <= verdicts


@pytest.mark.parametrize(
    ("epochs", "rung", "words"),
    [
        (0, "cnn", ""),
        (1, "cnn", "for 1 epoch only"),
        (2, "cnn", "for 2 epochs only"),
        (3, "cnn", ""),
        (1, "pretrained:MobileNetV2", ""),
    ],
)
def test_two_epochs_are_hardly_any_training(epochs: int, rung: str, words: str) -> None:
    told = beats_prior.cut_short(examples.trained(name=rung, history=[EPOCH] * epochs))
    assert (words in told, bool(told)) == (True, bool(words))


def test_spreads_and_evidence_of_gains_by_hand() -> None:
    gains = np.array([1.0, 0.0, 0.0, 1.0])
    assert beats_blind.spread(gains) == pytest.approx(np.std(gains, ddof=1) / 2)
    assert beats_blind.standard_errors(gains) == pytest.approx(0.5 / beats_blind.spread(gains))
    assert beats_blind.spread(np.array([0.3])) == 1e-9
    assert beats_blind.standard_errors(np.ones(4)) > 1e8
    for n, enough in ((135, False), (136, True)):  # (2.33 x 0.5 / 0.1)^2 = 135.7
        assert beats_blind.no_gain(np.zeros(n)) is enough
    wide = np.tile([2.0, -2.0], 200)  # a deviation of 2, not of a coin
    assert not beats_blind.no_gain(wide)
    assert beats_blind.no_gain(np.tile(wide, 6))


@pytest.mark.parametrize(
    ("work", "n", "epochs"), [(None, 9, 15), (1, 9, 60), (1e9, 50, 13), (10**15, 9, 1), (0, 0, 60)]
)
def test_epochs_are_counted_by_their_work(work, n, epochs, monkeypatch) -> None:
    monkeypatch.setattr(models, "count_flops", lambda model: work)
    assert beats_blind._affordable(None, n) == epochs


def look(hits: int, n: int, learnt: float, **more: Any) -> Any:
    said, _ = answers(hits, n)
    model = Model(said, steps=[(learnt, 1.0)])
    given = setup(model, n, **more)

    def predict(inputs: np.ndarray, **how: Any) -> np.ndarray:
        return said if len(inputs) == n else np.eye(3)[:1]

    model.predict = predict
    found = beats_blind.beats_blind(given)
    return found, model


def test_what_learns_only_by_heart_fails_and_what_has_learnt_is_looked_at_no_longer(
    monkeypatch,
) -> None:
    monkeypatch.setattr(models, "count_flops", lambda model: None)
    for hits, learnt, verdict, epochs in (
        (300, 0.5, "ok", 1),
        (100, 0.95, "fail", 1),
        (100, 0.94, "warn", 15),
    ):
        found, model = look(hits, 300, learnt)
        assert (found.verdict, model.asked) == (verdict, epochs * 9)
        assert found.shown["real"] == pytest.approx(hits / 300)
    for hits in range(100, 112):
        said, truth = answers(hits, 300)
        shown = beats_blind.no_gain(tasks.of("classes").gains(said, truth)[2])
        assert look(hits, 300, 1.0)[0].verdict == ("fail" if shown else "warn")
    few, _ = look(9, 27, 1.0)  # nine a class
    assert few.verdict == "warn"


def test_a_network_whose_answers_are_no_numbers_fails_at_once() -> None:
    model = Model(np.full((64, 3), np.nan))
    found = beats_blind.beats_blind(setup(model, deadline=Deadline(60.0)))
    assert (found.verdict, found.measured, found.unit) == ("fail", 1, "epochs")
    assert model.asked == 2


@pytest.mark.parametrize(
    ("loss", "accuracy", "verdict"),
    [(0.5, 0.6, "warn"), (0.499, 0.6, "ok"), (0.9, 0.95, "ok"), (0.9, 0.949, "warn")],
)
def test_a_larger_network_fits_better_than_the_best_simpler_one(loss, accuracy, verdict) -> None:
    found = capacity_helps(
        examples.trained(
            train_loss=loss,
            train_accuracy=accuracy,
            lower={"prior": 1.1, "linear": 0.5, "mlp": 0.7},
            history=[EPOCH] * 9,
        )
    )
    assert found.verdict == verdict
    assert found.expected.startswith("< 0.5000, that of linear")
    assert ("or training" in found.expected) is (accuracy >= 0.95)
    assert capacity_helps(examples.trained(lower={})) is None


@pytest.mark.parametrize(("change", "verdict"), [(0.149, "ok"), (0.151, "warn")])
def test_predictions_settle_in_the_last_third(change: float, verdict: str) -> None:
    swings = [0.9] * 4 + [change] * 2  # of six changes the last two count
    first = np.cumsum([0.0, *[s * (-1) ** n for n, s in enumerate(swings)]])
    watched = np.stack([[[0.95 - one, 0.05 + one, 0.0]] * 4 for one in first])
    found = predictions_settle(examples.trained(watched=watched))
    assert (found.verdict, found.measured) == (verdict, pytest.approx(change, abs=1e-4))
    assert found.shown["epochs"] == [2, 3, 4, 5, 6, 7]
    assert found.shown["change"] == pytest.approx(swings)


def test_three_epochs_are_watched_at_least_and_all_are_numbers() -> None:
    rest = np.tile(np.eye(3)[:1], (3, 4, 1))
    assert predictions_settle(examples.trained(watched=rest[:2])) is None
    assert predictions_settle(examples.trained(watched=rest)).verdict == "ok"
    spoilt = rest.copy()
    spoilt[2, 0, 1] = np.nan
    found = predictions_settle(examples.trained(watched=spoilt))
    assert (found.verdict, found.measured, found.unit) == ("warn", 2, "epochs")
